/* A campaign's file, as a form sees it: read from the XML, and written back into it. What the form does not know
 * (comments, <files>, attributes of a later version) stays as it is in the document; parts are changed in place,
 * so that a difference shows only what somebody changed. Pure but for the browser's XML parser. */
const space = 'urn:osame:campaign:1';

const children = (node, name) => [...node.children].filter((c) => c.localName === name);
const child = (node, name) => children(node, name)[0];
const value = (node, name) => node?.getAttribute(name) ?? '';

/* null: it is no XML, or no campaign. */
export function parse(text) {
	const doc = new DOMParser().parseFromString(text, 'application/xml');
	const root = doc.documentElement;
	return doc.getElementsByTagName('parsererror').length || root.localName !== 'campaign' ? null : doc;
}

/* "2 h" as 120; what is no whole number of minutes (seconds) stays text that the form shows and keeps. */
const unitSeconds = { s: 1, min: 60, h: 3600, d: 86400 };
export const seconds = (text) => {
	const [, n, unit] = text.match(/^(\d{1,6}) (s|min|h|d)$/) || [];
	return n ? Number(n) * unitSeconds[unit] : NaN;
};

function readWave(wave) {
	const attributes = Object.fromEntries(['id', 'channel', 'from-day', 'to-day', 'attempts', 'number', 'vary', 'ring', 'text', 'after-calls'].map((a) => [a, value(wave, a)]));
	return {
		...attributes,
		windows: children(wave, 'window').map((w) => ({ days: value(w, 'days').split(' ').filter(Boolean), from: value(w, 'from'), to: value(w, 'to') })),
		retries: children(wave, 'retry').map((r) => ({ outcome: value(r, 'outcome'), after: value(r, 'after') })),
	};
}

export function read(doc) {
	const root = doc.documentElement, dates = child(root, 'dates'), voice = child(root, 'voice');
	return {
		kind: value(root, 'kind'),
		title: child(root, 'title')?.textContent ?? '',
		dates: Object.fromEntries(['start', 'end', 'base', 'due', 'demand'].map((d) => [d, value(dates, d)])),
		scenario: value(voice, 'scenario'),
		limit: value(voice, 'limit'),
		yen: value(child(root, 'money'), 'limit'),
		waves: children(root, 'wave').map((w, at) => ({ ...readWave(w), at })),
	};
}

/* '' takes the attribute away: the engine's own default holds. */
function put(node, name, to) {
	if (to === '')
		node.removeAttribute(name);
	else if (value(node, name) !== String(to))
		node.setAttribute(name, to);
}

/* Elements stand on lines of their own, as deep as they are. */
const indent = (depth) => `\n${'  '.repeat(depth)}`;

function insert(parent, node, before, depth) {
	parent.insertBefore(node, before);
	parent.insertBefore(parent.ownerDocument.createTextNode(indent(depth)), before || null);
}

function remove(node) {
	const blank = node.previousSibling;
	if (blank?.nodeType === 3 && !blank.data.trim())
		blank.remove();
	node.remove();
}

/* Windows and retries in their order: those that are there take the values of the form's, the rest comes or goes. */
function putList(wave, name, list, fill, before) {
	const there = children(wave, name);
	for (const [i, item] of list.entries()) {
		let node = there[i];
		if (!node) {
			node = wave.ownerDocument.createElementNS(space, name);
			const behind = before();
			if (behind)
				insert(wave, node, behind, 2);
			else {
				const last = wave.lastChild;
				const tail = last?.nodeType === 3 && !last.data.trim() ? last : null;
				wave.insertBefore(wave.ownerDocument.createTextNode(indent(2)), tail);
				wave.insertBefore(node, tail);
				if (!tail)
					wave.appendChild(wave.ownerDocument.createTextNode(indent(1)));
			}
		}
		fill(node, item);
	}
	there.slice(list.length).forEach(remove);
}

function putWave(wave, of) {
	for (const name of ['id', 'channel', 'from-day', 'to-day', 'attempts', 'number', 'vary', 'ring', 'text', 'after-calls'])
		put(wave, name, of[name]);
	putList(wave, 'window', of.windows, (node, w) => {
		put(node, 'days', w.days.join(' '));
		put(node, 'from', w.from);
		put(node, 'to', w.to);
	}, () => child(wave, 'retry'));
	putList(wave, 'retry', of.retries, (node, r) => {
		put(node, 'outcome', r.outcome);
		put(node, 'after', r.after);
	}, () => null);
}

/* `at`: which of the file's waves it is; one without is new. In the form's order. */
function putWaves(root, waves) {
	const there = children(root, 'wave');
	const kept = new Set(waves.filter((w) => w.at !== undefined).map((w) => there[w.at]));
	there.filter((node) => !kept.has(node)).forEach(remove);
	let last = null;
	for (const w of waves) {
		let node = there[w.at];
		const place = last ? last.nextElementSibling : children(root, 'wave')[0];
		if (!node) {
			node = root.ownerDocument.createElementNS(space, 'wave');
			const blank = root.ownerDocument.createTextNode(indent(1));
			const tail = place || (root.lastChild?.nodeType === 3 ? root.lastChild : null);
			root.insertBefore(place ? node : blank, tail);
			root.insertBefore(place ? blank : node, tail);
		} else if (place !== node && place)
			root.insertBefore(node, place);
		putWave(node, w);
		last = node;
	}
}

/* The document with what the form says: as text. `doc` is left alone. */
export function write(doc, form, was) {
	const copy = doc.cloneNode(true), root = copy.documentElement, voice = child(root, 'voice');
	let money = child(root, 'money');
	if (form.title !== was.title)
		child(root, 'title').textContent = form.title;
	for (const [name, day] of Object.entries(form.dates))
		put(child(root, 'dates'), name, day);
	if (voice) {
		put(voice, 'scenario', form.scenario);
		put(voice, 'limit', form.limit);
	}
	if (!money && form.yen) {
		money = copy.createElementNS(space, 'money');
		insert(root, money, child(root, 'wave'), 1);
	}
	if (money && !form.yen)
		remove(money);
	else if (money)
		put(money, 'limit', form.yen);
	putWaves(root, form.waves);
	const text = new XMLSerializer().serializeToString(copy).replace(/^<\?xml[^>]*\?>\s*/, '');
	return `<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`;
}

/* The first of its kind that no wave has. */
function freshId(waves, channel) {
	const stem = channel === 'sms' ? 'sms' : 'denwa';
	for (let n = 1; ; n++) {
		const id = n === 1 ? stem : `${stem}${n}`;
		if (!waves.some((w) => w.id === id))
			return id;
	}
}

/* The day after the last one's, at office hours. */
export function freshWave(waves, channel, text) {
	const day = waves.length ? String(Math.max(...waves.map((w) => Number(w['to-day']) || 0)) + 1) : '0';
	return { id: freshId(waves, channel), channel, 'from-day': day, 'to-day': day, attempts: '1', number: '', vary: '', ring: '',
		text: channel === 'sms' ? text : '', 'after-calls': '', windows: [{ days: ['weekdays'], from: '10:00', to: '17:00' }], retries: [] };
}

/* Of a list of words, what a row of boxes shows: "weekdays" is five days, "all" is every one. */
export const dayWords = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun', 'holidays'];
export const openDays = (words) => dayWords.filter((d, i) => words.includes(d) || words.includes('all') || (i < 5 && words.includes('weekdays')));
export function closedDays(days) {
	if (days.length === dayWords.length)
		return ['all'];
	const week = dayWords.slice(0, 5);
	return week.every((d) => days.includes(d)) ? ['weekdays', ...days.filter((d) => !week.includes(d))] : days;
}
