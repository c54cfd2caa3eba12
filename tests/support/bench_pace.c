/* See bench_pace.h. */
#include "tests/support/bench_pace.h"
#include "tests/support/bench_rig.h"

#include "adapters/voice/media.h"
#include "adapters/voice/rtp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	FRAME_US = 20000,
	STEP_US = 10,
	STEPS = 10000, /* up to 100 ms; the last one holds all above */
	SECONDS_OF_SOUND = 20,
	PORTS = 65536,
};

struct bench_pace {
	struct media *media;
	size_t n;
	struct leg **legs;
	struct prompt_set *set;
	struct audio *sound;
	int fd;
	uint16_t port;
	pthread_t thread;
	atomic_bool stopping;
	uint64_t late_before;
	atomic_ullong worst_us, packets;
	atomic_uint steps[STEPS];
	int64_t last_us[PORTS]; /* of a leg, by its port; the receiver's alone */
};

/* ---- the receiver ---- */

static void note(struct bench_pace *p, uint16_t port, int64_t at_us)
{
	int64_t last = p->last_us[port], off = at_us - last - FRAME_US;
	p->last_us[port] = at_us;
	if (last == 0)
		return;
	uint64_t us = (uint64_t)(off < 0 ? -off : off);
	uint64_t step = us / STEP_US;
	atomic_fetch_add(&p->steps[step < STEPS ? step : STEPS - 1], 1);
	atomic_fetch_add(&p->packets, 1);
	if (us > atomic_load(&p->worst_us))
		atomic_store(&p->worst_us, us);
}

static int64_t stamp_of(struct msghdr *m)
{
	struct timespec t;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&t, CMSG_DATA(c), sizeof t);
			return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
		}
	bench_die("SO_TIMESTAMPNS", E_IO);
}

static void *receive(void *arg)
{
	struct bench_pace *p = arg;
	char packet[RTP_MOST], control[256];

	while (!atomic_load(&p->stopping)) {
		struct sockaddr_in from;
		struct iovec iov = {.iov_base = packet, .iov_len = sizeof packet};
		struct msghdr m = {.msg_name = &from,
				   .msg_namelen = sizeof from,
				   .msg_iov = &iov,
				   .msg_iovlen = 1,
				   .msg_control = control,
				   .msg_controllen = sizeof control};
		ssize_t n = recvmsg(p->fd, &m, 0);
		if (n <= 0)
			continue; /* nothing for a while: stopping, perhaps */
		note(p, ntohs(from.sin_port), stamp_of(&m));
		n = sendto(p->fd, packet, (size_t)n, 0, (struct sockaddr *)&from, sizeof from);
	}
	return NULL;
}

static void open_receiver(struct bench_pace *p)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof at;
	int on = 1, room = 8 << 20;
	struct timeval wait = {.tv_usec = 100000};

	p->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (p->fd < 0 || bind(p->fd, (struct sockaddr *)&at, sizeof at) ||
	    getsockname(p->fd, (struct sockaddr *)&at, &n) ||
	    setsockopt(p->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) ||
	    setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait))
		bench_die("receiver", E_IO);
	/* As much as may be had: a receiver that waits for a processor must not lose packets. */
	(void)setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	p->port = ntohs(at.sin_port);
	if (pthread_create(&p->thread, NULL, receive, p))
		bench_die("receiver", E_NOMEM);
}

/* ---- the calls ---- */

static void make_sound(struct bench_pace *p)
{
	bench_must(audio_new((size_t)SECONDS_OF_SOUND * 8000, &p->sound), "sound");
	for (size_t i = 0; i < p->sound->n; i++)
		p->sound->ulaw[i] = (uint8_t)(i * 37); /* noise: nothing that sounds like a key */
	bench_must(prompt_set_new(1, &p->set), "sound");
	p->set->prompts[0].pieces = malloc(sizeof(struct audio *));
	if (!p->set->prompts[0].pieces)
		bench_die("sound", E_NOMEM);
	p->set->prompts[0].pieces[0] = audio_ref(p->sound);
	p->set->prompts[0].n = 1;
}

static void open_leg(struct bench_pace *p, size_t i)
{
	struct sdp_peer peer = {.addr = "127.0.0.1",
				.port = p->port,
				.codec = RTP_PCMU,
				.events = -1, /* keys are listened for in the sound */
				.listens = true,
				.speaks = true};
	struct media_open how = {.addr = "127.0.0.1",
				 .owner = &p->legs[i],
				 .prompts = p->set,
				 .tones = true,
				 .detect = true};
	uint16_t port;

	bench_must(media_open(p->media, &how, &p->legs[i], &port), "leg");
	bench_must(media_peer(p->legs[i], &peer, peer.key), "peer");
	media_play(p->legs[i], 0, 1);
}

struct bench_pace *bench_pace_start(size_t legs)
{
	struct bench_pace *p = calloc(1, sizeof *p);
	if (!p || !(p->legs = calloc(legs, sizeof(struct leg *))))
		bench_die("legs", E_NOMEM);
	open_receiver(p);
	make_sound(p);
	bench_must(media_start(legs, &p->media), "media");
	for (; p->n < legs; p->n++)
		open_leg(p, p->n);
	return p;
}

void bench_pace_work(struct bench_pace *p)
{
	struct media_report r;
	while (media_next(p->media, &r))
		if (r.kind == MR_PLAYED)
			media_play(*(struct leg **)r.owner, 0, 1);
}

void bench_pace_reset(struct bench_pace *p)
{
	struct media_stat s;
	media_stat(p->media, &s);
	p->late_before = s.late;
	for (size_t i = 0; i < STEPS; i++)
		atomic_store(&p->steps[i], 0);
	atomic_store(&p->packets, 0);
	atomic_store(&p->worst_us, 0);
}

static double part(const struct bench_pace *p, uint64_t packets, double share)
{
	uint64_t seen = 0;
	for (size_t i = 0; i < STEPS; i++) {
		seen += atomic_load(&p->steps[i]);
		if ((double)seen >= share * (double)packets)
			return (double)((i + 1) * STEP_US) / 1000;
	}
	return (double)STEPS * STEP_US / 1000;
}

void bench_pace_stat(struct bench_pace *p, struct pace_stat *ret)
{
	struct media_stat s;
	uint64_t packets = atomic_load(&p->packets);

	media_stat(p->media, &s);
	*ret = (struct pace_stat){.packets = packets,
				  .p50_ms = part(p, packets, 0.5),
				  .p99_ms = part(p, packets, 0.99),
				  .p999_ms = part(p, packets, 0.999),
				  .worst_ms = (double)atomic_load(&p->worst_us) / 1000,
				  .late = s.late - p->late_before};
}

void bench_pace_stop(struct bench_pace *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++)
		media_close(p->legs[i]);
	media_stop(p->media);
	atomic_store(&p->stopping, true);
	pthread_join(p->thread, NULL);
	close(p->fd);
	prompt_set_unref(p->set);
	audio_unref(p->sound);
	free(p->legs);
	free(p);
}
