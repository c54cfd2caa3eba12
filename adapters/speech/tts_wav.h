/*
 * Reads a WAV file in memory: RIFF, PCM, 16 bits, one channel. What a child
 * process printed is outside input: every length is checked against what is
 * there.
 */
#ifndef ADAPTERS_SPEECH_TTS_WAV_H
#define ADAPTERS_SPEECH_TTS_WAV_H

#include "engine/err.h"
#include <stddef.h>
#include <stdint.h>

struct tts_wav {
	const uint8_t *samples; /* little-endian, inside the caller's bytes */
	size_t n;               /* samples */
	uint32_t rate;
};

/* E_PROTO: not such a WAV file, or cut short. */
int tts_wav_parse(const uint8_t *p, size_t n, struct tts_wav *ret_wav) MUST_CHECK;
int16_t tts_wav_sample(const struct tts_wav *wav, size_t i);

#endif
