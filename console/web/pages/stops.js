/* 設定 › 停止要望: numbers that nobody calls or texts any more, of the number book (番号台帳). Numbers are
 * shown shortened; an entry is made and ended with a reason. */
import { call, list } from '../lib/api.js';
import { Choice, Failure, Field, Notice, html, useEffect, useState } from '../lib/ui.js';
import { errorWords } from '../lib/words.js';

const channels = { both: '電話とSMS', voice: '電話', sms: 'SMS' };

function Add({ onDone }) {
	const [error, setError] = useState(null);
	const submit = async (event) => {
		event.preventDefault();
		const form = event.target, given = new FormData(form);
		try {
			await call('number.add', { number: given.get('number').replace(/[^0-9+]/g, ''), mark: 'stop', channel: given.get('channel'), reason: given.get('reason').trim() });
			form.reset();
			onDone('登録しました。この番号には、すべての部署から連絡しません。');
		} catch (e) {
			setError(e.code === -32009 ? '電話番号が正しくありません。市外局番から入れてください。' : errorWords(e));
		}
	};
	return html`<details class="section"><summary>停止要望を登録する</summary><form class="form" onSubmit=${submit}>
		${error && html`<${Notice} title=${error} />`}
		<${Field} name="number" label="電話番号" hint="市外局番から。例 0265-78-4111" inputmode="tel" maxlength="20" required autocomplete="off" />
		<${Choice} name="channel" label="やめるもの" options=${Object.entries(channels)} />
		<${Field} name="reason" label="理由" hint="記録に残ります。" maxlength="200" required autocomplete="off" />
		<button class="button">登録する</button></form></details>`;
}

export default function Stops({ who }) {
	const [rows, set] = useState(null);
	const [error, setError] = useState(null);
	const [said, say] = useState('');
	const may = who.roles.some((r) => ['manager', 'staff'].includes(r));
	const look = () => list('number.list', {}, 5000).then((all) => set(all.filter((n) => n.mark === 'stop')), setError);
	useEffect(() => {
		look();
	}, []);
	if (!rows)
		return error ? html`<${Failure} error=${error} />` : html`<p class="wait" role="status">読み込んでいます。</p>`;
	return html`
		${said && html`<${Notice} kind="info" title=${said} />`}
		<p class="hint">本人から「連絡しないでほしい」と申出のあった番号です。番号は一部を伏せて表示します。この画面を開いたことは、記録されます。</p>
		${may && html`<${Add} onDone=${(words) => { say(words); look(); }} />`}
		${rows.length === 0 ? html`<p>登録はありません。</p>` : html`<table><thead><tr><th scope="col">番号</th><th scope="col">宛名番号</th><th scope="col">やめるもの</th><th scope="col">登録</th><th scope="col">理由</th></tr></thead>
			<tbody>${rows.map((n) => html`<tr><th scope="row">${n.number}</th><td>${n.person || 'だれでも'}</td><td>${channels[n.channel] || n.channel}</td><td>${(n.since || n.made || '').slice(0, 10)}</td><td>${n.reason}</td></tr>`)}</tbody></table>`}`;
}
