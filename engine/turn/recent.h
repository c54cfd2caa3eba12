/*
 * Which runs matter still: those that are open or have something to send, and those
 * that ended less than 72 h ago, whose results are corrected. A row about a person as a
 * whole looks at these alone: it does not rewrite the results of years, and it must not
 * fail because of them.
 */
#ifndef ENGINE_TURN_RECENT_H
#define ENGINE_TURN_RECENT_H

#include "engine/turn/record.h"

struct engine;

/* Kept in memory: more that ended within 72 h are forgotten, the oldest first. What is lost is
 * corrections of their results, never a call that should not be. */
enum { MOST_LATELY = 1024 };

struct ended_run {
	uint32_t id;
	int64_t ended_ms;
};

struct recent_runs {
	size_t n;
	uint32_t *list; /* by number; in the turn's arena */
};

/* Memory, after the commit and at start: it needs no view any more. */
void recent_ended(struct engine *e, const struct run_rec *run);
/* As this transaction sees them. */
int recent_runs(struct engine *e, struct recent_runs *ret) MUST_CHECK;
bool recent_has(const struct recent_runs *r, uint32_t run);

#endif
