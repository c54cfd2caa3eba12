/*
 * The due index (T_DUE): which waiting target is to be looked at when.
 *
 * A target that was planned once has an entry of its own: run, time, target. Those
 * that never were are due "at once" and nearly always go by the hundred: they stand as
 * bits, DUE_GROUP of them in one entry (run, DUE_AT_ONCE, first id, a further byte).
 * Loading a target then costs a bit instead of a pair, and starting it rewrites 64
 * bytes in place instead of taking a key out of the tree. Stores of older releases
 * have entries of their own for all; both kinds may stand in one run.
 *
 * Promise: a target's due_ms says which entry it has; the two change in one transaction.
 */
#ifndef ENGINE_TURN_DUES_H
#define ENGINE_TURN_DUES_H

#include "engine/turn/db.h"

enum { DUE_AT_ONCE = 1, DUE_GROUP = 512, DUE_GROUP_BYTES = DUE_GROUP / 8 };

/* Targets that a load adds. One group is kept in memory: ids come in their order. */
struct due_adding {
	struct tx *tx;
	uint32_t run, base;
	bool any; /* the group below has bits that are not in the store yet */
	unsigned char bits[DUE_GROUP_BYTES];
};
static inline void dues_begin(struct due_adding *d, struct tx *tx, uint32_t run)
{
	*d = (struct due_adding){.tx = tx, .run = run};
}
/* The caller puts the target, with due_ms = DUE_AT_ONCE. */
int dues_add(struct due_adding *d, uint32_t target) MUST_CHECK;
/* Before anything else of this transaction looks at the index. */
int dues_end(struct due_adding *d) MUST_CHECK;

/* For each target of the run, by time (those that are due at once, nearly by id). Return 0 to go
 * on, 1 to stop, or a negative E_*; it must not write. */
typedef int (*due_fn)(void *arg, int64_t due_ms, uint32_t target);
int dues_scan(struct tx *tx, uint32_t run, due_fn fn, void *arg) MUST_CHECK;

/* Likewise, from that place on. Of targets that stand as bits it may tell earlier ones too: all of
 * the group in which the place is. */
int dues_scan_from(struct tx *tx, uint32_t run, int64_t due_ms, uint32_t target, due_fn fn,
		   void *arg) MUST_CHECK;

/* Moves a target's entry: `due_ms` 0 takes it out. Sets t->due_ms; the caller puts t. */
int db_due_set(struct tx *tx, struct target *t, int64_t due_ms) MUST_CHECK;

#endif
