/* See outlook.h. */
#include "engine/turn/engine.h"
#include "engine/turn/names.h"
#include "engine/turn/outlook.h"

#include <string.h>

enum { MOST_EXCLUSIONS = 4096 }; /* of one person: rows beyond 200 are refused (exclude.c) */

struct exclusion_scan {
	struct tx *tx;
	size_t n, cap;
	struct exclusion_rec *list;
};

static int exclusion_found(void *arg, struct bytes key, struct bytes value)
{
	struct exclusion_scan *s = arg;

	(void)key;
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 8;
		struct exclusion_rec *list;
		if (cap > MOST_EXCLUSIONS)
			return E_LIMIT;
		list = arena_take(s->tx->arena, cap * sizeof *list);
		if (!list)
			return E_NOMEM;
		if (s->n)
			memcpy(list, s->list, s->n * sizeof *list);
		s->list = list;
		s->cap = cap;
	}
	return db_exclusion_read(s->tx, value, &s->list[s->n++]);
}

int exclusions_of(struct tx *tx, const char *person, struct exclusion_rec **ret_list, size_t *ret_n)
{
	struct exclusion_scan s = {.tx = tx};
	char from[MAX_PERSON + 1];
	size_t n = key_person(from, person);
	int err = db_scan(tx, T_EXCLUSION, from, n, n, 0, exclusion_found, &s);
	if (err)
		return err;
	*ret_list = s.list;
	*ret_n = s.n;
	return 0;
}

/* Every attempt for a person comes after a look at his exclusions in the same transaction, so
 * whatever is tried under it has a greater number. */
static int begin_those_of_today(struct engine *e, struct exclusion_rec *list, size_t n)
{
	int32_t today = civil_day_at(e->now_ms);
	int err = 0;
	for (size_t i = 0; !err && i < n; i++) {
		struct exclusion_rec *x = &list[i];
		if (x->since_attempt != UINT64_MAX || !exclusion_in_force(x, today))
			continue;
		x->since_attempt = e->counters.next_attempt;
		err = db_exclusion_put(&e->tx, x);
	}
	return err;
}

/* Those of another of his 宛名番号 that are about the person hold for this one. */
static size_t of_person(struct exclusion_rec *list, size_t n, const char *person)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		if (!key_is_person(&list[i].key) && !exclusion_is_absolute(list[i].reason))
			continue;
		list[kept] = list[i];
		list[kept++].key.person = person;
	}
	return kept;
}

static int and_those_of(struct engine *e, const char *name, const char *person,
			struct exclusion_rec **list, size_t *n)
{
	struct exclusion_rec *more, *all;
	size_t n_more;
	int err = exclusions_of(&e->tx, name, &more, &n_more);
	if (!err)
		err = begin_those_of_today(e, more, n_more);
	if (err)
		return err;
	n_more = of_person(more, n_more, person);
	if (!n_more)
		return 0;
	all = arena_take(e->arena, (*n + n_more) * sizeof *all);
	if (!all)
		return E_NOMEM;
	if (*n)
		memcpy(all, *list, *n * sizeof *all);
	memcpy(all + *n, more, n_more * sizeof *all);
	*list = all;
	*n += n_more;
	return 0;
}

int exclusions_now(struct engine *e, const char *person, struct exclusion_rec **ret_list,
		   size_t *ret_n)
{
	const char *names[MOST_NAMES];
	size_t n;
	int err = exclusions_of(&e->tx, person, ret_list, ret_n);
	if (!err)
		err = begin_those_of_today(e, *ret_list, *ret_n);
	if (!err)
		err = names_of(e, person, names, &n);
	for (size_t i = 1; !err && i < n; i++)
		err = and_those_of(e, names[i], person, ret_list, ret_n);
	return err;
}

/* ---- the outlook ---- */

static int room(struct engine *e, size_t n, struct outlook *look)
{
	size_t most = n ? n : 1;
	*look = (struct outlook){.code = OUT_HELD};
	look->debts = arena_take(e->arena, most * sizeof *look->debts);
	look->asked = arena_take(e->arena, most * sizeof *look->asked);
	look->standings = arena_take(e->arena, most * sizeof *look->standings);
	return look->debts && look->asked && look->standings ? 0 : E_NOMEM;
}

static void add(struct outlook *look, const struct standing *s)
{
	const struct debt *d = &look->debts[look->n];

	look->standings[look->n++] = *s;
	if (s->what == STANDING_ASKED)
		look->asked[look->n_asked++] = *d;
	else if (s->code < look->code)
		look->code = s->code; /* 80 before 81 before 82 before 88 */
	if (s->what == STANDING_WAITS && (!look->until_ms || s->until_ms < look->until_ms))
		look->until_ms = s->until_ms;
}

int outlook_read(struct engine *e, const struct target *t, struct outlook *ret)
{
	struct exclusion_rec *list;
	struct run_rec *run;
	size_t n;
	int err = run_work(e, t->run, &run);
	if (!err)
		err = exclusions_now(e, t->person, &list, &n);
	if (!err)
		err = room(e, t->n_debts, ret);
	for (size_t i = 0; i < t->n_debts && !err; i++) {
		err = db_debt_get(&e->tx, t->run, t->debts[i], &ret->debts[i]);
		if (err)
			return err == E_NOTFOUND ? E_CORRUPT : err;
		struct standing s =
		    standing_of(&ret->debts[i], list, n, run->department, e->now_ms);
		add(ret, &s);
	}
	return err;
}

/* ---- changes ---- */

enum exclusion result_reason(const struct target *t, const struct standing *s, enum outcome code)
{
	if (code != OUT_EXCLUDED)
		return EXCLUSION_NONE;
	return s->code == OUT_EXCLUDED ? s->reason
	       : t->care != CARE_NONE  ? EXCLUSION_CARE
				       : EXCLUSION_OTHER;
}

/* What ended a target because of its debts is no reason for a debt that is asked for again. (88
 * may be about the person, and so is 82 for his care.) */
static enum outcome why_still(const struct target *t)
{
	bool of_debt = t->why == OUT_PAID || t->why == OUT_WITHDRAWN ||
		       (t->why == OUT_EXCLUDED && t->care == CARE_NONE);
	return of_debt ? OUT_NONE : t->why;
}

static bool is_of_debt(enum outcome code)
{
	return code == OUT_PAID || code == OUT_WITHDRAWN || code == OUT_EXCLUDED ||
	       code == OUT_HELD;
}

void debt_stands(struct debt *d, const struct standing *s)
{
	d->stood = true;
	d->stood_code = s->code;
	d->stood_reason = s->reason;
	d->stood_since = s->since_attempt;
}

/* What its result rests on. Older releases did not write it down: as far as the debt says it. */
static struct standing stood(const struct debt *d)
{
	struct standing s = {.since_attempt = UINT64_MAX};
	if (d->stood)
		return (struct standing){.code = d->stood_code,
					 .reason = d->stood_reason,
					 .since_attempt = d->stood_since};
	if (d->settled == SETTLED_PAID || d->settled == SETTLED_WITHDRAWN)
		s.code = d->settled == SETTLED_PAID ? OUT_PAID : OUT_WITHDRAWN;
	else if (is_of_debt(d->result))
		s.code = d->result;
	if (s.code != OUT_NONE) {
		s.reason = d->reason;
		s.since_attempt = d->since_attempt;
	}
	return s;
}

static bool is_debit(const struct standing *s)
{
	return s->code == OUT_HELD && s->what == STANDING_WAITS;
}

/* Time has passed since the result was made: an exclusion or the wait for a debit is over, another
 * exclusion has begun. The result was true, and only what happens to the debt makes it another:
 * 速報取消, 一部 after 速報, 振替不能; and an exclusion that comes now. */
static struct standing decided(const struct debt *d, const struct debt *before,
			       const struct standing *now, enum cause cause)
{
	struct standing was = stood(d), then = *now;
	bool failed = before->debit_until_ms != 0 && d->debit_until_ms == 0;

	if (cause == CAUSE_MESSAGE)
		return was;
	if (now->code == OUT_EXCLUDED && cause != CAUSE_EXCLUSION && was.code == OUT_NONE)
		return was;
	if (was.code == OUT_NONE && is_debit(now))
		return was; /* it waits from now on, and nobody was going to be called */
	if (now->code != OUT_NONE || !is_of_debt(was.code))
		return then;
	if (was.code == OUT_EXCLUDED || (was.code == OUT_HELD && !failed))
		return was;
	/* Asked for again: the calls that were made while it was not were about other debts. */
	then.since_attempt = was.since_attempt;
	return then;
}

int debt_correct(struct engine *e, struct debt *d, const struct debt *before,
		 const struct target *t, const struct standing *now, enum cause cause)
{
	struct standing s = decided(d, before, now, cause);
	enum outcome code = standing_result(&s, t->past, t->n_past, why_still(t));

	debt_stands(d, &s);
	if (code == d->result && d->amount == before->amount)
		return 0;
	struct outrow row = {.kind = KIND_CORRECTIONS,
			     .run = d->run,
			     .at_ms = e->now_ms,
			     .row = d->row,
			     .code = code,
			     .old_code = d->result,
			     .reason = result_reason(t, &s, code),
			     .amount = d->amount,
			     .attempts = (uint32_t)t->n_past};
	d->result = code;
	d->reason = row.reason;
	return outrow_add(e, &row);
}

static int correct_one(struct engine *e, struct debt *d, const struct debt *before,
		       const struct target *t)
{
	struct exclusion_rec *list;
	struct run_rec *run;
	size_t n;
	int err = run_work(e, t->run, &run);
	if (!err)
		err = exclusions_now(e, t->person, &list, &n);
	if (err)
		return err;
	struct standing s = standing_of(d, list, n, run->department, e->now_ms);
	return debt_correct(e, d, before, t, &s, CAUSE_DEBT);
}

int debt_put_changed(struct engine *e, struct debt *d, const struct debt *before,
		     const struct target *t)
{
	int err = t->state == TARGET_DONE ? correct_one(e, d, before, t) : 0;
	return err ? err : db_debt_put(&e->tx, d);
}

int debt_changed(struct engine *e, struct debt *d, const struct debt *before, struct target *t)
{
	int err = debt_put_changed(e, d, before, t);
	return err ? err : target_changed(e, t);
}
