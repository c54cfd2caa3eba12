/*
 * Memory that is freed all at once: a turn's records, a call's strings. Grows by
 * blocks up to a limit; single pieces are never freed, but all that was taken since a
 * mark can be.
 */
#ifndef ENGINE_ARENA_H
#define ENGINE_ARENA_H

#include "engine/err.h"
#include <stddef.h>

struct arena;

int arena_new(size_t most, struct arena **ret_arena) MUST_CHECK;
void arena_free(struct arena *a);  /* NULL is fine */
void arena_reset(struct arena *a); /* empties it, keeps a few megabytes for the next use */
/* What is taken between the two is gone after the release; marks may lie within marks. */
struct arena_mark {
	const void *block;
	size_t used;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_release(struct arena *a, struct arena_mark since);
/* Aligned for any type, not cleared; NULL over the limit. */
void *arena_take(struct arena *a, size_t n);
void *arena_copy(struct arena *a, const void *p, size_t n);
/* NULL only if there is no memory; NULL s gives "". */
const char *arena_str(struct arena *a, const char *s);
const char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
size_t arena_used(const struct arena *a);
size_t arena_most(const struct arena *a); /* its limit */

#endif
