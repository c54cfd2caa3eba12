/*
 * See media.h. One thread ticks each 5 ms; a quarter of the legs has its turn in
 * each tick, so each leg is read and sent one packet every 20 ms, and the work
 * is spread.
 *
 * Late: the timeline moves on, the missed packets are not sent in a burst (a
 * receiver would drop them), the prompt continues where it was: nothing of it is
 * lost.
 */
#include "adapters/voice/media_inner.h"
#include "engine/log.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS 5000000LL
#define LATE_NS 10000000LL
#define LEG_HOT offsetof(struct leg, lock)

int64_t media_now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void tick(struct media *m, unsigned phase)
{
	for (size_t i = phase; i < m->most; i += PHASES) {
		/* Each leg was last touched 20 ms ago: its memory comes while another has its turn.
		 */
		const char *next = (const char *)&m->legs[i + PHASES < m->most ? i + PHASES : i];
		for (size_t at = 0; at < LEG_HOT; at += 64)
			__builtin_prefetch(next + at);
		media_turn(&m->legs[i]);
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
	int64_t next = media_now_ns();
	log_thread_name("media");
	go_first();
	for (unsigned phase = 0; !atomic_load(&m->stopping); phase = (phase + 1) % PHASES) {
		if (atomic_load(&m->n_open) == 0) {
			idle(m);
			next = media_now_ns();
		}
		tick(m, phase);
		next += TICK_NS;
		int64_t late = media_now_ns() - next;
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

int media_start(size_t most_legs, struct media **ret_media)
{
	int err = E_NOMEM;
	struct media *m = calloc(1, sizeof *m + most_legs * sizeof *m->legs);
	if (!m)
		return E_NOMEM;
	m->most = most_legs;
	m->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	rtp_alaw_table(m->alaw);
	rtp_ulaw_table(m->ulaw);
	relay_tone(m->ring);
	for (size_t i = most_legs; i-- > 0;) {
		struct leg *leg = &m->legs[i];
		leg->media = m;
		leg->fd = -1;
		pthread_mutex_init(&leg->lock, NULL);
		leg->phase = (unsigned)(i % PHASES);
		leg->next_free = m->free[leg->phase];
		m->free[leg->phase] = leg;
	}
	if (m->wake < 0 || mailbox_new(most_legs, &m->reports) || audio_new(BEEP_SOUND, &m->beep))
		goto out;
	relay_beep(m->beep->ulaw);
	m->beep_prompt = (struct prompt){.n = 1, .pieces = &m->beep};
	err = E_IO;
	if (pthread_create(&m->thread, NULL, run, m))
		goto out;
	*ret_media = m;
	return 0;
out:
	for (size_t i = 0; i < most_legs; i++)
		pthread_mutex_destroy(&m->legs[i].lock);
	mailbox_free(m->reports, NULL);
	audio_unref(m->beep);
	if (m->wake >= 0)
		close(m->wake);
	free(m);
	return err;
}

void media_wake(struct media *m)
{
	uint64_t one = 1;
	ssize_t n = write(m->wake, &one, sizeof one);
	(void)n; /* the counter cannot overflow */
}

void media_stop(struct media *m)
{
	if (!m)
		return;
	atomic_store(&m->stopping, true);
	media_wake(m);
	pthread_join(m->thread, NULL);
	for (size_t i = 0; i < m->most; i++) {
		if (m->legs[i].fd >= 0)
			close(m->legs[i].fd);
		media_clear(&m->legs[i]);
		ear_free(m->legs[i].ear);
		pthread_mutex_destroy(&m->legs[i].lock);
	}
	mailbox_free(m->reports, NULL);
	audio_unref(m->beep);
	close(m->wake);
	free(m);
}

int media_fd(const struct media *m)
{
	return mailbox_fd(m->reports);
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
