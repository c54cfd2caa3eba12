/*
 * See holds.h. Everything happens in the turn's transaction: a hold and the intent
 * that it must prevent are never in two, so there is no moment between the look and
 * the call. What the channels have already is recalled by an effect; a call that
 * rang before the hold was on disk is an attempt that counts, and no secret of a
 * later moment is spoken in it (VC_RECALL makes its debts stale).
 */
#include "engine/turn/holds.h"

#include "engine/log.h"
#include "engine/turn/filter.h"
#include "engine/turn/identities.h"
#include "engine/turn/names.h"
#include "engine/turn/found.h"

#include <string.h>

static struct hold_terms terms_of(const struct engine *e)
{
	const struct config_engine *c = &e->config->engine;
	return (struct hold_terms){.promise_days = c->hold_promise_days,
				   .paid_days = c->hold_paid_days,
				   .promise_most = c->hold_promise_most};
}

/* ---- the look before an intent ---- */

struct look {
	struct engine *e;
	const struct debt *debts;
	size_t n;
	uint64_t but;
	int64_t until_ms;
};

/* A hold of one 業務 stops the person as soon as one of his debts here is of it: his prompts speak
 * of all of them. */
static bool concerns(const struct look *l, const struct hold_rec *h)
{
	bool any = h->gyomu[0] == '\0';
	for (size_t i = 0; i < l->n && !any; i++)
		any = strcmp(l->debts[i].key.gyomu, h->gyomu) == 0;
	return any;
}

static int look_found(void *arg, struct bytes key, struct bytes value)
{
	struct look *l = arg;
	struct hold_rec h;
	(void)key;
	if (found_hold(value, &h))
		return E_CORRUPT;
	if (h.ended_ms || !hold_lasts(h.until_ms, l->e->now_ms) || !concerns(l, &h) ||
	    (l->but && h.attempt == l->but))
		return 0;
	int64_t until = h.until_ms == HOLD_NO_END ? INT64_MAX : h.until_ms;
	if (until > l->until_ms)
		l->until_ms = until;
	return 0;
}

int hold_stops(struct engine *e, const struct target *t, const struct debt *debts, size_t n,
	       uint64_t but, int64_t *ret_until_ms)
{
	const char *names[MOST_NAMES], *city = e->config->engine.city;
	size_t n_names;
	struct look l = {.e = e, .debts = debts, .n = n, .but = but};

	*ret_until_ms = 0;
	int err = names_of(e, t->person, names, &n_names);
	for (size_t i = 0; i < n_names && !err; i++) {
		char key[MAX_KEY_BYTES];
		size_t len = key_hold_person(key, city, names[i]);
		if (filter_perhaps(e->held, key, len))
			err = db_scan(&e->tx, T_HOLD, key, len, len, 0, look_found, &l);
	}
	if (!err)
		*ret_until_ms = l.until_ms;
	return err;
}

/* ---- who is being called ---- */

struct person_runs {
	struct ids ids; /* run << 32 | target */
};

static int run_found(void *arg, struct bytes key, struct bytes value)
{
	struct person_runs *p = arg;
	uint32_t run, row;
	if (key.n < 8 || value.n != 4)
		return E_CORRUPT;
	key_identity_row_read(key, &run, &row);
	uint64_t id = (uint64_t)run << 32 | read_u32(value.p);
	for (size_t i = 0; i < p->ids.n; i++)
		if (p->ids.list[i] == id)
			return 0;
	return ids_add(&p->ids, id);
}

static int one_changed(struct engine *e, uint32_t run, uint32_t id)
{
	struct target t;
	int err = db_target_get(&e->tx, run, id, &t);
	if (err == E_NOTFOUND && !run_view(e, run))
		return 0; /* retention: see match.c */
	if (err)
		return err;
	return t.state == TARGET_DONE ? target_recall(e, &t) : target_changed(e, &t);
}

/* His targets that are not done are planned anew; what flies for any of them is recalled (for one
 * that is done, perhaps in a closed run, a message that staff sent again). */
static int person_changed(struct engine *e, const char *person, const struct target *self)
{
	const char *names[MOST_NAMES];
	size_t n;
	struct person_runs p = {0};
	int err = names_of(e, person, names, &n);
	for (size_t i = 0; i < n && !err; i++) {
		char key[MAX_PERSON + 1];
		size_t len = key_person(key, names[i]);
		err = identities_scan(&e->tx, key, len, run_found, &p);
	}
	for (size_t i = 0; i < p.ids.n && !err; i++) {
		struct arena_mark step = arena_mark(e->arena);
		uint32_t run = (uint32_t)(p.ids.list[i] >> 32), id = (uint32_t)p.ids.list[i];
		if (!self || self->run != run || self->id != id)
			err = one_changed(e, run, id);
		arena_release(e->arena, step);
	}
	ids_free(&p.ids);
	return err == E_NOTFOUND ? E_CORRUPT : err;
}

/* ---- making ---- */

struct renewal {
	const struct hold_rec *h;
	int64_t now_ms;
	uint32_t id; /* of the one to renew, or 0 */
};

/* Records of older releases do not say it: they were made under the same terms, or nearly. */
static int64_t check_of(const struct engine *e, const struct hold_rec *h)
{
	struct hold_terms terms = terms_of(e);
	return h->check_ms ? h->check_ms
			   : hold_until(HOLD_PROMISE, &terms, 0, h->promised_day, DAY_NONE);
}

static int renewal_found(void *arg, struct bytes key, struct bytes value)
{
	struct renewal *r = arg;
	struct hold_rec h;
	(void)key;
	if (found_hold(value, &h))
		return E_CORRUPT;
	if (h.ended_ms || !hold_lasts(h.until_ms, r->now_ms) || h.kind != r->h->kind ||
	    h.origin != r->h->origin || strcmp(h.gyomu, r->h->gyomu) != 0 ||
	    strcmp(h.department, r->h->department) != 0)
		return 0;
	r->id = h.id;
	return 1;
}

/* The same answer again tomorrow is the same hold: one a kind and department, whatever a resident
 * keys or a file repeats, so that a person's holds stay few. (What he promised one department is
 * not what he promised another.) *ret_old: as it was; id 0: there is none. */
static int find_renewal(struct engine *e, struct hold_rec *h, struct hold_rec *ret_old)
{
	char key[MAX_KEY_BYTES];
	size_t n = key_hold_person(key, h->city, h->person);
	struct renewal r = {.h = h, .now_ms = e->now_ms};

	*ret_old = (struct hold_rec){.reason = ""};
	if (h->origin != ORIGIN_REPLY && h->origin != ORIGIN_FILE)
		return 0;
	int err = db_scan(&e->tx, T_HOLD, key, n, n, 0, renewal_found, &r);
	if (err || !r.id)
		return err;
	err = db_hold_get(&e->tx, h->city, h->person, r.id, ret_old);
	if (!err && ret_old->promise == PROMISE_OPEN)
		err = db_promise_del(&e->tx, check_of(e, ret_old), ret_old->id);
	h->id = r.id;
	return err;
}

static void look_sooner(struct engine *e, int64_t ms)
{
	/* Memory, but only ever earlier: an abort costs one look too many. */
	if (ms < e->promise_ms)
		e->promise_ms = ms;
}

/* To the core system: what it has already is no news. (The last row of a hold's number stands.) */
static bool says_the_same(const struct hold_rec *h, const struct hold_rec *old)
{
	return h->until_ms == old->until_ms && h->promised_day == old->promised_day &&
	       strcmp(h->reason, old->reason) == 0;
}

int hold_make(struct engine *e, struct hold_rec *h, int32_t until_day, const struct target *self)
{
	struct hold_terms terms = terms_of(e);
	char key[MAX_KEY_BYTES];
	struct hold_rec old;

	h->city = e->config->engine.city;
	h->id = 0;
	int err = find_renewal(e, h, &old);
	if (err)
		return err;
	bool renews = h->id != 0;
	if (!renews)
		h->id = ++e->counters.next_hold;
	h->made_ms = renews ? old.made_ms : e->now_ms;
	h->until_ms =
	    hold_until(h->kind, &terms, civil_day_at(e->now_ms), h->promised_day, until_day);
	h->promise =
	    h->kind == HOLD_PROMISE && h->promised_day != DAY_NONE ? PROMISE_OPEN : PROMISE_NONE;
	h->check_ms = h->promise == PROMISE_OPEN
			  ? hold_until(HOLD_PROMISE, &terms, 0, h->promised_day, DAY_NONE)
			  : 0;
	h->ended_ms = 0;
	h->ended_by = h->ended_why = "";
	filter_add(e->held, key, key_hold_person(key, h->city, h->person));
	err = db_hold_put(&e->tx, h);
	if (!err && h->promise == PROMISE_OPEN) {
		err = db_promise_put(&e->tx, h->check_ms, h);
		look_sooner(e, h->check_ms);
	}
	if (!err && !(renews && says_the_same(h, &old)))
		err = bookrow_hold(e, h, BOOK_SET);
	if (err)
		return err;
	log_info("event=hold id=%u kind=%s origin=%s run=%u intake=%u user=%s", h->id,
		 hold_kind_word(h->kind), origin_word(h->origin), h->run, h->intake, h->user);
	return person_changed(e, h->person, self);
}

int hold_end(struct engine *e, struct hold_rec *h, const char *by, const char *why)
{
	h->ended_ms = e->now_ms;
	h->ended_by = by;
	h->ended_why = why;
	int err = 0;
	if (h->promise == PROMISE_OPEN) {
		/* Nobody relies on it any more: whether it is kept is no question, and an answer
		 * would stand in the list of broken ones. */
		err = db_promise_del(&e->tx, check_of(e, h), h->id);
		h->promise = PROMISE_NONE;
		h->check_ms = 0;
	}
	if (!err)
		err = db_hold_put(&e->tx, h);
	if (!err)
		err = bookrow_hold(e, h, BOOK_LIFT);
	if (err)
		return err;
	log_info("event=hold-end id=%u kind=%s user=%s", h->id, hold_kind_word(h->kind), by);
	return person_changed(e, h->person, NULL);
}

/* ---- replies ---- */

static void add_task(struct attempt *a, const char *kind)
{
	if (a->n_replies == MAX_REPLIES)
		return;
	a->replies[a->n_replies].name = "task";
	a->replies[a->n_replies++].value = kind;
}

static int hold_of_reply(struct engine *e, struct attempt *a, const struct target *t,
			 enum hold_kind kind, const char *value, const char *department)
{
	struct hold_terms terms = terms_of(e);
	struct hold_rec h = {.person = t->person,
			     .gyomu = "",
			     .kind = kind,
			     .promised_day = DAY_NONE,
			     .origin = ORIGIN_REPLY,
			     .department = department,
			     .user = "",
			     .reason = "",
			     .attempt = a->id,
			     .run = a->run};
	if (kind == HOLD_PROMISE && !hold_promised_day(value, civil_day_at(e->now_ms),
						       terms.promise_most, &h.promised_day)) {
		/* No such day, or too far: no promise that we may rely on. Somebody speaks with
		 * him. */
		log_info("event=promise attempt=%llu err=no-day next=task",
			 (unsigned long long)a->id);
		add_task(a, "相談希望");
		return 0;
	}
	return hold_make(e, &h, DAY_NONE, t);
}

static int stop_of_reply(struct engine *e, const struct attempt *a, const struct target *t,
			 const char *department)
{
	struct mark_rec m = {.digits = a->digits,
			     .person = t->person,
			     .mark = MARK_STOP,
			     .voice = true,
			     .sms = true,
			     .origin = ORIGIN_REPLY,
			     .department = department,
			     .user = "",
			     .reason = "",
			     .attempt = a->id,
			     .run = a->run};
	return mark_make(e, &m);
}

int holds_by_reply(struct engine *e, struct attempt *a, const struct target *t)
{
	struct run_rec *run;
	size_t n = a->n_replies; /* tasks that are added below mean nothing more */
	int err = run_work(e, a->run, &run);
	for (size_t i = 0; i < n && !err; i++) {
		struct reply_meaning m = hold_meaning(a->replies[i].name, a->replies[i].value);
		if (m.holds)
			err = hold_of_reply(e, a, t, m.hold, a->replies[i].value, run->department);
		if (m.stops && !err)
			err = stop_of_reply(e, a, t, run->department);
	}
	return err;
}
