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
