/*
 * See detect.h. Two measures a frame: mean loudness, and whether the sound is one
 * steady sine (its zero crossings come at equal distances). Speech has no steady sine
 * of 160 ms; a beep has.
 *
 *   few words, then 0.8 s of silence                  a person (「はい、田中です」)
 *   more than 1.5 s of words, then a beep             a machine that records now
 *   more than 1.9 s of first words, then 1.8 s of
 *   silence without a beep                            a device that waits for an answer
 *   0.9 s of 2,100 Hz                                 a fax (ITU-T T.30, CED)
 *
 * The limits began as those of Asterisk's app_amd; the greeting may be longer here,
 * since a firm's 「お電話ありがとうございます、伊那商事でございます」 is a person.
 */
#include "adapters/voice/detect.h"

#include <math.h>
#include <stdlib.h>

enum {
	FRAME_MS = 20,
	LOUD = 256,         /* mean of |sample|: about -42 dBFS */
	WORD_MS = 100,      /* shorter sounds are clicks */
	GAP_MS = 60,        /* the closure of a plosive is no end of a word */
	GREETING_MS = 1900, /* longer: no person answers a telephone so */
	TURN_MS = 800,      /* after a person's words: he waits for us */
	SCREEN_MS = 1800,   /* after a device's words: no beep comes any more */
	BEEP_MS = 160,
	BEEP_OVER_MS = 100,    /* the last of the beep's echo */
	BEFORE_BEEP_MS = 1500, /* words that a machine says at least */
	CED_MS = 900,
	CED_HZ = 2100,
	CED_OFF_HZ = 25,
};
static const float STEADY = 0.12f; /* of the distance between two crossings */
static const float SAME = 0.02f;   /* of the tone's frequency from frame to frame */
#define LOW_HZ 350.0f
#define HIGH_HZ 2500.0f

static int loudness(const int16_t *f)
{
	int sum = 0;
	for (int i = 0; i < DETECT_FRAME; i++)
		sum += abs(f[i]);
	return sum / DETECT_FRAME;
}

/* The frequency of a steady sine; 0: it is none. */
static float sine_hz(const int16_t *f)
{
	float at[DETECT_FRAME], least = DETECT_FRAME, most = 0;
	int n = 0;

	for (int i = 1; i < DETECT_FRAME; i++)
		if ((f[i - 1] < 0) != (f[i] < 0))
			at[n++] = (float)i - (float)f[i] / (float)(f[i] - f[i - 1]);
	if (n < 3)
		return 0;
	float mean = (at[n - 1] - at[0]) / (float)(n - 1);
	for (int i = 1; i < n; i++) {
		least = fminf(least, at[i] - at[i - 1]);
		most = fmaxf(most, at[i] - at[i - 1]);
	}
	float hz = 4000.0f / mean;
	if (most - mean > STEADY * mean || mean - least > STEADY * mean || hz < LOW_HZ ||
	    hz > HIGH_HZ)
		return 0;
	return hz;
}

/* Follows the tone; true: it is a fax. */
static bool feed_tone(struct detect *d, const int16_t *frame, bool loud)
{
	float hz = loud ? sine_hz(frame) : 0;

	if (hz > 0 && d->tone_ms > 0 && fabsf(hz - d->tone_hz) <= SAME * d->tone_hz) {
		d->tone_ms += FRAME_MS;
	} else if (hz > 0) {
		d->tone_ms = FRAME_MS;
		d->tone_hz = hz;
	} else {
		d->tone_ms = 0;
	}
	if (d->tone_ms >= BEEP_MS) {
		d->beep = true;
		d->after_tone_ms = 0;
	} else if (d->beep && d->tone_ms == 0) {
		d->after_tone_ms += FRAME_MS;
	}
	return d->tone_ms >= CED_MS && fabsf(d->tone_hz - CED_HZ) <= CED_OFF_HZ;
}

static void feed_words(struct detect *d, bool voice)
{
	if (!voice) {
		d->quiet_ms += FRAME_MS;
		if (d->quiet_ms > GAP_MS)
			d->voiced_ms = 0;
		return;
	}
	d->voiced_ms += FRAME_MS;
	if (d->voiced_ms < WORD_MS)
		return;
	uint32_t more = d->voiced_ms == WORD_MS ? WORD_MS : FRAME_MS;
	d->spoken_ms += more;
	d->words_ms = d->told ? more : d->words_ms + more;
	d->told = false;
	d->quiet_ms = 0;
}

static enum detect_event judge(struct detect *d)
{
	if (d->beep && d->after_tone_ms >= BEEP_OVER_MS) {
		d->beep = false;
		d->told = true;
		if (d->spoken_ms >= BEFORE_BEEP_MS)
			return DETECT_MACHINE;
	}
	if (d->words_ms == 0 || d->told || d->beep)
		return DETECT_NOTHING;
	bool greeting = d->words_ms > GREETING_MS;
	if (d->quiet_ms < (greeting ? SCREEN_MS : TURN_MS))
		return DETECT_NOTHING;
	bool first = !d->answered;
	d->told = d->answered = true;
	if (!greeting)
		return DETECT_PERSON;
	return first ? DETECT_SCREEN : DETECT_NOTHING;
}

enum detect_event detect_feed(struct detect *d, const int16_t frame[DETECT_FRAME])
{
	if (d->now_ms >= DETECT_MOST_MS)
		return DETECT_NOTHING;
	d->now_ms += FRAME_MS;
	bool loud = loudness(frame) > LOUD;
	if (feed_tone(d, frame, loud)) {
		d->now_ms = DETECT_MOST_MS;
		return DETECT_FAX;
	}
	feed_words(d, loud && d->tone_ms < BEEP_MS);
	return judge(d);
}

const char *detect_word(enum detect_event event)
{
	static const char *const words[] = {[DETECT_NOTHING] = "nothing",
					    [DETECT_PERSON] = "person",
					    [DETECT_MACHINE] = "machine",
					    [DETECT_SCREEN] = "screen",
					    [DETECT_FAX] = "fax"};
	return words[event];
}
