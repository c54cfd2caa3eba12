// 配信業務 from the upload of a file to its results, by three people before one console: staff prepare and
// submit, a manager approves and starts, an operator looks. What they saw comes out as JSON lines.
//
//   node campaign.mjs MODULES URL CA-SPKI SHOTS < {"staff":…,"manager":…,"operator":…,"file":…,"bad":…}
import { readFileSync } from 'node:fs';
import { browse, given, go, judged, say } from './seat.mjs';

const step = async (page, title) => {
	await page.locator('nav.steps').getByRole('link', { name: title }).click();
	await page.waitForFunction((t) => document.getElementById('h-step')?.textContent === t, title);
};
const main = (page) => page.locator('main').innerText();
const state = (page, wanted) => page.waitForSelector(`.run-head [data-state=${wanted}]`);
const settled = (page) => page.waitForFunction(() => !document.querySelector('main .wait'));

async function put(page, path) {
	await page.setInputFiles('#field-file', path);
	await page.getByRole('button', { name: 'ファイルを渡す' }).click();
}

// One person's whole name: not without a reason, and gone again at a word.
async function unmask(page) {
	const row = page.locator('main tr', { hasText: '100001' });
	await row.getByRole('button', { name: '氏名・番号' }).click();
	await page.waitForSelector('dialog[open]');
	await page.getByRole('button', { name: '表示する', exact: true }).click();
	await page.waitForSelector('dialog [role=alert]');
	say('no-reason', await page.locator('dialog [role=alert]').innerText());
	await judged(page, 'work-unmask');
	await page.fill('#field-unmask-reason', '列の対応の確認');
	await page.getByRole('button', { name: '表示する', exact: true }).click();
	await page.waitForSelector('.unmasked');
	say('unmasked', await page.locator('.unmasked').innerText());
	await page.getByRole('button', { name: '伏せる', exact: true }).click();
	await page.waitForSelector('.unmasked', { state: 'detached' });
	say('masked', await row.innerText());
}

async function prepare(page) {
	await go(page, '配信業務', 'a.button');
	await judged(page, 'work');
	await page.getByRole('link', { name: '新しい配信を準備する' }).click();
	await page.waitForSelector('input[name=campaign]');
	await page.getByLabel('試験の配信業務').check();
	await page.waitForSelector('#field-file');
	await judged(page, 'work-new');
	// a file that cannot be used, then the right one
	await put(page, given.bad);
	await page.waitForSelector('[role=alert]');
	say('refused', await main(page));
	await judged(page, 'work-refused');
	await page.getByRole('button', { name: '別のファイルを渡す' }).click();
	await put(page, given.file);
	await state(page, 'draft');
	await settled(page);
	await page.getByRole('button', { name: 'はじめの5人を表示する' }).click();
	await page.waitForSelector('main table');
	await page.waitForFunction(() => [...document.querySelectorAll('main caption')].some((c) => c.textContent.startsWith('はじめの')));
	say('file', await main(page));
	await judged(page, 'work-file');
	await unmask(page);
	for (const [title, name] of [['目的と対象', 'purpose'], ['シナリオ・文面', 'texts'], ['日程', 'days'], ['確認', 'check'], ['見込み', 'forecast']]) {
		await step(page, title);
		await settled(page);
		if (name === 'forecast')
			await page.waitForSelector('.finding');
		say(name, await main(page));
		await judged(page, `work-${name}`);
	}
}

// The checklist by keyboard alone: nothing can be sent before all of it is ticked.
async function tick(page, button) {
	const boxes = page.locator('.checklist input[type=checkbox]');
	const before = await page.getByRole('button', { name: button }).isDisabled();
	for (let i = 0; i < await boxes.count(); i++) {
		await boxes.nth(i).focus();
		await page.keyboard.press('Space');
	}
	return before && await page.getByRole('button', { name: button }).isEnabled();
}

async function act(page, title) {
	await page.locator('.run-acts').getByRole('button', { name: title, exact: true }).click();
	await page.waitForSelector('dialog[open]');
	await page.locator('dialog .buttons button').last().click();
	await page.waitForSelector('dialog', { state: 'detached' });
}

await browse(async (seat) => {
	const staff = await seat(given.staff);
	await prepare(staff);
	await step(staff, '提出・承認');
	await judged(staff, 'work-submit');
	await staff.getByRole('link', { name: '周知票を開く' }).click();
	await staff.waitForSelector('.sheet');
	say('sheet', await main(staff));
	await judged(staff, 'work-notice');
	await staff.goBack();
	await staff.waitForSelector('.checklist');
	say('ticked', await tick(staff, '承認者に提出する'));
	await staff.getByRole('button', { name: '承認者に提出する' }).click();
	await state(staff, 'submitted');
	await staff.waitForSelector('[role=status].notice');
	say('submitted', await main(staff));

	const manager = await seat(given.manager);
	await go(manager, '配信業務', '[data-run]');
	await manager.locator('section[aria-labelledby=h-wait] a').click();
	await manager.waitForSelector('.checklist');
	say('hash', await manager.locator('code.hash').innerText());
	await judged(manager, 'work-approve');
	say('ticked', await tick(manager, 'この内容で承認する'));
	await manager.getByRole('button', { name: 'この内容で承認する' }).click();
	await state(manager, 'approved');
	await step(manager, '配信');
	await judged(manager, 'work-operate');
	await act(manager, '配信を始める');
	await manager.waitForFunction(() => ['running', 'closed'].includes(document.querySelector('.run-head [data-state]')?.dataset.state));
	await state(manager, 'closed');
	await step(manager, '結果');
	await manager.waitForSelector('tr[data-code="10"]');
	say('results', await main(manager));
	await manager.waitForSelector('td button:enabled');
	const coming = manager.waitForEvent('download');
	await manager.locator('tr', { hasText: 'kekka' }).getByRole('button', { name: '受け取る' }).first().click();
	const file = await coming;
	say('file-name', file.suggestedFilename());
	say('file-text', readFileSync(await file.path()).toString('base64'));
	await judged(manager, 'work-results');

	// and a second run: paused, resumed, closed by the one who may
	const operator = await seat(given.operator);
	await go(operator, '本日の状況', 'section[aria-labelledby=h-day]');
	await operator.waitForSelector('svg.chart');
	say('day', await main(operator));
	await judged(operator, 'today-day');
	await go(operator, '配信業務', 'a.button');
	await operator.locator('section[aria-labelledby=h-open] a').first().click();
	await state(operator, 'approved');
	await step(operator, '配信');
	await act(operator, '配信を始める');
	await state(operator, 'running');
	await act(operator, '一時停止する');
	await state(operator, 'paused');
	await act(operator, '再開する');
	await state(operator, 'running');
	say('operator', await operator.locator('.run-acts button').allInnerTexts());
	await judged(operator, 'work-running');
	await manager.evaluate(() => { location.hash = '#work/run/1/operate'; });
	await manager.waitForSelector('.run-acts button');
	await state(manager, 'running');
	await act(manager, 'この配信を終了する');
	await state(manager, 'closed');
	say('closed', await main(manager));
	await manager.evaluate(() => { location.hash = '#work/campaign/saikoku'; });
	await manager.waitForSelector('table.calendar');
	await judged(manager, 'work-campaign');
});
