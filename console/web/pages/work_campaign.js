/* One campaign as it is now: what the next run of it would do. */
import { call } from '../lib/api.js';
import { Days, Purpose, Texts } from '../lib/campaign.js';
import { may, workers } from '../lib/roles.js';
import { Failure, Wait, html, usePoll } from '../lib/ui.js';

export default function Campaign({ who, id }) {
	const [campaign, error] = usePoll(({ watch }) => call('campaign.show', { campaign: id }, { watch }), 0, [id]);
	if (!campaign)
		return error ? html`<${Failure} error=${error} />` : html`<${Wait} />`;
	return html`<p><a href="#work">配信業務の一覧へ</a></p>
		<h2>${campaign.title}</h2>
		<${Purpose} campaign=${campaign} />
		${may(who, ...workers) && html`<p><a class="button" href=${`#work/new/${campaign.campaign}`}>この業務の配信を準備する</a></p>`}
		<p>${may(who, 'manager', 'staff') && html`<a class="button button-plain" href=${`#work/campaign/${campaign.campaign}/form`}>この業務を変更する</a> `}<a href=${`#work/campaign/${campaign.campaign}/versions`}>版</a></p>
		<h2>日程</h2><${Days} campaign=${campaign} />
		<h2>シナリオと文面</h2><${Texts} campaign=${campaign} />`;
}
