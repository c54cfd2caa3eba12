/* See tryout.h. */
#include "engine/scenario/tryout.h"

#include "engine/scenario/run.h"

#include <string.h>

/* Prompts behind one step are at most a queue's; a document that says more than this in one
 * breath is cut, and ends like a call that hangs. */
#define MOST_PLAYED (MAX_CALL_STEPS + MAX_QUEUE)

static void note(struct tryout *t, const struct interp *i, size_t prompt)
{
	if (t->n_said == MAX_TRY_SAID)
		return;
	t->said[t->n_said].prompt = prompt;
	t->said[t->n_said++].level = i->queue[i->queue_at].level;
}

/* One event, and all that is then said, to its end. */
static void happen(struct interp *i, struct tryout *t, struct interp_event ev)
{
	for (size_t n = 0; n < MOST_PLAYED; n++) {
		struct interp_actions acts;
		bool plays = false;
		interp_step(i, &ev, &acts);
		for (size_t k = 0; k < acts.n; k++) {
			plays =
			    acts.list[k].kind == IA_PLAY || (plays && acts.list[k].kind != IA_STOP);
			if (acts.list[k].kind == IA_PLAY)
				note(t, i, acts.list[k].prompt);
		}
		if (!plays)
			return;
		ev = (struct interp_event){.kind = IE_PLAYED};
	}
}

static bool is_key(char c)
{
	return c && strchr("0123456789*#", c);
}

static int transfer_step(struct interp *i, struct tryout *t, char step)
{
	const struct model_item *item = &i->s->dialogs[i->dialog].items[i->item];
	enum transfer_result how = step == 'C'   ? TRANSFER_FAR_END
				   : step == 'B' ? TRANSFER_BUSY
						 : TRANSFER_NONE;

	for (size_t k = 0; k < item->n_options && is_key(step); k++)
		if (item->options[k].key == step)
			how = TRANSFER_NEAR_END;
	if (how == TRANSFER_NONE)
		return E_INVALID;
	if (transfer_connected(how))
		happen(i, t, (struct interp_event){.kind = IE_BRIDGED});
	happen(i, t, (struct interp_event){.kind = IE_TRANSFERRED, .transfer = how});
	return 0;
}

static int word_step(struct interp *i, struct tryout *t, char step)
{
	const struct model_item *item = &i->s->dialogs[i->dialog].items[i->item];
	struct interp_event ev = {.kind = IE_NO_WORD};

	if (step != '?')
		ev = (struct interp_event){.kind = IE_WORD, .word = step - 'a', .score = 100};
	if (!i->listening || (step != '?' && (size_t)ev.word >= item->n_words))
		return E_INVALID;
	happen(i, t, (struct interp_event){.kind = IE_SPEECH});
	happen(i, t, ev);
	return 0;
}

static int one(struct interp *i, struct tryout *t, char step)
{
	t->n_said = 0;
	if (i->phase == PHASE_TRANSFER)
		return transfer_step(i, t, step);
	if (i->phase != PHASE_WAIT)
		return E_INVALID;
	if (is_key(step))
		happen(i, t, (struct interp_event){.kind = IE_DIGIT, .digit = step});
	else if (step == '-')
		happen(i, t, (struct interp_event){.kind = IE_TIMER});
	else if (step == '?' || (step >= 'a' && step <= 'p'))
		return word_step(i, t, step);
	else
		return E_INVALID;
	return 0;
}

static int walk(struct interp *i, const char *steps, size_t *ret_bad, struct tryout *t)
{
	size_t n = 0;
	int err = 0;

	happen(i, t, (struct interp_event){.kind = IE_START});
	if (steps[0] == 'M') {
		t->n_said = 0;
		happen(i, t, (struct interp_event){.kind = IE_MACHINE});
		n = 1;
	}
	for (; steps[n] && !err; n++) {
		err = one(i, t, steps[n]);
		if (err)
			*ret_bad = n;
	}
	return err;
}

int scenario_tryout(struct scenario *s, const struct scenario_vars *vars, const char *steps,
		    size_t *ret_bad, struct tryout *ret)
{
	struct interp *i = NULL;

	*ret_bad = 0;
	*ret = (struct tryout){0};
	if (strlen(steps) > MAX_TRY_STEPS)
		return E_LIMIT;
	int err = interp_new(s, vars, &i);
	if (!err)
		err = walk(i, steps, ret_bad, ret);
	if (!err) {
		ret->waits = i->phase == PHASE_WAIT       ? TRY_ANSWER
			     : i->phase == PHASE_TRANSFER ? TRY_TRANSFER
							  : TRY_ENDED;
		ret->dialog = i->dialog;
		ret->item = i->item;
		ret->level = i->level.now;
		ret->words = i->listening;
		ret->result = *interp_result(i);
	}
	interp_free(i);
	return err;
}
