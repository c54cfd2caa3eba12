/*
 * See dtmf.h. All packets of one press carry the same RTP timestamp; that, not
 * the sequence number or the end bit, tells presses apart: ends get lost, and
 * senders repeat them with the same sequence number. The key is reported at the
 * first packet that arrives, whichever it is, so a press with a lost beginning
 * or a lost end is still exactly one key, and a prompt stops at once.
 *
 * A press longer than 65,535 units (8.2 s) goes on under a new timestamp that
 * begins where the old one ends, without marker (RFC 4733 §2.5.1.3); some
 * senders wrongly advance the timestamp with every packet. Both overlap the
 * press before, which two presses of a finger cannot: the same key.
 *
 * A replayed recording (and a sender whose clock starts anew) uses a timestamp
 * that we have seen: a marker on an ended press after a pause is a new press.
 */
#include "adapters/voice/dtmf.h"

static struct dtmf_press *find(struct dtmf *d, const struct rtp *packet, uint8_t code)
{
	for (unsigned i = 0; i < DTMF_SEEN; i++) {
		struct dtmf_press *p = &d->seen[i];
		if (p->used && p->stamp == packet->stamp && p->source == packet->source &&
		    p->code == code)
			return p;
	}
	return NULL;
}

static bool goes_on(const struct dtmf_press *p, const struct rtp *packet, uint8_t code)
{
	uint32_t ahead = packet->stamp - p->stamp;
	return p->used && !p->ended && !packet->marker && p->code == code &&
	       p->source == packet->source && ahead > 0 && ahead <= p->duration;
}

/* A packet of an old press that was overtaken by newer ones. */
static bool is_stale(const struct dtmf_press *latest, const struct rtp *packet)
{
	return latest->used && !packet->marker && latest->source == packet->source &&
	       (int32_t)(packet->stamp - latest->stamp) < 0;
}

char dtmf_feed(struct dtmf *d, const struct rtp *packet, int64_t now_ms)
{
	static const char keys[] = "0123456789*#";
	if (packet->n < 4 || packet->payload[0] >= sizeof keys - 1)
		return 0;
	uint8_t code = packet->payload[0];
	bool end = packet->payload[1] & 0x80;
	uint16_t duration = (uint16_t)(packet->payload[2] << 8 | packet->payload[3]);
	struct dtmf_press *latest = &d->seen[d->latest], *p = find(d, packet, code);
	bool again =
	    p && p->ended && !end && packet->marker && now_ms - p->last_ms >= DTMF_AGAIN_MS;

	if (!p && goes_on(latest, packet, code)) {
		p = latest;
		p->stamp = packet->stamp;
		p->duration = 0;
	}
	if (p && !again) {
		p->ended = p->ended || end;
		p->last_ms = now_ms;
		if (duration > p->duration)
			p->duration = duration;
		return 0;
	}
	if (!p && is_stale(latest, packet))
		return 0;
	if (!p) {
		d->latest = (d->latest + 1) % DTMF_SEEN;
		p = &d->seen[d->latest];
	}
	*p = (struct dtmf_press){
	    .used = true,
	    .ended = end,
	    .code = code,
	    .duration = duration,
	    .stamp = packet->stamp,
	    .source = packet->source,
	    .last_ms = now_ms,
	};
	return keys[code];
}
