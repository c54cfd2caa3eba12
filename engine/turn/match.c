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

struct search {
	const struct debt_key *key;
	const struct recent_runs *recent; /* NULL: all */
	struct matches *m;
	size_t done, at; /* names before this look, in this look */
};

static bool is_listed(const struct matches *m, struct match here)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->list[i].run == here.run && m->list[i].row == here.row)
			return true;
	return false;
}

static int found(void *arg, struct bytes key, struct bytes value)
{
	struct search *s = arg;
	struct matches *m = s->m;
	struct match here;

	(void)value;
	if (key.n < 8)
		return E_CORRUPT;
	if (s->at++ < s->done)
		return 0;
	key_identity_row_read(key, &here.run, &here.row);
	bool wanted = identity_fits(s->key, key.p, key.n - 8) &&
		      (!s->recent || recent_has(s->recent, here.run)) && !is_listed(m, here);
	if (wanted && m->n == MOST_MATCHES) {
		m->more = true;
		return 1;
	}
	m->seen = s->at;
	if (wanted)
		m->list[m->n++] = here;
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

/* `m` says where the last look ended. */
static int look(struct engine *e, const struct debt_key *key, const struct recent_runs *recent,
		struct matches *m)
{
	char from[MAX_PERSON + 1];
	size_t n = key_person(from, key->person);
	struct search s = {.key = key, .recent = recent, .m = m, .done = m->seen};

	m->n = 0;
	m->more = false;
	int err = identities_scan(&e->tx, from, n, found, &s);
	return err ? err : drop_gone(e, m);
}

int matches_next(struct engine *e, const struct debt_key *key, struct matches *m)
{
	struct recent_runs recent;
	int err = recent_runs(e, &recent);
	return err ? err : look(e, key, &recent, m);
}

int matches_recent(struct engine *e, const struct debt_key *key, struct matches *ret)
{
	ret->seen = 0;
	ret->cut = false;
	return matches_next(e, key, ret);
}

int matches_find(struct engine *e, const struct debt_key *key, struct matches *ret)
{
	ret->seen = 0;
	ret->cut = false;
	int err = look(e, key, NULL, ret);
	if (err || !ret->more)
		return err;
	err = matches_recent(e, key, ret);
	ret->cut = true;
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

	*ret_unclear = m->more || (m->cut && !key_is_whole(key));
	if (*ret_unclear || m->n < 2 || key_is_whole(key))
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
