/* See recorded.h. The header is looked through here for what can be said about it in words; the
 * samples are then read by the code that reads the synthesiser's, so both are treated alike. */
#include "adapters/speech/recorded.h"

#include "adapters/speech/tts_sound.h"
#include "adapters/speech/tts_ulaw.h"
#include "adapters/speech/tts_wav.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT_PCM = 1, FORMAT_ULAW = 7, FRAME = 80 };

/* What is still softer than this after all amplification would be missed beside the voice. */
#define LEAST_DBFS (-26.0)

struct header {
	unsigned format, channels, bits;
	uint32_t rate;
	const uint8_t *data;
	size_t n;
};

static uint32_t le(const uint8_t *p, size_t n)
{
	uint32_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint32_t)p[i] << (8 * i);
	return v;
}

static const char *read_header(const uint8_t *p, size_t n, struct header *h)
{
	size_t at = 12;

	*h = (struct header){0};
	if (n < 12 || memcmp(p, "RIFF", 4) != 0 || memcmp(p + 8, "WAVE", 4) != 0)
		return "it is not a WAV file";
	while (n - at >= 8) {
		const uint8_t *id = p + at;
		size_t size = le(p + at + 4, 4);
		at += 8;
		if (size > n - at)
			return "it ends too early";
		if (memcmp(id, "fmt ", 4) == 0 && size >= 16) {
			h->format = le(p + at, 2);
			h->channels = le(p + at + 2, 2);
			h->rate = le(p + at + 4, 4);
			h->bits = le(p + at + 14, 2);
		} else if (memcmp(id, "data", 4) == 0) {
			h->data = p + at;
			h->n = size;
			return h->format ? NULL : "its data come before its format";
		}
		size += size & 1;
		if (size > n - at)
			return "it ends too early";
		at += size;
	}
	return "it has no sound";
}

static const char *check_header(const struct header *h)
{
	static const uint32_t rates[] = {8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000};
	bool known = false;

	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
		known |= h->rate == rates[i];
	if (h->format != FORMAT_PCM && h->format != FORMAT_ULAW)
		return "it is neither PCM nor G.711 u-law: save it as PCM, 16 bits";
	if (h->channels != 1)
		return "it has more than one channel: save it as mono";
	if (h->format == FORMAT_PCM && h->bits != 16)
		return "its samples are not of 16 bits: save it as PCM, 16 bits";
	if (h->format == FORMAT_ULAW && (h->bits != 8 || h->rate != 8000))
		return "u-law is of 8 bits at 8000 Hz";
	if (!known)
		return "its rate is none of 8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000 "
		       "Hz";
	if (h->n == 0 || (h->format == FORMAT_PCM && h->n % 2 != 0))
		return "it has no whole samples";
	if (h->n / (h->bits / 8) / h->rate >= MAX_PROMPT_MS / 1000 - 1)
		return "it is longer than two minutes";
	return NULL;
}

/* µ-law as PCM, for those who read PCM. NULL: no memory. */
static uint8_t *widen(const struct header *h)
{
	uint8_t *pcm = malloc(h->n * 2);

	for (size_t i = 0; pcm && i < h->n; i++) {
		uint16_t v = (uint16_t)tts_ulaw_decode(h->data[i]);
		pcm[2 * i] = (uint8_t)v;
		pcm[2 * i + 1] = (uint8_t)(v >> 8);
	}
	return pcm;
}

/* RMS of the speaking frames, as tts_sound.c has it. */
static double level_of(const struct audio *a)
{
	double loudest = 0, sum = 0;
	size_t speaking = 0;

	for (int pass = 0; pass < 2; pass++)
		for (size_t f = 0; f + FRAME <= a->n; f += FRAME) {
			double power = 0;
			for (size_t i = 0; i < FRAME; i++) {
				double v = tts_ulaw_decode(a->ulaw[f + i]) / 32768.0;
				power += v * v / FRAME;
			}
			if (pass == 0) {
				loudest = fmax(loudest, power);
			} else if (power >= loudest * 0.0064) {
				sum += power;
				speaking++;
			}
		}
	return speaking && sum > 0 ? 10 * log10(sum / (double)speaking) : -100;
}

int recorded_read(const uint8_t *bytes, size_t n, struct audio **ret_audio,
		  char ret_why[RECORDED_WHY])
{
	struct header h;
	struct audio *a = NULL;
	uint8_t *pcm = NULL;
	const char *why = read_header(bytes, n, &h);
	int err = 0;

	if (!why)
		why = check_header(&h);
	if (why)
		goto out;
	if (h.format == FORMAT_ULAW && !(pcm = widen(&h))) {
		err = E_NOMEM;
		goto out;
	}
	const struct tts_wav wav = {
	    .rate = h.rate, .samples = pcm ? pcm : h.data, .n = pcm ? h.n : h.n / 2};
	err = tts_sound_make(&wav, &a);
	if (err == E_NOMEM)
		goto out;
	if (err)
		why = err == E_LIMIT ? "it is longer than two minutes" : "it is silent";
	else if (level_of(a) < LEAST_DBFS)
		why = "it is too soft, or has clicks far louder than its voice: record it again";
	if (!why) {
		*ret_audio = a;
		a = NULL;
	}
out:
	audio_unref(a);
	free(pcm);
	if (err == E_NOMEM)
		return err;
	if (why)
		snprintf(ret_why, RECORDED_WHY, "%s", why);
	return why ? E_INVALID : 0;
}
