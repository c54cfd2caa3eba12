/*
 * Payments known before their debt: rows of payments files are kept for some days
 * (engine.payments_kept) and applied when a targets file brings the debt. The core
 * system's extract may be days old; whoever paid since must not be called.
 */
#ifndef ENGINE_TURN_EARLY_H
#define ENGINE_TURN_EARLY_H

#include "engine/exchange.h"
#include "engine/turn/db.h"
#include "engine/turn/match.h"

struct engine;

/* Rows of payments files, in the turn's arena. */
struct early_list {
	size_t n, cap;
	struct payment_rec *list;
};

/* One batch of a targets file, before what is kept of its persons. */
struct early {
	struct engine *e;
	uint32_t first_row;     /* place of the batch's first */
	bool by_person;         /* too many lie between them: each person is looked up alone */
	struct early_list all;  /* of the batch, in the store's order */
	struct early_list mine; /* of the person in hand, in the order in which they came */
	bool unclear;           /* one of them lacks a part of the key of a debt of his */
	struct ids again;       /* targets of such persons */
};

/* Keeps the batch's rows. */
int early_keep(struct engine *e, const struct intake_rec *in,
	       const struct row_batch *batch) MUST_CHECK;
/* Reads what is kept for the persons from `first` to `last` (as the store sorts them). The caller
 * ends it by early_end(). */
int early_read(struct engine *e, const char *first, const char *last, uint32_t first_row,
	       struct early *ret) MUST_CHECK;
void early_end(struct early *early);
/* The rows of this person are next. */
int early_person(struct early *early, const char *person) MUST_CHECK;
/* A new debt of his, known by `keys`: what is kept is applied to it. */
int early_apply(struct early *early, struct debt *d, const struct debt_key *keys,
		size_t n) MUST_CHECK;
/* What a file's amount of `d`, known by `keys`, comes to with what is kept of him: 一部 and
 * 賦課更正 in the order in which they came. A file may have been extracted before a payment that
 * came before it. */
int64_t early_amount(const struct early *early, const struct debt *d, const struct debt_key *keys,
		     size_t n, int64_t amount);
/* His debts were added to this target. */
int early_person_end(struct early *early, uint32_t target) MUST_CHECK;
/* The debts of the batch are in the store: rows that lack a part of the key are applied to all
 * debts of each person in this run, those of earlier batches too. One that fits several of them
 * holds them, and is a warning (E0004) of this intake. */
int early_rest(struct early *early, struct intake_rec *in, uint32_t run,
	       uint32_t *ret_warned) MUST_CHECK;
/* A debt that was known by `keys` is known by `name` too: what was kept for that alone is applied
 * to it. */
int early_catch_up(struct engine *e, struct match where, const struct debt_key *keys, size_t n,
		   const struct debt_key *name) MUST_CHECK;
/* Forgets what is older than payments_kept, some at each turn. */
int early_expire(struct engine *e) MUST_CHECK;

#endif
