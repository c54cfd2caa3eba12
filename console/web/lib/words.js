/* The Japanese of what the engine answers in words of its own, and of its refusals. */
export const runState = {
	loading: '取込中',
	draft: '下書き',
	submitted: '承認待ち',
	approved: '承認済み',
	running: '配信中',
	paused: '一時停止中',
	closed: '終了',
	stopped: '緊急停止',
};

export const role = {
	administrator: 'システム管理者',
	manager: '管理者',
	staff: '担当者',
	operator: '運用担当者',
	auditor: '監査担当者',
	vendor: '保守業者',
};

/* Alerts: the engine says in English what happened; here, for staff, by the alert's kind: what it
 * is and what to do. An unknown kind is shown in the engine's words. */
const alerts = [
	[/^trunk/, '電話回線につながりません。新しい電話はかかりません。', '回線事業者の障害情報を確認し、続くときは情報政策の担当へ連絡してください。'],
	[/^gateway/, 'SMSの送信先(配信事業者)につながりません。', 'しばらく待っても直らないときは、情報政策の担当へ連絡してください。'],
	[/^drop/, '基幹システムとのファイル受渡しができません。', '基幹システムの担当へ連絡してください。'],
	[/^payment/, '消込ファイルが届いていません。届くまで新しい連絡は始まりません。', '基幹システムの担当に、消込ファイルの出力を確認してください。'],
	[/^budget|^money/, '今月の費用が上限に近づいているか、達しました。', '管理者に相談してください。'],
	[/^expect/, '届くはずのファイルが届いていません。', '基幹システムの担当に確認してください。'],
	[/^archive/, '保管記録の封印に問題があります。', '情報政策の担当へ連絡してください。'],
];

export function alertWords(alert) {
	const known = alerts.find(([kind]) => kind.test(alert.alert));
	return known ? { what: known[1], todo: known[2], raw: alert.words } : { what: alert.words, todo: '情報政策の担当へ連絡してください。', raw: '' };
}

/* What happened, and what to do. */
export function errorWords(error) {
	if (error.down)
		return 'システムが応答しません。';
	switch (error.code) {
	case -32002:
		return 'この操作をする権限がありません。必要なときは、管理者に依頼してください。';
	case -32003:
	case -32008:
		return 'ただいま混み合っています。少し待って、もう一度お試しください。';
	case -32004:
		return '対象が見つかりません。画面を更新して、確かめてください。';
	case -32005:
		return 'いまの状態では、この操作はできません。画面を更新して、状態を確かめてください。';
	case -32010:
		return 'サインインの有効時間が過ぎました。もう一度サインインしてください。';
	case -32011:
		return '利用者名、パスワード、確認コードのいずれかが違います。';
	case -32012:
		return '続けて間違えたため、しばらくサインインできません。時間をおいて、もう一度お試しください。';
	default:
		return `処理できませんでした。(${error.code})`;
	}
}

export const yen = (text) => `${Number(text || 0).toLocaleString('ja-JP', { maximumFractionDigits: 0 })}円`;
export const count = (n) => Number(n || 0).toLocaleString('ja-JP');

export const accountState = { invited: '登録待ち', active: '利用中', disabled: '停止中' };

/* What an administrator may have done wrong with an account. */
export function accountWords(error) {
	const said = [
		[/there is an account/, 'その利用者名は、すでに使われています。'],
		[/own account/, '自分の利用者登録は、自分では変更できません。ほかのシステム管理者に依頼してください。'],
		[/last day|until/, '保守業者には、利用の最終日を入れてください。'],
		[/no password/, 'まだ登録が終わっていません。リンクを作り直してください。'],
		[/no department/, 'その部署はありません。'],
	].find(([words]) => words.test(error.message));
	return said ? said[1] : errorWords(error);
}

/* Why a text may not be sent: the engine's reasons that staff can mend. */
export function textWords(why) {
	const said = [
		[/UTF-16|too long/, '文字数が多すぎます。短くしてください。'],
		[/secret/, '本人以外に知られてはならない言葉が入っています。別の言い方にしてください。'],
		[/link|https/, '使えないリンクが入っています。市のホームページの https のリンクだけが使えます。'],
		[/brace|\{/, '{ と } の組が正しくないか、知らない値です。'],
		[/missing|kind/, 'この配信業務にない値を使っています。'],
		[/items of the file/, 'ファイルの項目は、お知らせ・勧奨の配信業務でだけ使えます。'],
		[/name/, '氏名は書けません。'],
	].find(([words]) => words.test(why || ''));
	return said ? said[1] : 'この文面は送信できません。';
}
