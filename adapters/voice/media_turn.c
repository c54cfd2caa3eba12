/*
 * A leg's turn in the media thread, each 20 ms: the orders of the sip thread, the
 * packets that came, one packet out. Nothing is allocated, locked for long or read
 * from disk here.
 *
 * Errors of sending are soft: ECONNREFUSED is only an ICMP message of a peer that
 * is not ready yet or not any more; the signalling decides.
 */
#include "adapters/voice/media_inner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPORTS_KEPT 8 /* places that keys may not take: MR_PLAYED is never lost */
#define READ_MOST 32   /* packets of one leg read in one turn: a flood costs no more */
#define ULAW_SILENCE 0xff
#define MOST_MISSING 8000 /* a jump of timestamps by more than a second is no silence */
#define GAP_TURNS 3       /* turns of 20 ms without a packet: it is silence, not a late packet */

void media_notify(struct leg *leg)
{
	if (!leg->notified && mailbox_post(leg->media->reports, leg) == 0)
		leg->notified = true;
}

/* The media thread alone counts: no lock of the bus for each packet. */
static void count(atomic_ullong *n)
{
	atomic_store_explicit(n, atomic_load_explicit(n, memory_order_relaxed) + 1,
			      memory_order_relaxed);
}

static void report(struct leg *leg, struct media_report r)
{
	pthread_mutex_lock(&leg->lock);
	bool kept = r.kind == MR_PLAYED || r.kind == MR_SPEECH || r.kind == MR_TAPE;
	unsigned most = kept ? REPORTS : REPORTS - REPORTS_KEPT;
	if (leg->n_reports < most) {
		leg->reports[(leg->first + leg->n_reports++) % REPORTS] = r;
		media_notify(leg);
	}
	pthread_mutex_unlock(&leg->lock);
}

static void take_peer(struct leg *leg)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(leg->peer.port)};
	bool known = inet_pton(AF_INET, leg->peer.addr, &to.sin_addr) == 1 && to.sin_addr.s_addr;
	/* On hold by 0.0.0.0 it says no more where it is: its music and its keys come from where
	 * they came from before. */
	if (!known)
		to.sin_addr = leg->to.sin_addr;
	leg->peer_new = false;
	leg->to = to;
	leg->sending = leg->peer.listens && known;
	if (leg->seal_next)
		leg->seal = leg->seal_next;
	leg->seal_next = NULL;
	if (leg->open_next) {
		leg->open_old = leg->open;
		leg->open = leg->open_next;
		leg->open_next = NULL;
	}
	leg->codec = leg->peer.codec;
	leg->events = leg->peer.events;
	/* A peer that sends keys as events is believed in that: speech is sometimes like a tone. */
	bool tones = leg->tones_always || leg->events < 0;
	if (!leg->ear_open || tones != leg->tones)
		ear_begin(leg->ear, tones, leg->detect);
	leg->tones = tones;
	leg->ear_open = true;
}

/* False: the leg has no turn. Most turns find no order, and take no lock. */
static bool take_orders(struct leg *leg)
{
	bool open = false;
	if (!atomic_load_explicit(&leg->ordered, memory_order_acquire))
		return leg->turns;
	pthread_mutex_lock(&leg->lock);
	atomic_store_explicit(&leg->ordered, false, memory_order_relaxed);
	if (leg->state == LEG_OPEN) {
		open = true;
		if (leg->peer_new)
			take_peer(leg);
		if (leg->known && leg->detect) {
			leg->detect = false;
			ear_known(leg->ear);
		}
		if (leg->listen_new) {
			leg->listen_new = false;
			leg->listening_serial = leg->listen_serial;
			ear_listen(leg->ear, leg->listen);
		}
		if (leg->tape_new) {
			leg->tape_new = false;
			leg->taping_serial = leg->tape_serial;
			leg->taping = leg->tape;
			leg->tape_ahead = 0;
		}
		leg->ringing = leg->ring;
		if (leg->join_new) {
			leg->join_new = false;
			leg->joined = leg->join;
			leg->relay = (struct relay){0};
		}
		if (leg->play_new) {
			leg->play_new = false;
			leg->playing = leg->play;
			leg->playing_serial = leg->serial;
			leg->piece = leg->offset = 0;
		}
	} else if (leg->state == LEG_CLOSING) {
		close(leg->fd);
		leg->fd = -1;
		ear_listen(leg->ear, NULL);
		leg->taping = NULL;
		leg->state = LEG_CLOSED;
		media_notify(leg);
	}
	leg->turns = open;
	pthread_mutex_unlock(&leg->lock);
	return open;
}

/* What was not sent is silence; of that, what report_heard() told of already. */
static void record(struct leg *leg, const struct rtp *packet, uint32_t missing)
{
	uint8_t sound[RTP_MOST];
	bool alaw = leg->codec == RTP_PCMA;
	uint32_t owed = missing > leg->tape_ahead ? missing - leg->tape_ahead : 0;

	leg->tape_ahead = 0;
	tape_silence(leg->taping, owed < MOST_MISSING ? owed : 0);
	for (size_t i = 0; i < packet->n && alaw; i++)
		sound[i] = leg->media->ulaw[packet->payload[i]];
	tape_hear(leg->taping, alaw ? sound : packet->payload, packet->n);
}

/* Sound, in its order: what comes late or twice was passed over already. */
static void hear(struct leg *leg, const struct rtp *packet)
{
	uint32_t missing = packet->stamp - leg->heard_stamp;
	if (leg->heard_any && (int16_t)(packet->seq - leg->heard_seq) <= 0)
		return;
	if (!leg->heard_any || missing > INT32_MAX) /* a stream that begins anew */
		missing = 0;
	leg->heard_any = true;
	leg->heard_seq = packet->seq;
	leg->heard_stamp = packet->stamp + (uint32_t)packet->n;
	leg->turns_without = 0;
	relay_sound(leg, packet);
	ear_hear(leg->ear, leg->codec, packet->payload, packet->n, missing);
	if (leg->taping && !leg->playing)
		record(leg, packet, missing);
}

/* Only the host that the call's SDP named is believed: a stranger who guesses the port must not be
 * able to press keys. Its port may differ (address translation), and is then answered to. */
static void take_packet(struct leg *leg, uint8_t *p, size_t n, const struct sockaddr_in *from)
{
	struct rtp packet;
	if (leg->codec < 0 || from->sin_addr.s_addr != leg->to.sin_addr.s_addr)
		return;
	if (leg->open && cipher_open(leg->open, p, &n))
		return; /* forged, repeated, or of another key */
	if (rtp_read(p, n, &packet))
		return;
	count(&leg->media->received);
	if (packet.type == leg->codec) {
		leg->to.sin_port = from->sin_port;
		hear(leg, &packet);
	}
	if (packet.type != leg->events)
		return;
	leg->turns_without = 0;
	ear_tone(leg->ear);
	relay_key(leg, &packet);
	char key = dtmf_feed(&leg->dtmf, &packet, media_now_ns() / 1000000);
	if (key)
		report(leg,
		       (struct media_report){.kind = MR_DIGIT, .digit = key, .way = KEY_EVENT});
}

static void report_heard(struct leg *leg)
{
	enum detect_event who;
	enum utter_event said;
	enum tape_event taped;
	char key;
	if (leg->codec < 0)
		return;
	if (++leg->turns_without > GAP_TURNS) {
		ear_silence(leg->ear);
		if (leg->taping && !leg->playing) {
			tape_silence(leg->taping, RTP_FRAME);
			leg->tape_ahead += RTP_FRAME;
		}
	}
	while ((key = ear_key(leg->ear)) != 0)
		report(leg, (struct media_report){.kind = MR_DIGIT, .digit = key, .way = KEY_TONE});
	while ((who = ear_event(leg->ear)) != DETECT_NOTHING)
		report(leg, (struct media_report){.kind = MR_DETECT, .who = who});
	if (leg->taping && (taped = tape_event(leg->taping)) != TAPE_NOTHING)
		report(leg, (struct media_report){
				.kind = MR_TAPE, .tape = taped, .serial = leg->taping_serial});
	while ((said = ear_said(leg->ear)) != UTTER_NOTHING)
		report(leg, (struct media_report){
				.kind = MR_SPEECH, .said = said, .serial = leg->listening_serial});
}

static void read_packets(struct leg *leg)
{
	_Alignas(4) uint8_t packet[RTP_MOST + 1];
	for (int i = 0; i < READ_MOST; i++) {
		struct sockaddr_in from = {0};
		socklen_t n_from = sizeof from;
		ssize_t n =
		    recvfrom(leg->fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &n_from);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n > 0 && n_from == sizeof from)
			take_packet(leg, packet, (size_t)n, &from);
	}
}

/* 20 ms of the prompt, filled up with silence; true: that was the end of it. */
static bool next_frame(struct leg *leg, uint8_t out[RTP_FRAME])
{
	size_t at = 0;
	const struct prompt *p = leg->playing;
	while (p && at < RTP_FRAME && leg->piece < p->n) {
		const struct audio *a = p->pieces[leg->piece];
		size_t n = a->n - leg->offset;
		if (n > RTP_FRAME - at)
			n = RTP_FRAME - at;
		memcpy(out + at, a->ulaw + leg->offset, n);
		at += n;
		leg->offset += n;
		if (leg->offset == a->n) {
			leg->piece++;
			leg->offset = 0;
		}
	}
	memset(out + at, ULAW_SILENCE, RTP_FRAME - at);
	return p && leg->piece >= p->n;
}

void media_send(struct leg *leg, uint8_t *packet, size_t n)
{
	/* What cannot be sealed is not sent: never in the clear. */
	if ((leg->seal && cipher_seal(leg->seal, packet, &n)) ||
	    sendto(leg->fd, packet, n, MSG_DONTWAIT, (struct sockaddr *)&leg->to, sizeof leg->to) <
		0)
		count(&leg->media->refused);
	else
		count(&leg->media->sent);
}

static void send_packet(struct leg *leg)
{
	_Alignas(4) uint8_t packet[RTP_HEADER + RTP_FRAME + CIPHER_TRAILER];
	uint8_t *frame = packet + RTP_HEADER;
	bool ended = false;
	if (leg->playing || !relay_frame(leg, frame))
		ended = next_frame(leg, frame);
	if (leg->codec == RTP_PCMA)
		for (size_t i = 0; i < RTP_FRAME; i++)
			frame[i] = leg->media->alaw[frame[i]];
	leg->head.type = (uint8_t)leg->codec;
	leg->head.marker = !leg->started;
	leg->started = true;
	rtp_write(&leg->head, packet);
	leg->head.seq++;
	leg->head.stamp += RTP_FRAME;
	media_send(leg, packet, RTP_HEADER + RTP_FRAME);
	if (ended) {
		leg->playing = NULL;
		report(leg,
		       (struct media_report){.kind = MR_PLAYED, .serial = leg->playing_serial});
	}
}

void media_turn(struct leg *leg)
{
	if (!take_orders(leg))
		return;
	read_packets(leg);
	report_heard(leg);
	if (leg->sending)
		send_packet(leg);
}
