/* States of the checker's walk (secrecy.c), and sets of them that never hold one twice. */
#ifndef ENGINE_SCENARIO_PLACES_H
#define ENGINE_SCENARIO_PLACES_H

#include "engine/scenario/level.h"

#include <stddef.h>
#include <stdint.h>

#define NONE UINT16_MAX

struct place {
	uint16_t dialog, item; /* item: NONE, or where <goto nextitem> leads */
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
