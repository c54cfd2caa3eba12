/*
 * Messages on their way to a gateway.
 *
 * Promises:
 *  - a message is sent at most once: a fresh connection for each, no redirect, and the
 *    next gateway of its order only where the one before certainly took nothing;
 *  - immediately before each submission the mailbox is drained, and what it recalls is
 *    taken off the waiting messages, those between two gateways among them;
 *  - one that was recalled while a gateway had it is not submitted again, though that
 *    gateway took nothing.
 *
 * A gateway that took nothing rests, and the next message goes to another at once; where
 * there is no other it is tried all the same, since it is the only way to learn that it
 * is back. One that asked for less is waited for: another gateway would cost the sender's
 * number that residents were told of.
 */
#include "adapters/text/inner.h"

#include <stdio.h>
#include <string.h>

#include "engine/clock.h"
#include "engine/log.h"
#include "engine/plan/phone.h"
#include "engine/utf8.h"

enum {
	RETRY_MS = 30000, /* when the gateway does not say */
	SLOW_MS = 1000,   /* likewise, for "too many requests" */
	LONG_MS = 60000,
	MOST_ANSWER = 16384,
};

static size_t place_of(const struct text_message *m, size_t nth)
{
	return m->order.n ? m->order.at[nth] : 0;
}

static size_t places(const struct text_message *m)
{
	return m->order.n ? m->order.n : 1;
}

/* The last look at a message before it leaves, whoever made it. Kannel sends an empty text, and
 * cuts a long one silently; a number that is no mobile would be billed for nothing. NULL: it may
 * go. */
static const char *refuse(const struct text *t, const struct text_message *m, size_t at)
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
	if (utf8_utf16_units(m->text, n) > text_most_units(t->lines[at].config))
		return "the text is too long";
	return NULL;
}

void submit_unfly(struct text *t, struct item *item)
{
	curl_multi_remove_handle(t->multi, item->http->easy);
	http_free(item->http);
	item->http = NULL;
	list_remove(&t->flying, item);
	t->n_flying--;
}

/* ---- answers ---- */

static void accepted(struct text *t, struct item *item, struct told told)
{
	struct line *line = &t->lines[item->at];
	struct item watch = {.attempt = item->attempt,
			     .order = {.n = 1, .at = {(uint8_t)item->at}}};

	if (line->down)
		tell_gateway(t, item->at, true, told.code, "it takes messages again");
	log_debug("event=sms attempt=%llu result=accepted", (unsigned long long)item->attempt);
	snprintf(watch.ref, sizeof watch.ref, "%s", told.ref);
	told.result = TEXT_ACCEPTED;
	tell_result(t, item, told);
	if (line->ops->prepare_ask)
		watch_add(t, &watch, NULL);
}

/* Nothing was kept of it, and it is to be submitted once more. */
static void once_more(struct text *t, struct item *item)
{
	if (item->recalled)
		tell_dropped(t, item, "recalled");
	else
		list_add_first(&t->waiting, item);
}

/* Certainly nothing was kept: the next gateway, or later. */
static void not_sent(struct text *t, struct item *item, struct told told)
{
	struct line *line = &t->lines[item->at];

	line->rests_until_ms = clock_boot_ms() + told.retry_ms;
	if (!line->down)
		tell_gateway(t, item->at, false, told.code, told.why);
	if (++item->tried < places(item->message)) {
		once_more(t, item);
		return;
	}
	told.result = TEXT_RETRY;
	tell_result(t, item, told);
}

static void unknown(struct text *t, struct item *item, struct told told)
{
	struct item watch = {.attempt = item->attempt,
			     .order = {.n = 1, .at = {(uint8_t)item->at}}};

	if (t->lines[item->at].ops->prepare_ask) {
		watch_add(t, &watch, item);
		return;
	}
	told.result = TEXT_UNKNOWN;
	tell_result(t, item, told);
}

static void finish(struct text *t, struct http *h, CURLcode code)
{
	static const char *const words[] = {[JUDGED_ACCEPTED] = "accepted",
					    [JUDGED_REFUSED] = "refused",
					    [JUDGED_NOT_SENT] = "not-sent",
					    [JUDGED_SLOW_DOWN] = "slow-down",
					    [JUDGED_UNKNOWN] = "unknown"};
	struct item *item = h->owner;
	struct line *line = &t->lines[item->at];
	enum judged judged = JUDGED_UNKNOWN;
	char why[64], ref[TEXT_REF_BYTES] = "";
	long status = http_status(h);

	snprintf(why, sizeof why, "%s", curl_easy_strerror(code));
	/* A status line is the gateway's answer, even if the connection broke behind it. */
	if (status >= 200) {
		judged = line->ops->judge(h, ref);
		snprintf(why, sizeof why, "HTTP %ld", status);
	} else if (code != CURLE_OK && http_not_sent(h, code)) {
		judged = JUDGED_NOT_SENT;
	}
	/* Accepted ones are in the store; the others are worth a line each. */
	if (judged != JUDGED_ACCEPTED)
		log_warn("event=sms attempt=%llu gateway=%s result=%s why=\"%s\"",
			 (unsigned long long)item->attempt, line->config->id, words[judged], why);
	struct told told = {.code = (int)status, .gateway = (int)item->at, .ref = ref, .why = why};
	int64_t retry_ms = http_retry_ms(h, judged == JUDGED_SLOW_DOWN ? SLOW_MS : RETRY_MS);
	submit_unfly(t, item);
	switch (judged) {
	case JUDGED_ACCEPTED:
		accepted(t, item, told);
		break;
	case JUDGED_REFUSED:
		told.result = TEXT_REFUSED;
		tell_result(t, item, told);
		break;
	case JUDGED_NOT_SENT:
		told.retry_ms = retry_ms;
		not_sent(t, item, told);
		break;
	case JUDGED_SLOW_DOWN:
		line->slow_until_ms = clock_boot_ms() + retry_ms;
		once_more(t, item);
		break;
	case JUDGED_UNKNOWN:
		unknown(t, item, told);
		break;
	}
}

/* ---- submission ---- */

static void submit(struct text *t, struct item *item, size_t at)
{
	struct line *line = &t->lines[at];
	char receipt_url[RECEIPT_URL_BYTES] = "", tag[RECEIPT_TAG_BYTES] = "";
	const char *no = refuse(t, item->message, at);

	if (no) {
		log_warn("event=sms attempt=%llu result=dropped why=\"%s\"",
			 (unsigned long long)item->attempt, no);
		tell_dropped(t, item, no);
		return;
	}
	if (line->ops->prepare_ask)
		receipts_tag(t->receipts, item->attempt, tag);
	else
		receipts_url(t->receipts, item->attempt, receipt_url);
	int err = http_new(line->config->timeout_ms, true, MOST_ANSWER, &item->http);
	if (!err)
		err = line->ops->prepare(item->http, line->config, item->message, receipt_url, tag);
	if (!err && curl_multi_add_handle(t->multi, item->http->easy) != CURLM_OK)
		err = E_NOMEM;
	if (err) {
		/* Nothing left this machine: it may be tried again. */
		tell_result(t, item,
			    (struct told){.result = TEXT_RETRY,
					  .gateway = -1,
					  .retry_ms = RETRY_MS,
					  .ref = "",
					  .why = err_str(err)});
		return;
	}
	item->http->done = finish;
	item->http->owner = item;
	item->at = at;
	list_add(&t->flying, item);
	t->n_flying++;
}

/* 0: `*ret_at` may be asked now. Else how long to wait: its gateway is slow or at its rate. */
static int64_t choose(struct text *t, struct item *item, int64_t now, size_t *ret_at)
{
	size_t n = places(item->message);

	for (size_t nth = item->tried; nth < n; nth++) {
		struct line *line = &t->lines[place_of(item->message, nth)];
		if (line->rests_until_ms > now && nth + 1 < n)
			continue;
		if (line->slow_until_ms > now)
			return line->slow_until_ms - now;
		int64_t wait = pace_take(&line->sends, now);
		if (wait)
			return wait;
		item->tried = nth;
		*ret_at = place_of(item->message, nth);
		return 0;
	}
	return LONG_MS; /* not reached: the last gateway is never passed over */
}

/* The first waiting message whose gateway may be asked now. */
static struct item *next_ready(struct text *t, size_t *ret_at, int64_t *wait_ms)
{
	int64_t now = clock_boot_ms();

	for (struct item *item = t->waiting.first; item; item = item->next) {
		int64_t wait = choose(t, item, now, ret_at);
		if (wait == 0)
			return item;
		*wait_ms = wait < *wait_ms ? wait : *wait_ms;
	}
	return NULL;
}

int64_t submit_waiting(struct text *t)
{
	int64_t wait_ms = LONG_MS;
	size_t at = 0;

	while (t->n_flying < t->config.in_flight) {
		drain_mailbox(t); /* a recall may have come since the last one */
		struct item *item = next_ready(t, &at, &wait_ms);
		if (!item)
			break;
		list_remove(&t->waiting, item);
		submit(t, item, at);
	}
	return wait_ms;
}
