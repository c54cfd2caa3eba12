/*
 * Rows about holds and the number book that go back to the core system. They belong
 * to no run: the counters record numbers them, and a file takes a range of them, as
 * outgoing.c does for a run. They go to the first drop of the configuration, in the
 * first layout of their kind; a site without such a layout does not want them.
 */
#include "engine/turn/holds.h"

#include <string.h>

static int add(struct engine *e, struct bookrow *row)
{
	row->seq = e->counters.book_next[row->kind - RUN_KINDS]++;
	row->at_ms = e->now_ms;
	return db_bookrow_put(&e->tx, row);
}

int bookrow_hold(struct engine *e, const struct hold_rec *h, enum book_event event)
{
	struct bookrow row = {.kind = KIND_HOLDS,
			      .event = event,
			      .person = h->person,
			      .gyomu = h->gyomu,
			      .digits = "",
			      .reason = event == BOOK_LIFT ? h->ended_why : h->reason,
			      .department = h->department,
			      .what = (int)h->kind,
			      .hold = h->id,
			      .promised_day = h->promised_day,
			      .made_ms = h->made_ms,
			      .until_ms = h->until_ms,
			      .origin = h->origin};
	return add(e, &row);
}

int bookrow_mark(struct engine *e, const struct mark_rec *m, enum book_event event)
{
	struct bookrow row = {.kind = KIND_NUMBERS,
			      .event = event,
			      .person = m->person,
			      .gyomu = "",
			      .digits = m->digits,
			      .reason = event == BOOK_LIFT ? m->ended_why : m->reason,
			      .department = m->department,
			      .what = (int)m->mark,
			      .promised_day = DAY_NONE,
			      .made_ms = m->made_ms,
			      .origin = m->origin,
			      .voice = m->voice,
			      .sms = m->sms};
	return add(e, &row);
}

/* ---- files ---- */

static const struct layout *layout_of(struct engine *e, enum out_kind kind)
{
	const struct exchange_ops *x = e->ports->exchange;
	const struct layouts *all = specs_layouts(e->specs);
	enum layout_kind want = kind == KIND_HOLDS ? LAYOUT_HOLDS : LAYOUT_NUMBERS;
	const struct layout *l;
	for (size_t i = 0; (l = x->layout_at(all, i)) != NULL; i++)
		if (x->layout_kind(l) == want)
			return l;
	return NULL;
}

static int cut(struct engine *e, enum out_kind kind, uint64_t rows)
{
	const struct layout *l = layout_of(e, kind);
	uint64_t *filed = &e->counters.book_filed[kind - RUN_KINDS],
		 most = (uint64_t)e->config->engine.results_rows;
	if (!l || e->config->n_drops == 0)
		return 0;
	struct outfile f = {.kind = kind,
			    .drop = e->config->drop[0].id,
			    .layout = e->ports->exchange->layout_id(l),
			    .from = *filed,
			    .to = *filed + (rows < most ? rows : most)};
	*filed = f.to;
	return outfile_assign(e, &f);
}

int bookrows_cut(struct engine *e)
{
	for (enum out_kind k = RUN_KINDS; k < OUT_KINDS; k++) {
		const struct book_view *v = &e->book[k - RUN_KINDS];
		uint64_t rows = v->next - v->filed;
		if (rows == 0 || (rows < (uint64_t)e->config->engine.results_rows &&
				  e->now_ms < v->pending_ms + e->config->engine.book_every))
			continue;
		int err = cut(e, k, rows);
		if (err)
			return err;
	}
	return 0;
}

int64_t bookrows_next_due(const struct engine *e)
{
	int64_t first = INT64_MAX;
	for (size_t i = 0; i < BOOK_KINDS; i++) {
		const struct book_view *v = &e->book[i];
		int64_t due = v->pending_ms + e->config->engine.book_every;
		if (v->next > v->filed && v->wanted && due < first)
			first = due;
	}
	return first;
}

void bookrows_committed(struct engine *e)
{
	for (size_t i = 0; i < BOOK_KINDS; i++) {
		struct book_view *v = &e->book[i];
		uint64_t next = e->counters.book_next[i], filed = e->counters.book_filed[i];
		if (next == filed)
			v->pending_ms = 0;
		else if (v->pending_ms == 0 || v->filed != filed)
			v->pending_ms = e->now_ms;
		v->next = next;
		v->filed = filed;
		v->wanted = layout_of(e, (enum out_kind)(RUN_KINDS + i)) != NULL;
	}
}
