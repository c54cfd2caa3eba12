/* 配信業務: all runs and campaigns of the department; from here to one run, one campaign, or a new
 * run. What a run goes through is in work_run.js. */
import { list } from '../lib/api.js';
import { may, workers } from '../lib/roles.js';
import { Failure, Wait, html, usePoll } from '../lib/ui.js';
import { campaignKind, count, runState } from '../lib/words.js';
import { dayWords, timeWords } from '../lib/time.js';
import Campaign from './work_campaign.js';
import Edit from './work_edit.js';
import New from './work_new.js';
import Notice from './work_notice.js';
import Run from './work_run.js';

const OVER = ['closed', 'stopped'];

async function look({ watch }) {
	const [campaigns, runs] = await Promise.all([list('campaign.list', {}, 1000, { watch }), list('run.list', {}, 1000, { watch })]);
	const titles = Object.fromEntries(campaigns.map((c) => [c.campaign, c.title]));
	return { campaigns, runs: runs.map((r) => ({ ...r, title: titles[r.campaign] || r.campaign })).reverse() };
}

function Runs({ runs, caption }) {
	if (!runs.length)
		return html`<p>ありません。</p>`;
	return html`<table><caption class="hidden">${caption}</caption>
		<thead><tr><th scope="col">配信</th><th scope="col">配信業務</th><th scope="col">状態</th>
			<th scope="col" class="right">対象者</th><th scope="col" class="right">済んだ人</th><th scope="col">取込み</th></tr></thead>
		<tbody>${runs.map((r) => html`<tr key=${r.run} data-run=${r.run}>
			<td>${r.run}</td><th scope="row"><a href=${`#work/run/${r.run}`}>${r.title}</a></th>
			<td><span class="state state-${r.state}">${runState[r.state] || r.state}</span></td>
			<td class="right">${count(r.targets)}人</td><td class="right">${count(r.done)}人</td><td>${timeWords(r.created)}</td>
		</tr>`)}</tbody></table>`;
}

function Campaigns({ campaigns }) {
	if (!campaigns.length)
		return html`<p>この部署の配信業務はありません。</p>`;
	return html`<table><caption class="hidden">配信業務の一覧</caption>
		<thead><tr><th scope="col">配信業務</th><th scope="col">種類</th><th scope="col">期間</th><th scope="col">対象者ファイルの名前</th></tr></thead>
		<tbody>${campaigns.map((c) => html`<tr key=${c.campaign}>
			<th scope="row"><a href=${`#work/campaign/${c.campaign}`}>${c.title}</a></th><td>${campaignKind[c.kind] || c.kind}</td>
			<td>${dayWords(c.start)}から${dayWords(c.end)}まで</td><td><code>${c.files}</code></td>
		</tr>`)}</tbody></table>`;
}

function All({ who }) {
	const [seen, error] = usePoll(look, 10000);
	if (!seen)
		return error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	const wait = seen.runs.filter((r) => r.state === 'submitted');
	const open = seen.runs.filter((r) => !OVER.includes(r.state) && r.state !== 'submitted');
	const over = seen.runs.filter((r) => OVER.includes(r.state));
	return html`<${Failure} error=${error} />
		${may(who, ...workers) && html`<p><a class="button" href="#work/new">新しい配信を準備する</a></p>`}
		${wait.length > 0 && html`<section aria-labelledby="h-wait"><h2 id="h-wait">承認を待っている配信</h2><${Runs} runs=${wait} caption="承認を待っている配信" /></section>`}
		<section aria-labelledby="h-open"><h2 id="h-open">準備中・配信中</h2><${Runs} runs=${open} caption="準備中と配信中の配信" /></section>
		<section aria-labelledby="h-campaigns"><h2 id="h-campaigns">配信業務</h2><${Campaigns} campaigns=${seen.campaigns} /></section>
		${over.length > 0 && html`<section aria-labelledby="h-over"><h2 id="h-over">終わった配信</h2><${Runs} runs=${over.slice(0, 20)} caption="終わった配信" /></section>`}`;
}

export default function Work({ who, rest }) {
	const [what, id, step] = rest;
	if (what === 'new')
		return html`<${New} who=${who} campaign=${id} />`;
	if (what === 'run')
		return html`<${Run} key=${id} who=${who} id=${Number(id)} step=${step} />`;
	if (what === 'campaign' && step)
		return html`<${Edit} key=${id} who=${who} id=${id} view=${step} />`;
	if (what === 'campaign')
		return html`<${Campaign} key=${id} who=${who} id=${id} />`;
	if (what === 'notice')
		return html`<${Notice} id=${Number(id)} />`;
	return html`<${All} who=${who} />`;
}
