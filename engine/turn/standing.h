/*
 * Where a debt stands: is it asked for now, not before some time, or never again,
 * and by which code. Pure: the debt, the exclusions of its person and the time are
 * arguments. Asked before every attempt, after every change, and for the result.
 *
 *   paid (80) before withdrawn (81) before excluded (82) before held (88)
 *
 * What may be over by itself only waits: a 速報 (until it counts as final), a debit
 * whose result is awaited, an exclusion with a last day.
 */
#ifndef ENGINE_TURN_STANDING_H
#define ENGINE_TURN_STANDING_H

#include "engine/turn/record.h"

enum standing_what {
	STANDING_ASKED, /* contact is about it */
	STANDING_WAITS, /* not before until_ms; if its target ends before, `code` says why */
	STANDING_OVER,  /* never again in this run: `code` */
};

struct standing {
	enum standing_what what;
	enum outcome code;      /* 80, 81, 82, 88; OUT_NONE if it is asked for */
	enum exclusion reason;  /* of 82 */
	int64_t until_ms;       /* STANDING_WAITS */
	uint64_t since_attempt; /* attempts with greater ids were not about it */
};

/* `list`: the exclusions (and overrides) of its person; `department`: of the run. */
struct standing standing_of(const struct debt *d, const struct exclusion_rec *list, size_t n,
			    const char *department, int64_t now_ms);

bool exclusion_in_force(const struct exclusion_rec *x, int32_t today);

/* The debt's result code, from its standing and its target's attempts: those that began after it
 * was settled, held or excluded were not about it. `why` ended the target (OUT_NONE: its attempts
 * did). Never OUT_NONE. */
enum outcome standing_result(const struct standing *s, const struct target_attempt *past,
			     size_t n_past, enum outcome why);

/* Parts of `wanted` that are empty match any. */
bool key_fits(const struct debt_key *wanted, const struct debt_key *key);
/* What named a debt by `key` names it by `to` from now on: each part that the key has. Parts that
 * `to` lacks did not change. */
struct debt_key key_moved(const struct debt_key *key, const struct debt_key *to);
bool key_is_whole(const struct debt_key *key); /* has every part */
/* Names a person (of one 業務, perhaps), not one of his debts. */
bool key_is_person(const struct debt_key *key);

#endif
