/* 確認: secrecy, readings, texts, numbers, exclusions, holds, how old the payments are. Each finding
 * says what it means and what to do; whether a run may be submitted, the engine says. */
import { call, list, sums } from '../lib/api.js';
import { checkers, may } from '../lib/roles.js';
import { Failure, Finding, Scroll, Wait, html, usePoll } from '../lib/ui.js';
import { timeWords } from '../lib/time.js';
import { count } from '../lib/words.js';

async function look(who, run, watch) {
	const [counts, payments, checked] = await Promise.all([
		sums('run.count', { run: run.run }, { watch }),
		list('payment.list', {}, 1000, { watch }),
		may(who, ...checkers) ? call('campaign.check', { campaign: run.campaign }, { watch }) : null,
	]);
	return { counts, payments, checked };
}

/* Why somebody is not contacted, and what staff can do about it. */
const problem = {
	80: '納付済みのため、連絡しません。',
	81: '取下げのため、連絡しません。',
	82: '除外(分納、猶予、支援措置など)のため、連絡しません。',
	83: '日程が終わっているため、連絡できません。日程を確かめてください。',
	84: '使える電話番号がありません。番号台帳に載った番号、勤務先は使いません。',
	85: '氏名を読み上げられません。',
	88: '保留中(納付約束、苦情、配慮など)のため、解けるまで連絡しません。',
};

function Specs({ checked }) {
	if (!checked)
		return html`<${Finding} kind="warning">シナリオと文面の確認は、担当者か管理者が行います。</${Finding}>`;
	const bad = checked.problems.filter((p) => p.kind === 'error');
	if (bad.length)
		return html`<${Finding} kind="bad">シナリオ、文面、日程に、直すところが${bad.length}件あります。直すまで、次の起動で使えません。<${Problems} list=${bad} /></${Finding}>`;
	return html`<${Finding} kind="good">シナリオと文面に、本人と分かる前に税や金額を話すところはありません。読み、文面の長さ、日程にも問題はありません。</${Finding}>
		${checked.problems.length > 0 && html`<${Finding} kind="warning">確かめてほしいところが${checked.problems.length}件あります。<${Problems} list=${checked.problems} /></${Finding}>`}`;
}

function Problems({ list: all }) {
	return html`<details><summary>詳しい内容</summary><ul lang="en">${all.map((p) => html`<li>${p.file.split('/').slice(-2).join('/')}${p.line > 0 ? `:${p.line}` : ''} ${p.what}</li>`)}</ul></details>`;
}

function Payments({ payments }) {
	const old = payments.filter((p) => !p.fresh && p.wanted_since);
	if (old.length)
		return html`<${Finding} kind="bad">消込ファイルが新しくありません(最後は ${old.map((p) => timeWords(p.taken) || 'なし').join('、')})。
			納付した人に電話をかけないよう、新しい消込ファイルを取り込むまで配信は始まりません。基幹システムの担当に確認してください。</${Finding}>`;
	const last = payments.map((p) => p.taken).filter(Boolean).sort().pop();
	return last ? html`<${Finding} kind="good">消込ファイルは ${timeWords(last)} に取り込みました。</${Finding}>`
		: html`<${Finding} kind="warning">消込ファイルは、まだ1つも取り込んでいません。納付した人が対象に残っていないか、確かめてください。</${Finding}>`;
}

function Messages({ run, campaign }) {
	if (!campaign || !campaign.waves.some((w) => w.channel === 'sms'))
		return null;
	if (run.sms_unfit)
		return html`<${Finding} kind="warning">${count(run.sms_unfit)}人には、文面を作れないためSMSを送りません。</${Finding}>`;
	return html`<${Finding} kind="good">SMSは${count(run.sms_targets)}人に送れます。1人${run.sms_segments_least === run.sms_segments_most ? '' : `${run.sms_segments_least}から`}${run.sms_segments_most}通分です。</${Finding}>`;
}

function People({ counts, run }) {
	const contact = counts.filter((c) => c.what === 'contact'), problems = counts.filter((c) => c.what === 'problem');
	const can = contact.reduce((n, c) => n + c.count, 0);
	return html`<h3>連絡できる人</h3>
		<p><strong>${count(can)}人</strong>に連絡できます(対象者 ${count(run.targets)}人)。${contact.map((c) => `${c.words} ${count(c.count)}人`).join('、')}</p>
		${problems.length > 0 && html`<${Scroll} label="連絡しない人"><table><caption>いまのところ連絡しない人</caption>
			<thead><tr><th scope="col">理由</th><th scope="col" class="right">人数</th><th scope="col">説明</th></tr></thead>
			<tbody>${problems.map((p) => html`<tr key=${p.code}><th scope="row">${p.words}</th><td class="right">${count(p.count)}人</td><td>${problem[p.code] || ''}</td></tr>`)}</tbody></table></${Scroll}>`}
		<p class="hint">電話やSMSの直前に、納付、除外、保留、番号台帳をもう一度確かめます。</p>`;
}

export default function Check({ who, run, campaign }) {
	const [seen, error] = usePoll(({ watch }) => look(who, run, watch), 0, [run.run, run.state]);
	if (!seen)
		return error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	return html`<${Failure} error=${error} />
		<ul class="findings"><${Specs} checked=${seen.checked} /><${Payments} payments=${seen.payments} /><${Messages} run=${run} campaign=${campaign} /></ul>
		<${People} counts=${seen.counts} run=${run} />`;
}
