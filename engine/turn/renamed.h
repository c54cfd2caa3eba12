/*
 * By which keys else a debt is known. A key change (年度替わり) is remembered, so that
 * it holds for debts, payments and exclusions that come after it too, whichever of the
 * keys they use: the core system's files cross each other.
 */
#ifndef ENGINE_TURN_RENAMED_H
#define ENGINE_TURN_RENAMED_H

#include "engine/turn/match.h"

enum { MOST_KEYS = 16, RENAMED_KEPT_DAYS = 400 };

/* Itself first, then every other, over several changes. */
int renamed_keys(struct engine *e, const struct debt_key *key, struct debt_key list[MOST_KEYS],
		 size_t *ret_n) MUST_CHECK;
/* One that lacks parts stands for every debt that has the others. */
int renamed_remember(struct engine *e, const struct debt_key *from,
		     const struct debt_key *to) MUST_CHECK;
/* Rows that name `key` find this debt from now on. */
int renamed_hook(struct engine *e, struct match where, uint32_t target,
		 const struct debt_key *key) MUST_CHECK;
/* Takes away all such names of a run's debts, some at a time. *ret_more: there may be others. */
int renamed_unhook(struct engine *e, uint32_t run, bool *ret_more) MUST_CHECK;
/* Of an entry of T_ALIAS, at start: is it one of these? *ret_old: it may be forgotten. */
bool renamed_seen(struct engine *e, struct bytes key, struct bytes value, bool *ret_old);

#endif
