/* 配信: start, pause, resume, close, stop; and how far it is. */
import { call, sums } from '../lib/api.js';
import { may } from '../lib/roles.js';
import { Confirm, Facts, Failure, Notice, html, usePoll, useState } from '../lib/ui.js';
import { timeWords } from '../lib/time.js';
import { count } from '../lib/words.js';

/* From which state, by whom; what it means is said before it is done. */
const acts = [
	{ method: 'run.start', from: ['approved'], roles: ['manager', 'operator'], title: '配信を始める', ask: '配信を始めますか', said: '配信を始めました。',
		words: '日程の時間帯になると、電話とSMSが始まります。時間帯の途中なら、すぐに始まります。' },
	{ method: 'run.pause', from: ['running'], roles: ['manager', 'staff', 'operator'], title: '一時停止する', ask: '一時停止しますか', said: '一時停止しました。',
		words: '新しい電話とSMSが止まります。通話中の電話は、順に終わります。あとで再開できます。' },
	{ method: 'run.resume', from: ['paused'], roles: ['manager', 'operator'], title: '再開する', ask: '再開しますか', said: '再開しました。', words: '時間帯の中なら、すぐに電話とSMSが始まります。' },
	{ method: 'run.close', from: ['draft', 'submitted', 'approved', 'running', 'paused'], roles: ['manager'], title: 'この配信を終了する', ask: 'この配信を終了しますか', said: '終了しました。', danger: true,
		words: 'まだ連絡していない人には、連絡しません。結果のファイルが作られます。終了した配信は、再開できません。' },
	{ method: 'run.stop', from: ['draft', 'submitted', 'approved', 'running', 'paused'], roles: ['manager', 'staff', 'operator'], title: '緊急停止', ask: '緊急停止しますか', said: '緊急停止しました。', danger: true,
		words: '新しい電話とSMSは、すぐに始まらなくなります。通話中の電話は、順に終わります。緊急停止した配信は、再開できません。' },
];

function Progress({ run }) {
	const part = run.targets ? Math.floor((run.done * 100) / run.targets) : 0;
	return html`<p class="progress"><progress max="100" value=${part} aria-label="配信の進み具合"></progress> ${count(run.done)}人 / ${count(run.targets)}人 (${part}%)</p>`;
}

export default function Operate({ who, run, again }) {
	const [counts, error] = usePoll(({ watch }) => sums('run.count', { run: run.run }, { watch }), run.state === 'running' ? 10000 : 0, [run.state]);
	const [asked, ask] = useState(null);
	const [busy, setBusy] = useState(false);
	const [said, say] = useState(null);
	const [refused, refuse] = useState(null);
	const mine = acts.filter((a) => a.from.includes(run.state) && may(who, ...a.roles));
	const go = async () => {
		setBusy(true);
		say(null);
		refuse(null);
		try {
			await call(asked.method, { run: run.run });
			say(asked.said);
		} catch (e) {
			refuse(e);
		}
		setBusy(false);
		ask(null);
		again();
	};
	const of = (what) => (counts || []).filter((c) => c.what === what).reduce((n, c) => n + c.count, 0);
	return html`${said && html`<${Notice} kind="info" title=${said} />`}<${Failure} error=${refused} /><${Failure} error=${error} />
		<${Progress} run=${run} />
		<${Facts} list=${[
			['電話', `${count(run.calls)}件`],
			['SMS', `${count(run.messages)}通`],
			['要旨を聴いた人', counts && `${count(of('heard'))}人`],
			['これから連絡できる人', counts && `${count(of('contact'))}人`],
			['いまは連絡しない人', counts && `${count(of('problem'))}人(理由は「確認」にあります)`],
			['始めた時刻', timeWords(run.started)],
			['終わった時刻', timeWords(run.ended)],
			['費用の上限で止まった時刻', timeWords(run.money_stopped)],
		]} />
		${mine.length === 0 && html`<p>${run.state === 'closed' || run.state === 'stopped' ? 'この配信は終わっています。' : 'いまの状態でできる操作は、ありません。'}</p>`}
		<div class="run-acts">${mine.map((a) => html`<button key=${a.method} type="button" class=${`button ${a.danger ? 'button-danger-plain' : ''}`} onClick=${() => ask(a)}>${a.title}</button>`)}</div>
		${asked && html`<${Confirm} title=${asked.ask} yes=${asked.title} plain=${!asked.danger} onYes=${go} onNo=${() => ask(null)} busy=${busy}><p>${asked.words}</p></${Confirm}>`}`;
}
