/*
 * Two legs that hear each other. What one hears goes into a short store of the other's,
 * which sends it by its own 20 ms: the packets of both sides may be of any length and
 * come by their own clocks. The store is let fill to two frames before it flows; when it
 * runs dry it fills anew (the delay grows by what was late), and what is over its room
 * is cut back to three frames: the delay stays under 160 ms for as long as they talk.
 *
 * Keys as events (RFC 4733) are passed on as they come, under our numbers; where the
 * other side takes no events they are dropped (its sound has none either).
 */
#include "adapters/voice/media_inner.h"

#include <math.h>
#include <string.h>

#define FLOW_AT (2 * RTP_FRAME)
#define CUT_TO (3 * RTP_FRAME)
#define EVENT_BYTES 4
#define RING_PERIOD (3 * RING_SOUND) /* 1 s of tone, 2 s of silence */

void relay_tone(uint8_t ret_ring[RING_SOUND])
{
	const double pi = acos(-1);
	/* 400 Hz in waves of 16 Hz, as Japanese exchanges do it. */
	for (size_t i = 0; i < RING_SOUND; i++) {
		double t = (double)i / 8000;
		double wave = 0.6 + 0.4 * sin(2 * pi * 16 * t);
		ret_ring[i] = rtp_ulaw_of((int)(4000 * wave * sin(2 * pi * 400 * t)));
	}
}

void relay_beep(uint8_t ret_beep[BEEP_SOUND])
{
	const double pi = acos(-1);
	for (size_t i = 0; i < BEEP_SOUND; i++)
		ret_beep[i] = rtp_ulaw_of((int)(4000 * sin(2 * pi * 1000 * (double)i / 8000)));
}

void relay_sound(struct leg *leg, const struct rtp *packet)
{
	struct leg *to = leg->joined;
	if (!to)
		return;
	struct relay *r = &to->relay;
	bool alaw = leg->codec == RTP_PCMA;
	for (size_t i = 0; i < packet->n; i++) {
		uint8_t b = packet->payload[i];
		if (r->n == sizeof r->sound) {
			r->first = (r->first + r->n - CUT_TO) % sizeof r->sound;
			r->n = CUT_TO;
		}
		r->sound[(r->first + r->n++) % sizeof r->sound] = alaw ? leg->media->ulaw[b] : b;
	}
}

void relay_key(struct leg *leg, const struct rtp *packet)
{
	struct leg *to = leg->joined;
	_Alignas(4) uint8_t out[RTP_HEADER + EVENT_BYTES + CIPHER_TRAILER];
	if (!to || !to->sending || to->events < 0 || packet->n < EVENT_BYTES)
		return;
	/* All packets of one press have one timestamp. */
	if (to->key_from != packet->stamp) {
		to->key_from = packet->stamp;
		to->key_stamp = to->head.stamp;
	}
	struct rtp head = to->head;
	head.type = (uint8_t)to->events;
	head.marker = packet->marker;
	head.stamp = to->key_stamp;
	rtp_write(&head, out);
	to->head.seq++;
	memcpy(out + RTP_HEADER, packet->payload, EVENT_BYTES);
	media_send(to, out, RTP_HEADER + EVENT_BYTES);
}

static bool ring(struct leg *leg, uint8_t out[RTP_FRAME])
{
	size_t at = leg->ring_at;
	leg->ring_at = (at + RTP_FRAME) % RING_PERIOD;
	if (at >= RING_SOUND)
		return false;
	memcpy(out, leg->media->ring + at, RTP_FRAME);
	return true;
}

bool relay_frame(struct leg *leg, uint8_t out[RTP_FRAME])
{
	struct relay *r = &leg->relay;
	if (leg->ringing)
		return ring(leg, out);
	if (!leg->joined)
		return false;
	if (r->n < (r->flows ? RTP_FRAME : FLOW_AT)) {
		r->flows = false;
		return false;
	}
	r->flows = true;
	for (size_t i = 0; i < RTP_FRAME; i++)
		out[i] = r->sound[(r->first + i) % sizeof r->sound];
	r->first = (r->first + RTP_FRAME) % sizeof r->sound;
	r->n -= RTP_FRAME;
	return true;
}
