/* 設定 › 停止要望: numbers that nobody calls or texts any more, of the number book (番号台帳). Numbers are
 * shown shortened; an entry is made and lifted with a reason. Who lifts one picks the row and
 * types the number, as the resident says it; the engine lifts it if both are the same entry: so nobody
 * lifts the wrong row, and no page needs the whole list. Numbers are sent as typed, as an input method
 * leaves them: the engine reads full-width digits and what people put between them. */
import { call, list } from '../lib/api.js';
import { Choice, Failure, Field, Notice, html, useEffect, useState } from '../lib/ui.js';
import { may } from '../lib/roles.js';
import { errorWords } from '../lib/words.js';

const channels = { both: '電話とSMS', voice: '電話', sms: 'SMS' };

function Add({ onDone }) {
	const [error, setError] = useState(null);
	const submit = async (event) => {
		event.preventDefault();
		const form = event.target, given = new FormData(form);
		try {
			await call('number.add', { number: given.get('number').trim(), mark: 'stop', channel: given.get('channel'), reason: given.get('reason').trim() });
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

function Lift({ of, onDone, onNo }) {
	const [error, setError] = useState(null);
	const submit = async (event) => {
		event.preventDefault();
		const form = new FormData(event.target);
		try {
			await call('number.end', { number: form.get('lifted').trim(), mark: 'stop', shown: of.number, made: of.made, ...(of.person ? { person: of.person } : {}), reason: form.get('why').trim() });
			onDone('解除しました。この番号に、ふたたび連絡することがあります。');
		} catch (e) {
			setError(e.code === -32004 ? '選んだ登録の番号と違います。番号を確かめてください。' : e.code === -32009 ? '電話番号が正しくありません。市外局番から入れてください。' : errorWords(e));
		}
	};
	return html`<form class="form panel" onSubmit=${submit} aria-labelledby="h-lift">
		<h3 id="h-lift">停止要望を解除する(${of.number}${of.person && `、宛名番号 ${of.person}`})</h3>
		${error && html`<${Notice} title=${error} />`}
		<p>本人から、連絡してよいとの申出があったときだけ解除してください。解除したことは、記録に残ります。</p>
		<${Field} name="lifted" label="電話番号" hint="伏せた部分も含めて、本人に確かめた番号を入れてください。" inputmode="tel" maxlength="20" required autocomplete="off" />
		<${Field} name="why" label="理由" hint="記録に残ります。" maxlength="200" required autocomplete="off" />
		<div class="buttons"><button type="button" class="button button-plain" onClick=${onNo}>やめる</button><button class="button">解除する</button></div></form>`;
}

export default function Stops({ who }) {
	const [rows, set] = useState(null);
	const [error, setError] = useState(null);
	const [said, say] = useState('');
	const [lifting, lift] = useState(null);
	const mine = may(who, 'manager', 'staff');
	const done = (words) => {
		lift(null);
		say(words);
		look();
	};
	const look = () => list('number.list', {}, 5000).then((all) => set(all.filter((n) => n.mark === 'stop')), setError);
	useEffect(() => {
		look();
	}, []);
	if (!rows)
		return error ? html`<${Failure} error=${error} />` : html`<p class="wait" role="status">読み込んでいます。</p>`;
	return html`
		${said && html`<${Notice} kind="info" title=${said} />`}
		<p class="hint">本人から「連絡しないでほしい」と申出のあった番号です。番号は一部を伏せて表示します。この画面を開いたことは、記録されます。</p>
		${mine && (lifting ? html`<${Lift} key=${`${lifting.number} ${lifting.person} ${lifting.made}`} of=${lifting} onDone=${done} onNo=${() => lift(null)} />` : html`<${Add} onDone=${done} />`)}
		${rows.length === 0 ? html`<p>登録はありません。</p>` : html`<table><thead><tr><th scope="col">番号</th><th scope="col">宛名番号</th><th scope="col">やめるもの</th><th scope="col">登録</th><th scope="col">理由</th>${mine && html`<th scope="col">操作</th>`}</tr></thead>
			<tbody>${rows.map((n) => html`<tr><th scope="row">${n.number}</th><td>${n.person || 'だれでも'}</td><td>${channels[n.channel] || n.channel}</td><td>${n.made.slice(0, 10)}</td><td>${n.reason}</td>
				${mine && html`<td><button type="button" class="button button-small button-plain" onClick=${() => { say(''); lift(n); document.getElementById('main').scrollIntoView(); }}>解除<span class="hidden">(${n.number})</span></button></td>`}</tr>`)}</tbody></table>`}`;
}
