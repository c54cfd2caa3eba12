/*
 * What is kept of each transfer to staff: T_TRANSFER, under the attempt's (or callback's) id
 * and its number in the call. Written before staff's telephone rings.
 */
#ifndef ENGINE_TURN_TRANSFERREC_H
#define ENGINE_TURN_TRANSFERREC_H

#include "engine/plan/transfer.h"
#include "engine/turn/db.h"

#define MAX_TRANSFERS 3 /* of one call; one more is refused */

struct transfer_rec {
	uint64_t call;           /* attempt or callback */
	uint32_t n;              /* from 1 */
	const char *to, *digits; /* [transfer TO] and its number then; digits "": it was refused */
	const char *department;
	const char *campaign;       /* "": a call that came in, of nobody's campaign */
	int64_t asked_ms, ended_ms; /* ended_ms 0: it is under way */
	int64_t limit_ms;           /* how long staff's leg may last at most */
	enum transfer_result result;
	bool placed, crashed; /* crashed: it was under way when the engine ended */
	int sip_status, q850;
	uint32_t ring_ms, talk_ms;
	int64_t cost_sen;
};

struct transfer_list {
	size_t n;
	struct transfer_rec list[MAX_TRANSFERS];
};

size_t key_transfer(char *k, uint64_t call); /* prefix of all of a call */
int db_transfer_put(struct tx *tx, const struct transfer_rec *r) MUST_CHECK;
int db_transfer_del(struct tx *tx, uint64_t call) MUST_CHECK; /* all of it; none is fine */
/* All of a call, in order; n = 0: none. */
int db_transfer_list(struct tx *tx, uint64_t call, struct transfer_list *ret) MUST_CHECK;

#endif
