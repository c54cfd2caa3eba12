/* 周知票: a sheet for the desks and the switchboard, to be printed. It names nobody: residents who ring
 * back must be recognised by what was said to them, not by a list. */
import { call, sums } from '../lib/api.js';
import { openings } from '../lib/campaign.js';
import { Facts, Failure, Wait, html, usePoll } from '../lib/ui.js';
import { dayWords } from '../lib/time.js';
import { campaignKind, channel, count } from '../lib/words.js';

async function look(id, watch) {
	const run = await call('run.show', { run: id }, { watch });
	const campaign = await call('campaign.show', { campaign: run.campaign }, { watch });
	const [open, counts] = await Promise.all([openings(campaign, watch), sums('run.count', { run: id }, { watch })]);
	return { run, campaign, open: open.rows, can: counts.filter((c) => c.what === 'contact').reduce((n, c) => n + c.count, 0) };
}

export default function Notice({ id }) {
	const [seen, error] = usePoll(({ watch }) => look(id, watch), 0, [id]);
	if (!seen)
		return error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	const { run, campaign: c, open, can } = seen;
	const sms = c.waves.find((w) => w.sample);
	return html`<p class="no-print run-acts"><a class="button button-plain" href=${`#work/run/${id}/submit`}>提出・承認へ戻る</a>
			<button type="button" class="button" onClick=${() => window.print()}>印刷する</button></p>
		<article class="sheet"><h2>自動音声電話・SMSによる連絡のお知らせ(庁内周知票)</h2>
			<p>次のとおり、市民の皆さんに自動音声の電話とSMSで連絡します。問い合わせがあったときは、下のように案内してください。</p>
			<${Facts} list=${[
				['件名', c.title], ['種類', campaignKind[c.kind]],
				['期間', `${dayWords(c.start)}から${dayWords(c.end)}まで`],
				['連絡する人', `およそ${count(can)}人`],
				['表示される電話番号', c.caller], ['SMSの送信元', c.sms_sender],
			]} />
			<h3>連絡する日時</h3>
			<table><thead><tr><th scope="col">日</th><th scope="col">時間</th><th scope="col">方法</th></tr></thead>
				<tbody>${[...open].sort((a, b) => `${a.day}${a.from.padStart(5, '0')}`.localeCompare(`${b.day}${b.from.padStart(5, '0')}`)).map((w) => html`<tr><td>${dayWords(w.day)}</td><td>${w.from}～${w.to}</td><td>${channel[w.channel]}</td></tr>`)}</tbody></table>
			${sms && html`<h3>SMSの文面</h3><p class="bubble">${sms.sample}</p>`}
			<h3>問い合わせがあったとき</h3>
			<ul><li>市からの連絡です。表示される電話番号は、上のとおりです。</li>
				<li>電話やSMSで、口座番号や暗証番号をうかがったり、ATMの操作をお願いしたりすることは、ありません。</li>
				<li>本人と確かめる前に、税や未納のことを話さないでください。家族からの問い合わせでも同じです。</li>
				<li>「もうかけないでほしい」「納めた」という申し出は、担当課に伝えてください。その日から連絡を止めます。</li></ul>
			<p class="hint">配信${run.run}</p></article>`;
}
