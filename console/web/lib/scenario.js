/* What the views of シナリオ share: a scenario's boxes and the words for them. */
import { call } from './api.js';
import { label } from './flow.js';
import { html } from './ui.js';

const kinds = { block: '話す', field: 'たずねる', transfer: '職員につなぐ', record: '用件を録音する', machine: '留守番電話が出たとき', screening: '相手をたずねる電話が出たとき', announce: '録音することの案内', events: 'どの箱でも' };
const when = { noinput: '返事がないとき', nomatch: '違う返事のとき', event: 'そのほかのとき' };
export const levels = [
	['L0', 'だれが聞いてもよい'],
	['L1', '本人と答えた後'],
	['L2', '生年月日が一致した後'],
];
const does = { exit: '電話を切る', sms: 'SMSを送る', reply: '回答を記録する', task: '対応を記録する', level: '秘密の段階を進める', reached: '到達を記録する' };

/* All boxes; what a page of the listing has beside them is the same on each. */
export async function look(campaign, watch) {
	const boxes = [];
	let after, head;
	do {
		const page = await call('scenario.show', { campaign, ...(after ? { after } : {}) }, { watch });
		boxes.push(...page.rows);
		head = page;
		after = page.next;
	} while (after);
	return { boxes, scenario: head.scenario, sha256: head.sha256 };
}

export const titleOf = (box) => (box.box ? `${box.dialog}${box.box > 1 ? `-${box.box}` : ''}` : box.dialog || 'シナリオ全体');

/* A block that says nothing and leads to several places parts the ways. */
export function kindOf(box) {
	if (box.kind !== 'block' || box.says.length)
		return kinds[box.kind];
	const what = (name) => box.does.some((d) => d.what === name);
	return what('sms') ? 'SMSを送る' : what('task') ? '対応を記録する' : box.goes.length > 1 ? '分ける' : what('exit') ? '終わる' : '進める';
}

/* The levels at which a call comes here. */
export function LevelOf({ box }) {
	if (!box.visited)
		return html`<span class="level">道なし</span>`;
	const [least, most] = [box.least_level, box.most_level];
	return html`<span class=${`level level-${most}`} title=${levels[most][1]}>${least === most ? '' : `L${least}～`}L${most}</span>`;
}

const hints = (s) => [when[s.when], s.count > 1 && `${s.count}回目`, s.conditional && '場合によって'].filter(Boolean).join('・');

function Says({ says, onHear, busy }) {
	return says.map((s) => html`<li key=${`${s.prompt}${s.when}`} class="says" data-prompt=${s.prompt}>
		<span class=${`level level-${s.level}`}>${levels[s.level] ? levels[s.level][0] : ''}</span>
		<div class="sentence">${hints(s) && html`<span class="hint">${hints(s)}</span>`}<p>${s.words || '(この見本では話しません)'}</p></div>
		${s.words && html`<button type="button" class="button button-plain button-small" disabled=${busy} onClick=${() => onHear(s)}>聞く<span class="hidden">: ${s.words}</span></button>`}</li>`);
}

function Keys({ box }) {
	if (box.most_digits)
		return html`<p>番号を${box.least_digits === box.most_digits ? '' : `${box.least_digits}～`}${box.most_digits}桁押す${box.birth ? '(生年月日の月日)' : ''}</p>`;
	if (!box.keys || !box.keys.length)
		return null;
	return html`<ul class="keys">${box.keys.map((k) => html`<li key=${k.key + k.value + k.words}>${k.key && html`<kbd>${k.key}</kbd>`} ${k.words.length ? `声「${k.words.join('、')}」` : ''} ${k.value}</li>`)}</ul>`;
}

/* Where it leads: by what, to where. */
function Ways({ box, onGo }) {
	const to = new Map();
	for (const g of box.goes || []) {
		const id = g.to ? titleOf({ dialog: g.to, box: g.box }) : '終わり';
		const words = label(g);
		const had = to.get(id) || { ...g, all: [] };
		if (words && !had.all.includes(words))
			had.all.push(words);
		to.set(id, had);
	}
	if (!to.size)
		return null;
	return html`<ul class="goes">${[...to].map(([id, g]) => html`<li key=${id}>${g.all.join('・')} <span aria-hidden="true">→</span> ${g.to
		? html`<button type="button" class="link" onClick=${() => onGo(g.to, g.box)}>${id}</button>` : id}</li>`)}</ul>`;
}

export function Box({ box, onHear, onGo, busy }) {
	const deeds = box.does.map((d) => [does[d.what], d.words, when[d.when]].filter(Boolean).join(' '));
	const id = `box-${box.kind}-${box.dialog}-${box.box}`;
	return html`<section class="box" aria-labelledby=${id}>
		<h2 id=${id} tabindex="-1">${titleOf(box)} <span class="hint">${kindOf(box)}</span>${box.box > 0 && html` <${LevelOf} box=${box} />`}</h2>
		<ul class="plain"><${Says} says=${box.says} onHear=${onHear} busy=${busy} /></ul>
		<${Keys} box=${box} />
		${deeds.length > 0 && html`<ul>${[...new Set(deeds)].map((d) => html`<li key=${d}>${d}</li>`)}</ul>`}
		<${Ways} box=${box} onGo=${onGo} />
	</section>`;
}
