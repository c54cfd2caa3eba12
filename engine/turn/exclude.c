/*
 * Exclusions (除外): reasons not to contact a person, or about one debt, that survive
 * runs until they are lifted (解除) or their last day is over. They are recorded by
 * person and looked at before every attempt (standing.h), so a run that comes later
 * needs nothing; a row that arrives reaches who waits and who is being called now.
 *
 * 支援措置 and 死亡 are about the whole person, whatever debt the row names, and
 * nobody overrides them. Of the other reasons a department may override one for its
 * own runs (exclude_cmd.c).
 */
#include "engine/turn/exclude.h"
#include "engine/turn/engine.h"
#include "engine/turn/names.h"
#include "engine/turn/outlook.h"
#include "engine/turn/renamed.h"

#include "engine/log.h"

#include <string.h>

enum { MOST_OF_PERSON = 200 };

static bool same_key(const struct debt_key *a, const struct debt_key *b)
{
	return key_fits(a, b) && key_fits(b, a);
}

/* ---- who is waiting, or being called, or was reported ---- */

/* A lifted exclusion leaves a result that was reported as it was: true when it was made. */
static int reported(struct engine *e, const struct target *t, bool lifted)
{
	struct outlook look;
	int err = lifted ? 0 : target_recall(e, t); /* a message that staff sent again */
	if (!err && !lifted)
		err = outlook_read(e, t, &look);
	for (size_t i = 0; !err && !lifted && i < look.n; i++) {
		struct debt before = look.debts[i];
		err = debt_correct(e, &look.debts[i], &before, t, &look.standings[i],
				   CAUSE_EXCLUSION);
		if (!err)
			err = db_debt_put(&e->tx, &look.debts[i]);
	}
	return err;
}

struct reach {
	bool lifted;
	const char *department;
	size_t n; /* targets, of these matches */
	struct {
		uint32_t run, id;
	} seen[MOST_MATCHES];
};

static bool is_seen(const struct reach *r, const struct target *t)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->seen[i].run == t->run && r->seen[i].id == t->id)
			return true;
	return false;
}

static int reach_one(struct engine *e, struct match where, struct reach *r)
{
	struct run_rec *run;
	struct debt d;
	struct target t;
	int err = match_load(e, where, &d, &t);
	if (!err)
		err = run_work(e, t.run, &run);
	if (err || is_seen(r, &t) || (r->department && strcmp(r->department, run->department) != 0))
		return err;
	r->seen[r->n].run = t.run;
	r->seen[r->n++].id = t.id;
	return t.state == TARGET_DONE ? reported(e, &t, r->lifted) : target_changed(e, &t);
}

int exclusion_reached(struct engine *e, const struct debt_key *key, bool lifted,
		      const char *department, size_t *ret_n)
{
	struct reach r = {.lifted = lifted, .department = department};
	struct matches m;
	bool more = true;
	size_t n = 0;

	int err = matches_recent(e, key, &m);
	while (!err && more) {
		r.n = 0;
		for (size_t i = 0; i < m.n && !err; i++) {
			struct arena_mark step = arena_mark(e->arena);
			err = reach_one(e, m.list[i], &r);
			arena_release(e->arena, step);
		}
		n += r.n;
		more = m.more;
		if (!err && more)
			err = matches_next(e, key, &m);
	}
	*ret_n = n;
	return err;
}

/* ---- records ---- */

/* Those that nobody may override, and those about the person as a whole, are one a reason: they are
 * never too many, and a person who must not be called is not refused because of his debts. */
static bool is_counted(const struct exclusion_rec *rec)
{
	bool whole = key_is_person(&rec->key) && !rec->key.gyomu[0];
	return !whole && !exclusion_is_absolute(rec->reason);
}

static int put_one(struct engine *e, const struct exclusion_rec *new, bool *ret_news)
{
	struct exclusion_rec old, copy = *new, *rec = &copy;
	int32_t today = civil_day_at(e->now_ms);
	int err = db_exclusion_get(&e->tx, rec, &old);
	/* Prolonged while it holds: what was tried meanwhile was not about it. */
	if (!err && exclusion_in_force(&old, today) && old.since_attempt < rec->since_attempt)
		rec->since_attempt = old.since_attempt;
	if (!err && old.from_day == rec->from_day && old.until_day == rec->until_day)
		return 0; /* the daily list again: since when it holds stays */
	if (err && err != E_NOTFOUND)
		return err;
	*ret_news = true; /* it was not in force like this before */
	return db_exclusion_put(&e->tx, rec);
}

/* Away with what a lifting row names, and with the overrides of it. */
static int lift_one(struct engine *e, const struct exclusion_rec *what, bool *ret_news)
{
	struct exclusion_rec *list;
	size_t n;
	int err = exclusions_of(&e->tx, what->key.person, &list, &n);
	for (size_t i = 0; i < n && !err; i++) {
		if (list[i].reason != what->reason || !key_fits(&what->key, &list[i].key))
			continue;
		*ret_news = true;
		err = db_exclusion_del(&e->tx, &list[i]);
	}
	return err;
}

/* ---- what a row asks for, all of it known before the first write ---- */

struct record {
	struct exclusion_rec rec;
	size_t of; /* the name whose debts it was found with; its own place: it is that name */
};

struct records {
	size_t n, cap;
	struct record *list;
};

static bool has_record(const struct records *r, const struct debt_key *key)
{
	for (size_t i = 0; i < r->n; i++)
		if (same_key(&r->list[i].rec.key, key))
			return true;
	return false;
}

static int records_add(struct engine *e, struct records *r, const struct exclusion_rec *rec,
		       size_t of)
{
	if (r->n == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 16;
		struct record *list = arena_take(e->arena, cap * sizeof *list);
		if (!list)
			return E_NOMEM;
		if (r->n)
			memcpy(list, r->list, r->n * sizeof *list);
		r->list = list;
		r->cap = cap;
	}
	r->list[r->n++] = (struct record){*rec, of};
	return 0;
}

/* Debts that the row names by a key that they came to have: also under their own. */
static int gather_own_keys(struct engine *e, struct records *r, const struct exclusion_rec *rec)
{
	struct matches m;
	size_t of = r->n - 1;
	bool more = true;
	int err = matches_recent(e, &rec->key, &m);
	while (!err && more) {
		for (size_t i = 0; i < m.n && !err; i++) {
			struct exclusion_rec own = *rec;
			struct target t;
			struct debt d;
			err = match_load(e, m.list[i], &d, &t);
			own.key = d.key;
			if (!err && !key_fits(&rec->key, &d.key) && !has_record(r, &d.key))
				err = records_add(e, r, &own, of);
		}
		more = m.more;
		if (!err && more)
			err = matches_next(e, &rec->key, &m);
	}
	return err;
}

/* Under every key of the debt: it may come later by another. */
static int gather_keys(struct engine *e, struct records *r, const struct exclusion_rec *rec)
{
	struct debt_key keys[MOST_KEYS];
	struct exclusion_rec copy = *rec;
	bool person = key_is_person(&rec->key);
	size_t n = 1;
	int err = 0;
	keys[0] = rec->key;
	if (!person)
		err = renamed_keys(e, &rec->key, keys, &n);
	for (size_t i = 0; i < n && !err; i++) {
		copy.key = keys[i];
		err = records_add(e, r, &copy, r->n);
		if (!err && !person)
			err = gather_own_keys(e, r, &copy);
	}
	return err;
}

static int gather(struct engine *e, struct records *r, struct exclusion_rec rec)
{
	const char *persons[MOST_ALIASES];
	size_t n;
	int err = db_aliases(&e->tx, rec.key.person, persons, MOST_ALIASES, &n);
	for (size_t i = 0; i < n && !err; i++) {
		rec.key.person = persons[i];
		err = gather_keys(e, r, &rec);
	}
	return err;
}

/* How many of the first `n` would be new to this person. */
static int count_new(struct engine *e, const struct records *r, size_t n, const char *person,
		     size_t *ret)
{
	int err = 0;
	for (size_t i = 0; i < n && !err; i++) {
		struct exclusion_rec old;
		if (strcmp(r->list[i].rec.key.person, person) != 0)
			continue;
		err = db_exclusion_get(&e->tx, &r->list[i].rec, &old);
		*ret += err == E_NOTFOUND;
		err = err == E_NOTFOUND ? 0 : err;
	}
	return err;
}

/* E_LIMIT: a key is too long, or a person would have too many. */
static int is_room(struct engine *e, const struct records *r)
{
	char key[MAX_KEY_BYTES];
	int err = 0;
	for (size_t i = 0; i < r->n && !err; i++) {
		const struct exclusion_rec *rec = &r->list[i].rec;
		struct exclusion_rec *have;
		size_t n, n_new = 0;
		err = key_exclusion(key, &n, rec);
		if (err || !is_counted(rec))
			continue;
		err = count_new(e, r, i + 1, rec->key.person, &n_new);
		if (err || n_new == 0)
			continue;
		err = exclusions_of(&e->tx, rec->key.person, &have, &n);
		if (!err && n + n_new > MOST_OF_PERSON)
			err = E_LIMIT;
	}
	return err;
}

/* Whoever has news, under the name that the row gave and under his own. */
static int put_all(struct engine *e, const struct records *r, bool lifted, bool *ret_news)
{
	bool *news = arena_take(e->arena, r->n * sizeof *news);
	size_t n;
	int err = news ? 0 : E_NOMEM;
	if (!err)
		memset(news, 0, r->n * sizeof *news);
	for (size_t i = 0; i < r->n && !err; i++) {
		const struct record *at = &r->list[i];
		err = lifted ? lift_one(e, &at->rec, &news[at->of])
			     : put_one(e, &at->rec, &news[at->of]);
	}
	for (size_t i = 0; i < r->n && !err; i++) {
		if (!news[i])
			continue;
		*ret_news = true;
		err = exclusion_reached(e, &r->list[i].rec.key, lifted, NULL, &n);
	}
	return err;
}

/* ---- one row ---- */

static struct exclusion_rec rec_of(const struct engine *e, const struct intake_rec *in,
				   const struct exclusion_row *row)
{
	int32_t today = civil_day_at(e->now_ms);
	bool later = row->from_day != DAY_NONE && row->from_day > today;
	struct exclusion_rec rec = {
	    .key = row->key,
	    .reason = row->reason,
	    .department = "",
	    .from_day = row->from_day,
	    .until_day = row->until_day,
	    /* In force later: what is called until then is called rightly. */
	    .since_attempt = later ? UINT64_MAX : e->counters.next_attempt,
	    .at_ms = e->now_ms,
	    .intake = in->id,
	    .row = row->row,
	    .words = row->words,
	    .by = "",
	};
	if (exclusion_is_absolute(row->reason))
		rec.key = (struct debt_key){row->key.person, "", "", "", "", "", ""};
	return rec;
}

/* Who is him by a key change has a record of his own; who is by 名寄せ番号 is looked up with him,
 * and reached here. */
static int for_names(struct engine *e, const struct exclusion_rec *rec, bool lifted)
{
	const char *names[MOST_NAMES];
	size_t n = 0, reached;
	int err = key_is_person(&rec->key) ? names_of(e, rec->key.person, names, &n) : 0;
	for (size_t i = 1; !err && key_is_person(&rec->key) && i < n; i++) {
		struct debt_key key = rec->key;
		key.person = names[i];
		err = exclusion_reached(e, &key, lifted, NULL, &reached);
	}
	return err;
}

static int apply(struct engine *e, struct intake_rec *in, const struct exclusion_row *row,
		 struct load_counts *counts)
{
	struct exclusion_rec rec = rec_of(e, in, row);
	struct records r = {0};
	bool news = false;

	int err = gather(e, &r, rec);
	if (!err && !row->lifted)
		err = is_room(e, &r);
	if (err == E_LIMIT) { /* nothing was written: what is refused is not in force */
		counts->refused++;
		return row_error(e, in, row->row, false, "E0004", "", "一人の除外が多すぎます");
	}
	if (!err)
		err = put_all(e, &r, row->lifted, &news);
	if (!err && news)
		err = for_names(e, &rec, row->lifted);
	if (err)
		return err;
	counts->taken++;
	counts->matched += news;
	if (news || !row->lifted)
		return 0;
	counts->warned++;
	return row_error(e, in, row->row, true, "E0004", "", "解除する除外がありません");
}

int load_exclusions(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
		    struct load_counts *counts)
{
	int err = 0;
	for (size_t i = 0; i < batch->n && !err; i++) {
		struct arena_mark row = arena_mark(e->arena);
		err = apply(e, in, &batch->exclusions[i], counts);
		arena_release(e->arena, row);
	}
	return err;
}

/* ---- key changes ---- */

/* 200 reasons not to call are enough; but none is left out that is not counted. */
static int follow(struct engine *e, const struct exclusion_rec *rec, bool *ret_news)
{
	struct record one = {.rec = *rec};
	struct records r = {1, 1, &one};
	int err = is_room(e, &r);
	return err == E_LIMIT ? 0 : err ? err : put_one(e, rec, ret_news);
}

int exclusions_follow(struct engine *e, const struct debt_key *from, const struct debt_key *to)
{
	struct exclusion_rec *list;
	bool news = false;
	size_t n, reached;

	int err = exclusions_of(&e->tx, from->person, &list, &n);
	for (size_t i = 0; i < n && !err; i++) {
		struct exclusion_rec copy = list[i];
		bool own = key_fits(&list[i].key, from);
		if (!own && strcmp(from->person, to->person) == 0)
			continue; /* of another debt, whose key did not change */
		copy.key = own ? key_moved(&list[i].key, to) : list[i].key;
		copy.key.person = to->person;
		if (!same_key(&copy.key, &list[i].key))
			err = follow(e, &copy, &news);
	}
	if (!err && news)
		err = exclusion_reached(e, &(struct debt_key){to->person, "", "", "", "", "", ""},
					false, NULL, &reached);
	return err;
}
