/* The pages: one module each. `roles`: who finds it in the menu (what he may do there, the engine
 * decides). A new page is a module under pages/ and a line here. */
export const pages = [
	{
		path: 'today',
		title: '本日の状況',
		roles: ['administrator', 'manager', 'staff', 'operator', 'auditor', 'vendor'],
		load: () => import('./pages/today.js'),
	},
	{
		path: 'work',
		title: '配信業務',
		roles: ['administrator', 'manager', 'staff', 'operator', 'auditor'],
		load: () => import('./pages/work.js'),
	},
	{
		path: 'scenario',
		title: 'シナリオ',
		roles: ['administrator', 'manager', 'staff', 'operator', 'auditor'],
		load: () => import('./pages/scenario.js'),
	},
	{
		path: 'texts',
		title: 'SMS文面',
		roles: ['administrator', 'manager', 'staff', 'operator', 'auditor'],
		load: () => import('./pages/texts.js'),
	},
	{
		path: 'inbound',
		title: '着信対応',
		roles: ['administrator', 'manager', 'staff', 'operator', 'auditor'],
		load: () => import('./pages/inbound.js'),
	},
	{
		path: 'settings',
		title: '設定',
		roles: ['administrator', 'manager', 'staff', 'operator', 'auditor'],
		load: () => import('./pages/settings.js'),
	},
];

/* Without signing in. */
export const openPages = {
	signin: () => import('./pages/signin.js'),
	invite: () => import('./pages/invite.js'),
};
