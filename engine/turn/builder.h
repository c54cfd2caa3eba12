/*
 * The builder thread: makes the bytes of outgoing files from a snapshot of the
 * store, through the layouts' writer, into the spool. Bytes are a pure function of
 * the file's number and its rows.
 */
#ifndef ENGINE_TURN_BUILDER_H
#define ENGINE_TURN_BUILDER_H

#include "engine/config/config.h"
#include "engine/mailbox.h"
#include "engine/registry.h"
#include "engine/turn/specs.h"
#include "spool/spool.h"

struct builder;
struct builder_config {
	const struct config *config;
	const struct ports *ports;
	struct store *store;
	struct specs *specs;
	struct spool *spool;
	struct mailbox *to_engine; /* EV_OUT_BUILT */
};
int builder_start(const struct builder_config *config, struct builder **ret_builder) MUST_CHECK;
/* E_FULL: again later. */
int builder_post(struct builder *b, uint32_t number) MUST_CHECK;
/* Made again into tmp/, and, if it has the hash that it was sent with, copied to fd (taken, also on
 * failure): EV_REBUILT. err there: E_EXISTS other bytes, E_NOTFOUND the layout or the rows are
 * gone. */
int builder_rebuild(struct builder *b, uint32_t number, int fd) MUST_CHECK;
void builder_stop(struct builder *b); /* NULL is fine */

#endif
