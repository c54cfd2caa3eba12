/*
 * See media.h. One thread ticks each 5 ms; a quarter of the legs has its turn in
 * each tick, so each leg is read and sent one packet every 20 ms, and the work
 * is spread. Nothing is allocated, locked for long or read from disk here.
 *
 * Late: the timeline moves on, the missed packets are not sent in a burst (a
 * receiver would drop them), the prompt continues where it was: nothing of it is
 * lost. Errors of sending are soft: ECONNREFUSED is only an ICMP message of a
 * peer that is not ready yet or not any more; the signalling decides.
 */
#include "adapters/voice/media.h"
#include "adapters/voice/dtmf.h"
#include "adapters/voice/ear.h"
#include "engine/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS 5000000LL
#define PHASES 4 /* ticks between two packets of a leg */
#define LATE_NS 10000000LL
#define REPORTS 64
#define REPORTS_KEPT 8 /* places that keys may not take: MR_PLAYED is never lost */
#define READ_MOST 32   /* packets of one leg read in one turn: a flood costs no more */
#define ULAW_SILENCE 0xff
#define GAP_TURNS 3 /* turns of 20 ms without a packet: it is silence, not a late packet */

enum leg_state {
	LEG_FREE,    /* the sip thread's */
	LEG_OPEN,    /* both, as said below */
	LEG_CLOSING, /* the sip thread is done with it; the media thread closes the socket */
	LEG_CLOSED,  /* the media thread is done with it; the sip thread frees it */
};

struct leg {
	struct media *media;
	pthread_mutex_t lock;
	/* under the lock: orders */
	enum leg_state state;
	bool peer_new, play_new, known, listen_new;
	struct sdp_peer peer;
	const struct prompt *play; /* NULL: silence */
	unsigned serial;
	struct utter *listen; /* NULL: deaf */
	unsigned listen_serial;
	/* under the lock: reports */
	struct media_report reports[REPORTS];
	unsigned first, n_reports;
	bool notified; /* the leg stands in the mailbox: at most once */
	/* The sip thread makes and frees ciphers; under the lock it hands one over, and takes back
	 * the one before. NULL: in the clear. */
	struct cipher *seal_next, *open_next, *open_old;
	/* the sip thread's alone */
	uint8_t open_key[CIPHER_KEY];
	bool secure;
	void *owner;
	struct prompt_set *prompts;
	struct utter *utter; /* made at the first wish to listen; freed when the leg is */
	/* the media thread's alone while LEG_OPEN and LEG_CLOSING */
	int fd;
	struct cipher *seal, *open;
	bool sending, started;
	struct sockaddr_in to;
	int codec, events;
	const struct prompt *playing;
	unsigned playing_serial, listening_serial;
	size_t piece, offset;
	struct rtp head;
	struct dtmf dtmf;
	struct ear *ear;
	bool tones, tones_always, detect, ear_open;
	bool heard_any;         /* a packet of sound came */
	uint32_t heard_stamp;   /* where the latest ended */
	uint16_t heard_seq;     /* the latest: older ones and repeats are not heard again */
	unsigned turns_without; /* turns of 20 ms since the latest */
};

struct media {
	size_t most;
	pthread_t thread;
	int wake;
	atomic_bool stopping;
	atomic_size_t n_open;
	unsigned next_port; /* the sip thread's */
	struct mailbox *reports;
	uint8_t alaw[256];
	atomic_ullong sent, received, refused, late, worst_us;
	struct leg legs[];
};

static int64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- the media thread ---- */

/* Called with the leg's lock. The mailbox holds every leg once: it cannot be full. */
static void notify(struct leg *leg)
{
	if (!leg->notified && mailbox_post(leg->media->reports, leg) == 0)
		leg->notified = true;
}

static void report(struct leg *leg, struct media_report r)
{
	pthread_mutex_lock(&leg->lock);
	bool kept = r.kind == MR_PLAYED || r.kind == MR_SPEECH;
	unsigned most = kept ? REPORTS : REPORTS - REPORTS_KEPT;
	if (leg->n_reports < most) {
		leg->reports[(leg->first + leg->n_reports++) % REPORTS] = r;
		notify(leg);
	}
	pthread_mutex_unlock(&leg->lock);
}

static void take_peer(struct leg *leg)
{
	leg->peer_new = false;
	leg->to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(leg->peer.port)};
	leg->sending =
	    leg->peer.listens && inet_pton(AF_INET, leg->peer.addr, &leg->to.sin_addr) == 1;
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

/* False: the leg has no turn. */
static bool take_orders(struct leg *leg)
{
	bool open = false;
	pthread_mutex_lock(&leg->lock);
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
		leg->state = LEG_CLOSED;
		notify(leg);
	}
	pthread_mutex_unlock(&leg->lock);
	return open;
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
	ear_hear(leg->ear, leg->codec, packet->payload, packet->n, missing);
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
	atomic_fetch_add_explicit(&leg->media->received, 1, memory_order_relaxed);
	if (packet.type == leg->codec) {
		leg->to.sin_port = from->sin_port;
		hear(leg, &packet);
	}
	if (packet.type != leg->events)
		return;
	leg->turns_without = 0;
	ear_tone(leg->ear);
	char key = dtmf_feed(&leg->dtmf, &packet, now_ns() / 1000000);
	if (key)
		report(leg,
		       (struct media_report){.kind = MR_DIGIT, .digit = key, .way = KEY_EVENT});
}

static void report_heard(struct leg *leg)
{
	enum detect_event who;
	enum utter_event said;
	char key;
	if (leg->codec < 0)
		return;
	if (++leg->turns_without > GAP_TURNS)
		ear_silence(leg->ear);
	while ((key = ear_key(leg->ear)) != 0)
		report(leg, (struct media_report){.kind = MR_DIGIT, .digit = key, .way = KEY_TONE});
	while ((who = ear_event(leg->ear)) != DETECT_NOTHING)
		report(leg, (struct media_report){.kind = MR_DETECT, .who = who});
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

static void send_packet(struct leg *leg)
{
	_Alignas(4) uint8_t packet[RTP_HEADER + RTP_FRAME + CIPHER_TRAILER];
	uint8_t *frame = packet + RTP_HEADER;
	size_t n = RTP_HEADER + RTP_FRAME;
	bool ended = next_frame(leg, frame);
	if (leg->codec == RTP_PCMA)
		for (size_t i = 0; i < RTP_FRAME; i++)
			frame[i] = leg->media->alaw[frame[i]];
	leg->head.type = (uint8_t)leg->codec;
	leg->head.marker = !leg->started;
	leg->started = true;
	rtp_write(&leg->head, packet);
	leg->head.seq++;
	leg->head.stamp += RTP_FRAME;
	/* What cannot be sealed is not sent: never in the clear. */
	if ((leg->seal && cipher_seal(leg->seal, packet, &n)) ||
	    sendto(leg->fd, packet, n, MSG_DONTWAIT, (struct sockaddr *)&leg->to, sizeof leg->to) <
		0)
		atomic_fetch_add_explicit(&leg->media->refused, 1, memory_order_relaxed);
	else
		atomic_fetch_add_explicit(&leg->media->sent, 1, memory_order_relaxed);
	if (ended) {
		leg->playing = NULL;
		report(leg,
		       (struct media_report){.kind = MR_PLAYED, .serial = leg->playing_serial});
	}
}

static void tick(struct media *m, unsigned phase)
{
	for (size_t i = phase; i < m->most; i += PHASES) {
		struct leg *leg = &m->legs[i];
		if (!take_orders(leg))
			continue;
		read_packets(leg);
		report_heard(leg);
		if (leg->sending)
			send_packet(leg);
	}
}

static void idle(struct media *m)
{
	uint64_t count;
	struct pollfd p = {.fd = m->wake, .events = POLLIN};
	if (poll(&p, 1, 1000) > 0 && read(m->wake, &count, sizeof count) < 0)
		log_warn("media: eventfd: %s", strerror(errno));
}

/* Where the system allows it (root, or a limit on real-time priority), before all other work: an
 * intake that keeps every processor busy would make the packets late by whole frames. It sleeps
 * between its ticks, so nobody waits for it long. Else at the usual priority. */
static void go_first(void)
{
	struct sched_param first = {.sched_priority = 1};
	int err = pthread_setschedparam(pthread_self(), SCHED_RR, &first);
	log_info("event=media priority=%s", err ? "normal" : "real-time");
}

static void *run(void *arg)
{
	struct media *m = arg;
	int64_t next = now_ns();
	log_thread_name("media");
	go_first();
	for (unsigned phase = 0; !atomic_load(&m->stopping); phase = (phase + 1) % PHASES) {
		if (atomic_load(&m->n_open) == 0) {
			idle(m);
			next = now_ns();
		}
		tick(m, phase);
		next += TICK_NS;
		int64_t late = now_ns() - next;
		if (late > 0 && (unsigned long long)late / 1000 > atomic_load(&m->worst_us))
			atomic_store(&m->worst_us, (unsigned long long)late / 1000);
		if (late > LATE_NS) {
			atomic_fetch_add(&m->late, 1);
			next += late;
		}
		struct timespec until = {.tv_sec = next / 1000000000, .tv_nsec = next % 1000000000};
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	}
	return NULL;
}

/* ---- the sip thread ---- */

/* Nobody's voice stays behind. */
static void forget(struct leg *leg)
{
	if (leg->utter)
		explicit_bzero(leg->utter, sizeof *leg->utter);
	free(leg->utter);
	leg->utter = NULL;
}

int media_start(size_t most_legs, struct media **ret_media)
{
	int err = E_NOMEM;
	struct media *m = calloc(1, sizeof *m + most_legs * sizeof *m->legs);
	if (!m)
		return E_NOMEM;
	m->most = most_legs;
	m->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	rtp_alaw_table(m->alaw);
	bool ears = true;
	for (size_t i = 0; i < most_legs; i++) {
		m->legs[i].media = m;
		m->legs[i].fd = -1;
		pthread_mutex_init(&m->legs[i].lock, NULL);
		ears = ears && ear_new(&m->legs[i].ear) == 0;
	}
	if (!ears || m->wake < 0 || mailbox_new(most_legs, &m->reports))
		goto out;
	err = E_IO;
	if (pthread_create(&m->thread, NULL, run, m))
		goto out;
	*ret_media = m;
	return 0;
out:
	for (size_t i = 0; i < most_legs; i++) {
		ear_free(m->legs[i].ear);
		pthread_mutex_destroy(&m->legs[i].lock);
	}
	mailbox_free(m->reports, NULL);
	if (m->wake >= 0)
		close(m->wake);
	free(m);
	return err;
}

static void wake(struct media *m)
{
	uint64_t one = 1;
	ssize_t n = write(m->wake, &one, sizeof one);
	(void)n; /* the counter cannot overflow */
}

static void free_ciphers(struct leg *leg)
{
	struct cipher **const all[] = {&leg->seal, &leg->seal_next, &leg->open, &leg->open_next,
				       &leg->open_old};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		cipher_free(*all[i]);
		*all[i] = NULL;
	}
	explicit_bzero(leg->open_key, sizeof leg->open_key);
	leg->secure = false;
}

void media_stop(struct media *m)
{
	if (!m)
		return;
	atomic_store(&m->stopping, true);
	wake(m);
	pthread_join(m->thread, NULL);
	for (size_t i = 0; i < m->most; i++) {
		if (m->legs[i].fd >= 0)
			close(m->legs[i].fd);
		free_ciphers(&m->legs[i]);
		prompt_set_unref(m->legs[i].prompts);
		forget(&m->legs[i]);
		ear_free(m->legs[i].ear);
		pthread_mutex_destroy(&m->legs[i].lock);
	}
	mailbox_free(m->reports, NULL);
	close(m->wake);
	free(m);
}

int media_fd(const struct media *m)
{
	return mailbox_fd(m->reports);
}

static int bind_port(int fd, const struct in_addr *addr, int port, uint16_t *ret_port)
{
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_addr = *addr, .sin_port = htons((uint16_t)port)};
	socklen_t n = sizeof at;
	if (bind(fd, (struct sockaddr *)&at, sizeof at) ||
	    getsockname(fd, (struct sockaddr *)&at, &n))
		return E_IO;
	*ret_port = ntohs(at.sin_port);
	return 0;
}

/* From where the last search ended: a port that was just closed rests as long as possible, so that
 * late packets of one call do not reach another. */
static int bind_any(struct media *m, int fd, const struct media_open *how, uint16_t *ret_port)
{
	struct in_addr addr;
	if (inet_pton(AF_INET, how->addr, &addr) != 1)
		return E_INVALID;
	if (how->from <= 0)
		return bind_port(fd, &addr, 0, ret_port);
	unsigned pairs = (unsigned)(how->to - how->from) / 2 + 1;
	for (unsigned i = 0; i < pairs; i++) {
		int port = how->from + (int)(m->next_port++ % pairs) * 2;
		if (bind_port(fd, &addr, port, ret_port) == 0)
			return 0;
	}
	return E_IO;
}

static void begin(struct leg *leg, int fd, const struct media_open *how)
{
	uint32_t random[3] = {0};
	if (getrandom(random, sizeof random, GRND_NONBLOCK) < 0)
		log_warn("media: no random start of the stream: %s", strerror(errno));
	pthread_mutex_lock(&leg->lock);
	leg->owner = how->owner;
	leg->prompts = prompt_set_ref(how->prompts);
	leg->fd = fd;
	leg->peer_new = leg->play_new = leg->sending = leg->started = false;
	leg->listen_new = false;
	leg->listen = NULL;
	leg->known = leg->ear_open = leg->heard_any = leg->tones = false;
	leg->tones_always = how->tones;
	leg->detect = how->detect;
	leg->turns_without = 0;
	leg->codec = leg->events = -1;
	leg->playing = NULL;
	leg->head =
	    (struct rtp){.seq = (uint16_t)random[0], .stamp = random[1], .source = random[2]};
	leg->dtmf = (struct dtmf){0};
	leg->first = leg->n_reports = 0;
	leg->state = LEG_OPEN;
	pthread_mutex_unlock(&leg->lock);
	if (atomic_fetch_add(&leg->media->n_open, 1) == 0)
		wake(leg->media);
}

static struct leg *free_leg(struct media *m)
{
	for (size_t i = 0; i < m->most; i++) {
		pthread_mutex_lock(&m->legs[i].lock);
		bool found = m->legs[i].state == LEG_FREE;
		pthread_mutex_unlock(&m->legs[i].lock);
		if (found)
			return &m->legs[i];
	}
	return NULL;
}

int media_open(struct media *m, const struct media_open *how, struct leg **ret_leg,
	       uint16_t *ret_port)
{
	struct leg *leg = free_leg(m);
	if (!leg)
		return E_FULL;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return E_IO;
	int err = bind_any(m, fd, how, ret_port);
	if (err) {
		close(fd);
		return err;
	}
	begin(leg, fd, how);
	*ret_leg = leg;
	return 0;
}

/* New ciphers for what changed; both NULL: nothing did. */
static int make_ciphers(struct leg *leg, const struct sdp_peer *peer, const uint8_t *key,
			struct cipher **ret_seal, struct cipher **ret_open)
{
	struct cipher *seal = NULL, *open = NULL;
	bool first = !leg->secure;
	*ret_seal = *ret_open = NULL;
	if (!peer->secure || (!first && memcmp(leg->open_key, peer->key, CIPHER_KEY) == 0))
		return 0;
	int err = first ? cipher_new(key, true, &seal) : 0;
	if (!err)
		err = cipher_new(peer->key, false, &open);
	if (err) {
		cipher_free(seal);
		return err;
	}
	leg->secure = true;
	memcpy(leg->open_key, peer->key, CIPHER_KEY);
	*ret_seal = seal;
	*ret_open = open;
	return 0;
}

int media_peer(struct leg *leg, const struct sdp_peer *peer, const uint8_t key[CIPHER_KEY])
{
	struct cipher *seal, *open, *unused = NULL;
	int err = make_ciphers(leg, peer, key, &seal, &open);
	if (err)
		return err;
	pthread_mutex_lock(&leg->lock);
	if (seal)
		leg->seal_next = seal;
	if (open) {
		unused = leg->open_next; /* the media thread had no turn since */
		leg->open_next = open;
	}
	struct cipher *old = leg->open_old;
	leg->open_old = NULL;
	leg->peer = *peer;
	leg->peer_new = true;
	pthread_mutex_unlock(&leg->lock);
	cipher_free(old);
	cipher_free(unused);
	return 0;
}

static void order(struct leg *leg, const struct prompt *prompt, unsigned serial)
{
	pthread_mutex_lock(&leg->lock);
	leg->play = prompt;
	leg->serial = serial;
	leg->play_new = true;
	pthread_mutex_unlock(&leg->lock);
}

void media_play(struct leg *leg, size_t prompt, unsigned serial)
{
	static const struct prompt nothing;
	const struct prompt_set *set = leg->prompts;
	/* A prompt without meaning for this target has no sound, and ends at once. */
	order(leg, prompt < set->n ? &set->prompts[prompt] : &nothing, serial);
}

void media_hush(struct leg *leg)
{
	order(leg, NULL, 0);
}

void media_known(struct leg *leg)
{
	pthread_mutex_lock(&leg->lock);
	leg->known = true;
	pthread_mutex_unlock(&leg->lock);
}

void media_close(struct leg *leg)
{
	if (!leg)
		return;
	pthread_mutex_lock(&leg->lock);
	leg->state = LEG_CLOSING;
	leg->owner = NULL;
	pthread_mutex_unlock(&leg->lock);
}

static void listen_to(struct leg *leg, struct utter *utter, unsigned serial)
{
	pthread_mutex_lock(&leg->lock);
	leg->listen = utter;
	leg->listen_serial = serial;
	leg->listen_new = true;
	pthread_mutex_unlock(&leg->lock);
}

int media_listen(struct leg *leg, unsigned serial)
{
	if (!leg->utter)
		leg->utter = calloc(1, sizeof *leg->utter);
	if (!leg->utter)
		return E_NOMEM;
	listen_to(leg, leg->utter, serial);
	return 0;
}

void media_deaf(struct leg *leg)
{
	listen_to(leg, NULL, 0);
}

size_t media_utterance(const struct leg *leg, const int16_t **ret_samples)
{
	*ret_samples = leg->utter->samples;
	return leg->utter->n;
}

static void release(struct leg *leg)
{
	forget(leg);
	leg->state = LEG_FREE;
	free_ciphers(leg);
	prompt_set_unref(leg->prompts);
	leg->prompts = NULL;
	atomic_fetch_sub(&leg->media->n_open, 1);
}

bool media_next(struct media *m, struct media_report *ret_report)
{
	struct leg *leg;
	while ((leg = mailbox_take(m->reports)) != NULL) {
		bool found = false;
		pthread_mutex_lock(&leg->lock);
		leg->notified = false;
		if (leg->state == LEG_CLOSED) {
			release(leg);
		} else if (leg->state == LEG_OPEN && leg->n_reports > 0) {
			*ret_report = leg->reports[leg->first];
			ret_report->owner = leg->owner;
			leg->first = (leg->first + 1) % REPORTS;
			if (--leg->n_reports > 0)
				notify(leg);
			found = true;
		}
		pthread_mutex_unlock(&leg->lock);
		if (found)
			return true;
	}
	return false;
}

void media_stat(struct media *m, struct media_stat *ret_stat)
{
	*ret_stat = (struct media_stat){
	    .sent = atomic_load(&m->sent),
	    .received = atomic_load(&m->received),
	    .refused = atomic_load(&m->refused),
	    .late = atomic_load(&m->late),
	    .worst_us = atomic_load(&m->worst_us),
	};
}
