/* A file that came in: what was understood, and which rows were not. */
import { Facts, Scroll, html } from './ui.js';
import { count, fileState } from './words.js';
import { timeWords } from './time.js';

export function IntakeFacts({ intake: i }) {
	return html`<${Facts} list=${[
		['ファイル', i.name],
		['状態', fileState[i.state] || i.state],
		['レイアウト', i.layout],
		['受け取った時刻', timeWords(i.received)],
		['渡した人', i.by || '基幹システム(受渡し)'],
		['行', `${count(i.rows)}行のうち、取り込んだ ${count(i.taken)}行、取り込めない ${count(i.refused)}行、注意 ${count(i.warned)}行`],
		['取り込めない理由', i.why],
	]} />`;
}

const codes = { E0001: '必須の項目が空です', E0002: '使えない文字があります', E0003: '桁数が違います', E0004: 'ほかの行や記録と合いません', E0005: '決められた値ではありません' };

export function IntakeErrors({ rows, more }) {
	if (!rows.length)
		return html`<p>取り込めない行、注意する行はありません。</p>`;
	return html`<${Scroll} label="取り込めない行と注意する行"><table><caption>取り込めない行と、注意する行</caption>
		<thead><tr><th scope="col" class="right">行</th><th scope="col">扱い</th><th scope="col">項目</th><th scope="col">理由</th></tr></thead>
		<tbody>${rows.map((r) => html`<tr key=${`${r.row}-${r.item}-${r.code}`}><td class="right">${r.row}</td><td>${r.kind === 'warning' ? '注意(取り込みました)' : '取り込めません'}</td>
			<td>${r.item}</td><td>${codes[r.code] || ''}${codes[r.code] && html`<br />`}<span class="hint">${r.code} ${r.words}</span></td></tr>`)}</tbody></table></${Scroll}>
		${more && html`<p>ほかにもあります。エラーのファイルで、全部を確かめてください。</p>`}`;
}
