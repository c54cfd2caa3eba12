/* 設定 › すべての項目: every key of the configuration as it was loaded; secrets are only said to be
 * there. The meaning is the configuration manual's own English. */
import { sections } from '../lib/settings.js';
import { Failure, Field, html, useEffect, useState } from '../lib/ui.js';

export default function Keys() {
	const [all, set] = useState(null);
	const [error, setError] = useState(null);
	const [wanted, want] = useState('');
	useEffect(() => {
		sections().then(set, setError);
	}, []);
	if (!all)
		return error ? html`<${Failure} error=${error} />` : html`<p class="wait" role="status">読み込んでいます。</p>`;
	const fits = (s, k) => !wanted || `${s.section} ${s.name} ${k.key} ${k.value}`.toLowerCase().includes(wanted.toLowerCase());
	const shown = all.map((s) => ({ s, keys: Object.values(s.keys).filter((k) => fits(s, k)) })).filter(({ keys }) => keys.length);
	return html`
		<p class="hint">設定ファイルの全項目です。パスワードなどは、設定されていることだけを ******** で示します。</p>
		<${Field} name="wanted" label="絞り込み" hint="項目の名前か値の一部" value=${wanted} onInput=${(e) => want(e.target.value)} autocomplete="off" />
		${shown.length === 0 && html`<p role="status">当てはまる項目はありません。</p>`}
		${shown.map(({ s, keys }) => html`<details class="section" key=${`${s.section} ${s.name}`} open=${Boolean(wanted)}><summary><code>[${s.section}${s.name ? ` ${s.name}` : ''}]</code> ${keys.length}項目</summary>
			<table><thead><tr><th scope="col">項目</th><th scope="col">値</th><th scope="col">意味</th></tr></thead>
			<tbody>${keys.map((k) => html`<tr><th scope="row"><code>${k.key}</code></th><td class="break">${k.value || html`<span class="hint">なし</span>`}</td><td class="hint" lang="en">${k.words}</td></tr>`)}</tbody></table></details>`)}`;
}
