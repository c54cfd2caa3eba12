/* 対象者ファイル: what was understood of it; the first people only when somebody asks, since each look
 * at a resident is on record. */
import { call } from '../lib/api.js';
import { IntakeErrors, IntakeFacts } from '../lib/intake.js';
import { may, residents } from '../lib/roles.js';
import { Failure, Scroll, Wait, html, usePoll, useState } from '../lib/ui.js';
import { dayWords } from '../lib/time.js';
import { Unmask } from '../lib/unmask.js';
import { count } from '../lib/words.js';

const FIRST = 5;

/* Masked by the engine: enough to see that the columns are where they belong. */
function People({ who, run }) {
	const [people, set] = useState(null);
	const [error, setError] = useState(null);
	const look = async () => {
		try {
			const rows = (await call('target.list', { run: run.run, limit: FIRST })).rows;
			set(await Promise.all(rows.map((r) => call('target.show', { run: run.run, person: r.person }))));
		} catch (e) {
			setError(e);
		}
	};
	if (error)
		return html`<${Failure} error=${error} />`;
	if (!people)
		return html`<p><button type="button" class="button button-plain" onClick=${look}>はじめの${FIRST}人を表示する</button></p>
			<p class="hint">列の対応が正しいかを確かめるためのものです。だれが見たかが、操作の記録に残ります。</p>`;
	return html`<${Scroll} label="はじめの対象者"><table><caption>はじめの${people.length}人(読み取った内容)</caption>
		<thead><tr><th scope="col">宛名番号</th><th scope="col">氏名</th><th scope="col">電話番号</th><th scope="col">科目・期別</th><th scope="col">納期限</th><th scope="col" class="right">未納額</th><th scope="col">全体の表示</th></tr></thead>
		<tbody>${people.map((p) => html`<tr key=${p.person}><td>${p.person}</td><td>${p.name}</td>
			<td>${(p.numbers || []).map((n) => html`<div>${n.number}${n.sms ? ' (SMS可)' : ''}</div>`)}</td>
			<td>${p.debts.map((d) => html`<div>${d.tax} ${d.year && `${d.year}年度`} ${d.period && `${d.period}期`}</div>`)}</td>
			<td>${p.debts.map((d) => html`<div>${dayWords(d.due)}</div>`)}</td>
			<td class="right">${p.debts.map((d) => html`<div>${count(d.amount)}円</div>`)}</td>
			<td><${Unmask} who=${who} run=${run.run} person=${p.person} /></td></tr>`)}</tbody></table></${Scroll}>`;
}

export default function File({ who, run }) {
	const [seen, error] = usePoll(({ watch }) => call('intake.show', { intake: run.intake, limit: 200 }, { watch }), 0, [run.intake, run.state]);
	if (!seen)
		return error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	return html`<${IntakeFacts} intake=${seen.intake} />
		<p>対象者 <strong>${count(run.targets)}人</strong>、明細 <strong>${count(run.debts)}件</strong>です。</p>
		${may(who, ...residents) && html`<${People} who=${who} run=${run} />`}
		<h3>取り込めない行</h3>
		<${IntakeErrors} rows=${seen.rows} more=${seen.next} />`;
}
