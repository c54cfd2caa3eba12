/* 結果: what came of a run, by person and by debt, and the files that went back. */
import { download, list, sums } from '../lib/api.js';
import { may } from '../lib/roles.js';
import { Failure, Figure, Scroll, Wait, html, usePoll, useState } from '../lib/ui.js';
import { timeWords } from '../lib/time.js';
import { count, outfileKind, outfileState, yen } from '../lib/words.js';

async function look(run, watch) {
	const [counts, files] = await Promise.all([sums('run.count', { run: run.run }, { watch }), list('outfile.list', { run: run.run }, 1000, { watch })]);
	return { counts, files };
}

function Table({ rows, caption, unit, money }) {
	const all = rows.reduce((n, r) => n + r.count, 0);
	if (!rows.length)
		return html`<p>まだありません。</p>`;
	return html`<${Scroll} label=${caption}><table><caption>${caption}</caption>
		<thead><tr><th scope="col">結果</th><th scope="col" class="right">${unit === '人' ? '人数' : '件数'}</th><th scope="col">割合</th>${money && html`<th scope="col" class="right">未納額</th>`}</tr></thead>
		<tbody>${rows.sort((a, b) => b.count - a.count).map((r) => html`<tr key=${r.code} data-code=${r.code}><th scope="row">${r.words} <span class="hint">${r.code}</span></th>
			<td class="right">${count(r.count)}${unit}</td><td><meter min="0" max=${all} value=${r.count} aria-label=${`${r.words}の割合`}></meter> ${Math.round((r.count * 100) / all)}%</td>
			${money && html`<td class="right">${yen(r.yen)}</td>`}</tr>`)}</tbody></table></${Scroll}>`;
}

/* The bytes as they went out: the engine makes them again and gives them only if they are the same. */
async function save(file) {
	const url = URL.createObjectURL(await download('outfile.rebuild', { file: file.file }));
	const link = document.createElement('a');
	link.href = url;
	link.download = file.name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(url), 60000);
}

function Files({ who, files, run }) {
	const [error, setError] = useState(null);
	const get = (file) => {
		setError(null);
		save(file).catch(setError);
	};
	if (!files.length)
		return html`<p>${run.rows_waiting ? `${count(run.rows_waiting)}行が、次のファイルを待っています。` : 'まだありません。'}</p>`;
	return html`<${Scroll} label="基幹システムに返したファイル"><table><caption>基幹システムに返したファイル</caption>
		<thead><tr><th scope="col">種類</th><th scope="col">名前</th><th scope="col" class="right">行</th><th scope="col">状態</th>${may(who, 'manager', 'staff') && html`<th scope="col">内容</th>`}</tr></thead>
		<tbody>${files.map((f) => html`<tr key=${f.file}><th scope="row">${outfileKind[f.kind] || f.kind}</th><td>${f.name}</td><td class="right">${count(f.rows)}</td>
			<td>${outfileState[f.state] || f.state} ${timeWords(f.delivered)}</td>
			${may(who, 'manager', 'staff') && html`<td><button type="button" class="button button-plain button-small" disabled=${!f.sha256} onClick=${() => get(f)}>受け取る<span class="hidden">(${f.name})</span></button></td>`}</tr>`)}</tbody></table></${Scroll}>
		<${Failure} error=${error} />
		${may(who, 'manager', 'staff') && html`<p class="hint">受け取ったファイルには、氏名や金額が載っています。取扱いに注意してください。だれが受け取ったかが、操作の記録に残ります。</p>`}`;
}

export default function Results({ who, run }) {
	const [seen, error] = usePoll(({ watch }) => look(run, watch), ['closed', 'stopped'].includes(run.state) ? 60000 : 10000, [run.state]);
	if (!seen)
		return error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	const of = (what) => seen.counts.filter((c) => c.what === what);
	const heard = of('heard').reduce((n, c) => n + c.count, 0);
	return html`<${Failure} error=${error} />
		<dl class="figures"><${Figure} label="済んだ人" value=${count(run.done)} unit=${`人 / ${count(run.targets)}人`} />
			<${Figure} label="要旨を聴いた人" value=${count(heard)} unit="人" />
			<${Figure} label="電話" value=${count(run.calls)} unit="件" /><${Figure} label="SMS" value=${count(run.messages)} unit="通" /></dl>
		<h3>明細ごとの結果</h3><${Table} rows=${of('result')} caption="明細ごとの結果(基幹システムに返すもの)" unit="件" money />
		<h3>最後の連絡</h3><${Table} rows=${of('outcome')} caption="連絡した人の、最後の連絡の接続結果" unit="人" />
		<h3>返したファイル</h3><${Files} who=${who} files=${seen.files} run=${run} />`;
}
