/* Calls to the engine. The session is in a cookie that scripts cannot read; `csrf` is the page's own
 * value, which the engine wants with every call. */
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
		return this.status === 503 || this.status === 0;
	}
}

export async function call(method, params = {}) {
	let response, body;
	try {
		response = await fetch(`/api/${method}`, {
			method: 'POST',
			credentials: 'same-origin',
			headers: { 'Content-Type': 'application/json', ...(csrf ? { 'X-Osame-CSRF': csrf } : {}) },
			body: JSON.stringify(params),
		});
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

/* All rows of a listing, at most `most`. */
export async function list(method, params = {}, most = 1000) {
	const rows = [];
	let after;
	do {
		const page = await call(method, { ...params, ...(after ? { after } : {}) });
		rows.push(...page.rows);
		after = page.next;
	} while (after && rows.length < most);
	return rows;
}

export function forget() {
	csrf = '';
}
