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

export const campaignKind = { notice: '納期限のお知らせ', reminder: '納付催告', general: 'お知らせ・勧奨' };
export const channel = { voice: '電話', sms: 'SMS' };
export const numberChoice = { first: '最初の番号', 'in-order': '番号を順に', mobile: '携帯電話のみ' };
export const targetState = { waiting: '待ち', 'in attempt': '発信中', done: '済み' };
export const fileState = { received: '受付', checked: '取込中', taken: '取込済み', refused: '取込不可' };
export const outfileKind = { contacts: '交渉経過', results: '結果', corrections: '訂正', errors: 'エラー', receipt: '受付', holds: '保留', numbers: '番号台帳' };
export const outfileState = { assigned: '作成中', sending: '送付中', delivered: '送付済み' };

/* The days of a window, as campaign files write them. */
const days = { all: '毎日', weekdays: '平日', mon: '月', tue: '火', wed: '水', thu: '木', fri: '金', sat: '土', sun: '日', holidays: '祝日・休日' };
export const dayList = (text) => text.split(' ').map((w) => days[w] || w).join('・');

/* Alerts: the engine says in English what happened; here, for staff, by the alert's kind: what it
 * is and what to do. An unknown kind is shown in the engine's words. Whom to ring: `it` is the
 * console's own contact. */
const core = '基幹システムの担当';
const alerts = [
	[/^trunk/, '電話回線につながりません。新しい電話はかかりません。', '回線事業者の障害情報を確認してください。10分たっても直らないときは、連絡してください。', 'it'],
	[/^gateway/, 'SMSの送信先(配信事業者)につながりません。', '10分たっても直らないときは、連絡してください。電話は続いています。', 'it'],
	[/^drop-exists/, '送るファイルと同じ名前の別のファイルが、受渡しの場所にあります。', `そのファイルを移すよう、${core}に依頼してください。`, core],
	[/^drop|^late-/, '基幹システムとのファイル受渡しができません。', `つながるまで自動でやり直します。続くときは、${core}に確認してください。`, core],
	[/^payments?/, '消込ファイルが届いていません。届くまで新しい連絡は始まりません。', `消込ファイルの出力を、${core}に確認してください。`, core],
	[/^money/, '費用が、予定した上限に近づいているか、達しました。', '上限に達すると、新しい連絡は始まりません。続けるかどうかを、管理者が判断してください。', '管理者'],
	[/^missing|^gap|^stale|^again-|^set-/, '届くはずのファイルが届いていないか、順番が違います。', `ファイルの出力を、${core}に確認してください。`, core],
	[/^full-file/, '全件ファイルに、載っていない明細が多くあります。取下げるかどうかを決めるまで、止まっています。', `ファイルに誤りがないかを${core}に確認し、管理者が決めてください。`, core],
	[/^campaign/, '承認した後に、配信業務・シナリオ・文面が変わりました。配信は下書きに戻ったか、一時停止しています。', '変更した人に確認し、もう一度提出と承認をしてください。', '管理者'],
	[/^sms-text/, 'SMSの文面に問題があり、送れません。', '文面を直すよう、依頼してください。', 'it'],
	[/^spec-file/, '保存した文面が、ディスクに確実に書けたか分かりません。', '連絡してください。停電のときは、文面を確かめてください。', 'it'],
	[/^speech|^announcement/, '音声を作れません。電話は待っています。', 'すぐに連絡してください。', 'it'],
	[/^out-/, '送るファイルに、基幹システムの文字コードで書けない文字があります。', `内容を、${core}に確認してください。`, core],
	[/^intake/, '受け取ったファイルを読めず、繰り返し試みています。消込などのファイルのときは、読めるまでどなたにも発信しません。', '連絡してください。', 'it'],
	[/^receipt/, '受け取った記録が、こちらの記録と合いません。', '連絡してください。', 'it'],
	[/^disk/, 'ファイルを置く場所がいっぱいです。', 'すぐに連絡してください。', 'it'],
	[/^account-key/, '利用者の確認コードを開く鍵がないか、違います。サインインできない人がいます。電話とSMSは続いています。', '鍵(accounts.key)をバックアップから戻すよう、連絡してください。', 'it'],
	[/^archive|^retention/, '保管記録の封印または削除に問題があります。', '配信には影響しません。連絡してください。', 'it'],
	[/^clock/, '時計に問題があります。直るまで新しい連絡は始まりません。', 'すぐに連絡してください。', 'it'],
];

export function alertWords(alert) {
	const known = alerts.find(([kind]) => kind.test(alert.alert));
	return known
		? { what: known[1], todo: known[2], ring: known[3], raw: alert.words }
		: { what: alert.words, todo: '続くときは、連絡してください。', ring: 'it', raw: '' };
}

/* Refusals that say more than their code: by the engine's own words. */
const refusals = [
	[/another person approves/, '提出した本人は承認できません。同じ部署の別の管理者が承認してください。'],
	[/scenario .* is not what you looked at|saved scenario .* meanwhile/, 'ほかの人が、先に変えました。画面を更新して、内容を確かめてください。'],
	[/scenario .* is another department's/, 'ほかの部署も使っているか、着信への案内のため、この画面では変えられません。システム管理者に依頼してください。'],
	[/campaign .* is not what you looked at|saved campaign .* meanwhile/, 'ほかの人が、先に変えました。画面を開き直して、内容を確かめてください。'],
	[/scenario .* says that already|campaign .* says that already/, '内容が、いまの版と同じです。'],
	[/a regular file of text|handed in cannot be read/, 'ファイルを読めません。VoiceXML(512 kBまで)のファイルを選んでください。'],
	[/somebody saved it meanwhile/, '確認している間に、ほかの人がこの文面を保存しました。画面を開き直して、いまの文面を確かめてください。'],
	[/being saved just now/, 'ほかの人が保存しているところです。少し待って、もう一度お試しください。'],
	[/ with it: change it when/, 'この内容の配信が進行中です。終わってから変更するか、配信を終了してください。'],
	[/changed beside the console/, 'ファイルが、ほかの方法で変更されています。システムの担当に連絡してください。保存していません。'],
	[/specs folder/, 'ファイルに書き込めません。システムの担当に連絡してください。保存していません。'],
	[/says that already/, 'いまの文面と同じです。'],
	[/could not send it/, 'この文面は、使っている配信業務で送れないため、保存していません。文面を直してください。'],
	[/not what you looked at/, '確認している間に、提出し直されました。画面を更新して、もう一度内容を確かめてください。'],
	[/changed after it was submitted/, '提出した後に、内容が変わりました。下書きに戻し、もう一度提出してください。'],
	[/are not those that were approved/, '配信業務・シナリオ・文面が、承認したものと違います。承認した内容に戻すか、この配信を終了してください。'],
	[/still being loaded/, 'ファイルの取込みが終わっていません。少し待って、もう一度お試しください。'],
	[/its dates are over/, '配信業務の期間が終わっています。期間を直すまで提出できません。'],
	[/SMS texts of campaign/, 'SMSの文面が、ファイルを取り込んだ時と違います。この配信を終了し、ファイルを取り込み直してください。'],
	[/is not started/, '消込ファイルが新しくないため、始められません。消込ファイルの取込みを確かめてください。'],
	[/accounts\.key is gone/, '利用者の確認コードの鍵(accounts.key)がないため、登録できません。システム管理者に連絡してください。'],
	[/more than \d+ runs are open/, '進行中の配信が多すぎます。終わった配信を終了してから、お試しください。'],
	[/no test number/, 'その電話は、試し送り先に登録されていません。登録は、システム管理者に依頼してください。'],
	[/no mobile's/, '携帯電話の番号ではないため、SMSを送れません。'],
	[/trials_day/, '本日の試し送りは、上限の回数に達しました。'],
	[/half a minute/, '同じ電話に送ったばかりです。30秒ほど待って、もう一度お試しください。'],
	[/nothing is tested of it/, 'この配信業務は緊急停止されています。新しいファイルで配信ができてから、お試しください。'],
	[/a limit of money is reached \(see/, '予算の上限に達しているため、送れません。'],
	[/nothing is sent now/, 'ただいま送信を見合わせています。本日の状況の警報を確かめてください。'],
	[/no campaign|no layout|belongs to no/, 'このファイル名に合う配信業務がありません。ファイル名を確かめてください。'],
];

/* What happened, and what to do. */
export function errorWords(error) {
	if (error.down)
		return 'システムが応答しません。';
	const said = refusals.find(([words]) => words.test(error.message));
	if (said)
		return said[1];
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
		[/seed/, 'シードが正しくありません。書き方(16進、Base32)と、写し間違いを確かめてください。'],
		[/no department/, 'その部署はありません。'],
	].find(([words]) => words.test(error.message));
	return said ? said[1] : errorWords(error);
}

/* Why a text may not be sent: the engine's reasons that staff can mend. */
export function textWords(why) {
	const said = [
		[/no value of an SMS/, '使えない値があります。{ と } で囲めるのは、ボタンにある値だけです。書き間違いを直すか、削ってください。'],
		[/general campaigns|does not carry/, 'ファイルの項目は、お知らせ・勧奨の配信業務で、そのファイルにある項目だけが使えます。'],
		[/UTF-16|too long/, '文字数が多すぎます。短くしてください。'],
		[/secret/, '本人以外に知られてはならない言葉が入っています。別の言い方にしてください。'],
		[/link|https/, '使えないリンクが入っています。市のホームページの https のリンクだけが使えます。'],
		[/brace|\{/, '{ と } の組が正しくないか、知らない値です。'],
		[/missing|kind/, 'この配信業務にない値を使っています。'],
		[/name/, '氏名は書けません。'],
	].find(([words]) => words.test(why || ''));
	return said ? said[1] : 'この文面は送信できません。';
}
