/* Walking through a scenario by clicking keys. The engine's own interpreter takes the whole walk each time
 * (`scenario.try`), so what is shown here is what a call would say. */
import { call } from '../lib/api.js';
import { idOf } from '../lib/flow.js';
import { levels, titleOf } from '../lib/scenario.js';
import { Facts, Failure, Notice, html, useEffect, useRef, useState } from '../lib/ui.js';
import { Drawing } from './scenario_flow.js';

const keypad = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];
const letters = 'abcdefghijklmnop';

/* All that is said behind the last step, and where the call then waits. */
async function step(campaign, steps) {
	const said = [];
	let after, head;
	do {
		head = await call('scenario.try', { campaign, ...(steps ? { steps } : {}), ...(after ? { after } : {}) });
		said.push(...head.rows);
		after = head.next;
	} while (after);
	return { said, waits: head.waits, dialog: head.dialog, box: head.box, words: head.words, result: head.result };
}

function Outcome({ result }) {
	return html`<${Notice} kind="info" title="電話が終わりました。"><${Facts} list=${[
		['要旨', result.heard ? '最後まで聞いた' : '最後までは聞いていない'],
		['回答', result.replies.map((r) => `${r.name}=${r.value}`).join('、')],
		['送るSMS', result.sms]]} /></${Notice}>`;
}

function Pad({ now, box, onStep, busy }) {
	const button = (what, did) => html`<button key=${what} type="button" class="button button-plain button-small" disabled=${busy} onClick=${() => onStep(what, did)}>${did}</button>`;
	if (!now.waits)
		return null;
	if (now.waits === 'transfer')
		return html`<div class="buttons" role="group" aria-label="職員の電話">${button('C', '職員が出て、話し終えた')}${button('B', '職員は話し中だった')}</div>`;
	return html`<div class="pad" role="group" aria-label="押すキー">${keypad.map((k) => html`<button key=${k} type="button" class="pad-key" disabled=${busy} onClick=${() => onStep(k, `${k} を押す`)}>${k}</button>`)}</div>
		<div class="buttons">${button('-', '返事をしない')}${now.words && box && box.spoken.map((w, i) => button(letters[i], `「${w}」と言う`))}${now.words && button('?', 'ほかのことを言う')}</div>`;
}

function Said({ walk, onHear, busy }) {
	const ref = useRef(null);
	useEffect(() => { ref.current.scrollTop = ref.current.scrollHeight; }, [walk]);
	return html`<div class="said" ref=${ref} role="log" tabindex="0" aria-labelledby="walk-said">${walk.map((w, i) => html`<div key=${i}><p class="did">${w.did}</p>
		${w.said.map((s, k) => html`<div class="says" key=${k}><span class=${`level level-${s.level}`}>${levels[s.level][0]}</span><div class="sentence"><p>${s.words}</p></div>
			<button type="button" class="button button-plain button-small" disabled=${busy} onClick=${() => onHear(s)}>聞く<span class="hidden">: ${s.words}</span></button></div>`)}
		${w.said.length === 0 && html`<p class="hint">何も話しません。</p>`}</div>`)}</div>`;
}

export default function Try({ campaign, boxes, onHear, busy }) {
	const [walk, setWalk] = useState([]); /* { step, did, …what the engine said } */
	const [error, setError] = useState(null);
	const [asking, setAsking] = useState(false);
	const go = async (before, next) => {
		setAsking(true);
		setError(null);
		try {
			const seen = await step(campaign, [...before, next].map((w) => w.step).join(''));
			setWalk([...before, { ...next, ...seen }]);
		} catch (e) {
			setError(e);
		}
		setAsking(false);
	};
	const start = () => go([], { step: '', did: '電話に出る' });
	useEffect(() => { start(); }, [campaign]);
	const now = walk[walk.length - 1];
	if (!now)
		return html`<${Failure} error=${error} />`;
	const here = now.waits ? idOf(now.dialog, now.box) : 'end';
	const box = boxes.find((b) => b.box > 0 && idOf(b.dialog, b.box) === here);
	return html`<p>キーを押して、電話の流れをたどります。電話はかかりません。見本の人の生年月日は4月1日(0401)です。</p>
		<${Failure} error=${error} />
		<div class="walk"><section aria-labelledby="walk-said"><h2 id="walk-said">話すこと</h2><${Said} walk=${walk} onHear=${onHear} busy=${busy} /></section>
		<section aria-labelledby="walk-next"><h2 id="walk-next">${now.waits ? `次の返事(${box ? titleOf(box) : now.dialog})` : '終わり'}</h2>
			<${Pad} now=${now} box=${box} onStep=${(s, did) => go(walk, { step: s, did })} busy=${asking} />
			${!now.waits && html`<${Outcome} result=${now.result} />`}
			<div class="buttons"><button type="button" class="button button-plain button-small" disabled=${asking || walk.length < 2} onClick=${() => setWalk(walk.slice(0, -1))}>一つ戻る</button>
				<button type="button" class="button button-plain button-small" disabled=${asking} onClick=${start}>はじめから</button>
				<button type="button" class="button button-plain button-small" disabled=${asking} onClick=${() => go([], { step: 'M', did: '留守番電話が出る' })}>留守番電話が出たとき</button></div></section></div>
		<h2>いまの場所</h2><${Drawing} boxes=${boxes} here=${here} silent=${true} />`;
}
