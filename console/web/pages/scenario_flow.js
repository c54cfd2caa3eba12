/* The flow, drawn: boxes in rows, arrows with what leads along them. A box is a button: its sentences, keys and
 * ways stand below the drawing when it is chosen. The drawing scrolls in its own frame, by keyboard too. */
import { ends, idOf, layout, nodeHeight, nodeWidth } from '../lib/flow.js';
import { Box, LevelOf, kindOf, titleOf } from '../lib/scenario.js';
import { html, useEffect, useRef, useState } from '../lib/ui.js';

const at = (p) => ({ left: `${p.x}rem`, top: `${p.y}rem` });

function Node({ box, place, chosen, here, onChoose }) {
	const id = idOf(box.dialog, box.box), first = box.says.find((s) => s.words);
	const inside = html`<span class="node-title"><strong>${titleOf(box)}</strong> ${kindOf(box)} ${ends(box) && html`<span class="node-end">終わり</span>`} <${LevelOf} box=${box} /></span>
		<span class="node-words">${first ? first.words : box.does.map((d) => d.words).filter(Boolean).join('・')}</span>`;
	const look = { class: `node node-${box.kind}`, 'data-node': id, style: { ...at(place), width: `${nodeWidth}rem`, height: `${nodeHeight}rem` }, 'aria-current': here ? 'step' : undefined };
	if (!onChoose)
		return html`<div ...${look}>${inside}</div>`;
	return html`<button type="button" ...${look} aria-pressed=${chosen ? 'true' : 'false'} onClick=${() => onChoose(id)}>${inside}</button>`;
}

/* `here`: where a walk stands. Without `onChoose` it is a picture. */
export function Drawing({ boxes, chosen, here, onChoose, silent }) {
	const nodes = boxes.filter((b) => b.box > 0);
	const flow = layout(nodes, silent);
	const mark = chosen || here, touches = (a) => a.from === mark || a.to === mark;
	const ref = useRef(null);
	useEffect(() => { /* a walk goes on where one can see it; the page itself stays where it is */
		const frame = ref.current, node = frame.querySelector('[aria-current]');
		if (node)
			frame.scrollTo(node.offsetLeft - (frame.clientWidth - node.offsetWidth) / 2, node.offsetTop - (frame.clientHeight - node.offsetHeight) / 2);
	}, [here]);
	return html`<div class="drawing" ref=${ref} role="region" aria-label="流れ図" tabindex="0"><div class="drawing-in" style=${{ width: `${flow.width}rem`, height: `${flow.height}rem` }}>
		<svg aria-hidden="true" viewBox=${`0 0 ${flow.width} ${flow.height}`} style=${{ width: `${flow.width}rem`, height: `${flow.height}rem` }}>
			<defs><marker id="tip" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="0.6" markerHeight="0.6" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L6 3L0 6z" /></marker></defs>
			${flow.arrows.map((a) => html`<path key=${`${a.from} ${a.to}`} class=${`arrow${a.quiet ? ' arrow-quiet' : ''}${touches(a) ? ' arrow-chosen' : ''}`} d=${a.path} marker-end="url(#tip)" />`)}</svg>
		${nodes.map((b) => html`<${Node} key=${idOf(b.dialog, b.box)} box=${b} place=${flow.nodes.get(idOf(b.dialog, b.box))} chosen=${idOf(b.dialog, b.box) === chosen}
			here=${idOf(b.dialog, b.box) === here} onChoose=${onChoose} />`)}
		${flow.arrows.filter((a) => a.words && (!a.quiet || touches(a))).map((a) => html`<span key=${`${a.from} ${a.to}`} class=${`arrow-words${touches(a) ? ' arrow-words-chosen' : ''}`} style=${at(a.at)}>${a.words}</span>`)}
	</div></div>`;
}

export default function Flow({ boxes, onHear, busy }) {
	const first = boxes.find((b) => b.box > 0);
	const [chosen, choose] = useState(first ? idOf(first.dialog, first.box) : '');
	const [silent, setSilent] = useState(false);
	const ref = useRef(null), moved = useRef(false);
	const box = boxes.find((b) => b.box > 0 && idOf(b.dialog, b.box) === chosen);
	useEffect(() => { /* by a way: the box that is shown has the focus in the drawing */
		if (moved.current)
			ref.current.querySelector(`[data-node="${chosen}"]`)?.focus();
		moved.current = false;
	}, [chosen]);
	const go = (dialog, place) => {
		moved.current = true;
		choose(idOf(dialog, place));
	};
	if (!first)
		return null;
	return html`<div ref=${ref}>
		<p class="checks"><label><input type="checkbox" checked=${silent} onChange=${() => setSilent(!silent)} /> 返事がないとき・違う返事のときの矢印も描く</label></p>
		<${Drawing} boxes=${boxes} chosen=${chosen} onChoose=${choose} silent=${silent} />
		<div aria-live="polite">${box && html`<${Box} key=${chosen} box=${box} onHear=${onHear} onGo=${go} busy=${busy} />`}</div></div>`;
}
