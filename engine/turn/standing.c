/* See standing.h. */
#include "engine/turn/standing.h"

#include <string.h>

/* ---- keys ---- */

static bool part(const char *wanted, const char *have)
{
	return wanted[0] == '\0' || strcmp(wanted, have) == 0;
}

bool key_fits(const struct debt_key *w, const struct debt_key *k)
{
	return part(w->person, k->person) && part(w->gyomu, k->gyomu) && part(w->tax, k->tax) &&
	       part(w->fuka_year, k->fuka_year) && part(w->chotei_year, k->chotei_year) &&
	       part(w->period, k->period) && part(w->notice, k->notice);
}

static const char *moved(const char *part, const char *to)
{
	return part[0] && to[0] ? to : part;
}

struct debt_key key_moved(const struct debt_key *k, const struct debt_key *to)
{
	return (struct debt_key){.person = to->person,
				 .gyomu = moved(k->gyomu, to->gyomu),
				 .tax = moved(k->tax, to->tax),
				 .fuka_year = moved(k->fuka_year, to->fuka_year),
				 .chotei_year = moved(k->chotei_year, to->chotei_year),
				 .period = moved(k->period, to->period),
				 .notice = moved(k->notice, to->notice)};
}

bool key_is_whole(const struct debt_key *k)
{
	return k->person[0] && k->gyomu[0] && k->tax[0] && k->fuka_year[0] && k->chotei_year[0] &&
	       k->period[0] && k->notice[0];
}

bool key_is_person(const struct debt_key *k)
{
	return !k->tax[0] && !k->fuka_year[0] && !k->chotei_year[0] && !k->period[0] &&
	       !k->notice[0];
}

/* ---- exclusions ---- */

static bool is_overridden(const struct exclusion_rec *x, const struct exclusion_rec *list, size_t n,
			  const char *department)
{
	if (exclusion_is_absolute(x->reason))
		return false; /* whatever the store holds: nobody may */
	for (size_t i = 0; i < n; i++)
		if (list[i].department[0] && strcmp(list[i].department, department) == 0 &&
		    list[i].reason == x->reason && key_fits(&list[i].key, &x->key))
			return true;
	return false;
}

bool exclusion_in_force(const struct exclusion_rec *x, int32_t today)
{
	return (x->from_day == DAY_NONE || x->from_day <= today) &&
	       (x->until_day == DAY_NONE || x->until_day >= today);
}

/* Which of two is said: what nobody may override, then what has no end, then the listed order. */
static bool is_stronger(const struct exclusion_rec *a, const struct exclusion_rec *b)
{
	bool aa = exclusion_is_absolute(a->reason), ba = exclusion_is_absolute(b->reason);
	bool ae = a->until_day == DAY_NONE, be = b->until_day == DAY_NONE;
	if (aa != ba)
		return aa;
	if (ae != be)
		return ae;
	return a->reason < b->reason;
}

/* Exclusions of a person are about all his debts if nobody may override them: a row that names one
 * debt of a victim of violence does not mean that we may ring for the others. */
static bool is_about(const struct exclusion_rec *x, const struct debt *d)
{
	return !x->department[0] &&
	       (exclusion_is_absolute(x->reason) || key_fits(&x->key, &d->key));
}

static void exclude(struct standing *s, const struct debt *d, const struct exclusion_rec *list,
		    size_t n, const char *department, int64_t now_ms)
{
	const struct exclusion_rec *first = NULL;
	int32_t today = civil_day_at(now_ms), last = today;

	for (size_t i = 0; i < n; i++) {
		const struct exclusion_rec *x = &list[i];
		if (!is_about(x, d) || !exclusion_in_force(x, today) ||
		    is_overridden(x, list, n, department))
			continue;
		if (x->until_day != DAY_NONE && x->until_day > last)
			last = x->until_day;
		if (!first || is_stronger(x, first))
			first = x;
	}
	if (!first)
		return;
	s->code = OUT_EXCLUDED;
	s->reason = first->reason;
	s->since_attempt = first->since_attempt;
	s->what = first->until_day == DAY_NONE ? STANDING_OVER : STANDING_WAITS;
	s->until_ms = civil_day_start(last + 1);
}

/* ---- the whole ---- */

struct standing standing_of(const struct debt *d, const struct exclusion_rec *list, size_t n,
			    const char *department, int64_t now_ms)
{
	struct standing s = {.what = STANDING_OVER, .since_attempt = d->since_attempt};
	struct standing excluded = {.since_attempt = UINT64_MAX};

	exclude(&excluded, d, list, n, department, now_ms);
	if (d->settled != SETTLED_NO && excluded.since_attempt < s.since_attempt)
		s.since_attempt = excluded.since_attempt; /* paid while it was excluded */
	if (d->settled == SETTLED_PAID) {
		s.code = OUT_PAID;
		if (d->preliminary && d->preliminary_until_ms > now_ms) {
			s.what = STANDING_WAITS;
			s.until_ms = d->preliminary_until_ms;
		}
		return s;
	}
	if (d->settled == SETTLED_WITHDRAWN) {
		s.code = OUT_WITHDRAWN;
		return s;
	}
	if (excluded.code != OUT_NONE)
		return excluded;
	if (d->held) {
		s.code = OUT_HELD;
		return s;
	}
	if (d->debit_until_ms > now_ms) {
		s.what = STANDING_WAITS;
		s.code = OUT_HELD;
		s.until_ms = d->debit_until_ms;
		return s;
	}
	s.what = STANDING_ASKED;
	s.since_attempt = UINT64_MAX;
	return s;
}

enum outcome standing_result(const struct standing *s, const struct target_attempt *past,
			     size_t n_past, enum outcome why)
{
	struct past_attempt about[MAX_TARGET_ATTEMPTS];
	size_t n = 0;

	for (size_t i = 0; i < n_past; i++)
		if (past[i].id <= s->since_attempt)
			about[n++] = past[i].past;
	enum outcome code = plan_result(about, n, s->code != OUT_NONE ? s->code : why);
	return code == OUT_NONE ? OUT_EXPIRED : code; /* nothing was tried, nothing else ended it */
}
