/*
 * What is with the channels, by its telephone number: a new entry of the number book
 * recalls what is on its way there. A file of the number book may bring thousands of
 * entries while a hundred thousand messages wait for their receipts; a look through
 * all of those for each entry made turns of seconds.
 *
 * Its room is taken when it is made: adding cannot fail, for effects must not.
 */
#ifndef ENGINE_TURN_BYNUMBER_H
#define ENGINE_TURN_BYNUMBER_H

#include "engine/turn/engine.h"

struct bynumber;

int bynumber_new(struct bynumber **ret_table) MUST_CHECK;
void bynumber_free(struct bynumber *b); /* NULL is fine; the flights are not its own */

void bynumber_add(struct bynumber *b, struct flight *f);
void bynumber_remove(struct flight *f); /* not in: nothing happens */
/* Calls `fn` for each that goes to this number. It may not add or remove. */
void bynumber_each(const struct bynumber *b, const char *digits,
		   void (*fn)(struct engine *e, struct flight *f), struct engine *e);

#endif
