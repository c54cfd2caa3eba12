/* See places.h. */
#include "engine/scenario/places.h"

#include <stdlib.h>

static bool same_level(const struct level *a, const struct level *b)
{
	return a->now == b->now && a->misses == b->misses && a->key == b->key &&
	       a->self == b->self && a->matched == b->matched && a->closed == b->closed &&
	       a->voice == b->voice && a->word_of == b->word_of;
}

bool places_same(const struct place *a, const struct place *b)
{
	return a->dialog == b->dialog && a->item == b->item && a->done == b->done &&
	       same_level(&a->level, &b->level);
}

size_t places_hash(const struct place *p)
{
	uint64_t h = p->done * 0x9e3779b97f4a7c15ull;
	unsigned bits = p->level.now | (unsigned)p->level.misses << 2 | p->level.key * 16u |
			p->level.self * 32u | p->level.matched * 64u | p->level.closed * 128u |
			(unsigned)p->level.voice << 8 | (unsigned)p->level.word_of << 10;

	h ^= ((uint64_t)p->dialog << 48 | (uint64_t)p->item << 32 | bits) * 0xff51afd7ed558ccdull;
	return (size_t)(h ^ h >> 29);
}

bool places_has(const struct set *set, const struct place *p)
{
	for (size_t i = 0; i < set->n; i++)
		if (places_same(&set->list[i], p))
			return true;
	return false;
}

int places_append(struct set *set, const struct place *p, size_t most)
{
	if (set->n == set->cap) {
		size_t cap = set->cap ? set->cap * 2 : 16;
		if (set->n >= most)
			return E_LIMIT;
		struct place *list = realloc(set->list, cap * sizeof *list);
		if (!list)
			return E_NOMEM;
		set->list = list;
		set->cap = cap;
	}
	set->list[set->n++] = *p;
	return 0;
}

void places_free(struct set *set)
{
	free(set->list);
	*set = (struct set){0};
}
