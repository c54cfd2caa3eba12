/* One campaign changed: a form for its dates and waves, beside its file for what the form does not have, both the same
 * text; the week calendar and what is wrong come from the engine (window.try, campaign.verify) as one writes. Saved as
 * an edition; the editions. */
import { call, download, list, upload } from '../lib/api.js';
import { WeekCalendar } from '../lib/calendar.js';
import { parse, read, write } from '../lib/campaign_file.js';
import { may } from '../lib/roles.js';
import { Failure, Field, Notice, Tabs, Wait, html, useEffect, usePoll, useState } from '../lib/ui.js';
import Versions, { Problems } from '../lib/versions.js';
import { errorWords } from '../lib/words.js';
import Form from './work_edit_form.js';

const views = [['form', '予定と内容'], ['xml', 'ファイル(XML)'], ['versions', '版と取り込み']];

/* What the engine says of a campaign; its own words stand below. */
const known = [
	[/and stays so/, '配信業務の番号・部署・種類・ファイルの決まりは、ここでは変えられません。システムの担当に依頼してください。'],
	[/is no number of department/, 'その電話番号は、この部署の番号ではありません。'],
	[/is not in specs\/scenarios|not in specs\/texts/, 'そのシナリオまたは文面はありません。'],
	[/never open/, '時間帯の終わりは、始まりより後にしてください。'],
	[/after the campaign's end/, '連絡の日が、期間の終わりより後です。'],
	[/to-day is before/, '最後の日が、最初の日より前です。'],
	[/end is before the start/, '期間の終わりが、始まりより前です。'],
	[/must end before/, '督促状抽出日の前の日までに終わるようにしてください。'],
	[/without 督促状抽出日/, '督促状抽出日がありません。督促状が届いた人に電話するかもしれません。'],
	[/speaks of its due date/, 'お知らせには、納期限が要ります。'],
	[/second rule for outcome/, '同じ結果の間隔が、2つあります。'],
	[/is of kind/, 'シナリオの種類が、配信業務の種類と違います。'],
	[/sends SMS/, 'SMSの文面または送信元がありません。'],
	[/cannot be sent|text \S+ says/, 'その文面は、この配信業務では送れません。'],
	[/ring must/, '呼び出す時間は、5秒から120秒までです。'],
	[/limit must/, '通話の長さは、30秒から30分までです。'],
];
const meaning = (what) => (known.find(([words]) => words.test(what)) || [0, '書き方の誤りです。'])[1];
const file = { method: 'campaign', check: 'campaign.verify', end: '.xml', accept: '.xml,application/xml', file: 'XML', words: '内容', meaning };

const bytesOf = (text) => new Blob([text], { type: 'application/octet-stream' });

/* All that is wrong, and when it would contact anybody. */
async function judge(campaign, text, model) {
	const problems = await upload('campaign.verify', { campaign }, bytesOf(text));
	if (!model || !/^\d{4}-\d\d-\d\d$/.test(model.dates.start) || !(model.dates.end >= model.dates.start))
		return { problems };
	const windows = { rows: [] };
	let after;
	try {
		do {
			const page = await upload('window.try', { campaign, ...(after ? { after } : {}) }, bytesOf(text));
			windows.rows.push(...page.rows);
			windows.holidays = page.holidays;
			windows.today = page.today;
			after = page.next;
		} while (after);
	} catch (e) {
		if (problems.errors)
			return { problems }; /* no file that could be planned */
		throw e;
	}
	return { problems, windows };
}

function useJudged(campaign, text, model) {
	const [state, set] = useState({});
	useEffect(() => {
		let over = false;
		set((old) => ({ ...old, stale: true }));
		const timer = setTimeout(() => judge(campaign, text, model).then((found) => !over && set(found), (error) => !over && set({ error })), 400);
		return () => {
			over = true;
			clearTimeout(timer);
		};
	}, [text]);
	return state;
}

function Week({ model, windows }) {
	const marks = {};
	for (const [day, words] of [[model.dates.demand, '督促状抽出日'], [model.dates.due, '納期限']])
		if (day)
			(marks[day] ||= []).push(words);
	return html`<${WeekCalendar} caption="この内容で連絡できる時間帯" from=${model.dates.start} to=${model.dates.end} windows=${windows.rows}
		holidays=${windows.holidays} marks=${marks} today=${windows.today} />
		${!windows.rows.length && html`<p><strong>連絡できる時間帯が1つもありません。</strong></p>`}`;
}

function Found({ found, model }) {
	const { problems, windows, error, stale } = found;
	return html`<section aria-labelledby="h-found"><h2 id="h-found">週の予定</h2>
		<p role="status" class="hint">${stale || !problems ? '確かめています。' : problems.errors ? `誤りが${problems.errors}件あります。直すまで保存できません。` : '誤りはありません。'}</p>
		<${Failure} error=${error} />
		${problems?.rows.length > 0 && html`<${Problems} of=${file} rows=${problems.rows} />`}
		${windows && model && !stale && html`<${Week} model=${model} windows=${windows} />`}</section>`;
}

function Writing({ id, seen, text, setText, view, parts, onSaved }) {
	const [note, setNote] = useState('');
	const [state, set] = useState({});
	const doc = parse(text), model = doc && read(doc);
	const found = useJudged(id, text, model);
	const save = async (event) => {
		event.preventDefault();
		set({ busy: true });
		try {
			onSaved(await upload('campaign.import', { campaign: id, sha256: seen.sha256, ...(note.trim() ? { note: note.trim() } : {}) }, bytesOf(text)));
		} catch (error) {
			set({ error });
		}
	};
	const fit = found.problems && !found.stale && !found.problems.errors;
	return html`<form onSubmit=${save} class="campaign-form">
		${view === 'xml' ? html`<div class="field"><label for="field-xml">配信業務のファイル</label>
				<p class="hint" id="field-xml-hint">「予定と内容」にない項目も書けます。番号・部署・種類・ファイルの決まり(files)は変えられません。</p>
				<textarea id="field-xml" class="code" rows="24" spellcheck="false" aria-describedby="field-xml-hint" value=${text} onInput=${(e) => setText(e.target.value)}></textarea></div>`
			: model ? html`<${Form} model=${model} parts=${parts} onChange=${(form) => setText(write(doc, form, model))} />`
			: html`<${Notice} title="ファイルがXMLとして読めないため、この画面では変えられません。「ファイル(XML)」で直してください。" />`}
		<${Found} found=${found} model=${model} />
		<${Field} name="note" label="変更の理由" hint="版の一覧に残ります。書かなくてもかまいません。" maxlength="90" value=${note} onInput=${(e) => setNote(e.target.value)} autocomplete="off" />
		<p class="hint">保存すると、この業務の「承認待ち」「承認済み」の配信は下書きに戻り、もう一度提出と承認が必要です。配信中は変更できません。</p>
		${state.error && html`<${Notice} title=${errorWords(state.error)}><p class="hint" lang="en">${state.error.message}</p></${Notice}>`}
		<div class="buttons"><a class="button button-plain" href=${`#work/campaign/${id}`}>配信業務に戻る</a>
			<button class="button" disabled=${state.busy || text === seen.text || !fit}>保存する</button></div></form>`;
}

/* The file and its hash of one moment: another's saving between the two is told when this one is saved. */
async function look(id, watch) {
	const campaign = await call('campaign.show', { campaign: id }, { watch });
	const [bytes, parts] = await Promise.all([download('campaign.export', { campaign: id }), list('campaign.parts', { campaign: id }, 1000, { watch })]);
	return { campaign, sha256: campaign.sha256, text: await bytes.text(), parts };
}

export default function Edit({ who, id, view }) {
	const [seen, error, again] = usePoll(({ watch }) => look(id, watch), 0, [id]);
	const [text, setText] = useState(null);
	const [saved, setSaved] = useState(null);
	useEffect(() => {
		if (seen)
			setText(seen.text);
	}, [seen]);
	if (!seen || text === null)
		return error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	const change = may(who, 'manager', 'staff');
	const tabs = change ? views : views.slice(2), at = tabs.some(([name]) => name === view) ? view : tabs[0][0];
	const done = (answer) => {
		setSaved(answer);
		again();
		requestAnimationFrame(() => document.querySelector('.notice-info')?.scrollIntoView({ block: 'center' }));
	};
	return html`<p><a href=${`#work/campaign/${id}`}>配信業務に戻る</a></p><h2>${seen.campaign.title}</h2>
		${saved && html`<${Notice} kind="info" title=${`第${saved.edition}版として保存しました。`}>${saved.drafts > 0 && html`<p>${saved.drafts}件の配信が下書きに戻りました。もう一度、提出と承認をしてください。</p>`}</${Notice}>`}
		<${Tabs} label="配信業務の変更" tabs=${tabs} at=${at} onGo=${(to) => { location.hash = `#work/campaign/${id}/${to}`; }} />
		${at === 'versions' ? html`<${Versions} of=${file} campaign=${id} doc=${id} sha256=${seen.sha256} may=${change} onSaved=${again} />`
			: html`<${Writing} key=${seen.sha256} id=${id} seen=${seen} text=${text} setText=${setText} view=${at} parts=${seen.parts} onSaved=${done} />`}`;
}
