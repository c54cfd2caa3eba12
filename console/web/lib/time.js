/* Days and times as the engine writes them ("2026-12-07", "2026-12-07 09:00:00"): never through the
 * browser's own time zone. */
export const weekdays = ['月', '火', '水', '木', '金', '土', '日'];

export const dayNumber = (text) => Math.floor(Date.UTC(...text.split('-').map((n, i) => Number(n) - (i === 1 ? 1 : 0))) / 86400000);
export const dayText = (n) => new Date(n * 86400000).toISOString().slice(0, 10);
/* 0: Monday */
export const weekdayOf = (text) => (dayNumber(text) + 3) % 7;

export function dayWords(text) {
	if (!text)
		return '';
	const [y, m, d] = text.split('-').map(Number);
	return `${y}年${m}月${d}日(${weekdays[weekdayOf(text)]})`;
}

export function shortDay(text) {
	const [, m, d] = text.split('-').map(Number);
	return `${m}/${d}`;
}

/* "2026-12-07 09:00:13" → 12/7 9:00 */
export function timeWords(text) {
	if (!text)
		return '';
	const [day, time] = text.split(' ');
	return `${shortDay(day)} ${time.slice(0, 5).replace(/^0/, '')}`;
}

export function durationWords(seconds) {
	const minutes = Math.ceil(seconds / 60);
	return minutes < 60 ? `約${minutes}分` : `約${Math.floor(minutes / 60)}時間${minutes % 60 ? `${minutes % 60}分` : ''}`;
}

export const minutesOf = (time) => time.split(':').reduce((sum, n) => sum * 60 + Number(n), 0);
