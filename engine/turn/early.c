/*
 * See early.h.
 *
 * The payment wins over a targets file that comes after it and names the debt as
 * unpaid: extracts are made before they are sent, and a call to somebody who paid is
 * the serious fault; a reminder that was not given is made up in the next run.
 *
 * Every row is kept, not the last one of each debt: a 一部 before a 速報 that is taken
 * back, a wait for a debit beside a 速報 would be lost. A debt that comes later goes
 * through them in their order, each at its own time, so it ends as if it had been here
 * (tests/unit/test_turn_orders.c goes through all orders).
 */
#include "engine/turn/early.h"
#include "engine/turn/engine.h"
#include "engine/turn/names.h"
#include "engine/turn/paying.h"
#include "engine/turn/renamed.h"
#include "engine/turn/standing.h"
#include "engine/turn/touched.h"

#include "engine/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_OF_BATCH = 4096, /* kept rows read for one batch at once */
	MOST_OF_PERSON = 4096,
	MOST_OF_KEY = 32,    /* kept rows of one key; the oldest goes */
	MOST_EXPIRED = 1000, /* rows looked at in one turn */
	SWEEP_MS = 3600000,  /* real time between two sweeps */
};

/* A wait for a debit is kept until it is over: its day may be later than any other row lives. */
static bool is_kept_still(const struct engine *e, const struct payment_rec *r)
{
	return r->at_ms + e->config->engine.payments_kept > e->now_ms ||
	       (r->kind == PAYMENT_DEBIT_WAIT && r->wait_day != DAY_NONE &&
		civil_day_start(r->wait_day + 1) > e->now_ms);
}

/* ---- lists ---- */

static int push(struct engine *e, struct early_list *l, const struct payment_rec *r)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 16;
		struct payment_rec *list = arena_take(e->arena, cap * sizeof *list);
		if (!list)
			return E_NOMEM;
		if (l->n)
			memcpy(list, l->list, l->n * sizeof *list);
		l->list = list;
		l->cap = cap;
	}
	l->list[l->n++] = *r;
	return 0;
}

struct early_scan {
	struct engine *e;
	struct early_list *to;
	const char *last; /* the last person, as a prefix; NULL: all that the scan gives */
	size_t n_last, most;
	bool over;
};

static int found(void *arg, struct bytes key, struct bytes value)
{
	struct early_scan *s = arg;
	struct payment_rec r;
	size_t least = key.n < s->n_last ? key.n : s->n_last;

	if (s->last && memcmp(key.p, s->last, least) > 0)
		return 1;
	s->over = s->to->n == s->most;
	if (s->over)
		return 1;
	int err = db_payment_read(&s->e->tx, value, &r);
	return err ? err : push(s->e, s->to, &r);
}

static int read_range(struct engine *e, const char *first, const char *last, size_t most,
		      struct early_list *to, bool *ret_over)
{
	char from[MAX_PERSON + 1], end[MAX_PERSON + 1];
	size_t n = key_person(from, first);
	struct early_scan s = {.e = e, .to = to, .last = end, .most = to->n + most};

	s.n_last = key_person(end, last);
	int err = db_scan(&e->tx, T_PAYMENT, from, n, 0, 0, found, &s);
	*ret_over = s.over;
	return err;
}

static int by_time(const void *x, const void *y)
{
	const struct payment_rec *a = x, *b = y;
	if (a->at_ms != b->at_ms)
		return a->at_ms < b->at_ms ? -1 : 1;
	if (a->intake != b->intake)
		return a->intake < b->intake ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

static void sort(struct early_list *l)
{
	if (l->n > 1)
		qsort(l->list, l->n, sizeof *l->list, by_time);
}

/* ---- keeping ---- */

static bool same_word(const struct payment_rec *a, const struct payment_rec *b)
{
	return a->kind == b->kind && a->rest == b->rest && a->wait_day == b->wait_day;
}

/* Of a word that is said each day the first and the last are kept: since when, and that it was said
 * lately. */
static int make_room(struct engine *e, const struct early_list *l, const struct payment_rec *rec)
{
	if (l->n >= 2 && same_word(&l->list[l->n - 1], rec) && same_word(&l->list[l->n - 2], rec))
		return db_payment_del(&e->tx, &l->list[l->n - 1]);
	return l->n >= MOST_OF_KEY ? db_payment_del(&e->tx, &l->list[0]) : 0;
}

static int keep_one(struct engine *e, const struct intake_rec *in, const struct payment_row *pay)
{
	struct payment_rec rec = {.key = pay->key,
				  .kind = pay->kind,
				  .rest = pay->rest,
				  .wait_day = pay->wait_day,
				  .at_ms = e->now_ms,
				  .intake = in->id,
				  .row = pay->row};
	struct early_list kept = {0};
	struct early_scan s = {.e = e, .to = &kept, .most = MOST_OF_PERSON};
	char key[MAX_KEY_BYTES];
	size_t n;

	if (pay->kind == PAYMENT_FULL)
		return db_payment_put(&e->tx, &rec);
	int err = key_identity(key, &n, &pay->key);
	if (!err)
		err = db_scan(&e->tx, T_PAYMENT, key, n, n, 0, found, &s);
	sort(&kept);
	for (size_t i = 0; i < kept.n && !err; i++) {
		if (kept.list[i].kind == PAYMENT_FULL && is_kept_still(e, &kept.list[i]))
			return 0; /* paid is the last word */
		if (pay->kind == PAYMENT_DEBIT_FAILED && kept.list[i].kind == PAYMENT_DEBIT_WAIT)
			err = db_payment_del(&e->tx, &kept.list[i]); /* it may outlive this row */
	}
	if (!err)
		err = make_room(e, &kept, &rec);
	return err ? err : db_payment_put(&e->tx, &rec);
}

int early_keep(struct engine *e, const struct intake_rec *in, const struct row_batch *batch)
{
	int err = 0;
	if (e->config->engine.payments_kept == 0)
		return 0;
	for (size_t i = 0; i < batch->n && (!err || err == E_LIMIT); i++) {
		struct arena_mark row = arena_mark(e->arena);
		err = keep_one(e, in, &batch->payments[i]);
		arena_release(e->arena, row);
	}
	return err == E_LIMIT ? 0 : err; /* a key too long for a debt of ours */
}

/* ---- one batch ---- */

int early_read(struct engine *e, const char *first, const char *last, uint32_t first_row,
	       struct early *ret)
{
	*ret = (struct early){.e = e, .first_row = first_row};
	if (e->config->engine.payments_kept == 0)
		return 0;
	return read_range(e, first, last, MOST_OF_BATCH, &ret->all, &ret->by_person);
}

void early_end(struct early *early)
{
	ids_free(&early->again);
}

/* The first that is not of a person before this one. */
static size_t first_of(const struct early_list *l, const char *person)
{
	size_t low = 0, high = l->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (strcmp(l->list[mid].key.person, person) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int own_rows(struct early *early, const char *person)
{
	const struct early_list *all = &early->all;
	bool over;
	int err = 0;
	if (early->by_person)
		return read_range(early->e, person, person, MOST_OF_PERSON, &early->mine, &over);
	for (size_t i = first_of(all, person);
	     i < all->n && !err && strcmp(all->list[i].key.person, person) == 0; i++)
		err = push(early->e, &early->mine, &all->list[i]);
	return err;
}

static void drop_old(const struct engine *e, struct early_list *l)
{
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++)
		if (is_kept_still(e, &l->list[i]))
			l->list[n++] = l->list[i];
	l->n = n;
}

int early_person(struct early *early, const char *person)
{
	const char *names[MOST_NAMES];
	size_t n;
	bool over;
	early->mine.n = 0;
	early->unclear = false;
	if (early->e->config->engine.payments_kept == 0)
		return 0;
	int err = own_rows(early, person);
	if (!err)
		err = names_of(early->e, person, names, &n);
	for (size_t i = 1; !err && i < n; i++) /* debts of his may be known by those */
		err = read_range(early->e, names[i], names[i], MOST_OF_PERSON, &early->mine, &over);
	drop_old(early->e, &early->mine);
	sort(&early->mine);
	return err;
}

static bool fits(const struct payment_rec *r, const struct debt_key *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (key_fits(&r->key, &keys[i]))
			return true;
	return false;
}

/* As on the day on which it came. */
static void apply_one(const struct engine *e, struct debt *d, const struct payment_rec *r)
{
	struct paying p = paying_now(e);
	p.now_ms = r->at_ms;
	(void)paying_apply(d, r->kind, r->rest, r->wait_day, &p);
}

int early_apply(struct early *early, struct debt *d, const struct debt_key *keys, size_t n)
{
	for (size_t i = 0; i < early->mine.n; i++)
		if (!key_is_whole(&early->mine.list[i].key) &&
		    fits(&early->mine.list[i], keys, n)) {
			early->unclear = true; /* it may name others too: when all are here */
			return 0;
		}
	for (size_t i = 0; i < early->mine.n; i++)
		if (fits(&early->mine.list[i], keys, n))
			apply_one(early->e, d, &early->mine.list[i]);
	return 0;
}

int64_t early_amount(const struct early *early, const struct debt *d, const struct debt_key *keys,
		     size_t n, int64_t amount)
{
	for (size_t i = 0; i < early->mine.n; i++) {
		const struct payment_rec *r = &early->mine.list[i];
		if (d->held && !key_is_whole(&r->key))
			continue; /* it may have meant another one: that is why it is held */
		if ((r->kind == PAYMENT_PART || r->kind == PAYMENT_REASSESSED) && r->rest > 0 &&
		    fits(r, keys, n))
			amount = r->rest;
	}
	return amount;
}

int early_person_end(struct early *early, uint32_t target)
{
	return early->unclear && target ? ids_add(&early->again, target) : 0;
}

/* ---- all debts of one person ---- */

struct replay {
	size_t n;
	struct debt *debts;
	struct debt_key (*keys)[MOST_KEYS];
	size_t *n_keys;
};

/* As it was when it came. What a withdrawal took back stays so: those are not kept. */
static void as_it_came(struct debt *d)
{
	if (d->settled == SETTLED_WITHDRAWN)
		return;
	d->amount = d->amount_first;
	d->settled = SETTLED_NO;
	d->settled_ms = d->preliminary_until_ms = d->amount_before = d->debit_until_ms = 0;
	d->held = d->preliminary = false;
	d->since_attempt = 0;
}

static int replay_read(struct engine *e, const struct target *t, struct replay *ret)
{
	size_t n = t->n_debts;
	int err = 0;
	*ret = (struct replay){.debts = arena_take(e->arena, n * sizeof *ret->debts),
			       .keys = arena_take(e->arena, n * sizeof *ret->keys),
			       .n_keys = arena_take(e->arena, n * sizeof *ret->n_keys)};
	if (!ret->debts || !ret->keys || !ret->n_keys)
		return E_NOMEM;
	for (; ret->n < n && !err; ret->n++) {
		struct debt *d = &ret->debts[ret->n];
		err = db_debt_get(&e->tx, t->run, t->debts[ret->n], d);
		if (err)
			return err == E_NOTFOUND ? E_CORRUPT : err;
		as_it_came(d);
		err = renamed_keys(e, &d->key, ret->keys[ret->n], &ret->n_keys[ret->n]);
	}
	return err;
}

/* Nobody can say which of them was meant. */
static void hold(struct debt *d)
{
	if (d->settled == SETTLED_NO || d->preliminary)
		d->held = true;
}

static int warn(struct early *early, struct intake_rec *in, const struct payment_rec *r,
		uint32_t row, uint32_t *ret_warned)
{
	char words[MAX_WORDS];
	snprintf(words, sizeof words,
		 "先に届いた消込(受付%uの%u行目)が複数の明細に一致します。すべて保留にしました",
		 r->intake, r->row);
	++*ret_warned;
	return row_error(early->e, in, row, true, "E0004", "", words);
}

/* It fits one debt here and, perhaps, another one in another run. That one had it when it was the
 * only one: this one is only held. */
static int is_unclear(struct engine *e, const struct payment_rec *r, bool *ret)
{
	struct matches *m = arena_take(e->arena, sizeof *m);
	int err = m ? matches_find(e, &r->key, m) : E_NOMEM;
	return err ? err : matches_unclear(e, &r->key, m, false, ret);
}

static int replay_one(struct early *early, struct intake_rec *in, struct replay *p,
		      const struct payment_rec *r, uint32_t *ret_warned)
{
	uint32_t row = 0;
	size_t n = 0, last = 0;
	bool unclear = false;
	for (size_t i = 0; i < p->n; i++)
		if (fits(r, p->keys[i], p->n_keys[i])) {
			n++;
			last = i;
			row = p->debts[i].row >= early->first_row ? p->debts[i].file_row : row;
		}
	int err = n == 1 ? is_unclear(early->e, r, &unclear) : 0;
	if (err)
		return err;
	unclear = unclear || n > 1;
	if (n == 1 && !unclear)
		apply_one(early->e, &p->debts[last], r);
	for (size_t i = 0; unclear && i < p->n; i++)
		if (fits(r, p->keys[i], p->n_keys[i]))
			hold(&p->debts[i]);
	return unclear && row ? warn(early, in, r, row, ret_warned) : 0;
}

static int replay(struct early *early, struct intake_rec *in, uint32_t run, uint32_t target,
		  uint32_t *ret_warned)
{
	struct engine *e = early->e;
	struct target t;
	struct replay p;

	int err = db_target_get(&e->tx, run, target, &t);
	if (!err)
		err = early_person(early, t.person);
	if (!err)
		err = replay_read(e, &t, &p);
	for (size_t i = 0; !err && i < early->mine.n; i++)
		err = replay_one(early, in, &p, &early->mine.list[i], ret_warned);
	for (size_t i = 0; !err && i < p.n; i++)
		err = db_debt_put(&e->tx, &p.debts[i]);
	return err == E_NOTFOUND ? E_CORRUPT : err;
}

int early_rest(struct early *early, struct intake_rec *in, uint32_t run, uint32_t *ret_warned)
{
	struct early_list mine = early->mine; /* what it grows by meanwhile is given back */
	struct arena *arena = early->e->arena;
	int err = 0;
	for (size_t i = 0; i < early->again.n && !err; i++) {
		struct arena_mark step = arena_mark(arena);
		err = replay(early, in, run, (uint32_t)early->again.list[i], ret_warned);
		early->mine = mine;
		arena_release(arena, step);
	}
	return err;
}

/* ---- under another name ---- */

static int catch_up(struct engine *e, struct match where, const struct payment_rec *r,
		    struct touched *touched)
{
	struct payment_row pay = {.row = r->row,
				  .key = r->key,
				  .kind = r->kind,
				  .rest = r->rest,
				  .wait_day = r->wait_day};
	struct matches *m = arena_take(e->arena, sizeof *m);
	int err = m ? matches_find(e, &r->key, m) : E_NOMEM;
	bool everywhere = false;
	if (!err)
		err = matches_unclear(e, &r->key, m, false, &everywhere);
	if (!err && (everywhere || matches_in_run(m, where.run) > 1))
		return debt_hold(e, where, touched);
	return err ? err : payment_settle(e, &pay, where, r->at_ms, touched);
}

int early_catch_up(struct engine *e, struct match where, const struct debt_key *keys, size_t n,
		   const struct debt_key *name)
{
	struct early_list kept = {0};
	struct touched touched = {.n = 0}; /* its own target alone */
	bool over;
	if (e->config->engine.payments_kept == 0)
		return 0;
	int err = read_range(e, name->person, name->person, MOST_OF_PERSON, &kept, &over);
	drop_old(e, &kept);
	sort(&kept);
	for (size_t i = 0; i < kept.n && !err; i++)
		if (key_fits(&kept.list[i].key, name) && !fits(&kept.list[i], keys, n))
			err = catch_up(e, where, &kept.list[i], &touched);
	return err ? err : touched_settle(e, &touched);
}

/* ---- forgetting ---- */

struct expire_scan {
	struct engine *e;
	size_t n;
	char last[MAX_KEY_BYTES];
	size_t n_last;
	size_t n_old;
	struct bytes old[MOST_EXPIRED];
};

static int expire_found(void *arg, struct bytes key, struct bytes value)
{
	struct expire_scan *s = arg;
	struct payment_rec r;

	if (key.n > sizeof s->last)
		return E_CORRUPT;
	memcpy(s->last, key.p, key.n);
	s->n_last = key.n;
	int err = db_payment_read(&s->e->tx, value, &r);
	if (err)
		return err;
	if (!is_kept_still(s->e, &r)) {
		void *copy = arena_copy(s->e->arena, key.p, key.n);
		if (!copy)
			return E_NOMEM;
		s->old[s->n_old++] = (struct bytes){copy, key.n};
	}
	return ++s->n == MOST_EXPIRED;
}

struct expire_step {
	size_t n;
	char key[MAX_KEY_BYTES];
};

/* Memory: where the next turn goes on; at the end, when to begin again. */
static void stepped(struct engine *e, void *arg)
{
	struct expire_step *step = arg;
	memcpy(e->expire.key, step->key, step->n);
	e->expire.n = step->n;
	e->expire.due_boot_ms = step->n ? 0 : clock_boot_ms() + SWEEP_MS;
	free(step);
}

int early_expire(struct engine *e)
{
	if (e->expire.due_boot_ms > clock_boot_ms())
		return 0;
	struct expire_scan *s = arena_take(e->arena, sizeof *s);
	struct expire_step *step = calloc(1, sizeof *step);
	if (!s || !step) {
		free(step);
		return E_NOMEM;
	}
	memset(s, 0, sizeof *s);
	s->e = e;
	int err = db_scan(&e->tx, T_PAYMENT, e->expire.key, e->expire.n, 0, 0, expire_found, s);
	for (size_t i = 0; i < s->n_old && !err; i++) {
		e->tx.dirty = true;
		err = e->tx.ops->del(e->tx.txn, T_PAYMENT, s->old[i]);
	}
	if (err) {
		free(step);
		return err;
	}
	if (s->n == MOST_EXPIRED) { /* there may be more behind the last one */
		memcpy(step->key, s->last, s->n_last);
		step->n = s->n_last;
	}
	return effect_add(e, stepped, step, free);
}
