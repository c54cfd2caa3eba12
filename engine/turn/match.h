/*
 * Which debts a row of the core system names. Parts of its key that are empty match
 * any; a debt is found by every identity it ever had (key changes add some).
 */
#ifndef ENGINE_TURN_MATCH_H
#define ENGINE_TURN_MATCH_H

#include "engine/turn/record.h"

struct engine;

enum { MOST_MATCHES = 2048 };

struct match {
	uint32_t run, row;
};
struct matches {
	size_t n; /* each debt once */
	struct match list[MOST_MATCHES];
};

/* In all runs that are kept. E_LIMIT: more than MOST_MATCHES. */
int matches_find(struct engine *e, const struct debt_key *key, struct matches *ret) MUST_CHECK;
/* Only in runs that are open or ended less than 72 h ago: a row about a person as a whole does not
 * rewrite the results of years. */
int matches_recent(struct engine *e, const struct debt_key *key, struct matches *ret) MUST_CHECK;
/* How many debts of that run it names. */
size_t matches_in_run(const struct matches *m, uint32_t run);
/* Whether nobody can say which debt is meant, by a key that lacks a part and fits debts of several
 * runs (of another department too) that are not the same one. `owed`: what is settled for good does
 * not count. Within one run: matches_in_run(). */
int matches_unclear(struct engine *e, const struct debt_key *key, const struct matches *m,
		    bool owed, bool *ret_unclear) MUST_CHECK;
/* The debt and its target. */
int match_load(struct engine *e, struct match where, struct debt *debt,
	       struct target *target) MUST_CHECK;
/* The parts of an identity in a key of T_DEBTKEY fit `wanted`. */
bool identity_fits(const struct debt_key *wanted, const char *identity, size_t n);

#endif
