/*
 * See tts_render.h. Open JTalk answers a sentence of which it can speak nothing
 * with status 1 and no trace, and a dictionary that it cannot load with the same.
 * The first is the text's fault, the second must not mark every resident as
 * unspeakable: so the sentence is tried again behind a word that can be spoken,
 * and then the trace tells.
 */
#include "adapters/speech/tts_render.h"

#include "adapters/speech/tts_child.h"
#include "adapters/speech/tts_sound.h"
#include "adapters/speech/tts_trace.h"
#include "engine/limits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAV_MOST ((size_t)48000 * 2 * (MAX_PROMPT_MS / 1000) + 4096)
#define TRACE_KEPT ((size_t)512 * 1024)
#define SPEAKABLE "はい、"
#define MORA_LEAST_S 0.04 /* the voice's own pace is three times slower: less is cut audio */

enum { READING_SIZE = 8192 };

static int run(const struct tts_voice *v, const char *text, struct tts_child_output *out)
{
	char speed[32];
	/* posix_spawn takes char *const[] and changes nothing. */
	const char *argv[] = {v->program, "-x",  v->dictionary,   "-m",  v->voice,      "-r",
			      speed,      "-ot", TTS_CHILD_TRACE, "-ow", "/dev/stdout", NULL};
	union {
		const char **constant;
		char **changing;
	} args = {.constant = argv};
	long hundredths = lrint(v->speed * 100);

	/* Not %f: a locale would write a comma. */
	snprintf(speed, sizeof speed, "%ld.%02ld", hundredths / 100, hundredths % 100);
	out->wav = (struct tts_buffer){.most = WAV_MOST};
	out->trace = (struct tts_buffer){.most = TRACE_KEPT};
	const struct tts_child child = {
	    .argv = args.changing,
	    .input = text,
	    .timeout_ms = v->timeout_ms,
	    .stop_fd = v->stop_fd,
	};
	return tts_child_run(&child, out);
}

static void output_free(struct tts_child_output *out)
{
	tts_buffer_free(&out->wav);
	tts_buffer_free(&out->trace);
}

/* Nothing could be spoken: which character, or is the program itself at fault? */
static int ask_again(const struct tts_voice *v, const char *sentence, char ret_bad[8])
{
	char text[sizeof SPEAKABLE + MAX_SENTENCE_BYTES + 1];
	struct tts_child_output out;
	size_t mora;
	int err;

	snprintf(text, sizeof text, SPEAKABLE "%s", sentence);
	err = run(v, text, &out);
	if (!err && out.status != 0)
		err = E_IO;
	if (!err)
		err = tts_trace_check(out.trace.p ? out.trace.p : "", out.trace.n, text, NULL, 0,
				      &mora, ret_bad);
	output_free(&out);
	return err ? err : E_PROTO;
}

static int understand(const struct tts_voice *v, const char *sentence,
		      const struct tts_child_output *out, struct tts_spoken *ret)
{
	struct tts_wav wav;
	size_t mora;
	int err;

	ret->reading = malloc(READING_SIZE);
	if (!ret->reading)
		return E_NOMEM;
	err = tts_trace_check(out->trace.p ? out->trace.p : "", out->trace.n, sentence,
			      ret->reading, READING_SIZE, &mora, ret->bad);
	if (!err)
		err = tts_wav_parse((const uint8_t *)(out->wav.p ? out->wav.p : ""), out->wav.n,
				    &wav);
	if (!err)
		err = tts_sound_make(&wav, &ret->audio);
	if (!err && (double)ret->audio->n < (double)mora * MORA_LEAST_S * 8000 / v->speed)
		err = E_PROTO;
	return err;
}

int tts_render(const struct tts_voice *v, const char *sentence, struct tts_spoken *ret)
{
	struct tts_child_output out;
	struct tts_spoken spoken = {0};
	int err = strlen(sentence) > MAX_SENTENCE_BYTES ? E_LIMIT : 0;

	if (err) {
		*ret = (struct tts_spoken){.err = err};
		return err;
	}
	err = run(v, sentence, &out);
	if (!err && out.status == 0)
		err = understand(v, sentence, &out, &spoken);
	else if (!err && out.status == 1 && out.wav.n == 0)
		err = ask_again(v, sentence, spoken.bad);
	else if (!err)
		err = E_PROTO;
	output_free(&out);
	if (err) {
		audio_unref(spoken.audio);
		free(spoken.reading);
		spoken.audio = NULL;
		spoken.reading = NULL;
	}
	spoken.err = err;
	*ret = spoken;
	return err;
}
