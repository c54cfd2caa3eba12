/*
 * See tts_sound.h. Everything is done in float at 8 kHz, after the resampler's
 * own low-pass; the level is measured on the frames that speak, since a sentence
 * with many commas would come out louder if pauses counted.
 */
#include "adapters/speech/tts_sound.h"

#include "adapters/speech/tts_ulaw.h"

#include <math.h>
#include <soxr.h>
#include <stdlib.h>
#include <string.h>

/* What is kept around what is loud: a soft beginning (s, h), and the end dying away. */
enum { RATE = 8000, FRAME = 80, MS = RATE / 1000, KEEP_BEFORE = 3, KEEP_AFTER = 5 };

#define GAIN_MOST 10.0    /* 20 dB: what is quieter than that is not speech */
#define TRIM_BELOW 0.018  /* of the loudest frame (-35 dB): the voice's own hiss is 10 dB lower */
#define SPEAKS_ABOVE 0.08 /* of the loudest frame (-22 dB) */
#define SILENCE 0.0005    /* -66 dBFS */

static double frame_rms(const float *x, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * (double)x[i];
	return n ? sqrt(sum / (double)n) : 0;
}

static int resample(const struct tts_wav *wav, float **ret_x, size_t *ret_n)
{
	size_t most = (size_t)((double)wav->n * RATE / wav->rate) + RATE;
	float *in = malloc((wav->n ? wav->n : 1) * sizeof *in);
	float *out = malloc(most * sizeof *out);
	size_t used, made;
	int err = E_NOMEM;

	if (!in || !out)
		goto out;
	for (size_t i = 0; i < wav->n; i++)
		in[i] = (float)tts_wav_sample(wav, i) / 32768.0f;
	err = E_PROTO;
	if (soxr_oneshot(wav->rate, RATE, 1, in, wav->n, &used, out, most, &made, NULL, NULL, NULL))
		goto out;
	*ret_x = out;
	*ret_n = made;
	out = NULL;
	err = 0;
out:
	free(in);
	free(out);
	return err;
}

/* What of x[0..n) speaks, whole frames; E_PROTO if nothing does. Also the loudest frame's RMS. */
static int find_speech(const float *x, size_t n, size_t *ret_from, size_t *ret_to,
		       double *ret_loudest)
{
	size_t frames = n / FRAME, from = frames, to = 0;
	double loudest = 0;

	for (size_t f = 0; f < frames; f++)
		loudest = fmax(loudest, frame_rms(x + f * FRAME, FRAME));
	if (loudest < SILENCE)
		return E_PROTO;
	for (size_t f = 0; f < frames; f++)
		if (frame_rms(x + f * FRAME, FRAME) > loudest * TRIM_BELOW) {
			from = f < from ? f : from;
			to = f + 1;
		}
	from = from > KEEP_BEFORE ? from - KEEP_BEFORE : 0;
	to = to + KEEP_AFTER < frames ? to + KEEP_AFTER : frames;
	*ret_from = from * FRAME;
	*ret_to = to * FRAME;
	*ret_loudest = loudest;
	return 0;
}

static double gain_for(const float *x, size_t n, double loudest)
{
	double sum = 0, peak = 0, gain;
	size_t speaking = 0;

	for (size_t f = 0; f < n / FRAME; f++) {
		double rms = frame_rms(x + f * FRAME, FRAME);
		if (rms >= loudest * SPEAKS_ABOVE) {
			sum += rms * rms;
			speaking++;
		}
	}
	for (size_t i = 0; i < n; i++)
		peak = fmax(peak, fabs((double)x[i]));
	gain = pow(10, TTS_LEVEL_DBFS / 20) / sqrt(sum / (double)speaking);
	gain = fmin(gain, pow(10, TTS_PEAK_DBFS / 20) / peak);
	return fmin(gain, GAIN_MOST);
}

static void encode(const float *x, size_t n, double gain, uint8_t *to)
{
	for (size_t i = 0; i < n; i++) {
		double v = (double)x[i] * gain * 32768.0;
		to[i] = tts_ulaw_encode((int16_t)lrint(fmax(-32768, fmin(32767, v))));
	}
}

int tts_sound_make(const struct tts_wav *wav, struct audio **ret_audio)
{
	float *x = NULL;
	size_t n, from, to;
	double loudest;
	struct audio *a;
	int err = resample(wav, &x, &n);

	if (err)
		goto out;
	err = find_speech(x, n, &from, &to, &loudest);
	if (err)
		goto out;
	err = audio_new(TTS_LEAD_MS * MS + (to - from) + TTS_TAIL_MS * MS, &a);
	if (err)
		goto out;
	memset(a->ulaw, TTS_ULAW_SILENCE, a->n);
	encode(x + from, to - from, gain_for(x + from, to - from, loudest),
	       a->ulaw + TTS_LEAD_MS * MS);
	*ret_audio = a;
out:
	free(x);
	return err;
}
