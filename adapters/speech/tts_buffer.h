/* A growing string with a maximum. */
#ifndef ADAPTERS_SPEECH_TTS_BUFFER_H
#define ADAPTERS_SPEECH_TTS_BUFFER_H

#include "engine/err.h"
#include <stddef.h>

struct tts_buffer {
	char *p; /* NUL behind the last byte once anything was added */
	size_t n, size, most;
};

/* E_LIMIT: it would become longer than `most`; nothing was added. */
int tts_buffer_add(struct tts_buffer *b, const void *p, size_t n) MUST_CHECK;
void tts_buffer_free(struct tts_buffer *b);

#endif
