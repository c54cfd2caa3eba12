/* A document of a campaign that is a file to staff (its scenario, its own file): handed out, handed in (checked
 * first, line by line; only what passes is stored), its versions with what each changed, and an older one taken
 * back as a new one. `of` says which:
 *
 *	{ method: 'scenario', check: 'scenario.check', end: '.vxml', accept, file: 'VoiceXML', words: 'シナリオ',
 *	  meaning: (what) => the Japanese of a problem } */
import { call, download, list, upload } from './api.js';
import { Confirm, Failure, Field, Notice, Scroll, Wait, html, usePoll, useRef, useState } from './ui.js';

const states = { writing: '保存中', kept: '保存済み', lost: '保存できず' };
const lineEnd = { gone: '−', new: '+' };

/* The browser saves the bytes under this name. */
function save(bytes, name) {
	const url = URL.createObjectURL(bytes), a = document.createElement('a');
	a.href = url;
	a.download = name;
	a.click();
	setTimeout(() => URL.revokeObjectURL(url), 1000);
}

export function Problems({ of, rows }) {
	return html`<${Scroll} label="見つかったこと"><table class="problems"><caption>見つかったこと(${rows.length}件)</caption><thead><tr><th scope="col">行</th><th scope="col">種類</th><th scope="col">内容</th></tr></thead>
		<tbody>${rows.map((p, i) => html`<tr key=${i}><th scope="row">${p.line || '-'}</th><td>${p.kind === 'error' ? '誤り' : '注意'}</td><td>${of.meaning(p.what)}<br /><span class="hint" lang="en">${p.what}</span></td></tr>`)}</tbody></table></${Scroll}>`;
}

function Import({ of, campaign, sha256, onSaved }) {
	const input = useRef(null);
	const [state, set] = useState({});
	const [note, setNote] = useState('');
	const send = async (e) => {
		e.preventDefault();
		const file = input.current.files[0];
		if (!file)
			return set({ missing: true });
		set({ busy: true });
		try {
			/* By the count: a long list may be cut. */
			const { rows, errors } = await upload(of.check, { campaign }, file);
			if (errors !== 0)
				return set({ rows });
			const saved = await upload(`${of.method}.import`, { campaign, sha256, ...(note ? { note } : {}) }, file);
			set({ rows, saved });
			onSaved();
		} catch (error) {
			set({ error });
		}
		return undefined;
	};
	const bad = state.rows && !state.saved;
	return html`<form class="import" onSubmit=${send}><h2>${of.file}を取り込む</h2>
		<p>取り込むと新しい版になります。提出済み・承認済みの配信は下書きに戻り、承認をやり直します。配信中の業務の${of.words}は変えられません。</p>
		<div class="field"><label for="document">ファイル(${of.end})</label><input id="document" type="file" ref=${input} accept=${of.accept} /></div>
		<${Field} name="note" label="変えた理由" hint="版の一覧に残ります。" value=${note} onInput=${(e) => setNote(e.target.value)} maxlength="90" />
		<button type="submit" class="button" disabled=${state.busy}>調べて取り込む</button>
		${state.busy && html`<p role="status">調べています。</p>`}
		${state.missing && html`<${Notice} title="ファイルを選んでください。" />`}
		<${Failure} error=${state.error} />
		${bad && html`<${Notice} title="取り込みませんでした。直してから、もう一度取り込んでください。" />`}
		${state.saved && html`<${Notice} kind="info" title=${`取り込みました(第${state.saved.edition}版)。`}>${state.saved.drafts > 0 && html`<p>${state.saved.drafts}件の配信が下書きに戻りました。</p>`}</${Notice}>`}
		${state.rows && state.rows.length > 0 && html`<${Problems} of=${of} rows=${state.rows} />`}</form>`;
}

function Difference({ of, campaign, version, against }) {
	const [rows, error] = usePoll(({ watch }) => list(`${of.method}.diff`, { campaign, edition: version, ...(against ? { against } : {}) }, 5000, { watch }), 0, [version, against]);
	if (!rows)
		return error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	return html`<h3>第${version}版で変わったところ${against ? `(第${against}版と比べて)` : ''}</h3>
		${rows.length === 0 ? html`<p>違いはありません。</p>` : html`<${Scroll} label=${`第${version}版で変わったところ`}><table class="diff"><thead><tr><th scope="col">行</th><th scope="col"><span class="hidden">増減</span></th><th scope="col">内容</th></tr></thead>
			<tbody>${rows.map((r, i) => html`<tr key=${i} class=${`diff-${r.what}`}><th scope="row">${r.what === 'gone' ? r.old : r.new}</th><td>${lineEnd[r.what]}<span class="hidden">${r.what === 'gone' ? '消えた行' : '増えた行'}</span></td><td><code>${r.line}</code></td></tr>`)}</tbody></table></${Scroll}>`}`;
}

function Restore({ of, campaign, sha256, version, onDone, onNo }) {
	const [state, set] = useState({});
	const yes = async () => {
		set({ busy: true });
		try {
			await call(`${of.method}.restore`, { campaign, edition: version, sha256 });
			onDone();
		} catch (error) {
			set({ error });
		}
	};
	return html`<${Confirm} title=${`第${version}版に戻しますか`} yes="戻す" onYes=${yes} onNo=${onNo} busy=${state.busy} plain=${true}>
		<p>その内容が新しい版になります。提出済み・承認済みの配信は下書きに戻ります。</p><${Failure} error=${state.error} /></${Confirm}>`;
}

export default function Versions({ of, campaign, doc, sha256, may, onSaved }) {
	const [rows, error, again] = usePoll(({ watch }) => list(`${of.method}.editions`, { campaign }, 400, { watch }), 0, [campaign, sha256]);
	const [shown, show] = useState(null);
	const [back, setBack] = useState(0);
	const [wrong, setWrong] = useState(null);
	const saved = () => {
		again();
		onSaved();
	};
	const get = async (version) => {
		setWrong(null);
		try {
			save(await download(`${of.method}.export`, { campaign, ...(version ? { edition: version } : {}) }), `${doc}${version ? `-${version}` : ''}${of.end}`);
		} catch (e) {
			setWrong(e);
		}
	};
	const small = (words, hint, onClick) => html`<button type="button" class="button button-plain button-small" onClick=${onClick}>${words}<span class="hidden"> 第${hint}版</span></button> `;
	return html`<p><button type="button" class="button button-plain" onClick=${() => get(0)}>${of.file}を書き出す</button></p>
		<${Failure} error=${wrong} />
		${may && html`<${Import} of=${of} campaign=${campaign} sha256=${sha256} onSaved=${saved} />`}
		<h2>版</h2>
		${!rows ? (error ? html`<${Failure} error=${error} />` : html`<${Wait} />`)
			: rows.length === 0 ? html`<p>コンソールで変えた版は、まだありません。</p>`
			: html`<${Scroll} label="版の一覧"><table class="versions"><thead><tr><th scope="col">版</th><th scope="col">日時</th><th scope="col">変えた人・理由</th><th scope="col">SHA-256</th><th scope="col">操作</th></tr></thead>
			<tbody>${rows.map((v) => html`<tr key=${v.edition}><th scope="row">${v.edition}${v.current && html` <span class="mark">使用中</span>`}</th><td>${v.at}${v.state !== 'kept' ? ` (${states[v.state]})` : ''}</td>
				<td>${v.name || '(ファイルにあったもの)'}${v.from > 0 && ` 第${v.from}版に戻した`}${v.note && html`<br /><span class="hint">${v.note}</span>`}</td><td><code title=${v.sha256}>${v.sha256.slice(0, 12)}</code></td>
				<td>${small('違い', v.edition, () => show(v.edition))}${small('書き出す', v.edition, () => get(v.edition))}${may && v.state === 'kept' && !v.current && small('この版に戻す', v.edition, () => setBack(v.edition))}</td></tr>`)}</tbody></table></${Scroll}>`}
		${shown && html`<section class="difference" aria-live="polite"><${Difference} key=${shown} of=${of} campaign=${campaign} version=${shown} /></section>`}
		${back > 0 && html`<${Restore} of=${of} campaign=${campaign} sha256=${sha256} version=${back} onNo=${() => setBack(0)} onDone=${() => { setBack(0); saved(); }} />`}`;
}
