/*
 * `text.show`, `text.editions`, `text.diff`, in the reader threads: what an editor needs
 * to change a text, and what became of it before. Texts are the department's whose
 * campaigns send them.
 */
#include "engine/turn/edit.h"
#include "engine/turn/edition_reads.h"
#include "engine/turn/engine.h"
#include "engine/turn/message.h"
#include "engine/turn/reads.h"
#include "engine/turn/text_edit.h"

#include "engine/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int text_of(const struct query *q, struct answer *a, const char **ret_id,
		   enum text_owner *ret_owner)
{
	const struct engine *e = q->ctx;
	const char *id = "";
	json_get_str(q->params, "text", &id);
	*ret_owner = text_owner(e->specs, id, q->who->department);
	*ret_id = id;
	return *ret_owner == TEXT_NONE ? answer_refuse(a, E_NOTFOUND, "there is no text %s", id)
				       : 0;
}

/* ---- text.show ---- */

/* What each value says in this campaign; one that it has not is left out. */
static struct json *values_of(const struct engine *e, const struct campaign *c)
{
	static const char *const names[] = {"due_date", "phone", "caller", "department", "city"};
	struct json *list = json_new_array();
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char template[32], says[SMS_TEXT_BYTES] = "", why[MAX_WORDS];
		struct sms_text *t = NULL;
		snprintf(template, sizeof template, "{%s}", names[i]);
		if (text_written(template, &t, why) == 0 &&
		    message_of(e->config, e->specs, c, t, NULL, says, why) == 0) {
			struct json *j = json_new_object();
			json_put_str(j, "name", names[i]);
			json_put_str(j, "says", says);
			json_add(list, j);
		}
		sms_text_free(t);
	}
	return list;
}

static struct json *campaign_json(const struct engine *e, const struct campaign *c)
{
	struct json *j = json_new_object();
	json_put_str(j, "campaign", c->id);
	json_put_str(j, "title", c->title);
	json_put_str(j, "kind", campaign_kind_word(c->kind));
	json_put(j, "values", values_of(e, c));
	return j;
}

int read_text_show(const struct query *q, struct answer *a)
{
	const struct engine *e = q->ctx;
	const struct campaign *c;
	enum text_owner owner;
	const char *id;
	char sha256[65];
	int err = text_of(q, a, &id, &owner);
	if (err)
		return err;
	const struct sms_text *t = specs_text(e->specs, id);
	struct json *j = json_new_object(), *list = json_new_array();
	edit_hash(e->ports->digest, sms_text_source(t), sha256);
	json_put_str(j, "text", id);
	json_put_str(j, "template", sms_text_template(t));
	json_put_str(j, "sha256", sha256);
	json_put_bool(j, "shared", owner == TEXT_SHARED);
	for (size_t i = 0; (c = specs_campaign_at(e->specs, i)) != NULL; i++)
		if (strcmp(c->department, q->who->department) == 0 &&
		    message_sends(e->specs, c, id))
			json_add(list, campaign_json(e, c));
	json_put(j, "campaigns", list);
	answer_set(a, j);
	return 0;
}

/* ---- text.editions ---- */

/* Its words, without the comments of its file; as it is if it cannot be read any more. */
static int words_of(const char *bytes, struct sms_text **ret, const char **ret_words)
{
	char why[MAX_WORDS];
	int err = text_written(bytes, ret, why);
	*ret_words = err ? bytes : sms_text_template(*ret);
	return err == E_NOMEM ? err : 0;
}

static int put_words(struct json *j, const struct edition_rec *r)
{
	struct sms_text *t = NULL;
	const char *words;
	int err = words_of(r->bytes, &t, &words);
	if (!err) {
		json_put_str(j, "template", words);
		json_put_str(j, "before", r->before);
	}
	sms_text_free(t);
	return err;
}

int read_text_editions(const struct query *q, struct answer *a)
{
	const struct engine *e = q->ctx;
	enum text_owner owner;
	const char *id;
	int err = text_of(q, a, &id, &owner);
	return err ? err
		   : editions_list(q, a, EDITION_TEXT, id,
				   sms_text_source(specs_text(e->specs, id)), put_words);
}

/* ---- text.diff ---- */

static int add_piece(void *arg, enum diff_kind kind, const char *s, size_t n)
{
	struct json *list = arg, *j = json_new_object();
	char *copy = strndup(s, n);
	json_put_str(j, "what", diff_kind_word(kind));
	json_put_str(j, "words", copy ? copy : "");
	json_add(list, j);
	int err = copy ? 0 : E_NOMEM;
	free(copy);
	return err;
}

static int diff(const struct edition_pair *p, const char *id, struct answer *a)
{
	struct sms_text *old_text = NULL, *new_text = NULL;
	const char *old = "", *new;
	int err = words_of(p->new.bytes, &new_text, &new);
	if (!err && p->old.n)
		err = words_of(p->old.bytes, &old_text, &old);
	if (!err) {
		struct json *j = json_new_object(), *list = json_new_array();
		json_put_str(j, "text", id);
		json_put_int(j, "edition", p->new.n);
		json_put_int(j, "against", p->old.n);
		err = diff_text(old, new, add_piece, list);
		json_put(j, "pieces", list);
		if (err)
			json_free(j);
		else
			answer_set(a, j);
	}
	sms_text_free(old_text);
	sms_text_free(new_text);
	return err;
}

int read_text_diff(const struct query *q, struct answer *a)
{
	struct edition_pair p = {0};
	enum text_owner owner;
	const char *id;
	int err = text_of(q, a, &id, &owner);
	if (err)
		return err;
	err = edition_pair_open(q, &p);
	if (!err)
		err = edition_pair_read(q, &p, EDITION_TEXT, id);
	if (!err)
		err = diff(&p, id, a);
	else if (err == E_NOTFOUND)
		err = answer_refuse(a, err, "text %s has no such edition", id);
	edition_pair_close(&p);
	return err;
}
