/* See job_thread.h. */
#include "engine/job_thread.h"

#include "engine/log.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { WAIT_MS = 20, IDLE_MS = 500 };

struct job_thread {
	struct job_thread_config config;
	struct mailbox *jobs;
	pthread_t thread;
	bool started;
	_Atomic bool stopping;
};

const _Atomic bool *job_thread_stopping(const struct job_thread *w)
{
	return &w->stopping;
}

struct event *job_thread_event(struct job_thread *w, enum event_kind kind)
{
	struct event *ev;
	while ((ev = event_new(kind)) == NULL && !w->stopping)
		poll(NULL, 0, IDLE_MS);
	return ev;
}

bool job_thread_tell(struct job_thread *w, struct mailbox *to, struct event *ev)
{
	while (mailbox_post(to, ev)) {
		if (w->stopping) {
			event_free(ev);
			return false;
		}
		poll(NULL, 0, WAIT_MS);
	}
	return true;
}

/* On Linux this is of the calling thread alone. */
static void go_last(void)
{
	if (nice(5) == -1)
		return; /* at the usual priority, then */
}

static void *job_thread_main(void *arg)
{
	struct job_thread *w = arg;
	log_thread_name(w->config.name);
	if (w->config.last)
		go_last();
	while (!w->stopping) {
		void *job = mailbox_take(w->jobs);
		if (!job) {
			struct pollfd p = {.fd = mailbox_fd(w->jobs), .events = POLLIN};
			poll(&p, 1, IDLE_MS);
			continue;
		}
		w->config.work(w->config.ctx, w, job);
		w->config.free_job(job);
	}
	return NULL;
}

int job_thread_start(const struct job_thread_config *config, struct job_thread **ret)
{
	struct job_thread *w = calloc(1, sizeof *w);
	if (!w)
		return E_NOMEM;
	w->config = *config;
	int err = mailbox_new(config->queue, &w->jobs);
	if (!err && pthread_create(&w->thread, NULL, job_thread_main, w) != 0)
		err = E_NOMEM;
	if (err) {
		job_thread_stop(w);
		return err;
	}
	w->started = true;
	*ret = w;
	return 0;
}

int job_thread_post(struct job_thread *w, void *job)
{
	return mailbox_post(w->jobs, job);
}

void job_thread_stop(struct job_thread *w)
{
	if (!w)
		return;
	w->stopping = true;
	if (w->jobs)
		mailbox_wake(w->jobs);
	if (w->started)
		pthread_join(w->thread, NULL);
	if (w->jobs)
		mailbox_free(w->jobs, w->config.free_job);
	free(w);
}
