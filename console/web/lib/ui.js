/* What the pages share. Components that a screen reader and a keyboard can use as they are. */
import { h } from '../vendor/preact.js';
import { useEffect, useRef, useState } from '../vendor/hooks.js';
import htm from '../vendor/htm.js';
import { errorWords } from './words.js';

export const html = htm.bind(h);
export { useEffect, useRef, useState };

/* Calls `load` now and every `ms` (0: once); [value, error, again]. `load` is told whether it looks
 * by itself ({ watch: true }) or because somebody did something. A value stays on the screen while
 * the engine is down: with the error beside it. `keys`: begins anew when one of them changes. */
export function usePoll(load, ms, keys = []) {
	const [state, set] = useState({ value: null, error: null });
	const [tick, again] = useState(0);
	useEffect(() => {
		let over = false, timer;
		const look = async (watch) => {
			try {
				const value = await load({ watch });
				if (!over)
					set({ value, error: null });
			} catch (error) {
				if (!over)
					set((old) => ({ value: old.value, error }));
			}
			if (!over && ms)
				timer = setTimeout(look, ms, true);
		};
		look(false);
		return () => {
			over = true;
			clearTimeout(timer);
		};
	}, [tick, ...keys]);
	return [state.value, state.error, () => again((n) => n + 1)];
}

export function Notice({ kind = 'error', title, children }) {
	return html`<div class="notice notice-${kind}" role=${kind === 'error' ? 'alert' : 'status'}>
		<p class="notice-title">${title}</p>${children}
	</div>`;
}

/* The engine is down: since when, and whom to ring. Else: what happened. */
export function Failure({ error }) {
	if (!error || error.signedOut)
		return null;
	if (!error.down)
		return html`<${Notice} title=${errorWords(error)} />`;
	return html`<${Notice} title="システムが応答しません">
		${error.since && html`<p>${error.since} から停止しています。新しい電話とSMSは、再開するまで始まりません。</p>`}
		${error.contact && html`<p>連絡先 ${error.contact}</p>`}
	</${Notice}>`;
}

export function Wait() {
	return html`<p class="wait" role="status">読み込んでいます。</p>`;
}

export function Figure({ label, value, unit, note }) {
	return html`<div class="figure"><dt>${label}</dt><dd><span class="number">${value}</span>${unit}${note && html`<span class="hint">${note}</span>`}</dd></div>`;
}

/* Wider than a zoomed page: it scrolls by itself, by keyboard too. */
export function Scroll({ label, children }) {
	return html`<div class="scroll" role="region" aria-label=${label} tabindex="0">${children}</div>`;
}

/* What is so, as pairs; pairs without a value are left out. */
export function Facts({ list }) {
	return html`<dl class="facts">${list.filter(([, value]) => value !== '' && value !== undefined && value !== null && value !== false)
		.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/* One finding of a check: a mark that is not colour alone. */
export function Finding({ kind, children }) {
	const mark = { good: '問題なし', warning: '注意', bad: '要対応' }[kind];
	return html`<li class="finding finding-${kind}"><span class="mark">${mark}</span><div>${children}</div></li>`;
}

export function Field({ label, hint, ...input }) {
	const id = `field-${input.name}`;
	return html`<div class="field">
		<label for=${id}>${label}</label>
		${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
		<input id=${id} aria-describedby=${hint ? `${id}-hint` : undefined} ...${input} />
	</div>`;
}

/* A question that has to be answered before anything else: <dialog>, so that focus stays inside
 * and Escape says no. */
export function Confirm({ title, children, yes, onYes, onNo, busy, plain }) {
	const ref = useRef(null);
	useEffect(() => {
		ref.current.showModal();
	}, []);
	return html`<dialog ref=${ref} class="dialog" aria-labelledby="confirm-title" onCancel=${(e) => { e.preventDefault(); onNo(); }}>
		<h2 id="confirm-title">${title}</h2>
		${children}
		<div class="buttons">
			<button type="button" class="button button-plain" onClick=${onNo} disabled=${busy}>やめる</button>
			<button type="button" class=${plain ? 'button' : 'button button-danger'} onClick=${onYes} disabled=${busy}>${yes}</button>
		</div>
	</dialog>`;
}

export function Choice({ label, hint, options, value, ...input }) {
	const id = `field-${input.name}`;
	return html`<div class="field">
		<label for=${id}>${label}</label>
		${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
		<select id=${id} aria-describedby=${hint ? `${id}-hint` : undefined} ...${input}>
			${options.map(([name, words]) => html`<option value=${name} selected=${name === value}>${words}</option>`)}
		</select>
	</div>`;
}

/* Several of a few: `value` is a list of names. */
export function Checks({ label, hint, name, options, value, onChange }) {
	return html`<fieldset class="field checks"><legend>${label}</legend>
		${hint && html`<p class="hint">${hint}</p>`}
		${options.map(([id, words]) => html`<label><input type="checkbox" name=${name} value=${id} checked=${value.includes(id)}
			onChange=${() => onChange(value.includes(id) ? value.filter((v) => v !== id) : [...value, id])} /> ${words}</label>`)}
	</fieldset>`;
}

/* A box in a row, with its words for who cannot see the row. */
export function Picked({ label, ...input }) {
	return html`<label class="picked"><span class="hidden">${label}</span><input type="checkbox" ...${input} /></label>`;
}

/* Parts of a page. Links would change the address; these are buttons that say which one is open. */
export function Tabs({ label, tabs, at, onGo }) {
	return html`<nav class="tabs" aria-label=${label}><ul>${tabs.map(([id, words]) => html`<li key=${id}>
		<button type="button" aria-current=${id === at ? 'page' : undefined} onClick=${() => onGo(id)}>${words}</button></li>`)}</ul></nav>`;
}

export function Table({ id, title, heads, rows }) {
	return html`<section aria-labelledby=${id}><h2 id=${id}>${title}</h2>
		${rows.length === 0 ? html`<p>登録はありません。</p>` : html`<div class="wide" tabindex="0" role="group" aria-labelledby=${id}><table><thead><tr>${heads.map((h) => html`<th scope="col">${h}</th>`)}</tr></thead>
			<tbody>${rows.map((r) => html`<tr>${r.map((cell, i) => (i === 0 ? html`<th scope="row">${cell}</th>` : html`<td class="break">${cell}</td>`))}</tr>`)}</tbody></table></div>`}</section>`;
}
