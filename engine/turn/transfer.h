/*
 * Transfers to staff, in the engine's turn: the channel asks (EV_TRANSFER), and staff's
 * telephone rings only when the record of it is on disk, a line is free and the money is there;
 * its end (EV_TRANSFERRED) is charged and frees the line.
 */
#ifndef ENGINE_TURN_TRANSFER_H
#define ENGINE_TURN_TRANSFER_H

#include "engine/json.h"
#include "engine/turn/engine.h"
#include "engine/turn/transferrec.h"

int on_transfer(struct engine *e, const struct event *ev) MUST_CHECK;
int on_transferred(struct engine *e, const struct event *ev) MUST_CHECK;
/* The call is over: what the channel never began is closed. */
int transfer_settle(struct engine *e, uint64_t call) MUST_CHECK;
/* At start, for an id of the open list: what was under way becomes unknown, and is charged at its
 * most. *ret_ms: how much longer than the call itself its two lines may be busy; 0: it had none. */
int transfer_recover(struct engine *e, uint64_t call, int64_t *ret_ms) MUST_CHECK;
/* Memory: its line and what was set aside for it are free. */
void transfer_land(struct engine *e, struct flight *f);
/* For who looks at an attempt: "transfer", "" if there was none. */
int transfer_show(struct tx *tx, uint64_t call, struct json *j) MUST_CHECK;
/* The last one of a call; its n is 0: there was none. */
int transfer_last(struct tx *tx, uint64_t call, struct transfer_rec *ret) MUST_CHECK;

#endif
