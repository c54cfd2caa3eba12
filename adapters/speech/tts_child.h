/*
 * One run of the synthesiser: text on its standard input, WAV from its standard
 * output, the trace from descriptor 3. No personal data in arguments, environment
 * or files; no core dump. Everything it does is bounded: time, bytes, memory.
 */
#ifndef ADAPTERS_SPEECH_TTS_CHILD_H
#define ADAPTERS_SPEECH_TTS_CHILD_H

#include "adapters/speech/tts_buffer.h"

#define TTS_CHILD_TRACE "/dev/fd/3"

struct tts_child {
	char *const *argv; /* argv[0] is the path of the program */
	const char *input; /* at most 4 kB */
	int timeout_ms;
	int stop_fd; /* readable: give up at once */
};

struct tts_child_output {
	struct tts_buffer wav;   /* `most` is the caller's: more than that is an error */
	struct tts_buffer trace; /* `most`: the rest is read and forgotten */
	int status;              /* the exit status, 0… */
};

/*
 * Returns when the child is gone, whatever it did; the output is the caller's to free on every
 * return. 0: it exited by itself, see status. E_TIMEOUT, E_CLOSED (stop_fd), E_PROTO (a signal
 * ended it, or it printed too much), E_IO, E_NOMEM.
 */
int tts_child_run(const struct tts_child *child, struct tts_child_output *out) MUST_CHECK;

#endif
