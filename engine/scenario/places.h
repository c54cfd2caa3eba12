/* States of the checker's walk (secrecy.c), and sets of them that never hold one twice. */
#ifndef ENGINE_SCENARIO_PLACES_H
#define ENGINE_SCENARIO_PLACES_H

#include "engine/scenario/level.h"

#include <stddef.h>
#include <stdint.h>

#define NONE UINT16_MAX
/* Instead of an item: that event is thrown while that item is visited (NONE: none is). */
#define PLACE_THROWN 0x8000u
#define PLACE_OF_THROWN(event, item)                                                               \
	(uint16_t)(PLACE_THROWN | (unsigned)(event) << 7 | ((item)&0x7fu))
#define PLACE_EVENT(place) ((place) >> 7 & 0x3fu)
#define PLACE_ITEM(place) (uint16_t)(((place)&0x7fu) == 0x7fu ? NONE : (place)&0x7fu)

struct place {
	uint16_t dialog, item; /* item: NONE, where <goto nextitem> leads, or PLACE_OF_THROWN */
	uint64_t done;         /* items whose variable is defined */
	struct level level;
};

struct set {
	size_t n, cap;
	struct place *list;
};

bool places_same(const struct place *a, const struct place *b);
size_t places_hash(const struct place *p);
bool places_has(const struct set *set, const struct place *p);
/* E_LIMIT: it would hold more than `most`; E_NOMEM. */
int places_append(struct set *set, const struct place *p, size_t most) MUST_CHECK;
void places_free(struct set *set);

#endif
