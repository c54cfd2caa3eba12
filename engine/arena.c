/*
 * See arena.h. Blocks of the usual size are kept over a reset, up to KEEP of them: a
 * turn that loads rows takes a few megabytes each time, and giving them back made the
 * kernel clear the same pages for every batch.
 */
#include "engine/arena.h"

#include "engine/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64 * 1024, KEEP = 64 };

struct block {
	struct block *next;
	size_t size, used;
	_Alignas(16) char bytes[];
};

struct arena {
	struct block *first; /* the block in use; older ones follow */
	struct block *spare; /* of BLOCK bytes each, emptied */
	size_t n_spare;
	size_t most, total; /* total: with the spare ones */
	size_t older;       /* used in the blocks behind the first */
};

int arena_new(size_t most, struct arena **ret_arena)
{
	struct arena *a = calloc(1, sizeof *a);
	if (!a)
		return E_NOMEM;
	a->most = most;
	*ret_arena = a;
	return 0;
}

static void drop_from(struct block *b)
{
	while (b) {
		struct block *next = b->next;
		free(b);
		b = next;
	}
}

static void drop_spare(struct arena *a)
{
	drop_from(a->spare);
	a->spare = NULL;
	a->total -= a->n_spare * BLOCK;
	a->n_spare = 0;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	drop_from(a->first);
	drop_from(a->spare);
	free(a);
}

/* Whoever still looks there is found by the tests under the address sanitizer. */
static void spoil(struct block *b, size_t from)
{
#ifdef __SANITIZE_ADDRESS__
	memset(b->bytes + from, 0xdd, b->used - from);
#endif
	b->used = from;
}

/* Not in the list any more. */
static void put_away(struct arena *a, struct block *b)
{
	if (b->size == BLOCK && a->n_spare < KEEP) {
		spoil(b, 0);
		b->next = a->spare;
		a->spare = b;
		a->n_spare++;
	} else {
		a->total -= b->size;
		free(b);
	}
}

void arena_reset(struct arena *a)
{
	struct block *b = a->first;

	if (!b)
		return;
	while (b->next) {
		struct block *old = b->next;
		b->next = old->next;
		put_away(a, old);
	}
	spoil(b, 0);
	a->older = 0;
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){a->first, a->first ? a->first->used : 0};
}

void arena_release(struct arena *a, struct arena_mark since)
{
	while (a->first && a->first != since.block) {
		struct block *b = a->first;
		a->first = b->next;
		a->older -= b->next ? b->next->used : 0;
		put_away(a, b);
	}
	BUG_IF(a->first != since.block);
	if (a->first)
		spoil(a->first, since.used);
}

/* A block with room for `want` bytes, or NULL. */
static struct block *take_block(struct arena *a, size_t want)
{
	struct block *b = a->spare;

	if (b && want <= BLOCK) {
		a->spare = b->next;
		a->n_spare--;
		return b;
	}
	if (want > a->most - a->total)
		drop_spare(a);
	size_t left = a->most - a->total;
	size_t size = left < BLOCK ? left : BLOCK; /* a small arena is one small block */
	if (size < want)
		size = want;
	if (size > left)
		return NULL;
	b = malloc(sizeof *b + size);
	if (!b)
		return NULL;
	b->size = size;
	a->total += size;
	return b;
}

void *arena_take(struct arena *a, size_t n)
{
	size_t want = (n + 15) & ~(size_t)15;
	struct block *b = a->first;

	if (want < n)
		return NULL;
	if (!b || b->size - b->used < want) {
		b = take_block(a, want);
		if (!b)
			return NULL;
		b->used = 0;
		a->older += a->first ? a->first->used : 0;
		b->next = a->first;
		a->first = b;
	}
	void *p = b->bytes + b->used;
	b->used += want;
	return p;
}

void *arena_copy(struct arena *a, const void *p, size_t n)
{
	void *to = arena_take(a, n ? n : 1);
	if (to && n)
		memcpy(to, p, n);
	return to;
}

const char *arena_str(struct arena *a, const char *s)
{
	return s ? arena_copy(a, s, strlen(s) + 1) : "";
}

/* Most texts fit what is left of the block: formatted once, where they will lie. */
const char *arena_printf(struct arena *a, const char *fmt, ...)
{
	struct block *b = a->first;
	char *here = b ? b->bytes + b->used : NULL;
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(here, b ? b->size - b->used : 0, fmt, ap);
	va_end(ap);
	char *p = n < 0 ? NULL : arena_take(a, (size_t)n + 1);
	if (!p || p == here)
		return p;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

size_t arena_used(const struct arena *a)
{
	return a->older + (a->first ? a->first->used : 0);
}

size_t arena_most(const struct arena *a)
{
	return a->most;
}
