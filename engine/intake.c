/* See intake.h. */
#include "engine/intake.h"

#include "engine/log.h"
#include "engine/job_thread.h"

#include <poll.h>
#include <stdlib.h>

enum { QUEUE = 256 };

struct intake {
	const struct exchange_ops *exchange;
	struct mailbox *to_engine, *rows;
	struct job_thread *thread;
};

static bool post_end(const struct intake *in, struct job_thread *w, const struct intake_job *job,
		     int err, const struct refusal *why)
{
	struct event *ev = job_thread_event(w, EV_INTAKE_END);
	if (!ev)
		return false;
	ev->checked.intake = job->intake;
	ev->checked.err = err;
	if (why)
		ev->checked.why = *why;
	return job_thread_tell(w, in->rows, ev);
}

/* True: go on with the rows, in *ret_order. */
static bool check(const struct intake *in, struct job_thread *w, const struct intake_job *job,
		  struct exchange_order **ret_order)
{
	struct event *ev = job_thread_event(w, EV_INTAKE_CHECKED);
	if (!ev)
		return false;
	ev->checked.intake = job->intake;
	ev->checked.err = in->exchange->check_order(job->layout, job->path, &ev->checked.rows,
						    ret_order, &ev->checked.why);
	ev->checked.order = in->exchange->order_print(*ret_order);
	bool good = ev->checked.err == 0;
	return job_thread_tell(w, in->to_engine, ev) && good;
}

/* After a crash: the order in which the load began. Another (a layout that was changed since, or no
 * memory) would leave rows out. */
static int find_order(const struct intake *in, const struct intake_job *job,
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

static void load(const struct intake *in, struct job_thread *w, const struct intake_job *job,
		 const struct exchange_order *order)
{
	struct exchange_reader *reader = NULL;
	struct refusal why = {0};

	int err = in->exchange->reader_open_order(job->layout, job->path, order, job->skip_rows,
						  &reader, &why);
	while (!err && !*job_thread_stopping(w)) {
		struct row_batch *batch = NULL;
		err = in->exchange->reader_next(reader, &batch);
		if (err)
			break;
		batch->intake = job->intake;
		batch->order = in->exchange->order_print(order);
		struct event *ev = job_thread_event(w, EV_ROWS);
		if (!ev) {
			row_batch_free(batch);
			break;
		}
		ev->batch = batch;
		/* At most MAX_BATCHES batches are under way, so memory is bounded and commands
		 * never wait behind a long queue of rows. */
		if (!job_thread_tell(w, in->rows, ev))
			break;
	}
	/* Only the reader's own E_NOTFOUND is the end of the rows: without a reader the file is
	 * gone, and an intake taken with no rows would lose it silently. */
	if (reader && err == E_NOTFOUND)
		err = 0;
	in->exchange->reader_close(reader);
	if (!*job_thread_stopping(w))
		post_end(in, w, job, err, &why);
}

/* The verdict goes by one mailbox and the rows by another: the engine takes the first before the
 * second, and a batch of a file without a verdict is loaded by no one, so the rows wait until it
 * was taken. */
static void work(void *ctx, struct job_thread *w, void *arg)
{
	const struct intake *in = ctx;
	const struct intake_job *job = arg;
	struct exchange_order *order = NULL;

	if (job->check && check(in, w, job, &order)) {
		while (mailbox_count(in->to_engine) && !*job_thread_stopping(w))
			poll(NULL, 0, 1);
		load(in, w, job, order);
	} else if (!job->check) {
		int err = find_order(in, job, &order);
		if (err)
			post_end(in, w, job, err, NULL);
		else
			load(in, w, job, order);
	}
	in->exchange->order_free(order);
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
	/* A file is in no hurry; calls are. */
	int err = job_thread_start(&(struct job_thread_config){.name = "intake",
							       .queue = QUEUE,
							       .work = work,
							       .free_job = free,
							       .ctx = in,
							       .last = true},
				   &in->thread);
	if (err)
		free(in);
	else
		*ret_intake = in;
	return err;
}

int intake_post(struct intake *in, const struct intake_job *job)
{
	struct intake_job *copy = malloc(sizeof *copy);
	if (!copy)
		return E_NOMEM;
	*copy = *job;
	int err = job_thread_post(in->thread, copy);
	if (err)
		free(copy);
	return err;
}

void intake_stop(struct intake *in)
{
	if (in)
		job_thread_stop(in->thread);
	free(in);
}
