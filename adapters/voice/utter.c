/*
 * See utter.h. Three loud frames of five begin an utterance; it is told of only after a few
 * more, so that clicks are nothing; 0.7 s of quiet end it.
 */
#include "adapters/voice/utter.h"

#include <string.h>

#define RECENT 0x1fu /* five frames */
#define TOLD 6       /* loud frames: 120 ms */
#define QUIET 35     /* frames: 700 ms */
#define TAIL 15      /* of them stay with the utterance */
#define HOLD 5

void utter_begin(struct utter *u)
{
	u->open = true;
	u->speaking = u->told = false;
	u->history = u->loud = u->quiet = 0;
	u->n = u->n_frame = 0;
	u->n_before = u->at_before = 0;
	u->event = UTTER_NOTHING;
}

static void keep(struct utter *u, const int16_t *frame)
{
	memcpy(u->samples + u->n, frame, UTTER_FRAME * sizeof *frame);
	u->n += UTTER_FRAME;
}

static void keep_before(struct utter *u)
{
	memcpy(u->before[u->at_before], u->frame, sizeof u->frame);
	u->at_before = (u->at_before + 1) % UTTER_BEFORE;
	if (u->n_before < UTTER_BEFORE)
		u->n_before++;
}

static void close_with(struct utter *u, enum utter_event event)
{
	u->open = false;
	u->event = event;
}

static unsigned count(unsigned bits)
{
	unsigned n = 0;

	for (; bits; bits &= bits - 1)
		n++;
	return n;
}

static void wait_for_speech(struct utter *u)
{
	keep_before(u);
	if (count(u->history & RECENT) < 3)
		return;
	u->speaking = true;
	u->loud = count(u->history & RECENT);
	u->quiet = 0;
	size_t first = (u->at_before + UTTER_BEFORE - u->n_before) % UTTER_BEFORE;
	for (size_t i = 0; i < u->n_before; i++)
		keep(u, u->before[(first + i) % UTTER_BEFORE]);
}

static void go_on(struct utter *u, bool loud)
{
	keep(u, u->frame);
	u->loud += loud;
	u->quiet = loud ? 0 : u->quiet + 1;
	if (!u->told && u->loud >= TOLD) {
		u->told = true;
		u->event = UTTER_BEGAN;
	}
	if (u->quiet >= QUIET) {
		u->n -= (QUIET - TAIL) * UTTER_FRAME;
		if (u->told)
			close_with(u, UTTER_ENDED);
		else
			utter_begin(u); /* a click */
	} else if (u->n + UTTER_FRAME > MAX_UTTERANCE) {
		if (u->told)
			close_with(u, UTTER_LONG);
		else
			utter_begin(u);
	}
}

static void frame(struct utter *u)
{
	bool loud = loud_frame(&u->line, u->frame);

	if (u->hold > 0) {
		u->hold--;
		return;
	}
	u->history = u->history << 1 | loud;
	if (u->speaking)
		go_on(u, loud);
	else
		wait_for_speech(u);
}

void utter_hear(struct utter *u, const int16_t *samples, size_t n)
{
	for (size_t i = 0; i < n && u->open; i++) {
		u->frame[u->n_frame++] = samples[i];
		if (u->n_frame < UTTER_FRAME)
			continue;
		u->n_frame = 0;
		frame(u);
	}
}

void utter_tone(struct utter *u)
{
	u->hold = HOLD;
	if (!u->open)
		return;
	if (u->told)
		close_with(u, UTTER_TONE);
	else
		utter_begin(u);
}

enum utter_event utter_event(struct utter *u)
{
	enum utter_event e = u->event;

	u->event = UTTER_NOTHING;
	return e;
}
