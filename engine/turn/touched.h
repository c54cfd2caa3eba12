/*
 * The targets whose debts a row changed, so that each is settled once for the row, not
 * once a debt: to settle one reads all of its debts, and a hundred debts that a row takes
 * back were read a hundred times.
 *
 * Promise: what stops contact comes in the same transaction as the debts' own change, so a
 * call cannot go out between them. Memory: each target gives back what it read before the
 * next one is looked at, so a row about thousands of debts needs no more of the turn's than
 * one target does.
 */
#ifndef ENGINE_TURN_TOUCHED_H
#define ENGINE_TURN_TOUCHED_H

#include "engine/turn/match.h"

struct engine;

struct touched {
	size_t n;
	struct {
		uint32_t run, target;
	} list[MOST_MATCHES];
};

/* One look of match.h finds no more debts than there is room for here. */
void touched_add(struct touched *t, uint32_t run, uint32_t target);
/* Each is planned anew, and what flies for it is recalled; the list is empty then. */
int touched_settle(struct engine *e, struct touched *t) MUST_CHECK;

#endif
