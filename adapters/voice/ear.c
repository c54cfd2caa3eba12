/*
 * See ear.h. The detector takes frames of 20 ms; packets may be of any length, so what
 * is left over waits for the next. Nothing allocates here but ear_new: spandsp works in
 * the memory that it got there.
 *
 * Late packets must not cut a tone in two (a key would count twice), so for keys time is
 * what the timestamps say, and a hole shorter than PAUSE (a lost packet) is not there.
 *
 * A resident mostly listens, and spandsp's eight filters are half of what a call's sound
 * costs: what is too soft for a key is not given to them, once they have heard SETTLED
 * samples of it. By then no key is under way in them, and each block of theirs (102 samples)
 * that is softer than SOFT has less energy than two tones at spandsp's threshold.
 */
#include "adapters/voice/ear.h"

#include "adapters/voice/rtp.h"

#include <pthread.h>
#include <spandsp.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS 4
#define PAUSE 480         /* 60 ms: two presses are never nearer than that */
#define MOST_MISSING 8000 /* a jump of timestamps by more than a second is no silence */
#define SOFT 160          /* of |sample|; a tone at the threshold has 175, a key two of them */
#define SETTLED 480

struct ear {
	dtmf_rx_state_t *tones;
	bool hear_keys, detecting;
	uint32_t soft; /* samples that were too soft for a key, in a row; SETTLED: or more */
	struct detect detect;
	struct utter *utter; /* NULL: nobody waits for words */
	int16_t frame[DETECT_FRAME];
	size_t n;
	uint32_t ahead; /* samples of silence that the detector had before their packets' turn */
	enum detect_event events[EVENTS];
	size_t n_events;
};

static int16_t of_ulaw[256], of_alaw[256];
static pthread_once_t tables = PTHREAD_ONCE_INIT;

static void make_tables(void)
{
	for (int i = 0; i < 256; i++) {
		of_ulaw[i] = ulaw_to_linear((uint8_t)i);
		of_alaw[i] = alaw_to_linear((uint8_t)i);
	}
}

int ear_new(struct ear **ret_ear)
{
	struct ear *ear = calloc(1, sizeof *ear);
	if (!ear)
		return E_NOMEM;
	pthread_once(&tables, make_tables);
	ear->tones = dtmf_rx_init(NULL, NULL, NULL);
	if (!ear->tones) {
		free(ear);
		return E_NOMEM;
	}
	*ret_ear = ear;
	return 0;
}

void ear_free(struct ear *ear)
{
	if (!ear)
		return;
	dtmf_rx_free(ear->tones);
	free(ear);
}

void ear_begin(struct ear *ear, bool hear_keys, bool detect)
{
	ear->hear_keys = hear_keys;
	ear->detecting = detect;
	ear->detect = (struct detect){0};
	ear->n = ear->n_events = 0;
	ear->ahead = ear->soft = 0;
	dtmf_rx_init(ear->tones, NULL, NULL); /* as new, in the same memory */
}

/* Not a new beginning: a tone that is under way must not count again. */
void ear_known(struct ear *ear)
{
	ear->detecting = false;
	ear->n_events = 0;
}

static void detect_some(struct ear *ear, const int16_t *samples, size_t n)
{
	while (n > 0) {
		size_t part = DETECT_FRAME - ear->n < n ? DETECT_FRAME - ear->n : n;
		memcpy(ear->frame + ear->n, samples, part * sizeof *samples);
		samples += part;
		n -= part;
		if ((ear->n += part) < DETECT_FRAME)
			return;
		ear->n = 0;
		enum detect_event e = detect_feed(&ear->detect, ear->frame);
		if (e != DETECT_NOTHING && ear->n_events < EVENTS)
			ear->events[ear->n_events++] = e;
	}
}

static bool is_soft(const int16_t *samples, size_t n)
{
	int most = 0, least = 0;
	for (size_t i = 0; i < n; i++) {
		most = samples[i] > most ? samples[i] : most;
		least = samples[i] < least ? samples[i] : least;
	}
	return most < SOFT && least > -SOFT;
}

static void hear_tones(struct ear *ear, const int16_t *samples, size_t n)
{
	if (!is_soft(samples, n))
		ear->soft = 0;
	else if (ear->soft < SETTLED)
		ear->soft += (uint32_t)n;
	else
		return;
	dtmf_rx(ear->tones, samples, (int)n);
}

void ear_listen(struct ear *ear, struct utter *utter)
{
	ear->utter = utter;
	if (utter)
		utter_begin(utter);
}

void ear_tone(struct ear *ear)
{
	if (ear->utter)
		utter_tone(ear->utter);
}

enum utter_event ear_said(struct ear *ear)
{
	return ear->utter ? utter_event(ear->utter) : UTTER_NOTHING;
}

/* Words are not listened for while a key's tone sounds: it is heard as はい. The tone's first
 * moments are taken for speech until it is certain; they are thrown away then. */
static void say(struct ear *ear, const int16_t *samples, size_t n)
{
	int tone = dtmf_rx_status(ear->tones);

	if (tone && tone != 'x')
		utter_tone(ear->utter);
	utter_hear(ear->utter, samples, n);
}

/* Time that no packet stands for. The detector was told of some of it already. */
static void skip(struct ear *ear, uint32_t missing)
{
	static const int16_t silence[PAUSE];
	uint32_t owed = missing > ear->ahead ? missing - ear->ahead : 0;

	ear->ahead = 0;
	for (uint32_t i = 0; ear->detecting && i < owed && i < MOST_MISSING; i += PAUSE)
		detect_some(ear, silence, owed - i < PAUSE ? owed - i : PAUSE);
	for (uint32_t i = 0; ear->utter && i < owed && i < MOST_MISSING; i += PAUSE)
		utter_hear(ear->utter, silence, owed - i < PAUSE ? owed - i : PAUSE);
	if ((ear->hear_keys || ear->utter) && missing >= PAUSE)
		dtmf_rx(ear->tones, silence, PAUSE);
}

void ear_hear(struct ear *ear, int codec, const uint8_t *sound, size_t n, uint32_t missing)
{
	int16_t samples[RTP_MOST];
	const int16_t *table = codec == RTP_PCMA ? of_alaw : of_ulaw;

	if ((!ear->hear_keys && !ear->detecting && !ear->utter) || n > RTP_MOST)
		return;
	skip(ear, missing);
	for (size_t i = 0; i < n; i++)
		samples[i] = table[sound[i]];
	if (ear->hear_keys || ear->utter)
		hear_tones(ear, samples, n);
	if (ear->utter)
		say(ear, samples, n);
	if (ear->detecting)
		detect_some(ear, samples, n);
}

void ear_silence(struct ear *ear)
{
	static const int16_t nothing[DETECT_FRAME];

	if (ear->detecting)
		detect_some(ear, nothing, DETECT_FRAME);
	if (ear->utter)
		utter_hear(ear->utter, nothing, DETECT_FRAME);
	ear->ahead += DETECT_FRAME;
}

char ear_key(struct ear *ear)
{
	char key;
	while (ear->hear_keys && dtmf_rx_get(ear->tones, &key, 1) == 1)
		if (strchr("0123456789*#", key))
			return key; /* A to D are no keys of a telephone */
	return 0;
}

enum detect_event ear_event(struct ear *ear)
{
	enum detect_event e = ear->n_events ? ear->events[0] : DETECT_NOTHING;
	if (ear->n_events)
		memmove(ear->events, ear->events + 1, --ear->n_events * sizeof *ear->events);
	return e;
}
