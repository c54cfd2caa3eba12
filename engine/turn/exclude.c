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

int exclusion_reached(struct engine *e, const struct debt_key *key, bool lifted,
		      const char *department, size_t *ret_n)
{
	struct {
		uint32_t run, id;
	} seen[MOST_MATCHES];
	struct matches m;
	size_t n = 0;

	int err = matches_recent(e, key, &m);
	for (size_t i = 0; i < m.n && !err; i++) {
		struct run_rec *run;
		struct debt d;
		struct target t;
		bool known = false;
		err = match_load(e, m.list[i], &d, &t);
		if (!err)
			err = run_work(e, t.run, &run);
		if (err)
			break;
		for (size_t j = 0; j < n; j++)
			known = known || (seen[j].run == t.run && seen[j].id == t.id);
		if (known || (department && strcmp(department, run->department) != 0))
			continue;
		seen[n].run = t.run;
		seen[n++].id = t.id;
		err = t.state == TARGET_DONE ? reported(e, &t, lifted) : target_changed(e, &t);
	}
	*ret_n = n;
	return err;
}

/* ---- records ---- */

static int count_of(struct engine *e, const char *person, size_t *ret_n)
{
	struct exclusion_rec *list;
	return exclusions_of(&e->tx, person, &list, ret_n);
}

/* *ret_news: it was not in force like this before. */
static int put_one(struct engine *e, const struct exclusion_rec *new, bool *ret_news)
{
	struct exclusion_rec old, copy = *new, *rec = &copy;
	int32_t today = civil_day_at(e->now_ms);
	size_t n;
	int err = db_exclusion_get(&e->tx, rec, &old);
	/* Prolonged while it holds: what was tried meanwhile was not about it. */
	if (!err && exclusion_in_force(&old, today) && old.since_attempt < rec->since_attempt)
		rec->since_attempt = old.since_attempt;
	if (!err && old.from_day == rec->from_day && old.until_day == rec->until_day)
		return 0; /* the daily list again: since when it holds stays */
	if (err && err != E_NOTFOUND)
		return err;
	/* Those that nobody may override are one a person, and never too many. */
	if (err && !exclusion_is_absolute(rec->reason)) {
		err = count_of(e, rec->key.person, &n);
		if (err || n >= MOST_OF_PERSON)
			return err ? err : E_LIMIT;
	}
	*ret_news = true;
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

static int record(struct engine *e, const struct exclusion_rec *rec, bool lifted, bool *ret_news)
{
	return lifted ? lift_one(e, rec, ret_news) : put_one(e, rec, ret_news);
}

/* Debts that the row names by a key that they came to have: also under their own. */
static int record_own_keys(struct engine *e, const struct exclusion_rec *rec, bool lifted,
			   bool *ret_news)
{
	struct matches m;
	int err = matches_recent(e, &rec->key, &m);
	for (size_t i = 0; i < m.n && !err; i++) {
		struct exclusion_rec own = *rec;
		struct target t;
		struct debt d;
		err = match_load(e, m.list[i], &d, &t);
		if (err || key_fits(&rec->key, &d.key))
			continue;
		own.key = d.key;
		err = record(e, &own, lifted, ret_news);
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

static int for_person(struct engine *e, const struct exclusion_rec *rec, bool lifted,
		      bool *ret_news)
{
	bool news = false;
	size_t n;
	int err = record(e, rec, lifted, &news);
	if (!err && !key_is_person(&rec->key))
		err = record_own_keys(e, rec, lifted, &news);
	if (!err && news)
		err = exclusion_reached(e, &rec->key, lifted, NULL, &n);
	*ret_news = *ret_news || news;
	return err;
}

/* Under every key of the debt: it may come later by another. */
static int for_keys(struct engine *e, const struct exclusion_rec *rec, bool lifted, bool *ret_news)
{
	struct debt_key keys[MOST_KEYS];
	struct exclusion_rec copy = *rec;
	size_t n = 1;
	int err = 0;
	keys[0] = rec->key;
	if (!key_is_person(&rec->key))
		err = renamed_keys(e, &rec->key, keys, &n);
	for (size_t i = 0; i < n && !err; i++) {
		copy.key = keys[i];
		err = for_person(e, &copy, lifted, ret_news);
	}
	return err;
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
	const char *persons[MOST_ALIASES];
	struct exclusion_rec rec = rec_of(e, in, row);
	bool news = false;
	size_t n;

	int err = db_aliases(&e->tx, row->key.person, persons, MOST_ALIASES, &n);
	for (size_t i = 0; i < n && !err; i++) {
		rec.key.person = persons[i];
		err = for_keys(e, &rec, row->lifted, &news);
	}
	rec.key.person = row->key.person;
	if (!err && news)
		err = for_names(e, &rec, row->lifted);
	if (err == E_LIMIT) {
		counts->refused++;
		return row_error(e, in, row->row, false, "E0004", "",
				 "一人の除外または明細が多すぎます");
	}
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
	for (size_t i = 0; i < batch->n && !err; i++)
		err = apply(e, in, &batch->exclusions[i], counts);
	return err;
}

/* ---- key changes ---- */

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
			err = put_one(e, &copy, &news);
	}
	if (err == E_LIMIT)
		err = 0; /* 200 reasons not to call are enough */
	if (!err && news)
		err = exclusion_reached(e, &(struct debt_key){to->person, "", "", "", "", "", ""},
					false, NULL, &reached);
	return err == E_LIMIT ? 0 : err;
}
