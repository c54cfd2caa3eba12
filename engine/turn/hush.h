/*
 * A file that may say that somebody must not be contacted has come (payments, withdrawals,
 * exclusions, key changes, holds, numbers), and is not read yet. Whom it is about is not
 * known before its last row, so it hushes everybody.
 *
 * Promise: from the transaction that records the file until the one that ends it no intent
 * is written, that of the first included; and messages that the gateways do not have, and
 * calls of which no INVITE was sent, are called back at once. Half as many messages as there are
 * places wait for one at the text thread (start.c), at a slow gateway for minutes; a call waits
 * at its channel for a place on a trunk for three seconds at most (adapters/voice/place.c);
 * waiting for the row about each of them would be too late for some. They are dropped, count as
 * no attempt, and are planned again a minute later at the earliest.
 *
 * A call that rings or speaks is left alone: a recall would take the debts out of the
 * conversation (VC_RECALL), and only the row about somebody does that, for him alone. Which
 * calls those are is the channel's word (VC_HUSH): it looks at its orders immediately before each
 * INVITE, so a call is either dropped and on record as that, or was sent before the order came.
 * Of one that a trunk certainly took to nobody no other try is made; it counts, as it was sent.
 * A message sent again by staff in the very turn that records the file counts as before it.
 *
 * `osame status` shows since when and by which file; after `hush_alert` an alert says what to do.
 */
#ifndef ENGINE_TURN_HUSH_H
#define ENGINE_TURN_HUSH_H

#include "engine/err.h"
#include <stdbool.h>
#include <stdint.h>

struct engine;

bool hush_is(const struct engine *e);
/* Such a file came: after the commit what is not sent is called back. */
int hush_begin(struct engine *e) MUST_CHECK;

/* ---- memory: which files they are ---- */
struct hushing;
void hush_add(struct engine *e, struct hushing *file); /* owned */
void hush_gone(struct engine *e, uint32_t intake);
void hush_free(struct engine *e);
/* The one that came first; NULL: there is none. */
const struct hushing *hush_oldest(const struct engine *e);
/* Each turn: an alert while one hushes for longer than it should. */
void hush_look(struct engine *e);

#endif
