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
/* What the store knows of a rule: zeros if nothing came. Any transaction or snapshot. */
struct expect_came {
	uint64_t last_n;
	int64_t last_ms;
};
int expect_came_get(const struct store_ops *ops, struct store_txn *txn, const char *rule,
		    struct expect_came *ret) MUST_CHECK;
/* The number that came last is n from now on (0: any is the next); an effect tells memory. */
int expects_set(struct engine *e, size_t rule, uint64_t n) MUST_CHECK;
/* expect_cmd.c: staff set a number; who, when and why stand in T_META and in the archive. At
 * start the archive's record is made again from there. */
int on_expect_reset(struct engine *e, struct command *cmd) MUST_CHECK;
int expect_resets_recover(struct engine *e) MUST_CHECK;
/* Memory, once a turn: files that are late. */
void expects_look(struct engine *e);

#endif
