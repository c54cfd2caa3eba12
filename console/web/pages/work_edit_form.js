/* The form of a campaign: what it is called, its days, what it says, and its waves with their windows and intervals.
 * It keeps nothing: each change goes up as a new model (lib/campaign_file.js). */
import { closedDays, dayWords as dayNames, freshWave, openDays, seconds } from '../lib/campaign_file.js';
import { dayNumber, dayText, dayWords } from '../lib/time.js';
import { Checks, Choice, Field, html } from '../lib/ui.js';
import { channel, dayList, numberChoice } from '../lib/words.js';

const days = dayNames.map((d) => [d, dayList(d)]);
const dateNames = [['start', '最初の日'], ['end', '最後の日'], ['base', '基準日'], ['due', '納期限'], ['demand', '督促状抽出日']];
const swapped = (items, i, to) => items.map((item, k) => (k === i ? to : item));
const without = (items, i) => items.filter((_, k) => k !== i);

/* A duration as a number; one that is no whole number of them is left to the file. */
function Duration({ label, unit, of, onTo, none, ...more }) {
	const per = unit === '分' ? 60 : 1, s = seconds(of);
	const odd = of !== '' && (Number.isNaN(s) || s % per);
	return odd ? html`<${Field} label=${`${label}(ファイルのとおり)`} value=${of} readonly ...${more} />`
		: html`<${Field} label=${`${label}(${unit})`} type="number" min="0" value=${of === '' ? '' : s / per} placeholder=${none} ...${more}
			onInput=${(e) => onTo(e.target.value === '' ? '' : `${e.target.value} ${per === 60 ? 'min' : 's'}`)} />`;
}

function Window({ name, n, of, onTo, onGone }) {
	const open = openDays(of.days);
	return html`<fieldset class="window-form"><legend>時間帯 ${n}</legend>
		<${Checks} label="曜日" name=${`${name}-days`} options=${days} value=${open} onChange=${(v) => onTo({ ...of, days: closedDays(dayNames.filter((d) => v.includes(d))) })} />
		<div class="row"><${Field} name=${`${name}-from`} label="から" inputmode="numeric" size="5" value=${of.from} placeholder="10:00" onInput=${(e) => onTo({ ...of, from: e.target.value })} />
			<${Field} name=${`${name}-to`} label="まで" inputmode="numeric" size="5" value=${of.to} placeholder="17:00" onInput=${(e) => onTo({ ...of, to: e.target.value })} />
			${onGone && html`<button type="button" class="button button-plain button-small" onClick=${onGone}>この時間帯を消す<span class="hidden"> ${n}</span></button>`}</div></fieldset>`;
}

function Retry({ name, n, of, outcomes, onTo, onGone }) {
	return html`<div class="row"><${Choice} name=${`${name}-outcome`} label=${`間隔 ${n}: 結果`} options=${outcomes} value=${of.outcome} onChange=${(e) => onTo({ ...of, outcome: e.target.value })} />
		<${Duration} name=${`${name}-after`} label="次まで" unit="分" of=${of.after} onTo=${(after) => onTo({ ...of, after })} />
		<button type="button" class="button button-plain button-small" onClick=${onGone}>この間隔を消す<span class="hidden"> ${n}</span></button></div>`;
}

const onDay = (start, n) => /^\d+$/.test(n) && /^\d{4}-\d\d-\d\d$/.test(start) ? dayWords(dayText(dayNumber(start) + Number(n))) : '';

/* From the choices there are; what the file has beside them stays to be seen. */
function Chosen({ options, value, ...more }) {
	const all = options.some(([id]) => id === value) ? options : [[value, value || '(選んでください)'], ...options];
	return html`<${Choice} options=${all} value=${value} ...${more} />`;
}

function Voice({ name, of, set }) {
	return html`<div class="row"><${Field} name=${`${name}-attempts`} label="1人にかける回数" type="number" min="1" max="40" value=${of.attempts} onInput=${(e) => set({ attempts: e.target.value })} />
		<${Duration} name=${`${name}-ring`} label="呼び出す時間" unit="秒" of=${of.ring} none="25" onTo=${(ring) => set({ ring })} />
		<${Choice} name=${`${name}-number`} label="かける番号" options=${Object.entries(numberChoice)} value=${of.number || 'first'} onChange=${(e) => set({ number: e.target.value })} />
		<${Choice} name=${`${name}-vary`} label="出なかったとき、次は別の時間帯に" options=${[['no', 'しない'], ['yes', 'する']]} value=${of.vary || 'no'} onChange=${(e) => set({ vary: e.target.value })} /></div>`;
}

function Sms({ name, of, set, texts }) {
	return html`<div class="row"><${Chosen} name=${`${name}-text`} label="SMS文面" options=${texts} value=${of.text} onChange=${(e) => set({ text: e.target.value })} />
		<${Field} name=${`${name}-after-calls`} label="電話に何回出なかった人に送るか" hint="空なら、全員に送ります。" type="number" min="1" max="99" value=${of['after-calls']} onInput=${(e) => set({ 'after-calls': e.target.value })} /></div>`;
}

function Wave({ n, of, start, texts, outcomes, onTo, onGone, onUp }) {
	const name = `w${n}`, set = (changes) => onTo({ ...of, ...changes });
	return html`<fieldset class="wave-form"><legend>${n}回目: ${channel[of.channel] || of.channel}</legend>
		<div class="row"><${Field} name=${`${name}-from-day`} label="最初の日から何日目に始めるか" hint=${onDay(start, of['from-day'])} type="number" min="0" value=${of['from-day']} onInput=${(e) => set({ 'from-day': e.target.value })} />
			<${Field} name=${`${name}-to-day`} label="何日目まで" hint=${onDay(start, of['to-day'])} type="number" min="0" value=${of['to-day']} onInput=${(e) => set({ 'to-day': e.target.value })} /></div>
		${of.channel === 'voice' ? html`<${Voice} name=${name} of=${of} set=${set} />` : html`<${Sms} name=${name} of=${of} set=${set} texts=${texts} />`}
		${of.windows.map((w, i) => html`<${Window} key=${i} name=${`${name}-${i}`} n=${`${n}-${i + 1}`} of=${w} onTo=${(to) => set({ windows: swapped(of.windows, i, to) })}
			onGone=${of.windows.length > 1 && (() => set({ windows: without(of.windows, i) }))} />`)}
		${of.retries.map((r, i) => html`<${Retry} key=${i} name=${`${name}-r${i}`} n=${`${n}-${i + 1}`} of=${r} outcomes=${outcomes} onTo=${(to) => set({ retries: swapped(of.retries, i, to) })}
			onGone=${() => set({ retries: without(of.retries, i) })} />`)}
		<div class="buttons buttons-left">
			<button type="button" class="button button-plain button-small" onClick=${() => set({ windows: [...of.windows, { days: ['weekdays'], from: '10:00', to: '17:00' }] })}>時間帯を加える<span class="hidden"> ${n}回目</span></button>
			<button type="button" class="button button-plain button-small" onClick=${() => set({ retries: [...of.retries, { outcome: 'other', after: '60 min' }] })}>結果ごとの間隔を加える<span class="hidden"> ${n}回目</span></button>
			${onUp && html`<button type="button" class="button button-plain button-small" onClick=${onUp}>先にする<span class="hidden"> ${n}回目</span></button>`}
			${onGone && html`<button type="button" class="button button-plain button-small" onClick=${onGone}>${n}回目を消す</button>`}</div></fieldset>`;
}

export default function Form({ model, parts, onChange }) {
	const of = (kind) => parts.filter((p) => p.kind === kind);
	const set = (changes) => onChange({ ...model, ...changes });
	const waves = (list) => set({ waves: list });
	const texts = of('text').map((p) => [p.id, p.id]), outcomes = (kind) => [['other', 'そのほか'], ...of(`${kind}-outcome`).map((p) => [p.id, `${p.id} ${p.words}`])];
	const up = (i) => waves([...model.waves.slice(0, i - 1), model.waves[i], model.waves[i - 1], ...model.waves.slice(i + 1)]);
	const add = (kind) => waves([...model.waves, freshWave(model.waves, kind, texts[0]?.[0] || '')]);
	return html`<${Field} name="title" label="配信業務の名前" value=${model.title} maxlength="300" onInput=${(e) => set({ title: e.target.value })} />
		<fieldset><legend>期間</legend><div class="row">${dateNames.map(([d, words]) => html`<${Field} key=${d} name=${`date-${d}`} type="date" label=${words} value=${model.dates[d]} onInput=${(e) => set({ dates: { ...model.dates, [d]: e.target.value } })} />`)}</div></fieldset>
		${model.scenario !== '' && html`<fieldset><legend>電話</legend><div class="row"><${Chosen} name="scenario" label="シナリオ" options=${of('scenario').map((p) => [p.id, p.id])} value=${model.scenario} onChange=${(e) => set({ scenario: e.target.value })} />
			<${Duration} name="limit" label="1回の通話の長さ" unit="秒" of=${model.limit} none="300" onTo=${(limit) => set({ limit })} /></div></fieldset>`}
		<${Field} name="yen" label="費用の上限(円)" hint="空なら、この業務だけの上限はありません。" type="number" min="1" value=${model.yen} onInput=${(e) => set({ yen: e.target.value })} />
		<h2>連絡のしかた</h2><p>上から順に、1人ずつ進みます。</p>
		${model.waves.map((w, i) => html`<${Wave} key=${i} n=${i + 1} of=${w} start=${model.dates.start} texts=${texts} outcomes=${outcomes(w.channel)} onTo=${(to) => waves(swapped(model.waves, i, to))}
			onGone=${model.waves.length > 1 && (() => waves(without(model.waves, i)))} onUp=${i > 0 && (() => up(i))} />`)}
		<div class="buttons buttons-left"><button type="button" class="button button-plain" onClick=${() => add('voice')}>電話を加える</button>
			<button type="button" class="button button-plain" onClick=${() => add('sms')}>SMSを加える</button></div>`;
}
