/* What came of an SMS text, and the values that every one may say (docs/sms.md). */
import { Notice, html } from './ui.js';
import { textWords } from './words.js';

export const values = [['due_date', '公開の納期限'], ['phone', '担当課の電話番号'], ['caller', '発信番号'], ['department', '部署の名前'], ['city', '市の名前']];

/* What came of a text. */
export function Finished({ of }) {
	return html`${of.finished && html`<p class="sms">${of.finished}</p>`}
		<p>${of.finished && html`${of.units}文字(上限 ${of.most_units}文字)・<strong>${of.segments}通分</strong> `}
			<span class=${`state ${of.fit ? 'state-active' : 'state-stopped'}`}>${of.fit ? '送信できます' : '送信できません'}</span></p>
		${!of.fit && html`<${Notice} title=${textWords(of.why)}><p class="hint" lang="en">${of.why}</p></${Notice}>`}`;
}
