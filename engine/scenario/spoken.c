/*
 * Spoken answers. A field's words are listened for from its first prompt on; only one
 * of them ends what plays (VoiceXML's bargeintype "hotword"): coughs, the television and
 * the echo of our own voice do not cut the question off, and count as nothing meanwhile.
 * When the question is over, what is none of the words is a nomatch.
 *
 * Keys stay in force all the time. Where nobody can listen the field has its keys alone,
 * and the result counts it.
 */
#include "engine/scenario/run.h"

#include <stdio.h>

/* A menu's is its id. */
static const char *spoken_name(const struct interp *i, const struct model_item *item)
{
	return *item->name ? item->name : i->s->dialogs[i->dialog].id;
}

void spoken_listen(struct interp *i, const struct model_item *item)
{
	bool listen = item && item->voice;

	i->speaking = false;
	if (listen) {
		run_emit(i, IA_LISTEN, 0, 0);
		struct interp_action *a = i->out->n > 0 ? &i->out->list[i->out->n - 1] : NULL;
		if (a && a->kind == IA_LISTEN) {
			a->words = item->grammar;
			a->keep = i->announced ? spoken_name(i, item) : NULL;
		}
	} else if (i->listening) {
		run_emit(i, IA_DEAF, 0, 0);
	}
	i->listening = listen;
}

/* What began was nothing: the field waits as if it had just asked. */
static void go_on(struct interp *i)
{
	i->speaking = false;
	if (!i->playing)
		run_timer(i, i->timeout_ms);
}

static void note(struct interp *i, const struct model_item *item, const struct model_word *word,
		 int score)
{
	struct interp_result *r = &i->result;
	struct interp_spoken *s = &r->spoken[r->n_spoken];

	if (r->n_spoken == MAX_SPOKEN)
		return;
	r->n_spoken++;
	snprintf(s->field, sizeof s->field, "%s", spoken_name(i, item));
	snprintf(s->word, sizeof s->word, "%s", word->text);
	s->score = score;
}

static void word(struct interp *i, const struct model_item *item, const struct interp_event *ev)
{
	if (ev->word < 0 || (size_t)ev->word >= item->n_words) {
		go_on(i);
		return;
	}
	i->keyed = true; /* no machine answers with one of our words */
	note(i, item, &item->words[ev->word], ev->score);
	interp_somebody(i);
	run_flush(i);
	interp_answered_by_word(i, item, &item->words[ev->word]);
}

static void unheard(struct interp *i, int err)
{
	if (err != E_STATE)
		i->result.unheard++;
	i->listening = false;
	run_emit(i, IA_DEAF, 0, 0);
	go_on(i);
}

void spoken_event(struct interp *i, const struct interp_event *ev)
{
	const struct model_item *item = &i->s->dialogs[i->dialog].items[i->item];
	bool shut = i->playing && !i->queue[i->queue_at].prompt->bargein;

	if (i->phase != PHASE_WAIT || !i->listening)
		return;
	if (ev->kind == IE_UNHEARD) {
		unheard(i, ev->err);
	} else if (i->n_digits > 0) {
		i->speaking = false; /* he is keying: the digits' own timer runs */
	} else if (ev->kind == IE_SPEECH) {
		i->speaking = true;
		run_timer(i, 0);
	} else if (ev->kind == IE_WORD && !shut) {
		word(i, item, ev);
	} else if (ev->kind == IE_NO_WORD && !i->playing) {
		i->speaking = false;
		interp_no_match(i);
	} else {
		go_on(i);
	}
}
