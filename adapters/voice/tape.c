/*
 * See tape.h. Three loud frames of five, and six in all, are somebody who speaks (as in
 * utter.c); all from the beginning on is kept, since a message begins softly, and of the
 * silence at its end a little.
 */
#include "adapters/voice/tape.h"

#include <spandsp.h>
#include <stdlib.h>
#include <string.h>

#define RECENT 0x1fu /* five frames */
#define SPOKE 6      /* loud frames: 120 ms */
#define TAIL 15      /* frames of silence that stay at the end */
#define FRAME_MS 20
#define SILENT 0xff

int tape_new(const struct record_ask *ask, struct tape **ret_tape)
{
	size_t most = ask->most_ms / FRAME_MS * LOUD_FRAME;
	struct tape *t = calloc(1, sizeof *t + most);

	if (!t)
		return E_NOMEM;
	t->open = true;
	t->most = most;
	t->most_quiet = ask->final_ms / FRAME_MS;
	t->timeout = ask->timeout_ms / FRAME_MS;
	*ret_tape = t;
	return 0;
}

void tape_free(struct tape *t)
{
	if (!t)
		return;
	explicit_bzero(t->ulaw, t->n);
	free(t);
}

static bool is_speech(unsigned bits)
{
	unsigned n = 0;

	for (bits &= RECENT; bits; bits &= bits - 1)
		n++;
	return n >= 3;
}

static void close_with(struct tape *t, enum tape_event event)
{
	t->open = false;
	t->event = event;
}

/* What is told of is behind what may be cut off again: `there` never shrinks. */
static void tell(struct tape *t)
{
	size_t cut = t->quiet > TAIL ? (t->quiet - TAIL) * LOUD_FRAME : 0;

	atomic_store_explicit(&t->there, t->n - cut, memory_order_release);
}

static void frame(struct tape *t, const uint8_t *ulaw)
{
	int16_t samples[LOUD_FRAME];

	for (size_t i = 0; i < LOUD_FRAME; i++)
		samples[i] = ulaw_to_linear(ulaw[i]);
	bool loud = loud_frame(&t->line, samples);
	t->history = t->history << 1 | loud;
	t->quiet = loud ? 0 : t->quiet + 1;
	if (!t->loud && is_speech(t->history))
		t->loud = 2; /* those before this one */
	if (t->loud)
		t->loud += loud;
	if (t->loud >= SPOKE) {
		atomic_store(&t->spoke, true);
		tell(t);
		if (t->quiet >= t->most_quiet)
			close_with(t, TAPE_ENDED);
	} else if (t->quiet >= t->timeout) {
		close_with(t, TAPE_NOBODY);
	}
	if (t->open && t->n == t->most)
		close_with(t, atomic_load(&t->spoke) ? TAPE_ENDED : TAPE_NOBODY);
}

static void put(struct tape *t, const uint8_t *ulaw, size_t n)
{
	for (size_t i = 0; i < n && t->open; i++) {
		t->ulaw[t->n++] = ulaw ? ulaw[i] : SILENT;
		if (t->n % LOUD_FRAME == 0)
			frame(t, t->ulaw + t->n - LOUD_FRAME);
	}
}

void tape_hear(struct tape *t, const uint8_t *ulaw, size_t n)
{
	put(t, ulaw, n);
}

void tape_silence(struct tape *t, size_t n)
{
	put(t, NULL, n);
}

enum tape_event tape_event(struct tape *t)
{
	enum tape_event e = t->event;

	t->event = TAPE_NOTHING;
	return e;
}

size_t tape_sound(const struct tape *t, const uint8_t **ret_ulaw)
{
	*ret_ulaw = t->ulaw;
	return atomic_load(&t->spoke) ? atomic_load_explicit(&t->there, memory_order_acquire) : 0;
}
