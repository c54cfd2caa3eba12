// SMS文面: a text is sent to a telephone of the staff, and changed by one of the staff: refused while it says too much, saved, compared, taken back.
//
//   node texts.mjs MODULES URL CA-SPKI SHOTS < {"staff":…, "auditor":…}
import { browse, given, go, judged, say } from './seat.mjs';

async function trial(page) {
	await page.waitForSelector('#field-trial-to');
	say('numbers', await page.locator('#field-trial-to option').allInnerTexts());
	const send = page.getByRole('button', { name: '試し送りする' });
	await send.click();
	await page.waitForSelector('dialog[open]');
	say('trial-asked', await page.locator('dialog[open]').innerText());
	await judged(page, 'text-trial');
	await page.getByRole('button', { name: '送る', exact: true }).click();
	await page.waitForSelector('#h-trial ~ .notice-info');
	await page.waitForFunction(() => document.querySelector('#h-trials ~ .wide tbody')?.innerText.includes('着信しました'));
	say('trial', await page.locator('#h-trials ~ .wide tbody').innerText());
	await page.locator('#h-trial').scrollIntoViewIfNeeded();
	await judged(page, 'text-trial-sent');
	await send.click();
	await page.getByRole('button', { name: '送る', exact: true }).click();
	await page.waitForSelector('#h-trial ~ [role=alert]');
	say('trial-again', await page.locator('#h-trial ~ [role=alert]').innerText());
}

async function staff(seat) {
	const page = await seat(given.staff);
	await go(page, 'SMS文面', 'article');
	await trial(page);
	await page.locator('article').first().getByRole('button', { name: '変更・版' }).click();
	await page.waitForSelector('#field-write');
	say('none', await page.locator('#h-editions ~ p').innerText());
	const save = page.getByRole('button', { name: '保存する' });
	say('same', await save.isDisabled());
	await page.waitForSelector('.written .state-active');
	await judged(page, 'text-edit');

	await page.fill('#field-write', '市税の滞納があります。');
	await page.waitForSelector('.written [role=alert]');
	say('refused', [await page.locator('.written').innerText(), await save.isDisabled()]);
	await judged(page, 'text-edit-refused');
	await page.fill('#field-write', '{amount}円です。');
	await page.waitForFunction(() => document.querySelector('.written [role=alert]')?.innerText.includes('使えない値'));
	say('unknown', await page.locator('.written').innerText());

	await page.fill('#field-write', given.begin);
	await page.getByRole('group', { name: '文面に入れる値' }).getByRole('button', { name: '担当課の電話番号' }).click();
	await page.keyboard.type(given.end);
	await page.waitForSelector('.written .state-active');
	say('live', await page.locator('.written').innerText());
	await page.fill('#field-note', given.note);
	await save.click();
	await page.waitForSelector('.notice-info');
	say('saved', await page.locator('.notice-info').innerText());
	await page.waitForSelector('.editions li');
	await page.locator('.editions li').first().locator('summary').click();
	await page.waitForSelector('.difference');
	say('editions', await page.locator('.editions li').allInnerTexts());
	say('gone', await page.locator('.difference del').allTextContents());
	say('new', await page.locator('.difference ins').allTextContents());
	await page.locator('.difference').scrollIntoViewIfNeeded();
	await judged(page, 'text-editions');

	await page.getByRole('button', { name: 'この版に戻す' }).first().click();
	await page.waitForSelector('dialog[open]');
	await judged(page, 'text-restore');
	await page.getByRole('button', { name: '戻す', exact: true }).click();
	await page.waitForFunction(() => document.querySelectorAll('.editions li').length === 3);
	say('back', await page.locator('#field-write').inputValue());
}

async function auditor(seat) {
	const page = await seat(given.auditor);
	await go(page, 'SMS文面', 'article');
	await page.locator('article').first().getByRole('button', { name: '版' }).click();
	await page.waitForSelector('.editions li');
	say('auditor', [await page.locator('#field-write').count(), await page.locator('#h-trial').count(), await page.getByRole('button', { name: 'この版に戻す' }).count()]);
}

await browse(async (seat) => {
	await staff(seat);
	await auditor(seat);
});
