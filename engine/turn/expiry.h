/*
 * Flights that end by time: messages that wait for a receipt, lines that a crash
 * left busy. Ordered by until_ms, so that a turn looks at those whose time has come
 * and not at a hundred thousand that wait.
 *
 * Its room is taken when it is made: adding cannot fail, for effects must not.
 */
#ifndef ENGINE_TURN_EXPIRY_H
#define ENGINE_TURN_EXPIRY_H

#include "engine/turn/engine.h"

struct expiry;

int expiry_new(size_t most, struct expiry **ret_expiry) MUST_CHECK;
void expiry_free(struct expiry *x); /* NULL is fine; the flights are not its own */

void expiry_add(struct expiry *x, struct flight *f); /* until_ms does not change while it is in */
void expiry_remove(struct expiry *x, struct flight *f); /* not in: nothing happens */

size_t expiry_count(const struct expiry *x);
int64_t expiry_first(const struct expiry *x); /* INT64_MAX: none */
/* At most `most` whose time has come at now_ms, in no order; their number. */
size_t expiry_due(const struct expiry *x, int64_t now_ms, size_t most, struct flight **ret_list);

#endif
