// シナリオ: the boxes of a campaign's calls, and a sentence that is really heard: the audio element plays to its end.
//
//   node scenario.mjs MODULES URL CA-SPKI SHOTS < {"staff":…}
import { browse, given, go, judged, say } from './seat.mjs';

await browse(async (seat) => {
	const page = await seat(given.staff);
	await go(page, 'シナリオ', '.box');
	say('boxes', await page.locator('.box').allInnerTexts());
	await judged(page, 'scenario');
	const sentence = page.locator('.says', { has: page.getByRole('button') }).first();
	say('sentence', await sentence.locator('p').innerText());
	await page.evaluate(() => {
		window.heard = [];
		for (const name of ['playing', 'ended', 'error'])
			document.querySelector('audio').addEventListener(name, () => window.heard.push(name));
	});
	await sentence.getByRole('button').click();
	await page.waitForFunction(() => window.heard.includes('ended') || window.heard.includes('error'));
	say('heard', await page.evaluate(() => window.heard));
	say('seconds', await page.evaluate(() => document.querySelector('audio').duration));
	await judged(page, 'scenario-heard');
});
