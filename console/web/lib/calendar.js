/* A week calendar of what may be contacted when: the openings that window.list answers. */
import { html } from './ui.js';
import { dayNumber, dayText, dayWords, shortDay, weekdayOf, weekdays } from './time.js';

const channelWord = { voice: '電話', sms: 'SMS' };

/* Weeks, Monday first, from the day `from` to `to`, both included. */
export function weeksOf(from, to) {
	const weeks = [];
	for (let d = dayNumber(from) - weekdayOf(from); d <= dayNumber(to); d += 7)
		weeks.push(Array.from({ length: 7 }, (_, i) => dayText(d + i)));
	return weeks;
}

function Day({ day, windows, holiday, outside, marks, today }) {
	return html`<td class=${`day${outside ? ' day-outside' : ''}${day === today ? ' day-today' : ''}`}>
		<p class="date"><span class="hidden">${dayWords(day)}</span><span aria-hidden="true">${shortDay(day)}</span>
			${holiday && html`<span class="holiday">祝日・休日</span>`}${day === today && html`<span class="holiday">今日</span>`}</p>
		${windows.map((w) => html`<p class="window window-${w.channel}"><span class="channel">${channelWord[w.channel]}</span> ${w.from}～${w.to}</p>`)}
		${marks.map((m) => html`<p class="day-mark">${m}</p>`)}
	</td>`;
}

/* `marks`: { "2026-12-17": ["督促状抽出日"] } */
/* As many days as the engine answers at once; a year that is half typed would draw a hundred thousand weeks. */
const mostDays = 62;

export function WeekCalendar({ caption, from, to: end, windows, holidays, marks = {}, today }) {
	const last = dayText(dayNumber(from) + mostDays - 1), to = end > last ? last : end;
	return html`${to < end && html`<p class="hint">はじめの${mostDays}日(${dayWords(to)}まで)を示しています。</p>`}
	<table class="calendar"><caption>${caption}</caption>
		<thead><tr>${weekdays.map((w) => html`<th scope="col">${w}</th>`)}</tr></thead>
		<tbody>${weeksOf(from, to).map((week) => html`<tr key=${week[0]}>${week.map((day) => html`<${Day} key=${day} day=${day} today=${today}
			windows=${windows.filter((w) => w.day === day)} holiday=${holidays.includes(day)} marks=${marks[day] || []} outside=${day < from || day > to} />`)}</tr>`)}</tbody>
	</table>`;
}
