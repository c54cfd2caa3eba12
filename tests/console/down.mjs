// What a browser shows while the engine is down.   node down.mjs MODULES URL CA-SPKI SHOTS
import { createRequire } from 'node:module';

const [modules, url, spki, shots] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/x.js`)('playwright-core');
const browser = await chromium.launch({
	executablePath: '/usr/bin/chromium',
	args: [...(process.getuid() === 0 ? ['--no-sandbox'] : []), `--host-resolver-rules=MAP ${new URL(url).hostname} 127.0.0.1`,
		`--ignore-certificate-errors-spki-list=${spki}`],
});
try {
	const page = await (await browser.newContext({ viewport: { width: 1280, height: 720 }, locale: 'ja-JP' })).newPage();
	await page.goto(`${url}/`);
	await page.waitForSelector('[role=alert]');
	await page.screenshot({ path: `${shots}/down.png` });
	console.log(JSON.stringify({ alert: await page.locator('[role=alert]').innerText() }));
} finally {
	await browser.close();
}
