/*
 * Rows about holds and the number book that go back to the core system. They belong
 * to no run: the counters record numbers them, and a file takes a range of them, as
 * outgoing.c does for a run. Where there are several drops a range makes a file for
 * each of them that has rows in it, and the file holds its drop's rows alone: what a
 * resident told one core system's department is no other's business. In the first
 * layout of their kind; a site without such a layout does not want them.
 */
#include "engine/turn/holds.h"
#include "engine/turn/found.h"

#include <string.h>

enum { MOST_ROWS = 10000 }; /* they are read in one turn to be told apart */

/* Whose row is it? What a file brought is of the drop that it came by; what a call brought, of its
 * run's; what staff made, of their department's book_drop. Else (the run is gone, or none was
 * named) of the first drop of the configuration. */
struct source {
	uint32_t run, intake;
	const char *department;
};

static const char *first_drop(const struct engine *e)
{
	return e->config->n_drops ? e->config->drop[0].id : "";
}

static int drop_of(struct engine *e, const struct source *from, const char **ret_drop)
{
	const struct config_department *d = config_department(e->config, from->department);
	struct run_rec run;
	struct intake_rec in;
	int err = 0;

	*ret_drop = d && d->book_drop[0] ? d->book_drop : first_drop(e);
	if (from->run) {
		err = db_run_get(&e->tx, from->run, &run);
		if (!err)
			*ret_drop = run.drop;
	} else if (from->intake) {
		err = db_intake_get(&e->tx, from->intake, &in);
		if (!err)
			*ret_drop = in.drop;
	}
	return err == E_NOTFOUND ? 0 : err;
}

static int add(struct engine *e, const struct source *from, struct bookrow *row)
{
	int err = drop_of(e, from, &row->drop);
	if (err)
		return err;
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
	return add(e, &(struct source){h->run, h->intake, h->department}, &row);
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
	return add(e, &(struct source){m->run, m->intake, m->department}, &row);
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

/* How many rows of a range each drop has. */
struct sharing {
	struct engine *e;
	uint64_t to;
	bool old; /* rows of version 4 and before name no drop: they are the first one's */
	size_t n;
	struct {
		const char *drop;
		uint32_t rows;
	} share[CONFIG_MOST_DROPS];
};

static int share_found(void *arg, struct bytes key, struct bytes value)
{
	struct sharing *s = arg;
	struct bookrow row;
	size_t i = 0;
	(void)key;
	if (found_bookrow(value, &row))
		return E_CORRUPT;
	if (s->n == 0)
		s->old = !row.drop[0];
	while (i < s->n && strcmp(s->share[i].drop, s->old ? first_drop(s->e) : row.drop) != 0)
		i++;
	/* A file's rows are told by their drop: those that name none go by themselves. */
	if (row.seq == s->to || s->old != !row.drop[0] || i == CONFIG_MOST_DROPS) {
		s->to = row.seq;
		return 1;
	}
	if (i == s->n) {
		s->share[i].drop = keep(s->e, s->old ? first_drop(s->e) : row.drop);
		s->share[i].rows = 0;
		s->n++;
	}
	s->share[i].rows++;
	return 0;
}

static uint64_t most_rows(const struct engine *e)
{
	uint64_t most = (uint64_t)e->config->engine.results_rows;
	return most < MOST_ROWS ? most : MOST_ROWS;
}

static int cut(struct engine *e, enum out_kind kind, uint64_t rows)
{
	const struct layout *l = layout_of(e, kind);
	uint64_t *filed = &e->counters.book_filed[kind - RUN_KINDS], most = most_rows(e);
	char key[MAX_KEY_BYTES];
	if (!l || e->config->n_drops == 0)
		return 0;
	struct sharing s = {.e = e, .to = *filed + (rows < most ? rows : most)};
	size_t n = key_outrow(key, kind, 0, *filed);
	int err = db_scan(&e->tx, T_OUTROW, key, n, 5, 0, share_found, &s);
	if (!err && s.to == *filed)
		err = E_CORRUPT; /* fewer rows than the counters say */
	for (size_t i = 0; i < s.n && !err; i++) {
		struct outfile f = {.kind = kind,
				    .drop = s.share[i].drop,
				    .layout = e->ports->exchange->layout_id(l),
				    .from = *filed,
				    .to = s.to,
				    .book_rows = s.share[i].rows};
		err = outfile_assign(e, &f);
	}
	*filed = s.to;
	return err;
}

int bookrows_cut(struct engine *e)
{
	for (enum out_kind k = RUN_KINDS; k < OUT_KINDS; k++) {
		const struct book_view *v = &e->book[k - RUN_KINDS];
		uint64_t rows = v->next - v->filed;
		if (rows == 0 || (rows < most_rows(e) &&
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
