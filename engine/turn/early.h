/*
 * Payments known before their debt: rows of payments files are kept for some days
 * (engine.payments_kept) and applied when a targets file brings the debt. The core
 * system's extract may be days old; whoever paid since must not be called.
 */
#ifndef ENGINE_TURN_EARLY_H
#define ENGINE_TURN_EARLY_H

#include "engine/exchange.h"
#include "engine/turn/record.h"

struct engine;

/* What is kept of the persons of one batch of a targets file. */
struct early {
	struct engine *e;
	bool by_person; /* too many lie between them: each person is looked up alone */
	size_t n, cap;
	struct payment_rec *list;
	size_t n_rest, cap_rest; /* those that may name more than one debt of the run */
	struct payment_rec *rest;
};

/* Keeps the batch's rows: the last word on each debt. */
int early_keep(struct engine *e, const struct intake_rec *in,
	       const struct row_batch *batch) MUST_CHECK;
/* Reads what is kept for the persons from `first` to `last` (as the store sorts them). */
int early_read(struct engine *e, const char *first, const char *last, struct early *ret) MUST_CHECK;
/* A new debt: what is kept is applied to it. */
int early_apply(struct early *early, struct debt *d) MUST_CHECK;
/* The debts of the batch are in the store: what was put off by early_apply() is applied to the run.
 */
int early_rest(struct early *early, uint32_t run) MUST_CHECK;
/* The debt `from` is `to` from now on. What is kept for either name is kept for `to`, and what was
 * kept for `to` before anybody knew that is applied to the debts that are here. */
int early_follow(struct engine *e, const struct debt_key *from,
		 const struct debt_key *to) MUST_CHECK;
/* Forgets what is older than payments_kept, some at each turn. */
int early_expire(struct engine *e) MUST_CHECK;

#endif
