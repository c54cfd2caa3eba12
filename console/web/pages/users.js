/* 設定 › 利用者: accounts of the console. What an account may be, and who may change it, the engine
 * says; here is the form of it. A link is shown once: nobody can look it up again. */
import { call, list } from '../lib/api.js';
import { departments, sections } from '../lib/settings.js';
import { Checks, Choice, Confirm, Failure, Field, Notice, Picked, html, useEffect, useState } from '../lib/ui.js';
import { accountState, accountWords, role } from '../lib/words.js';

/* What is wrong stands above a form that is longer than the window. */
const shown = () => requestAnimationFrame(() => document.querySelector('form [role=alert]')?.scrollIntoView({ block: 'center' }));

function Link({ made }) {
	return html`<${Notice} kind="info" title=${`${made.user} さんの登録用リンクができました。`}>
		<p>このリンクは、いまここに一度だけ表示されます。本人に、庁内の確実な方法で渡してください。${made.good_for_hours}時間のあいだ、一度だけ使えます。</p>
		<${Field} name="link" label="登録用リンク" value=${made.link} readonly onFocus=${(e) => e.target.select()} />
	</${Notice}>`;
}

/* One account: a new one, or one that is changed. */
function Form({ of, places, onDone, onNo }) {
	const [error, setError] = useState(null);
	const [roles, setRoles] = useState(of ? of.roles.split(' ') : ['staff']);
	const submit = async (event) => {
		event.preventDefault();
		const form = new FormData(event.target);
		const given = { name: form.get('name').trim(), department: form.get('department'), role: roles.join(' ') };
		if (form.get('until'))
			given.until = form.get('until');
		try {
			const made = await call(of ? 'user.change' : 'user.add', { user: of ? of.user : form.get('user').trim(), ...given });
			onDone(of ? `${of.user} を変更しました。使用中のサインインは終わります。` : made);
		} catch (e) {
			setError(e);
			shown();
		}
	};
	return html`<form class="form panel" onSubmit=${submit} aria-labelledby="h-form">
		<h3 id="h-form">${of ? `${of.user} を変更する` : '利用者を登録する'}</h3>
		${error && html`<${Notice} title=${accountWords(error)} />`}
		${!of && html`<${Field} name="user" label="利用者名" hint="英数字。職員番号など、異動しても変わらないもの" pattern="[A-Za-z0-9_.\\-]+" maxlength="40" required autocomplete="off" />`}
		<${Field} name="name" label="氏名" value=${of?.name} maxlength="60" required autocomplete="off" />
		<${Choice} name="department" label="部署" value=${of?.department} options=${places.map((d) => [d.id, d.name])} required />
		<${Checks} label="役割" name="role" hint="仕事に要るものだけを選んでください。" options=${Object.entries(role)} value=${roles} onChange=${setRoles} />
		<${Field} name="until" type="date" label="利用の最終日" hint=${roles.includes('vendor') ? '保守業者には必ず入れてください。' : '期限のある人だけ入れてください。'} value=${of?.until} required=${roles.includes('vendor')} />
		<div class="buttons"><button type="button" class="button button-plain" onClick=${onNo}>やめる</button>
			<button class="button" disabled=${roles.length === 0}>${of ? '変更する' : '登録してリンクを作る'}</button></div>
	</form>`;
}

/* A hardware token: its seed goes to the engine and is nowhere shown again. */
function Token({ of, onDone, onNo }) {
	const [error, setError] = useState(null);
	const submit = async (event) => {
		event.preventDefault();
		const form = new FormData(event.target);
		const given = { user: of.user, kind: form.get('kind'), form: form.get('form'), seed: form.get('seed').trim(), digits: Number(form.get('digits')) };
		if (given.kind === 'totp')
			given.step = Number(form.get('step'));
		else if (form.get('counter'))
			given.counter = Number(form.get('counter'));
		try {
			await call('user.token', given);
			onDone(`${of.user} に機器(トークン)を割り当てました。次のサインインから、機器の数字を使います。`);
		} catch (e) {
			setError(e);
			shown();
		}
	};
	return html`<form class="form panel" onSubmit=${submit} aria-labelledby="h-token">
		<h3 id="h-token">${of.user} に機器(トークン)を割り当てる</h3>
		${error && html`<${Notice} title=${accountWords(error)} />`}
		<${Choice} name="kind" label="種類" options=${[['totp', '時刻で変わるもの(TOTP)'], ['hotp', 'ボタンを押すもの(HOTP)']]} />
		<${Field} name="seed" type="password" label="シード" hint="機器と一緒に届いた秘密の値。保存後は、だれにも表示されません。" maxlength="200" required autocomplete="off" />
		<${Choice} name="form" label="シードの書き方" options=${[['hex', '16進'], ['base32', 'Base32']]} />
		<${Choice} name="digits" label="数字の桁数" options=${[['6', '6桁'], ['8', '8桁']]} />
		<${Choice} name="step" label="数字が変わる間隔(時刻で変わるもの)" options=${[['30', '30秒'], ['60', '60秒']]} />
		<${Field} name="counter" type="number" min="0" label="次の回数(ボタンを押すもの)" hint="新品は空のまま" />
		<div class="buttons"><button type="button" class="button button-plain" onClick=${onNo}>やめる</button><button class="button">割り当てる</button></div>
	</form>`;
}

/* Several at once, as at the end of a year: each is a change of its own, so one that is refused keeps
 * nobody else from moving. */
function Transfer({ users, places, onDone, onNo }) {
	const [busy, setBusy] = useState(false);
	const submit = async (event) => {
		event.preventDefault();
		const to = new FormData(event.target).get('to');
		const failed = [];
		setBusy(true);
		for (const user of users)
			await call(to === '-' ? 'user.disable' : 'user.change', to === '-' ? { user } : { user, department: to }).catch((e) => failed.push(`${user}(${accountWords(e)})`));
		onDone(`${users.length - failed.length}人を${to === '-' ? '停止' : '異動'}しました。${failed.length ? `できなかった人: ${failed.join('、')}` : ''}`);
	};
	return html`<form class="form panel" onSubmit=${submit} aria-labelledby="h-transfer">
		<h3 id="h-transfer">選んだ${users.length}人の異動</h3>
		<p>${users.join('、')}</p>
		<${Choice} name="to" label="異動先" options=${[...places.map((d) => [d.id, d.name]), ['-', '利用をやめる(停止)']]} required />
		<p class="hint">役割はそのままです。必要なら、あとで一人ずつ変更してください。使用中のサインインは終わります。</p>
		<div class="buttons"><button type="button" class="button button-plain" onClick=${onNo} disabled=${busy}>やめる</button><button class="button" disabled=${busy}>異動する</button></div>
	</form>`;
}

const acts = {
	reset: ['user.reset', 'リンクを作り直す', 'いまのパスワードと確認コードは使えなくなり、新しい登録用リンクができます。'],
	disable: ['user.disable', '停止する', 'サインインできなくなり、使用中のサインインは終わります。記録は残ります。'],
	enable: ['user.enable', '再開する', 'いまのパスワードと確認コードで、またサインインできます。'],
};

function Row({ u, mine, picked, onPick, onAct, onChange, onToken, place }) {
	const resting = u.state === 'disabled' || u.unused;
	return html`<tr data-user=${u.user}>
		<td><${Picked} label=${`${u.user} を選ぶ`} checked=${picked} disabled=${mine} onChange=${onPick} /></td>
		<th scope="row">${u.name}<br /><span class="hint">${u.user}</span></th><td>${place}</td>
		<td>${u.roles.split(' ').map((r) => role[r] || r).join('、')}${u.until && html`<br /><span class="hint">${u.until} まで</span>`}</td>
		<td><span class=${`state state-${u.state}`}>${u.unused && u.state === 'active' ? '長期未使用(停止)' : accountState[u.state] || u.state}</span>
			${u.token && u.token !== 'phone' && html`<br /><span class="hint">機器(トークン)</span>`}
			${u.locked_out && html`<br /><span class="hint">確認コードが使えません。リンクを作り直してください。</span>`}
			${u.certificate && html`<br /><span class="hint">端末の証明書</span>`}
			${u.state === 'active' && html`<br /><span class="hint">${u.seen.slice(0, 10)} に利用</span>`}</td>
		<td>${mine ? html`<span class="hint">本人</span>` : html`<div class="acts">
			<button type="button" class="button button-small button-plain" onClick=${() => onChange(u)}>変更<span class="hidden">(${u.user})</span></button>
			<button type="button" class="button button-small button-plain" onClick=${() => onToken(u)}>機器<span class="hidden">を割り当てる(${u.user})</span></button>
			<button type="button" class="button button-small button-plain" onClick=${() => onAct('reset', u)}>リンク<span class="hidden">を作り直す(${u.user})</span></button>
			<button type="button" class="button button-small ${resting ? 'button-plain' : 'button-danger-plain'}" onClick=${() => onAct(resting ? 'enable' : 'disable', u)}>${resting ? '再開' : '停止'}<span class="hidden">(${u.user})</span></button>
		</div>`}</td></tr>`;
}

export default function Users({ who }) {
	const [seen, setSeen] = useState(null);
	const [error, setError] = useState(null);
	const [form, setForm] = useState(null); /* 'new', 'transfer', an account, or { device: account } */
	const [asked, ask] = useState(null);
	const [said, say] = useState(null); /* words, { wrong }, or the answer with a link */
	const [picked, pick] = useState([]);
	const [lost, setLost] = useState(false); /* the hardware token of who gets a new link */
	const look = () => Promise.all([list('user.list'), sections()]).then(([users, all]) => setSeen({ users, places: departments(all) }), setError);
	useEffect(() => {
		look();
	}, []);
	const done = (what) => {
		setForm(null);
		ask(null);
		pick([]);
		say(what);
		look();
		document.getElementById('main').scrollIntoView(); /* what happened stands at the top */
	};
	const act = async () => {
		try {
			const answer = await call(acts[asked.act][0], { user: asked.user.user, ...(asked.act === 'reset' && lost ? { lost } : {}) });
			done(answer && answer.link ? answer : `${asked.user.user}: ${acts[asked.act][1].replace(/する$/, '')}しました。`);
		} catch (e) {
			ask(null);
			say({ wrong: accountWords(e) });
		}
	};
	if (!seen)
		return error ? html`<${Failure} error=${error} />` : html`<p class="wait" role="status">読み込んでいます。</p>`;
	const { users, places } = seen;
	const place = (id) => places.find((d) => d.id === id)?.name || id;
	return html`
		${said && (typeof said === 'object' && said.link ? html`<${Link} made=${said} />` : said.wrong ? html`<${Notice} title=${said.wrong} />` : html`<${Notice} kind="info" title=${said} />`)}
		${form === 'transfer' ? html`<${Transfer} users=${picked} places=${places} onDone=${done} onNo=${() => setForm(null)} />`
			: form?.device ? html`<${Token} key=${form.device.user} of=${form.device} onDone=${done} onNo=${() => setForm(null)} />`
			: form ? html`<${Form} key=${form.user || 'new'} of=${form === 'new' ? null : form} places=${places} onDone=${done} onNo=${() => setForm(null)} />`
			: html`<div class="buttons buttons-left"><button type="button" class="button" onClick=${() => { say(null); setForm('new'); }}>利用者を登録する</button>
				<button type="button" class="button button-plain" disabled=${picked.length === 0} onClick=${() => { say(null); setForm('transfer'); }}>選んだ人の異動</button></div>`}
		<table><thead><tr><th scope="col"><span class="hidden">選択</span></th><th scope="col">氏名・利用者名</th><th scope="col">部署</th><th scope="col">役割</th><th scope="col">状態</th><th scope="col">操作</th></tr></thead>
			<tbody>${users.map((u) => html`<${Row} key=${u.user} u=${u} mine=${u.user === who.user} place=${place(u.department)} picked=${picked.includes(u.user)}
				onPick=${() => pick(picked.includes(u.user) ? picked.filter((p) => p !== u.user) : [...picked, u.user])}
				onAct=${(name, user) => { setLost(false); ask({ act: name, user }); }} onChange=${(user) => { say(null); setForm(user); }} onToken=${(user) => { say(null); setForm({ device: user }); }} />`)}</tbody></table>
		${users.length === 0 && html`<p>利用者はまだいません。</p>`}
		${asked && html`<${Confirm} title=${`${asked.user.name}(${asked.user.user})を${acts[asked.act][1].replace(/^リンクを/, 'リンクから')}`} yes=${acts[asked.act][1]} onYes=${act} onNo=${() => ask(null)}><p>${acts[asked.act][2]}</p>
			${asked.act === 'reset' && asked.user.token !== 'phone' && html`<${Checks} label="機器(トークン)" name="lost" hint="選ばないときは、いまの機器をそのまま使います。" options=${[['lost', '機器をなくしたか、壊れた。スマートフォンのアプリに切り替える']]} value=${lost ? ['lost'] : []} onChange=${(v) => setLost(v.length > 0)} />`}</${Confirm}>`}`;
}
