/*
 * A small hash table from bytes to pointers, for the engine's memory. Bounded by
 * the number given when it is made; keys are copied.
 */
#ifndef ENGINE_TURN_MAP_H
#define ENGINE_TURN_MAP_H

#include "engine/err.h"
#include <stddef.h>

struct map;

int map_new(size_t most, struct map **ret_map) MUST_CHECK;
void map_free(struct map *m, void (*free_value)(void *)); /* NULL is fine */
void *map_get(const struct map *m, const void *key, size_t n);
/* E_FULL, E_NOMEM, E_EXISTS: nothing was changed. */
int map_put(struct map *m, const void *key, size_t n, void *value) MUST_CHECK;
/* The same in two steps, for effects: what needs memory is done before the commit, and only the
 * other is left for after it. */
struct map_place;
int map_place_new(const void *key, size_t n, void *value, struct map_place **ret_place) MUST_CHECK;
void map_place_free(struct map_place *p); /* its value is not touched; NULL is fine */
/* Takes the place. E_FULL, E_EXISTS: nothing was changed. */
int map_put_place(struct map *m, struct map_place *p) MUST_CHECK;
/* Takes it out; the value, or NULL. */
void *map_take(struct map *m, const void *key, size_t n);
size_t map_count(const struct map *m);
/* Calls `fn` for each value, in no order; if it returns non-zero the entry is taken out. */
void map_each(struct map *m, int (*fn)(void *arg, void *value), void *arg);

#endif
