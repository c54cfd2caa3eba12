/*
 * See early.h.
 *
 * The payment wins over a targets file that comes after it and names the debt as
 * unpaid: extracts are made before they are sent, and a call to somebody who paid is
 * the serious fault; a reminder that was not given is made up in the next run. What
 * the core system takes back (速報取消, 振替不能) takes the kept row away again.
 */
#include "engine/turn/early.h"
#include "engine/turn/engine.h"
#include "engine/turn/paying.h"
#include "engine/turn/standing.h"

#include "engine/clock.h"

#include <stdlib.h>
#include <string.h>

enum {
	MOST_OF_BATCH = 4096, /* kept rows read for one batch at once */
	MOST_OF_PERSON = 4096,
	MOST_EXPIRED = 1000, /* rows looked at in one turn */
	SWEEP_MS = 3600000,  /* real time between two sweeps */
};

/* ---- keeping ---- */

static bool is_kept_still(const struct engine *e, const struct payment_rec *r)
{
	return r->at_ms + e->config->engine.payments_kept > e->now_ms;
}

static int keep_one(struct engine *e, const struct intake_rec *in, const struct payment_row *pay)
{
	struct payment_rec old, rec = {.key = pay->key,
				       .kind = pay->kind,
				       .rest = pay->rest,
				       .wait_day = pay->wait_day,
				       .at_ms = e->now_ms,
				       .intake = in->id,
				       .row = pay->row};
	if (pay->kind == PAYMENT_FULL)
		return db_payment_put(&e->tx, &rec);
	int err = db_payment_get(&e->tx, &pay->key, &old);
	bool known = !err;
	if (err && err != E_NOTFOUND)
		return err;
	if (pay->kind == PAYMENT_PRELIMINARY_VOID || pay->kind == PAYMENT_DEBIT_FAILED) {
		enum payment_kind gone =
		    pay->kind == PAYMENT_DEBIT_FAILED ? PAYMENT_DEBIT_WAIT : PAYMENT_PRELIMINARY;
		return known && old.kind == gone ? db_payment_del(&e->tx, &pay->key) : 0;
	}
	if (known && old.kind == PAYMENT_FULL && is_kept_still(e, &old))
		return 0; /* paid is the last word */
	return db_payment_put(&e->tx, &rec);
}

int early_keep(struct engine *e, const struct intake_rec *in, const struct row_batch *batch)
{
	int err = 0;
	if (e->config->engine.payments_kept == 0)
		return 0;
	for (size_t i = 0; i < batch->n && (!err || err == E_LIMIT); i++)
		err = keep_one(e, in, &batch->payments[i]);
	return err == E_LIMIT ? 0 : err; /* a key too long for a debt of ours */
}

/* ---- applying ---- */

struct early_scan {
	struct early *early;
	const char *last; /* the last person, as a prefix */
	size_t n_last, most;
	bool over;
};

static int found(void *arg, struct bytes key, struct bytes value)
{
	struct early_scan *s = arg;
	struct early *early = s->early;
	size_t least = key.n < s->n_last ? key.n : s->n_last;

	if (memcmp(key.p, s->last, least) > 0)
		return 1;
	if (early->n == s->most) {
		s->over = true;
		return 1;
	}
	if (early->n == early->cap) {
		size_t cap = early->cap ? early->cap * 2 : 16;
		struct payment_rec *list = arena_take(early->e->arena, cap * sizeof *list);
		if (!list)
			return E_NOMEM;
		if (early->n)
			memcpy(list, early->list, early->n * sizeof *list);
		early->list = list;
		early->cap = cap;
	}
	return db_payment_read(&early->e->tx, value, &early->list[early->n++]);
}

static int read_range(struct early *early, const char *first, const char *last, size_t most,
		      bool *ret_over)
{
	char from[MAX_PERSON + 1], to[MAX_PERSON + 1];
	size_t n = key_person(from, first);
	struct early_scan s = {.early = early, .last = to, .most = most};

	s.n_last = key_person(to, last);
	early->n = 0;
	int err = db_scan(&early->e->tx, T_PAYMENT, from, n, 0, 0, found, &s);
	*ret_over = s.over;
	return err;
}

int early_read(struct engine *e, const char *first, const char *last, struct early *ret)
{
	bool over = false;
	*ret = (struct early){.e = e};
	if (e->config->engine.payments_kept == 0)
		return 0;
	int err = read_range(ret, first, last, MOST_OF_BATCH, &over);
	ret->by_person = over;
	return err;
}

/* It lacks a part of the key: whether it names one debt is known when all of them are there. */
static int put_off(struct early *early, const struct payment_rec *r)
{
	if (early->n_rest == early->cap_rest) {
		size_t cap = early->cap_rest ? early->cap_rest * 2 : 16;
		struct payment_rec *list = arena_take(early->e->arena, cap * sizeof *list);
		if (!list)
			return E_NOMEM;
		if (early->n_rest)
			memcpy(list, early->rest, early->n_rest * sizeof *list);
		early->rest = list;
		early->cap_rest = cap;
	}
	early->rest[early->n_rest++] = *r;
	return 0;
}

int early_apply(struct early *early, struct debt *d)
{
	struct paying p = paying_now(early->e);
	bool over;
	int err = 0;

	if (early->by_person)
		err = read_range(early, d->key.person, d->key.person, MOST_OF_PERSON, &over);
	for (size_t i = 0; i < early->n && !err; i++) {
		const struct payment_rec *r = &early->list[i];
		if (!is_kept_still(early->e, r) || !key_fits(&r->key, &d->key))
			continue;
		if (key_is_whole(&r->key))
			(void)paying_apply(d, r->kind, r->rest, r->wait_day, &p);
		else
			err = put_off(early, r);
	}
	return err;
}

static int apply_kept(struct engine *e, const struct payment_rec *r, uint32_t run)
{
	struct payment_row pay = {.row = r->row,
				  .key = r->key,
				  .kind = r->kind,
				  .rest = r->rest,
				  .wait_day = r->wait_day};
	bool several, matched;
	int err = payment_apply(e, &pay, run, &several, &matched);
	return err == E_LIMIT ? 0 : err;
}

int early_rest(struct early *early, uint32_t run)
{
	int err = 0;
	for (size_t i = 0; i < early->n_rest && !err; i++)
		err = apply_kept(early->e, &early->rest[i], run);
	return err;
}

/* ---- under another name ---- */

/* What was kept for the new name is the newer word. */
static int keep_as(struct engine *e, const struct payment_rec *r, const struct debt_key *to)
{
	struct payment_rec copy = *r, old;
	copy.key = key_moved(&r->key, to);
	int err = db_payment_get(&e->tx, &copy.key, &old);
	return err == E_NOTFOUND ? db_payment_put(&e->tx, &copy) : err;
}

static int each_kept(struct engine *e, const struct debt_key *of,
		     int (*fn)(struct engine *e, const struct payment_rec *r,
			       const struct debt_key *to),
		     const struct debt_key *to)
{
	struct early early = {.e = e};
	bool over;
	int err = read_range(&early, of->person, of->person, MOST_OF_PERSON, &over);
	for (size_t i = 0; i < early.n && !err; i++)
		if (is_kept_still(e, &early.list[i]) && key_fits(&early.list[i].key, of))
			err = fn(e, &early.list[i], to);
	return err;
}

static int apply_as(struct engine *e, const struct payment_rec *r, const struct debt_key *to)
{
	(void)to;
	return apply_kept(e, r, 0);
}

int early_follow(struct engine *e, const struct debt_key *from, const struct debt_key *to)
{
	if (e->config->engine.payments_kept == 0)
		return 0;
	int err = each_kept(e, to, apply_as, to);
	return err ? err : each_kept(e, from, keep_as, to);
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
