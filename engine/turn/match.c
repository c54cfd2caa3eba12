/* See match.h. */
#include "engine/turn/match.h"
#include "engine/turn/engine.h"
#include "engine/turn/identities.h"
#include "engine/turn/renamed.h"
#include "engine/turn/standing.h"

#include <string.h>

/* The next part of an encoded identity equals `want`, or `want` is empty. */
static bool part_fits(const char **at, const char *end, const char *want)
{
	const char *sep = memchr(*at, '\x1f', (size_t)(end - *at));
	if (!sep)
		return false;
	size_t len = (size_t)(sep - *at);
	bool fits = want[0] == '\0' || (strlen(want) == len && memcmp(want, *at, len) == 0);
	*at = sep + 1;
	return fits;
}

bool identity_fits(const struct debt_key *k, const char *identity, size_t n)
{
	const char *at = identity, *end = identity + n;
	return part_fits(&at, end, k->person) && part_fits(&at, end, k->gyomu) &&
	       part_fits(&at, end, k->tax) && part_fits(&at, end, k->fuka_year) &&
	       part_fits(&at, end, k->chotei_year) && part_fits(&at, end, k->period) &&
	       part_fits(&at, end, k->notice) && at == end;
}

enum { RECENT_MS = 72 * 3600 * 1000 };

struct search {
	const struct debt_key *key;
	struct matches *m;
};

/* In memory: it is open, or has rows to send, or its own record says when it ended. */
static int is_recent(struct engine *e, uint32_t id, bool *ret)
{
	struct run_rec *run;
	*ret = run_view(e, id) != NULL;
	if (*ret)
		return 0;
	int err = run_work(e, id, &run);
	if (!err)
		*ret = run_is_open(run->state) || run->ended_ms + RECENT_MS > e->now_ms;
	return err == E_NOTFOUND ? 0 : err; /* deleted by retention */
}

static int found(void *arg, struct bytes key, struct bytes value)
{
	struct search *s = arg;
	struct match here;

	(void)value;
	if (key.n < 8)
		return E_CORRUPT;
	if (!identity_fits(s->key, key.p, key.n - 8))
		return 0;
	key_identity_row_read(key, &here.run, &here.row);
	for (size_t i = 0; i < s->m->n; i++) /* by another of its identities */
		if (s->m->list[i].run == here.run && s->m->list[i].row == here.row)
			return 0;
	if (s->m->n == MOST_MATCHES)
		return E_LIMIT;
	s->m->list[s->m->n++] = here;
	return 0;
}

/* An older release left names of debts behind that retention had deleted: of a run that memory does
 * not know the debt itself is looked for. */
static int drop_gone(struct engine *e, struct matches *m)
{
	size_t n = 0;
	int err = 0;
	for (size_t i = 0; i < m->n && !err; i++) {
		struct debt d;
		bool gone = false;
		if (!run_view(e, m->list[i].run)) {
			err = db_debt_get(&e->tx, m->list[i].run, m->list[i].row, &d);
			gone = err == E_NOTFOUND;
			err = gone ? 0 : err;
		}
		if (!gone)
			m->list[n++] = m->list[i];
	}
	m->n = n;
	return err;
}

int matches_find(struct engine *e, const struct debt_key *key, struct matches *ret)
{
	char from[MAX_PERSON + 1];
	size_t n = key_person(from, key->person);
	struct search s = {.key = key, .m = ret};

	ret->n = 0;
	int err = identities_scan(&e->tx, from, n, found, &s);
	return err ? err : drop_gone(e, ret);
}

/* The runs are looked at after the scan: its callback must not read the store. */
int matches_recent(struct engine *e, const struct debt_key *key, struct matches *ret)
{
	size_t n = 0;
	int err = matches_find(e, key, ret);
	for (size_t i = 0; i < ret->n && !err; i++) {
		bool recent;
		err = is_recent(e, ret->list[i].run, &recent);
		if (!err && recent)
			ret->list[n++] = ret->list[i];
	}
	ret->n = n;
	return err;
}

size_t matches_in_run(const struct matches *m, uint32_t run)
{
	size_t n = 0;
	for (size_t i = 0; i < m->n; i++)
		n += m->list[i].run == run;
	return n;
}

static bool is_same(const struct debt_key *a, const struct debt_key *b)
{
	return strcmp(a->person, b->person) == 0 && strcmp(a->gyomu, b->gyomu) == 0 &&
	       strcmp(a->tax, b->tax) == 0 && strcmp(a->fuka_year, b->fuka_year) == 0 &&
	       strcmp(a->chotei_year, b->chotei_year) == 0 && strcmp(a->period, b->period) == 0 &&
	       strcmp(a->notice, b->notice) == 0;
}

/* The same debt may stand in many runs, also under a key that was changed. */
static bool is_one_of(const struct debt_key *key, const struct debt_key *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_same(key, &list[i]))
			return true;
	return false;
}

int matches_unclear(struct engine *e, const struct debt_key *key, const struct matches *m,
		    bool owed, bool *ret_unclear)
{
	struct debt_key names[MOST_KEYS];
	size_t n_names = 0;
	int err = 0;

	*ret_unclear = false;
	if (m->n < 2 || key_is_whole(key))
		return 0;
	for (size_t i = 0; i < m->n && !err && !*ret_unclear; i++) {
		struct debt d;
		err = db_debt_get(&e->tx, m->list[i].run, m->list[i].row, &d);
		if (err || (owed && d.settled != SETTLED_NO && !d.preliminary))
			continue;
		if (n_names == 0)
			err = renamed_keys(e, &d.key, names, &n_names);
		else
			*ret_unclear = !is_one_of(&d.key, names, n_names);
	}
	return err == E_NOTFOUND ? E_CORRUPT : err;
}

int match_load(struct engine *e, struct match where, struct debt *debt, struct target *target)
{
	int err = db_debt_get(&e->tx, where.run, where.row, debt);
	if (!err)
		err = db_target_get(&e->tx, where.run, debt->target, target);
	return err == E_NOTFOUND ? E_CORRUPT : err;
}
