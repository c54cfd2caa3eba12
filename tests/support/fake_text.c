/* See fake_text.h. Bounded arrays; nothing waits, nothing is random. */
#include "tests/support/fake_text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/event.h"
#include "engine/plan/phone.h"
#include "engine/utf8.h"

enum { MOST = 4096 };

struct text {
	struct mailbox *to_engine;
	int in_flight, n_flying;
	enum fake_text_mode mode;
	size_t n_waiting, n_sent, n_unsent, n_held;
	struct text_message *waiting[MOST];
	uint64_t sent[MOST], held[MOST];
	struct event *unsent[MOST];
	char last[MAX_SMS_UNITS * 3 + 1];
	char ref[TEXT_REF_BYTES];
	size_t n_watched;
	struct {
		uint64_t attempt;
		char ref[TEXT_REF_BYTES];
	} watched[MOST];
};

void fake_text_tick(struct text *t)
{
	size_t n = 0;
	while (n < t->n_unsent && mailbox_post(t->to_engine, t->unsent[n]) == 0)
		n++;
	t->n_unsent -= n;
	memmove(t->unsent, t->unsent + n, t->n_unsent * sizeof *t->unsent);
}

static struct event *answer(struct text *t, enum event_kind kind, uint64_t attempt)
{
	struct event *e = event_new(kind);
	assert(e && t->n_unsent < MOST);
	e->attempt = attempt;
	t->unsent[t->n_unsent++] = e;
	return e;
}

static void result(struct text *t, uint64_t attempt)
{
	static const struct {
		enum text_result result;
		int code, retry_ms;
	} list[] = {
	    [FAKE_TEXT_ACCEPT] = {TEXT_ACCEPTED, 202, 0},
	    [FAKE_TEXT_REFUSE] = {TEXT_REFUSED, 403, 0},
	    [FAKE_TEXT_RETRY] = {TEXT_RETRY, 503, 30000},
	    [FAKE_TEXT_UNKNOWN] = {TEXT_UNKNOWN, 0, 0},
	};
	struct event *e = answer(t, EV_SMS_RESULT, attempt);
	e->sms.result = list[t->mode].result;
	e->sms.code = list[t->mode].code;
	e->sms.retry_ms = list[t->mode].retry_ms;
	if (e->sms.result == TEXT_ACCEPTED)
		memcpy(e->sms.ref, t->ref, sizeof e->sms.ref);
}

static bool may_go(const struct text_message *m)
{
	return phone_is_mobile(m->to) && m->text && *m->text &&
	       utf8_valid(m->text, strlen(m->text), NULL) &&
	       !utf8_has_control(m->text, strlen(m->text)) &&
	       utf8_utf16_units(m->text, strlen(m->text)) <= MAX_SMS_UNITS;
}

static void submit(struct text *t, struct text_message *m)
{
	if (!may_go(m)) {
		snprintf(answer(t, EV_DROPPED, m->attempt)->why, 128, "refused here");
	} else {
		assert(t->n_sent < MOST);
		t->sent[t->n_sent++] = m->attempt;
		snprintf(t->last, sizeof t->last, "%s", m->text);
		if (t->mode == FAKE_TEXT_HOLD)
			t->held[t->n_held++] = m->attempt;
		else
			result(t, m->attempt);
	}
	text_message_free(m);
}

static void submit_waiting(struct text *t)
{
	size_t n = 0;
	while (t->mode != FAKE_TEXT_WAIT && n < t->n_waiting && t->n_held < (size_t)t->in_flight)
		submit(t, t->waiting[n++]);
	t->n_waiting -= n;
	memmove(t->waiting, t->waiting + n, t->n_waiting * sizeof *t->waiting);
	fake_text_tick(t);
}

void fake_text_mode(struct text *t, enum fake_text_mode mode)
{
	t->mode = mode;
	if (mode == FAKE_TEXT_HOLD || mode == FAKE_TEXT_WAIT)
		return;
	for (size_t i = 0; i < t->n_held; i++)
		result(t, t->held[i]);
	t->n_held = 0;
	submit_waiting(t);
}

static void recall(struct text *t, uint64_t attempt)
{
	for (size_t i = 0; i < t->n_waiting; i++) {
		if (t->waiting[i]->attempt != attempt)
			continue;
		text_message_free(t->waiting[i]);
		t->n_waiting--;
		memmove(t->waiting + i, t->waiting + i + 1,
			(t->n_waiting - i) * sizeof *t->waiting);
		snprintf(answer(t, EV_DROPPED, attempt)->why, 128, "recalled");
		return;
	}
	answer(t, EV_TOO_LATE, attempt);
}

static int fake_start(const struct text_config *config, struct mailbox *to_engine,
		      struct text **ret_text)
{
	if (config->in_flight < 1 || config->in_flight > MAX_SMS_IN_FLIGHT)
		return E_INVALID;
	struct text *t = calloc(1, sizeof *t);
	if (!t)
		return E_NOMEM;
	t->to_engine = to_engine;
	t->in_flight = config->in_flight;
	*ret_text = t;
	return 0;
}

static int fake_post(struct text *t, const struct text_cmd *cmd)
{
	if (t->n_waiting >= 2 * (size_t)t->in_flight + 16)
		return E_FULL;
	if (cmd->kind == TC_WATCH) {
		assert(t->n_watched < MOST);
		t->watched[t->n_watched].attempt = cmd->attempt;
		memcpy(t->watched[t->n_watched++].ref, cmd->ref, TEXT_REF_BYTES);
		return 0;
	}
	if (cmd->kind == TC_SUBMIT)
		t->waiting[t->n_waiting++] = cmd->message;
	else
		recall(t, cmd->attempt);
	submit_waiting(t);
	return 0;
}

static void fake_stop(struct text *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_waiting; i++) {
		snprintf(answer(t, EV_DROPPED, t->waiting[i]->attempt)->why, 128, "stopping");
		text_message_free(t->waiting[i]);
	}
	t->mode = FAKE_TEXT_UNKNOWN;
	for (size_t i = 0; i < t->n_held; i++)
		result(t, t->held[i]);
	fake_text_tick(t);
	for (size_t i = 0; i < t->n_unsent; i++)
		event_free(t->unsent[i]);
	free(t);
}

static int fake_port(struct text *t)
{
	(void)t;
	return 1;
}

size_t fake_text_sent(struct text *t, uint64_t attempt)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n_sent; i++)
		n += t->sent[i] == attempt;
	return n;
}

size_t fake_text_watched(struct text *t, uint64_t attempt, char ret_ref[TEXT_REF_BYTES])
{
	size_t n = 0;
	for (size_t i = 0; i < t->n_watched; i++)
		if (t->watched[i].attempt == attempt) {
			memcpy(ret_ref, t->watched[i].ref, TEXT_REF_BYTES);
			n++;
		}
	return n;
}

void fake_text_ref(struct text *t, const char *ref)
{
	snprintf(t->ref, sizeof t->ref, "%s", ref);
}

const char *fake_text_last(struct text *t)
{
	return t->last;
}

int fake_text_receipt(struct text *t, uint64_t attempt, enum text_receipt receipt, int code)
{
	struct event *e = event_new(EV_SMS_RECEIPT);
	if (!e)
		return E_NOMEM;
	e->attempt = attempt;
	e->receipt.receipt = receipt;
	e->receipt.code = code;
	e->receipt.gateway = -1;
	int err = mailbox_post(t->to_engine, e);
	if (err)
		event_free(e);
	return err;
}

const struct text_ops text_fake = {
    .name = "fake",
    .start = fake_start,
    .post = fake_post,
    .stop = fake_stop,
    .bound_port = fake_port,
};
