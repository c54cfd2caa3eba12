/* サインイン */
import { call } from '../lib/api.js';
import { Failure, Field, Notice, html, useState } from '../lib/ui.js';

export default function SignIn({ over, first, onIn }) {
	const [error, setError] = useState(first && first.down ? first : null);
	const [busy, setBusy] = useState(false);
	const submit = async (event) => {
		event.preventDefault();
		const form = new FormData(event.target);
		setBusy(true);
		try {
			const code = form.get('code').replace(/\s/g, '');
			await call('session.open', { user: form.get('user').trim(), password: form.get('password'), ...(code && { code }) });
			onIn();
		} catch (e) {
			setError(e);
			setBusy(false);
		}
	};
	return html`
		${over && !error && html`<${Notice} kind="info" title="サインインの有効時間が過ぎました。もう一度サインインしてください。" />`}
		<${Failure} error=${error} />
		<form class="form" onSubmit=${submit}>
			<${Field} name="user" label="利用者名" autocomplete="username" required autofocus />
			<${Field} name="password" type="password" label="パスワード" autocomplete="current-password" required />
			<${Field} name="code" label="確認コード" hint="認証アプリか、配布された機器(トークン)に表示されている数字。証明書の入った端末では、空のままで構いません。" inputmode="numeric" pattern="[0-9 ]{6,9}" maxlength="9" autocomplete="one-time-code" />
			<button class="button" disabled=${busy}>サインイン</button>
		</form>
		<p class="hint">パスワードを忘れたとき、認証アプリの入った電話や機器をなくしたときは、システム管理者に連絡してください。</p>`;
}
