/*
 * `scenario.try`: a walk through a campaign's scenario by clicked keys. The whole walk is
 * asked for each time (`steps`) and the interpreter of real calls takes it, so nothing is
 * kept between two questions, and a walk can be repeated, shown and tested as a string.
 *
 * Rows: what is said behind the last step. Beside them: where the call then waits, what it
 * takes there, and what would be on record if it ended now.
 */
#include "engine/scenario/model.h"
#include "engine/scenario/tryout.h"
#include "engine/turn/engine.h"
#include "engine/turn/reads.h"
#include "engine/turn/sample.h"
#include "engine/turn/specs.h"

#include <stdlib.h>
#include <string.h>

static void put_place(struct answer *a, const struct scenario *s, const struct tryout *t)
{
	static const char *const waits[] = {
	    [TRY_ENDED] = "", [TRY_ANSWER] = "answer", [TRY_TRANSFER] = "transfer"};
	bool over = t->waits == TRY_ENDED;

	answer_put(a, "waits", json_new_str(waits[t->waits]));
	answer_put(a, "dialog", json_new_str(over ? "" : s->dialogs[t->dialog].id));
	answer_put(a, "box", json_new_int(over ? 0 : (int64_t)t->item + 1));
	answer_put(a, "level", json_new_int(t->level));
	answer_put(a, "words", json_new_bool(t->words));
}

static struct json *result_json(const struct interp_result *r)
{
	struct json *j = json_new_object(), *replies = json_new_array();

	json_put_str(j, "reached", reached_words(r->reached));
	json_put_bool(j, "heard", r->heard);
	json_put_int(j, "code", r->code);
	json_put_str(j, "sms", r->sms_text);
	for (size_t i = 0; i < r->n_replies; i++) {
		struct json *one = json_new_object();
		json_put_str(one, "name", r->replies[i].name);
		json_put_str(one, "value", r->replies[i].value);
		json_add(replies, one);
	}
	json_put(j, "replies", replies);
	return j;
}

static int put_said(struct answer *a, const struct query *q, const struct scenario *s,
		    const struct sample *sample, const struct tryout *t)
{
	struct bytes from;
	int err = answer_from(a, q, (struct bytes){"", 0}, &from);

	for (size_t i = 0; i < t->n_said && !err; i++) {
		const unsigned char key = (unsigned char)i;
		if (from.n == 1 && key < *(const unsigned char *)from.p)
			continue; /* of an earlier page */
		if (answer_look(a, (struct bytes){&key, 1}))
			break;
		struct json *j = json_new_object();
		json_put_int(j, "prompt", (int64_t)t->said[i].prompt);
		json_put_int(j, "level", t->said[i].level);
		sample_put_words(j, s, sample, t->said[i].prompt);
		if (answer_row(a, j))
			break;
	}
	return err;
}

int read_scenario_try(const struct query *q, struct answer *a)
{
	const struct campaign *c;
	struct scenario *s;
	struct sample sample;
	const char *steps = "";
	size_t bad = 0;
	int err = sample_find(q, a, &c, &s);

	if (err)
		return err;
	struct tryout *t = malloc(sizeof *t); /* with its replies too large for a thread's stack */
	if (!t)
		return E_NOMEM;
	json_get_str(q->params, "steps", &steps);
	sample_of(q->ctx, c, &sample);
	sample.vars.call.staff = specs_staff(((const struct engine *)q->ctx)->config, s);
	err = scenario_tryout(s, &sample.vars, steps, &bad, t);
	if (err == E_INVALID)
		err = answer_refuse(a, E_INVALID, "nothing takes step %zu there", bad + 1);
	if (!err)
		err = put_said(a, q, s, &sample, t);
	if (!err) {
		put_place(a, s, t);
		answer_put(a, "result", result_json(&t->result));
	}
	free(t);
	return err;
}
