/*
 * Promises (納付約束): when the promised day and the days of grace are over, what the
 * person owes says whether it was kept. One that was broken is listed for staff and
 * goes back to the core system; nobody is called for it by itself: the next run does
 * what its campaign says.
 */
#include "engine/turn/holds.h"

#include "engine/log.h"
#include "engine/turn/filter.h"
#include "engine/turn/identities.h"
#include "engine/turn/names.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_LOOKED_AT = 100 }; /* in one turn */

struct due_promise {
	int64_t check_ms;
	uint32_t id;
	size_t n;
	char at[MAX_KEY_BYTES];
};

struct due_list {
	int64_t now_ms, next_ms;
	size_t n;
	struct due_promise *list;
};

static int due_found(void *arg, struct bytes key, struct bytes value)
{
	struct due_list *d = arg;
	if (key.n != 12 || value.n > MAX_KEY_BYTES)
		return E_CORRUPT;
	int64_t check_ms = (int64_t)read_u64(key.p);
	if (check_ms > d->now_ms || d->n == MOST_LOOKED_AT) {
		d->next_ms = check_ms;
		return 1;
	}
	struct due_promise *p = &d->list[d->n++];
	p->check_ms = check_ms;
	p->id = read_u32((const char *)key.p + 8);
	p->n = value.n;
	memcpy(p->at, value.p, value.n);
	return 0;
}

/* ---- what he owes ---- */

struct owing {
	struct ids rows; /* run << 32 | row */
	uint32_t run;    /* only of this run; 0: of all */
};

static int debt_found(void *arg, struct bytes key, struct bytes value)
{
	struct owing *o = arg;
	uint32_t run, row;
	(void)value;
	if (key.n < 8)
		return E_CORRUPT;
	key_identity_row_read(key, &run, &row);
	return o->run && o->run != run ? 0 : ids_add(&o->rows, (uint64_t)run << 32 | row);
}

/* A reply was about the debts of its run; what staff were told is about all that he owes their
 * department, under each of his names. */
static int his_debts(struct engine *e, const struct hold_rec *h, struct owing *o)
{
	const char *names[MOST_NAMES];
	size_t n;
	int err = names_of(e, h->person, names, &n);
	for (size_t i = 0; i < n && !err; i++) {
		char key[MAX_PERSON + 1];
		size_t len = key_person(key, names[i]);
		err = identities_scan(&e->tx, key, len, debt_found, o);
		if (o->run)
			break;
	}
	return err;
}

/* What he promised one department is not broken by what he owes another. */
static int is_meant(struct engine *e, const struct hold_rec *h, const struct debt *d, bool *ret)
{
	struct run_rec *run;
	*ret = !h->gyomu[0] || strcmp(h->gyomu, d->key.gyomu) == 0;
	if (!*ret || !h->department[0])
		return 0;
	int err = run_work(e, d->run, &run);
	if (!err)
		*ret = strcmp(run->department, h->department) == 0;
	return err;
}

static int judge(struct engine *e, const struct hold_rec *h, enum promise *ret)
{
	struct owing o = {.run = h->run};
	size_t owed = 0, known = 0;
	int err = his_debts(e, h, &o);
	for (size_t i = 0; i < o.rows.n && !err; i++) {
		struct debt d;
		uint32_t run = (uint32_t)(o.rows.list[i] >> 32);
		err = db_debt_get(&e->tx, run, (uint32_t)o.rows.list[i], &d);
		if (err == E_NOTFOUND && !run_view(e, run)) {
			err = 0; /* retention: see match.c */
			continue;
		}
		bool meant = false;
		if (!err)
			err = is_meant(e, h, &d, &meant);
		if (err)
			break;
		if (!meant)
			continue;
		known++;
		owed += d.settled == SETTLED_NO && d.amount > 0;
	}
	ids_free(&o.rows);
	*ret = owed ? PROMISE_BROKEN : known ? PROMISE_KEPT : PROMISE_PASSED;
	return err == E_NOTFOUND ? E_CORRUPT : err;
}

static int hold_at(struct engine *e, const struct due_promise *p, struct hold_rec *h)
{
	struct bytes value;
	struct codec c;
	int err = e->tx.ops->get(e->tx.txn, T_HOLD, (struct bytes){p->at, p->n}, &value);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	void *copy = arena_copy(e->arena, value.p, value.n);
	if (!copy)
		return E_NOMEM;
	codec_read(&c, (struct bytes){copy, value.n}, DB_RECORD_VERSION);
	*h = (struct hold_rec){0};
	hold_fields(&c, h);
	return codec_end(&c);
}

/* Entries that older releases left behind: of a promise that was ended, or moved. */
static bool is_stale(const struct due_promise *p, const struct hold_rec *h)
{
	return h->ended_ms || h->promise != PROMISE_OPEN ||
	       (h->check_ms && h->check_ms != p->check_ms);
}

static int look_at(struct engine *e, const struct due_promise *p)
{
	struct hold_rec h;
	int err = hold_at(e, p, &h);
	if (!err && is_stale(p, &h))
		return db_promise_del(&e->tx, p->check_ms, p->id);
	if (!err)
		err = judge(e, &h, &h.promise);
	if (!err)
		err = db_promise_del(&e->tx, p->check_ms, p->id);
	if (!err)
		err = db_hold_put(&e->tx, &h);
	if (err)
		return err;
	log_info("event=promise hold=%u result=%s", h.id, promise_word(h.promise));
	if (h.promise == PROMISE_PASSED)
		return 0; /* nothing that we could say of it */
	return bookrow_hold(e, &h, h.promise == PROMISE_KEPT ? BOOK_KEPT : BOOK_BROKEN);
}

static void next_look(struct engine *e, void *arg)
{
	int64_t *ms = arg;
	e->promise_ms = *ms;
	free(ms);
}

int promises_look(struct engine *e)
{
	if (e->now_ms < e->promise_ms)
		return 0;
	struct due_list d = {.now_ms = e->now_ms, .next_ms = INT64_MAX};
	int64_t *next = malloc(sizeof *next);
	d.list = arena_take(e->arena, MOST_LOOKED_AT * sizeof *d.list);
	if (!next || !d.list) {
		free(next);
		return E_NOMEM;
	}
	int err = db_scan(&e->tx, T_PROMISE, "", 0, 0, 0, due_found, &d);
	for (size_t i = 0; i < d.n && !err; i++)
		err = look_at(e, &d.list[i]);
	*next = d.next_ms;
	if (err) {
		free(next);
		return err;
	}
	return effect_add(e, next_look, next, free);
}

int64_t promises_next_due(const struct engine *e)
{
	return e->promise_ms;
}

/* ---- at start ---- */

static int held_found(void *arg, struct bytes key, struct bytes value)
{
	struct engine *e = arg;
	(void)value;
	if (key.n < 4)
		return E_CORRUPT;
	filter_add(e->held, key.p, key.n - 4);
	return 0;
}

int holds_recover(struct engine *e)
{
	e->promise_ms = 0; /* the first turn looks */
	return db_scan(&e->tx, T_HOLD, "", 0, 0, 0, held_found, e);
}
