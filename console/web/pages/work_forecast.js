/* 見込み: how many calls and messages, how long on the lines there are, how many yen. */
import { openings } from '../lib/campaign.js';
import { Facts, Finding, Figure, html, usePoll } from '../lib/ui.js';
import { durationWords, minutesOf } from '../lib/time.js';
import { count, yen } from '../lib/words.js';

/* In which calls may be made, in seconds: what of today is over does not count. */
const openSeconds = (rows) => rows.filter((w) => w.channel === 'voice' && w.state !== 'over')
	.reduce((sum, w) => sum + (minutesOf(w.to) - minutesOf(w.from)) * 60, 0);

function Time({ run, campaign }) {
	const [seen] = usePoll(({ watch }) => openings(campaign, watch), 0, [campaign.sha256]);
	if (!seen || !run.forecast_calls)
		return null;
	const open = openSeconds(seen.rows);
	return html`<ul class="findings">${open >= run.forecast_s
		? html`<${Finding} kind="good">電話をかけられる時間帯は、あわせて${durationWords(open)}あります。間に合う見込みです。</${Finding}>`
		: html`<${Finding} kind="bad">電話をかけられる時間帯は、あわせて${durationWords(open)}です。足りない見込みです。日を増やすか、対象者を分けてください。</${Finding}>`}</ul>`;
}

export default function Forecast({ run, campaign }) {
	return html`<dl class="figures">
			<${Figure} label="電話" value=${count(run.forecast_calls)} unit="件" note=${`うち応答 約${count(run.forecast_answered)}件`} />
			<${Figure} label="SMS" value=${count(run.forecast_messages)} unit="人" note=${`${count(run.forecast_segments)}通分`} />
			<${Figure} label="電話にかかる時間" value=${run.forecast_calls ? durationWords(run.forecast_s) : '-'} unit="" note=${`${run.forecast_lines}回線を使い続けたとき`} />
			<${Figure} label="費用の見込み" value=${count(Math.round(Number(run.forecast_yen)))} unit="円" note=${`多くても ${yen(run.forecast_most_yen)}`} />
		</dl>
		${campaign && html`<${Time} run=${run} campaign=${campaign} />`}
		<${Facts} list=${[['費用の上限', campaign && Number(campaign.limit_yen) > 0 ? `${yen(campaign.limit_yen)}(達すると新しい連絡は始まりません)` : 'この業務の上限は設定されていません']]} />
		<p class="hint">応答の割合と通話の長さは、設定された見込みの値です。実際の費用は「本日の状況」と「結果」で分かります。</p>`;
}
