// A browser before the console, and somebody who sits there: for the scripts beside it. What they saw goes
// out as JSON lines on standard output; the Python test judges.
//
//   node SCRIPT MODULES URL CA-SPKI SHOTS < {…}
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const [modules, url, spki, shots] = process.argv.slice(2);
const require = createRequire(`${modules}/x.js`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
export const given = JSON.parse(readFileSync(0, 'utf8'));
export const say = (what, value) => console.log(JSON.stringify({ [what]: value }));
export { shots, url };

// The code of the moment, as an authenticator makes it: one that the test made is too old when a slow machine
// comes to it.
function codeOf(person) {
	if (!person.secret)
		return person.code;
	let bits = '';
	for (const c of person.secret.replace(/=+$/, ''))
		bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0');
	const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2))), step = Buffer.alloc(8);
	step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)));
	const mac = createHmac('sha1', key).update(step).digest();
	return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

// Runs `work(seat)` in a browser that is closed whatever happens: seat(person) is a page, signed in.
export async function browse(work) {
	const errors = [], foreign = [];
	const browser = await chromium.launch({
		executablePath: '/usr/bin/chromium',
		args: [
			...(process.getuid() === 0 ? ['--no-sandbox'] : []), // chromium refuses a sandbox to root
			`--host-resolver-rules=MAP ${new URL(url).hostname} 127.0.0.1`,
			`--ignore-certificate-errors-spki-list=${spki}`, // this certificate's key, and no other
		],
	});
	try {
		await work(async (person) => {
			const page = await (await browser.newContext({ viewport: { width: 1280, height: 720 }, locale: 'ja-JP' })).newPage();
			page.on('console', (m) => m.type() === 'error' && errors.push(m.text()));
			page.on('pageerror', (e) => errors.push(String(e)));
			page.on('request', (r) => !r.url().startsWith(url) && !r.url().startsWith('data:') && !r.url().startsWith(`blob:${url}/`) && foreign.push(r.url()));
			if (person) {
				await page.goto(`${url}/`);
				await page.fill('#field-user', person.user);
				await page.fill('#field-password', person.password);
				await page.fill('#field-code', codeOf(person));
				await page.keyboard.press('Enter');
				await page.waitForSelector('nav.menu');
			}
			return page;
		});
	} finally {
		say('errors', errors);
		say('foreign', foreign);
		await browser.close();
	}
}

// By the menu, as people go.
export async function go(page, title, ready) {
	await page.locator('nav.menu').getByRole('link', { name: title, exact: true }).click();
	await page.waitForSelector(ready);
}

// A picture; axe; and 200 %: half the width, where nothing may need sideways scrolling. axe itself is put in
// past the page's own policy, as a debugger would.
export async function judged(page, name) {
	await page.screenshot({ path: `${shots}/${name}.png` });
	await page.evaluate(axe);
	const found = await page.evaluate(() => window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] }));
	say('axe', { name, found: found.violations.map((v) => ({ id: v.id, impact: v.impact, where: v.nodes.map((n) => n.html).slice(0, 3) })) });
	await page.setViewportSize({ width: 640, height: 360 });
	say('wide', { name, over: await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth) });
	await page.screenshot({ path: `${shots}/${name}-200.png` });
	await page.setViewportSize({ width: 1280, height: 720 });
}
