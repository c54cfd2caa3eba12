/*
 * The sip thread's side of the media thread: opens and closes legs, leaves orders
 * in them, takes their reports. What a leg needs (its socket, ciphers, the place
 * for an utterance) is made and freed here, so that the media thread allocates
 * nothing. Nothing here blocks longer than a leg's lock is held.
 */
#include "adapters/voice/media_inner.h"
#include "engine/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* Around every change that the media thread must see at the leg's next turn. */
static void order_begin(struct leg *leg)
{
	pthread_mutex_lock(&leg->lock);
}

static void order_end(struct leg *leg)
{
	atomic_store_explicit(&leg->ordered, true, memory_order_release);
	pthread_mutex_unlock(&leg->lock);
}

/* Nobody's voice stays behind. */
static void forget(struct leg *leg)
{
	if (leg->utter)
		explicit_bzero(leg->utter, sizeof *leg->utter);
	free(leg->utter);
	leg->utter = NULL;
	while (leg->tapes) {
		struct tape *t = leg->tapes;
		leg->tapes = t->next;
		tape_free(t);
	}
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

void media_clear(struct leg *leg)
{
	forget(leg);
	free_ciphers(leg);
	prompt_set_unref(leg->prompts);
	leg->prompts = NULL;
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
	struct media *m = leg->media;
	uint32_t random[3] = {0};
	if (getrandom(random, sizeof random, GRND_NONBLOCK) < 0)
		log_warn("media: no random start of the stream: %s", strerror(errno));
	m->free[leg->phase] = leg->next_free;
	m->open[leg->phase]++;
	order_begin(leg);
	leg->owner = how->owner;
	leg->prompts = prompt_set_ref(how->prompts);
	leg->fd = fd;
	leg->to = (struct sockaddr_in){0};
	leg->peer_new = leg->play_new = leg->sending = leg->started = false;
	leg->listen_new = leg->join_new = leg->ring = leg->ringing = false;
	leg->joined = NULL;
	leg->relay = (struct relay){0};
	leg->ring_at = 0;
	leg->key_from = leg->key_stamp = 0;
	leg->listen = NULL;
	leg->tape = leg->taping = NULL;
	leg->tape_new = false;
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
	order_end(leg);
	if (atomic_fetch_add(&m->n_open, 1) == 0)
		media_wake(m);
}

/* Of the ticks with a free leg, the one with the fewest calls: the packets of a burst spread. */
static struct leg *free_leg(const struct media *m)
{
	struct leg *best = NULL;
	for (unsigned i = 0; i < PHASES; i++)
		if (m->free[i] && (!best || m->open[i] < m->open[best->phase]))
			best = m->free[i];
	return best;
}

int media_open(struct media *m, const struct media_open *how, struct leg **ret_leg,
	       uint16_t *ret_port)
{
	struct leg *leg = free_leg(m);
	if (!leg)
		return E_FULL;
	if (!leg->ear && ear_new(&leg->ear)) /* it stays the leg's */
		return E_NOMEM;
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
	order_begin(leg);
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
	order_end(leg);
	cipher_free(old);
	cipher_free(unused);
	return 0;
}

static void order(struct leg *leg, const struct prompt *prompt, unsigned serial)
{
	order_begin(leg);
	leg->play = prompt;
	leg->serial = serial;
	leg->play_new = true;
	order_end(leg);
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

static void join(struct leg *leg, struct leg *with)
{
	order_begin(leg);
	leg->join = with;
	leg->join_new = true;
	order_end(leg);
}

void media_join(struct leg *a, struct leg *b)
{
	join(a, b);
	join(b, a);
}

/* Each forgets the other in its next turn, which comes before a closed leg can be opened again: it
 * takes its orders first, and closing takes a turn itself. */
void media_part(struct leg *a, struct leg *b)
{
	join(a, NULL);
	join(b, NULL);
}

void media_ring(struct leg *leg, bool on)
{
	order_begin(leg);
	leg->ring = on;
	order_end(leg);
}

void media_known(struct leg *leg)
{
	order_begin(leg);
	leg->known = true;
	order_end(leg);
}

void media_close(struct leg *leg)
{
	if (!leg)
		return;
	order_begin(leg);
	leg->state = LEG_CLOSING;
	leg->owner = NULL;
	order_end(leg);
}

static void listen_to(struct leg *leg, struct utter *utter, unsigned serial)
{
	order_begin(leg);
	leg->listen = utter;
	leg->listen_serial = serial;
	leg->listen_new = true;
	order_end(leg);
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

static void record_on(struct leg *leg, struct tape *tape, unsigned serial)
{
	order_begin(leg);
	leg->tape = tape;
	leg->tape_serial = serial;
	leg->tape_new = true;
	order_end(leg);
}

/* The media thread may still hold the one before: both stay until the leg is free. */
int media_record(struct leg *leg, const struct record_ask *ask, unsigned serial)
{
	struct tape *t;
	int err = tape_new(ask, &t);

	if (err)
		return err;
	t->next = leg->tapes;
	leg->tapes = t;
	if (ask->beep)
		order(leg, &leg->media->beep_prompt, 0);
	record_on(leg, t, serial);
	return 0;
}

void media_record_stop(struct leg *leg)
{
	record_on(leg, NULL, 0);
}

size_t media_recorded(const struct leg *leg, const uint8_t **ret_ulaw)
{
	return leg->tapes ? tape_sound(leg->tapes, ret_ulaw) : 0;
}

static void release(struct leg *leg)
{
	struct media *m = leg->media;
	media_clear(leg);
	leg->state = LEG_FREE;
	m->open[leg->phase]--;
	leg->next_free = m->free[leg->phase];
	m->free[leg->phase] = leg;
	atomic_fetch_sub(&m->n_open, 1);
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
				media_notify(leg);
			found = true;
		}
		pthread_mutex_unlock(&leg->lock);
		if (found)
			return true;
	}
	return false;
}
