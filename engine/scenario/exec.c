/*
 * Executable contents: prompts into the queue, conditions, assignments, the o:
 * elements. Everything that raises or needs a secrecy level is asked of level.h here
 * again, although the checker has walked all paths before: should the checker be
 * wrong, the call ends in silence instead of a leak.
 */
#include "engine/scenario/run.h"
#include "engine/scenario/texts.h"
#include "engine/utf8.h"

#include <stdio.h>
#include <string.h>

bool exec_step(struct interp *i)
{
	return ++i->steps <= MAX_CALL_STEPS;
}

/* The one place where keyed digits meet the birthday; the result is all that leaves it. */
static bool matches_birth(void *context, const char *digits)
{
	struct interp *i = context;
	char birth[16];
	bool match;

	if (!level_may_match(&i->level))
		return false;
	snprintf(birth, sizeof birth, "%04d", i->vars.target.birth_md);
	match = i->vars.target.birth_md > 0 && strcmp(birth, digits) == 0;
	level_compared(&i->level, match);
	explicit_bzero(birth, sizeof birth);
	return match;
}

static int eval(struct interp *i, const struct expr *e, struct expr_scratch *scratch,
		struct value *ret_value)
{
	const struct expr_env env = {
	    .vars = &i->vars,
	    .slots = i->slots,
	    .level = i->level.now,
	    .matches_birth = matches_birth,
	    .context = i,
	};
	scratch->used = 0;
	return expr_eval(e, &env, scratch, ret_value);
}

bool exec_condition(struct interp *i, const struct expr *cond, bool *ret_truth)
{
	struct expr_scratch scratch;
	struct value v;

	if (!cond) {
		*ret_truth = true;
		return true;
	}
	if (eval(i, cond, &scratch, &v) != 0)
		return false;
	*ret_truth = value_truth(v);
	return true;
}

bool exec_set(struct interp *i, int slot, struct value v)
{
	if (v.type == VALUE_STRING) {
		size_t n = strlen(v.string);
		if (n >= MAX_REPLY_BYTES)
			return false;
		memmove(i->texts[slot], v.string, n + 1); /* a = a: the same bytes */
		v.string = i->texts[slot];
	}
	i->slots[slot] = v;
	return true;
}

bool exec_init(struct interp *i, int slot, const struct expr *init)
{
	struct expr_scratch scratch;
	struct value v = value_undefined();

	if (init && eval(i, init, &scratch, &v) != 0)
		return false;
	return exec_set(i, slot, v);
}

/* Which of a prompt's sentences: the one of the keyed date. False: that date has none. */
static bool sentence_of(struct interp *i, const struct model_prompt *p, size_t *ret_number)
{
	struct expr_scratch scratch;
	struct value v;
	int32_t day;

	*ret_number = p->index;
	for (size_t k = 0; k < p->n_pieces; k++) {
		const struct expr *e = p->pieces[k].expr;
		if (!e || e->op != EXPR_DATE_OF)
			continue;
		if (eval(i, e, &scratch, &v) != 0 || v.type != VALUE_STRING ||
		    civil_parse_date(v.string, &day) != 0)
			return false;
		*ret_number = p->first_date + (size_t)(day - i->vars.call.day);
	}
	return true;
}

enum flow exec_fails(struct interp *i)
{
	i->thrown = EVENT_SEMANTIC;
	return FLOW_THROW;
}

enum flow exec_queue(struct interp *i, const struct model_prompt *p)
{
	bool truth;
	size_t number;

	if (!exec_condition(i, p->cond, &truth))
		return exec_fails(i);
	if (!truth)
		return FLOW_ON;
	if (i->level.now < p->level)
		return FLOW_FAULT; /* the checker let something pass */
	if (!texts_has_meaning(p, &i->vars) || !sentence_of(i, p, &number)) {
		i->nothing_said = true;
		return FLOW_ON;
	}
	if (i->queue_n >= MAX_QUEUE)
		return FLOW_FAULT;
	i->nothing_said = false;
	i->said_timeout_ms = p->timeout_ms;
	i->queue[i->queue_n++] =
	    (struct queued){.prompt = p, .number = number, .level = i->level.now};
	return FLOW_ON;
}

static void put_reply(struct interp *i, const char *name, const char *value, bool one)
{
	struct interp_result *r = &i->result;
	size_t at = r->n_replies, n = strlen(value);

	for (size_t k = 0; k < r->n_replies; k++) {
		if (strcmp(r->replies[k].name, name) != 0)
			continue;
		if (one)
			at = k;
		else if (strcmp(r->replies[k].value, value) == 0)
			return; /* the same task twice is one task */
	}
	if (at >= MAX_REPLIES)
		return;
	if (n >= MAX_REPLY_BYTES) {
		n = MAX_REPLY_BYTES - 1;
		while (n > 0 && ((unsigned char)value[n] & 0xc0) == 0x80)
			n--;
	}
	snprintf(r->replies[at].name, sizeof r->replies[at].name, "%s", name);
	memcpy(r->replies[at].value, value, n);
	r->replies[at].value[n] = '\0';
	r->replies[at].by = i->by;
	if (at == r->n_replies)
		r->n_replies++;
}

static enum flow exec_reply(struct interp *i, const struct model_node *n)
{
	struct expr_scratch scratch;
	struct value v;
	char text[VALUE_TEXT];

	if (level_record(&i->level) != 0)
		return FLOW_FAULT;
	if (eval(i, n->expr, &scratch, &v) != 0)
		return exec_fails(i);
	if (v.type != VALUE_UNDEFINED)
		put_reply(i, n->text, value_to_string(v, text), true);
	return FLOW_ON;
}

static enum flow exec_reached(struct interp *i, enum reached reached)
{
	struct interp_result *r = &i->result;

	if (level_reached(&i->level, reached) != 0)
		return FLOW_FAULT;
	/* What is known more exactly already is not unlearned. */
	if (reached == REACHED_OPENING && r->reached != REACHED_NOBODY)
		return FLOW_ON;
	if (reached == REACHED_SELF && r->reached == REACHED_MATCHED)
		return FLOW_ON;
	r->reached = reached;
	if (reached == REACHED_MISMATCH)
		r->code = OUT_MISMATCH;
	else if (reached == REACHED_WRONG)
		r->code = OUT_WRONG_NUMBER;
	else if (reached == REACHED_OTHER)
		r->code = OUT_OTHER_PERSON;
	return FLOW_ON;
}

/* As the standard says: an item that is cleared counts its prompts and events from the start. */
static void exec_clear(struct interp *i, int slot)
{
	const struct model_dialog *d = &i->s->dialogs[i->dialog];

	if (slot >= 0)
		i->slots[slot] = value_undefined();
	for (size_t k = 0; k < d->n_items; k++) {
		if (slot >= 0 && d->items[k].slot != slot)
			continue;
		i->slots[d->items[k].slot] = value_undefined();
		i->prompt_count[k] = 0;
		catch_forget(i, k);
	}
}

/* A mark on what was queued last: it counts when that has played to its end. */
static void exec_heard(struct interp *i)
{
	if (i->nothing_said || i->queue_n == i->queue_at)
		return;
	i->queue[i->queue_n - 1].heard = true;
}

static enum flow exec_if(struct interp *i, const struct model_node *n)
{
	for (const struct model_branch *b = n->branches; b; b = b->next) {
		bool truth;
		if (!exec_condition(i, b->cond, &truth))
			return exec_fails(i);
		if (truth)
			return exec_nodes(i, b->body);
	}
	return FLOW_ON;
}

static enum flow exec_one(struct interp *i, const struct model_node *n)
{
	switch (n->kind) {
	case NODE_PROMPT:
		return exec_queue(i, n->prompt);
	case NODE_IF:
		return exec_if(i, n);
	case NODE_ASSIGN:
		return exec_init(i, n->slot, n->expr) ? FLOW_ON : exec_fails(i);
	case NODE_CLEAR:
		exec_clear(i, n->slot);
		return FLOW_ON;
	case NODE_REPROMPT:
		i->reprompt = true;
		return FLOW_ON;
	case NODE_GOTO:
		i->jump_dialog = n->target;
		return FLOW_JUMP;
	case NODE_NEXTITEM:
		i->jump_item = n->target;
		return FLOW_JUMP;
	case NODE_EXIT:
		return FLOW_END;
	case NODE_THROW:
		i->thrown = n->number;
		return FLOW_THROW;
	case NODE_SMS:
		if (level_record(&i->level) != 0)
			return FLOW_FAULT;
		snprintf(i->result.sms_text, sizeof i->result.sms_text, "%s", n->text);
		return FLOW_ON;
	case NODE_REPLY:
		return exec_reply(i, n);
	case NODE_TASK:
		if (level_record(&i->level) != 0)
			return FLOW_FAULT;
		put_reply(i, "task", n->text, false);
		return FLOW_ON;
	case NODE_LEVEL:
		return level_raise(&i->level, n->number) == 0 ? FLOW_ON : FLOW_FAULT;
	case NODE_REACHED:
		return exec_reached(i, (enum reached)n->number);
	case NODE_HEARD:
		exec_heard(i);
		return FLOW_ON;
	}
	return FLOW_FAULT;
}

enum flow exec_nodes(struct interp *i, const struct model_node *n)
{
	enum flow flow = FLOW_ON;

	for (; n && flow == FLOW_ON; n = n->next)
		flow = exec_step(i) ? exec_one(i, n) : FLOW_FAULT;
	return flow;
}
