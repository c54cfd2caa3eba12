/*
 * Rows of files about holds and numbers. A row makes, renews or lifts; what it lifts
 * and is not there is no error: the core system sends what it knows. A lift by file
 * ends what files made and what replies made of that kind, never what staff made by
 * hand with a reason of their own.
 */
#include "engine/turn/holds.h"

#include "engine/turn/names.h"
#include "engine/turn/found.h"
#include "engine/utf8.h"

#include <stdlib.h>
#include <string.h>

/* A reason of a file, cut between characters to what a record keeps. */
static const char *reason_of(struct engine *e, const char *words)
{
	size_t n = strlen(words), at = 0;
	while (at < n && at < MAX_WORDS - 8) {
		uint32_t cp;
		size_t len = utf8_next(words + at, n - at, &cp);
		if (len == 0)
			break;
		at += len;
	}
	char *copy = arena_take(e->arena, at + 1);
	if (!copy)
		return "";
	memcpy(copy, words, at);
	copy[at] = '\0';
	return copy;
}

/* ---- holds ---- */

struct lifting {
	const struct hold_row *row;
	struct ids ids;
};

static int lift_found(void *arg, struct bytes key, struct bytes value)
{
	struct lifting *l = arg;
	struct hold_rec h;
	(void)key;
	if (found_hold(value, &h))
		return E_CORRUPT;
	bool same = h.kind == l->row->kind && strcmp(h.gyomu, l->row->gyomu) == 0;
	return !h.ended_ms && same && h.origin != ORIGIN_STAFF ? ids_add(&l->ids, h.id) : 0;
}

static int lift_of(struct engine *e, const struct hold_row *row, const char *person)
{
	char key[MAX_KEY_BYTES];
	const char *city = e->config->engine.city;
	size_t n = key_hold_person(key, city, person);
	struct lifting l = {.row = row};
	int err = db_scan(&e->tx, T_HOLD, key, n, n, 0, lift_found, &l);
	for (size_t i = 0; i < l.ids.n && !err; i++) {
		struct hold_rec h;
		err = db_hold_get(&e->tx, city, person, (uint32_t)l.ids.list[i], &h);
		if (!err)
			err = hold_end(e, &h, "", reason_of(e, row->words));
	}
	ids_free(&l.ids);
	return err == E_NOTFOUND ? E_CORRUPT : err;
}

/* Under whichever of his 宛名番号 it was made. */
static int lift_hold(struct engine *e, const struct hold_row *row)
{
	const char *names[MOST_NAMES];
	size_t n;
	int err = names_of(e, row->person, names, &n);
	for (size_t i = 0; i < n && !err; i++)
		err = lift_of(e, row, names[i]);
	return err;
}

static int set_hold(struct engine *e, const struct intake_rec *in, const struct hold_row *row)
{
	struct hold_rec h = {.person = row->person,
			     .gyomu = row->gyomu,
			     .kind = row->kind,
			     .promised_day = DAY_NONE,
			     .origin = ORIGIN_FILE,
			     .department = "",
			     .user = "",
			     .reason = reason_of(e, row->words),
			     .intake = in->id};
	return hold_make(e, &h, row->until_day, NULL);
}

static int one_hold(struct engine *e, struct intake_rec *in, const struct hold_row *row,
		    struct load_counts *counts)
{
	if (!row->lifted && row->until_day != DAY_NONE &&
	    row->until_day < civil_day_at(e->now_ms)) {
		counts->refused++;
		return row_error(e, in, row->row, false, "E0004", "", "保留の期限が過ぎています");
	}
	counts->taken++;
	return row->lifted ? lift_hold(e, row) : set_hold(e, in, row);
}

int load_holds(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
	       struct load_counts *counts)
{
	int err = 0;
	for (size_t i = 0; i < batch->n && !err; i++) {
		struct arena_mark row = arena_mark(e->arena);
		err = one_hold(e, in, &batch->holds[i], counts);
		arena_release(e->arena, row);
	}
	return err;
}

/* ---- numbers ---- */

static int lift_mark(struct engine *e, const struct number_row *row, const char *person,
		     const char *why)
{
	struct mark_rec old;
	int err = db_mark_get(&e->tx, row->digits, person, row->mark, &old);
	if (err == E_NOTFOUND || (!err && (old.ended_ms || old.origin == ORIGIN_STAFF)))
		return 0;
	return err ? err : mark_end(e, &old, "", why);
}

static int one_number(struct engine *e, const struct intake_rec *in, const struct number_row *row)
{
	struct mark_rec m = {.digits = row->digits,
			     .person = row->person,
			     .mark = row->mark,
			     .voice = true,
			     .sms = true,
			     .origin = ORIGIN_FILE,
			     .department = "",
			     .user = "",
			     .reason = reason_of(e, row->words),
			     .intake = in->id};
	const char *names[MOST_NAMES];
	size_t n = 1;
	if (!row->lifted)
		return mark_make(e, &m);
	names[0] = row->person; /* "": an entry of everybody's */
	int err = row->person[0] ? names_of(e, row->person, names, &n) : 0;
	for (size_t i = 0; i < n && !err; i++)
		err = lift_mark(e, row, names[i], m.reason);
	return err;
}

int load_numbers(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
		 struct load_counts *counts)
{
	int err = 0;
	for (size_t i = 0; i < batch->n && !err; i++) {
		struct arena_mark row = arena_mark(e->arena);
		err = one_number(e, in, &batch->numbers[i]);
		counts->taken++;
		arena_release(e->arena, row);
	}
	return err;
}
