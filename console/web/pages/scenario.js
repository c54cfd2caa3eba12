/* シナリオ: what a campaign's calls say and ask. Views of the same document: the flow as boxes and arrows, a
 * walk through it by clicked keys, and all sentences as a list; each sentence can be heard, with its reading. And
 * its versions: handed in, handed out, compared, taken back. */
import { list } from '../lib/api.js';
import { useVoice } from '../lib/say.js';
import { Box, levels, look } from '../lib/scenario.js';
import { Facts, Failure, Notice, Tabs, Wait, html, usePoll } from '../lib/ui.js';
import Versions from '../lib/versions.js';
import Flow from './scenario_flow.js';
import Try from './scenario_try.js';

const views = [['flow', '流れ図'], ['try', 'たどってみる'], ['list', '文の一覧'], ['versions', '版と取り込み']];

/* What the engine says of a line begins with its rule, which docs/scenario.md explains. */
const rules = {
	'debt-needs-level-2': '金額や期別などは、生年月日の一致(L2)の後でだけ話せます。',
	'words-need-level-1': '未納などの言葉は、本人と答えた後(L1)でだけ話せます。',
	'level-1-needs-key': '本人であるとキーで答える道を通らずに、L1に上がっています。',
	'reached-needs-proof': '到達の記録には、直前の回答が要ります。',
	'level-2-needs-match': '生年月日の照合を通らずに、L2に上がっています。',
	'nothing-after-misses': '照合に失敗した後、または本人以外と分かった後に、秘密を話しています。',
	'condition-shows-debt': 'L2より前に、明細の有無で話すことが変わっています。',
	'birth-stays-secret': '押された生年月日を、照合のほかに使っています。',
	'notice-is-public': 'お知らせでは、氏名・金額・未納の言葉は話せません。',
	'prompt-before-call': '電話の前に決まらない値を話そうとしています。',
	'record-is-announced': '録音するのに、その案内(o:announce)がありません。',
	'machine-names-nobody': '留守番電話には、氏名を残せません。',
	'transfer-by-name': '転送先は staff:名前 で書きます。',
	'voice-needs-key': '声の返事だけで、秘密の段階を上げています。',
	'voice-needs-yes': '声の返事を確かめずに、記録しています。',
	'warned-word': '注意する言葉が入っています。',
};
const meaning = (what) => rules[(what.match(/^\[([a-z0-9-]+)\]/) || [])[1]]
	|| (/cannot be read: write it/.test(what) ? '読めない文字があります。かなで書くか、読みの辞書に加えてください。' : '書き方の誤りです。');

const file = { method: 'scenario', check: 'scenario.check', end: '.vxml', accept: '.vxml,.xml,application/voicexml+xml', file: 'VoiceXML', words: 'シナリオ', meaning };

const focus = (dialog, box) => {
	const to = document.querySelector(`.box h2[id$="-${dialog}-${box}"]`);
	to?.scrollIntoView();
	to?.focus();
};

function Views({ campaign, view, onView, who }) {
	const [seen, error, again] = usePoll(({ watch }) => look(campaign, watch), 0, [campaign]);
	const [hear, player, busy] = useVoice(campaign);
	if (!seen)
		return error && error.code === -32004 ? html`<${Notice} kind="info" title="この業務は電話をかけないため、シナリオがありません。" />`
			: error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	return html`<${Facts} list=${[['シナリオ', seen.scenario], ['版(ハッシュ値)', html`<code class="hash">${seen.sha256}</code>`]]} />
		<${Tabs} label="シナリオの見かた" tabs=${views} at=${view} onGo=${onView} />
		<p>見本の人(伊那太郎さん、固定資産税1件)に話す内容です。実際の対象者の氏名や金額は使いません。</p>
		<ul class="plain levels">${levels.map(([l, words], i) => html`<li key=${l}><span class=${`level level-${i}`}>${l}</span> ${words}</li>`)}</ul>
		${view !== 'versions' && player}
		${view === 'flow' && html`<${Flow} boxes=${seen.boxes} onHear=${hear} busy=${busy} />`}
		${view === 'try' && html`<${Try} campaign=${campaign} boxes=${seen.boxes} onHear=${hear} busy=${busy} />`}
		${view === 'list' && html`<div class="flow">${seen.boxes.map((b) => html`<${Box} key=${`${b.kind}${b.dialog}${b.box}`} box=${b} onHear=${hear} onGo=${focus} busy=${busy} />`)}</div>`}
		${view === 'versions' && html`<${Versions} of=${file} campaign=${campaign} doc=${seen.scenario} sha256=${seen.sha256} may=${who.roles.some((r) => ['manager', 'staff'].includes(r))} onSaved=${again} />`}`;
}

export default function Scenario({ rest, who }) {
	const [campaigns, error] = usePoll(({ watch }) => list('campaign.list', {}, 1000, { watch }), 0);
	if (!campaigns)
		return error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	if (!campaigns.length)
		return html`<p>この部署の配信業務はありません。</p>`;
	const chosen = campaigns.find((c) => c.campaign === rest[0]) || campaigns[0];
	const view = views.some(([id]) => id === rest[1]) ? rest[1] : 'flow';
	const go = (campaign, to) => { location.hash = `#scenario/${campaign}/${to}`; };
	return html`<div class="field"><label for="of">どの業務のシナリオですか</label>
			<select id="of" onChange=${(e) => go(e.target.value, view)}>${campaigns.map((c) => html`<option key=${c.campaign} value=${c.campaign} selected=${c === chosen}>${c.title}</option>`)}</select></div>
		<${Views} key=${chosen.campaign} campaign=${chosen.campaign} view=${view} who=${who} onView=${(to) => go(chosen.campaign, to)} />`;
}
