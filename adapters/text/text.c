/*
 * The text thread: one curl_multi, the receipts' listener, and the channel's
 * mailboxes. See engine/text.h and docs/sms.md; submit.c sends, watch.c asks.
 *
 * Promise: each message ends in exactly one EV_DROPPED or EV_SMS_RESULT. Their events
 * are made when the message is posted, so that lack of memory cannot lose them, and
 * wait here when the engine's mailbox is full.
 *
 * A message is in one of these: waiting (oldest first), flying, or a watch that asks
 * for it. Only the thread touches them; others touch the mailboxes and the stop flag.
 */
#include "adapters/text/inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/clock.h"
#include "engine/log.h"

enum {
	TICK_MS = 1000,    /* the longest sleep */
	FULL_TICK_MS = 20, /* the engine's mailbox was full: try again after this */
	STOP_MS = 3000,    /* for answers of what is flying when we are stopped */
	EXTRA_COMMANDS = 16,
	MANY_FLYING = 8, /* of so many none waits for our two milliseconds */
};

/* ---- lists and items ---- */

static void list_init(struct list *l)
{
	l->first = NULL;
	l->end = &l->first;
}

void list_add(struct list *l, struct item *item)
{
	item->next = NULL;
	item->at_prev = l->end;
	*l->end = item;
	l->end = &item->next;
}

void list_add_first(struct list *l, struct item *item)
{
	item->next = l->first;
	item->at_prev = &l->first;
	if (l->first)
		l->first->at_prev = &item->next;
	else
		l->end = &item->next;
	l->first = item;
}

void list_remove(struct list *l, struct item *item)
{
	*item->at_prev = item->next;
	if (item->next)
		item->next->at_prev = item->at_prev;
	else
		l->end = item->at_prev;
}

struct item *list_find(const struct list *l, uint64_t attempt)
{
	struct item *item = l->first;
	while (item && item->attempt != attempt)
		item = item->next;
	return item;
}

struct item *item_new(uint64_t attempt)
{
	struct item *item = calloc(1, sizeof *item);
	if (!item)
		return NULL;
	item->event = event_new(EV_SMS_RESULT);
	if (!item->event) {
		free(item);
		return NULL;
	}
	item->attempt = item->event->attempt = attempt;
	return item;
}

void item_free(void *p)
{
	struct item *item = p;
	if (!item)
		return;
	http_free(item->http);
	text_message_free(item->message);
	event_free(item->event);
	free(item);
}

static void list_free(struct list *l)
{
	struct item *next;
	for (struct item *item = l->first; item; item = next) {
		next = item->next;
		item_free(item);
	}
	list_init(l);
}

/* ---- pacing ---- */

int64_t pace_take(struct pace *p, int64_t now_ms)
{
	double most = p->rate > 10 ? p->rate / 10.0 : 1.0;

	if (p->rate == 0)
		return 0;
	if (p->at_ms)
		p->tokens += (double)(now_ms - p->at_ms) * p->rate / 1000.0;
	else
		p->tokens = most;
	p->at_ms = now_ms;
	if (p->tokens > most)
		p->tokens = most;
	if (p->tokens >= 1.0) {
		p->tokens -= 1.0;
		return 0;
	}
	return 1 + (int64_t)((1.0 - p->tokens) * 1000.0 / p->rate);
}

/* ---- answers to the engine ---- */

/* Posts what waits for the engine, in order, as far as its mailbox takes it. */
static void flush_unsent(struct text *t)
{
	struct item *item;

	while ((item = t->unsent.first) != NULL && mailbox_post(t->to_engine, item->event) == 0) {
		item->event = NULL; /* the engine's now */
		list_remove(&t->unsent, item);
		BUG_IF(t->unsent.first == item);
		item_free(item);
	}
}

void tell(struct text *t, struct item *item)
{
	list_add(&t->unsent, item);
	flush_unsent(t);
}

void tell_dropped(struct text *t, struct item *item, const char *why)
{
	item->event->kind = EV_DROPPED;
	snprintf(item->event->why, sizeof item->event->why, "%s", why);
	tell(t, item);
}

void tell_result(struct text *t, struct item *item, struct told told)
{
	struct event *e = item->event;

	e->kind = EV_SMS_RESULT;
	e->sms.result = told.result;
	e->sms.code = told.code;
	e->sms.gateway = told.gateway;
	e->sms.retry_ms = told.retry_ms;
	snprintf(e->sms.ref, sizeof e->sms.ref, "%s", told.ref);
	snprintf(e->sms.why, sizeof e->sms.why, "%s", told.why);
	tell(t, item);
}

void tell_gateway(struct text *t, size_t at, bool up, int status, const char *why)
{
	struct line *line = &t->lines[at];
	struct item *item = item_new(0);

	if (!item)
		return; /* the next message tells */
	line->down = !up;
	item->event->kind = EV_GATEWAY;
	item->event->trunk.up = up;
	item->event->trunk.status = status;
	snprintf(item->event->trunk.why, sizeof item->event->trunk.why, "%s", why);
	snprintf(item->event->why, sizeof item->event->why, "%s", line->config->id);
	tell(t, item);
}

/* ---- commands ---- */

static void recall(struct text *t, struct item *command)
{
	struct item *item = list_find(&t->waiting, command->attempt);

	if (item) {
		list_remove(&t->waiting, item);
		tell_dropped(t, item, "recalled");
		item_free(command);
		return;
	}
	/* Flying, or over: then its answer is before this one in the engine's mailbox. A gateway
	 * that turns out to have taken nothing is not asked again, and no other is. */
	item = list_find(&t->flying, command->attempt);
	if (item)
		item->recalled = true;
	command->event->kind = EV_TOO_LATE;
	tell(t, command);
}

void drain_mailbox(struct text *t)
{
	struct item *item;

	while ((item = mailbox_take(t->in)) != NULL) {
		if (item->message)
			list_add(&t->waiting, item);
		else
			recall(t, item);
	}
}

static void drain_watches(struct text *t)
{
	struct item *item;

	while ((item = mailbox_take(t->again)) != NULL) {
		watch_add(t, item, NULL);
		item_free(item);
	}
}

static void take_answers(struct text *t)
{
	int left;
	CURLMsg *msg;

	while ((msg = curl_multi_info_read(t->multi, &left)) != NULL) {
		char *p = NULL;
		if (msg->msg != CURLMSG_DONE)
			continue;
		CURLcode code = msg->data.result; /* msg dies with its handle */
		if (curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &p) != CURLE_OK)
			continue;
		struct http *h = (struct http *)(void *)p;
		h->done(t, h, code);
	}
}

/* ---- the thread ---- */

static void turn(struct text *t, int most_ms)
{
	flush_unsent(t);
	if (t->unsent.first && most_ms > FULL_TICK_MS)
		most_ms = FULL_TICK_MS;
	sockets_run(t->sockets, receipts_timeout_ms(t->receipts, most_ms),
		    t->n_flying >= MANY_FLYING);
	receipts_run(t->receipts);
	take_answers(t);
}

/* Not the engine's clock: this is about sockets, and a rehearsal's jump must not cut it short. */
static int64_t monotonic_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* What waits was certainly not sent. What flies gets a little time, and then is unknown. What the
 * engine does not take any more is left to its recovery, which makes it unknown too. */
static void wind_up(struct text *t)
{
	struct item *item;
	int64_t end = monotonic_ms() + STOP_MS;

	drain_mailbox(t);
	while ((item = t->waiting.first) != NULL) {
		list_remove(&t->waiting, item);
		tell_dropped(t, item, "stopping");
	}
	while (t->flying.first && monotonic_ms() < end)
		turn(t, FULL_TICK_MS);
	while ((item = t->flying.first) != NULL) {
		submit_unfly(t, item);
		tell_result(t, item,
			    (struct told){.result = TEXT_UNKNOWN,
					  .gateway = (int)item->at,
					  .ref = "",
					  .why = "stopped before the answer"});
	}
	watch_stop(t);
	while ((item = t->waiting.first) != NULL) { /* came back from a gateway meanwhile */
		list_remove(&t->waiting, item);
		tell_dropped(t, item, "stopping");
	}
	flush_unsent(t);
}

static void *run(void *arg)
{
	struct text *t = arg;

	log_thread_name("text");
	while (!atomic_load(&t->stop)) {
		drain_mailbox(t);
		drain_watches(t);
		int64_t send_ms = submit_waiting(t), ask_ms = watch_run(t);
		int64_t wait = send_ms < ask_ms ? send_ms : ask_ms;
		turn(t, wait < TICK_MS ? (int)wait : TICK_MS);
	}
	wind_up(t);
	return NULL;
}

/* ---- the port ---- */

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_started;

static void start_curl(void)
{
	curl_started = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void text_free(struct text *t)
{
	if (!t)
		return;
	list_free(&t->waiting);
	list_free(&t->flying);
	list_free(&t->unsent);
	watches_free(t->watches);
	sockets_free(t->sockets);
	if (t->multi)
		curl_multi_cleanup(t->multi);
	receipts_stop(t->receipts);
	mailbox_free(t->in, item_free);
	mailbox_free(t->again, item_free);
	explicit_bzero(&t->config, sizeof t->config);
	free(t);
}

static const struct gateway *const gateways[] = {&gateway_kannel, &gateway_karaden};

static int set_lines(struct text *t)
{
	for (size_t i = 0; i < t->config.n_gateways; i++) {
		const struct text_gateway *c = &t->config.gateway[i];
		struct line *line = &t->lines[i];
		for (size_t k = 0; k < sizeof gateways / sizeof *gateways; k++)
			if (strcmp(gateways[k]->kind, c->kind) == 0)
				line->ops = gateways[k];
		if (!line->ops || c->timeout_ms < 1 || c->rate < 0)
			return E_INVALID;
		line->config = c;
		line->sends.rate = c->rate;
		line->asks.rate = c->poll_rate;
	}
	return 0;
}

static int make(struct text *t)
{
	int err = mailbox_new(3 * (size_t)t->config.in_flight + EXTRA_COMMANDS, &t->in);
	if (!err)
		err = mailbox_new(MAX_WATCHED, &t->again);
	if (!err)
		err = watches_new(&t->watches);
	if (!err)
		err = receipts_start(&t->config, t->to_engine, &t->receipts);
	if (!err) {
		t->multi = curl_multi_init();
		err = t->multi ? sockets_new(t->multi, &t->sockets) : E_NOMEM;
	}
	if (!err)
		err = sockets_watch(t->sockets, mailbox_fd(t->in));
	if (!err)
		err = sockets_watch(t->sockets, mailbox_fd(t->again));
	if (!err)
		err = sockets_watch(t->sockets, receipts_fd(t->receipts));
	return err;
}

static int gateways_start(const struct text_config *config, struct mailbox *to_engine,
			  struct text **ret_text)
{
	struct text *t = NULL;

	if (config->in_flight < 1 || config->in_flight > MAX_SMS_IN_FLIGHT ||
	    config->n_gateways < 1 || config->n_gateways > MAX_GATEWAYS)
		return E_INVALID;
	pthread_once(&curl_once, start_curl);
	t = calloc(1, sizeof *t);
	if (!t || curl_started != CURLE_OK) {
		free(t);
		return E_NOMEM;
	}
	t->config = *config;
	t->to_engine = to_engine;
	atomic_init(&t->stop, false);
	list_init(&t->waiting);
	list_init(&t->flying);
	list_init(&t->unsent);
	int err = set_lines(t);
	if (!err)
		err = make(t);
	if (!err && pthread_create(&t->thread, NULL, run, t) != 0)
		err = E_NOMEM;
	if (err) {
		text_free(t);
		return err;
	}
	log_info("event=sms_start gateways=%zu receipts=%s:%d", config->n_gateways,
		 config->receipt_bind, receipts_port(t->receipts));
	*ret_text = t;
	return 0;
}

static int gateways_post(struct text *t, const struct text_cmd *cmd)
{
	struct item *item = item_new(cmd->attempt);

	if (!item)
		return E_NOMEM;
	item->kind = cmd->kind;
	item->message = cmd->kind == TC_SUBMIT ? cmd->message : NULL;
	item->order = cmd->order;
	snprintf(item->ref, sizeof item->ref, "%s", cmd->ref);
	item->until_ms = cmd->until_boot_ms;
	int err = mailbox_post(cmd->kind == TC_WATCH ? t->again : t->in, item);
	if (err) {
		item->message = NULL; /* still the caller's */
		item_free(item);
	}
	return err;
}

static void gateways_stop(struct text *t)
{
	if (!t)
		return;
	atomic_store(&t->stop, true);
	mailbox_wake(t->in);
	pthread_join(t->thread, NULL);
	text_free(t);
}

static int gateways_port(struct text *t)
{
	return receipts_port(t->receipts);
}

const struct text_ops text_gateways = {
    .name = "gateways",
    .start = gateways_start,
    .post = gateways_post,
    .stop = gateways_stop,
    .bound_port = gateways_port,
};
