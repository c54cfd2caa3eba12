/*
 * See reader.h. A reader waits for one request, runs its handler on a snapshot of
 * its own, ends the snapshot at once (an open one keeps old pages alive in the
 * store) and posts the request back.
 */
#include "engine/control/reader.h"

#include "engine/control/answer.h"
#include "engine/log.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEADLOCK_TRIES 3

static struct request stop_request; /* a mailbox carries no NULL */

void request_free(struct request *r)
{
	if (!r)
		return;
	rpc_free(&r->rpc);
	if (r->command.file >= 0)
		close(r->command.file);
	free(r->text);
	free(r);
}

static void say(struct request *r, int err, const char *words)
{
	r->err = err;
	snprintf(r->why, sizeof r->why, "%s", words);
}

/* Runs the handler once. */
static int run_once(const struct control_config *config, struct request *r)
{
	struct query q = {.method = r->command.method,
			  .who = &r->command.who,
			  .params = r->command.params,
			  .ctx = config->read_ctx,
			  .store = config->store_ops,
			  .file = r->command.file};
	struct answer a;
	int err = config->store_ops ? config->store_ops->snapshot(config->store, &q.snapshot) : 0;
	answer_init(&a, &q);
	if (err == 0)
		err = r->read(&q, &a);
	if (config->store_ops && q.snapshot)
		config->store_ops->abort(q.snapshot);
	if (err > 0) /* a scan's "stop" */
		err = 0;
	if (err == 0)
		err = answer_text(&a, &r->text, &r->text_n);
	if (err != 0)
		say(r, err, err == a.err ? a.why : err_str(err));
	answer_free(&a);
	return err;
}

static void run(const struct control_config *config, struct request *r)
{
	int err = E_DEADLOCK;
	for (int i = 0; i < DEADLOCK_TRIES && err == E_DEADLOCK; i++) {
		r->err = 0;
		err = run_once(config, r);
	}
	if (err == E_IO || err == E_CORRUPT || err == E_NOMEM)
		log_error("event=read method=%s user=%s err=\"%s\"", r->command.method->name,
			  r->command.who.user, err_str(err));
}

static void *reader_main(void *arg)
{
	struct reader *reader = arg;
	struct pollfd wait = {.fd = mailbox_fd(reader->box), .events = POLLIN};
	log_thread_name("read");
	for (;;) {
		struct request *r = mailbox_take(reader->box);
		if (r == &stop_request)
			return NULL;
		if (!r) {
			poll(&wait, 1, -1);
			continue;
		}
		run(reader->config, r);
		int err = mailbox_post(r->done, r);
		BUG_IF(err != 0); /* it holds all requests that can be in hand */
	}
}

int reader_start(struct reader *r, const struct control_config *config)
{
	r->config = config;
	int err = mailbox_new(2, &r->box);
	if (err != 0)
		return err;
	if (pthread_create(&r->thread, NULL, reader_main, r) != 0)
		return E_NOMEM;
	r->started = true;
	return 0;
}

void reader_stop(struct reader *r)
{
	if (r->started) {
		reader_give(r, &stop_request);
		pthread_join(r->thread, NULL);
	}
	mailbox_free(r->box, NULL);
	r->box = NULL;
	r->started = false;
}

void reader_give(struct reader *r, struct request *request)
{
	int err = mailbox_post(r->box, request);
	BUG_IF(err != 0); /* one request and the stop */
	r->busy = true;
}
