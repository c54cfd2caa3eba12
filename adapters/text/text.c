/*
 * The text thread: one curl_multi, the receipts' listener, and the channel's
 * mailbox. See engine/text.h and docs/sms.md.
 *
 * Promises:
 *  - a message is sent at most once. libcurl repeats a request by itself when a
 *    reused connection closes before the answer; so each submission has a fresh
 *    connection of its own, and redirects are not followed;
 *  - immediately before each submission the mailbox is drained, and what it recalls
 *    is taken off the waiting messages;
 *  - each message ends in exactly one EV_DROPPED or EV_SMS_RESULT. Their events are
 *    made when the message is posted, so that lack of memory cannot lose them, and
 *    wait here when the engine's mailbox is full.
 *
 * A message is in one of two lists: waiting (oldest first) or flying. Only the
 * thread touches them; others touch the mailbox and the stop flag.
 */
#include "adapters/text/gateway.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "adapters/text/receipts.h"
#include "engine/event.h"
#include "engine/clock.h"
#include "engine/log.h"
#include "engine/plan/phone.h"
#include "engine/utf8.h"

enum {
	TICK_MS = 1000,    /* the longest sleep */
	FULL_TICK_MS = 20, /* the engine's mailbox was full: try again after this */
	RETRY_MS = 30000,  /* when the gateway does not say */
	MOST_RETRY_MS = 3600000,
	STOP_MS = 3000, /* for answers of what is flying when we are stopped */
	EXTRA_COMMANDS = 16,
};

/* A posted command: a message, or a recall (message is NULL). */
struct item {
	struct item *next;
	uint64_t attempt;
	struct text_message *message; /* owned */
	struct event *event;          /* its one answer; owned until posted */
	CURL *easy;
};

struct list {
	struct item *first, **end;
};

struct text {
	const struct gateway *gateway;
	struct text_config config;
	struct mailbox *in, *to_engine;
	struct receipts *receipts;
	CURLM *multi;
	pthread_t thread;
	atomic_bool stop;
	struct list waiting, flying,
	    unsent; /* unsent: items whose event the engine could not take */
	int n_flying;
};

/* ---- lists and items ---- */

static void list_init(struct list *l)
{
	l->first = NULL;
	l->end = &l->first;
}

static void list_add(struct list *l, struct item *item)
{
	item->next = NULL;
	*l->end = item;
	l->end = &item->next;
}

static void list_remove(struct list *l, struct item *item)
{
	struct item **at = &l->first;
	while (*at != item)
		at = &(*at)->next;
	*at = item->next;
	if (!*at)
		l->end = at;
}

static struct item *list_find(const struct list *l, uint64_t attempt)
{
	struct item *item = l->first;
	while (item && item->attempt != attempt)
		item = item->next;
	return item;
}

static void item_free(void *p)
{
	struct item *item = p;
	if (!item)
		return;
	if (item->easy)
		curl_easy_cleanup(item->easy);
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

/* ---- answers to the engine ---- */

/* Posts what waits for the engine, in order, as far as its mailbox takes it. */
static void flush_unsent(struct text *t)
{
	struct item *item;

	while ((item = t->unsent.first) != NULL && mailbox_post(t->to_engine, item->event) == 0) {
		item->event = NULL; /* the engine's now */
		list_remove(&t->unsent, item);
		item_free(item);
	}
}

/* The item is over: its event goes to the engine, now or at a later tick. */
static void tell(struct text *t, struct item *item)
{
	list_add(&t->unsent, item);
	flush_unsent(t);
}

static void tell_dropped(struct text *t, struct item *item, const char *why)
{
	item->event->kind = EV_DROPPED;
	snprintf(item->event->why, sizeof item->event->why, "%s", why);
	tell(t, item);
}

static void tell_result(struct text *t, struct item *item, enum text_result result, int code,
			int64_t retry_ms, const char *why)
{
	struct event *e = item->event;

	e->kind = EV_SMS_RESULT;
	e->sms.result = result;
	e->sms.code = code;
	e->sms.retry_ms = retry_ms;
	snprintf(e->sms.why, sizeof e->sms.why, "%s", why);
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
	/* Flying, or over: then its answer is before this one in the engine's mailbox. */
	command->event->kind = EV_TOO_LATE;
	tell(t, command);
}

static void drain_mailbox(struct text *t)
{
	struct item *item;

	while ((item = mailbox_take(t->in)) != NULL) {
		if (item->message)
			list_add(&t->waiting, item);
		else
			recall(t, item);
	}
}

/* ---- submission ---- */

/* The last look at a message before it leaves, whoever made it. Kannel sends an empty text, and
 * cuts a long one silently; a number that is no mobile would be billed for nothing. NULL: it may
 * go. */
static const char *refuse(const struct text_message *m)
{
	size_t n = m->text ? strlen(m->text) : 0;

	if (m->not_after_boot_ms && clock_boot_ms() >= m->not_after_boot_ms)
		return "the window closed";
	if (!phone_is_mobile(m->to))
		return "not a mobile number";
	if (m->from[strspn(m->from, "0123456789")] != '\0')
		return "the sender is not digits";
	if (n == 0)
		return "no text";
	if (!utf8_valid(m->text, n, NULL) || utf8_has_control(m->text, n))
		return "the text is not plain UTF-8";
	if (utf8_utf16_units(m->text, n) > MAX_SMS_UNITS)
		return "the text is too long";
	return NULL;
}

/* The body says nothing that the status does not; it is read to its end and dropped. */
static size_t swallow(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	(void)arg;
	return size * n;
}

/* E_NOMEM if any option is refused: with one missing the request must not leave. */
static int set_options(struct text *t, struct item *item)
{
	CURL *e = item->easy;
	long timeout = t->config.timeout_ms;
	bool ok = curl_easy_setopt(e, CURLOPT_PRIVATE, item) == CURLE_OK &&
		  curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
		  curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
		  curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK &&
		  curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
		  curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
		  /* http_proxy of the environment would hand texts and password to someone else. */
		  curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK &&
		  curl_easy_setopt(e, CURLOPT_NOPROXY, "*") == CURLE_OK &&
		  curl_easy_setopt(e, CURLOPT_HTTPGET, 1L) == CURLE_OK &&
		  curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, timeout) == CURLE_OK &&
		  curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, timeout) == CURLE_OK &&
		  curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, swallow) == CURLE_OK;
	return ok ? 0 : E_NOMEM;
}

static void submit(struct text *t, struct item *item)
{
	char receipt_url[RECEIPT_URL_BYTES];
	const char *no = refuse(item->message);
	int err = 0;

	if (no) {
		log_warn("event=sms attempt=%llu result=dropped why=\"%s\"",
			 (unsigned long long)item->attempt, no);
		tell_dropped(t, item, no);
		return;
	}
	receipts_url(t->receipts, item->attempt, receipt_url);
	item->easy = curl_easy_init();
	if (!item->easy)
		err = E_NOMEM;
	if (!err)
		err = set_options(t, item);
	if (!err)
		err = t->gateway->prepare(item->easy, &t->config, item->message, receipt_url);
	if (!err && curl_multi_add_handle(t->multi, item->easy) != CURLM_OK)
		err = E_NOMEM;
	if (err) {
		/* Nothing left this machine: it may be tried again. */
		tell_result(t, item, TEXT_RETRY, 0, RETRY_MS, err_str(err));
		return;
	}
	list_add(&t->flying, item);
	t->n_flying++;
}

static void submit_waiting(struct text *t)
{
	while (t->n_flying < t->config.in_flight) {
		drain_mailbox(t); /* a recall may have come since the last one */
		struct item *item = t->waiting.first;
		if (!item)
			return;
		list_remove(&t->waiting, item);
		submit(t, item);
	}
}

/* ---- answers of the gateway ---- */

/* True if certainly nothing was sent: there never was a connection, or no TLS on it. As soon as
 * there is one, the request may have left, and a time-out is `unknown`. */
static bool not_sent(CURL *easy, CURLcode code)
{
	curl_off_t connected = 0;

	if (code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION)
		return true;
	return curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected) == CURLE_OK &&
	       connected == 0;
}

static int64_t retry_after_ms(CURL *easy)
{
	curl_off_t s = 0;

	if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &s) != CURLE_OK || s <= 0)
		return RETRY_MS;
	return s > MOST_RETRY_MS / 1000 ? MOST_RETRY_MS : s * 1000;
}

static void finish(struct text *t, struct item *item, CURLcode code)
{
	static const char *const words[] = {
	    [TEXT_ACCEPTED] = "accepted",
	    [TEXT_REFUSED] = "refused",
	    [TEXT_RETRY] = "retry",
	    [TEXT_UNKNOWN] = "unknown",
	};
	enum text_result result = TEXT_UNKNOWN;
	long status = 0;
	char why[64];

	curl_easy_getinfo(item->easy, CURLINFO_RESPONSE_CODE, &status);
	snprintf(why, sizeof why, "%s", curl_easy_strerror(code));
	/* A status line is the gateway's answer, even if the connection broke behind it. */
	if (status >= 200) {
		result = t->gateway->judge(status);
		snprintf(why, sizeof why, "HTTP %ld", status);
	} else if (code != CURLE_OK && not_sent(item->easy, code)) {
		result = TEXT_RETRY;
	}
	int64_t retry_ms = result == TEXT_RETRY ? retry_after_ms(item->easy) : 0;
	/* Accepted ones are in the store; the others are worth a line each. */
	if (result == TEXT_ACCEPTED)
		log_debug("event=sms attempt=%llu result=accepted",
			  (unsigned long long)item->attempt);
	else
		log_warn("event=sms attempt=%llu gateway=%s result=%s why=\"%s\"",
			 (unsigned long long)item->attempt, t->gateway->name, words[result], why);
	curl_multi_remove_handle(t->multi, item->easy);
	curl_easy_cleanup(item->easy);
	item->easy = NULL;
	list_remove(&t->flying, item);
	t->n_flying--;
	tell_result(t, item, result, (int)status, retry_ms, why);
}

static void run_curl(struct text *t)
{
	int running, left;
	CURLMsg *msg;

	curl_multi_perform(t->multi, &running);
	while ((msg = curl_multi_info_read(t->multi, &left)) != NULL) {
		char *item = NULL;
		if (msg->msg != CURLMSG_DONE)
			continue;
		CURLcode code = msg->data.result; /* msg dies with its handle */
		if (curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &item) == CURLE_OK)
			finish(t, (struct item *)(void *)item, code);
	}
}

/* ---- the thread ---- */

static void turn(struct text *t, int most_ms)
{
	struct curl_waitfd fds[] = {
	    {.fd = mailbox_fd(t->in), .events = CURL_WAIT_POLLIN},
	    {.fd = receipts_fd(t->receipts), .events = CURL_WAIT_POLLIN},
	};
	int n;

	flush_unsent(t);
	if (t->unsent.first && most_ms > FULL_TICK_MS)
		most_ms = FULL_TICK_MS;
	curl_multi_poll(t->multi, fds, 2, receipts_timeout_ms(t->receipts, most_ms), &n);
	receipts_run(t->receipts);
	run_curl(t);
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
		curl_multi_remove_handle(t->multi, item->easy);
		list_remove(&t->flying, item);
		tell_result(t, item, TEXT_UNKNOWN, 0, 0, "stopped before the answer");
	}
	flush_unsent(t);
}

static void *run(void *arg)
{
	struct text *t = arg;

	log_thread_name("text");
	while (!atomic_load(&t->stop)) {
		drain_mailbox(t);
		submit_waiting(t);
		turn(t, TICK_MS);
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
	if (t->multi)
		curl_multi_cleanup(t->multi);
	receipts_stop(t->receipts);
	mailbox_free(t->in, item_free);
	explicit_bzero(&t->config, sizeof t->config);
	free(t);
}

int text_start(const struct gateway *gateway, const struct text_config *config,
	       struct mailbox *to_engine, struct text **ret_text)
{
	struct text *t = NULL;
	int err = E_INVALID;

	if (config->in_flight < 1 || config->in_flight > MAX_SMS_IN_FLIGHT ||
	    config->timeout_ms < 1)
		return err;
	pthread_once(&curl_once, start_curl);
	t = calloc(1, sizeof *t);
	if (!t || curl_started != CURLE_OK) {
		free(t);
		return E_NOMEM;
	}
	t->gateway = gateway;
	t->config = *config;
	t->to_engine = to_engine;
	atomic_init(&t->stop, false);
	list_init(&t->waiting);
	list_init(&t->flying);
	list_init(&t->unsent);
	err = mailbox_new(2 * (size_t)config->in_flight + EXTRA_COMMANDS, &t->in);
	if (!err)
		err = receipts_start(config, to_engine, &t->receipts);
	if (!err) {
		t->multi = curl_multi_init();
		err = t->multi ? 0 : E_NOMEM;
	}
	if (!err && pthread_create(&t->thread, NULL, run, t) != 0)
		err = E_NOMEM;
	if (err) {
		text_free(t);
		return err;
	}
	log_info("event=sms_start gateway=%s receipts=%s:%d", gateway->name, config->receipt_bind,
		 receipts_port(t->receipts));
	*ret_text = t;
	return 0;
}

int text_post(struct text *t, const struct text_cmd *cmd)
{
	struct item *item = calloc(1, sizeof *item);
	int err = E_NOMEM;

	if (!item)
		return err;
	item->event = event_new(EV_SMS_RESULT);
	if (item->event) {
		item->attempt = item->event->attempt = cmd->attempt;
		item->message = cmd->kind == TC_SUBMIT ? cmd->message : NULL;
		err = mailbox_post(t->in, item); /* its descriptor wakes curl_multi_poll */
	}
	if (err) {
		item->message = NULL; /* still the caller's */
		item_free(item);
	}
	return err;
}

void text_stop(struct text *t)
{
	if (!t)
		return;
	atomic_store(&t->stop, true);
	curl_multi_wakeup(t->multi);
	pthread_join(t->thread, NULL);
	text_free(t);
}

int text_bound_port(struct text *t)
{
	return receipts_port(t->receipts);
}
