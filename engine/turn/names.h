/*
 * Who is the same person: 宛名番号 that a key change joined (from one to another), and
 * those that the targets files give the same 名寄せ番号. What concerns a person and not
 * one debt follows him over all of them: holds, dead and wrong numbers, exclusions.
 *
 * A 名寄せ番号 is believed as the last targets file said it of each 宛名番号, for
 * NAMES_KEPT_DAYS; one that stands for nobody (empty, zeros) or for more than MOST_NAMES
 * 宛名番号 is not. A key change is believed for good.
 */
#ifndef ENGINE_TURN_NAMES_H
#define ENGINE_TURN_NAMES_H

#include "engine/turn/db.h"

struct engine;

enum { MOST_NAMES = 16, NAMES_KEPT_DAYS = 400 };

/* The person himself first, then his other 宛名番号; in the turn's arena. */
int names_of(struct engine *e, const char *person, const char *list[MOST_NAMES],
	     size_t *ret_n) MUST_CHECK;
/* A targets file says that this person is of that group: into the bulk of T_ALIAS. */
int names_join(struct engine *e, struct bulk *b, const char *person, const char *group) MUST_CHECK;
/* That bulk was put: whoever is in one group with another is looked up from now on. */
int names_joined(struct engine *e, const struct bulk *b) MUST_CHECK;
/* The two are one person from now on, by a key change. */
int names_pair(struct engine *e, const char *person, const char *other) MUST_CHECK;
/* At start: who must be looked up; forgets, some at each start, what is too old. */
int names_recover(struct engine *e) MUST_CHECK;

#endif
