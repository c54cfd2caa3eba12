/* A whole prompt: text → sentences → cached or newly made pieces. */
#ifndef ADAPTERS_SPEECH_TTS_PROMPT_H
#define ADAPTERS_SPEECH_TTS_PROMPT_H

#include "adapters/speech/tts_lexicon.h"
#include "adapters/speech/tts_render.h"

struct tts_maker {
	struct tts_lexicon *lexicon;
	struct tts_cache *cache;
	struct tts_voice voice;
};

/* E_INVALID: ret_bad has the character ("" where there is nothing to speak, or no UTF-8); E_LIMIT:
 * too long; else as tts_render. `reading` may be NULL. */
int tts_prompt_make(struct tts_maker *m, const struct speech_words *words, uint64_t who,
		    struct prompt *ret_prompt, char *reading, size_t reading_size,
		    char ret_bad[8]) MUST_CHECK;
int64_t tts_now_ms(void);

#endif
