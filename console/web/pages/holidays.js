/* 設定 › 祝日: the days that windows and hours count as holidays. */
import { list } from '../lib/api.js';
import { Failure, Notice, html, useEffect, useState } from '../lib/ui.js';

const week = ['日', '月', '火', '水', '木', '金', '土'];
const words = (day) => {
	const [y, m, d] = day.split('-').map(Number);
	return `${y}年${m}月${d}日(${week[new Date(Date.UTC(y, m - 1, d)).getUTCDay()]})`;
};

export default function Holidays() {
	const [days, set] = useState(null);
	const [error, setError] = useState(null);
	useEffect(() => {
		list('holiday.list', {}, 5000).then(set, setError);
	}, []);
	if (!days)
		return error ? html`<${Failure} error=${error} />` : html`<p class="wait" role="status">読み込んでいます。</p>`;
	const coming = days.filter((d) => !d.over);
	const years = Object.groupBy ? Object.groupBy(coming, (d) => d.day.slice(0, 4)) : { '': coming };
	return html`
		${coming.length < 10 && html`<${Notice} title="これから先の祝日が少なくなっています。"><p>内閣府の祝日ファイル(syukujitsu.csv)を新しいものに差し替えるよう、システム管理者に依頼してください。</p></${Notice}>`}
		<p class="hint">内閣府の祝日と、年末年始などの市の休みです。ファイル(specs/calendars)で管理しています。</p>
		${Object.entries(years).map(([year, list]) => html`<h2>${year ? `${year}年` : 'これから'}</h2><ul class="columns">${list.map((d) => html`<li>${words(d.day)}</li>`)}</ul>`)}`;
}
