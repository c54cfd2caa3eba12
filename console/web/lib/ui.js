/* What the pages share. Components that a screen reader and a keyboard can use as they are. */
import { h } from '../vendor/preact.js';
import { useEffect, useRef, useState } from '../vendor/hooks.js';
import htm from '../vendor/htm.js';
import { errorWords } from './words.js';

export const html = htm.bind(h);
export { useEffect, useRef, useState };

/* Calls `load` now and every `ms`; [value, error, again]. A value stays on the screen while the
 * engine is down: with the error beside it. */
export function usePoll(load, ms) {
	const [state, set] = useState({ value: null, error: null });
	const [tick, again] = useState(0);
	useEffect(() => {
		let over = false, timer;
		const look = async () => {
			try {
				const value = await load();
				if (!over)
					set({ value, error: null });
			} catch (error) {
				if (!over)
					set((old) => ({ value: old.value, error }));
			}
			if (!over)
				timer = setTimeout(look, ms);
		};
		look();
		return () => {
			over = true;
			clearTimeout(timer);
		};
	}, [tick]);
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
export function Confirm({ title, children, yes, onYes, onNo, busy }) {
	const ref = useRef(null);
	useEffect(() => {
		ref.current.showModal();
	}, []);
	return html`<dialog ref=${ref} class="dialog" aria-labelledby="confirm-title" onCancel=${(e) => { e.preventDefault(); onNo(); }}>
		<h2 id="confirm-title">${title}</h2>
		${children}
		<div class="buttons">
			<button type="button" class="button button-plain" onClick=${onNo} disabled=${busy}>やめる</button>
			<button type="button" class="button button-danger" onClick=${onYes} disabled=${busy}>${yes}</button>
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
