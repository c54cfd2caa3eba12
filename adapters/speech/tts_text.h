/*
 * From a scenario's text to what the synthesiser is given: variants, NFKC,
 * replacements; what would be spoken wrongly is refused; then sentence by sentence
 * (one a child process), each within Open JTalk's limits. Pure.
 */
#ifndef ADAPTERS_SPEECH_TTS_TEXT_H
#define ADAPTERS_SPEECH_TTS_TEXT_H

#include "adapters/speech/tts_lexicon.h"
#include "engine/limits.h"

#define TTS_TEXT_BYTES 16384 /* of a whole prompt, before and after */
#define TTS_SENTENCE_SIZE (MAX_SENTENCE_BYTES + 1)

/* *ret_spoken is the caller's to free. E_INVALID: a character cannot or must not be spoken, ret_bad
 * gets it ("": not UTF-8). E_LIMIT: too long. */
int tts_text_prepare(const struct tts_lexicon *l, const char *text, char **ret_spoken,
		     char ret_bad[8]) MUST_CHECK;

/* The next sentence of prepared text; *cursor moves on. Pieces without anything to speak are passed
 * over. E_NOTFOUND: no more. E_LIMIT: one that is too long and has no comma to be cut at. */
int tts_text_next(const char **cursor, char ret_sentence[TTS_SENTENCE_SIZE]) MUST_CHECK;

#endif
