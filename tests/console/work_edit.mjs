// 配信業務 changed in the form: its waves on the week calendar, the same file as XML, what is wrong, saved as an
// edition, and taken back.
//
//   node work_edit.mjs MODULES URL CA-SPKI SHOTS < {"staff":…,"auditor":…}
import { browse, given, judged, say } from './seat.mjs';

const tab = async (page, name, ready) => {
	await page.getByRole('navigation', { name: '配信業務の変更' }).getByRole('button', { name, exact: true }).click();
	await page.waitForSelector(ready);
};
const settled = (page, words) => page.waitForFunction((w) => document.querySelector('#h-found + p').innerText.includes(w), words);
const openings = (page) => page.locator('.calendar p.window').allInnerTexts();

await browse(async (seat) => {
	const page = await seat(given.staff);
	await page.evaluate(() => { location.hash = '#work/campaign/saikoku'; });
	await page.getByRole('link', { name: 'この業務を変更する' }).click();
	await page.waitForSelector('.wave-form');
	await settled(page, '誤りはありません');
	await page.waitForSelector('.calendar p.window');
	say('before', await openings(page));
	say('waves', await page.locator('.wave-form > legend').allInnerTexts());

	// by keyboard: another end of the window, and a day more
	await page.locator('#field-w1-0-to').fill('8:00');
	await settled(page, '誤りが');
	say('wrong', await page.locator('.problems').innerText());
	say('locked', await page.getByRole('button', { name: '保存する' }).isDisabled());
	await judged(page, 'work-edit-wrong');
	await page.locator('#field-w1-0-to').fill('18:30');
	await page.locator('#field-w1-attempts').fill('2');
	await page.selectOption('#field-scenario', 'spare');
	await page.locator('#field-w1-attempts').focus();
	await page.keyboard.press('Tab');
	say('focus', await page.evaluate(() => document.activeElement.id));
	await page.getByRole('button', { name: 'SMSを加える' }).click();
	await page.locator('#field-w2-text').waitFor();
	await page.locator('#field-w2-from-day').fill('1');
	await page.locator('#field-w2-to-day').fill('1');
	for (const day of ['sat', 'sun', 'holidays'])
		await page.locator(`input[name="w2-0-days"][value=${day}]`).check();
	await page.getByRole('button', { name: '結果ごとの間隔を加える 1回目' }).click();
	await settled(page, '誤りはありません');
	await page.waitForFunction(() => [...document.querySelectorAll('.calendar p.window')].some((p) => p.innerText.includes('SMS')));
	say('after', await openings(page));
	await judged(page, 'work-edit');
	await page.locator('.calendar').scrollIntoViewIfNeeded();
	await judged(page, 'work-edit-week');

	// the same as a file; what is no XML cannot be drawn as a form, and is not lost
	await tab(page, 'ファイル(XML)', '#field-xml');
	const xml = await page.locator('#field-xml').inputValue();
	say('xml', xml);
	await page.locator('#field-xml').fill(xml.replace('</campaign>', ''));
	await settled(page, '誤りが');
	await tab(page, '予定と内容', '.notice');
	say('broken', await page.locator('.notice').innerText());
	await tab(page, 'ファイル(XML)', '#field-xml');
	await page.locator('#field-xml').fill(xml);
	await settled(page, '誤りはありません');
	await judged(page, 'work-edit-xml');
	await page.fill('#field-note', 'SMSを足した');
	await page.getByRole('button', { name: '保存する' }).click();
	await page.waitForSelector('.notice-info');
	say('saved', await page.locator('.notice-info').innerText());

	await tab(page, '版と取り込み', '.versions tbody tr:nth-child(2)');
	say('versions', await page.locator('.versions tbody tr').allInnerTexts());
	await page.getByRole('button', { name: '違い 第2版' }).click();
	await page.waitForSelector('.diff');
	say('diff', await page.locator('.diff tbody tr').allInnerTexts());
	await judged(page, 'work-edit-versions');
	await page.getByRole('button', { name: 'この版に戻す 第1版' }).click();
	await page.getByRole('button', { name: '戻す', exact: true }).click();
	await page.waitForSelector('.versions tbody tr:nth-child(3)');
	await tab(page, '予定と内容', '.wave-form');
	await page.waitForFunction(() => document.querySelectorAll('.wave-form').length === 1);
	say('back', await page.locator('.wave-form > legend').allInnerTexts());

	const auditor = await seat(given.auditor);
	await auditor.evaluate(() => { location.hash = '#work/campaign/saikoku/form'; });
	await auditor.waitForSelector('.versions');
	say('looks', await auditor.getByRole('navigation', { name: '配信業務の変更' }).getByRole('button').allInnerTexts());
	say('may', await auditor.getByRole('button', { name: /この版に戻す/ }).count() + await auditor.locator('.import').count());
});
