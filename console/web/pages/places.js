/* 設定 › 部署・電話・料金: departments, caller numbers, gateways, tariffs, retention, transfers, as the
 * configuration says. Changed in the file, by who keeps the machine. */
import { duration, sections, value } from '../lib/settings.js';
import { Failure, Table, html, useEffect, useState } from '../lib/ui.js';
import { yen } from '../lib/words.js';

const or = (text, none) => text || none;
const kept = (text) => (text && !/^0 /.test(text) ? duration(text) : '期限なし(消さない)');

function Departments({ all }) {
	return html`<${Table} id="h-departments" title="部署" heads=${['部署', '窓口の電話', '発信番号', 'SMSの差出人', 'SMS事業者の順', '費用の上限(月)']}
		rows=${all.filter((s) => s.section === 'department').map((s) => [
			`${value(s, 'name')}(${s.name})`, value(s, 'phone'), value(s, 'caller'), or(value(s, 'sms_sender'), value(s, 'caller')),
			or(value(s, 'gateways'), '記載順'), Number(value(s, 'month_limit')) ? yen(value(s, 'month_limit')) : 'なし'])} />`;
}

function Lines({ all }) {
	const of = (kind) => all.filter((s) => s.section === kind);
	return html`${of('trunk').length > 0 && html`<${Table} id="h-trunks" title="電話回線" heads=${['回線', '接続先', '加入番号']}
			rows=${of('trunk').map((s) => [s.name, value(s, 'uri'), or(value(s, 'user'), 'なし')])} />`}
		${of('gateway').length > 0 && html`<${Table} id="h-gateways" title="SMS事業者" heads=${['名前', '種類', '接続先']}
			rows=${of('gateway').map((s) => [s.name, value(s, 'kind'), value(s, 'url')])} />`}
		${of('transfer').length > 0 && html`<${Table} id="h-transfers" title="職員への転送先" heads=${['名前', '電話番号', '同時に転送する数', '最長']}
			rows=${of('transfer').map((s) => [s.name, value(s, 'number'), value(s, 'lines'), duration(value(s, 'most'))])} />`}`;
}

const money = [['call', '通話1件'], ['talk', '通話の料金(課金の単位ごと)'], ['segment', 'SMS 1通分(70文字まで。長い文面は67文字ごと)'], ['callback', '着信1件'], ['month', '基本料(月)'], ['limit', '市全体の上限(月)']];
const classes = [['exchange_in', '受け取ったファイル'], ['exchange_out', '送り出したファイル'], ['approvals', '承認の記録'], ['configuration', '設定の版'], ['audit', '操作の記録(監査)'], ['run_data', '配信の対象者・明細・発信']];

export default function Places() {
	const [all, set] = useState(null);
	const [error, setError] = useState(null);
	useEffect(() => {
		sections().then(set, setError);
	}, []);
	if (!all)
		return error ? html`<${Failure} error=${error} />` : html`<p class="wait" role="status">読み込んでいます。</p>`;
	const one = (kind) => all.find((s) => s.section === kind);
	const prices = one('money'), terms = one('retention');
	return html`
		<p class="hint">ここに表示する内容は、設定ファイル(osame.conf)のものです。変更は、システム管理者がファイルで行い、システムの再起動で有効になります。</p>
		<${Departments} all=${all} /><${Lines} all=${all} />
		${prices && html`<${Table} id="h-money" title="料金" heads=${['項目', '金額']} rows=${money.filter(([k]) => prices.keys[k]).map(([k, words]) => [words, Number(value(prices, k)) ? `${Number(value(prices, k)).toLocaleString('ja-JP')}円` : k === 'limit' ? 'なし' : '-'])} />`}
		${terms && html`<${Table} id="h-retention" title="保存期間" heads=${['種類', '期間']} rows=${classes.filter(([k]) => terms.keys[k]).map(([k, words]) => [words, kept(value(terms, k))])} />`}`;
}
