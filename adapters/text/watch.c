/*
 * Asking gateways for the results of messages, where they do not send receipts.
 *
 * A watch is one message: asked for `poll` after it was handed over, then after twice as
 * long each time up to ten minutes, until its result is final or 72 hours are over. Those
 * due lie in a heap by their next time; questions are paced and bounded of their own, so
 * that they never hold up a submission.
 *
 * A message whose answer was lost has no id yet: it is asked for by our tag, over some
 * seconds at first. Until then its submission has no outcome (the item waits here); when
 * the gateway says that it does not have it, it is told as unknown, never sent again, and
 * asked for now and then, should it turn up after all.
 *
 * The same finding is told once. Lost memory loses no result: the next question asks
 * again, and after a restart the engine names what is to be watched.
 */
#include "adapters/text/inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/clock.h"
#include "engine/log.h"

enum {
	MOST_ASKING = 16,
	MOST_ANSWER = 262144,
	MOST_STEP_MS = 600000,
	ASK_MS = 500,  /* the first question for a lost message; then twice as long each time */
	MOST_MISS = 6, /* answered "not here" so often, over half a minute: unknown */
	MOST_LATE = 8, /* no answer at all so often */
	SLOW_MS = 5000,
	KEEP_MS = 72 * 3600 * 1000,
	LONG_MS = 60000,
};

struct watch {
	uint64_t attempt;
	struct text_order order; /* who may have it; one, once it was found */
	uint8_t turn;            /* whose turn it is to be asked */
	bool told;               /* something was said already: `last` */
	enum text_receipt last;
	unsigned step, misses, lates;
	char ref[TEXT_REF_BYTES];
	int64_t next_ms, until_ms;
	struct item *item; /* its submission has no outcome yet; owned */
	struct http *http; /* being asked */
};

struct watches {
	size_t n, cap;       /* the heap */
	struct watch **heap; /* the least next_ms first */
	size_t n_asking, most;
	struct watch *asking[MOST_ASKING];
};

/* ---- the heap ---- */

static void swap(struct watches *w, size_t a, size_t b)
{
	struct watch *x = w->heap[a];
	w->heap[a] = w->heap[b];
	w->heap[b] = x;
}

static int heap_add(struct watches *w, struct watch *x)
{
	if (w->n == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 64;
		struct watch **heap = realloc(w->heap, cap * sizeof(*heap));
		if (!heap)
			return E_NOMEM;
		w->heap = heap;
		w->cap = cap;
	}
	size_t i = w->n++;
	w->heap[i] = x;
	for (; i > 0 && w->heap[(i - 1) / 2]->next_ms > w->heap[i]->next_ms; i = (i - 1) / 2)
		swap(w, i, (i - 1) / 2);
	return 0;
}

static struct watch *heap_take(struct watches *w)
{
	struct watch *x = w->heap[0];
	size_t i = 0;

	w->heap[0] = w->heap[--w->n];
	for (;;) {
		size_t least = i, left = 2 * i + 1;
		for (size_t k = left; k < left + 2 && k < w->n; k++)
			if (w->heap[k]->next_ms < w->heap[least]->next_ms)
				least = k;
		if (least == i)
			return x;
		swap(w, i, least);
		i = least;
	}
}

int watches_new(struct watches **ret)
{
	*ret = calloc(1, sizeof **ret);
	return *ret ? 0 : E_NOMEM;
}

static void watch_free(struct watch *x)
{
	if (!x)
		return;
	http_free(x->http);
	item_free(x->item);
	free(x);
}

void watches_free(struct watches *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++)
		watch_free(w->heap[i]);
	for (size_t i = 0; i < w->n_asking; i++)
		watch_free(w->asking[i]);
	free(w->heap);
	free(w);
}

/* ---- who is asked, and when ---- */

static size_t place(const struct watch *x)
{
	return x->order.at[x->turn % x->order.n];
}

static int64_t wait_of(const struct text *t, const struct watch *x)
{
	int64_t first = t->lines[place(x)].config->poll_ms;

	if (x->item && first > ASK_MS)
		first = ASK_MS;
	int64_t ms = first << (x->step < 16 ? x->step : 16);
	return ms < MOST_STEP_MS ? ms : MOST_STEP_MS;
}

static void tell_unknown(struct text *t, struct watch *x, const char *why)
{
	struct item *item = x->item;
	if (!item)
		return;
	x->item = NULL;
	tell_result(
	    t, item,
	    (struct told){.result = TEXT_UNKNOWN, .gateway = (int)place(x), .ref = "", .why = why});
}

/* Puts it back to be asked at its next time; or it is over. */
static void again(struct text *t, struct watch *x, int64_t wait_ms)
{
	x->next_ms = clock_boot_ms() + wait_ms;
	if (x->next_ms < x->until_ms && heap_add(t->watches, x) == 0)
		return;
	tell_unknown(t, x, "no result in 72 hours");
	watch_free(x);
}

/* Only those that can be asked. */
static struct text_order askable(const struct text *t, const struct text_order *from)
{
	struct text_order order = {0};
	for (size_t i = 0; i < from->n && i < MAX_GATEWAYS; i++)
		if (from->at[i] < t->config.n_gateways && t->lines[from->at[i]].ops->prepare_ask)
			order.at[order.n++] = from->at[i];
	return order;
}

void watch_add(struct text *t, const struct item *command, struct item *item)
{
	struct text_order order = askable(t, &command->order);
	struct watch *x = NULL;

	if (order.n && t->watches->n < MAX_WATCHED)
		x = calloc(1, sizeof *x);
	if (!x) {
		if (item)
			tell_result(t, item,
				    (struct told){.result = TEXT_UNKNOWN,
						  .gateway = (int)item->at,
						  .ref = "",
						  .why = "too many results are awaited"});
		return;
	}
	x->attempt = command->attempt;
	x->order = order;
	x->item = item;
	snprintf(x->ref, sizeof x->ref, "%s", command->ref);
	x->until_ms = command->until_ms ? command->until_ms : clock_boot_ms() + KEEP_MS;
	again(t, x, wait_of(t, x));
}

/* ---- what a question brought ---- */

static bool tell_receipt(struct text *t, struct watch *x, const struct finding *f)
{
	struct item *item;

	if (x->told && x->last == f->receipt)
		return true;
	item = item_new(x->attempt);
	if (!item)
		return false; /* it is asked for again */
	item->event->kind = EV_SMS_RECEIPT;
	item->event->receipt.receipt = f->receipt;
	item->event->receipt.code = f->code;
	item->event->receipt.segments = f->segments;
	item->event->receipt.gateway = (int)place(x);
	snprintf(item->event->receipt.ref, TEXT_REF_BYTES, "%s", x->ref);
	tell(t, item);
	x->told = true;
	x->last = f->receipt;
	return true;
}

static void tell_found(struct text *t, struct watch *x)
{
	struct item *item = x->item;
	x->item = NULL;
	if (item)
		tell_result(t, item,
			    (struct told){.result = TEXT_ACCEPTED,
					  .gateway = (int)place(x),
					  .ref = x->ref,
					  .why = "found when it was asked for"});
}

static void found(struct text *t, struct watch *x, const struct finding *f)
{
	bool lost = x->item != NULL || !*x->ref;

	if (!*x->ref) {
		size_t at = place(x);
		snprintf(x->ref, sizeof x->ref, "%s", f->ref);
		x->order = (struct text_order){.n = 1, .at = {(uint8_t)at}};
		x->turn = 0;
	}
	if (lost)
		log_info("event=sms attempt=%llu gateway=%s result=found",
			 (unsigned long long)x->attempt, t->lines[place(x)].config->id);
	tell_found(t, x);
	bool told = tell_receipt(t, x, f);
	/* "no result is known" is final too: what is known stands. */
	if (told && f->over && f->receipt == RECEIPT_BUFFERED)
		told = tell_receipt(t, x, &(struct finding){.receipt = RECEIPT_NONE});
	if (told && f->over) {
		watch_free(x);
		return;
	}
	x->misses = x->lates = 0;
	x->step = lost ? 0 : x->step + 1;
	again(t, x, wait_of(t, x));
}

static void not_found(struct text *t, struct watch *x)
{
	x->misses++;
	x->turn++;
	if (x->misses >= MOST_MISS * x->order.n && x->item) {
		log_warn("event=sms attempt=%llu result=unknown why=\"the gateway was asked and "
			 "does not have it\"",
			 (unsigned long long)x->attempt);
		tell_unknown(t, x, "the gateway was asked and does not have it");
		x->step = 0;
	}
	x->step++;
	again(t, x, wait_of(t, x));
}

static void no_answer(struct text *t, struct watch *x, int64_t wait_ms)
{
	x->lates++;
	x->turn++;
	if (x->lates >= MOST_LATE * x->order.n && x->item) {
		tell_unknown(t, x, "no answer, and the gateway could not be asked");
		x->step = 0;
	}
	x->step++;
	int64_t wait = wait_of(t, x);
	again(t, x, wait > wait_ms ? wait : wait_ms);
}

static void asked(struct text *t, struct http *h, CURLcode code)
{
	struct watch *x = h->owner;
	struct line *line = &t->lines[place(x)];
	struct finding f = {.what = FOUND_LATER};
	char tag[RECEIPT_TAG_BYTES];
	struct watches *w = t->watches;

	receipts_tag(t->receipts, x->attempt, tag);
	if (code == CURLE_OK)
		line->ops->understand(h, x->ref, tag, &f);
	int64_t slow = http_retry_ms(h, SLOW_MS);
	if (f.what == FOUND_LATER)
		log_warn("event=sms-ask attempt=%llu gateway=%s status=%ld why=\"%s\" next=again",
			 (unsigned long long)x->attempt, line->config->id, http_status(h),
			 curl_easy_strerror(code));
	for (size_t i = 0; i < w->n_asking; i++)
		if (w->asking[i] == x)
			w->asking[i] = w->asking[--w->n_asking];
	curl_multi_remove_handle(t->multi, h->easy);
	http_free(h);
	x->http = NULL;
	switch (f.what) {
	case FOUND:
		found(t, x, &f);
		break;
	case FOUND_NOT:
		not_found(t, x);
		break;
	case FOUND_SLOW:
		line->asks_until_ms = clock_boot_ms() + slow;
		again(t, x, slow);
		break;
	case FOUND_LATER:
		no_answer(t, x, 0);
		break;
	}
}

/* ---- asking ---- */

static void ask(struct text *t, struct watch *x)
{
	struct line *line = &t->lines[place(x)];
	char tag[RECEIPT_TAG_BYTES];

	receipts_tag(t->receipts, x->attempt, tag);
	/* A question may be repeated by libcurl, so connections are kept. */
	int err = http_new(line->config->timeout_ms, false, MOST_ANSWER, &x->http);
	if (!err)
		err = line->ops->prepare_ask(x->http, line->config, x->ref, tag);
	if (!err && curl_multi_add_handle(t->multi, x->http->easy) != CURLM_OK)
		err = E_NOMEM;
	if (err) {
		http_free(x->http);
		x->http = NULL;
		no_answer(t, x, LONG_MS);
		return;
	}
	x->http->done = asked;
	x->http->owner = x;
	t->watches->asking[t->watches->n_asking++] = x;
}

int64_t watch_run(struct text *t)
{
	struct watches *w = t->watches;
	int64_t now = clock_boot_ms();

	while (w->n > 0 && w->n_asking < MOST_ASKING) {
		struct watch *x = w->heap[0];
		struct line *line = &t->lines[place(x)];
		if (x->next_ms > now)
			return x->next_ms - now;
		if (x->next_ms < line->asks_until_ms) { /* its gateway wants fewer questions */
			heap_take(w);
			again(t, x, line->asks_until_ms - now);
			continue;
		}
		int64_t wait = pace_take(&line->asks, now);
		if (wait)
			return wait;
		ask(t, heap_take(w));
	}
	return LONG_MS;
}

void watch_stop(struct text *t)
{
	struct watches *w = t->watches;

	for (size_t i = 0; i < w->n_asking; i++) {
		curl_multi_remove_handle(t->multi, w->asking[i]->http->easy);
		tell_unknown(t, w->asking[i], "stopped before the answer");
	}
	for (size_t i = 0; i < w->n; i++)
		tell_unknown(t, w->heap[i], "stopped before the answer");
}
