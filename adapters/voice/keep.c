/*
 * See keep.h. All sound of all calls under way is counted against MAX_KEPT_BYTES before
 * a byte of it is written, and a call has at most MAX_KEPT of them. What there is no room
 * for becomes an entry without sound: whoever looks for it learns that it was lost.
 *
 * A resident who hangs up while he speaks has left his message (VoiceXML 2.0, 2.3.6).
 */
#include "adapters/voice/keep.h"

#include "adapters/voice/rtp.h"
#include "engine/log.h"

#include <inttypes.h>
#include <string.h>

static bool has_room(const struct call *c, size_t bytes)
{
	return c->voice->config.keep_sound && c->n_sounds < MAX_KEPT &&
	       c->voice->kept_bytes + bytes <= MAX_KEPT_BYTES;
}

static void count(struct call *c, size_t bytes)
{
	c->kept_bytes += bytes;
	c->voice->kept_bytes += bytes;
}

static uint32_t since_answer(const struct call *c)
{
	int64_t ms = sip_now_ms() - c->answered_ms;
	return c->answered_ms && ms > 0 ? (uint32_t)ms : 0;
}

/* NULL: there is not even memory to say that it is lost; the log does. */
static struct sound *add(struct call *c, const char *field, size_t n)
{
	struct sound *s = NULL, **end = &c->sounds;

	if (c->n_sounds == MAX_KEPT || sound_new(field, n, &s) != 0) {
		log_warn("call sound lost attempt=%" PRIu64 " field=%s", c->intent->attempt, field);
		return NULL;
	}
	while (*end)
		end = &(*end)->next;
	*end = s;
	c->n_sounds++;
	s->lost = n == 0;
	return s;
}

/* ---- messages ---- */

void keep_record(struct call *c, const struct record_ask *ask)
{
	size_t most = (size_t)ask->most_ms * 8;

	c->record_serial = ++c->voice->listen_serial;
	c->record_at_ms = since_answer(c);
	/* Twice: the tape, and what is taken of it. */
	if (has_room(c, 2 * most) && media_record(c->leg, ask, c->record_serial) == 0) {
		count(c, most);
		media_known(c->leg); /* what is said now says nothing of who is there */
		c->recording = ask;
		return;
	}
	struct sound *s = add(c, ask->name, 0);
	if (s) {
		s->message = true;
		s->at_ms = c->record_at_ms;
	}
	c->recorded = RECORDED_LOST;
	c->record_over = true;
}

static enum recorded take(struct call *c)
{
	const uint8_t *ulaw;
	const struct record_ask *ask = c->recording;
	size_t n = media_recorded(c->leg, &ulaw);

	c->recording = NULL;
	media_record_stop(c->leg);
	if (n == 0)
		return RECORDED_NOTHING;
	struct sound *s = add(c, ask->name, n);
	if (!s)
		s = add(c, ask->name, 0);
	if (!s)
		return RECORDED_LOST;
	s->message = true;
	s->at_ms = c->record_at_ms;
	if (s->lost)
		return RECORDED_LOST;
	memcpy(s->ulaw, ulaw, n);
	count(c, n);
	log_info("call recorded attempt=%" PRIu64 " field=%s ms=%u", c->intent->attempt, s->field,
		 sound_ms(s));
	return RECORDED_TAKEN;
}

void keep_record_end(struct call *c)
{
	if (!c->recording)
		return;
	c->recorded = take(c);
	c->record_over = true;
}

void keep_record_drop(struct call *c)
{
	if (c->recording)
		media_record_stop(c->leg);
	c->recording = NULL;
}

void keep_report(struct call *c, const struct media_report *report)
{
	if (report->serial == c->record_serial)
		keep_record_end(c);
}

void keep_stop(struct call *c)
{
	if (c->recording && c->leg)
		take(c);
	c->recording = NULL;
}

/* ---- spoken answers ---- */

void keep_utterance(struct call *c, const int16_t *samples, size_t n)
{
	bool room = has_room(c, n);
	struct sound *s = NULL;

	if (!c->keep || n == 0)
		return;
	if (room)
		s = add(c, c->keep, n);
	if (!s)
		s = add(c, c->keep, 0);
	if (!s)
		return;
	uint32_t now = since_answer(c), ms = (uint32_t)(n / 8);
	s->at_ms = now > ms ? now - ms : 0;
	if (s->lost)
		return;
	count(c, n);
	for (size_t i = 0; i < n; i++)
		s->ulaw[i] = rtp_ulaw_of(samples[i]);
}

/* ---- the call's end ---- */

struct sound *keep_take(struct call *c)
{
	struct sound *all = c->sounds;

	c->sounds = NULL;
	return all;
}

void keep_free(struct call *c)
{
	sounds_free(c->sounds);
	c->sounds = NULL;
	c->voice->kept_bytes -= c->kept_bytes;
	c->kept_bytes = 0;
}
