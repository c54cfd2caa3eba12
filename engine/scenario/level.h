/*
 * The secrecy level of one call, as a state machine of its own. The checker walks
 * it over every path of a document, the interpreter keeps it during the call: both
 * ask the same few functions, so that what was checked is what is enforced.
 *
 *	L0 --said he is the person, by key--> L1 --four keys match--> L2
 *	any --two misses, another person, wrong number--> closed at L0, for good
 */
#ifndef ENGINE_SCENARIO_LEVEL_H
#define ENGINE_SCENARIO_LEVEL_H

#include "engine/err.h"
#include "engine/plan/outcome.h"
#include <stdbool.h>

#define LEVEL_MOST_MISSES 2

struct level {
	unsigned char now;    /* 0, 1, 2 */
	unsigned char misses; /* of matches_birth */
	bool key;             /* the latest answer was the key of a choice */
	bool self;            /* such a key said: I am the person */
	bool matched;         /* four keys matched */
	bool closed;          /* nothing may be told to whoever is there */
};

/* The resident answered: by the key of a choice, or otherwise (digits, silence, a wrong key). */
void level_answered(struct level *l, bool by_choice);
/* False: the tries are used up, and no comparison may be made. */
bool level_may_match(const struct level *l);
void level_compared(struct level *l, bool matched);
/* o:level. E_STATE: not allowed here. */
int level_raise(struct level *l, int to) MUST_CHECK;
/* o:reached. E_STATE: nothing on this path shows it. */
int level_reached(struct level *l, enum reached reached) MUST_CHECK;

#endif
