/* 提出と承認: what was made sure of, submission, and the approval of a second person of the department.
 * The approval is of the hash that this page showed: anything else is refused by the engine. */
import { call } from '../lib/api.js';
import { may } from '../lib/roles.js';
import { Facts, Failure, Notice, html, useState } from '../lib/ui.js';
import { timeWords } from '../lib/time.js';

const checks = [
	['published', '表示する電話番号と、電話・SMSで連絡することを、市のホームページなどでお知らせした'],
	['desks', '周知票で、窓口と代表電話の担当に知らせた'],
	['heard', 'シナリオを聞いて、読みと内容を確かめた'],
	['people', '「確認」と「見込み」の内容に問題がない'],
];
const approvals = [
	['people', '対象者の数、連絡しない人の数を確かめた'],
	['texts', 'シナリオと文面、日程を確かめた'],
	['money', '費用の見込みを確かめた'],
];

function Checklist({ list, legend, yes, run, onYes }) {
	const [ticked, tick] = useState({});
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState(null);
	const missing = list.filter(([name]) => !ticked[name]).length;
	const send = async (event) => {
		event.preventDefault();
		setBusy(true);
		try {
			await onYes(list.map(([name]) => name).join(' '));
		} catch (e) {
			setError(e);
		}
		setBusy(false);
	};
	return html`<form class="form checklist" onSubmit=${send}><fieldset><legend>${legend}</legend>
		${list.map(([name, words]) => html`<label key=${name} class="choice"><input type="checkbox" name=${name} checked=${Boolean(ticked[name])}
			onChange=${(e) => tick({ ...ticked, [name]: e.target.checked })} /> <span>${words}</span></label>`)}</fieldset>
		<${Failure} error=${error} />
		<p><a class="button button-plain" href=${`#work/notice/${run.run}`}>周知票を開く(氏名は載りません)</a></p>
		<p><button class="button" disabled=${busy || missing > 0}>${yes}</button>${missing > 0 && html` <span class="hint">あと${missing}項目を確かめると、押せます。</span>`}</p></form>`;
}

function Bound({ run }) {
	return html`<${Facts} list=${[
		['提出した人', run.submitter && `${run.submitter} (${timeWords(run.submitted)})`],
		['承認した人', run.approver && `${run.approver} (${timeWords(run.approved)})${run.self_approved ? ' リハーサルのため本人' : ''}`],
		['承認の対象(ハッシュ値)', run.approval_sha256 && html`<code class="hash">${run.approval_sha256}</code>`],
	]} />
	${run.approval_sha256 && html`<p class="hint">配信業務、シナリオ、文面、対象者ファイル、人数と費用の見込みから作った値です。このうち1つでも変わると、承認は無効になり、下書きに戻ります。</p>`}`;
}

export default function Submit({ who, run, again }) {
	const act = async (method, params) => {
		await call(method, { run: run.run, ...params });
		again();
	};
	if (run.state === 'loading')
		return html`<${Notice} kind="info" title="ファイルの取込みが終わると、提出できます。" />`;
	if (run.state === 'draft')
		return may(who, 'manager', 'staff')
			? html`<p>次のことを確かめて、提出してください。提出した後に内容が変わると、下書きに戻ります。</p>
				<${Checklist} key="submit" list=${checks} legend="チェックリスト" yes="承認者に提出する" run=${run} onYes=${(checked) => act('run.submit', { checked })} />`
			: html`<p>担当者か管理者が提出すると、承認できるようになります。</p>`;
	if (run.state === 'submitted')
		return html`<${Bound} run=${run} />
			${run.submitter === who.user && html`<${Notice} kind="info" title="提出しました。同じ部署の別の管理者の承認を待っています。"><p>提出した本人は承認できません。</p></${Notice}>`}
			${may(who, 'manager') && run.submitter !== who.user && html`<p>「ファイル」から「見込み」までの内容を確かめて、承認してください。</p>
				<${Checklist} key="approve" list=${approvals} legend="承認の前に確かめること" yes="この内容で承認する" run=${run}
					onYes=${(checked) => act('run.approve', { sha256: run.approval_sha256, checked })} />`}
			${!may(who, 'manager') && run.submitter !== who.user && html`<p>同じ部署の管理者が承認します。</p>`}`;
	return html`<${Bound} run=${run} />
		${run.state === 'approved' && html`<${Notice} kind="info" title="承認されました。「配信」で始められます。" />`}`;
}
