/* A campaign's parts, as several pages show them: what and who, scenario and texts, days. */
import { call } from './api.js';
import { WeekCalendar } from './calendar.js';
import { Facts, Failure, Wait, html, usePoll } from './ui.js';
import { dayNumber, dayText, dayWords } from './time.js';
import { campaignKind, channel, count, dayList, numberChoice, yen } from './words.js';

export function Purpose({ campaign: c }) {
	return html`<${Facts} list=${[
		['配信業務', c.title],
		['種類', campaignKind[c.kind] || c.kind],
		['期間', `${dayWords(c.start)}から${dayWords(c.end)}まで`],
		['基準日', dayWords(c.base)],
		['納期限', dayWords(c.due)],
		['督促状抽出日', c.demand && `${dayWords(c.demand)}(この前の日までに終わります)`],
		['対象者ファイルの名前', c.files],
		['費用の上限', Number(c.limit_yen) > 0 && yen(c.limit_yen)],
	]} />`;
}

function SmsText({ wave }) {
	return html`<figure class="sms-example"><figcaption>送る文面の例 (${count(wave.sample.length)}文字、1人 ${wave.segments}通分)</figcaption><p class="bubble">${wave.sample}</p></figure>`;
}

const retryWords = (s) => s % 3600 === 0 ? `${s / 3600}時間` : `${Math.round(s / 60)}分`;

function Wave({ wave: w, n }) {
	return html`<section class="wave" aria-labelledby=${`wave-${n}`}><h3 id=${`wave-${n}`}>${n}回目: ${channel[w.channel]}</h3>
		<${Facts} list=${[
			['日', w.from === w.to ? dayWords(w.from) : `${dayWords(w.from)}から${dayWords(w.to)}まで`],
			['時間帯', w.windows.map((x) => `${dayList(x.days)} ${x.from}～${x.to}`).join('、')],
			['1人にかける回数', w.channel === 'voice' && `${w.attempts}回まで`],
			['かける番号', w.channel === 'voice' && numberChoice[w.number]],
			['呼び出す時間', w.channel === 'voice' && `${w.ring_s}秒`],
			['次にかけるまで', w.channel === 'voice' && w.attempts > 1
				&& [...w.retry.map((r) => `${r.outcome}のとき${retryWords(r.after_s)}後`), `そのほか${retryWords(w.retry_s)}後`].join('、')],
			['送る条件', w.channel === 'sms' && w.after_calls > 0 && `電話に${w.after_calls}回出なかった人`],
			['文面', w.text],
		]} />
		${w.sample && html`<${SmsText} wave=${w} />`}</section>`;
}

export function Texts({ campaign: c }) {
	return html`<${Facts} list=${[
		['シナリオ', c.scenario && html`<a href=${`#scenario/${c.campaign}`}>${c.scenario}(内容を見る・聞く)</a>`],
		['表示する電話番号', c.caller],
		['SMSの送信元', c.sms_sender],
		['1回の通話の長さ', c.scenario && `${count(c.call_limit_s)}秒まで`],
	]} />
	${c.waves.map((w, i) => html`<${Wave} key=${w.wave} wave=${w} n=${i + 1} />`)}`;
}

/* Both are the engine's: which days are holidays, and what is open then. */
export async function openings(c, watch) {
	const most = Math.min(62, dayNumber(c.end) - dayNumber(c.start) + 2);
	const rows = [];
	let after, holidays, today;
	do {
		const page = await call('window.list', { campaign: c.campaign, from: c.start, days: most, ...(after ? { after } : {}) }, { watch });
		rows.push(...page.rows);
		({ holidays, today } = page);
		after = page.next;
	} while (after);
	return { rows, holidays, today };
}

export function Days({ campaign: c }) {
	const [seen, error] = usePoll(({ watch }) => openings(c, watch), 0, [c.campaign, c.sha256]);
	if (!seen)
		return error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	const marks = {};
	const mark = (day, words) => day && (marks[day] ||= []).push(words);
	mark(c.demand, '督促状抽出日(連絡しません)');
	mark(c.due, '納期限');
	mark(c.base, '基準日');
	const last = c.demand && dayNumber(c.demand) - dayNumber(c.end) < 14 ? c.demand : c.end;
	return html`<p>色のついた時間帯だけ、電話とSMSを始めます。祝日・休日は、時間帯に「祝日・休日」がなければ連絡しません。</p>
		<${WeekCalendar} caption=${`「${c.title}」の日程`} from=${c.start} to=${last < c.end ? c.end : last} windows=${seen.rows} holidays=${seen.holidays}
			marks=${marks} today=${seen.today} />
		${!seen.rows.length && html`<p><strong>連絡できる時間帯が1つもありません。</strong>配信業務の日程を直してください。</p>`}
		<p class="hint">${dayWords(dayText(dayNumber(c.end) + 1))}より後には、連絡しません。</p>`;
}
