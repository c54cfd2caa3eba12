/*
 * Sound: what the synthesiser gave becomes what the telephone gets. Resampled to
 * 8 kHz, silence trimmed at the ends to a steady pause, one level for all
 * sentences, µ-law.
 */
#ifndef ADAPTERS_SPEECH_TTS_SOUND_H
#define ADAPTERS_SPEECH_TTS_SOUND_H

#include "adapters/speech/tts_wav.h"
#include "engine/speech.h"

#define TTS_LEVEL_DBFS (-20.0) /* RMS of the speaking parts; -14 dBm0 */
#define TTS_PEAK_DBFS (-1.0)   /* nothing goes above: no clipping */
#define TTS_LEAD_MS 10
#define TTS_TAIL_MS 190 /* with what is kept of the ends, the pause between sentences is 280 ms */

/* E_PROTO: silence, or nothing at all: a child that says it spoke but did not. */
int tts_sound_make(const struct tts_wav *wav, struct audio **ret_audio) MUST_CHECK;

#endif
