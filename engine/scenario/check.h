/*
 * The checker: what must hold of every document before anybody is called with it.
 *
 * Facts first (facts.c): which level each prompt and each variable needs. Then every
 * path is walked (secrecy.c), each condition counting both ways, as an abstract
 * interpretation to the fixpoint over (dialog, items done, secrecy level): nothing
 * speaks of a debt before L1 or 2, nothing asks for a level that the path has not
 * earned, nothing is told after two misses.
 *
 * Messages carry the rule in brackets; docs/scenario.md lists them.
 */
#ifndef ENGINE_SCENARIO_CHECK_H
#define ENGINE_SCENARIO_CHECK_H

#include "engine/scenario/model.h"
#include "engine/scenario/words.h"

/* What is wrong goes to `problems`; 0 even then. E_NOMEM, or E_LIMIT: too many paths. */
int scenario_check(struct scenario *s, const struct scenario_words *words,
		   struct problems *problems) MUST_CHECK;

/* facts.c, for secrecy.c and its tests */
void facts_find(struct scenario *s, const struct scenario_words *words, struct problems *problems);
/* The level that an expression's value has. */
int facts_expr_level(const struct scenario *s, const struct expr *e);
int secrecy_walk(struct scenario *s, struct problems *problems) MUST_CHECK;

#endif
