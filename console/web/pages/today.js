/* 本日の状況: what runs, what it costs, what needs somebody; 緊急停止. */
import { call, contact, list } from '../lib/api.js';
import { Day } from '../lib/day.js';
import { may } from '../lib/roles.js';
import { Confirm, Failure, Figure, Notice, Wait, html, useEffect, usePoll, useState } from '../lib/ui.js';
import { alertWords, count, errorWords, runState, yen } from '../lib/words.js';

const OPEN = ['loading', 'draft', 'submitted', 'approved', 'running', 'paused'];

async function look(who, watch) {
	const [status, alerts] = await Promise.all([call('status', {}, { watch }), list('alert.list', {}, 1000, { watch })]);
	/* the vendor sees the machine alone */
	const sees = may(who, 'administrator', 'manager', 'staff', 'operator', 'auditor');
	const [runs, campaigns] = sees ? await Promise.all([list('run.list', {}, 1000, { watch }), list('campaign.list', {}, 1000, { watch })]) : [[], []];
	const titles = Object.fromEntries(campaigns.map((c) => [c.campaign, c.title]));
	return { status, alerts: alerts.filter((a) => a.state === 'now'), runs: runs.map((r) => ({ ...r, title: titles[r.campaign] || r.campaign })), sees };
}

function Progress({ run }) {
	const part = run.targets ? Math.floor((run.done * 100) / run.targets) : 0;
	return html`<span class="progress"><progress max="100" value=${part} aria-label=${`${run.title}の進み具合`}></progress> ${count(run.done)}/${count(run.targets)}人</span>`;
}

function Runs({ runs, canStop, onStop }) {
	if (!runs.length)
		return html`<p>進行中の配信はありません。</p>`;
	return html`<table>
		<thead><tr><th scope="col">配信</th><th scope="col">配信業務</th><th scope="col">状態</th><th scope="col">済んだ人</th>
			<th scope="col" class="right">電話</th><th scope="col" class="right">SMS</th>${canStop && html`<th scope="col">操作</th>`}</tr></thead>
		<tbody>${runs.map((r) => html`<tr key=${r.run} data-run=${r.run}>
			<td>${r.run}</td><th scope="row"><a href=${`#work/run/${r.run}`}>${r.title}</a></th><td><span class="state state-${r.state}">${runState[r.state] || r.state}</span></td>
			<td><${Progress} run=${r} /></td><td class="right">${count(r.calls)}件</td><td class="right">${count(r.messages)}通</td>
			${canStop && html`<td><button type="button" class="button button-small button-danger-plain" disabled=${r.state === 'loading'} onClick=${() => onStop(r)}>緊急停止<span class="hidden">(配信${r.run})</span></button></td>`}
		</tr>`)}</tbody></table>`;
}

/* Whom: the words of the alert's kind, or the console's own contact. */
function Ring({ whom }) {
	const [it, set] = useState('');
	useEffect(() => {
		contact().then(set);
	}, []);
	const words = whom === 'it' ? it || '情報政策の担当' : whom;
	return html`<span class="ring">連絡先: ${words}</span>`;
}

function Alerts({ alerts }) {
	if (!alerts.length)
		return html`<p>対応が必要なことはありません。</p>`;
	return html`<ul class="alerts">${alerts.map((a) => {
		const words = alertWords(a);
		return html`<li key=${a.alert}><strong>${words.what}</strong> <span class="hint">${a.since} から</span><br />${words.todo} <${Ring} whom=${words.ring} />
			${words.raw && html`<details><summary>詳しい内容</summary><p lang="en">${words.raw}</p></details>`}</li>`;
	})}</ul>`;
}

function Money({ status }) {
	const m = status.money_department, city = status.money_city;
	if (!m)
		return null;
	const limit = Number(city.limit_yen) > 0 ? `上限 ${yen(city.limit_yen)}の${city.percent}%` : '上限の設定なし';
	return html`<${Figure} label="今月の費用(市全体)" value=${yen(city.spent_yen).replace('円', '')} unit="円" note=${limit} />
		<${Figure} label="今月の費用(所属部署)" value=${yen(m.spent_yen).replace('円', '')} unit="円" note=${`予定 ${yen(m.to_come_yen)}`} />`;
}

export default function Today({ who }) {
	const [seen, error, again] = usePoll(({ watch }) => look(who, watch), 3000);
	const [asked, ask] = useState(null); /* a run, or 'all' */
	const [busy, setBusy] = useState(false);
	const [said, say] = useState(null);
	const stop = async () => {
		setBusy(true);
		try {
			const answer = asked === 'all' ? await call('stop.all') : await call('run.stop', { run: asked.run });
			say({ kind: 'info', words: asked === 'all' ? `${answer.stopped}件の配信を緊急停止しました。` : `配信${asked.run}を緊急停止しました。` });
		} catch (e) {
			say({ kind: 'error', words: errorWords(e) });
		}
		setBusy(false);
		ask(null);
		again();
	};
	if (!seen)
		return error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	const { status, alerts, runs, sees } = seen;
	const open = runs.filter((r) => OPEN.includes(r.state));
	const over = runs.filter((r) => !OPEN.includes(r.state)).slice(-5).reverse();
	const canStop = may(who, 'manager', 'staff', 'operator'), canStopAll = canStop || may(who, 'administrator');
	return html`
		<${Failure} error=${error} />
		${said && html`<${Notice} kind=${said.kind} title=${said.words} />`}
		<div class="top">
			<p class="time">${status.time} 現在${status.rehearsal ? '(リハーサル中。実際の電話はかかりません)' : ''}</p>
			${canStopAll && html`<button type="button" class="button button-danger" onClick=${() => ask('all')}>すべて緊急停止</button>`}
		</div>
		<section aria-labelledby="h-now"><h2 id="h-now">いまの動き</h2><dl class="figures">
			<${Figure} label="使用中の回線" value=${count(status.lines_used)} unit=${`/${count(status.lines)}回線`} note=${status.trunk_up ? '' : '電話回線につながっていません'} />
			<${Figure} label="送信中のSMS" value=${count(status.sms_in_flight)} unit="通" note=${status.sms_waiting ? `待ち ${count(status.sms_waiting)}通` : ''} />
			<${Figure} label="処理中のファイル" value=${count(status.files_in)} unit="件" note=${status.hushed_since ? `受付${status.hushed_by}を読み終えるまで、新しい連絡を止めています(${status.hushed_since}から)` : ''} />
			<${Money} status=${status} />
		</dl></section>
		<section aria-labelledby="h-alerts"><h2 id="h-alerts">お知らせと警告</h2><${Alerts} alerts=${alerts} /></section>
		${sees && html`<${Day} campaigns=${open.filter((r) => ['running', 'paused', 'approved'].includes(r.state)).map((r) => r.campaign)} />`}
		${sees && html`<section aria-labelledby="h-runs"><h2 id="h-runs">進行中の配信</h2><${Runs} runs=${open} canStop=${canStop} onStop=${ask} /></section>
		${over.length > 0 && html`<section aria-labelledby="h-over"><h2 id="h-over">終わった配信</h2><${Runs} runs=${over} /></section>`}`}
		${asked && html`<${Confirm} title=${asked === 'all' ? 'すべての配信を緊急停止しますか' : `配信${asked.run}を緊急停止しますか`} yes="緊急停止する" onYes=${stop} onNo=${() => ask(null)} busy=${busy}>
			<p>${asked === 'all' ? 'すべての部署の、すべての配信が止まります。' : `「${asked.title}」が止まります。`}新しい電話とSMSは、すぐに始まらなくなります。通話中の電話は、順に終わります。</p>
			<p><strong>緊急停止した配信は、再開できません。</strong></p>
		</${Confirm}>`}`;
}
