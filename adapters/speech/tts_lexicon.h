/*
 * The lexicon: two tables that people edit (specs/lexicon/, docs/speech.md).
 * `variants` maps a character that the dictionary lacks to one that it has;
 * `replacements` maps a word to how it is spoken. Immutable after loading, so any
 * thread may use it.
 */
#ifndef ADAPTERS_SPEECH_TTS_LEXICON_H
#define ADAPTERS_SPEECH_TTS_LEXICON_H

#include "adapters/speech/tts_buffer.h"
#include "engine/problems.h"

struct tts_lexicon;

#define TTS_LEXICON_ENTRIES 4000       /* of one table */
#define TTS_LEXICON_BYTES (256 * 1024) /* of one file */
#define TTS_LEXICON_WORD 192           /* bytes of one column */

/* All that is wrong goes to `problems` with file and line; E_INVALID if anything is. */
int tts_lexicon_load(const char *dir, struct problems *problems,
		     struct tts_lexicon **ret_lexicon) MUST_CHECK;
void tts_lexicon_free(struct tts_lexicon *lexicon); /* NULL is fine */

/* Each character by itself; before folding, which would change some. */
int tts_lexicon_variants(const struct tts_lexicon *l, const char *text, size_t n,
			 struct tts_buffer *to) MUST_CHECK;
/* The longest word that matches at each place; what was put in is not looked at again. `text` is
 * folded. */
int tts_lexicon_replace(const struct tts_lexicon *l, const char *text, size_t n,
			struct tts_buffer *to) MUST_CHECK;

#endif
