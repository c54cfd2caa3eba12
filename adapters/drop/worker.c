/*
 * The thread of a drop: connects, does one job after the other, tells the engine.
 *
 * Promises: every posted job is answered by one EV_DROP_DONE, in order (unless the
 * drop is stopped first: then the engine asks again at its next start; every job is
 * idempotent). An event that the engine's mailbox does not take is kept and offered
 * again; no other job begins meanwhile. Lost connections are made again after waits
 * that double from retry_first_ms to retry_most_ms. Jobs posted while there is no
 * connection wait for the next attempt, and are answered by its failure: so a caller
 * that asks again at once is slowed to the same pace, and nothing piles up.
 *
 * A refused sign-in or a wrong host key waits retry_most_ms at once: a server that
 * is asked again and again with a bad key may lock the account.
 */
#include "adapters/drop/worker.h"

#include "engine/event.h"
#include "engine/log.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { IDLE_MS = 15000, OFFER_AGAIN_MS = 20 };

struct drop {
	struct drop_config config;
	const struct place_ops *ops;
	pthread_mutex_t lock; /* of place: the thread's, and perform()'s */
	struct place *place;
	struct mailbox *to_engine, *jobs;
	int stop_fd;
	pthread_t thread;
	/* the thread's own */
	bool up, told;
	int wait_ms;
	int64_t next_try_ms;
	int err; /* of the last attempt to connect */
	char why[MAX_WORDS];
};

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits until told to stop: true. */
static bool stopped(struct drop *d, int ms)
{
	struct pollfd p = {.fd = d->stop_fd, .events = POLLIN};
	return poll(&p, 1, ms) > 0;
}

/* Takes the event, whatever happens. */
static void deliver(struct drop *d, struct event *ev)
{
	while (mailbox_post(d->to_engine, ev) != 0)
		if (stopped(d, OFFER_AGAIN_MS)) {
			event_free(ev);
			return;
		}
}

/* NULL only when stopped: what was done at the other side must be told. */
static struct event *new_event(struct drop *d, enum event_kind kind)
{
	struct event *ev;
	while ((ev = event_new(kind)) == NULL)
		if (stopped(d, OFFER_AGAIN_MS))
			return NULL;
	return ev;
}

static struct event *new_done(struct drop *d, const struct drop_job *job)
{
	struct event *ev = new_event(d, EV_DROP_DONE);
	while (ev && (ev->drop = calloc(1, sizeof *ev->drop)) == NULL)
		if (stopped(d, OFFER_AGAIN_MS)) {
			event_free(ev);
			return NULL;
		}
	if (ev)
		ev->drop->job = *job;
	return ev;
}

static void tell_state(struct drop *d, bool up, int err, const char *why)
{
	if (d->told && d->up == up)
		return;
	d->told = true;
	d->up = up;
	if (up)
		log_info("event=drop-up drop=%s", d->config.id);
	else
		log_warn("event=drop-down drop=%s err=%d why=\"%s\" next=retry in_ms=%d",
			 d->config.id, err, why, d->wait_ms);
	struct event *ev = new_event(d, EV_DROP_STATE);
	if (!ev)
		return;
	snprintf(ev->why, sizeof ev->why, "%s", d->config.id); /* which drop */
	ev->trunk.up = up;
	ev->trunk.status = err;
	snprintf(ev->trunk.why, sizeof ev->trunk.why, "%.*s", (int)sizeof ev->trunk.why - 1, why);
	deliver(d, ev);
}

static void grow_wait(struct drop *d)
{
	d->next_try_ms = now_ms() + d->wait_ms;
	d->wait_ms =
	    d->wait_ms > d->config.retry_most_ms / 2 ? d->config.retry_most_ms : d->wait_ms * 2;
}

static void answer_waiting(struct drop *d)
{
	struct drop_job *job;
	while ((job = mailbox_take(d->jobs)) != NULL) {
		struct event *ev = new_done(d, job);
		free(job);
		if (!ev)
			return;
		ev->drop->err = d->err;
		memcpy(ev->drop->why, d->why, sizeof ev->drop->why);
		deliver(d, ev);
	}
}

static void try_connect(struct drop *d)
{
	d->why[0] = 0;
	pthread_mutex_lock(&d->lock);
	d->err = d->ops->connected(d->place) ? 0 : d->ops->connect(d->place, d->why);
	pthread_mutex_unlock(&d->lock);
	if (d->err == 0) {
		tell_state(d, true, 0, "");
		return;
	}
	if (d->err == E_AUTH)
		d->wait_ms = d->config.retry_most_ms;
	grow_wait(d);
	log_warn("event=drop-connect-failed drop=%s err=%d why=\"%s\" next=retry in_ms=%lld",
		 d->config.id, d->err, d->why, (long long)(d->next_try_ms - now_ms()));
	tell_state(d, false, d->err, d->why);
	answer_waiting(d);
}

static void run_job(struct drop *d, struct drop_job *job)
{
	struct event *ev = new_done(d, job);
	free(job);
	if (!ev)
		return;
	pthread_mutex_lock(&d->lock);
	d->ops->perform(d->place, &ev->drop->job, ev->drop);
	pthread_mutex_unlock(&d->lock);
	if (ev->drop->err == 0)
		d->wait_ms = d->config.retry_first_ms; /* it works: the next loss starts anew */
	deliver(d, ev);
}

static bool look_connected(struct drop *d, int *ret_fd)
{
	pthread_mutex_lock(&d->lock);
	bool up = d->ops->connected(d->place);
	*ret_fd = up ? d->ops->fd(d->place) : -1;
	pthread_mutex_unlock(&d->lock);
	return up;
}

/* Connected and nothing to do: until a job, a hang-up, or the time for a sign of life. */
static void rest(struct drop *d, int fd)
{
	struct pollfd p[3] = {{.fd = d->stop_fd, .events = POLLIN},
			      {.fd = mailbox_fd(d->jobs), .events = POLLIN},
			      {.fd = fd, .events = POLLRDHUP}};
	int n = poll(p, 3, IDLE_MS);

	if (n == 0 || (n > 0 && p[2].revents)) {
		pthread_mutex_lock(&d->lock);
		if (d->ops->connected(d->place))
			d->ops->idle(d->place);
		pthread_mutex_unlock(&d->lock);
	}
}

static void *run(void *arg)
{
	struct drop *d = arg;
	struct drop_job *job;
	int fd;

	log_thread_name("drop");
	while (!stopped(d, 0)) {
		if (look_connected(d, &fd)) {
			tell_state(d, true, 0, "");
			if ((job = mailbox_take(d->jobs)) != NULL)
				run_job(d, job);
			else
				rest(d, fd);
			continue;
		}
		if (d->told && d->up) { /* lost: not at once again, the peer may be starting */
			d->err = E_AGAIN;
			grow_wait(d);
			tell_state(d, false, E_AGAIN, "the connection was lost");
		}
		int64_t left = d->next_try_ms - now_ms();
		if (left <= 0)
			try_connect(d);
		else if (stopped(d, (int)left))
			break;
	}
	return NULL;
}

static void free_drop(struct drop *d)
{
	if (d->place)
		d->ops->unmake(d->place);
	mailbox_free(d->jobs, free);
	if (d->stop_fd >= 0)
		close(d->stop_fd);
	pthread_mutex_destroy(&d->lock);
	/* The passphrase does not outlive its use. */
	explicit_bzero(&d->config, sizeof d->config);
	free(d);
}

int worker_start(const struct place_ops *ops, const struct drop_config *config,
		 struct mailbox *to_engine, struct drop **ret_drop)
{
	struct drop *d = calloc(1, sizeof *d);
	int err;

	if (!d)
		return E_NOMEM;
	d->ops = ops;
	d->config = *config;
	d->to_engine = to_engine;
	if (d->config.retry_first_ms < 1)
		d->config.retry_first_ms = 1000;
	if (d->config.retry_most_ms < d->config.retry_first_ms)
		d->config.retry_most_ms = d->config.retry_first_ms;
	if (d->config.timeout_ms < 1)
		d->config.timeout_ms = 30000;
	d->wait_ms = d->config.retry_first_ms;
	pthread_mutex_init(&d->lock, NULL);
	d->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = d->stop_fd < 0 ? E_IO : mailbox_new(MAX_DROP_JOBS, &d->jobs);
	if (err == 0)
		err = ops->make(&d->config, d->stop_fd, &d->place);
	if (err == 0 && pthread_create(&d->thread, NULL, run, d) != 0)
		err = E_NOMEM;
	if (err) {
		free_drop(d);
		return err;
	}
	*ret_drop = d;
	return 0;
}

int worker_post(struct drop *d, const struct drop_job *job)
{
	struct drop_job *copy = malloc(sizeof *copy);

	if (!copy)
		return E_FULL; /* the caller waits, as for any other want of room */
	*copy = *job;
	int err = mailbox_post(d->jobs, copy);
	if (err)
		free(copy);
	return err;
}

void worker_stop(struct drop *d)
{
	uint64_t one = 1;
	if (!d)
		return;
	ssize_t w = write(d->stop_fd, &one, sizeof one);
	(void)w; /* the counter cannot overflow */
	pthread_join(d->thread, NULL);
	free_drop(d);
}

int worker_perform(struct drop *d, const struct drop_job *job, struct drop_done *ret_done)
{
	memset(ret_done, 0, sizeof *ret_done);
	ret_done->job = *job;
	pthread_mutex_lock(&d->lock);
	if (!d->ops->connected(d->place))
		ret_done->err = d->ops->connect(d->place, ret_done->why);
	if (ret_done->err == 0)
		d->ops->perform(d->place, job, ret_done);
	pthread_mutex_unlock(&d->lock);
	return ret_done->err;
}
