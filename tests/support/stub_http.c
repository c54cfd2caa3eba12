/* See stub_http.h. One thread, poll(2), at most 64 requests of at most 8 kB each. */
#include "tests/support/stub_http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 64, LINE = 8192 };

struct stub_http {
	pthread_t thread;
	pthread_mutex_t lock;
	int fd, port, status;
	bool stop;
	char header[128];
	size_t n, n_held;
	int kept; /* the last answered connection stays open, as a keep-alive gateway's does; or -1
		   */
	char *line[MOST];
	int held[MOST];
};

static void answer(int fd, int status, const char *header)
{
	char buf[512];
	int n = snprintf(buf, sizeof buf, "HTTP/1.1 %d Stub\r\n%sContent-Length: 2\r\n\r\nok",
			 status, header);
	ssize_t w = send(fd, buf, (size_t)n, MSG_NOSIGNAL);
	(void)w;
}

/* Answers, and leaves the connection open until the next one: a client that reuses it is seen. */
static void keep(struct stub_http *s, int fd)
{
	answer(fd, s->status, s->header);
	if (s->kept >= 0)
		close(s->kept);
	s->kept = fd;
}

static void serve(struct stub_http *s, int fd)
{
	char *buf = calloc(1, LINE);
	size_t n = 0;
	while (buf && n < LINE - 1 && !strstr(buf, "\r\n\r\n")) {
		ssize_t r = recv(fd, buf + n, LINE - 1 - n, 0);
		if (r <= 0)
			break;
		n += (size_t)r;
	}
	if (!buf || n == 0) {
		free(buf);
		close(fd);
		return;
	}
	buf[strcspn(buf, "\r\n")] = '\0';
	pthread_mutex_lock(&s->lock);
	if (s->n < MOST)
		s->line[s->n++] = buf;
	else
		free(buf);
	if (s->status == STUB_HOLD)
		s->held[s->n_held++] = fd;
	else if (s->status == STUB_CLOSE)
		close(fd);
	else
		keep(s, fd);
	pthread_mutex_unlock(&s->lock);
}

static void *run(void *arg)
{
	struct stub_http *s = arg;
	for (;;) {
		pthread_mutex_lock(&s->lock);
		struct pollfd p[] = {{.fd = s->fd, .events = POLLIN},
				     {.fd = s->kept, .events = POLLIN}};
		bool stop = s->stop;
		pthread_mutex_unlock(&s->lock);
		if (stop)
			return NULL;
		poll(p, 2, 50);
		int fd = p[0].revents ? accept(s->fd, NULL, NULL) : -1;
		if (p[1].revents) {
			pthread_mutex_lock(&s->lock);
			int again = s->kept == p[1].fd ? s->kept : -1;
			if (again >= 0)
				s->kept = -1;
			pthread_mutex_unlock(&s->lock);
			if (again >= 0)
				serve(s, again);
		}
		if (fd >= 0)
			serve(s, fd);
	}
}

struct stub_http *stub_http_start(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof a;
	struct stub_http *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	pthread_mutex_init(&s->lock, NULL);
	s->status = 202;
	s->kept = -1;
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&a, size) || listen(s->fd, 64) ||
	    getsockname(s->fd, (struct sockaddr *)&a, &size) ||
	    pthread_create(&s->thread, NULL, run, s)) {
		free(s);
		return NULL;
	}
	s->port = ntohs(a.sin_port);
	return s;
}

void stub_http_stop(struct stub_http *s)
{
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	for (size_t i = 0; i < s->n_held; i++)
		close(s->held[i]);
	for (size_t i = 0; i < s->n; i++)
		free(s->line[i]);
	if (s->kept >= 0)
		close(s->kept);
	close(s->fd);
	free(s);
}

int stub_http_port(const struct stub_http *s)
{
	return s->port;
}

void stub_http_answer(struct stub_http *s, int status, const char *header)
{
	pthread_mutex_lock(&s->lock);
	s->status = status;
	snprintf(s->header, sizeof s->header, "%s", header);
	for (size_t i = 0; i < s->n_held && status > 0; i++)
		keep(s, s->held[i]);
	if (status > 0)
		s->n_held = 0;
	pthread_mutex_unlock(&s->lock);
}

size_t stub_http_count(struct stub_http *s, const char *containing)
{
	size_t n = 0;
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->n; i++)
		n += strstr(s->line[i], containing) != NULL;
	pthread_mutex_unlock(&s->lock);
	return n;
}

void stub_http_request(struct stub_http *s, size_t n, char *out, size_t size)
{
	pthread_mutex_lock(&s->lock);
	snprintf(out, size, "%s", n < s->n ? s->line[n] : "");
	pthread_mutex_unlock(&s->lock);
}

int stub_http_get(int port, const char *method, const char *path)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				.sin_port = htons((unsigned short)port)};
	struct timeval wait = {.tv_sec = 5};
	char buf[1024];
	int status = -1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	int n = snprintf(buf, sizeof buf, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
			 method, path);
	if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0 && n < (int)sizeof buf &&
	    send(fd, buf, (size_t)n, MSG_NOSIGNAL) == n) {
		ssize_t r = recv(fd, buf, sizeof buf - 1, 0);
		if (r > 0) {
			buf[r] = '\0';
			if (sscanf(buf, "HTTP/1.%*d %d", &status) != 1)
				status = -1;
		}
	}
	close(fd);
	return status;
}
