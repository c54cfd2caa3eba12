/* See intake.h. */
#include "engine/intake.h"

#include "engine/event.h"
#include "engine/log.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { QUEUE = 256, WAIT_MS = 20, IDLE_MS = 500 };

struct intake {
	const struct exchange_ops *exchange;
	struct mailbox *to_engine, *rows, *jobs;
	pthread_t thread;
	bool started;
	atomic_bool stopping;
};

/* Waits while the mailbox is full: at most MAX_BATCHES batches are under way, so memory is bounded
 * and commands never wait behind a long queue of rows. False: we are stopping, ev was freed. */
static bool post(struct intake *in, struct mailbox *box, struct event *ev)
{
	while (mailbox_post(box, ev)) {
		if (in->stopping) {
			event_free(ev);
			return false;
		}
		poll(NULL, 0, WAIT_MS);
	}
	return true;
}

static struct event *new_event(struct intake *in, enum event_kind kind)
{
	struct event *ev;
	while ((ev = event_new(kind)) == NULL && !in->stopping)
		poll(NULL, 0, IDLE_MS); /* no memory: the file waits */
	return ev;
}

static bool post_end(struct intake *in, const struct intake_job *job, int err,
		     const struct refusal *why)
{
	struct event *ev = new_event(in, EV_INTAKE_END);
	if (!ev)
		return false;
	ev->checked.intake = job->intake;
	ev->checked.err = err;
	if (why)
		ev->checked.why = *why;
	return post(in, in->rows, ev);
}

/* True: go on with the rows, in *ret_order. */
static bool check(struct intake *in, const struct intake_job *job,
		  struct exchange_order **ret_order)
{
	struct event *ev = new_event(in, EV_INTAKE_CHECKED);
	if (!ev)
		return false;
	ev->checked.intake = job->intake;
	ev->checked.err = in->exchange->check_order(job->layout, job->path, &ev->checked.rows,
						    ret_order, &ev->checked.why);
	ev->checked.order = in->exchange->order_print(*ret_order);
	bool good = ev->checked.err == 0;
	return post(in, in->to_engine, ev) && good;
}

/* After a crash: the order in which the load began. Another (a layout that was changed since, or no
 * memory) would leave rows out. */
static int find_order(struct intake *in, const struct intake_job *job,
		      struct exchange_order **ret_order)
{
	struct refusal why;
	uint32_t rows;

	if (job->order == 0)
		return 0;
	int err = in->exchange->check_order(job->layout, job->path, &rows, ret_order, &why);
	if (err || in->exchange->order_print(*ret_order) == job->order)
		return err;
	log_warn("event=intake-order intake=%u says=\"the rows come in another order than before\"",
		 job->intake);
	return E_IO;
}

static void load(struct intake *in, const struct intake_job *job,
		 const struct exchange_order *order)
{
	struct exchange_reader *reader = NULL;
	struct refusal why = {0};

	int err = in->exchange->reader_open_order(job->layout, job->path, order, job->skip_rows,
						  &reader, &why);
	while (!err && !in->stopping) {
		struct row_batch *batch = NULL;
		err = in->exchange->reader_next(reader, &batch);
		if (err)
			break;
		batch->intake = job->intake;
		batch->order = in->exchange->order_print(order);
		struct event *ev = new_event(in, EV_ROWS);
		if (!ev) {
			row_batch_free(batch);
			break;
		}
		ev->batch = batch;
		if (!post(in, in->rows, ev))
			break;
	}
	/* Only the reader's own E_NOTFOUND is the end of the rows: without a reader the file is
	 * gone, and an intake taken with no rows would lose it silently. */
	if (reader && err == E_NOTFOUND)
		err = 0;
	in->exchange->reader_close(reader);
	if (!in->stopping)
		post_end(in, job, err, &why);
}

/* A file is in no hurry; calls are. On Linux this is of the calling thread alone. */
static void go_last(void)
{
	if (nice(5) == -1)
		return; /* at the usual priority, then */
}

/* The verdict goes by one mailbox and the rows by another: the engine takes the first before the
 * second, and a batch of a file without a verdict is loaded by no one, so the rows wait until it
 * was taken. */
static void work(struct intake *in, const struct intake_job *job)
{
	struct exchange_order *order = NULL;

	if (job->check && check(in, job, &order)) {
		while (mailbox_count(in->to_engine) && !in->stopping)
			poll(NULL, 0, 1);
		load(in, job, order);
	} else if (!job->check) {
		int err = find_order(in, job, &order);
		if (err)
			post_end(in, job, err, NULL);
		else
			load(in, job, order);
	}
	in->exchange->order_free(order);
}

static void *intake_main(void *arg)
{
	struct intake *in = arg;
	log_thread_name("intake");
	go_last();
	while (!in->stopping) {
		struct intake_job *job = mailbox_take(in->jobs);
		if (!job) {
			struct pollfd p = {.fd = mailbox_fd(in->jobs), .events = POLLIN};
			poll(&p, 1, IDLE_MS);
			continue;
		}
		work(in, job);
		free(job);
	}
	return NULL;
}

int intake_start(const struct exchange_ops *exchange, struct mailbox *to_engine,
		 struct mailbox *rows, struct intake **ret_intake)
{
	struct intake *in = calloc(1, sizeof *in);
	if (!in)
		return E_NOMEM;
	in->exchange = exchange;
	in->to_engine = to_engine;
	in->rows = rows;
	int err = mailbox_new(QUEUE, &in->jobs);
	if (!err && pthread_create(&in->thread, NULL, intake_main, in) != 0)
		err = E_NOMEM;
	if (err) {
		intake_stop(in);
		return err;
	}
	in->started = true;
	*ret_intake = in;
	return 0;
}

int intake_post(struct intake *in, const struct intake_job *job)
{
	struct intake_job *copy = malloc(sizeof *copy);
	if (!copy)
		return E_NOMEM;
	*copy = *job;
	int err = mailbox_post(in->jobs, copy);
	if (err)
		free(copy);
	return err;
}

void intake_stop(struct intake *in)
{
	if (!in)
		return;
	in->stopping = true;
	if (in->jobs)
		mailbox_wake(in->jobs);
	if (in->started)
		pthread_join(in->thread, NULL);
	if (in->jobs)
		mailbox_free(in->jobs, free);
	free(in);
}
