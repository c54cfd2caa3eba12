/*
 * The audit log's newest row of each day goes into that day's folder of the archive
 * before it is sealed: `audit/head-ROW.txt`, with the row's number and hash. So the
 * hash stands under the day's signature, and by the receipts outside of this machine:
 * who can write the store and knows the engine's code cannot make the log anew behind it.
 */
#ifndef ENGINE_TURN_AUDIT_HEAD_H
#define ENGINE_TURN_AUDIT_HEAD_H

#include "engine/turn/archiver.h"

#define CLASS_AUDIT "audit"

/* Of the days behind `after` up to `to` that have rows; by a snapshot, and the same each time it is
 * asked. In the archiver's thread. */
int audit_heads_keep(const struct archiver_config *c, int32_t after, int32_t to) MUST_CHECK;

#endif
