// 設定 as an administrator, then SMS文面, 着信対応 and 停止要望 as a manager.
import { browse, given, go, judged, say, url } from './seat.mjs';

const tab = (page, name) => page.locator('nav.tabs').getByRole('button', { name, exact: true }).click();
const said = (page) => page.locator('[role=status].notice, [role=alert].notice').first().innerText();

async function administrator(seat) {
	const page = await seat(given.administrator);
	say('menu', await page.locator('nav.menu a').allInnerTexts());
	await go(page, '設定', 'tr[data-user]');
	await judged(page, 'settings-users');
	// a new account, by keyboard: the link is shown once
	await page.getByRole('button', { name: '利用者を登録する' }).focus();
	await page.keyboard.press('Enter');
	await page.fill('#field-user', 'hanako');
	await page.fill('#field-name', '高遠 花子');
	await page.selectOption('#field-department', 'zeimu');
	await page.getByLabel('管理者', { exact: true }).check();
	await judged(page, 'settings-user-form');
	await page.getByRole('button', { name: '登録してリンクを作る' }).click();
	await page.waitForSelector('#field-link');
	say('link', await page.inputValue('#field-link'));
	await page.waitForSelector('tr[data-user=hanako]');
	say('made', await page.locator('tr[data-user=hanako]').innerText());
	await judged(page, 'settings-user-link');
	// a name that is taken: what is wrong, and the form still there
	await page.getByRole('button', { name: '利用者を登録する' }).click();
	await page.fill('#field-user', 'hanako');
	await page.fill('#field-name', '別人');
	await page.selectOption('#field-department', 'zeimu');
	await page.getByRole('button', { name: '登録してリンクを作る' }).click();
	await page.waitForSelector('form [role=alert]');
	say('taken', await page.locator('form [role=alert]').innerText());
	await page.getByRole('button', { name: 'やめる' }).click();
	// role, then the whole account
	await page.locator('tr[data-user=tanto]').getByRole('button', { name: '変更' }).click();
	await page.getByLabel('担当者', { exact: true }).uncheck();
	await page.getByLabel('監査担当者', { exact: true }).check();
	await page.getByRole('button', { name: '変更する' }).click();
	await page.waitForFunction(() => document.querySelector('tr[data-user=tanto]')?.innerText.includes('監査担当者'));
	await page.locator('tr[data-user=tanto]').getByRole('button', { name: '停止' }).click();
	await page.waitForSelector('dialog[open]');
	await page.locator('dialog .button-danger').click();
	await page.waitForFunction(() => document.querySelector('tr[data-user=tanto]')?.innerText.includes('停止中'));
	// a hardware token: a seed that is none, then the right one
	await page.locator('tr[data-user=ido1]').getByRole('button', { name: '機器' }).click();
	await page.selectOption('#field-kind', 'hotp');
	await page.fill('#field-seed', 'no seed');
	await page.getByRole('button', { name: '割り当てる', exact: true }).click();
	await page.waitForSelector('form [role=alert]');
	say('seed', await page.locator('form [role=alert]').innerText());
	await judged(page, 'settings-token');
	await page.fill('#field-seed', '3132333435363738393031323334353637383930');
	await page.getByRole('button', { name: '割り当てる', exact: true }).click();
	await page.waitForFunction(() => document.querySelector('tr[data-user=ido1]')?.innerText.includes('トークン'));
	// it is lost: the new link is for a telephone again
	await page.locator('tr[data-user=ido1]').getByRole('button', { name: 'リンク' }).click();
	await page.waitForSelector('dialog[open]');
	await page.getByLabel('機器をなくしたか').check();
	await judged(page, 'settings-token-lost');
	await page.locator('dialog .buttons button').last().click();
	await page.waitForSelector('#field-link');
	await page.waitForFunction(() => !document.querySelector('tr[data-user=ido1]')?.innerText.includes('トークン'));
	// the end of the year: two at once
	for (const user of ['ido1', 'ido2'])
		await page.getByLabel(`${user} を選ぶ`).check();
	await page.getByRole('button', { name: '選んだ人の異動' }).click();
	await page.selectOption('#field-to', 'kokuho');
	await judged(page, 'settings-transfer');
	await page.getByRole('button', { name: '異動する' }).click();
	await page.waitForFunction(() => document.querySelector('tr[data-user=ido2]')?.innerText.includes('保険課'));
	say('moved', await said(page));
	await tab(page, '部署・電話・料金');
	await page.waitForSelector('#h-departments');
	say('places', await page.locator('#part').innerText());
	await judged(page, 'settings-places');
	await tab(page, '祝日');
	await page.waitForSelector('ul.columns');
	say('holidays', await page.locator('#part').innerText());
	await judged(page, 'settings-holidays');
	await tab(page, 'すべての項目');
	await page.fill('#field-wanted', 'session');
	await page.waitForSelector('details[open]');
	say('keys', await page.locator('#part').innerText());
	await judged(page, 'settings-keys');
}

async function manager(seat) {
	const page = await seat(given.manager);
	await go(page, 'SMS文面', 'article');
	say('texts', await page.locator('article').allInnerTexts());
	await judged(page, 'texts-list');
	await page.fill('#field-template', '伊那市{department}です。{phone}へお電話ください。');
	await page.waitForSelector('#h-try ~ div .state-active');
	say('tried', await page.locator('#h-try ~ div .sms').innerText());
	await judged(page, 'texts');
	await page.fill('#field-template', '滞納があります。{phone}');
	await page.waitForSelector('#h-try ~ div [role=alert]');
	say('refused', await page.locator('#h-try ~ div [role=alert]').innerText());
	await judged(page, 'texts-refused');
	await page.fill('#field-run', '1');
	await page.fill('#field-person', given.person);
	await page.getByRole('button', { name: '見る', exact: true }).click();
	await page.waitForSelector('#h-one ~ div .sms');
	say('preview', await page.locator('#h-one ~ div').last().innerText());
	await go(page, '着信対応', 'article[data-number]');
	say('inbound', await page.locator('main').innerText());
	await judged(page, 'inbound');
	await go(page, '設定', 'nav.tabs');
	say('tabs', await page.locator('nav.tabs button').allInnerTexts());
	await tab(page, '停止要望');
	await page.getByText('停止要望を登録する').click();
	// the second as an input method leaves it
	for (const [i, number] of ['0265-78-4199', '０２６５ー７８ー４１９７'].entries()) {
		await page.fill('#field-number', number);
		await page.fill('#field-reason', '窓口での申出');
		await page.getByRole('button', { name: '登録する', exact: true }).click();
		await page.locator('#part tbody tr').nth(i).waitFor();
	}
	say('stops', await page.locator('#part tbody').innerText());
	await judged(page, 'settings-stops');
	// lifted: by no number that has no stop, by none of another row, then by the right one
	await page.locator('#part tbody tr', { hasText: '199' }).getByRole('button', { name: '解除' }).click();
	await page.fill('#field-why', '本人から撤回の申出');
	for (const number of ['0265-78-4198', '0265-78-4197']) {
		await page.fill('#field-lifted', number);
		const answer = page.waitForResponse(/number\.end/);
		await page.getByRole('button', { name: '解除する', exact: true }).click();
		await (await answer).finished();
		await page.waitForSelector('form [role=alert]');
		say('not-lifted', await page.locator('form [role=alert]').innerText());
	}
	await judged(page, 'settings-stops-lift');
	await page.fill('#field-lifted', '０２６５−７８−４１９９');
	await page.getByRole('button', { name: '解除する', exact: true }).click();
	await page.waitForFunction(() => document.querySelectorAll('#part tbody tr').length === 1);
	say('lifted', await said(page));
	say('at', url);
}

await browse(async (seat) => {
	await administrator(seat);
	await manager(seat);
});
