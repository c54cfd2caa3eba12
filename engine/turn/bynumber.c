/* See bynumber.h. Chains through the flights themselves. */
#include "engine/turn/bynumber.h"

#include "engine/turn/filter.h"

#include <stdlib.h>
#include <string.h>

enum { CHAINS = 1 << 14 }; /* as many as channels hold: chains are short */

struct bynumber {
	struct flight *chain[CHAINS];
};

int bynumber_new(struct bynumber **ret_table)
{
	struct bynumber *b = calloc(1, sizeof *b);
	if (!b)
		return E_NOMEM;
	*ret_table = b;
	return 0;
}

void bynumber_free(struct bynumber *b)
{
	free(b);
}

static size_t chain_of(const char *digits)
{
	return (size_t)(filter_hash(digits, strlen(digits)) % CHAINS);
}

void bynumber_add(struct bynumber *b, struct flight *f)
{
	struct flight **first = &b->chain[chain_of(f->digits)];
	f->same_next = *first;
	f->same_at = first;
	if (*first)
		(*first)->same_at = &f->same_next;
	*first = f;
}

void bynumber_remove(struct flight *f)
{
	if (!f->same_at)
		return;
	*f->same_at = f->same_next;
	if (f->same_next)
		f->same_next->same_at = f->same_at;
	f->same_next = NULL;
	f->same_at = NULL;
}

void bynumber_each(const struct bynumber *b, const char *digits,
		   void (*fn)(struct engine *e, struct flight *f), struct engine *e)
{
	for (struct flight *f = b->chain[chain_of(digits)]; f; f = f->same_next)
		if (strcmp(f->digits, digits) == 0)
			fn(e, f);
}
