/*
 * A debt's result: one code for all that happened to its target, by a fixed order
 * of ranks (docs/planning.md). Of two attempts of the same rank the later counts:
 * it is what staff find when they look the case up.
 */
#include "engine/plan/plan.h"

enum rank {
	RANK_HEARD,
	RANK_PERSON,
	RANK_CUT,
	RANK_RECEIVED,
	RANK_ANSWERED,
	RANK_LEFT,
	RANK_SENT,
	RANK_UNKNOWN,
	RANK_REASON,
	RANK_VOICE,
	RANK_SMS,
	RANK_WEAK_REASON,
	RANK_NONE
};

static enum rank rank_of_attempt(const struct past_attempt *p)
{
	switch (p->code) {
	case OUT_NONE:
		return RANK_NONE;
	case OUT_ANSWERED:
		return p->heard ? RANK_HEARD : RANK_ANSWERED;
	case OUT_MISMATCH:
	case OUT_WRONG_NUMBER:
	case OUT_OTHER_PERSON:
		return RANK_PERSON;
	case OUT_CUT:
		return RANK_CUT;
	case OUT_SMS_RECEIVED:
		return RANK_RECEIVED;
	case OUT_MACHINE_LEFT:
		return RANK_LEFT;
	case OUT_SMS_SENT:
		return RANK_SENT;
	case OUT_UNKNOWN:
		return RANK_UNKNOWN;
	default:
		return p->channel == CHANNEL_VOICE ? RANK_VOICE : RANK_SMS;
	}
}

static enum rank rank_of_reason(enum outcome code)
{
	switch (code) {
	case OUT_NONE:
		return RANK_NONE;
	case OUT_EXPIRED: /* what was tried says more than that the time ran out */
	case OUT_NO_NUMBER:
	case OUT_UNSPEAKABLE:
		return RANK_WEAK_REASON;
	default:
		return RANK_REASON;
	}
}

enum outcome plan_result(const struct past_attempt *past, size_t n_past, enum outcome not_tried)
{
	enum outcome code = not_tried;
	enum rank best = rank_of_reason(not_tried);

	for (size_t i = 0; i < n_past; i++) {
		enum rank rank = rank_of_attempt(&past[i]);
		if (rank > best || rank == RANK_NONE)
			continue;
		best = rank;
		code = past[i].code;
	}
	return code;
}
