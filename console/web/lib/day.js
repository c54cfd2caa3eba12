/* 今日: calls and messages by quarter hour, what came of them, and when it goes on. Counted by the
 * engine from the attempts themselves, so it is asked once a minute only. */
import { call, sums } from './api.js';
import { Failure, Scroll, html, usePoll } from './ui.js';
import { dayWords } from './time.js';
import { channel, count } from './words.js';

async function look(watch) {
	const [counts, windows] = await Promise.all([sums('attempt.count', {}, { watch }), call('window.list', {}, { watch })]);
	return { counts, windows: windows.rows };
}

const order = (w) => `${w.day} ${w.from.padStart(5, '0')}`;

/* Of campaigns that have a run to go on with, if there are any. */
function Next({ windows, campaigns }) {
	const wanted = campaigns.length ? windows.filter((w) => campaigns.includes(w.campaign)) : windows;
	const next = wanted.filter((w) => w.state !== 'over').sort((a, b) => order(a).localeCompare(order(b)))[0];
	if (!next)
		return html`<p class="next">これから2週間に、連絡する時間帯はありません。</p>`;
	const words = `${next.state === 'open' ? '' : `${dayWords(next.day)} `}${next.from}～${next.to} ${channel[next.channel]}「${next.title}」`;
	return html`<p class="next">${next.state === 'open' ? `いまは連絡する時間帯です: ${words}` : `次の時間帯: ${words}`}</p>`;
}

/* Of the working day, and of more of it if something was then. */
const DAY_BEGINS = 8 * 4, DAY_ENDS = 20 * 4 - 1;
function quarters(rows) {
	const at = (row) => Number(row.at.slice(0, 2)) * 4 + Number(row.at.slice(3)) / 15;
	const first = Math.min(DAY_BEGINS, ...rows.map(at)), last = Math.max(DAY_ENDS, ...rows.map(at)), all = [];
	for (let q = first; q <= last; q++) {
		const of = (what) => rows.find((r) => at(r) === q && r.channel === what) || { count: 0, answered: 0 };
		all.push({ at: `${Math.floor(q / 4)}:${String((q % 4) * 15).padStart(2, '0')}`, voice: of('voice').count, answered: of('voice').answered, sms: of('sms').count });
	}
	return all;
}

function Bars({ all }) {
	const most = Math.max(...all.map((q) => q.voice + q.sms));
	const bar = (n, what) => html`<rect class=${`bar-${what}`} width="10" height=${(n * 100) / most} />`;
	return html`<svg class="chart" viewBox=${`0 0 ${all.length * 12} 102`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
		${all.map((q, i) => html`<g transform=${`translate(${i * 12 + 1} ${100 - ((q.voice + q.sms) * 100) / most})`}>${bar(q.sms, 'sms')}
			<g transform=${`translate(0 ${(q.sms * 100) / most})`}>${bar(q.voice, 'voice')}</g></g>`)}
		<rect y="100" width=${all.length * 12} height="2" fill="#595959" /></svg>
		<p class="axis" aria-hidden="true"><span>${all[0].at}</span><span>15分で最多 ${count(most)}件</span><span>${all[all.length - 1].at}</span></p>`;
}

function Quarters({ rows }) {
	if (!rows.length)
		return html`<p>今日は、まだ電話もSMSもありません。</p>`;
	const all = quarters(rows);
	return html`<div class="chart-box"><${Bars} all=${all} />
		<p class="legend"><span class="key bar-voice"></span>電話 <span class="key bar-sms"></span>SMS</p></div>
		<details><summary>15分ごとの件数を表で見る</summary><${Scroll} label="15分ごとの件数"><table><caption>15分ごとの件数</caption>
			<thead><tr><th scope="col">始まり</th><th scope="col" class="right">電話</th><th scope="col" class="right">うち応答</th><th scope="col" class="right">SMS</th></tr></thead>
			<tbody>${all.filter((q) => q.voice + q.sms > 0).map((q) => html`<tr key=${q.at}><th scope="row">${q.at}</th><td class="right">${count(q.voice)}</td><td class="right">${count(q.answered)}</td><td class="right">${count(q.sms)}</td></tr>`)}</tbody></table></${Scroll}></details>`;
}

function Outcomes({ rows }) {
	if (!rows.length)
		return null;
	return html`<h3>接続結果</h3><ul class="outcomes">${rows.sort((a, b) => b.count - a.count).map((r) => html`<li key=${`${r.channel}${r.code}`}>
		<span>${channel[r.channel]} ${r.words}</span> <strong>${count(r.count)}件</strong></li>`)}</ul>`;
}

export function Day({ campaigns }) {
	const [seen, error] = usePoll(({ watch }) => look(watch), 60000);
	if (!seen)
		return html`<${Failure} error=${error} />`;
	const of = (what) => seen.counts.filter((c) => c.what === what);
	return html`<section aria-labelledby="h-day"><h2 id="h-day">今日の電話とSMS</h2>
		<${Next} windows=${seen.windows} campaigns=${campaigns} />
		<${Quarters} rows=${of('quarter')} /><${Outcomes} rows=${of('outcome')} /></section>`;
}
