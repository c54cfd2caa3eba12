/* The pages: one module each. `roles`: who finds it in the menu (what he may do there, the engine
 * decides). A new page is a module under pages/ and a line here. */
export const pages = [
	{
		path: 'today',
		title: '本日の状況',
		roles: ['administrator', 'manager', 'staff', 'operator', 'auditor', 'vendor'],
		load: () => import('./pages/today.js'),
	},
];

/* Without signing in. */
export const openPages = {
	signin: () => import('./pages/signin.js'),
	invite: () => import('./pages/invite.js'),
};
