/*
 * A recorded announcement: a WAV file's bytes become what the telephone gets, at the
 * same level and with the same short pauses as the voice that speaks the rest, so that
 * a prompt may go from one to the other.
 *
 * Taken: RIFF/WAVE, one channel, PCM of 16 bits at 8 to 48 kHz, or G.711 µ-law at 8 kHz.
 */
#ifndef ADAPTERS_SPEECH_RECORDED_H
#define ADAPTERS_SPEECH_RECORDED_H

#include "engine/speech.h"

#define RECORDED_WHY 128

/* E_INVALID: ret_why says what is wrong with the file, and what it should be. E_NOMEM. */
int recorded_read(const uint8_t *bytes, size_t n, struct audio **ret_audio,
		  char ret_why[RECORDED_WHY]) MUST_CHECK;

#endif
