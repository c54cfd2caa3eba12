/* SMS文面 › one text: written with the values that it may say, checked by the engine as one types (length,
 * messages billed, L0), saved as an edition; the editions, what each changed, and taking one back. */
import { call, list } from '../lib/api.js';
import { Confirm, Failure, Field, Notice, Wait, html, useEffect, useRef, useState } from '../lib/ui.js';
import { Finished, values } from '../lib/finished.js';
import { errorWords } from '../lib/words.js';

/* Of what the file carries; only where it is about no debt. */
const items = [['{date 項目名}', '日付'], ['{time 項目名}', '時刻'], ['{digits 項目名}', '番号'], ['{words 項目名}', '言葉']];

/* Pieces that went and came: by mark and words, not by colour alone. */
function Difference({ of }) {
	return html`<p class="sms difference">${of.pieces.map((p) => p.what === 'same' ? p.words
		: p.what === 'gone' ? html`<del><span class="hidden">削除:</span>${p.words}</del>` : html`<ins><span class="hidden">追加:</span>${p.words}</ins>`)}</p>`;
}

/* `seen`: the text as it was looked at; a saving of somebody else's meanwhile is told, and not written over. */
function Writing({ seen, onSaved, onBack }) {
	const [template, setTemplate] = useState(seen.template);
	const [found, setFound] = useState(null); /* one for each campaign, of `template` */
	const [error, setError] = useState(null);
	const [busy, setBusy] = useState(false);
	const [note, setNote] = useState('');
	const area = useRef(null);
	useEffect(() => {
		let over = false;
		setFound(null);
		if (!template.trim())
			return undefined;
		const timer = setTimeout(() => Promise.all(seen.campaigns.map((c) => call('text.check', { campaign: c.campaign, template }).then((f) => ({ ...f, title: c.title })))).then(
			(f) => !over && (setFound(f), setError(null)), (e) => !over && setError(e)), 300);
		return () => {
			over = true;
			clearTimeout(timer);
		};
	}, [template]);
	const insert = (words) => {
		/* At once, in the field itself: who types on would else write where the caret was. */
		area.current.setRangeText(words, area.current.selectionStart, area.current.selectionEnd, 'end');
		area.current.focus();
		setTemplate(area.current.value);
	};
	const save = async (event) => {
		event.preventDefault();
		setBusy(true);
		try {
			onSaved(await call('text.save', { text: seen.text, template, sha256: seen.sha256, ...(note.trim() ? { note: note.trim() } : {}) }));
		} catch (e) {
			setError(e);
		}
		setBusy(false);
	};
	const says = (name) => seen.campaigns.flatMap((c) => c.values).find((v) => v.name === name)?.says;
	const fit = found && found.every((f) => f.fit), same = template === seen.template;
	return html`<form class="section" onSubmit=${save} aria-labelledby="h-write"><h2 id="h-write">文面を書く</h2>
		<p class="hint">本人以外も読むため、用件・氏名・税目・金額は書けません。</p>
		<div class="field"><label for="field-write">文面</label>
			<textarea id="field-write" rows="3" ref=${area} value=${template} onInput=${(e) => setTemplate(e.target.value.replace(/[\r\n]+/g, ''))}></textarea></div>
		<div role="group" aria-label="文面に入れる値" class="buttons buttons-left">
			${values.filter(([v]) => says(v) !== undefined).map(([v, words]) => html`<button type="button" key=${v} class="button button-small button-plain" onClick=${() => insert(`{${v}}`)}>${words} <span class="hint">${says(v)}</span></button>`)}
			${seen.campaigns.every((c) => c.kind === 'general') && items.map(([v, words]) => html`<button type="button" key=${v} class="button button-small button-plain" onClick=${() => insert(v)}>ファイルの${words}</button>`)}</div>
		<div aria-live="polite" class="written">${found ? found.map((f) => html`<div key=${f.campaign}>${found.length > 1 && html`<h3>${f.title}</h3>`}<${Finished} of=${f} /></div>`) : template.trim() && !error && html`<p class="hint">確かめています。</p>`}</div>
		<${Field} name="note" label="変更の理由" hint="版の一覧に残ります。書かなくてもかまいません。" maxlength="90" value=${note} onInput=${(e) => setNote(e.target.value)} autocomplete="off" />
		<p class="hint">保存すると、この文面を使う「承認待ち」「承認済み」の配信は下書きに戻り、もう一度提出と承認が必要です。配信中は変更できません。</p>
		${error && html`<${Notice} title=${errorWords(error)}><p class="hint" lang="en">${error.message}</p></${Notice}>`}
		<div class="buttons"><button type="button" class="button button-plain" onClick=${onBack}>一覧に戻る</button>
			<button class="button" disabled=${busy || same || !fit}>保存する</button></div></form>`;
}

const states = { kept: '', lost: '保存できませんでした', writing: '保存しています' };

function Edition({ text, of, may, onBack }) {
	const [diff, setDiff] = useState(null);
	const [error, setError] = useState(null);
	const open = (event) => event.target.open && !diff && call('text.diff', { text, edition: of.edition }).then(setDiff, setError);
	return html`<li class="section"><h3>第${of.edition}版 ${of.current && html`<span class="state state-active">いまの文面</span>`}
			${states[of.state] && html`<span class="state state-stopped">${states[of.state]}</span>`}</h3>
		<p>${of.at} ${of.user ? of.name || of.user : html`<span class="hint">システムの管理者が置いた文面</span>`}
			${of.from > 0 && html` ・第${of.from}版に戻した`}${of.note && html` ・${of.note}`}</p>
		<p class="sms">${of.template}</p>
		<details onToggle=${open}><summary>前の版との違い<span class="hidden">(第${of.edition}版)</span></summary>
			${error ? html`<${Failure} error=${error} />` : diff ? (diff.against ? html`<p class="hint">第${diff.against}版と比べています。</p><${Difference} of=${diff} />` : html`<p class="hint">最初の版です。</p>`) : html`<${Wait} />`}</details>
		${may && !of.current && of.state === 'kept' && html`<p><button type="button" class="button button-small button-plain" onClick=${() => onBack(of)}>この版に戻す<span class="hidden">(第${of.edition}版)</span></button></p>`}</li>`;
}

/* onChanged: the list behind it is old. */
export default function TextEdit({ text, may, onBack, onChanged }) {
	const [seen, setSeen] = useState(null);
	const [editions, setEditions] = useState([]);
	const [error, setError] = useState(null);
	const [saved, setSaved] = useState(null);
	const [back, setBack] = useState(null); /* the edition that is about to be taken back */
	const [busy, setBusy] = useState(false);
	const look = () => Promise.all([call('text.show', { text }), list('text.editions', { text }, 200)]).then(([s, e]) => {
		setEditions(e);
		setSeen(s);
	}, setError);
	useEffect(() => {
		look();
	}, [text]);
	const done = (answer) => {
		setSaved(answer);
		setError(null);
		onChanged();
		requestAnimationFrame(() => document.querySelector('.notice-info')?.scrollIntoView({ block: 'center' }));
		return look();
	};
	const restore = async () => {
		setBusy(true);
		try {
			await done(await call('text.restore', { text, edition: back.edition, sha256: seen.sha256 }));
		} catch (e) {
			setSaved(null);
			setError(e);
		}
		setBusy(false);
		setBack(null);
	};
	if (!seen)
		return error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	const mayWrite = may && !seen.shared;
	return html`<h2>${text} <span class="hint">${seen.campaigns.map((c) => c.title).join('、')}</span></h2>
		${saved && html`<${Notice} kind="info" title=${`第${saved.edition}版として保存しました。`}>${saved.drafts > 0 && html`<p>${saved.drafts}件の配信が下書きに戻りました。もう一度、提出と承認をしてください。</p>`}</${Notice}>`}
		${error && html`<${Notice} title=${errorWords(error)}><p class="hint" lang="en">${error.message}</p></${Notice}>`}
		${seen.shared && html`<p>ほかの部署の配信業務も使う文面です。変更は、システムの管理者に依頼してください。</p>`}
		${mayWrite ? html`<${Writing} key=${seen.sha256} seen=${seen} onSaved=${done} onBack=${onBack} />`
			: html`<p class="sms">${seen.template}</p><p><button type="button" class="button button-plain" onClick=${onBack}>一覧に戻る</button></p>`}
		<section aria-labelledby="h-editions"><h2 id="h-editions">版</h2>
			${editions.length ? html`<ol class="plain editions">${editions.map((e) => html`<${Edition} key=${e.edition} text=${text} of=${e} may=${mayWrite} onBack=${setBack} />`)}</ol>`
				: html`<p class="hint">まだ、ここで変更されていません。保存すると、もとの文面も版として残ります。</p>`}</section>
		${back && html`<${Confirm} title=${`第${back.edition}版の文面に戻しますか`} yes="戻す" plain busy=${busy} onYes=${restore} onNo=${() => setBack(null)}>
			<p class="sms">${back.template}</p><p>新しい版として保存されます。この文面を使う「承認待ち」「承認済み」の配信は、下書きに戻ります。</p></${Confirm}>`}`;
}
