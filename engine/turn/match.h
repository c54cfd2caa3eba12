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
/* What does not fit is not refused: a row that does nothing leaves somebody to be called who must
 * not be. */
struct matches {
	size_t n; /* each debt once */
	struct match list[MOST_MATCHES];
	bool cut;    /* too many in all: those of runs that matter no more are left out */
	bool more;   /* too many of the runs that matter: matches_next() has the next ones */
	size_t seen; /* names of his so far, whatever they name */
};

/* In all runs that are kept; if they are too many, in those that matter still (recent.h). */
int matches_find(struct engine *e, const struct debt_key *key, struct matches *ret) MUST_CHECK;
/* In those that matter still: a row about a person as a whole does not rewrite the results of
 * years. */
int matches_recent(struct engine *e, const struct debt_key *key, struct matches *ret) MUST_CHECK;
/* After `more`, for as long as no name of his is added or taken away. A debt may come again, by
 * another of its names. */
int matches_next(struct engine *e, const struct debt_key *key, struct matches *m) MUST_CHECK;
/* How many debts of that run it names. */
size_t matches_in_run(const struct matches *m, uint32_t run);
/* Whether nobody can say which debt is meant, by a key that lacks a part and fits debts of several
 * runs (of another department too) that are not the same one, or so many that they are not all
 * looked at. `owed`: what is settled for good does not count. Within one run: matches_in_run(). */
int matches_unclear(struct engine *e, const struct debt_key *key, const struct matches *m,
		    bool owed, bool *ret_unclear) MUST_CHECK;
/* The debt and its target. */
int match_load(struct engine *e, struct match where, struct debt *debt,
	       struct target *target) MUST_CHECK;
/* The parts of an identity in a key of T_DEBTKEY fit `wanted`. */
bool identity_fits(const struct debt_key *wanted, const char *identity, size_t n);

#endif
