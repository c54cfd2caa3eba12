/*
 * What one row of a payments file makes of one debt. Pure: time and waits are
 * arguments. The table of kinds and states is in docs/payments.md.
 */
#ifndef ENGINE_TURN_PAYING_H
#define ENGINE_TURN_PAYING_H

#include "engine/turn/record.h"

struct paying {
	int64_t now_ms;
	int64_t preliminary_ms; /* a 速報 counts as final after this */
	int64_t debit_ms;       /* a debit's result is awaited so long, if the row does not say */
	uint64_t attempt;       /* the last attempt's id so far */
};

/* Changes the debt; false if the row says nothing new (the same file again, or a kind that comes
 * too late). A debt that is settled for good stays so. */
bool paying_apply(struct debt *d, enum payment_kind kind, int64_t rest, int32_t wait_day,
		  const struct paying *p);
/* For whatever else settles or holds a debt, before it does: attempts from now on are not about it.
 */
void paying_unasked(struct debt *d, const struct paying *p);

/* Nobody can say what is still owed: it is held until a row says so. False: it is, or is settled.
 */
bool paying_doubt(struct debt *d, const struct paying *p);

#endif
