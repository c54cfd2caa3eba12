/* シナリオ: what a campaign's calls say and ask, as boxes in the order of the document, each with the
 * secrecy level of its sentences; each sentence can be heard as it will sound. Read only: scenarios are
 * files of the specs folder. */
import { call, download, list } from '../lib/api.js';
import { Facts, Failure, Notice, Wait, html, useEffect, usePoll, useRef, useState } from '../lib/ui.js';

const kind = { block: '話す', field: 'たずねる', transfer: '職員につなぐ', record: '用件を録音する' };
const when = { noinput: '返事がないとき', nomatch: '違う返事のとき', event: 'そのほかのとき' };
const levels = [
	['L0', 'だれが聞いてもよい'],
	['L1', '本人と答えた後'],
	['L2', '生年月日が一致した後'],
];
const does = { exit: '電話を切る', sms: 'SMSを送る', reply: '回答を記録する', task: '対応を記録する', level: '秘密の段階を進める', reached: '到達を記録する' };

/* All boxes; what a page of the listing has beside them is the same on each. */
async function look(campaign, watch) {
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

/* One player for the page: a new sentence ends the last one. */
function Player({ sound }) {
	const ref = useRef(null);
	useEffect(() => {
		if (!sound)
			return undefined;
		const url = URL.createObjectURL(new Blob([sound.bytes], { type: 'audio/wav' }));
		ref.current.src = url;
		ref.current.play().catch(() => {}); /* refused without a click: the controls are there */
		return () => URL.revokeObjectURL(url);
	}, [sound]);
	return html`<p class="player"><audio ref=${ref} controls aria-label="文の音声" hidden=${!sound}></audio>${sound && html` <span>${sound.words}</span>`}</p>`;
}

const hints = (s) => [when[s.when], s.count > 1 && `${s.count}回目`, s.conditional && '場合によって'].filter(Boolean).join('・');

function Says({ says, onHear, busy }) {
	return says.map((s) => html`<li key=${`${s.prompt}${s.when}`} class="says" data-prompt=${s.prompt}>
		<span class="level level-${s.level}">${levels[s.level] ? levels[s.level][0] : ''}</span>
		<div class="sentence">${hints(s) && html`<span class="hint">${hints(s)}</span>`}<p>${s.words || '(この見本では話しません)'}</p></div>
		${s.words && html`<button type="button" class="button button-plain button-small" disabled=${busy} onClick=${() => onHear(s)}>聞く<span class="hidden">: ${s.words}</span></button>`}</li>`);
}

function Keys({ box }) {
	const to = Object.fromEntries(box.goes.map((g) => [g.how, g.to]));
	if (box.most_digits)
		return html`<p>番号を${box.least_digits === box.most_digits ? '' : `${box.least_digits}~`}${box.most_digits}桁押す${box.birth ? '(生年月日の月日)' : ''}</p>`;
	if (!box.keys.length)
		return null;
	return html`<ul class="keys">${box.keys.map((k) => html`<li key=${k.key + k.value}><kbd>${k.key || '声'}</kbd> ${k.value || (to[k.key] ? `「${to[k.key]}」へ` : '')}</li>`)}</ul>`;
}

function Box({ box, onHear, busy }) {
	const goes = [...new Set(box.goes.map((g) => g.to))];
	const deeds = box.does.map((d) => [does[d.what], d.words, when[d.when]].filter(Boolean).join(' '));
	return html`<section class="box" aria-labelledby=${`box-${box.dialog}-${box.box}`}>
		<h2 id=${`box-${box.dialog}-${box.box}`}>${box.dialog}${box.box > 1 ? `-${box.box}` : ''} <span class="hint">${kind[box.kind]}</span></h2>
		<ul class="plain"><${Says} says=${box.says} onHear=${onHear} busy=${busy} /></ul>
		<${Keys} box=${box} />
		${box.words.length > 0 && html`<p>声での返事: ${box.words.join('、')}</p>`}
		${deeds.length > 0 && html`<ul>${[...new Set(deeds)].map((d) => html`<li key=${d}>${d}</li>`)}</ul>`}
		${goes.length > 0 && html`<p class="goes"><span aria-hidden="true">→ </span>次: ${goes.map((g) => html`<button type="button" class="link" onClick=${() => document.getElementById(`box-${g}-1`)?.scrollIntoView()}>${g}</button> `)}</p>`}
	</section>`;
}

function Flow({ campaign }) {
	const [seen, error] = usePoll(({ watch }) => look(campaign, watch), 0, [campaign]);
	const [sound, setSound] = useState(null);
	const [wrong, setWrong] = useState(null);
	const [busy, setBusy] = useState(false);
	const hear = async (s) => {
		setBusy(true);
		setWrong(null);
		try {
			setSound({ words: s.words, bytes: await download('scenario.say', { campaign, prompt: s.prompt }) });
		} catch (e) {
			setWrong(e);
		}
		setBusy(false);
	};
	if (!seen)
		return error && error.code === -32004 ? html`<${Notice} kind="info" title="この業務は電話をかけないため、シナリオがありません。" />`
			: error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	return html`<${Facts} list=${[['シナリオ', seen.scenario], ['版(ハッシュ値)', html`<code class="hash">${seen.sha256}</code>`]]} />
		<p>見本の人(伊那太郎さん、固定資産税1件)に話す内容です。実際の対象者の氏名や金額は使いません。</p>
		<ul class="plain levels">${levels.map(([l, words], i) => html`<li key=${l}><span class="level level-${i}">${l}</span> ${words}</li>`)}</ul>
		<${Failure} error=${wrong} />
		<${Player} sound=${sound} />
		<div class="flow">${seen.boxes.map((b) => html`<${Box} key=${`${b.dialog}${b.box}`} box=${b} onHear=${hear} busy=${busy} />`)}</div>`;
}

export default function Scenario({ rest }) {
	const [campaigns, error] = usePoll(({ watch }) => list('campaign.list', {}, 1000, { watch }), 0);
	if (!campaigns)
		return error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	if (!campaigns.length)
		return html`<p>この部署の配信業務はありません。</p>`;
	const chosen = campaigns.find((c) => c.campaign === rest[0]) || campaigns[0];
	return html`<div class="field"><label for="of">どの業務のシナリオですか</label>
			<select id="of" onChange=${(e) => { location.hash = `#scenario/${e.target.value}`; }}>${campaigns.map((c) => html`<option key=${c.campaign} value=${c.campaign} selected=${c === chosen}>${c.title}</option>`)}</select></div>
		<${Flow} key=${chosen.campaign} campaign=${chosen.campaign} />`;
}
