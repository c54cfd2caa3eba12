/* See fake_voice.h. */
#include "tests/support/fake_voice.h"
#include "engine/event.h"
#include "engine/plan/phone.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_SCRIPTS 256
#define FAKE_EVENTS 65536
#define FAKE_INBOUND 1024

struct line {
	struct voice_intent *intent; /* NULL: free */
	struct fake_call call;
	bool placed;
	bool asked, staff; /* the engine was asked for staff; their leg is up */
	bool rings;        /* a call that came in and waits for an order */
	uint64_t inbound;  /* … its id, also later */
};
struct voice {
	pthread_mutex_t lock;
	struct mailbox *to;
	size_t lines, n_scripts, n_dialled, n_events;
	struct {
		char number[MAX_NUMBER];
		struct fake_call call;
	} scripts[FAKE_SCRIPTS];
	struct fake_call otherwise;
	struct line *line;
	struct fake_dialled *dialled;
	struct event **events; /* not taken yet, in order */
	uint64_t last_inbound;
	enum transfer_result told;
	struct fake_inbound came[FAKE_INBOUND];
};

static void flush(struct voice *v)
{
	size_t done = 0;
	while (done < v->n_events && mailbox_post(v->to, v->events[done]) == 0)
		done++;
	memmove(v->events, v->events + done, (v->n_events - done) * sizeof *v->events);
	v->n_events -= done;
}

/* Events of an answered call have its id. */
static uint64_t inbound_of(const struct voice *v, uint64_t attempt)
{
	for (size_t i = 0; attempt && i < v->lines; i++)
		if (v->line[i].intent && v->line[i].intent->attempt == attempt)
			return v->line[i].inbound;
	return 0;
}

static struct event *say(struct voice *v, enum event_kind kind, uint64_t attempt)
{
	struct event *ev = event_new(kind);
	if (!ev || v->n_events == FAKE_EVENTS)
		abort();
	ev->attempt = attempt;
	ev->inbound = inbound_of(v, attempt);
	v->events[v->n_events++] = ev;
	return ev;
}

static void dropped(struct voice *v, uint64_t attempt, const char *why)
{
	strncpy(say(v, EV_DROPPED, attempt)->why, why, 127);
}

static void release(struct line *l)
{
	voice_intent_free(l->intent);
	*l = (struct line){0};
}

static void is_answered(struct voice *v, struct line *l)
{
	if (!l->call.answered)
		return;
	say(v, EV_ANSWERED, l->intent->attempt);
	if (!l->call.transfer_to)
		return;
	struct event *ev = say(v, EV_TRANSFER, l->intent->attempt);
	ev->ask.n = 1;
	ev->ask.connect_ms = 20000;
	ev->ask.most_ms = 300000;
	strncpy(ev->ask.to, l->call.transfer_to, MAX_ID - 1);
	l->asked = true;
}

static void place(struct voice *v, struct line *l)
{
	const struct voice_intent *i = l->intent;
	if (l->inbound) { /* our 200, his ACK */
		l->placed = true;
		say(v, EV_PLACED, i->attempt);
		is_answered(v, l);
		return;
	}
	struct fake_dialled *more = realloc(v->dialled, (v->n_dialled + 1) * sizeof *v->dialled);
	if (!more)
		abort();
	v->dialled = more;
	struct fake_dialled *d = &more[v->n_dialled++];
	*d = (struct fake_dialled){.attempt = i->attempt,
				   .debts_version = i->debts_version,
				   .ring_ms = i->ring_ms,
				   .limit_ms = i->limit_ms};
	memcpy(d->number, i->number, sizeof d->number);
	memcpy(d->caller, i->caller, sizeof d->caller);
	l->placed = true;
	say(v, EV_PLACED, i->attempt);
	is_answered(v, l);
}

static void staff_over(struct voice *v, struct line *l, enum transfer_result result,
		       uint32_t talk_ms)
{
	struct event *ev = say(v, EV_TRANSFERRED, l->intent->attempt);
	bool connected = transfer_connected(result);
	ev->transferred.n = 1;
	ev->transferred.result = v->told = result;
	ev->transferred.placed = l->staff;
	ev->transferred.sip_status = connected ? 200 : result == TRANSFER_BUSY ? 486 : 480;
	ev->transferred.talk_ms = connected ? talk_ms : 0;
	l->asked = l->staff = false;
}

static struct sound *sounds(const struct fake_call *call)
{
	struct sound *list = NULL;
	for (unsigned i = call->sounds; i > 0; i--) {
		bool lost = i == call->sounds && call->last_lost;
		struct sound *s;
		if (sound_new("message", lost ? 0 : 8000, &s))
			abort();
		memset(s->ulaw, 0x2a, s->n);
		s->message = true;
		s->lost = lost;
		s->at_ms = 1000 * i;
		s->next = list;
		list = s;
	}
	return list;
}

static void end(struct voice *v, struct line *l, enum outcome code, bool by_us)
{
	if (!l->placed)
		place(v, l);
	if (l->staff)
		staff_over(v, l, by_us ? TRANSFER_NETWORK : TRANSFER_NEAR_END, 60000);
	struct call_end *e = calloc(1, sizeof *e);
	if (!e)
		abort();
	e->code = code;
	e->sip_status = l->call.answered ? 200 : l->call.sip_status;
	e->by_us = by_us;
	e->result.heard = e->result.finished = l->call.heard;
	e->result.opened = l->call.answered;
	e->result.reached = l->call.reached;
	if (l->call.sms_text)
		strncpy(e->result.sms_text, l->call.sms_text, MAX_ID - 1);
	if (l->call.reply_name) {
		e->result.n_replies = 1;
		strncpy(e->result.replies[0].name, l->call.reply_name, MAX_ID - 1);
		strncpy(e->result.replies[0].value, l->call.reply_value, MAX_REPLY_BYTES - 1);
	}
	e->sounds = sounds(&l->call);
	say(v, EV_CALL_ENDED, l->intent->attempt)->call = e;
	release(l);
}

static struct line *find(struct voice *v, uint64_t attempt)
{
	for (size_t i = 0; i < v->lines; i++)
		if (v->line[i].intent && v->line[i].intent->attempt == attempt)
			return &v->line[i];
	return NULL;
}

static size_t lines_used(const struct voice *v)
{
	size_t n = 0;
	for (size_t i = 0; i < v->lines; i++)
		n += (size_t)(v->line[i].intent || v->line[i].rings) + v->line[i].staff;
	return n;
}

/* VC_TRANSFER. */
static void transfer(struct voice *v, struct line *l, const struct voice_cmd *cmd)
{
	const struct voice_transfer *t = &cmd->transfer;
	if (!l || !l->asked) {
		if (t->number[0]) {
			struct event *ev = say(v, EV_TRANSFERRED, cmd->attempt);
			ev->inbound = cmd->inbound;
			ev->transferred.n = t->n;
			ev->transferred.result = TRANSFER_GIVEN_UP;
		}
		return;
	}
	l->asked = false;
	if (!t->number[0])
		v->told = t->refused;
	else if (lines_used(v) >= v->lines || !phone_may_dial(t->number))
		staff_over(v, l, TRANSFER_NETWORK_BUSY, 0);
	else
		l->staff = true;
	if (l->staff) {
		struct fake_dialled *more =
		    realloc(v->dialled, (v->n_dialled + 1) * sizeof *v->dialled);
		if (!more)
			abort();
		v->dialled = more;
		struct fake_dialled *d = &more[v->n_dialled++];
		*d = (struct fake_dialled){.attempt = cmd->attempt, .staff = true};
		memcpy(d->number, t->number, sizeof d->number);
		memcpy(d->caller, t->caller, sizeof d->caller);
	}
	if (l->staff && l->call.kind == FAKE_END)
		staff_over(v, l, l->call.transfer, l->call.transfer_ms);
	if (!l->staff && l->call.kind == FAKE_END)
		end(v, l, l->call.code, true);
}

static struct fake_call script_of(const struct voice *v, const char *number)
{
	for (size_t i = 0; i < v->n_scripts; i++)
		if (strcmp(v->scripts[i].number, number) == 0)
			return v->scripts[i].call;
	return v->otherwise;
}

static void intent(struct voice *v, struct voice_intent *i)
{
	struct line *l = v->line;
	while (l < v->line + v->lines && (l->intent || l->rings))
		l++;
	struct fake_call call = script_of(v, i->number);
	const char *why = NULL;
	if (l == v->line + v->lines || lines_used(v) >= v->lines)
		why = "no line free";
	else if (call.kind == FAKE_DROP)
		why = "scripted";
	else if (!phone_may_dial(i->number))
		why = "the number is not in the allow table";
	else if (i->prompts && i->prompts->debts_version != i->debts_version)
		why = "the prompts are of an older state of the debts";
	if (why) {
		dropped(v, i->attempt, why);
		voice_intent_free(i);
		return;
	}
	*l = (struct line){.intent = i, .call = call};
	if (call.kind != FAKE_WAIT)
		place(v, l);
	if (call.kind == FAKE_END && !l->asked)
		end(v, l, call.code, call.answered);
}

static struct line *ringing(struct voice *v, uint64_t inbound)
{
	for (size_t i = 0; i < v->lines; i++)
		if (v->line[i].rings && v->line[i].inbound == inbound)
			return &v->line[i];
	return NULL;
}

static void not_answered(struct voice *v, const struct voice_cmd *cmd, const char *why)
{
	struct event *ev = say(v, EV_DROPPED, cmd->attempt);
	ev->inbound = cmd->inbound;
	strncpy(ev->why, why, sizeof ev->why - 1);
	voice_intent_free(cmd->intent);
}

static void answer(struct voice *v, struct line *l, const struct voice_cmd *cmd)
{
	struct fake_inbound *f = &v->came[cmd->inbound];
	const struct voice_intent *i = cmd->intent;
	if (i->prompts && i->prompts->debts_version != i->debts_version) {
		*l = (struct line){0};
		f->status = 480;
		not_answered(v, cmd, "the prompts are of an older state of the debts");
		return;
	}
	f->attempt = cmd->attempt;
	f->status = 200;
	f->scenario = i->scenario;
	f->vars_inbound = i->vars.call.inbound;
	f->n_debts = i->vars.target.n_debts;
	if (i->vars.target.name)
		strncpy(f->name, i->vars.target.name, sizeof f->name - 1);
	l->rings = false;
	l->intent = cmd->intent;
	place(v, l);
	if (l->call.kind == FAKE_END && !l->asked)
		end(v, l, l->call.code, l->call.answered);
}

/* VC_ANSWER, VC_REFUSE. */
static void order(struct voice *v, const struct voice_cmd *cmd)
{
	struct line *l = ringing(v, cmd->inbound);
	if (cmd->kind == VC_REFUSE && l) {
		v->came[cmd->inbound].status = cmd->status;
		*l = (struct line){0};
	} else if (cmd->kind == VC_ANSWER && l) {
		answer(v, l, cmd);
	} else if (cmd->kind == VC_ANSWER) {
		not_answered(v, cmd, "the caller was gone");
	}
}

static int post(struct voice *v, const struct voice_cmd *cmd)
{
	pthread_mutex_lock(&v->lock);
	bool calls_back = cmd->kind == VC_RECALL || cmd->kind == VC_HUSH;
	bool named = calls_back || cmd->kind == VC_HANGUP;
	struct line *l = named ? find(v, cmd->attempt) : NULL;
	if (cmd->kind == VC_INTENT) {
		intent(v, cmd->intent);
	} else if (cmd->kind == VC_TRANSFER) {
		transfer(v, find(v, cmd->attempt), cmd);
	} else if (cmd->kind == VC_ANSWER || cmd->kind == VC_REFUSE) {
		order(v, cmd);
	} else if (l && !l->placed) {
		dropped(v, cmd->attempt, "recalled");
		release(l);
	} else if (calls_back) {
		say(v, EV_TOO_LATE, cmd->attempt);
	} else if (l) {
		end(v, l, l->call.answered ? OUT_CUT : OUT_NO_ANSWER, true);
	}
	flush(v);
	pthread_mutex_unlock(&v->lock);
	return 0;
}

static void gone(struct voice *v, struct line *l, const char *why)
{
	struct event *ev = say(v, EV_INBOUND_GONE, 0);
	ev->inbound = l->inbound;
	strncpy(ev->why, why, sizeof ev->why - 1);
	*l = (struct line){0};
}

static int start(const struct voice_config *config, struct mailbox *to_engine,
		 struct voice **ret_voice)
{
	if (config->lines < 1 || config->lines > MAX_LINES)
		return E_INVALID;
	struct voice *v = calloc(1, sizeof *v);
	if (!v)
		return E_NOMEM;
	pthread_mutex_init(&v->lock, NULL);
	v->to = to_engine;
	v->lines = (size_t)config->lines;
	v->line = calloc(v->lines, sizeof *v->line);
	v->events = calloc(FAKE_EVENTS, sizeof *v->events);
	if (!v->line || !v->events)
		abort();
	v->otherwise = (struct fake_call){
	    .kind = FAKE_END, .answered = true, .code = OUT_ANSWERED, .heard = true};
	fake_voice_trunk(v, true);
	*ret_voice = v;
	return 0;
}

static void stop(struct voice *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->lines; i++) {
		if (v->line[i].rings)
			gone(v, &v->line[i], "shutting down");
		release(&v->line[i]);
	}
	flush(v);
	for (size_t i = 0; i < v->n_events; i++)
		event_free(v->events[i]);
	free(v->line);
	free(v->events);
	free(v->dialled);
	pthread_mutex_destroy(&v->lock);
	free(v);
}

static int bound_port(struct voice *v)
{
	(void)v;
	return 5060;
}

const struct voice_ops voice_fake = {
    .name = "fake", .start = start, .post = post, .stop = stop, .bound_port = bound_port};

void fake_voice_script(struct voice *v, const char *number, const struct fake_call *call)
{
	pthread_mutex_lock(&v->lock);
	size_t i = 0;
	while (number && i < v->n_scripts && strcmp(v->scripts[i].number, number) != 0)
		i++;
	if (!number) {
		v->otherwise = *call;
	} else if (i < v->n_scripts) {
		v->scripts[i].call = *call;
	} else if (v->n_scripts < FAKE_SCRIPTS) {
		strncpy(v->scripts[v->n_scripts].number, number, MAX_NUMBER - 1);
		v->scripts[v->n_scripts++].call = *call;
	} else {
		abort();
	}
	pthread_mutex_unlock(&v->lock);
}

bool fake_voice_end(struct voice *v, uint64_t attempt, enum outcome code)
{
	pthread_mutex_lock(&v->lock);
	struct line *l = find(v, attempt);
	if (l)
		end(v, l, code, false);
	flush(v);
	pthread_mutex_unlock(&v->lock);
	return l != NULL;
}

bool fake_voice_end_as(struct voice *v, uint64_t attempt, struct fake_call call)
{
	pthread_mutex_lock(&v->lock);
	struct line *l = find(v, attempt);
	if (l) {
		bool was_placed = l->placed, was_answered = l->call.answered;
		l->call = call;
		if (was_placed && call.answered && !was_answered)
			say(v, EV_ANSWERED, attempt);
		end(v, l, call.code, false);
	}
	flush(v);
	pthread_mutex_unlock(&v->lock);
	return l != NULL;
}

bool fake_voice_transferred(struct voice *v, uint64_t attempt, enum transfer_result result,
			    uint32_t talk_ms)
{
	pthread_mutex_lock(&v->lock);
	struct line *l = find(v, attempt);
	bool there = l && l->staff;
	if (there)
		staff_over(v, l, result, talk_ms);
	flush(v);
	pthread_mutex_unlock(&v->lock);
	return there;
}

enum transfer_result fake_voice_told(struct voice *v)
{
	pthread_mutex_lock(&v->lock);
	enum transfer_result told = v->told;
	pthread_mutex_unlock(&v->lock);
	return told;
}

void fake_voice_flush(struct voice *v)
{
	pthread_mutex_lock(&v->lock);
	flush(v);
	pthread_mutex_unlock(&v->lock);
}

void fake_voice_trunk(struct voice *v, bool up)
{
	pthread_mutex_lock(&v->lock);
	say(v, EV_TRUNK, 0)->trunk.up = up;
	flush(v);
	pthread_mutex_unlock(&v->lock);
}

size_t fake_voice_dialled(struct voice *v, const struct fake_dialled **ret_list)
{
	*ret_list = v->dialled;
	return v->n_dialled;
}

uint64_t fake_voice_ring(struct voice *v, enum caller_kind kind, const char *number,
			 const char *called, const struct fake_call *call)
{
	uint64_t inbound = 0;
	pthread_mutex_lock(&v->lock);
	struct line *l = v->line;
	while (l < v->line + v->lines && (l->intent || l->rings))
		l++;
	if (l < v->line + v->lines && lines_used(v) < v->lines &&
	    v->last_inbound + 1 < FAKE_INBOUND) {
		inbound = ++v->last_inbound;
		*l = (struct line){.call = *call, .rings = true, .inbound = inbound};
		v->came[inbound] = (struct fake_inbound){.inbound = inbound};
		struct event *ev = say(v, EV_INBOUND, 0);
		ev->inbound = inbound;
		ev->caller.kind = kind;
		strncpy(ev->caller.number, number, MAX_NUMBER - 1);
		strncpy(ev->caller.called, called, MAX_NUMBER - 1);
	}
	flush(v);
	pthread_mutex_unlock(&v->lock);
	return inbound;
}

bool fake_voice_give_up(struct voice *v, uint64_t inbound, bool tell)
{
	pthread_mutex_lock(&v->lock);
	struct line *l = ringing(v, inbound);
	if (l && tell)
		gone(v, l, "the caller gave up");
	else if (l)
		*l = (struct line){0};
	flush(v);
	pthread_mutex_unlock(&v->lock);
	return l != NULL;
}

bool fake_voice_inbound(struct voice *v, uint64_t inbound, struct fake_inbound *ret)
{
	pthread_mutex_lock(&v->lock);
	bool known = inbound > 0 && inbound <= v->last_inbound;
	if (known)
		*ret = v->came[inbound];
	pthread_mutex_unlock(&v->lock);
	return known;
}
