/*
 * What the drops are expected to hold ([expect NAME] of the configuration): sequence
 * numbers, files that belong together, files that are late, left-overs. The rules
 * are pure (engine/plan/expect.h); here is what came so far, in memory and in T_META.
 */
#ifndef ENGINE_TURN_EXPECTS_H
#define ENGINE_TURN_EXPECTS_H

#include "engine/turn/engine.h"

#define MAX_CAME 512 /* names remembered for their sets, a rule */

/* At start: what came, from the store. */
int expects_recover(struct engine *e) MUST_CHECK;
void expects_free(struct engine *e);
/* Memory: may this file of the listing be fetched now? If not, an alert says why. */
bool expects_may_fetch(struct engine *e, const struct drop_view *d, const struct seen *s);
/* A file came, by whatever way: in the transaction of its record. */
int expects_came(struct engine *e, const struct intake_rec *in) MUST_CHECK;
/* Memory, once a turn: files that are late. */
void expects_look(struct engine *e);

#endif
