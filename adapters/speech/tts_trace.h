/*
 * Open JTalk's trace ("-ot"): the words that it found, with what it will say for
 * each. This is the only place where a lost character shows: a word that is not
 * in the dictionary becomes a pause, with exit status 0. Outside input, pure.
 */
#ifndef ADAPTERS_SPEECH_TTS_TRACE_H
#define ADAPTERS_SPEECH_TTS_TRACE_H

#include "engine/err.h"
#include <stddef.h>

/*
 * Compares trace[0..n) with the sentence that was sent. `reading` (may be NULL) gets the kana,
 * pauses as 、; cut at whole characters if it is too small. *ret_mora: about how many morae are
 * spoken.
 * E_INVALID: a character would be lost; ret_bad gets it. E_PROTO: this is no trace.
 */
int tts_trace_check(const char *trace, size_t n, const char *sentence, char *reading,
		    size_t reading_size, size_t *ret_mora, char ret_bad[8]) MUST_CHECK;

#endif
