/*
 * The interpreter of one call: events in, actions out, nothing else; no clock, no
 * thread, no input or output. What the voice channel does late or twice (a timer that
 * was stopped, an end of a prompt that was cut) is ignored here by the state.
 *
 * Keyed digits live in this object alone and are wiped with it.
 */
#include "engine/scenario/run.h"

#include <stdlib.h>
#include <string.h>

static size_t text_bytes(const char *s)
{
	return strlen(s) + 1;
}

static const char *put_text(char **to, const char *s)
{
	char *at = *to;
	size_t n = text_bytes(s);

	memcpy(at, s, n);
	*to += n;
	return at;
}

static size_t vars_size(const struct scenario_vars *v)
{
	size_t n = v->target.n_debts * sizeof *v->target.debts;

	n += text_bytes(v->target.name) + text_bytes(v->target.kana);
	n += text_bytes(v->target.language ? v->target.language : "");
	n += text_bytes(v->campaign.title) + text_bytes(v->campaign.caller);
	n += text_bytes(v->department.name) + text_bytes(v->department.phone);
	for (size_t k = 0; k < v->target.n_debts; k++)
		n += text_bytes(v->target.debts[k].tax) + text_bytes(v->target.debts[k].year) +
		     text_bytes(v->target.debts[k].period);
	return n;
}

/* One block: the debts first (they are aligned), the strings behind them. */
static int copy_vars(struct interp *i, const struct scenario_vars *v)
{
	size_t size = vars_size(v);
	struct scenario_debt *debts = malloc(size);
	char *to;

	if (!debts)
		return E_NOMEM;
	to = (char *)(debts + v->target.n_debts);
	i->vars = *v;
	i->vars_memory = debts;
	i->vars_bytes = size;
	i->vars.target.debts = debts;
	i->vars.target.name = put_text(&to, v->target.name);
	i->vars.target.kana = put_text(&to, v->target.kana);
	i->vars.target.language = put_text(&to, v->target.language ? v->target.language : "");
	i->vars.campaign.title = put_text(&to, v->campaign.title);
	i->vars.campaign.caller = put_text(&to, v->campaign.caller);
	i->vars.department.name = put_text(&to, v->department.name);
	i->vars.department.phone = put_text(&to, v->department.phone);
	for (size_t k = 0; k < v->target.n_debts; k++) {
		debts[k] = v->target.debts[k];
		debts[k].tax = put_text(&to, v->target.debts[k].tax);
		debts[k].year = put_text(&to, v->target.debts[k].year);
		debts[k].period = put_text(&to, v->target.debts[k].period);
	}
	return 0;
}

int interp_new(struct scenario *s, const struct scenario_vars *vars, struct interp **ret_interp)
{
	struct interp *i;
	int err = E_NOMEM;

	if (vars->target.n_debts > MAX_TARGET_DEBTS)
		return E_LIMIT;
	i = calloc(1, sizeof *i);
	if (!i)
		return E_NOMEM;
	i->texts = calloc(s->n_slots ? s->n_slots : 1, sizeof *i->texts);
	for (size_t d = 0; d < s->n_dialogs; d++)
		if (s->dialogs[d].n_items > i->event_rows)
			i->event_rows = s->dialogs[d].n_items;
	i->event_rows++; /* the dialogs' own */
	i->event_count = calloc(i->event_rows, s->n_events);
	if (!i->texts || !i->event_count || (err = copy_vars(i, vars)) != 0)
		goto out;
	i->s = scenario_ref(s);
	i->jump_dialog = i->jump_item = NO_INDEX;
	*ret_interp = i;
	return 0;
out:
	interp_free(i);
	return err;
}

void interp_free(struct interp *i)
{
	if (!i)
		return;
	if (i->texts)
		explicit_bzero(i->texts, (i->s ? i->s->n_slots : 0) * sizeof *i->texts);
	if (i->vars_memory)
		explicit_bzero(i->vars_memory, i->vars_bytes);
	free(i->texts);
	free(i->event_count);
	free(i->vars_memory);
	scenario_unref(i->s);
	explicit_bzero(i, sizeof *i);
	free(i);
}

const struct interp_result *interp_result(const struct interp *i)
{
	return &i->result;
}

static void start(struct interp *i)
{
	bool good = true;

	for (const struct model_var *v = i->s->vars; v && good; v = v->next)
		good = exec_init(i, v->slot, v->init);
	if (!good) {
		run_fault(i);
		return;
	}
	run_from(i, run_enter(i, 0));
}

void interp_somebody(struct interp *i)
{
	i->result.opened = true;
	if (i->result.reached == REACHED_NOBODY)
		i->result.reached = REACHED_OPENING;
}

static void on_played(struct interp *i)
{
	if (!i->playing)
		return;
	if (i->phase != PHASE_MACHINE && i->phase != PHASE_SCREEN)
		interp_somebody(i);
	if (i->queue[i->queue_at].heard)
		i->result.heard = true;
	if (i->queue[i->queue_at].announces)
		record_announced(i);
	i->queue_at++;
	run_play_next(i);
}

static void stop_timer(struct interp *i)
{
	if (i->timer)
		run_emit(i, IA_TIMER, 0, 0);
	i->timer = false;
}

static void fill(struct interp *i, const struct model_item *item, const char *value,
		 const struct model_option *option)
{
	enum flow flow;
	bool good = (option && option->event) || exec_set(i, item->slot, value_string(value));

	explicit_bzero(i->digits, sizeof i->digits);
	i->n_digits = 0;
	spoken_listen(i, NULL);
	if (!good || !exec_step(i)) {
		run_fault(i);
		return;
	}
	if (option && option->event) { /* the choice fills nothing: it is asked again */
		i->thrown = option->event;
		flow = FLOW_THROW;
	} else if (option && option->jumps) {
		i->jump_dialog = option->dialog;
		flow = FLOW_JUMP;
	} else {
		flow = run_filled(i, i->item);
	}
	run_from(i, flow);
}

static void on_filled(struct interp *i, const struct model_item *item, const char *value,
		      const struct model_option *option)
{
	bool word = i->level.voice == VOICE_WORD && item->confirms == i->level.word_of;

	i->by = word ? BY_WORD_KEY : BY_KEY;
	level_answered(&i->level, option && item->max_digits == 0);
	fill(i, item, value, option);
}

void interp_answered_by_word(struct interp *i, const struct model_item *item,
			     const struct model_word *word)
{
	const struct model_option *option = &item->options[word->option];

	stop_timer(i);
	level_spoken(&i->level, item->slot, item->confirms, word->kind);
	i->by = i->level.voice == VOICE_YES ? BY_WORD_YES : BY_NOBODY;
	fill(i, item, option->value, option);
}

static void on_no_match(struct interp *i, int event)
{
	explicit_bzero(i->digits, sizeof i->digits);
	i->n_digits = 0;
	i->by = BY_NOBODY;
	level_silent(&i->level);
	run_throw(i, event);
}

void interp_no_match(struct interp *i)
{
	stop_timer(i);
	on_no_match(i, EVENT_NOMATCH);
}

static const struct model_option *find_option(const struct model_item *item, char key)
{
	for (size_t k = 0; k < item->n_options; k++)
		if (item->options[k].key == key)
			return &item->options[k];
	return NULL;
}

/* The digits that there are: the field's value, or nothing that it can take. */
static void digits_end(struct interp *i, const struct model_item *item)
{
	char value[MAX_DIGITS + 1];

	stop_timer(i);
	if (i->n_digits < (size_t)item->min_digits) {
		on_no_match(i, EVENT_NOMATCH);
		return;
	}
	memcpy(value, i->digits, i->n_digits);
	value[i->n_digits] = '\0';
	on_filled(i, item, value, NULL);
	explicit_bzero(value, sizeof value);
}

static void on_key(struct interp *i, const struct model_item *item, char key)
{
	const struct model_option *option = i->n_digits == 0 ? find_option(item, key) : NULL;

	if (option) {
		stop_timer(i);
		on_filled(i, item, option->value, option);
	} else if (item->max_digits > 0 && key >= '0' && key <= '9') {
		i->digits[i->n_digits++] = key;
		if (i->n_digits >= (size_t)item->max_digits) {
			digits_end(i, item);
		} else {
			i->timer = true;
			run_emit(i, IA_TIMER, 0, item->interdigit_ms);
		}
	} else if (item->max_digits > 0 && i->n_digits > 0 && key == item->termchar) {
		digits_end(i, item);
	} else {
		stop_timer(i);
		on_no_match(i, EVENT_NOMATCH);
	}
}

static void on_digit(struct interp *i, char key)
{
	const struct model_dialog *d = &i->s->dialogs[i->dialog];

	if (key == '\0' || !strchr("0123456789*#", key))
		return;
	if (i->phase == PHASE_MACHINE || i->phase == PHASE_SCREEN) {
		i->keyed = true; /* the first key only shows that there is a person */
		machine_person(i);
		return;
	}
	if (i->phase == PHASE_TRANSFER) {
		transfer_key(i, key);
		return;
	}
	if (i->phase == PHASE_RECORD) {
		i->keyed = true;
		record_key(i);
		return;
	}
	if (i->phase != PHASE_WAIT || (i->listening && d->items[i->item].no_keys))
		return;
	i->keyed = true;
	if (i->playing && !i->queue[i->queue_at].prompt->bargein)
		return;
	interp_somebody(i);
	run_flush(i);
	on_key(i, &d->items[i->item], key);
}

static void on_timer(struct interp *i)
{
	if (i->timer && i->phase == PHASE_SCREEN) {
		machine_alone(i);
		return;
	}
	if (!i->timer || i->phase != PHASE_WAIT)
		return;
	i->timer = false;
	if (i->n_digits > 0)
		digits_end(i, &i->s->dialogs[i->dialog].items[i->item]);
	else
		on_no_match(i, EVENT_NOINPUT);
}

static void on_stale(struct interp *i)
{
	i->stale = true;
	if (i->playing && i->queue[i->queue_at].prompt->secret)
		run_throw(i, EVENT_STALE);
}

void interp_step(struct interp *i, const struct interp_event *ev,
		 struct interp_actions *ret_actions)
{
	*ret_actions = (struct interp_actions){0};
	i->out = ret_actions;
	if (i->phase == PHASE_OVER)
		return;
	switch (ev->kind) {
	case IE_START:
		if (i->phase == PHASE_NEW)
			start(i);
		break;
	case IE_PLAYED:
		on_played(i);
		break;
	case IE_DIGIT:
		on_digit(i, ev->digit);
		break;
	case IE_TIMER:
		on_timer(i);
		break;
	case IE_HANGUP:
		transfer_left(i);
		i->phase = PHASE_OVER;
		break;
	case IE_STALE:
		on_stale(i);
		break;
	case IE_MACHINE:
	case IE_SCREEN:
	case IE_PERSON:
	case IE_FAX:
		machine_event(i, ev->kind);
		break;
	case IE_SPEECH:
	case IE_WORD:
	case IE_NO_WORD:
	case IE_NOISE:
	case IE_UNHEARD:
		spoken_event(i, ev);
		break;
	case IE_BRIDGED:
	case IE_TRANSFERRED:
		transfer_event(i, ev);
		break;
	case IE_RECORDED:
		record_event(i, ev);
		break;
	}
	i->out = NULL;
}
