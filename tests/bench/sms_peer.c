/*
 * The other ends of tests/bench/bench_sms.py: programs that do as little as can be done, so
 * that what is measured beside them is Osame, and so that they are never what is slow.
 *
 *	sms_peer load PORT PATH COUNT FLIGHT RECEIPTS
 *
 * The bare load generator: COUNT submissions to 127.0.0.1:PORT by the rule that Osame keeps (a
 * connection for each, never used again), FLIGHT at once; `to` and `dlr-url` are added to PATH.
 * With RECEIPTS = 1 it also listens for receipts, and is done when each message has a final one.
 *
 *	sms_peer gateway PORT COUNT RECEIPTS
 *
 * The stand-in of a gateway: answers 202 to each submission and, with RECEIPTS = 1, fetches
 * its dlr-url with status 1 over a few connections that stay open, as Kannel does. It stops
 * after COUNT submissions and their receipts, or at SIGTERM.
 *
 * Both print one line of JSON: what was counted, and seconds from the first to the last.
 * Messages are told apart by the number in their receipt's path, so one that comes twice shows.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	MOST_CONNS = 4096,
	MOST_TEXT = 16384,
	MOST_URL = 512,
	MOST_EVENTS = 256,
	RECEIPT_CONNS = 8,
	RECEIPT_AFTER_MS = 100, /* a network takes some time */
	TICK_MS = 20,
};

enum kind { FREE, LISTENS, SUBMITS, SERVES, TELLS };

/* SUBMITS: a submission of ours. SERVES: somebody's connection to us. TELLS: receipts of ours. */
struct conn {
	struct conn *next; /* FREE */
	enum kind kind;
	int fd;
	bool busy; /* TELLS: an answer is awaited */
	uint64_t id;
	size_t n;
	char text[MOST_TEXT];
};

struct receipt {
	int64_t due_ms;
	uint64_t id;
	char path[200];
};

static struct {
	int epoll, listen_port;
	struct conn conns[MOST_CONNS], *unused, *tells[RECEIPT_CONNS];
	size_t n_conns, n_tells;
	bool gateway, receipts;
	volatile sig_atomic_t stop;
	uint64_t count, begun, done, failed, retried, repeated, connections;
	uint64_t told; /* messages with a final receipt */
	uint64_t told_again;
	uint8_t *seen, *final;
	size_t n_flying, most_flying;
	int port, their_port; /* of the gateway; of whoever wants receipts */
	const char *path;
	double first, last, last_receipt;
	struct receipt *queue;
	size_t head, tail;
} s;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int64_t now_ms(void)
{
	return (int64_t)(now() * 1000);
}

static void die(const char *what)
{
	fprintf(stderr, "sms_peer: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- connections ---- */

static struct conn *conn_new(enum kind kind, int fd, uint32_t events)
{
	struct conn *c = s.unused ? s.unused : &s.conns[s.n_conns];

	if (s.unused) {
		s.unused = c->next;
	} else if (++s.n_conns > MOST_CONNS) {
		fprintf(stderr, "sms_peer: more than %d connections\n", (int)MOST_CONNS);
		exit(1);
	}
	c->kind = kind;
	c->fd = fd;
	c->n = 0;
	c->busy = false;
	c->id = 0;
	struct epoll_event e = {.events = events, .data.ptr = c};
	if (epoll_ctl(s.epoll, EPOLL_CTL_ADD, fd, &e))
		die("epoll_ctl");
	return c;
}

static void conn_close(struct conn *c)
{
	close(c->fd);
	c->kind = FREE;
	c->next = s.unused;
	s.unused = c;
}

static void want(struct conn *c, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = c};
	if (epoll_ctl(s.epoll, EPOLL_CTL_MOD, c->fd, &e))
		die("epoll_ctl");
}

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int connect_to(int port)
{
	struct sockaddr_in a = loopback(port);
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die("socket");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(fd, (struct sockaddr *)&a, sizeof a) && errno != EINPROGRESS)
		die("connect");
	return fd;
}

static void listen_on(int port)
{
	struct sockaddr_in a = loopback(port);
	socklen_t n = sizeof a;
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 4096) ||
	    getsockname(fd, (struct sockaddr *)&a, &n))
		die("listen");
	s.listen_port = ntohs(a.sin_port);
	conn_new(LISTENS, fd, EPOLLIN);
}

static void accept_all(struct conn *c)
{
	int fd, one = 1;
	while ((fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		s.connections++;
		conn_new(SERVES, fd, EPOLLIN);
	}
}

/* Small texts on loopback: a short write does not happen, and would show as a failure. */
static bool put(struct conn *c, const char *text, size_t n)
{
	return send(c->fd, text, n, MSG_NOSIGNAL) == (ssize_t)n;
}

/* More bytes; false: the other side is gone. */
static bool take(struct conn *c)
{
	ssize_t n = recv(c->fd, c->text + c->n, MOST_TEXT - 1 - c->n, 0);
	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	c->n += (size_t)n;
	c->text[c->n] = '\0';
	return true;
}

static bool mark(uint8_t *set, uint64_t id)
{
	if (id > s.count)
		return false;
	bool is_new = !set[id];
	set[id] = 1;
	return is_new;
}

/* ---- submissions of ours ---- */

static void submit_one(void)
{
	struct conn *c = conn_new(SUBMITS, connect_to(s.port), EPOLLOUT);
	c->id = ++s.begun;
	s.n_flying++;
	if (s.first == 0)
		s.first = now();
}

static void submit_more(void)
{
	while (!s.gateway && s.begun < s.count && s.n_flying < s.most_flying)
		submit_one();
}

static void submission_over(struct conn *c, bool accepted)
{
	conn_close(c);
	s.n_flying--;
	s.done++;
	s.failed += !accepted;
	s.last = now();
	submit_more();
}

/* 64 digits stand for the signature that Osame's receipt URLs have. */
static void ask(struct conn *c)
{
	static const char sig[] =
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	char text[MOST_TEXT];
	int n = snprintf(text, sizeof text,
			 "GET %s&to=090%08llu&dlr-url=http%%3A%%2F%%2F127.0.0.1%%3A%d%%2Freceipt"
			 "%%2F%llu%%2F%s%%3Fs%%3D%%25d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
			 "Accept: */*\r\n\r\n",
			 s.path, (unsigned long long)c->id % 100000000, s.listen_port,
			 (unsigned long long)c->id, sig, s.port);
	if (n < 0 || (size_t)n >= sizeof text || !put(c, text, (size_t)n))
		submission_over(c, false);
	else
		want(c, EPOLLIN);
}

/* The whole answer: head, and as much body as it says. */
static bool is_whole(const struct conn *c)
{
	const char *end = strstr(c->text, "\r\n\r\n");
	const char *length = strcasestr(c->text, "content-length:");
	size_t body = length ? strtoul(length + 15, NULL, 10) : 0;
	return end && c->n >= (size_t)(end + 4 - c->text) + body;
}

static void on_submits(struct conn *c, uint32_t events)
{
	if (events & EPOLLOUT) {
		ask(c);
		return;
	}
	bool there = take(c);
	if (there && !is_whole(c))
		return;
	submission_over(c, c->n > 12 && memcmp(c->text + 9, "202", 3) == 0);
}

/* ---- requests to us ---- */

static void unescape(char *at)
{
	char *out = at, hex[3] = "";
	for (; *at && *at != '&' && *at != ' '; at++) {
		if (*at == '%' && at[1] && at[2]) {
			memcpy(hex, at + 1, 2);
			*out++ = (char)strtol(hex, NULL, 16);
			at += 2;
		} else {
			*out++ = *at;
		}
	}
	*out = '\0';
}

/* "http://127.0.0.1:PORT/receipt/ID/SIG?s=%d": kept until it is due. */
static void owe(const char *url, uint64_t id)
{
	struct receipt *r = &s.queue[s.tail % (s.count + 1)];
	const char *path = strstr(url, "/receipt/"), *d = path ? strstr(path, "%d") : NULL;
	const char *port = strrchr(url, ':');
	if (!d || !port)
		return;
	s.their_port = (int)strtol(port + 1, NULL, 10);
	r->due_ms = now_ms() + RECEIPT_AFTER_MS;
	r->id = id;
	snprintf(r->path, sizeof r->path, "%.*s1", (int)(d - path), path);
	s.tail++;
}

static const char *serve_submission(struct conn *c)
{
	char url[MOST_URL] = "";
	const char *at = strstr(c->text, "dlr-url=");
	if (at)
		snprintf(url, sizeof url, "%.*s", (int)strcspn(at + 8, "& "), at + 8);
	unescape(url);
	const char *id = strstr(url, "/receipt/");
	uint64_t n = id ? strtoull(id + 9, NULL, 10) : 0;
	if (s.first == 0)
		s.first = now();
	s.begun++;
	if (!mark(s.seen, n))
		s.repeated++;
	else if (s.receipts)
		owe(url, n);
	s.done++;
	s.last = now();
	return "HTTP/1.1 202 Accepted\r\nContent-Type: text/html\r\nContent-Length: 25\r\n\r\n"
	       "0: Accepted for delivery\n";
}

/* Only final ones count, each once. */
static const char *serve_receipt(struct conn *c)
{
	const char *id = strstr(c->text, "/receipt/"), *status = strstr(c->text, "?s=");
	uint64_t n = id ? strtoull(id + 9, NULL, 10) : 0;
	if (status && (strncmp(status, "?s=1 ", 5) == 0 || strncmp(status, "?s=2 ", 5) == 0 ||
		       strncmp(status, "?s=16 ", 6) == 0)) {
		if (mark(s.final, n))
			s.told++;
		else
			s.told_again++;
		s.last_receipt = now();
	}
	return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
}

static void on_serves(struct conn *c)
{
	if (!take(c)) {
		conn_close(c);
		return;
	}
	if (!strstr(c->text, "\r\n\r\n"))
		return;
	const char *answer = s.gateway ? serve_submission(c) : serve_receipt(c);
	c->n = 0;
	if (!put(c, answer, strlen(answer)))
		conn_close(c);
}

/* ---- receipts of ours ---- */

static void tell_next(struct conn *c)
{
	struct receipt *r = &s.queue[s.head % (s.count + 1)];
	char text[MOST_URL];

	if (s.head == s.tail || r->due_ms > now_ms())
		return;
	int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n",
			 r->path, s.their_port);
	c->n = 0;
	c->id = s.head % (s.count + 1);
	c->busy = put(c, text, (size_t)n);
	if (c->busy)
		s.head++;
}

static void on_tells(struct conn *c)
{
	struct receipt r = s.queue[c->id];
	bool there = take(c);

	if (there && !is_whole(c))
		return;
	bool taken = c->n > 12 && memcmp(c->text + 9, "200", 3) == 0;
	if (taken && mark(s.final, r.id)) {
		s.told++;
		s.last_receipt = now();
	} else if (c->busy && !taken) { /* 503, or gone: again */
		s.retried++;
		r.due_ms = now_ms() + RECEIPT_AFTER_MS;
		s.queue[s.tail++ % (s.count + 1)] = r;
	}
	c->busy = false;
	if (there) {
		tell_next(c);
		return;
	}
	conn_close(c);
	for (size_t i = 0; i < s.n_tells; i++)
		if (s.tells[i] == c)
			s.tells[i] = s.tells[--s.n_tells];
}

static void tell_some(void)
{
	while (s.gateway && s.their_port && s.n_tells < RECEIPT_CONNS)
		s.tells[s.n_tells++] = conn_new(TELLS, connect_to(s.their_port), EPOLLIN);
	for (size_t i = 0; i < s.n_tells; i++)
		if (!s.tells[i]->busy)
			tell_next(s.tells[i]);
}

/* ---- both ---- */

static bool is_over(void)
{
	return s.stop || (s.done >= s.count && (!s.receipts || s.told >= s.count - s.failed));
}

static void run(void)
{
	struct epoll_event events[MOST_EVENTS];

	while (!is_over()) {
		int n = epoll_wait(s.epoll, events, MOST_EVENTS, TICK_MS);
		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;
			if (c->kind == LISTENS)
				accept_all(c);
			else if (c->kind == SUBMITS)
				on_submits(c, events[i].events);
			else if (c->kind == SERVES)
				on_serves(c);
			else if (c->kind == TELLS)
				on_tells(c);
		}
		if (s.receipts)
			tell_some();
	}
}

static void stop(int signal)
{
	(void)signal;
	s.stop = 1;
}

int main(int argc, char **argv)
{
	bool load = argc == 7 && strcmp(argv[1], "load") == 0;
	s.gateway = argc == 5 && strcmp(argv[1], "gateway") == 0;
	if (!load && !s.gateway) {
		fprintf(stderr, "sms_peer load PORT PATH COUNT FLIGHT RECEIPTS\n"
				"sms_peer gateway PORT COUNT RECEIPTS\n");
		return 2;
	}
	signal(SIGTERM, stop);
	signal(SIGPIPE, SIG_IGN);
	s.port = (int)strtol(argv[2], NULL, 10);
	s.path = load ? argv[3] : "";
	s.count = strtoull(argv[load ? 4 : 3], NULL, 10);
	s.most_flying = load ? strtoul(argv[5], NULL, 10) : 0;
	s.receipts = strcmp(argv[argc - 1], "1") == 0;
	s.epoll = epoll_create1(EPOLL_CLOEXEC);
	s.seen = calloc(s.count + 1, 1);
	s.final = calloc(s.count + 1, 1);
	s.queue = calloc(s.count + 1, sizeof *s.queue);
	if (s.epoll < 0 || !s.seen || !s.final || !s.queue || s.most_flying > MOST_CONNS / 2)
		die("start");
	listen_on(s.gateway ? s.port : 0);
	submit_more();
	run();
	double seconds = s.last - s.first, all = s.last_receipt - s.first;
	printf(
	    "{\"messages\": %llu, \"seconds\": %.3f, \"per_second\": %.0f, \"failed\": %llu, "
	    "\"repeated\": %llu, \"connections\": %llu, \"receipts\": %llu, "
	    "\"receipts_again\": %llu, \"receipts_retried\": %llu, \"receipts_seconds\": %.3f}\n",
	    (unsigned long long)s.done, seconds, seconds > 0 ? (double)s.done / seconds : 0,
	    (unsigned long long)s.failed, (unsigned long long)s.repeated,
	    (unsigned long long)s.connections, (unsigned long long)s.told,
	    (unsigned long long)s.told_again, (unsigned long long)s.retried, all > 0 ? all : 0);
	return 0;
}
