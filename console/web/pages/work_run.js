/* One run, the guided way: nine steps, each a page of its own. What can be done in which state the
 * engine decides; the steps only show it in the order of the work. */
import { call } from '../lib/api.js';
import { Days, Purpose, Texts } from '../lib/campaign.js';
import { Failure, Notice, Wait, html, usePoll } from '../lib/ui.js';
import { runState } from '../lib/words.js';
import File from './work_file.js';
import Check from './work_check.js';
import Forecast from './work_forecast.js';
import Submit from './work_submit.js';
import Operate from './work_operate.js';
import Results from './work_results.js';

const steps = [
	['purpose', '目的と対象'],
	['file', 'ファイル'],
	['texts', 'シナリオ・文面'],
	['days', '日程'],
	['check', '確認'],
	['forecast', '見込み'],
	['submit', '提出・承認'],
	['operate', '配信'],
	['results', '結果'],
];

/* Where somebody who opens the run most likely wants to be. */
const first = { loading: 'file', draft: 'file', submitted: 'submit', approved: 'submit', running: 'operate', paused: 'operate', closed: 'results', stopped: 'results' };

async function look(id, watch) {
	const run = await call('run.show', { run: id }, { watch });
	let campaign = null;
	try {
		campaign = await call('campaign.show', { campaign: run.campaign }, { watch });
	} catch (e) {
		if (e.code !== -32004)
			throw e;
	}
	return { run, campaign };
}

function Steps({ id, at }) {
	return html`<nav class="steps" aria-label="配信の手順"><ol>${steps.map(([name, title], i) => html`<li key=${name}>
		<a href=${`#work/run/${id}/${name}`} aria-current=${name === at ? 'step' : undefined}><span class="step-number">${i + 1}</span>${title}</a></li>`)}</ol></nav>`;
}

function Step({ name, ...all }) {
	const { run, campaign } = all;
	const needs = ['purpose', 'texts', 'days'].includes(name);
	if (needs && !campaign)
		return html`<${Notice} title="この配信の配信業務が、設定から取り除かれています。"><p>配信業務を戻すよう、システム管理者に依頼してください。</p></${Notice}>`;
	switch (name) {
	case 'purpose':
		return html`<${Purpose} campaign=${campaign} />`;
	case 'texts':
		return html`<${Texts} campaign=${campaign} />`;
	case 'days':
		return html`<${Days} campaign=${campaign} />`;
	case 'check':
		return html`<${Check} ...${all} />`;
	case 'forecast':
		return html`<${Forecast} ...${all} />`;
	case 'submit':
		return html`<${Submit} ...${all} />`;
	case 'operate':
		return html`<${Operate} ...${all} />`;
	case 'results':
		return html`<${Results} ...${all} />`;
	default:
		return html`<${File} ...${all} />`;
	}
}

function Ways({ id, at }) {
	const i = steps.findIndex(([name]) => name === at);
	return html`<nav class="ways" aria-label="前後の手順">
		${i > 0 ? html`<a class="button button-plain" href=${`#work/run/${id}/${steps[i - 1][0]}`}>戻る: ${steps[i - 1][1]}</a>` : html`<span></span>`}
		${i + 1 < steps.length && html`<a class="button" href=${`#work/run/${id}/${steps[i + 1][0]}`}>次へ: ${steps[i + 1][1]}</a>`}</nav>`;
}

export default function Run({ who, id, step }) {
	const [seen, error, again] = usePoll(({ watch }) => look(id, watch), 4000, [id]);
	if (!seen)
		return error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	const { run, campaign } = seen;
	const at = steps.some(([name]) => name === step) ? step : first[run.state] || 'file';
	const title = steps.find(([name]) => name === at)[1];
	return html`<p><a href="#work">配信業務の一覧へ</a></p>
		<div class="run-head"><p class="run-title">${campaign ? campaign.title : run.campaign}</p>
			<p>配信${run.run} <span class="state state-${run.state}" data-state=${run.state}>${runState[run.state] || run.state}</span>${run.rehearsal ? ' リハーサル' : ''}</p></div>
		<${Failure} error=${error} />
		<${Steps} id=${id} at=${at} />
		<section aria-labelledby="h-step"><h2 id="h-step">${title}</h2>
			<${Step} key=${at} name=${at} who=${who} run=${run} campaign=${campaign} again=${again} /></section>
		<${Ways} id=${id} at=${at} />`;
}
