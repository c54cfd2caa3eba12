// A browser before the console: signs in by keyboard, reads 本日の状況, stops one run and then all.
// What it saw comes out as JSON lines on standard output; the Python test beside it judges.
//
//   node today.mjs MODULES URL CA-SPKI SHOTS < {"user":…,"password":…,"code":…,"link":…}
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const [modules, url, spki, shots] = process.argv.slice(2);
const require = createRequire(`${modules}/x.js`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const given = JSON.parse(readFileSync(0, 'utf8'));
const say = (what, value) => console.log(JSON.stringify({ [what]: value }));
const host = new URL(url);

const browser = await chromium.launch({
	executablePath: '/usr/bin/chromium',
	args: [
		...(process.getuid() === 0 ? ['--no-sandbox'] : []), // chromium refuses a sandbox to root
		`--host-resolver-rules=MAP ${host.hostname} 127.0.0.1`,
		`--ignore-certificate-errors-spki-list=${spki}`, // this certificate's key, and no other
	],
});
const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, locale: 'ja-JP' });
const page = await context.newPage();
const errors = [], foreign = [];
page.on('console', (m) => m.type() === 'error' && errors.push(m.text()));
page.on('pageerror', (e) => errors.push(String(e)));
page.on('request', (r) => !r.url().startsWith(url) && !r.url().startsWith('data:') && foreign.push(r.url()));

// axe itself is put in past the page's own policy, as a debugger would.
async function judged(name) {
	await page.screenshot({ path: `${shots}/${name}.png` });
	await page.evaluate(axe);
	const found = await page.evaluate(() => window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] }));
	say('axe', { name, found: found.violations.map((v) => ({ id: v.id, impact: v.impact, where: v.nodes.map((n) => n.html).slice(0, 3) })) });
	// 200 %: half the width; nothing may need sideways scrolling
	await page.setViewportSize({ width: 640, height: 360 });
	say('wide', { name, over: await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth) });
	await page.setViewportSize({ width: 1280, height: 720 });
}

try {
	await page.goto(`${url}/#invite=${given.invite}`);
	await page.waitForSelector('svg.qr');
	await judged('invite');
	await page.goto('about:blank');
	await page.goto(`${url}/`);
	await page.waitForSelector('#field-user');
	await judged('signin');
	// a wrong password: words, and the form again
	await page.fill('#field-user', given.user);
	await page.fill('#field-password', 'wrong');
	await page.fill('#field-code', '000000');
	await page.keyboard.press('Enter');
	say('wrong', await page.locator('[role=alert]').innerText());
	// by keyboard alone
	await page.focus('#field-user');
	await page.keyboard.press('ControlOrMeta+a');
	await page.keyboard.type(given.user);
	await page.keyboard.press('Tab');
	await page.keyboard.press('ControlOrMeta+a');
	await page.keyboard.type(given.password);
	await page.keyboard.press('Tab');
	await page.keyboard.press('ControlOrMeta+a');
	await page.keyboard.type(given.code);
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await page.waitForSelector('tr[data-run="1"]');
	say('cookie', await page.evaluate(() => document.cookie));
	say('rows', await page.locator('tr[data-run]').allInnerTexts());
	say('figures', await page.locator('.figure').allInnerTexts());
	await judged('today');
	// one: Escape says no, then yes
	await page.locator('tr[data-run="1"] button').click();
	await page.waitForSelector('dialog[open]');
	await judged('stop');
	await page.keyboard.press('Escape');
	await page.waitForSelector('dialog', { state: 'detached' });
	say('after-escape', await page.locator('tr[data-run="1"] .state').innerText());
	await page.locator('tr[data-run="1"] button').click();
	await page.locator('dialog .button-danger').click();
	await page.waitForFunction(() => document.querySelector('tr[data-run="1"] .state')?.textContent === '緊急停止');
	say('said', await page.locator('[role=status].notice').innerText());
	say('after-one', await page.locator('tr[data-run] .state').allInnerTexts());
	await page.getByRole('button', { name: 'すべて緊急停止' }).click();
	await page.locator('dialog .button-danger').click();
	await page.waitForFunction(() => [...document.querySelectorAll('tr[data-run] .state')].every((s) => s.textContent === '緊急停止'));
	await judged('stopped');
	await page.getByRole('button', { name: 'サインアウト' }).click();
	await page.waitForSelector('#field-user');
	say('signed-out', page.url());
	// the engine goes: since when, and whom to ring
	say('ready', true);
	await new Promise((go) => setTimeout(go, 0));
} finally {
	say('errors', errors);
	say('foreign', foreign);
	await browser.close();
}
