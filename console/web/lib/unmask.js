/* One person's whole name and numbers: the engine masks them everywhere else, and gives them with a
 * reason, which is on record before anything is shown. They leave the page with the component. */
import { call } from './api.js';
import { may } from './roles.js';
import { Confirm, Field, Notice, html, useRef, useState } from './ui.js';
import { errorWords } from './words.js';

const numberKind = { home: '自宅', mobile: '携帯', work: '勤務先' };

function Ask({ run, person, onShown, onNo }) {
	const reason = useRef('');
	const [error, setError] = useState(null);
	const [busy, setBusy] = useState(false);
	const show = async () => {
		if (!reason.current.trim()) {
			setError('理由を入れてください。');
			return;
		}
		setBusy(true);
		try {
			onShown(await call('target.unmask', { run, person, reason: reason.current.trim() }));
		} catch (e) {
			setBusy(false);
			setError(errorWords(e));
		}
	};
	return html`<${Confirm} title=${`宛名番号 ${person} の氏名と電話番号を表示する`} yes="表示する" plain busy=${busy} onYes=${show} onNo=${onNo}>
		${error && html`<${Notice} title=${error} />`}
		<p>だれが、いつ、どの理由で見たかが、操作の記録に残ります。</p>
		<${Field} name="unmask-reason" label="理由" hint="例 本人からの問合せに答えるため" maxlength="200" required autocomplete="off" onInput=${(e) => { reason.current = e.target.value; }} />
	</${Confirm}>`;
}

/* The button, and below it what it showed. Only for who may: the engine refuses the rest. */
export function Unmask({ who, run, person }) {
	const [asked, ask] = useState(false);
	const [seen, set] = useState(null);
	if (!may(who, 'manager', 'staff'))
		return null;
	if (seen)
		return html`<div class="unmasked"><strong>${seen.name}</strong>${seen.kana && ` (${seen.kana})`}
			${seen.owner_name && html`<div>納税義務者 ${seen.owner_name}</div>`}
			${seen.numbers.map((n) => html`<div>${n.number} <span class="hint">${numberKind[n.kind] || n.kind}</span></div>`)}
			<button type="button" class="button button-small button-plain" onClick=${() => set(null)}>伏せる</button></div>`;
	return html`<button type="button" class="button button-small button-plain" onClick=${() => ask(true)}>氏名・番号<span class="hidden">を表示する(${person})</span></button>
		${asked && html`<${Ask} run=${run} person=${person} onNo=${() => ask(false)} onShown=${(answer) => { ask(false); set(answer); }} />`}`;
}
