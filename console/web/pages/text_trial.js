/* SMS文面 › 試し送り: a text as residents would get it, to a telephone of the staff that an administrator put on the
 * list (docs/trial.md). Nobody types a number here. What became of it is looked at until it is known. */
import { call, list } from '../lib/api.js';
import { Choice, Confirm, Failure, Notice, Table, html, useEffect, usePoll, useState } from '../lib/ui.js';
import { errorWords } from '../lib/words.js';

const LAST = 5, LOOK_MS = 3000;
const states = { intended: '送信中', submitted: '送信済み(着信は未確認)', dropped: '送信されませんでした', unknown: '送信されたか分かりません' };
const codes = { 60: '着信しました', 61: '送信済み(着信は未確認)', 62: '圏外でした', 63: '届きませんでした', 64: '送信を拒否されました' };
const became = (r) => (r.state === 'dropped' ? `${states.dropped}。少し待って、もう一度お試しください` : codes[r.outcome] || states[r.state]);
const going = (r) => r.state === 'intended' || r.state === 'submitted';

function Last({ tick }) {
	const [fast, setFast] = useState(0);
	const [rows, error] = usePoll(({ watch }) => call('trial.list', { limit: LAST }, { watch }).then((page) => page.rows), fast, [tick, fast]);
	useEffect(() => {
		setFast(rows && rows.some(going) ? LOOK_MS : 0);
	}, [rows]);
	if (!rows)
		return html`<${Failure} error=${error} />`;
	return html`<div aria-live="polite"><${Table} id="h-trials" title="最近の試し送り" heads=${['時刻', '文面', '宛先', '結果', '送った人']}
		rows=${rows.map((r) => [r.asked.replace('T', ' ').slice(0, 16), r.text, `${r.owner || r.to} ${r.number}`, became(r), r.user])} /></div>`;
}

export default function Trial({ texts }) {
	const [numbers, set] = useState(null);
	const [what, setWhat] = useState(0);
	const [to, setTo] = useState('');
	const [asking, setAsking] = useState(false);
	const [busy, setBusy] = useState(false);
	const [said, say] = useState(null);
	const [tick, again] = useState(0);
	useEffect(() => {
		list('trial.numbers').then((all) => {
			const good = all.filter((n) => n.messages);
			set(good);
			setTo(good[0]?.to || '');
		}, (error) => say({ error }));
	}, []);
	const text = texts[what] || texts[0], number = numbers?.find((n) => n.to === to);
	const send = async () => {
		setBusy(true);
		try {
			say({ sent: await call('text.trial', { campaign: text.campaign, text: text.text, to }) });
		} catch (error) {
			say({ error });
		}
		setBusy(false);
		setAsking(false);
		again((n) => n + 1);
	};
	return html`<section aria-labelledby="h-trial"><h2 id="h-trial">試し送り</h2>
		<p class="hint">住民に届くものと同じ文面を、職員の電話に1通送ります。送れるのは、システム管理者が登録した電話だけです。住民への配信には数えません。料金はかかります。</p>
		${said?.error && html`<${Notice} title=${errorWords(said.error)} />`}
		${said?.sent && html`<${Notice} kind="info" title="試し送りを受け付けました"><p>${said.sent.segments}通分です。結果は、下の表に出ます。</p></${Notice}>`}
		${numbers && numbers.length === 0 && html`<p>試し送りのできる電話は、登録されていません。登録は、システム管理者に依頼してください。</p>`}
		${numbers && numbers.length > 0 && html`<form class="form" onSubmit=${(e) => { e.preventDefault(); say(null); setAsking(true); }}>
			<${Choice} name="trial-text" label="送る文面" value=${String(what)} options=${texts.map((t, i) => [String(i), `${t.text}(${t.title})`])} onChange=${(e) => setWhat(Number(e.target.value))} />
			<${Choice} name="trial-to" label="送り先" value=${to} options=${numbers.map((n) => [n.to, `${n.owner} ${n.number}`])} onChange=${(e) => setTo(e.target.value)} />
			<button class="button" disabled=${!text.fit || busy}>試し送りする</button></form>`}
		${asking && html`<${Confirm} title="試し送りをしますか" yes="送る" busy=${busy} plain onYes=${send} onNo=${() => setAsking(false)}>
			<p>${number?.owner}(${number?.number})に、次の文面を送ります。</p><p class="sms">${text.finished}</p></${Confirm}>`}
		<${Last} tick=${tick} /></section>`;
}
