/* See watch.h. */
#include "console/watch.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define LOOK_MS 100
#define PROBE_MS 3000

struct watched {
	bool used;
	int fd;
	int64_t until_ms; /* 0: none */
};
struct watch {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping;
	int64_t slow_ms;
	const struct upstream *upstream;
	size_t most;
	struct watched list[];
};

static int64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* shutdown, not close: the descriptor stays libmicrohttpd's, which sees the end and tidies up. */
static void cut(struct watch *w, int64_t now)
{
	for (size_t i = 0; i < w->most; i++) {
		struct watched *c = &w->list[i];
		if (!c->used || !c->until_ms || now < c->until_ms)
			continue;
		shutdown(c->fd, SHUT_RDWR);
		c->until_ms = 0;
	}
}

static void *watch_main(void *arg)
{
	struct watch *w = arg;
	int64_t probed = 0;
	pthread_mutex_lock(&w->lock);
	while (!w->stopping) {
		int64_t now = now_ms();
		cut(w, now);
		if (now - probed >= PROBE_MS) {
			probed = now;
			pthread_mutex_unlock(&w->lock);
			upstream_probe(w->upstream);
			pthread_mutex_lock(&w->lock);
			continue;
		}
		struct timespec until;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += LOOK_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		pthread_cond_timedwait(&w->wake, &w->lock, &until);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

int watch_start(size_t most, int64_t slow_ms, const struct upstream *u, struct watch **ret)
{
	struct watch *w = calloc(1, sizeof *w + most * sizeof w->list[0]);
	if (!w)
		return E_NOMEM;
	w->most = most;
	w->slow_ms = slow_ms;
	w->upstream = u;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	if (pthread_create(&w->thread, NULL, watch_main, w) != 0) {
		free(w);
		return E_NOMEM;
	}
	*ret = w;
	return 0;
}

void watch_stop(struct watch *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->wake);
	free(w);
}

struct watched *watch_add(struct watch *w, int fd)
{
	struct watched *found = NULL;
	pthread_mutex_lock(&w->lock);
	for (size_t i = 0; i < w->most && !found; i++)
		if (!w->list[i].used)
			found = &w->list[i];
	if (found)
		*found =
		    (struct watched){.used = true, .fd = fd, .until_ms = now_ms() + w->slow_ms};
	pthread_mutex_unlock(&w->lock);
	return found;
}

void watch_remove(struct watch *w, struct watched *c)
{
	pthread_mutex_lock(&w->lock);
	c->used = false;
	pthread_mutex_unlock(&w->lock);
}

void watch_again(struct watch *w, struct watched *c, int times)
{
	pthread_mutex_lock(&w->lock);
	c->until_ms = times ? now_ms() + times * w->slow_ms : 0;
	pthread_mutex_unlock(&w->lock);
}
