/* SMS文面: the texts of the department's campaigns as they would be sent, with length, messages billed
 * and the check; a text may be tried out here, looked at as one person would get it, and changed
 * (text_edit.js), and sent to a telephone of the staff (text_trial.js). */
import { call, list } from '../lib/api.js';
import { Choice, Failure, Field, Notice, html, useEffect, useState } from '../lib/ui.js';
import { errorWords } from '../lib/words.js';
import { Finished, values } from '../lib/finished.js';
import TextEdit from './text_edit.js';
import Trial from './text_trial.js';

function Try({ campaigns, first }) {
	const [campaign, setCampaign] = useState(first?.campaign || campaigns[0].campaign);
	const [template, setTemplate] = useState(first?.template || '');
	const [found, setFound] = useState(null);
	const [error, setError] = useState(null);
	/* asked when typing has paused, so that each letter is not a call */
	useEffect(() => {
		if (!template.trim()) {
			setFound(null);
			return undefined;
		}
		let over = false;
		const timer = setTimeout(() => call('text.check', { campaign, template }).then(
			(f) => !over && (setFound(f), setError(null)), (e) => !over && setError(e)), 300);
		return () => {
			over = true;
			clearTimeout(timer);
		};
	}, [campaign, template]);
	return html`<section aria-labelledby="h-try"><h2 id="h-try">文面を試す</h2>
		<p class="hint">ここで書いた文面は保存されません。本人以外も読むため、用件・氏名・税目・金額は書けません。</p>
		<${Choice} name="campaign" label="配信業務" value=${campaign} options=${campaigns.map((c) => [c.campaign, c.title])} onChange=${(e) => setCampaign(e.target.value)} />
		<div class="field"><label for="field-template">文面</label>
			<p class="hint" id="field-template-hint">使える値: ${values.map(([v, words]) => html`<code>{${v}}</code> ${words} `)}</p>
			<textarea id="field-template" rows="4" aria-describedby="field-template-hint" value=${template} onInput=${(e) => setTemplate(e.target.value.replace(/[\r\n]+/g, ''))}></textarea></div>
		${error && html`<${Notice} title=${errorWords(error)} />`}
		<div aria-live="polite">${found && html`<${Finished} of=${found} />`}</div></section>`;
}

function One({ texts }) {
	const [found, setFound] = useState(null);
	const [error, setError] = useState(null);
	const submit = async (event) => {
		event.preventDefault();
		const form = new FormData(event.target);
		try {
			setFound(await call('text.preview', { run: Number(form.get('run')), person: form.get('person').trim(), text: form.get('text') }));
			setError(null);
		} catch (e) {
			setFound(null);
			setError(e.code === -32004 ? 'その配信に、その宛名番号の人か、その文面がありません。' : errorWords(e));
		}
	};
	return html`<section aria-labelledby="h-one"><h2 id="h-one">一人に届く文面を見る</h2>
		<p class="hint">見たことは、記録されます。</p>
		${error && html`<${Notice} title=${error} />`}
		<form class="form" onSubmit=${submit}>
			<${Field} name="run" label="配信の番号" type="number" min="1" required />
			<${Field} name="person" label="宛名番号" maxlength="30" required autocomplete="off" />
			<${Choice} name="text" label="文面" options=${[...new Set(texts.map((t) => t.text))].map((t) => [t, t])} />
			<button class="button">見る</button></form>
		<div aria-live="polite">${found && html`<${Finished} of=${found} />`}</div></section>`;
}

export default function Texts({ who }) {
	const [texts, set] = useState(null);
	const [campaigns, setCampaigns] = useState([]);
	const [error, setError] = useState(null);
	const [from, setFrom] = useState(null);
	const [editing, setEditing] = useState(null);
	const may = (...roles) => roles.some((r) => who.roles.includes(r));
	const look = () => Promise.all([list('text.list'), list('campaign.list')]).then(([t, c]) => {
		setCampaigns(c);
		set(t);
	}, setError);
	useEffect(() => {
		look();
	}, []);
	if (!texts)
		return error ? html`<${Failure} error=${error} />` : html`<p class="wait" role="status">読み込んでいます。</p>`;
	if (editing)
		return html`<${TextEdit} key=${editing} text=${editing} may=${may('manager', 'staff')} onBack=${() => setEditing(null)} onChanged=${look} />`;
	return html`
		${texts.length === 0 && html`<p>この部署の配信業務には、SMSの文面がありません。</p>`}
		${texts.map((t) => html`<article class="section" key=${`${t.campaign} ${t.text}`}>
			<h2>${t.text} <span class="hint">${t.title}</span></h2><${Finished} of=${t} />
			<details><summary>もとの文面</summary><p class="sms">${t.template}</p></details>
			<p class="buttons buttons-left"><button type="button" class="button button-small" onClick=${() => setEditing(t.text)}>${may('manager', 'staff') ? '変更・版' : '版'}<span class="hidden">(${t.title} ${t.text})</span></button>
			${may('administrator', 'manager', 'staff') && html`<button type="button" class="button button-small button-plain" onClick=${() => { setFrom(t); requestAnimationFrame(() => document.getElementById('field-template').focus()); }}>この文面をもとに試す<span class="hidden">(${t.title} ${t.text})</span></button>`}</p>
		</article>`)}
		${may('administrator', 'manager', 'staff') && campaigns.length > 0 && html`<${Try} key=${from ? `${from.campaign} ${from.text}` : ''} campaigns=${campaigns} first=${from} />`}
		${may('manager', 'staff') && texts.length > 0 && html`<${Trial} texts=${texts} /><${One} texts=${texts} />`}`;
}
