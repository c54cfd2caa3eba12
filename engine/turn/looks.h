/*
 * How many targets a turn looks at, to start them or to end them: one budget for all
 * runs. A look reads a target with its debts into the turn's arena; a budget a run made
 * the turn's time and memory grow with the runs, until no turn fitted the arena.
 *
 * Promise: never more than MOST_LOOKS in a turn, however many runs, people and debts; and
 * each run that wants any has a share. Who leaves something over leaves it to the next.
 */
#ifndef ENGINE_TURN_LOOKS_H
#define ENGINE_TURN_LOOKS_H

#include "engine/turn/memory.h"

struct engine;

enum {
	MOST_LOOKS = 512,
	/* Half of the arena: the rest is for the last look, and what is written at the end. */
	LOOK_PART = 2,
};

/* May one more be looked at? The first always may, or nothing would ever go on. */
bool looks_left(const struct engine *e);
/* Of what is left, the share of the next of so many runs. */
size_t looks_share(const struct engine *e, size_t runs);

/* Targets of a run that are due, in their order; in the turn's arena. */
struct due_list {
	int64_t until_ms;
	size_t n, most;
	struct look_place *list;
	struct look_place after;
};
/* Those due until then, behind the place `after`, at most so many. */
int due_list(struct engine *e, uint32_t run, struct look_place after, int64_t until_ms, size_t most,
	     struct due_list *ret) MUST_CHECK;
/* This target stands at that place or before it. */
bool look_passed(struct look_place place, const struct look_place *due);

#endif
