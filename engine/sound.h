/*
 * Sound that is kept of a call: a message that the resident left (<record>), or a spoken
 * answer. G.711 µ-law at 8 kHz, as the line had it. Nobody's voice stays behind in
 * memory: all of it is wiped when it is freed.
 */
#ifndef ENGINE_SOUND_H
#define ENGINE_SOUND_H

#include "engine/err.h"
#include "engine/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sound {
	struct sound *next;
	char field[MAX_ID]; /* of the scenario: the <record>, the field or the menu */
	bool message;       /* a <record>; else a spoken answer */
	bool lost;          /* there was no room for it: n = 0 */
	uint32_t at_ms;     /* where it began, in the call */
	size_t n;           /* bytes = samples */
	uint8_t ulaw[];
};
int sound_new(const char *field, size_t n, struct sound **ret_sound) MUST_CHECK;
void sounds_free(struct sound *list); /* NULL is fine */
uint32_t sound_ms(const struct sound *s);

#define SOUND_WAV_HEADER 58
/* The bytes of a WAV file (format 7, µ-law; one channel, 8 kHz). The caller frees them. */
int sound_wav(const struct sound *s, uint8_t **ret_bytes, size_t *ret_n) MUST_CHECK;

#endif
