/* 設定: what the configuration says, and the accounts. Each part is a module; which ones somebody
 * sees follows his roles, and the engine refuses the rest. */
import { Tabs, html, useState } from '../lib/ui.js';
import Holidays from './holidays.js';
import Keys from './keys.js';
import Places from './places.js';
import Stops from './stops.js';
import Users from './users.js';

const parts = [
	['users', '利用者', ['administrator'], Users],
	['places', '部署・電話・料金', ['administrator', 'manager', 'auditor'], Places],
	['stops', '停止要望', ['manager', 'staff', 'auditor'], Stops],
	['holidays', '祝日', ['administrator', 'manager', 'staff', 'operator', 'auditor'], Holidays],
	['keys', 'すべての項目', ['administrator'], Keys],
];

export default function Settings({ who }) {
	const mine = parts.filter(([, , roles]) => roles.some((r) => who.roles.includes(r)));
	const [at, go] = useState(mine[0][0]);
	const [, title, , Part] = mine.find(([id]) => id === at);
	return html`<${Tabs} label="設定の種類" tabs=${mine.map(([id, words]) => [id, words])} at=${at} onGo=${go} />
		<section aria-label=${title} id="part"><${Part} key=${at} who=${who} /></section>`;
}
