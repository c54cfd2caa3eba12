/*
 * The other end of the sound in tests/bench/bench_voice.py, and what it is compared with. It
 * does as little as can be done, and links nothing of ours.
 *
 *	voice_peer sink PORT KEY_AFTER
 *
 * All telephones at once, on one UDP port: each packet is answered by one of noise, loud one
 * second of four, so that the caller hears a call too, and after KEY_AFTER packets of a call (0:
 *never) its telephone presses the key 5 by RFC 4733, once. Calls are told apart by the port that
 *they come from, and by their source (SSRC) when a port is used again. The kernel stamps the
 * packets as they come: a sink that waits for a processor changes no figure.
 *
 * Lines on standard input: `reset` forgets what was measured, not the calls; `report` prints
 * one line of JSON; `lists` prints one with an entry a call: [port, µs of the first packet].
 *
 *	voice_peer bare PORT STREAMS SECONDS
 *
 * The same packets as STREAMS calls, by a bare sendmmsg loop on one socket, a quarter of them
 * each 5 ms; what comes back is read by recvmmsg and thrown away. Prints its processor time.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	HEADER = 12,
	FRAME = 160,
	PACKET = HEADER + FRAME,
	MOST = 512,
	BATCH = 64,
	BATCHES = 64, /* between two looks at standard input */
	FRAME_US = 20000,
	GAP_US = 40000,
	STEP_US = 10,
	STEPS = 10000, /* up to 100 ms; the last one holds all above */
	MOST_KEYS = 65536,
	LOOK_MS = 2,
	ROOM = 32 << 20,
	EVENT_TYPE = 101,
	KEY = 5,
	KEY_UPDATES = 3,
	KEY_ENDS = 3,
	PHASES = 4,
	TICK_NS = 5000000,
};

struct leg {
	bool known;
	uint32_t source;
	int64_t first_us, last_us,
	    key_us; /* key_us: when it was pressed; 0: not, or silence came */
	uint64_t packets;
	uint16_t seq_in, seq_out;
	uint32_t stamp_out, key_stamp;
	unsigned key_sent; /* packets of the key */
};

struct sink {
	int fd;
	uint64_t key_after;
	struct leg legs[65536]; /* by port */
	uint64_t packets, calls, gaps, lost, overrun, worst_us;
	uint32_t steps[STEPS];
	uint32_t silence_us[MOST_KEYS]; /* from key to silence */
	size_t n_silence, keys;
	size_t n_firsts;
	struct {
		uint16_t port;
		int64_t us;
	} firsts[MOST_KEYS];
	/* a batch */
	struct mmsghdr in[BATCH], out[BATCH];
	struct iovec in_iov[BATCH], out_iov[BATCH];
	struct sockaddr_in from[BATCH];
	uint8_t got[BATCH][MOST], answer[BATCH][PACKET];
	char control[BATCH][128];
};

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t clock_ns(clockid_t which)
{
	struct timespec t;
	clock_gettime(which, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Noise: of a quiet room, or as loud as speech; neither is a key. */
static const uint8_t *noise(bool loud)
{
	static uint8_t frame[2][FRAME];
	uint32_t x = 1;
	if (frame[loud][0])
		return frame[loud];
	for (int i = 0; i < FRAME; i++) {
		x = x * 1664525 + 1013904223;
		unsigned soft = 0x78 - (x >> 28 & 7), speech = 0x20 + (x >> 24 & 0x1f);
		frame[loud][i] = (uint8_t)((x >> 31) << 7 | (loud ? speech : soft));
	}
	return frame[loud];
}

static int open_socket(uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int room = ROOM, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at))
		die("voice_peer: socket");
	/* Without root the system's most; losses are counted. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room))
		die("voice_peer: receive buffer");
	return fd;
}

/* ---- sink ---- */

static int64_t stamp_us(struct msghdr *m)
{
	struct timespec t;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&t, CMSG_DATA(c), sizeof t);
			return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
		}
	die("voice_peer: no time stamp");
}

static void begin(struct sink *s, struct leg *leg, uint32_t source, uint16_t port, int64_t at_us)
{
	*leg = (struct leg){.known = true, .source = source, .first_us = at_us};
	s->calls++;
	if (s->n_firsts < MOST_KEYS) {
		s->firsts[s->n_firsts].port = port;
		s->firsts[s->n_firsts++].us = at_us;
	}
}

static void note(struct sink *s, struct leg *leg, uint16_t seq, int64_t at_us)
{
	int64_t distance = at_us - leg->last_us;
	uint64_t off = (uint64_t)llabs(distance - FRAME_US);
	s->packets++;
	if (leg->packets > 0) {
		s->lost += (uint16_t)(seq - leg->seq_in - 1);
		s->gaps += distance > GAP_US;
		s->steps[off / STEP_US < STEPS ? off / STEP_US : STEPS - 1]++;
		if (off > s->worst_us)
			s->worst_us = off;
	}
	leg->last_us = at_us;
	leg->seq_in = seq;
	leg->packets++;
}

static bool is_silence(const uint8_t *frame)
{
	for (int i = 0; i < FRAME; i++)
		if (frame[i] != 0xff)
			return false;
	return true;
}

static size_t answer(const struct sink *s, struct leg *leg, uint8_t *out)
{
	bool pressing =
	    s->key_after && leg->packets >= s->key_after && leg->key_sent < KEY_UPDATES + KEY_ENDS;
	out[0] = 0x80;
	out[1] = pressing ? EVENT_TYPE : 0;
	put16(out + 2, leg->seq_out++);
	put32(out + 8, ~leg->source);
	leg->stamp_out += FRAME;
	if (!pressing) {
		put32(out + 4, leg->stamp_out);
		/* He speaks one second of four. */
		memcpy(out + HEADER, noise(leg->packets / 50 % 4 == 3), FRAME);
		return PACKET;
	}
	if (leg->key_sent == 0) {
		leg->key_stamp = leg->stamp_out;
		out[1] |= 0x80;
		leg->key_us = clock_ns(CLOCK_REALTIME) / 1000;
	}
	unsigned n = ++leg->key_sent;
	put32(out + 4, leg->key_stamp);
	out[HEADER] = KEY;
	out[HEADER + 1] = (uint8_t)(n > KEY_UPDATES ? 0x80 | 10 : 10);
	put16(out + HEADER + 2, (n > KEY_UPDATES ? KEY_UPDATES : n) * FRAME);
	return HEADER + 4;
}

/* The length of the answer; 0: none. */
static size_t take(struct sink *s, int i)
{
	const uint8_t *p = s->got[i];
	uint16_t port = ntohs(s->from[i].sin_port);
	struct leg *leg = &s->legs[port];
	int64_t at_us = stamp_us(&s->in[i].msg_hdr);

	if (s->in[i].msg_len != PACKET)
		return 0;
	if (!leg->known || get32(p + 8) != leg->source)
		begin(s, leg, get32(p + 8), port, at_us);
	note(s, leg, (uint16_t)(p[2] << 8 | p[3]), at_us);
	if (leg->key_us && at_us > leg->key_us && is_silence(p + HEADER)) {
		if (s->n_silence < MOST_KEYS)
			s->silence_us[s->n_silence++] = (uint32_t)(at_us - leg->key_us);
		leg->key_us = 0;
	}
	size_t n = answer(s, leg, s->answer[i]);
	s->keys += leg->key_sent == 1 && n < PACKET;
	return n;
}

static void send_all(int fd, struct mmsghdr *list, unsigned n)
{
	for (unsigned sent = 0; sent < n;) {
		int k = sendmmsg(fd, list + sent, n - sent, 0);
		sent += k > 0 ? (unsigned)k : 1; /* a call that is over: its port is closed */
	}
}

static bool turn(struct sink *s)
{
	for (int i = 0; i < BATCH; i++) {
		s->in_iov[i] = (struct iovec){.iov_base = s->got[i], .iov_len = MOST};
		s->in[i].msg_hdr = (struct msghdr){.msg_name = &s->from[i],
						   .msg_namelen = sizeof s->from[i],
						   .msg_iov = &s->in_iov[i],
						   .msg_iovlen = 1,
						   .msg_control = s->control[i],
						   .msg_controllen = sizeof s->control[i]};
	}
	int n = recvmmsg(s->fd, s->in, BATCH, MSG_DONTWAIT, NULL);
	unsigned out = 0;
	for (int i = 0; i < n; i++) {
		size_t len = take(s, i);
		if (len == 0)
			continue;
		s->out_iov[out] = (struct iovec){.iov_base = s->answer[i], .iov_len = len};
		s->out[out].msg_hdr = (struct msghdr){.msg_name = &s->from[i],
						      .msg_namelen = sizeof s->from[i],
						      .msg_iov = &s->out_iov[out],
						      .msg_iovlen = 1};
		out++;
	}
	send_all(s->fd, s->out, out);
	return n == BATCH;
}

static double pacing_ms(const struct sink *s, double share)
{
	uint64_t all = 0, seen = 0;
	for (int i = 0; i < STEPS; i++)
		all += s->steps[i];
	for (int i = 0; i < STEPS; i++)
		if ((double)(seen += s->steps[i]) >= share * (double)all)
			return (double)(i + 1) * STEP_US / 1000;
	return 0;
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static double silence_ms(const struct sink *s, double share)
{
	if (s->n_silence == 0)
		return 0;
	return (double)s->silence_us[(size_t)(share * (double)(s->n_silence - 1))] / 1000;
}

static void report(struct sink *s)
{
	qsort(s->silence_us, s->n_silence, sizeof *s->silence_us, by_size);
	printf("{\"packets\": %llu, \"calls\": %llu, \"gaps\": %llu, \"lost\": %llu, "
	       "\"p50_ms\": %.2f, \"p99_ms\": %.2f, \"p999_ms\": %.2f, \"worst_ms\": %.2f, "
	       "\"keys\": %zu, \"silences\": %zu, \"silence_p50_ms\": %.1f, "
	       "\"silence_p99_ms\": %.1f}\n",
	       (unsigned long long)s->packets, (unsigned long long)s->calls,
	       (unsigned long long)s->gaps, (unsigned long long)s->lost, pacing_ms(s, 0.5),
	       pacing_ms(s, 0.99), pacing_ms(s, 0.999), (double)s->worst_us / 1000, s->keys,
	       s->n_silence, silence_ms(s, 0.5), silence_ms(s, 0.99));
}

static void lists(const struct sink *s)
{
	printf("[");
	for (size_t i = 0; i < s->n_firsts; i++)
		printf("%s[%u, %lld]", i ? ", " : "", s->firsts[i].port,
		       (long long)s->firsts[i].us);
	printf("]\n");
}

static void reset(struct sink *s)
{
	s->packets = s->calls = s->gaps = s->lost = s->worst_us = 0;
	s->n_silence = s->keys = s->n_firsts = 0;
	memset(s->steps, 0, sizeof s->steps);
}

static int sink(uint16_t port, uint64_t key_after)
{
	static struct sink s;
	char line[64];
	int on = 1;

	/* Telephones have processors of their own: a sink that starves loses packets, and measures
	 * itself. */
	struct sched_param first = {.sched_priority = 1};
	if (sched_setscheduler(0, SCHED_RR, &first))
		fputs("voice_peer: at the usual priority\n", stderr);
	s.fd = open_socket(port);
	s.key_after = key_after;
	if (setsockopt(s.fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on))
		die("voice_peer: SO_TIMESTAMPNS");
	setvbuf(stdin, NULL, _IONBF, 0);
	for (;;) {
		struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
		if (poll(&p, 1, LOOK_MS) > 0) {
			if (!fgets(line, sizeof line, stdin))
				return 0;
			if (strcmp(line, "report\n") == 0)
				report(&s);
			else if (strcmp(line, "lists\n") == 0)
				lists(&s);
			else
				reset(&s);
			fflush(stdout);
		}
		for (int i = 0; i < BATCHES && turn(&s); i++)
			;
	}
}

/* ---- bare ---- */

static double cpu_s(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static uint64_t drain(int fd)
{
	static uint8_t got[BATCH][MOST];
	struct mmsghdr in[BATCH] = {0};
	struct iovec iov[BATCH];
	uint64_t all = 0;
	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){.iov_base = got[i], .iov_len = MOST};
		in[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
	}
	for (int n; (n = recvmmsg(fd, in, BATCH, MSG_DONTWAIT, NULL)) > 0;)
		all += (uint64_t)n;
	return all;
}

static void send_streams(int fd, struct sockaddr_in *to, unsigned from, unsigned to_stream)
{
	static uint8_t packet[BATCH][PACKET];
	struct mmsghdr out[BATCH] = {0};
	struct iovec iov[BATCH];
	while (from < to_stream) {
		unsigned n = 0;
		for (; n < BATCH && from < to_stream; n++, from++) {
			packet[n][0] = 0x80;
			put32(packet[n] + 8, from);
			memcpy(packet[n] + HEADER, noise(false), FRAME);
			iov[n] = (struct iovec){.iov_base = packet[n], .iov_len = PACKET};
			out[n].msg_hdr = (struct msghdr){.msg_name = to,
							 .msg_namelen = sizeof *to,
							 .msg_iov = &iov[n],
							 .msg_iovlen = 1};
		}
		send_all(fd, out, n);
	}
}

static int bare(uint16_t port, unsigned streams, double seconds)
{
	int fd = open_socket(0);
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	uint64_t sent = 0, received = 0, ticks = (uint64_t)(seconds * 1e9 / TICK_NS);
	int64_t start = clock_ns(CLOCK_MONOTONIC), next = start;
	for (uint64_t k = 0; k < ticks; k++) {
		unsigned phase = (unsigned)(k % PHASES);
		unsigned from = streams * phase / PHASES, end = streams * (phase + 1) / PHASES;
		received += drain(fd);
		send_streams(fd, &to, from, end);
		sent += end - from;
		next += TICK_NS;
		struct timespec until = {.tv_sec = next / 1000000000, .tv_nsec = next % 1000000000};
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	}
	printf("{\"sent\": %llu, \"received\": %llu, \"cpu_s\": %.3f, \"seconds\": %.3f}\n",
	       (unsigned long long)sent, (unsigned long long)received, cpu_s(),
	       (double)(clock_ns(CLOCK_MONOTONIC) - start) / 1e9);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "sink") == 0)
		return sink((uint16_t)atoi(argv[2]), strtoull(argv[3], NULL, 10));
	if (argc == 5 && strcmp(argv[1], "bare") == 0)
		return bare((uint16_t)atoi(argv[2]), (unsigned)atoi(argv[3]), atof(argv[4]));
	fputs("usage: voice_peer sink PORT KEY_AFTER | bare PORT STREAMS SECONDS\n", stderr);
	return 2;
}
