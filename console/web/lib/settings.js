/* What settings.list answers, as pages use it: by section and name. */
import { list } from './api.js';

/* [{ section, name, keys: { key: row } }], in the configuration's order. */
export async function sections() {
	const found = [];
	for (const row of await list('settings.list', {}, 20000)) {
		let at = found.at(-1);
		if (!at || at.section !== row.section || at.name !== row.name)
			found.push((at = { section: row.section, name: row.name, keys: {} }));
		at.keys[row.key] = row;
	}
	return found;
}

export const value = (section, key) => section?.keys[key]?.value ?? '';

/* Departments as [{ id, name }]. */
export const departments = (all) => all.filter((s) => s.section === 'department').map((s) => ({ id: s.name, name: value(s, 'name') }));

const units = [['d', '日'], ['h', '時間'], ['min', '分'], ['s', '秒'], ['ms', 'ミリ秒']];
export function duration(text) {
	const [n, unit] = (text || '').split(' ');
	const known = units.find(([u]) => u === unit);
	return known ? `${n}${known[1]}` : text;
}
