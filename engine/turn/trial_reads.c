/*
 * `trial.list`, `trial.numbers`: what became of the department's test messages, and to which
 * telephones they may go. Read in the reader threads. Numbers are shortened: whose they are says
 * enough to pick one.
 */
#include "engine/turn/engine.h"
#include "engine/turn/found.h"
#include "engine/turn/reads.h"

#include "engine/log.h"

#include <string.h>

struct listing {
	const struct query *q;
	struct answer *a;
};

static const char *owner_of(const struct config *c, const char *id)
{
	const struct config_trial *t = config_trial(c, id);
	return t ? t->owner : ""; /* taken off the list since */
}

static struct json *trial_json(const struct engine *e, const struct trial_rec *r)
{
	char masked[20];
	struct json *j = json_new_object();

	json_put_int(j, "trial", (int64_t)r->id);
	read_put_time(j, "asked", r->asked_ms);
	json_put_str(j, "user", r->user);
	json_put_str(j, "campaign", r->campaign);
	json_put_str(j, "text", r->text);
	json_put_str(j, "to", r->to);
	json_put_str(j, "owner", owner_of(e->config, r->to));
	json_put_str(j, "number", log_number(r->digits, masked));
	json_put_str(j, "state", attempt_state_word(r->state));
	json_put_int(j, "outcome", (int64_t)r->code);
	json_put_str(j, "outcome_words", outcome_words(r->code));
	json_put_int(j, "segments", r->segments);
	json_put_str(j, "gateway", r->gateway);
	json_put_int(j, "gateway_code", r->gateway_code);
	json_put_str(j, "why", r->why);
	json_put_str(j, "sha256", r->sha256);
	return j;
}

static int found(void *arg, struct bytes key, struct bytes value)
{
	struct listing *l = arg;
	struct trial_rec r;

	if (answer_look(l->a, key))
		return 1;
	if (found_trial(value, &r))
		return E_CORRUPT;
	if (strcmp(r.department, l->q->who->department) != 0)
		return 0;
	return answer_row(l->a, trial_json(l->q->ctx, &r));
}

int read_trials(const struct query *q, struct answer *a)
{
	struct listing l = {q, a};
	struct bytes from, all = {"", 0};
	int err = answer_from(a, q, all, &from);
	return err ? err : q->store->scan(q->snapshot, T_TRIAL, from, all, 0, found, &l);
}

int read_trial_numbers(const struct query *q, struct answer *a)
{
	const struct engine *e = q->ctx;
	struct bytes from;
	int err = answer_from(a, q, (struct bytes){"", 0}, &from);

	for (size_t i = 0; !err && i < e->config->n_trials; i++) {
		const struct config_trial *t = &e->config->trial[i];
		const unsigned char key = (unsigned char)i;
		char masked[20];
		if (strcmp(t->department, q->who->department) != 0 ||
		    (from.n && key < *(const unsigned char *)from.p))
			continue;
		if (answer_look(a, (struct bytes){&key, 1}))
			break;
		struct json *j = json_new_object();
		json_put_str(j, "to", t->id);
		json_put_str(j, "owner", t->owner);
		json_put_str(j, "number", log_number(t->number, masked));
		json_put_bool(j, "messages", phone_is_mobile(t->number));
		int full = answer_row(a, j);
		if (full)
			return full < 0 ? full : 0;
	}
	return err;
}
