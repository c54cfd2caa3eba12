/* A scenario's boxes as a drawing: rows from the first box on, arrows between them. Pure: what is drawn is
 * what `scenario.show` said, nothing is worked out from the document here.
 *
 * Units are rem, so that the drawing grows with the letters. */
export const nodeWidth = 13;
export const nodeHeight = 5.6;
const gapX = 1.6, gapY = 4.2, lane = 0.55;

/* Where nothing follows it is the end. */
export const idOf = (dialog, box) => (dialog ? `${dialog}-${box}` : 'end');

const events = { noinput: '返事なし', nomatch: '違う返事', help: '助けて', cancel: '取消し', 'osame.stale': '金額が変わった', 'error.semantic': '値がない' };

/* What stands at an arrow. */
export function label(go) {
	switch (go.how) {
	case 'key':
		return go.by;
	case 'word':
		return `声「${go.by.split('、')[0]}」`;
	case 'digits':
		return '番号';
	case 'event':
		return events[go.by] || go.by;
	case 'transfer':
		return go.by;
	case 'record':
		return '録音の後';
	default:
		return '';
	}
}

/* On a drawing there is room for a few: of several words one. */
function short(labels) {
	const words = labels.filter((l) => l.startsWith('声'));
	const rest = labels.filter((l) => !l.startsWith('声'));
	const all = words.length > 1 || rest.length ? [...rest, ...(words.length ? ['声'] : [])] : words;
	return all.length > 4 ? `${all.slice(0, 3).join('・')}ほか` : all.join('・');
}

/* A debt that changed may end any call: that is said in words below the drawing, and not drawn. */
const isDrawn = (go, silent) => go.how !== 'event' || (silent && go.by !== 'osame.stale');

/* Arrows from one box to another are one arrow with all of their labels; `quiet`: nothing but silence or a wrong
 * answer leads along it. `silent`: those are drawn, too. */
export function arrowsOf(boxes, silent) {
	const all = new Map();
	for (const box of boxes)
		for (const go of (box.goes || []).filter((g) => isDrawn(g, silent))) {
			const from = idOf(box.dialog, box.box), to = idOf(go.to, go.box);
			const arrow = all.get(`${from} ${to}`) || { from, to, labels: [], quiet: true };
			const words = label(go);
			if (words && !arrow.labels.includes(words))
				arrow.labels.push(words);
			arrow.quiet &&= go.how === 'event';
			all.set(`${from} ${to}`, arrow);
		}
	return [...all.values()].map((a) => ({ ...a, words: short(a.labels) }));
}

/* Does the call end here, other than by silence? Drawn as a mark in the box: arrows from everywhere to one end
 * would hide the rest. */
export const ends = (box) => (box.goes || []).some((g) => !g.to && g.how !== 'event');

/* How many steps each box is from the first one; boxes that only silence leads to come behind who leads there. */
function depths(boxes) {
	const depth = new Map([[idOf(boxes[0].dialog, boxes[0].box), 0]]);
	/* by rounds, so that the shortest way counts */
	const rounds = (silent) => {
		let at = [...depth.keys()];
		while (at.length) {
			const next = [];
			for (const { from, to } of arrowsOf(boxes, silent))
				if (at.includes(from) && to !== 'end' && !depth.has(to)) {
					depth.set(to, depth.get(from) + 1);
					next.push(to);
				}
			at = next;
		}
	};
	rounds(false);
	rounds(true);
	const last = Math.max(...depth.values());
	for (const b of boxes)
		if (!depth.has(idOf(b.dialog, b.box)))
			depth.set(idOf(b.dialog, b.box), last + 1);
	return depth;
}

/* At most so many in a row: the drawing stays readable, and a row more costs little. */
const mostInRow = 5;

function rowsOf(boxes) {
	const depth = depths(boxes), rows = [];
	for (const b of boxes) {
		const id = idOf(b.dialog, b.box);
		(rows[depth.get(id)] ||= []).push(id);
	}
	const full = [];
	for (const row of rows.filter(Boolean)) {
		const parts = Math.ceil(row.length / mostInRow), each = Math.ceil(row.length / parts);
		for (let i = 0; i < parts; i++)
			full.push(row.slice(i * each, (i + 1) * each));
	}
	return full;
}

/* Boxes stand under those that lead to them: two passes of means. */
function order(rows, arrows) {
	const place = new Map();
	const put = () => rows.forEach((row) => row.forEach((id, i) => place.set(id, (i + 0.5) / row.length)));
	put();
	for (let pass = 0; pass < 2; pass++) {
		for (const row of rows.slice(1)) {
			const mean = (id) => {
				const from = arrows.filter((a) => a.to === id && a.from !== id && place.has(a.from)).map((a) => place.get(a.from));
				return from.length ? from.reduce((x, y) => x + y, 0) / from.length : place.get(id);
			};
			const means = new Map(row.map((id) => [id, mean(id)]));
			row.sort((a, b) => means.get(a) - means.get(b));
		}
		put();
	}
}

/* Ways out of a box, side by side along its lower edge in the order of where they lead. */
function ports(list, at, side) {
	const sorted = [...list].sort((a, b) => at(a) - at(b));
	return new Map(sorted.map((a, i) => [a, ((i + 1) / (sorted.length + 1)) * side]));
}

/* The point of the curve that is so far below its beginning. */
function along(x1, y1, x2, y2, bend, below) {
	let t = 0;
	const y = (u) => (1 - u) ** 3 * y1 + 3 * (1 - u) ** 2 * u * (y1 + bend) + 3 * (1 - u) * u * u * (y2 - bend) + u ** 3 * y2;
	while (t < 1 && y(t) < y1 + below)
		t += 0.02;
	return { x: (1 - t) ** 3 * x1 + 3 * (1 - t) ** 2 * t * x1 + 3 * (1 - t) * t * t * x2 + t ** 3 * x2, y: y(t) };
}

/* { nodes: id → {x, y}, arrows: [{from, to, words, path, at: {x, y}}], width, height }, in rem. Ways back run up
 * at the right; ways of a box to itself are not drawn. */
export function layout(boxes, silent) {
	const arrows = arrowsOf(boxes, silent).filter((a) => a.from !== a.to && a.to !== 'end');
	const rows = rowsOf(boxes);
	order(rows, arrows);
	const most = Math.max(...rows.map((r) => r.length));
	const inner = most * (nodeWidth + gapX) - gapX;
	const nodes = new Map(), row = new Map();
	rows.forEach((ids, r) => ids.forEach((id, i) => {
		const wide = ids.length * (nodeWidth + gapX) - gapX;
		nodes.set(id, { x: (inner - wide) / 2 + i * (nodeWidth + gapX), y: r * (nodeHeight + gapY) });
		row.set(id, r);
	}));
	const drawn = arrows.filter((a) => nodes.has(a.from) && nodes.has(a.to));
	const down = (a) => row.get(a.to) > row.get(a.from);
	const out = new Map(), into = new Map();
	for (const id of nodes.keys()) {
		out.set(id, ports(drawn.filter((a) => a.from === id && down(a)), (a) => nodes.get(a.to).x, nodeWidth));
		into.set(id, ports(drawn.filter((a) => a.to === id && down(a)), (a) => nodes.get(a.from).x, nodeWidth));
	}
	let back = 0;
	const placed = drawn.map((a) => {
		const f = nodes.get(a.from), t = nodes.get(a.to);
		if (down(a)) {
			const x1 = f.x + out.get(a.from).get(a), y1 = f.y + nodeHeight, x2 = t.x + into.get(a.to).get(a), y2 = t.y - 0.2;
			const bend = Math.min((y2 - y1) / 2, gapY);
			const place = [...out.get(a.from).keys()].indexOf(a) % 3;
			return { ...a, path: `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`, at: along(x1, y1, x2, y2, bend, 0.6 + place * 1.2) };
		}
		const x = inner + 1 + lane * back++, y1 = f.y + nodeHeight * 0.7, y2 = t.y + nodeHeight * 0.3;
		const x1 = f.x + nodeWidth, x2 = t.x + nodeWidth + 0.2;
		const c = 0.5; /* rounded corners; beside the boxes of its row it runs in the gap under them */
		const under = f.y + nodeHeight + 0.5 + lane * (back % 3), over = t.y - 0.5 - lane * (back % 3);
		const last = (n, r) => !rows[r].some((id) => nodes.get(id).x > n.x);
		const first = last(f, row.get(a.from)) ? `M${x1} ${y1}H${x - c}` : `M${x1 - 1} ${f.y + nodeHeight}V${under - c}Q${x1 - 1} ${under} ${x1 - 1 + c} ${under}H${x - c}`;
		const from = last(f, row.get(a.from)) ? y1 : under;
		const end = last(t, row.get(a.to)) ? `V${y2 + c}Q${x} ${y2} ${x - c} ${y2}H${x2}` : `V${over + c}Q${x} ${over} ${x - c} ${over}H${t.x + nodeWidth - 1 + c}Q${t.x + nodeWidth - 1} ${over} ${t.x + nodeWidth - 1} ${over + c}V${t.y - 0.2}`;
		return { ...a, back: true, path: `${first}Q${x} ${from} ${x} ${from - c}${end}`, at: last(f, row.get(a.from)) ? { x: x1 + 0.9, y: from } : { x: x1 - 1, y: from } };
	});
	const height = rows.length * (nodeHeight + gapY) - gapY;
	return { nodes, arrows: placed, width: inner + (back ? 1.5 + lane * back : 0), height: height + 1 };
}
