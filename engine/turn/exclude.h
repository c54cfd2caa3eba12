/* Exclusions in the engine's transaction; see exclude.c. */
#ifndef ENGINE_TURN_EXCLUDE_H
#define ENGINE_TURN_EXCLUDE_H

#include "engine/turn/record.h"

struct engine;

/* One person's 宛名番号s, by name matching (名寄せ). */
enum { MOST_ALIASES = 16 };

/* An exclusion of what `key` names began or ended (`lifted`): who waits is planned again, who is
 * being called is recalled, what was reported lately is corrected. `department`: only in its runs
 * (NULL: all). *ret_n: targets reached. */
int exclusion_reached(struct engine *e, const struct debt_key *key, bool lifted,
		      const char *department, size_t *ret_n) MUST_CHECK;
/* The debt `from` is `to` from now on: its exclusions, and its person's if that changed, hold for
 * both. */
int exclusions_follow(struct engine *e, const struct debt_key *from,
		      const struct debt_key *to) MUST_CHECK;

/* ---- exclude_cmd.c ---- */
struct command;
bool is_exclusion_command(int method);
int on_exclusion_command(struct engine *e, struct command *cmd, int method) MUST_CHECK;

#endif
