/*
 * One answer to a reader that is being made from a snapshot of the store; for reads.c and
 * reads_files.c. Its arena ends with it.
 */
#ifndef ENGINE_TURN_READING_H
#define ENGINE_TURN_READING_H

#include "engine/control.h"
#include "engine/turn/db.h"

struct reading {
	const struct query *q;
	struct answer *a;
	struct tx tx;
	/* wanted, for the callbacks */
	int64_t run;
	const char *state, *person;
	bool open;
};

/* A record in a scan's callback: decoded where it lies, used before the callback returns. */
#define DECODE(fields, value, rec)                                                                 \
	struct codec codec_;                                                                       \
	codec_read(&codec_, (value), DB_RECORD_VERSION);                                           \
	fields(&codec_, &(rec));                                                                   \
	int bad = codec_end(&codec_);                                                              \
	if (bad)                                                                                   \
	return bad

int reading_open(struct reading *r, const struct query *q, struct answer *a) MUST_CHECK;
/* Gives `err` back. */
int reading_close(struct reading *r, int err) MUST_CHECK;
/* What belongs to a run shows if the run is of the caller's department. */
int reading_may_see(struct reading *r, uint32_t run, bool *ret) MUST_CHECK;

#endif
