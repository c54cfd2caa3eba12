/* See map.h. Chained buckets, a fixed number of them: the bound is known when it is made. */
#include "engine/turn/map.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct map_place {
	struct map_place *next;
	void *value;
	size_t n;
	char key[];
};

struct map {
	size_t most, n, buckets;
	struct map_place *bucket[];
};

int map_new(size_t most, struct map **ret_map)
{
	size_t buckets = 64;
	while (buckets < most && buckets < (1u << 16))
		buckets *= 2;
	struct map *m = calloc(1, sizeof *m + buckets * sizeof(struct map_place *));
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

static struct map_place **find(const struct map *m, const void *key, size_t n)
{
	struct map_place **at =
	    (struct map_place **)&((struct map *)(uintptr_t)m)->bucket[bucket_of(m, key, n)];
	while (*at && ((*at)->n != n || memcmp((*at)->key, key, n) != 0))
		at = &(*at)->next;
	return at;
}

void *map_get(const struct map *m, const void *key, size_t n)
{
	struct map_place *e = *find(m, key, n);
	return e ? e->value : NULL;
}

int map_place_new(const void *key, size_t n, void *value, struct map_place **ret_place)
{
	struct map_place *p = malloc(sizeof *p + n);
	if (!p)
		return E_NOMEM;
	p->next = NULL;
	p->value = value;
	p->n = n;
	memcpy(p->key, key, n);
	*ret_place = p;
	return 0;
}

void map_place_free(struct map_place *p)
{
	free(p);
}

int map_put_place(struct map *m, struct map_place *p)
{
	struct map_place **at = find(m, p->key, p->n);
	if (*at)
		return E_EXISTS;
	if (m->n >= m->most)
		return E_FULL;
	*at = p;
	m->n++;
	return 0;
}

int map_put(struct map *m, const void *key, size_t n, void *value)
{
	struct map_place *p;
	int err = map_place_new(key, n, value, &p);
	if (err)
		return err;
	err = map_put_place(m, p);
	if (err)
		map_place_free(p);
	return err;
}

void *map_take(struct map *m, const void *key, size_t n)
{
	struct map_place **at = find(m, key, n), *e = *at;
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
		for (struct map_place **at = &m->bucket[i]; *at;) {
			struct map_place *e = *at;
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
			struct map_place *e = m->bucket[i];
			m->bucket[i] = e->next;
			if (free_value)
				free_value(e->value);
			free(e);
		}
	free(m);
}
