/* 着信対応: who rings back, on which number, when, and what he hears. */
import { list } from '../lib/api.js';
import { Failure, Notice, html, usePoll } from '../lib/ui.js';

const number = { caller: '発信番号', more: '着信番号' };
const days = { all: '毎日', weekdays: '平日(祝日を除く)' };

export default function Inbound() {
	const [rows, error] = usePoll(({ watch }) => list('inbound.list', {}, 1000, { watch }), 30000);
	if (!rows)
		return error ? html`<${Failure} error=${error} />` : html`<p class="wait" role="status">読み込んでいます。</p>`;
	return html`<${Failure} error=${error} />
		${rows.some((r) => !r.answered) && html`<${Notice} title="着信を受ける設定になっていません。"><p>折返しの電話には、話し中の音が流れます。受けるときは、システム管理者に依頼してください。</p></${Notice}>`}
		${rows.map((r) => html`<article class="section" key=${r.number} data-number=${r.number}>
			<h2>${r.number} <span class="hint">${number[r.is]}</span> <span class=${`state ${r.open ? 'state-active' : ''}`}>${r.open ? '受付時間内' : '受付時間外'}</span></h2>
			<table><tbody>
				<tr><th scope="row">受付時間</th><td>${r.hours ? `${days[r.days]} ${r.hours.replace('-', ' ～ ')}` : '終日'}</td></tr>
				<tr><th scope="row">受付時間内</th><td>${r.says === 'scenario' ? html`配信業務のシナリオ。だれの電話か分からないときなどは、案内 <code>${r.general}</code>` : html`案内 <code>${r.general}</code>`}</td></tr>
				<tr><th scope="row">受付時間外</th><td>案内 <code>${r.closed}</code></td></tr>
				<tr><th scope="row">連絡する用件がない人</th><td>案内 <code>${r.nothing}</code></td></tr>
			</tbody></table></article>`)}
		<p class="hint">発信者番号だけでは本人とみなしません。用件は、本人確認のあとで伝えます。変更は、システム管理者が設定ファイルで行います。</p>`;
}
