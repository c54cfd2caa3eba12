/* See expiry.h. A binary heap; each flight knows its place in it (heap_at: index + 1). */
#include "engine/turn/expiry.h"

#include "engine/log.h"

#include <stdlib.h>

struct expiry {
	size_t most, n;
	struct flight *heap[];
};

int expiry_new(size_t most, struct expiry **ret_expiry)
{
	struct expiry *x = calloc(1, sizeof *x + most * sizeof(struct flight *));
	if (!x)
		return E_NOMEM;
	x->most = most;
	*ret_expiry = x;
	return 0;
}

void expiry_free(struct expiry *x)
{
	free(x);
}

static void place(struct expiry *x, size_t at, struct flight *f)
{
	x->heap[at] = f;
	f->heap_at = at + 1;
}

static void rise(struct expiry *x, size_t at, struct flight *f)
{
	while (at > 0 && x->heap[(at - 1) / 2]->until_ms > f->until_ms) {
		place(x, at, x->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	place(x, at, f);
}

static void sink(struct expiry *x, size_t at, struct flight *f)
{
	for (;;) {
		size_t child = 2 * at + 1;
		if (child + 1 < x->n && x->heap[child + 1]->until_ms < x->heap[child]->until_ms)
			child++;
		if (child >= x->n || x->heap[child]->until_ms >= f->until_ms)
			break;
		place(x, at, x->heap[child]);
		at = child;
	}
	place(x, at, f);
}

void expiry_add(struct expiry *x, struct flight *f)
{
	BUG_IF(x->n == x->most || f->heap_at != 0);
	x->n++;
	rise(x, x->n - 1, f);
}

void expiry_remove(struct expiry *x, struct flight *f)
{
	size_t at = f->heap_at;
	if (at == 0)
		return;
	at--;
	struct flight *last = x->heap[--x->n];
	f->heap_at = 0;
	if (last == f)
		return;
	if (last->until_ms < f->until_ms)
		rise(x, at, last);
	else
		sink(x, at, last);
}

size_t expiry_count(const struct expiry *x)
{
	return x->n;
}

int64_t expiry_first(const struct expiry *x)
{
	return x->n ? x->heap[0]->until_ms : INT64_MAX;
}

/* The list is the queue of the walk too: below one whose time has not come nobody's has. */
size_t expiry_due(const struct expiry *x, int64_t now_ms, size_t most, struct flight **ret_list)
{
	size_t n = 0;

	if (most > 0 && x->n > 0 && x->heap[0]->until_ms <= now_ms)
		ret_list[n++] = x->heap[0];
	for (size_t i = 0; i < n; i++) {
		size_t child = 2 * (ret_list[i]->heap_at - 1) + 1;
		for (size_t c = child; c < child + 2 && c < x->n && n < most; c++)
			if (x->heap[c]->until_ms <= now_ms)
				ret_list[n++] = x->heap[c];
	}
	return n;
}
