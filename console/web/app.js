/* The frame around the pages: who is signed in, the menu, which page. The page is named after the
 * address's #, so that nothing of it is sent or logged: #work/run/3/check is the page `work`, which
 * is given the rest. */
import { render } from './vendor/preact.js';
import { call, forget } from './lib/api.js';
import { Failure, html, useEffect, useState } from './lib/ui.js';
import { role } from './lib/words.js';
import { openPages, pages } from './pages.js';

function useHash() {
	const [hash, set] = useState(location.hash.slice(1));
	useEffect(() => {
		const on = () => set(location.hash.slice(1));
		window.addEventListener('hashchange', on);
		return () => window.removeEventListener('hashchange', on);
	}, []);
	return hash;
}

/* A page's module is fetched when it is first wanted. */
function Loaded({ load, name, ...rest }) {
	const [page, set] = useState(null);
	useEffect(() => {
		set(null);
		load().then((module) => set(() => module.default));
	}, [name]);
	return page ? html`<${page} ...${rest} />` : html`<p class="wait" role="status">読み込んでいます。</p>`;
}

function Menu({ mine, at }) {
	return html`<nav class="menu" aria-label="メニュー"><ul>
		${mine.map((p) => html`<li><a href=${`#${p.path}`} aria-current=${p.path === at ? 'page' : undefined}>${p.title}</a></li>`)}
	</ul></nav>`;
}

function Signed({ who, hash, onOut }) {
	const mine = pages.filter((p) => p.roles.some((r) => who.roles.includes(r)));
	const [path, ...rest] = hash.split('/').map(decodeURIComponent);
	const page = mine.find((p) => p.path === path) || mine[0];
	useEffect(() => {
		document.title = `${page.title} | 納め`;
	}, [page.path]);
	return html`<header class="head">
		<a class="skip" href="#main" onClick=${(e) => { e.preventDefault(); document.getElementById('main').focus(); }}>本文へ</a>
		<p class="brand">納め <span>電話・SMSのお知らせ</span></p>
		<p class="who">${who.name}(${who.roles.map((r) => role[r] || r).join('、')})</p>
		<button type="button" class="button button-plain" onClick=${onOut}>サインアウト</button>
	</header>
	<div class="body">
		<${Menu} mine=${mine} at=${page.path} />
		<main id="main" tabindex="-1"><h1>${page.title}</h1><${Loaded} name=${page.path} load=${page.load} who=${who} rest=${page.path === path ? rest : []} /></main>
	</div>`;
}

function Open({ name, title, ...rest }) {
	useEffect(() => {
		document.title = `${title} | 納め`;
	}, [title]);
	return html`<main class="open" id="main"><p class="brand">納め <span>電話・SMSのお知らせ</span></p>
		<h1>${title}</h1><${Loaded} name=${name} load=${openPages[name]} ...${rest} /></main>`;
}

function App() {
	const hash = useHash();
	const [who, setWho] = useState(null);
	const [over, setOver] = useState(false);
	const [error, setError] = useState(null);
	const look = async () => {
		try {
			setWho(await call('session.show'));
			setError(null);
		} catch (e) {
			setWho(false);
			setError(e);
		}
	};
	useEffect(() => {
		look();
		const out = () => setWho((old) => {
			setOver(Boolean(old));
			return false;
		});
		window.addEventListener('osame-signed-out', out);
		return () => window.removeEventListener('osame-signed-out', out);
	}, []);
	const signOut = async () => {
		await call('session.close').catch(() => {});
		forget();
		setWho(false);
	};
	if (hash.startsWith('invite='))
		return html`<${Open} name="invite" title="利用者登録" token=${decodeURIComponent(hash.slice(7))} />`;
	if (who === null)
		return html`<p class="wait" role="status">読み込んでいます。</p>`;
	if (!who)
		return html`<${Open} name="signin" title="サインイン" over=${over} first=${error} onIn=${() => { setOver(false); look(); }} />`;
	return html`<${Signed} who=${who} hash=${hash} onOut=${signOut} />`;
}

render(html`<${App} />`, document.getElementById('app'));
