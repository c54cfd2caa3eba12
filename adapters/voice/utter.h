/*
 * Where an utterance begins and ends: by energy over the line's own noise, smoothed, of
 * bounded length. Pure: a state and sound in, an event out. Nothing allocates here.
 */
#ifndef ADAPTERS_VOICE_UTTER_H
#define ADAPTERS_VOICE_UTTER_H

#include "adapters/voice/loud.h"
#include "engine/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTTER_FRAME LOUD_FRAME
#define UTTER_BEFORE 10 /* frames kept from before it began: soft consonants */

enum utter_event {
	UTTER_NOTHING,
	UTTER_BEGAN,
	UTTER_ENDED, /* samples[0..n) are it; deaf until utter_begin */
	UTTER_LONG,  /* it does not end: no word is so long; deaf until utter_begin */
	UTTER_TONE,  /* what began was a key; deaf until utter_begin */
};

struct utter {
	bool open, speaking, told;
	unsigned history;     /* the latest frames, a bit each: loud or not */
	unsigned loud, quiet; /* frames of this utterance; at its end */
	unsigned hold;        /* frames to pass over: a tone was there */
	struct loud line;
	int16_t frame[UTTER_FRAME];
	size_t n_frame;
	int16_t before[UTTER_BEFORE][UTTER_FRAME];
	size_t n_before, at_before;
	enum utter_event event;
	size_t n;
	int16_t samples[MAX_UTTERANCE];
};

/* The beginning is all zeros. Listens for the next utterance; what is known of the noise stays. */
void utter_begin(struct utter *u);
void utter_hear(struct utter *u, const int16_t *samples, size_t n);
/* A key sounds, or is told of: what is under way is no speech. */
void utter_tone(struct utter *u);
/* What happened since the last call. */
enum utter_event utter_event(struct utter *u);

#endif
