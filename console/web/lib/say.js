/* A sentence, heard: its sound and its reading come from the engine (`scenario.say`). One player a page, so that
 * a new sentence ends the last one. */
import { download } from './api.js';
import { Failure, html, useEffect, useRef, useState } from './ui.js';

/* [hear, player, busy]: hear({ prompt, words }) plays; `player` is to be shown somewhere. */
export function useVoice(campaign) {
	const ref = useRef(null);
	const [sound, setSound] = useState(null);
	const [wrong, setWrong] = useState(null);
	const [busy, setBusy] = useState(false);
	useEffect(() => {
		if (!sound)
			return undefined;
		const url = URL.createObjectURL(new Blob([sound.bytes], { type: 'audio/wav' }));
		ref.current.src = url;
		ref.current.play().catch(() => {}); /* refused without a click: the controls are there */
		return () => URL.revokeObjectURL(url);
	}, [sound]);
	const hear = async ({ prompt, words }) => {
		setBusy(true);
		setWrong(null);
		try {
			const bytes = await download('scenario.say', { campaign, prompt });
			setSound({ words, bytes, reading: bytes.result.reading, ms: bytes.result.ms });
		} catch (e) {
			setWrong(e);
		}
		setBusy(false);
	};
	const player = html`<div class="player" hidden=${!sound && !wrong}><${Failure} error=${wrong} />
		<audio ref=${ref} controls aria-label="文の音声" hidden=${!sound}></audio>
		${sound && html`<div role="status" class="heard"><dl class="facts"><div><dt>文</dt><dd>${sound.words}</dd></div>
			${sound.reading && html`<div><dt>読み</dt><dd class="reading">${sound.reading}</dd></div>`}
			${sound.ms > 0 && html`<div><dt>長さ</dt><dd>${(sound.ms / 1000).toFixed(1)}秒</dd></div>`}</dl></div>`}</div>`;
	return [hear, player, busy];
}
