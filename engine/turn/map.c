/* See map.h. Chained buckets, a fixed number of them: the bound is known when it is made. */
#include "engine/turn/map.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	struct entry *next;
	void *value;
	size_t n;
	char key[];
};

struct map {
	size_t most, n, buckets;
	struct entry *bucket[];
};

int map_new(size_t most, struct map **ret_map)
{
	size_t buckets = 64;
	while (buckets < most && buckets < (1u << 16))
		buckets *= 2;
	struct map *m = calloc(1, sizeof *m + buckets * sizeof(struct entry *));
	if (!m)
		return E_NOMEM;
	m->most = most;
	m->buckets = buckets;
	*ret_map = m;
	return 0;
}

/* FNV-1a: keys are our own ids and checked 宛名番号, and chains are bounded by `most`. */
static size_t bucket_of(const struct map *m, const void *key, size_t n)
{
	const unsigned char *p = key;
	uint64_t h = 14695981039346656037u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 1099511628211u;
	return (size_t)(h ^ h >> 32) & (m->buckets - 1);
}

static struct entry **find(const struct map *m, const void *key, size_t n)
{
	struct entry **at =
	    (struct entry **)&((struct map *)(uintptr_t)m)->bucket[bucket_of(m, key, n)];
	while (*at && ((*at)->n != n || memcmp((*at)->key, key, n) != 0))
		at = &(*at)->next;
	return at;
}

void *map_get(const struct map *m, const void *key, size_t n)
{
	struct entry *e = *find(m, key, n);
	return e ? e->value : NULL;
}

int map_put(struct map *m, const void *key, size_t n, void *value)
{
	struct entry **at = find(m, key, n);
	if (*at)
		return E_EXISTS;
	if (m->n >= m->most)
		return E_FULL;
	struct entry *e = malloc(sizeof *e + n);
	if (!e)
		return E_NOMEM;
	e->next = NULL;
	e->value = value;
	e->n = n;
	memcpy(e->key, key, n);
	*at = e;
	m->n++;
	return 0;
}

void *map_take(struct map *m, const void *key, size_t n)
{
	struct entry **at = find(m, key, n), *e = *at;
	if (!e)
		return NULL;
	void *value = e->value;
	*at = e->next;
	free(e);
	m->n--;
	return value;
}

size_t map_count(const struct map *m)
{
	return m->n;
}

void map_each(struct map *m, int (*fn)(void *arg, void *value), void *arg)
{
	for (size_t i = 0; i < m->buckets; i++)
		for (struct entry **at = &m->bucket[i]; *at;) {
			struct entry *e = *at;
			if (fn(arg, e->value)) {
				*at = e->next;
				free(e);
				m->n--;
			} else {
				at = &e->next;
			}
		}
}

void map_free(struct map *m, void (*free_value)(void *))
{
	if (!m)
		return;
	for (size_t i = 0; i < m->buckets; i++)
		while (m->bucket[i]) {
			struct entry *e = m->bucket[i];
			m->bucket[i] = e->next;
			if (free_value)
				free_value(e->value);
			free(e);
		}
	free(m);
}
