/*
 * What is kept of each trial (試し送り): T_TRIAL, under an id from the counter of attempts, so that
 * channels, gateways and receipts know it by a number that is nobody else's. It is no attempt:
 * nothing in T_ATTEMPT, T_OPEN, T_OUTROW or T_NUMBER is of it. Its states are an attempt's.
 */
#ifndef ENGINE_TURN_TRIALREC_H
#define ENGINE_TURN_TRIALREC_H

#include "engine/turn/db.h"
#include "engine/turn/state.h"

#define MAX_TRIALS 1000 /* kept; the oldest goes */

struct trial_rec {
	uint64_t id;
	enum channel channel;
	enum attempt_state state;
	const char *department, *user; /* who asked for it */
	const char *to, *digits;       /* [trial TO] and its number then */
	const char *campaign, *text;   /* ids */
	const char *sha256;            /* of the finished text */
	uint32_t segments;
	int64_t asked_ms, placed_ms, ended_ms;
	enum outcome code;
	const char *gateway; /* that has it; "" */
	int gateway_code;
	uint32_t receipts;
	bool receipt_final, charged;
	int64_t cost_sen;
	const char *why; /* dropped: why */
};

void trial_fields(struct codec *c, struct trial_rec *r);
int db_trial_get(struct tx *tx, uint64_t id, struct trial_rec *ret) MUST_CHECK; /* E_NOTFOUND */
int db_trial_put(struct tx *tx, const struct trial_rec *r) MUST_CHECK;
int db_trial_del(struct tx *tx, uint64_t id) MUST_CHECK; /* absent is fine */

#endif
