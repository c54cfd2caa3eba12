/* 利用者登録: the page behind the link of a new account. Each time it is opened the engine makes a new
 * secret, so what is shown here is shown once. */
import qrcode from '../vendor/qrcode.js';
import { call } from '../lib/api.js';
import { Failure, Field, Notice, html, useEffect, useState } from '../lib/ui.js';

function QR({ text }) {
	const qr = qrcode(0, 'M');
	qr.addData(text);
	qr.make();
	const n = qr.getModuleCount();
	let path = '';
	for (let y = 0; y < n; y++)
		for (let x = 0; x < n; x++)
			if (qr.isDark(y, x))
				path += `M${x} ${y}h1v1h-1z`;
	return html`<svg class="qr" viewBox=${`-4 -4 ${n + 8} ${n + 8}`} role="img" aria-label="認証アプリに読み取らせるQRコード">
		<rect x="-4" y="-4" width=${n + 8} height=${n + 8} fill="#fff" /><path d=${path} fill="#000" /></svg>`;
}

export default function Invite({ token }) {
	const [link, setLink] = useState(null);
	const [error, setError] = useState(null);
	const [done, setDone] = useState(false);
	const [differ, setDiffer] = useState(false);
	useEffect(() => {
		call('invite.look', { token }).then(setLink, setError);
	}, []);
	const submit = async (event) => {
		event.preventDefault();
		const form = new FormData(event.target);
		setDiffer(form.get('password') !== form.get('again'));
		if (form.get('password') !== form.get('again'))
			return;
		try {
			await call('invite.take', { token, password: form.get('password'), code: form.get('code').replace(/\s/g, '') });
			setDone(true);
		} catch (e) {
			setError(e);
		}
	};
	if (done)
		return html`<${Notice} kind="info" title="登録が終わりました。" /><p><a class="button" href="#today">サインインへ</a></p>`;
	if (!link)
		return error && error.code === -32004
			? html`<${Notice} title="このリンクは使えません。">
				<p>すでに使われたか、期限が過ぎています。システム管理者に、新しいリンクを依頼してください。</p></${Notice}>`
			: html`<${Failure} error=${error} />`;
	return html`
		<p>${link.name}さん(利用者名 <strong>${link.user}</strong>)</p>
		${error && error.code === -32011 ? html`<${Notice} title="確認コードが違います。電話の時計が合っているか確かめて、新しいコードを入れてください。" />`
			: error && error.code === -32009 && error.message.includes('common') ? html`<${Notice} title="そのパスワードは、推測されやすいため使えません。">
				<p>よく使われる言葉、市や部署の名前、年号、キーの並びは、組み合わせても推測されます。関係のない言葉を四つほど並べるなど、ほかの人が思いつかないものにしてください。</p></${Notice}>`
			: error && error.code === -32009 ? html`<${Notice} title=${`パスワードは${link.password_least}文字以上で、利用者名を含まないものにしてください。`} />`
			: html`<${Failure} error=${error} />`}
		${differ && html`<${Notice} title="2回入れたパスワードが違います。" />`}
		<form class="form" onSubmit=${submit}>
			${link.token === 'phone' ? html`<h2>1. 認証アプリに登録する</h2>
			<p>電話の認証アプリで、次のQRコードを読み取ってください。このコードは一度だけ表示されます。</p>
			<${QR} text=${link.uri} />
			<p class="hint">読み取れないときは、次のキーを入れてください。<br /><code>${link.secret.match(/.{4}/g).join(' ')}</code></p>`
			: html`<h2>1. 配布された機器(トークン)を用意する</h2><p>サインインのたびに、この機器に表示される${link.digits}桁の数字を使います。</p>`}
			<h2>2. パスワードを決める</h2>
			<${Field} name="password" type="password" label="パスワード" hint=${`${link.password_least}文字以上`} minlength=${link.password_least} autocomplete="new-password" required />
			<${Field} name="again" type="password" label="パスワード(もう一度)" autocomplete="new-password" required />
			<h2>3. 確かめる</h2>
			<${Field} name="code" label="確認コード" hint=${link.token === 'phone' ? '認証アプリに表示されている6桁の数字' : `機器に表示されている${link.digits}桁の数字`} inputmode="numeric" pattern="[0-9 ]{6,9}" maxlength="9" autocomplete="one-time-code" required />
			<button class="button">登録する</button>
		</form>`;
}
