/*
 * What an approval is bound to: the hashes of all that the second person is responsible for
 * (campaign, scenario, texts, file, counts, forecast). If one of them changes, the run is not as
 * approved.
 */
#ifndef ENGINE_TURN_APPROVAL_H
#define ENGINE_TURN_APPROVAL_H

#include "engine/err.h"
#include <stdbool.h>

struct campaign;
struct engine;
struct run_rec;

/* *ret: 64 hex digits, in the turn's memory. */
int approval_of(struct engine *e, const struct run_rec *run, const struct campaign *c,
		const char **ret) MUST_CHECK;
/* *ret false too if the campaign is gone. */
int run_is_as_approved(struct engine *e, const struct run_rec *run, bool *ret) MUST_CHECK;

#endif
