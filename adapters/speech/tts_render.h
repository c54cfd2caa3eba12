/* One sentence through Open JTalk: audio and reading, or the character that would be lost. */
#ifndef ADAPTERS_SPEECH_TTS_RENDER_H
#define ADAPTERS_SPEECH_TTS_RENDER_H

#include "adapters/speech/tts_cache.h"

struct tts_voice {
	const char *program, *dictionary, *voice; /* must outlive it */
	double speed;
	int timeout_ms;
	int stop_fd;
};

/* Fills *ret and answers ret->err: 0, E_INVALID (ret->bad), E_TIMEOUT, E_CLOSED, E_IO, E_NOMEM,
 * E_PROTO (the program crashed, or printed what is not speech). */
int tts_render(const struct tts_voice *v, const char *sentence, struct tts_spoken *ret);

#endif
