/* A new run: which campaign, which file. The file goes in as one of the drop does, with the same
 * checks; when it is taken there is a run, and the way goes on there (work_run.js). */
import { call, list, upload } from '../lib/api.js';
import { Purpose } from '../lib/campaign.js';
import { Failure, Field, Notice, Wait, html, useEffect, usePoll, useState } from '../lib/ui.js';
import { IntakeErrors, IntakeFacts } from '../lib/intake.js';

function Choose({ campaigns, chosen }) {
	return html`<form class="form choose"><fieldset><legend>どの業務の配信ですか</legend>
		${campaigns.map((c) => html`<label key=${c.campaign} class="choice"><input type="radio" name="campaign" value=${c.campaign} checked=${c.campaign === chosen}
			onChange=${() => { location.hash = `#work/new/${c.campaign}`; }} /> <span>${c.title}</span></label>`)}</fieldset></form>`;
}

/* What the engine says of the file, until it is in or refused. */
function Taken({ intake }) {
	const [seen, error] = usePoll(({ watch }) => call('intake.show', { intake }, { watch }), 1000, [intake]);
	const run = seen && seen.intake.state === 'taken' ? seen.intake.run : 0;
	useEffect(() => {
		if (run)
			location.hash = `#work/run/${run}/file`;
	}, [run]);
	if (!seen)
		return error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	if (seen.intake.state === 'refused')
		return html`<${Notice} title="このファイルは取り込めませんでした。">
			<p>下の理由を確かめ、ファイルを直して、もう一度渡してください。取り込んだ人は1人もいません。</p></${Notice}>
			<${IntakeFacts} intake=${seen.intake} /><${IntakeErrors} rows=${seen.rows} more=${seen.next} />`;
	if (seen.intake.state === 'taken' && !run)
		return html`<${Notice} title="取り込みましたが、連絡する人がいません。"><p>ファイルに対象者が1人もいないため、配信は作られませんでした。</p></${Notice}><${IntakeFacts} intake=${seen.intake} />`;
	return html`<${Notice} kind="info" title="ファイルを確かめています。"><p>終わると、次の画面に進みます。</p></${Notice}><${IntakeFacts} intake=${seen.intake} />`;
}

function File({ campaign, onPut }) {
	const [file, setFile] = useState(null);
	const [name, setName] = useState('');
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState(null);
	const put = async (event) => {
		event.preventDefault();
		setBusy(true);
		setError(null);
		try {
			const answer = await upload('intake.put', { name }, file);
			onPut(answer);
		} catch (e) {
			setError(e);
		}
		setBusy(false);
	};
	return html`<section aria-labelledby="h-file"><h2 id="h-file">2. 対象者ファイル</h2>
		<p>基幹システムから受渡しの場所に届くファイルは、自動で取り込まれ、<a href="#work">配信業務の一覧</a>に「下書き」として並びます。ここでは、手元のファイルを渡します。</p>
		<${Failure} error=${error} />
		<form class="form" onSubmit=${put}>
			<${Field} name="file" type="file" label="ファイル" required onChange=${(e) => { setFile(e.target.files[0]); setName(e.target.files[0] ? e.target.files[0].name : ''); }} />
			<${Field} name="name" label="ファイルの名前" hint=${`「${campaign.files}」に合う名前にしてください(* は何でもよい部分)。`} value=${name} required maxlength="200" onInput=${(e) => setName(e.target.value)} />
			<button class="button" disabled=${busy || !file}>${busy ? '送っています' : 'ファイルを渡す'}</button>
		</form></section>`;
}

export default function New({ campaign }) {
	const [campaigns, error] = usePoll(({ watch }) => list('campaign.list', {}, 1000, { watch }), 0);
	const [shown, wrong] = usePoll(({ watch }) => campaign ? call('campaign.show', { campaign }, { watch }) : Promise.resolve(null), 0, [campaign]);
	const [put, setPut] = useState(null);
	if (!campaigns)
		return error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	return html`<p><a href="#work">配信業務の一覧へ</a></p>
		<section aria-labelledby="h-what"><h2 id="h-what">1. 目的と対象</h2>
			<${Choose} campaigns=${campaigns} chosen=${campaign} />
			${shown && html`<${Purpose} campaign=${shown} />`}</section>
		<${Failure} error=${wrong} />
		${shown && !put && html`<${File} campaign=${shown} onPut=${setPut} />`}
		${put && html`<section aria-labelledby="h-file"><h2 id="h-file">2. 対象者ファイル</h2>
			${put.known && html`<${Notice} kind="info" title="同じファイルが、すでに取り込まれています。" />`}
			<${Taken} intake=${put.intake} />
			<p><button type="button" class="button button-plain" onClick=${() => setPut(null)}>別のファイルを渡す</button></p></section>`}`;
}
