/*
 * A call that nobody makes: the interpreter itself, fed with keys that somebody clicks.
 * What is said, where the call then waits and what it would take for an answer comes out,
 * so that staff can walk through a scenario before anybody is called. Pure; each prompt
 * counts as played to its end at once, and nothing is kept of what would be recorded.
 */
#ifndef ENGINE_SCENARIO_TRYOUT_H
#define ENGINE_SCENARIO_TRYOUT_H

#include "engine/scenario.h"

#define MAX_TRY_STEPS 200
#define MAX_TRY_SAID 64

/* What happens, one character each, one after the other:
 *	0-9 * #   a key
 *	-         silence, until the timer runs out
 *	a-p       a word is said: the first of those that are listened for, the second …
 *	?         something is said that is none of them
 *	C B       of a transfer: staff answered, and hung up; staff's telephone is busy
 *	M         an answering machine takes the call: as the first step alone */
enum try_waits {
	TRY_ENDED, /* the call is over */
	TRY_ANSWER,
	TRY_TRANSFER,
};
struct tryout {
	enum try_waits waits;
	size_t dialog, item; /* where it waits */
	int level;           /* now */
	bool words;          /* words are listened for */
	/* behind the last step */
	size_t n_said;
	struct {
		size_t prompt; /* IA_PLAY's */
		int level;     /* the call's when it is said */
	} said[MAX_TRY_SAID];
	struct interp_result result;
};

/* E_INVALID: step `*ret_bad` (counted from 0) is none, or nothing takes it there; E_LIMIT: more
 * than MAX_TRY_STEPS; E_NOMEM. */
int scenario_tryout(struct scenario *s, const struct scenario_vars *vars, const char *steps,
		    size_t *ret_bad, struct tryout *ret) MUST_CHECK;

#endif
