/*
 * Fuzz target: what the synthesiser prints (WAV, trace) and what scenarios bring
 * (text, cut into sentences). The first byte chooses. Its corpus,
 * tests/fuzz/corpus/speech/, runs in tests/unit/test_speech_corpus.c.
 */
#include "adapters/speech/tts_fold.h"
#include "adapters/speech/tts_text.h"
#include "adapters/speech/tts_trace.h"
#include "adapters/speech/tts_wav.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_trace(const char *p, size_t n)
{
	char reading[64], bad[8];
	const char *split = memchr(p, 0, n); /* sentence, NUL, trace */
	size_t mora, from = split ? (size_t)(split - p) + 1 : n;

	if (split &&
	    tts_trace_check(p + from, n - from, p, reading, sizeof reading, &mora, bad) == 0 &&
	    strlen(reading) >= sizeof reading)
		abort();
}

static void try_text(const char *p, size_t n)
{
	char sentence[TTS_SENTENCE_SIZE];
	char *folded = NULL;
	const char *cursor;

	if (tts_fold(p, n, &folded) != 0)
		return;
	cursor = folded;
	while (tts_text_next(&cursor, sentence) == 0)
		if (strlen(sentence) > MAX_SENTENCE_BYTES)
			abort();
	free(folded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tts_wav wav;

	if (size < 1)
		return 0;
	if (data[0] == 'w') {
		if (tts_wav_parse(data + 1, size - 1, &wav) == 0 && wav.n > 0)
			(void)tts_wav_sample(&wav, wav.n - 1);
	} else if (data[0] == 't') {
		try_trace((const char *)data + 1, size - 1);
	} else {
		try_text((const char *)data + 1, size - 1);
	}
	return 0;
}
