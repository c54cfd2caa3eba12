/* Calls to the engine. The session is in a cookie that scripts cannot read; `csrf` is the page's own
 * value, which the engine wants with every call. `watch`: the page looks again by itself, nobody
 * used it, so the session's idle time goes on. */
let csrf = '';

/* `code`: JSON-RPC's (docs/control.md). `since`, `contact`: the engine is down. */
export class ApiError extends Error {
	constructor(status, error) {
		super(error.message || '');
		this.status = status;
		this.code = error.code || 0;
		this.since = error.since || '';
		this.contact = error.contact || '';
	}
	get signedOut() {
		return this.code === -32010;
	}
	get down() {
		return this.code === -503 || this.status === 0;
	}
}

const own = (watch) => ({ ...(csrf ? { 'X-Osame-CSRF': csrf } : {}), ...(watch ? { 'X-Osame-Watch': '1' } : {}) });

async function answered(asked) {
	let response, body;
	try {
		response = await asked;
		body = await response.json();
	} catch {
		throw new ApiError(0, { message: 'no answer' });
	}
	if (body.error) {
		const error = new ApiError(response.status, body.error);
		if (error.signedOut)
			window.dispatchEvent(new Event('osame-signed-out'));
		throw error;
	}
	if (body.result && body.result.csrf)
		csrf = body.result.csrf;
	return body.result;
}

export function call(method, params = {}, { watch = false } = {}) {
	return answered(fetch(`/api/${method}`, {
		method: 'POST',
		credentials: 'same-origin',
		headers: { 'Content-Type': 'application/json', ...own(watch) },
		body: JSON.stringify(params),
	}));
}

/* A file goes beside its call: its bytes are the body, the parameters are in the address. */
export function upload(method, params, file) {
	return answered(fetch(`/upload/${method}?${new URLSearchParams(params)}`, {
		method: 'POST',
		credentials: 'same-origin',
		headers: { 'Content-Type': 'application/octet-stream', ...own(false) },
		body: file,
	}));
}

/* What a call writes into a file: its bytes; `result`: what the engine says beside them. The answer is JSON
 * only if it is a refusal. */
export async function download(method, params) {
	let response;
	try {
		response = await fetch(`/download/${method}`, {
			method: 'POST',
			credentials: 'same-origin',
			headers: { 'Content-Type': 'application/json', ...own(false) },
			body: JSON.stringify(params),
		});
		if (response.ok && response.headers.get('Content-Type') === 'application/octet-stream')
			return Object.assign(await response.blob(), { result: JSON.parse(decodeURIComponent(response.headers.get('X-Osame-Result') || '{}')) });
	} catch {
		throw new ApiError(0, { message: 'no answer' });
	}
	await answered(response);
	throw new ApiError(response.status, { message: 'no file came' });
}

/* All rows of a listing, at most `most`. */
export async function list(method, params = {}, most = 1000, { watch = false } = {}) {
	const rows = [];
	let after;
	do {
		const page = await call(method, { ...params, ...(after ? { after } : {}) }, { watch });
		rows.push(...page.rows);
		after = page.next;
	} while (after && rows.length < most);
	return rows;
}

/* A listing that counts: rows that say the same on several pages add up. */
export async function sums(method, params = {}, { watch = false } = {}) {
	const all = new Map();
	for (const row of await list(method, params, 100000, { watch })) {
		const key = [row.what, row.at, row.channel, row.code].join('|');
		const had = all.get(key);
		if (!had)
			all.set(key, { ...row });
		else
			for (const name of ['count', 'yen', 'answered'])
				if (name in row)
					had[name] += row[name];
	}
	return [...all.values()];
}

/* Whom to ring when something is wrong: of the console's own configuration. */
let contacted;
export function contact() {
	contacted ||= fetch('/contact.json', { credentials: 'same-origin' }).then((r) => r.json()).then((j) => j.contact || '').catch(() => '');
	return contacted;
}

export function forget() {
	csrf = '';
}
