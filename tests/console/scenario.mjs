// シナリオ: the flow drawn, a walk by clicked keys, and a sentence that is really heard, with its reading: the audio
// element plays to its end.
//
//   node scenario.mjs MODULES URL CA-SPKI SHOTS < {"staff":…}
import { readFileSync } from 'node:fs';
import { browse, given, go, judged, say, shots } from './seat.mjs';

const view = async (page, name, ready) => {
	await page.getByRole('navigation', { name: 'シナリオの見かた' }).getByRole('button', { name, exact: true }).click();
	await page.waitForSelector(ready);
};

const listen = (page) => page.evaluate(() => {
	window.heard = [];
	for (const name of ['playing', 'ended', 'error'])
		document.querySelector('audio').addEventListener(name, () => window.heard.push(name));
});

await browse(async (seat) => {
	const page = await seat(given.staff);
	await go(page, 'シナリオ', '.node');
	say('nodes', await page.locator('.node').allInnerTexts());
	say('ways', await page.locator('.arrow-words').allInnerTexts());
	say('arrows', await page.locator('path.arrow').count());
	await judged(page, 'scenario-flow');

	// a whole document of the city, too
	await page.selectOption('#of', 'zbig');
	await page.waitForSelector('.node[data-node="r1-1"]');
	say('big', await page.locator('.node').count());
	await judged(page, 'scenario-flow-reminder');
	await page.getByRole('checkbox').check();
	await page.locator('.drawing').evaluate((d) => { d.style.maxHeight = 'none'; });
	await page.locator('.drawing').screenshot({ path: `${shots}/scenario-flow-whole.png` });
	await page.selectOption('#of', 'saikoku');
	await page.waitForSelector('.node[data-node="a-1"]');

	// by keyboard alone: the next box, and what it says
	await page.locator('.node').first().focus();
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	say('chosen', [await page.locator('.node[aria-pressed="true"]').getAttribute('data-node'), await page.locator('.box h2').innerText()]);

	await view(page, 'たどってみる', '.pad');
	const steps = [];
	for (const key of given.walk) {
		const before = await page.locator('.did').count();
		if (before === 2)
			await judged(page, 'scenario-try');
		await page.getByRole('group', { name: '押すキー' }).getByRole('button', { name: key, exact: true }).click();
		await page.waitForFunction((n) => document.querySelectorAll('.did').length > n, before);
		steps.push(await page.locator('.said > div').last().innerText());
	}
	say('steps', steps);
	say('over', await page.locator('.walk').innerText());
	await judged(page, 'scenario-tried');

	await view(page, '文の一覧', '.flow .box');
	say('boxes', await page.locator('.box').allInnerTexts());
	await judged(page, 'scenario');
	const sentence = page.locator('.says', { has: page.getByRole('button') }).first();
	say('sentence', await sentence.locator('p').innerText());
	await listen(page);
	await sentence.getByRole('button').click();
	await page.waitForFunction(() => window.heard.includes('ended') || window.heard.includes('error'));
	say('heard', await page.evaluate(() => window.heard));
	say('seconds', await page.evaluate(() => document.querySelector('audio').duration));
	say('reading', await page.locator('.reading').innerText());
	await judged(page, 'scenario-heard');

	// a document that would leak is refused at its line; one that does not is the next version, and is heard
	await view(page, '版と取り込み', '.import');
	const hand = async (name, words, ready) => {
		await page.setInputFiles('#document', { name, mimeType: 'application/voicexml+xml', buffer: Buffer.from(words) });
		await page.getByRole('button', { name: '調べて取り込む' }).click();
		await page.waitForSelector(ready);
	};
	await hand('leaks.vxml', given.leaks, '.problems');
	say('refused', await page.locator('.import').innerText());
	await judged(page, 'scenario-refused');
	await page.fill('#field-note', 'あいさつを直した');
	await hand('good.vxml', given.good, '.import .notice-info');
	say('taken', await page.locator('.import').innerText());
	await page.waitForSelector('.versions tbody tr:nth-child(2)');
	say('versions', await page.locator('.versions tbody tr').allInnerTexts());
	await page.getByRole('button', { name: '違い 第2版' }).click();
	await page.waitForSelector('.diff');
	say('diff', await page.locator('.diff tbody tr').allInnerTexts());
	await judged(page, 'scenario-versions');
	const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'VoiceXMLを書き出す' }).click()]);
	say('exported', readFileSync(await file.path(), 'utf8') === given.good);
	await view(page, '文の一覧', '.flow .box');
	say('after', await page.locator('.box').first().innerText());
	await listen(page);
	await page.locator('.says', { has: page.getByRole('button') }).first().getByRole('button').click();
	await page.waitForFunction(() => window.heard.includes('ended') || window.heard.includes('error'));
	say('heard2', await page.evaluate(() => window.heard));
	await view(page, '版と取り込み', '.versions');
	await page.getByRole('button', { name: 'この版に戻す 第1版' }).click();
	await page.getByRole('button', { name: '戻す', exact: true }).click();
	await page.waitForSelector('.versions tbody tr:nth-child(3)');
	say('back', await page.locator('.versions tbody tr').allInnerTexts());
});
