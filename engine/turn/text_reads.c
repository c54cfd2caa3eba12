/*
 * `text.list`, `text.check`, `text.preview`: the SMS of the department's campaigns, as
 * they are, as somebody would write them, and as one person would get them. The rules
 * are those of sending (message.h): what passes here is what would be sent.
 */
#include "engine/turn/message.h"
#include "engine/turn/engine.h"
#include "engine/turn/reads.h"
#include "engine/turn/text_edit.h"

#include "engine/scenario.h"
#include "engine/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What became of a text: itself if it may be sent, else why not; its length and price. */
static void put_finished(struct json *j, const struct engine *e, const struct campaign *c, int err,
			 const char *finished, const char *why)
{
	const struct config_department *d = config_department(e->config, c->department);
	json_put_bool(j, "fit", !err);
	json_put_str(j, "why", err ? why : "");
	json_put_str(j, "finished", finished);
	json_put_int(j, "units", (int64_t)utf8_utf16_units(finished, strlen(finished)));
	json_put_int(j, "most_units", (int64_t)message_most_units(e->config, d));
	json_put_int(j, "segments", (int64_t)sms_segments(finished));
	json_put_str(j, "kind", campaign_kind_word(c->kind));
}

static struct json *names_of(const struct sms_text *t)
{
	struct json *list = json_new_array();
	const char *name;
	for (size_t i = 0; (name = sms_text_item(t, i)) != NULL; i++)
		json_add(list, json_new_str(name));
	return list;
}

/* ---- text.list ---- */

static struct json *text_json(const struct engine *e, const struct campaign *c, const char *id,
			      const struct sms_text *t)
{
	char finished[SMS_TEXT_BYTES] = "", why[MAX_WORDS] = "";
	struct json *j = json_new_object();
	int err = message_of(e->config, e->specs, c, t, NULL, finished, why);
	json_put_str(j, "text", id);
	json_put_str(j, "campaign", c->id);
	json_put_str(j, "title", c->title);
	json_put_str(j, "template", sms_text_template(t));
	json_put(j, "items", names_of(t));
	put_finished(j, e, c, err, finished, why);
	return j;
}

int read_texts(const struct query *q, struct answer *a)
{
	const struct engine *e = q->ctx;
	const struct campaign *c;
	const struct sms_text *t;
	const char *id = "";
	struct bytes from;
	int err = answer_from(a, q, (struct bytes){"", 0}, &from);
	for (size_t i = 0; !err && (c = specs_campaign_at(e->specs, i)) != NULL; i++) {
		if (strcmp(c->department, q->who->department) != 0)
			continue;
		for (size_t k = 0; !err && (t = specs_text_at(e->specs, k, &id)) != NULL; k++) {
			const unsigned char key[4] = {(unsigned char)(i >> 8), (unsigned char)i,
						      (unsigned char)(k >> 8), (unsigned char)k};
			if (!message_sends(e->specs, c, id) ||
			    (from.n &&
			     memcmp(key, from.p, from.n < sizeof key ? from.n : sizeof key) < 0))
				continue;
			if (answer_look(a, (struct bytes){key, sizeof key}) ||
			    answer_row(a, text_json(e, c, id, t)))
				return 0;
		}
	}
	return err;
}

/* ---- text.check ---- */

static const struct campaign *campaign_of(const struct query *q, struct answer *a, int *err)
{
	const struct engine *e = q->ctx;
	const char *id = "";
	json_get_str(q->params, "campaign", &id);
	const struct campaign *c = specs_campaign(e->specs, id);
	if (c && strcmp(c->department, q->who->department) == 0)
		return c;
	*err = answer_refuse(a, E_NOTFOUND, "there is no campaign %s", id);
	return NULL;
}

int read_text_check(const struct query *q, struct answer *a)
{
	const struct engine *e = q->ctx;
	char finished[SMS_TEXT_BYTES] = "", why[MAX_WORDS] = "";
	const char *template = "";
	struct sms_text *t = NULL;
	int refused = 0;
	const struct campaign *c = campaign_of(q, a, &refused);
	if (!c)
		return refused;
	json_get_str(q->params, "template", &template);
	int err = text_written(template, &t, why);
	if (!err)
		err = text_try(e->config, e->specs, c, t, finished, why);
	if (err == E_NOMEM) {
		sms_text_free(t);
		return err;
	}
	struct json *j = json_new_object();
	json_put_str(j, "campaign", c->id);
	if (t)
		json_put(j, "items", names_of(t));
	put_finished(j, e, c, err, finished, why);
	sms_text_free(t);
	answer_set(a, j);
	return 0;
}

/* ---- text.preview ---- */

struct preview {
	const struct query *q;
	struct answer *a;
	struct tx tx;
	struct run_rec run;
	struct target t;
};

/* What his rows carry that are still open: as sending does it. */
static int person_of(struct preview *p, struct message_person *ret)
{
	bool first = true;
	message_person_of(&p->t, ret);
	for (size_t i = 0; i < p->t.n_debts; i++) {
		struct debt d;
		int err = db_debt_get(&p->tx, p->run.id, p->t.debts[i], &d);
		if (err)
			return err;
		if (d.settled)
			continue;
		message_person_row(ret, d.n_carried, d.carried_name, d.carried, first);
		first = false;
	}
	return 0;
}

static int preview(struct preview *p)
{
	const struct engine *e = p->q->ctx;
	char finished[SMS_TEXT_BYTES] = "", why[MAX_WORDS] = "";
	struct message_person person;
	const char *text = "";
	json_get_str(p->q->params, "text", &text);
	int err = read_find_target(p->q, p->a, &p->tx, &p->run, &p->t);
	if (err)
		return err;
	const struct campaign *c = specs_campaign(e->specs, p->run.campaign);
	if (!c || !specs_text(e->specs, text) || !message_sends(e->specs, c, text))
		return answer_refuse(p->a, E_NOTFOUND, "the run's campaign has no text %s", text);
	err = person_of(p, &person);
	if (err)
		return err;
	err = message_text(e->config, e->specs, c, text, &person, finished, why);
	if (err) /* it may hold just what must not be shown: his name, whole */
		finished[0] = '\0';
	struct json *j = json_new_object();
	json_put_str(j, "text", text);
	json_put_int(j, "run", p->run.id);
	json_put_str(j, "person", p->t.person);
	put_finished(j, e, c, err, finished, why);
	answer_set(p->a, j);
	return 0;
}

int read_text_preview(const struct query *q, struct answer *a)
{
	struct preview p = {.q = q, .a = a, .tx = {.ops = q->store, .txn = q->snapshot}};
	int err = arena_new(1 << 20, &p.tx.arena);
	if (!err)
		err = preview(&p);
	arena_free(p.tx.arena);
	return err;
}
