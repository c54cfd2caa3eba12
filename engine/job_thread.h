/*
 * A thread of its own for work that would hold the engine's turn up: jobs go in by a
 * bounded mailbox, are done one by one in their order, and the engine hears of each by
 * an event.
 *
 * Promises: job_thread_post() never waits. What the engine is told is never thrown away while
 * it runs: without memory, or while its mailbox is full, the thread waits and the job with
 * it. At the end the job in hand is finished or given up (job_thread_stopping), and those that
 * wait are freed undone: whoever posts them has them on record.
 */
#ifndef ENGINE_JOB_THREAD_H
#define ENGINE_JOB_THREAD_H

#include "engine/event.h"
#include "engine/mailbox.h"

#include <stdbool.h>

struct job_thread;
struct job_thread_config {
	const char *name; /* of the thread, in the log */
	size_t queue;     /* jobs that may wait */
	void (*work)(void *ctx, struct job_thread *w, void *job);
	void (*free_job)(void *job); /* after work() too */
	void *ctx;
	bool last; /* calls come before its work: a lower priority */
};

int job_thread_start(const struct job_thread_config *config, struct job_thread **ret) MUST_CHECK;
/* Takes the job. E_FULL: it is still the caller's. */
int job_thread_post(struct job_thread *w, void *job) MUST_CHECK;
void job_thread_stop(struct job_thread *w); /* NULL is fine */

/* For work(), in its thread. True as soon as job_thread_stop() was called. */
const _Atomic bool *job_thread_stopping(const struct job_thread *w);
/* NULL: it is to stop. */
struct event *job_thread_event(struct job_thread *w, enum event_kind kind);
/* Takes ev. False: it is to stop, and nobody was told. */
bool job_thread_tell(struct job_thread *w, struct mailbox *to, struct event *ev);

#endif
