/*
 * See reads.h: the department's attempts of one day, by quarter hour and by outcome.
 *
 * Nothing is kept for it. Numbers of attempts grow with time, so the day's first one is
 * found by halving, and from there the attempts themselves are counted, a page at a time;
 * the rows of all pages add up. An attempt is in the quarter hour in which it was
 * intended; one that was dropped was none. Calls that came in have a list of their own.
 */
#include "engine/turn/db.h"
#include "engine/turn/found.h"
#include "engine/turn/reads.h"
#include "engine/turn/turn.h"

#include "engine/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA = 1 << 20, QUARTERS = 96, CHANNELS = 2, CODES = 100, QUARTER_MS = 15 * MS_PER_MIN };

struct tally {
	int64_t n, answered;
};
struct counting {
	const struct query *q;
	struct answer *a;
	struct tx tx;
	int64_t from_ms, to_ms;
	struct tally quarter[QUARTERS][CHANNELS], outcome[CHANNELS][CODES];
	/* the last run that was looked up: attempts of one run come in long rows */
	uint32_t run;
	bool mine;
};

/* ---- where the day begins ---- */

struct first {
	uint64_t id;
	int64_t intended_ms;
	bool found;
};

static int first_found(void *arg, struct bytes key, struct bytes value)
{
	struct first *f = arg;
	struct attempt t;
	(void)key;
	if (found_attempt(value, &t))
		return E_CORRUPT;
	*f = (struct first){.id = t.id, .intended_ms = t.intended_ms, .found = true};
	return 1;
}

/* The first attempt with this number or a greater one: some were deleted when their time was over.
 */
static int first_from(struct counting *c, uint64_t id, struct first *ret)
{
	char key[8];
	size_t n = key_u64(key, id);
	*ret = (struct first){.found = false};
	return c->q->store->scan(c->q->snapshot, T_ATTEMPT, (struct bytes){key, n},
				 (struct bytes){"", 0}, 1, first_found, ret);
}

static int find_day(struct counting *c, uint64_t *ret_id)
{
	struct counters counters;
	uint64_t low = 1, high;
	int err = db_counters_get(&c->tx, &counters);

	high = err ? low : counters.next_attempt;
	while (!err && low < high) {
		uint64_t middle = low + (high - low) / 2;
		struct first f;
		err = first_from(c, middle, &f);
		if (err)
			break;
		if (!f.found || f.intended_ms >= c->from_ms)
			high = middle;
		else
			low = f.id + 1;
	}
	*ret_id = low;
	return err;
}

/* ---- counting ---- */

static int look_up(struct counting *c, uint32_t run)
{
	struct run_rec rec;
	arena_reset(c->tx.arena);
	int err = db_run_get(&c->tx, run, &rec);
	c->run = run;
	c->mine = !err && strcmp(rec.department, c->q->who->department) == 0;
	return err == E_NOTFOUND ? 0 : err;
}

static int found(void *arg, struct bytes key, struct bytes value)
{
	struct counting *c = arg;
	struct attempt t;
	if (answer_look(c->a, key))
		return 1;
	if (found_attempt(value, &t))
		return E_CORRUPT;
	if (t.intended_ms >= c->to_ms)
		return 1;
	if (t.intended_ms < c->from_ms || t.state == ATTEMPT_DROPPED || t.inbound)
		return 0; /* earlier: the clock was set back meanwhile */
	size_t at = (size_t)((t.intended_ms - c->from_ms) / QUARTER_MS);
	int channel = t.channel == CHANNEL_SMS;
	int code = t.state >= ATTEMPT_DROPPED ? (int)t.code : OUT_NONE;
	bool answered = t.answered_ms != 0;
	uint32_t run = t.run;
	/* The record is not looked at any more: this may move the store's memory under it. */
	int err = run == c->run ? 0 : look_up(c, run);
	if (err || !c->mine || code < 0 || code >= CODES)
		return err;
	c->quarter[at][channel].n++;
	c->quarter[at][channel].answered += answered;
	c->outcome[channel][code].n++;
	c->outcome[channel][code].answered += answered;
	return 0;
}

static int put(struct counting *c, const char *what, const char *at, int channel, int code,
	       const struct tally *t)
{
	struct json *j;
	if (t->n == 0)
		return 0;
	j = json_new_object();
	json_put_str(j, "what", what);
	json_put_str(j, "at", at);
	json_put_str(j, "channel", channel ? "sms" : "voice");
	json_put_int(j, "code", code);
	json_put_str(j, "words", *at ? "" : code ? outcome_words((enum outcome)code) : "進行中");
	json_put_int(j, "count", t->n);
	json_put_int(j, "answered", t->answered);
	return answer_row(c->a, j);
}

/* At most 192 + 200 short rows: they always fit the line. */
static int put_rows(struct counting *c)
{
	int err = 0;
	for (int i = 0; i < QUARTERS && !err; i++)
		for (int channel = 0; channel < CHANNELS && !err; channel++) {
			char at[8];
			snprintf(at, sizeof at, "%02d:%02d", i / 4, i % 4 * 15);
			err = put(c, "quarter", at, channel, 0, &c->quarter[i][channel]);
		}
	for (int channel = 0; channel < CHANNELS && !err; channel++)
		for (int code = 0; code < CODES && !err; code++)
			err = put(c, "outcome", "", channel, code, &c->outcome[channel][code]);
	return err;
}

static int count_day(struct counting *c)
{
	struct bytes from;
	char key[8];
	uint64_t id = 0;
	int err = answer_from(c->a, c->q, (struct bytes){"", 0}, &from);
	if (!err && from.n == 0)
		err = find_day(c, &id);
	if (!err && from.n == 0)
		from = (struct bytes){key, key_u64(key, id)};
	if (!err)
		err = c->q->store->scan(c->q->snapshot, T_ATTEMPT, from, (struct bytes){"", 0}, 0,
					found, c);
	return err ? err : put_rows(c);
}

int read_attempt_count(const struct query *q, struct answer *a)
{
	int32_t day = civil_day_at(clock_now_ms());
	const char *date;
	char text[11];

	if (json_get_str(q->params, "day", &date) && civil_parse_date(date, &day) != 0)
		return answer_refuse(a, E_INVALID, "%s is no day: write 2026-12-07", date);
	struct counting *c = calloc(1, sizeof *c);
	if (!c)
		return E_NOMEM;
	c->q = q;
	c->a = a;
	c->tx = (struct tx){.ops = q->store, .txn = q->snapshot};
	c->from_ms = civil_day_start(day);
	c->to_ms = civil_day_start(day + 1);
	civil_format_date(day, text);
	answer_put(a, "day", json_new_str(text));
	int err = arena_new(ARENA, &c->tx.arena);
	if (!err)
		err = count_day(c);
	arena_free(c->tx.arena);
	free(c);
	return err;
}
