/*
 * The debts of a run (T_DEBT), by their places in the order of loading.
 *
 * A load puts them in packs: those of DEBT_PACK places in one value, under the last
 * place of the pack and a further byte. A pack is never changed: a debt that changes
 * gets an entry of its own, which stands before the pack's. So loading a debt costs a
 * thirtieth of a pair, and a change what it cost before; the price is the pack's old
 * bytes, which go with the run. Stores of older releases have entries of their own
 * for all debts.
 *
 * The entry comes before the pack in key order, so one look finds either.
 */
#ifndef ENGINE_TURN_DEBTS_H
#define ENGINE_TURN_DEBTS_H

#include "engine/turn/db.h"

enum {
	DEBT_PACK = 32,
	MOST_PACKED_BYTES = 4096, /* of one debt; a longer one gets an entry of its own */
};

/* Packs what bulk_debt() collected of a batch whose first place is `first`, before bulk_put(). Each
 * pack is made by the batch that has its first place, so none is put twice. */
int debts_pack(struct tx *tx, struct bulk *debts, uint32_t first) MUST_CHECK;

/* For each debt of the run from place `from` on. Return 0 to go on, 1 to stop, or a negative E_*;
 * it must not write. The strings of *debt live until it returns. */
typedef int (*debt_fn)(void *arg, const struct debt *debt);
int debts_scan(struct tx *tx, uint32_t run, uint32_t from, debt_fn fn, void *arg) MUST_CHECK;

#endif
