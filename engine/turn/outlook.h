/*
 * A target's debts and where each stands now (standing.h), read in one go; and what
 * follows when one of them changed: the result that went out already is corrected,
 * or the target is planned again and what flies for it is recalled.
 */
#ifndef ENGINE_TURN_OUTLOOK_H
#define ENGINE_TURN_OUTLOOK_H

#include "engine/turn/standing.h"

struct engine;
struct tx;

struct outlook {
	size_t n; /* all of its debts; in the turn's arena */
	struct debt *debts;
	struct standing *standings;
	size_t n_asked; /* those that are asked for now */
	struct debt *asked;
	int64_t until_ms;  /* when the first of those that wait may be asked for; 0: none waits */
	enum outcome code; /* why none is asked for: 80, 81, 82, 88 */
};
int outlook_read(struct engine *e, const struct target *t, struct outlook *ret) MUST_CHECK;

/* As exclusions_of(), for the engine's own look before it acts: an exclusion that was recorded for
 * later and is in force now gets the number of the last attempt that was made without it. Those
 * of his other 宛名番号 are among them, if they are about the person. */
int exclusions_now(struct engine *e, const char *person, struct exclusion_rec **ret_list,
		   size_t *ret_n) MUST_CHECK;
/* The exclusions and overrides of a person, in the arena. E_LIMIT: absurdly many. */
int exclusions_of(struct tx *tx, const char *person, struct exclusion_rec **ret_list,
		  size_t *ret_n) MUST_CHECK;

/* The reason beside result 82. */
enum exclusion result_reason(const struct target *t, const struct standing *s, enum outcome code);
/* Its result is being made: what it rests on is kept in the debt. */
void debt_stands(struct debt *d, const struct standing *s);
/* Why a result that was made already is looked at again. */
enum cause {
	CAUSE_DEBT,      /* it was paid, taken back …: `before` is how it was */
	CAUSE_EXCLUSION, /* one began */
	CAUSE_MESSAGE,   /* a receipt, or a message that staff sent again: nothing of the debt */
};
/* A 訂正 row if its code or its amount is another now. The caller puts the debt. */
int debt_correct(struct engine *e, struct debt *d, const struct debt *before,
		 const struct target *t, const struct standing *now, enum cause cause) MUST_CHECK;

/* Puts a debt that changed from `before`, with the correction of a result that was made. What
 * follows for its target is the caller's: once, after all that changes (touched.h). */
int debt_put_changed(struct engine *e, struct debt *d, const struct debt *before,
		     const struct target *t) MUST_CHECK;
/* The same, and sees to what follows. `t` is put too. */
int debt_changed(struct engine *e, struct debt *d, const struct debt *before,
		 struct target *t) MUST_CHECK;

#endif
