/*
 * The number book (番号台帳). See holds.h and docs/holds.md.
 *
 * Whose is an entry? A dead or wrong number is that of one person: whoever gets the
 * number next is somebody else, and a file that gives it for another person is to be
 * believed until the line says otherwise. A stop is the wish of whoever answers
 * there, and nobody can tell who that was: it holds for all.
 */
#include "engine/turn/holds.h"

#include "engine/log.h"
#include "engine/turn/bynumber.h"
#include "engine/turn/filter.h"
#include "engine/turn/names.h"
#include "engine/turn/found.h"

#include <stdlib.h>
#include <string.h>

struct look {
	const char *person;
	size_t n_names; /* 0: not looked up yet */
	const char *names[MOST_NAMES];
	bool voice, sms; /* stopped */
};

static bool is_his(const struct look *l, const char *person)
{
	for (size_t i = 0; i < l->n_names; i++)
		if (strcmp(l->names[i], person) == 0)
			return true;
	return false;
}

static int look_found(void *arg, struct bytes key, struct bytes value)
{
	struct look *l = arg;
	struct mark_rec m;
	(void)key;
	if (found_mark(value, &m))
		return E_CORRUPT;
	bool his = m.mark == MARK_STOP || m.person[0] == '\0' || is_his(l, m.person);
	if (m.ended_ms || !his)
		return 0;
	l->voice = l->voice || m.voice;
	l->sms = l->sms || m.sms;
	return l->voice && l->sms;
}

static int look(struct engine *e, const char *digits, struct look *l)
{
	char key[MAX_KEY_BYTES];
	size_t n = key_mark_number(key, digits);
	l->voice = l->sms = false;
	if (!filter_perhaps(e->marked, key, n))
		return 0;
	int err = l->n_names ? 0 : names_of(e, l->person, l->names, &l->n_names);
	return err ? err : db_scan(&e->tx, T_MARK, key, n, n, 0, look_found, l);
}

int number_stopped(struct engine *e, const char *digits, const char *person, enum channel channel,
		   bool *ret_stopped)
{
	struct look l = {.person = person};
	int err = look(e, digits, &l);
	*ret_stopped = channel == CHANNEL_VOICE ? l.voice : l.sms;
	return err;
}

int numbers_usable(struct engine *e, const char *person, struct number *numbers, size_t n,
		   bool no_voice[MAX_NUMBERS])
{
	struct look l = {.person = person};
	int err = 0;
	for (size_t i = 0; i < n && !err; i++) {
		err = look(e, numbers[i].digits, &l);
		no_voice[i] = l.voice;
		numbers[i].sms = numbers[i].sms && !l.sms;
	}
	return err;
}

/* ---- making and lifting ---- */

struct recalled {
	char digits[MAX_NUMBER];
};

static void recall_run(struct engine *e, void *arg)
{
	struct recalled *r = arg;
	bynumber_each(e->bynumber, r->digits, flight_recall, e);
	free(r);
}

/* What is on its way to this number and not sent yet is not sent. It is planned again. */
static int recall_later(struct engine *e, const char *digits)
{
	struct recalled *r = calloc(1, sizeof *r);
	if (!r)
		return E_NOMEM;
	memcpy(r->digits, digits, strnlen(digits, MAX_NUMBER - 1));
	return effect_add(e, recall_run, r, free);
}

/* An entry that stands is never weakened: two channels add up, and what staff wrote by hand stays
 * theirs, or a file that repeats it could lift it. */
static void mark_join(struct mark_rec *m, const struct mark_rec *old)
{
	m->voice = m->voice || old->voice;
	m->sms = m->sms || old->sms;
	m->made_ms = old->made_ms; /* since when it is known */
	if (old->origin != ORIGIN_STAFF || m->origin == ORIGIN_STAFF)
		return;
	m->origin = ORIGIN_STAFF;
	m->department = old->department;
	m->user = old->user;
	m->reason = old->reason;
	m->attempt = old->attempt;
	m->run = old->run;
	m->intake = old->intake;
}

int mark_make(struct engine *e, struct mark_rec *m)
{
	char key[MAX_KEY_BYTES];
	struct mark_rec old;
	int err = db_mark_get(&e->tx, m->digits, m->person, m->mark, &old);
	if (err && err != E_NOTFOUND)
		return err;
	bool known = !err && !old.ended_ms;
	m->times = err ? 1 : old.times + 1;
	m->made_ms = e->now_ms;
	m->ended_ms = 0;
	m->ended_by = m->ended_why = "";
	if (known)
		mark_join(m, &old);
	bool stands = known && old.voice == m->voice && old.sms == m->sms;
	filter_add(e->marked, key, key_mark_number(key, m->digits));
	err = db_mark_put(&e->tx, m);
	if (err || stands)
		return err; /* the core system has it already */
	char number[20];
	log_info("event=mark number=%s mark=%s origin=%s run=%u intake=%u user=%s",
		 log_number(m->digits, number), mark_word(m->mark), origin_word(m->origin), m->run,
		 m->intake, m->user);
	err = bookrow_mark(e, m, BOOK_SET);
	return err ? err : recall_later(e, m->digits);
}

int mark_end(struct engine *e, struct mark_rec *m, const char *by, const char *why)
{
	char number[20];
	m->ended_ms = e->now_ms;
	m->ended_by = by;
	m->ended_why = why;
	log_info("event=mark-end number=%s mark=%s user=%s", log_number(m->digits, number),
		 mark_word(m->mark), by);
	int err = db_mark_put(&e->tx, m);
	return err ? err : bookrow_mark(e, m, BOOK_LIFT);
}

int mark_by_outcome(struct engine *e, const struct attempt *a, const char *department)
{
	struct mark_rec m = {.digits = a->digits,
			     .person = a->person,
			     .mark = a->code == OUT_DEAD_NUMBER ? MARK_DEAD : MARK_WRONG,
			     .voice = true,
			     .sms = true,
			     .origin = ORIGIN_OUTCOME,
			     .department = department,
			     .user = "",
			     .reason = "",
			     .attempt = a->id,
			     .run = a->run};
	if (a->code != OUT_DEAD_NUMBER && a->code != OUT_WRONG_NUMBER)
		return 0;
	return mark_make(e, &m);
}

/* ---- at start ---- */

static int marked_found(void *arg, struct bytes key, struct bytes value)
{
	struct engine *e = arg;
	const char *end = memchr(key.p, '\x1f', key.n);
	(void)value;
	if (!end)
		return E_CORRUPT;
	filter_add(e->marked, key.p, (size_t)(end - (const char *)key.p) + 1);
	return 0;
}

int numbers_recover(struct engine *e)
{
	return db_scan(&e->tx, T_MARK, "", 0, 0, 0, marked_found, e);
}
