/* See filter.h. */
#include "engine/turn/filter.h"

enum { PROBES = 4 };

/* FNV-1a, then its halves as two hashes (Kirsch and Mitzenmacher: as good as PROBES of them). */
uint64_t filter_hash(const void *key, size_t n)
{
	const unsigned char *p = key;
	uint64_t h = 14695981039346656037ull;
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 1099511628211ull;
	return h ^ h >> 29;
}

static uint32_t bit(uint64_t h, uint32_t probe)
{
	return ((uint32_t)h + probe * ((uint32_t)(h >> 32) | 1)) % FILTER_BITS;
}

void filter_add(struct filter *f, const void *key, size_t n)
{
	uint64_t h = filter_hash(key, n);
	for (uint32_t i = 0; i < PROBES; i++) {
		uint32_t b = bit(h, i);
		f->bits[b / 8] = (unsigned char)(f->bits[b / 8] | 1u << b % 8);
	}
}

bool filter_perhaps(const struct filter *f, const void *key, size_t n)
{
	uint64_t h = filter_hash(key, n);
	for (uint32_t i = 0; i < PROBES; i++) {
		uint32_t b = bit(h, i);
		if (!(f->bits[b / 8] & 1u << b % 8))
			return false;
	}
	return true;
}
