/*
 * See reads.h: the people of a run, counted. It is what whoever submits and whoever
 * approves a run has to know (how many can be contacted, why the others cannot), and
 * what came of it afterwards. It shows no resident, so it is open to operators too.
 *
 * Read target by target on the snapshot, a page of them at a time; a row is a count of
 * this page, and the rows of all pages add up. What it says of who waits is what the
 * engine would find if his turn came now: debts, exclusions, holds, the number book, the
 * plan of the waves. The engine asks all of that again right before each attempt: this
 * is a forecast, not a permission.
 */
#include "engine/turn/db.h"
#include "engine/turn/exclude.h"
#include "engine/turn/found.h"
#include "engine/turn/outlook.h"
#include "engine/turn/reads.h"
#include "engine/turn/specs.h"
#include "engine/turn/turn.h"

#include "engine/clock.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA = 16 << 20, CHUNK = 64, CODES = 100 };

/* What is counted; each by code, and by the yen of the debts that it is about. */
enum what {
	WHAT_CONTACT, /* 0: can be contacted by voice and SMS, 1: by voice, 2: by SMS */
	WHAT_PROBLEM, /* waiting, but not to be contacted now: the code that it would end by */
	WHAT_STATE,   /* enum target_state */
	WHAT_OUTCOME, /* of who had an attempt: the last one's code */
	WHAT_HEARD,   /* 1: the main message was heard */
	WHAT_RESULT,  /* debts (not people) with a result: its code */
	WHATS
};
static const char *const what_word[WHATS] = {
    [WHAT_CONTACT] = "contact", [WHAT_PROBLEM] = "problem", [WHAT_STATE] = "state",
    [WHAT_OUTCOME] = "outcome", [WHAT_HEARD] = "heard",     [WHAT_RESULT] = "result"};

struct counting {
	const struct query *q;
	struct answer *a;
	struct tx tx;
	const struct run_rec *run;
	const struct campaign *campaign;
	int64_t now_ms;
	size_t n; /* of the chunk */
	struct target *chunk[CHUNK];
	struct {
		int64_t n, yen;
	} counts[WHATS][CODES];
	/* of the target in hand */
	size_t n_names;
	const char *names[MOST_ALIASES];
	const struct debt *debts;
	bool held;
	struct number *number;
	bool *no_voice;
};

static void count(struct counting *c, enum what what, int code, int64_t yen)
{
	if (code < 0 || code >= CODES)
		return;
	c->counts[what][code].n++;
	c->counts[what][code].yen += yen;
}

/* ---- who may be contacted ---- */

static int hold_found(void *arg, struct bytes key, struct bytes value)
{
	struct counting *c = arg;
	struct hold_rec h;
	(void)key;
	if (found_hold(value, &h))
		return E_CORRUPT;
	if (h.ended_ms || !hold_lasts(h.until_ms, c->now_ms))
		return 0;
	bool about = h.gyomu[0] == '\0';
	for (const struct debt *d = c->debts; d->run && !about; d++)
		about = strcmp(d->key.gyomu, h.gyomu) == 0;
	c->held = c->held || about;
	return c->held;
}

static int is_held(struct counting *c, const char *city)
{
	int err = 0;
	c->held = false;
	for (size_t i = 0; i < c->n_names && !err && !c->held; i++) {
		char key[MAX_KEY_BYTES];
		size_t n = key_hold_person(key, city, c->names[i]);
		err = db_scan(&c->tx, T_HOLD, key, n, n, 0, hold_found, c);
	}
	return err;
}

static int mark_found(void *arg, struct bytes key, struct bytes value)
{
	struct counting *c = arg;
	struct mark_rec m;
	(void)key;
	if (found_mark(value, &m))
		return E_CORRUPT;
	bool his = m.mark == MARK_STOP || m.person[0] == '\0';
	for (size_t i = 0; i < c->n_names && !his; i++)
		his = strcmp(c->names[i], m.person) == 0;
	if (m.ended_ms || !his)
		return 0;
	*c->no_voice = *c->no_voice || m.voice;
	c->number->sms = c->number->sms && !m.sms;
	return 0;
}

/* 0: the next attempt can be made; else the code that he would end by. *ret_way: WHAT_CONTACT's. */
static int plan(struct counting *c, const struct target *t, int *ret_code, int *ret_way)
{
	struct past_attempt past[MAX_TARGET_ATTEMPTS];
	struct number numbers[MAX_NUMBERS];
	struct plan_input in = {.campaign = c->campaign,
				.calendar = specs_calendar(engine_specs(c->q->ctx)),
				.now_ms = c->now_ms,
				.numbers = numbers,
				.n_numbers = t->n_numbers,
				.past = past,
				.n_past = t->n_past,
				.no_voice = t->unspeakable || t->care != CARE_NONE,
				.no_text = t->unwritable};
	bool voice = false, sms = false;

	memcpy(numbers, t->numbers, sizeof numbers);
	for (size_t i = 0; i < t->n_past; i++)
		past[i] = t->past[i].past;
	for (size_t i = 0; i < t->n_numbers; i++) {
		char key[MAX_KEY_BYTES];
		size_t n = key_mark_number(key, numbers[i].digits);
		c->number = &numbers[i];
		c->no_voice = &in.number_no_voice[i];
		int err = db_scan(&c->tx, T_MARK, key, n, n, 0, mark_found, c);
		c->number = NULL; /* they were lent for this scan */
		c->no_voice = NULL;
		if (err)
			return err;
		voice = voice || (!in.no_voice && !in.number_no_voice[i] && !numbers[i].dead &&
				  numbers[i].kind != KIND_WORK);
		sms = sms || (!in.no_text && numbers[i].sms && !numbers[i].dead);
	}
	*ret_way = voice && sms ? 0 : voice ? 1 : 2;
	struct plan p = plan_next(&in);
	*ret_code = p.what != PLAN_DONE ? 0 : p.code ? (int)p.code : (int)OUT_EXPIRED;
	return 0;
}

/* ---- one target ---- */

/* Where his debts stand: *ret_code is why none of them is asked for, or OUT_NONE. */
static int stand(struct counting *c, const struct target *t, int64_t *ret_yen, int *ret_code)
{
	struct exclusion_rec *list;
	size_t n;
	bool asked = false;
	enum outcome code = OUT_HELD;
	struct debt *debts = arena_take(c->tx.arena, (t->n_debts + 1) * sizeof *debts);
	int err = debts ? exclusions_of(&c->tx, t->person, &list, &n) : E_NOMEM;

	*ret_yen = 0;
	for (size_t i = 0; i < t->n_debts && !err; i++) {
		err = db_debt_get(&c->tx, t->run, t->debts[i], &debts[i]);
		if (err)
			return err == E_NOTFOUND ? E_CORRUPT : err;
		struct standing s = standing_of(&debts[i], list, n, c->run->department, c->now_ms);
		asked = asked || s.what == STANDING_ASKED;
		if (s.what == STANDING_ASKED)
			*ret_yen += debts[i].amount;
		else if (s.code < code)
			code = s.code; /* 80 before 81 before 82 before 88 */
	}
	if (err)
		return err;
	debts[t->n_debts].run = 0;
	c->debts = debts;
	*ret_code = asked ? OUT_NONE : (int)code;
	return 0;
}

static int waiting(struct counting *c, const struct target *t, int code, int64_t yen)
{
	int way = 0;
	int err = db_aliases(&c->tx, t->person, c->names, MOST_ALIASES, &c->n_names);
	if (!err && code == OUT_NONE) {
		err = is_held(c, engine_config(c->q->ctx)->engine.city);
		code = c->held ? OUT_HELD : OUT_NONE;
	}
	if (!err && code == OUT_NONE && c->campaign)
		err = plan(c, t, &code, &way);
	if (err)
		return err;
	if (code == OUT_NONE)
		count(c, WHAT_CONTACT, way, yen);
	else
		count(c, WHAT_PROBLEM, code, yen);
	return 0;
}

static int one(struct counting *c, const struct target *t)
{
	bool heard = false;
	int64_t yen;
	int code, err = stand(c, t, &yen, &code);

	if (err)
		return err;
	count(c, WHAT_STATE, (int)t->state, yen);
	if (t->n_past > 0)
		count(c, WHAT_OUTCOME, (int)t->past[t->n_past - 1].past.code, yen);
	for (size_t i = 0; i < t->n_past; i++)
		heard = heard || t->past[i].past.heard;
	if (heard)
		count(c, WHAT_HEARD, 1, yen);
	for (const struct debt *d = c->debts; d->run; d++)
		if (d->result != OUT_NONE)
			count(c, WHAT_RESULT, (int)d->result, d->amount);
	return t->state == TARGET_DONE ? 0 : waiting(c, t, code, yen);
}

/* ---- the page ---- */

static int collect(void *arg, struct bytes key, struct bytes value)
{
	struct counting *c = arg;
	struct codec codec;
	struct target *t = arena_take(c->tx.arena, sizeof *t);
	(void)key;
	int err = t ? db_decode(&c->tx, value, &codec) : E_NOMEM;
	if (err)
		return err;
	*t = (struct target){0};
	target_fields(&codec, t);
	c->chunk[c->n++] = t;
	return codec_end(&codec) ? E_CORRUPT : 0;
}

/* *ret_more: there may be targets after these. */
static int chunk(struct counting *c, char *from, size_t *n_from, bool *ret_more)
{
	c->n = 0;
	*ret_more = false;
	arena_reset(c->tx.arena);
	int err = db_scan(&c->tx, T_TARGET, from, *n_from, 4, CHUNK, collect, c);
	for (size_t i = 0; i < c->n && !err; i++) {
		const struct target *t = c->chunk[i];
		*n_from = key_target(from, t->run, t->id);
		if (answer_look(c->a, (struct bytes){from, *n_from}))
			return 0;
		err = one(c, t);
		*n_from = key_target(from, t->run, t->id + 1);
	}
	*ret_more = c->n == CHUNK;
	return err;
}

static const char *words_of(enum what what, int code)
{
	static const char *const ways[] = {"電話とSMS", "電話のみ", "SMSのみ"};
	switch (what) {
	case WHAT_CONTACT:
		return ways[code];
	case WHAT_STATE:
		return target_state_word((enum target_state)code);
	case WHAT_HEARD:
		return "要旨を聴取";
	default:
		return outcome_words((enum outcome)code);
	}
}

/* At most WHATS × CODES short rows: they always fit the line. */
static int put_rows(struct counting *c)
{
	for (enum what what = 0; what < WHATS; what++)
		for (int code = 0; code < CODES; code++) {
			if (c->counts[what][code].n == 0)
				continue;
			struct json *j = json_new_object();
			json_put_str(j, "what", what_word[what]);
			json_put_int(j, "code", code);
			json_put_str(j, "words", words_of(what, code));
			json_put_int(j, "count", c->counts[what][code].n);
			json_put_int(j, "yen", c->counts[what][code].yen);
			int err = answer_row(c->a, j);
			if (err)
				return err;
		}
	return 0;
}

static int run_mine(struct counting *c, uint32_t id, struct run_rec *ret, struct arena *arena)
{
	struct tx tx = c->tx;
	tx.arena = arena; /* its strings outlive the chunks */
	int err = db_run_get(&tx, id, ret);
	if (err == E_NOTFOUND || (!err && strcmp(ret->department, c->q->who->department) != 0))
		return answer_refuse(c->a, E_NOTFOUND, "there is no run %u", id);
	c->run = ret;
	c->campaign = specs_campaign(engine_specs(c->q->ctx), ret->campaign);
	return err;
}

int read_run_count(const struct query *q, struct answer *a)
{
	struct counting *c = calloc(1, sizeof *c);
	struct arena *kept = NULL;
	struct run_rec run;
	struct bytes begin;
	char prefix[4], from[MAX_KEY_BYTES];
	int64_t id = 0;
	bool more = true;

	if (!c)
		return E_NOMEM;
	*c = (struct counting){.q = q, .a = a, .now_ms = clock_now_ms()};
	c->tx = (struct tx){.ops = q->store, .txn = q->snapshot};
	json_get_int(q->params, "run", &id);
	int err = arena_new(ARENA, &c->tx.arena);
	if (!err)
		err = arena_new(MAX_RECORD_BYTES, &kept);
	if (!err)
		err = run_mine(c, (uint32_t)id, &run, kept);
	struct bytes of_run = {prefix, key_u32(prefix, (uint32_t)id)};
	if (!err)
		err = answer_from(a, q, of_run, &begin);
	if (!err && begin.n > sizeof from)
		err = E_INVALID;
	size_t n = err ? 0 : begin.n;
	if (n)
		memcpy(from, begin.p, n);
	while (!err && more)
		err = chunk(c, from, &n, &more);
	if (!err)
		err = put_rows(c);
	arena_free(kept);
	arena_free(c->tx.arena);
	free(c);
	return err;
}
