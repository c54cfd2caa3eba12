/*
 * ITU-T G.711 µ-law, both ways: pure functions on 16-bit samples (the 14 bits of
 * the recommendation, times four).
 */
#ifndef ADAPTERS_SPEECH_TTS_ULAW_H
#define ADAPTERS_SPEECH_TTS_ULAW_H

#include <stdint.h>

#define TTS_ULAW_SILENCE 0xff /* +0 */

uint8_t tts_ulaw_encode(int16_t sample);
int16_t tts_ulaw_decode(uint8_t code);

#endif
