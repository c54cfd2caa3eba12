/*
 * What is loud on a line: what stands clearly over the softest frame of the last second.
 * Speech has pauses, so that is the line's noise; constant noise is learned in a second.
 * Pure.
 */
#ifndef ADAPTERS_VOICE_LOUD_H
#define ADAPTERS_VOICE_LOUD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOUD_FRAME 160 /* samples: 20 ms at 8 kHz */
#define LOUD_FLOOR 50  /* frames whose softest is the line's noise */

struct loud {
	float floor[LOUD_FLOOR];
	size_t n, at;
};

/* The beginning is all zeros. */
bool loud_frame(struct loud *l, const int16_t frame[LOUD_FRAME]);

#endif
