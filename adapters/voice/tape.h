/*
 * A message under way: what the resident says, until he is silent, or it is full.
 *
 * The media thread writes, and begins nothing anew: a tape is of one message. How much
 * of it is there may be read by another thread at any time; what is there never changes.
 * Only tape_new and tape_free allocate.
 */
#ifndef ADAPTERS_VOICE_TAPE_H
#define ADAPTERS_VOICE_TAPE_H

#include "adapters/voice/loud.h"
#include "engine/err.h"
#include "engine/scenario.h"

#include <stdatomic.h>

enum tape_event {
	TAPE_NOTHING,
	TAPE_ENDED,  /* he was silent for so long; or there is no more room */
	TAPE_NOBODY, /* nothing was said */
};

struct tape {
	struct tape *next; /* the leg's older ones */
	struct loud line;
	unsigned history, loud;              /* the latest frames, a bit each; loud ones in all */
	unsigned quiet, most_quiet, timeout; /* frames */
	bool open;
	enum tape_event event;
	atomic_bool spoke;
	atomic_size_t there;
	size_t n, most; /* multiples of a frame, but for what is left over */
	uint8_t ulaw[];
};

int tape_new(const struct record_ask *ask, struct tape **ret_tape) MUST_CHECK;
void tape_free(struct tape *t); /* wiped; NULL is fine */
/* µ-law. What was not sent for a while is silence: tape_silence. */
void tape_hear(struct tape *t, const uint8_t *ulaw, size_t n);
void tape_silence(struct tape *t, size_t n);
/* What happened since the last call. */
enum tape_event tape_event(struct tape *t);
/* Any thread: what is there; 0 if nobody spoke. */
size_t tape_sound(const struct tape *t, const uint8_t **ret_ulaw);

#endif
