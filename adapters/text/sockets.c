/*
 * See sockets.h. libcurl says by two callbacks which descriptors it waits for and when it
 * wants to be called in any case; both only note it here.
 *
 * A descriptor that libcurl closed, and that another request was given at once, may still
 * stand in the list of what happened: libcurl is then told that something happened on the
 * new one, looks, and finds nothing. A socket that cannot be watched (no memory) would never
 * wake us; its request ends by its own time-out, which is a timer.
 */
#include "adapters/text/sockets.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "engine/log.h"

enum {
	MOST_EVENTS = 128,
	FEW_EVENTS = 16, /* fewer wait for more */
	MOMENT_MS = 2,
};
#define OURS (1ULL << 32) /* not libcurl's: only wakes us */

struct sockets {
	CURLM *multi;
	int epoll;
	int64_t timer_ms; /* monotonic; -1: none */
};

static int64_t monotonic_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* `known` is what curl_multi_assign kept: NULL for a socket that is new to us. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct sockets *s = arg;
	struct epoll_event e = {.data.u64 = (uint64_t)(uint32_t)fd};
	(void)easy;

	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(s->epoll, EPOLL_CTL_DEL, fd, NULL); /* closed already: it is gone */
		return 0;
	}
	if (what & CURL_POLL_IN)
		e.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		e.events |= EPOLLOUT;
	int err = epoll_ctl(s->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e);
	if (err && (errno == ENOENT || errno == EEXIST))
		err = epoll_ctl(s->epoll, errno == ENOENT ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &e);
	if (err)
		log_error("event=sms-socket errno=%d next=time-out", errno);
	if (!known)
		curl_multi_assign(s->multi, fd, s);
	return 0;
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
	struct sockets *s = arg;
	(void)multi;
	s->timer_ms = ms < 0 ? -1 : monotonic_ms() + ms;
	return 0;
}

int sockets_new(CURLM *multi, struct sockets **ret_sockets)
{
	struct sockets *s = calloc(1, sizeof *s);

	if (!s)
		return E_NOMEM;
	s->multi = multi;
	s->timer_ms = -1;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0 ||
	    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, s) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, s) != CURLM_OK) {
		sockets_free(s);
		return E_NOMEM;
	}
	*ret_sockets = s;
	return 0;
}

void sockets_free(struct sockets *s)
{
	if (!s)
		return;
	/* What libcurl still closes must not be told to us any more. */
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETFUNCTION, NULL);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERFUNCTION, NULL);
	if (s->epoll >= 0)
		close(s->epoll);
	free(s);
}

int sockets_watch(struct sockets *s, int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.u64 = OURS};
	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e) ? E_IO : 0;
}

static int wait_ms(const struct sockets *s, int most_ms)
{
	if (s->timer_ms < 0)
		return most_ms;
	int64_t left = s->timer_ms - monotonic_ms();
	return left <= 0 ? 0 : left < most_ms ? (int)left : most_ms;
}

void sockets_run(struct sockets *s, int most_ms, bool busy)
{
	struct epoll_event list[MOST_EVENTS];
	int running, n = epoll_wait(s->epoll, list, MOST_EVENTS, wait_ms(s, most_ms));

	if (busy && n > 0 && n < FEW_EVENTS) {
		poll(NULL, 0, MOMENT_MS);
		/* Level-triggered: what was ready still is. */
		n = epoll_wait(s->epoll, list, MOST_EVENTS, 0);
	}
	for (int i = 0; i < n; i++) {
		if (list[i].data.u64 & OURS)
			continue;
		uint32_t got = list[i].events;
		int what = ((got & EPOLLIN) ? CURL_CSELECT_IN : 0) |
			   ((got & EPOLLOUT) ? CURL_CSELECT_OUT : 0) |
			   ((got & (EPOLLERR | EPOLLHUP)) ? CURL_CSELECT_ERR : 0);
		curl_multi_socket_action(s->multi, (curl_socket_t)list[i].data.u64, what, &running);
	}
	if (s->timer_ms >= 0 && s->timer_ms <= monotonic_ms()) {
		s->timer_ms = -1; /* libcurl sets the next one */
		curl_multi_socket_action(s->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
}
