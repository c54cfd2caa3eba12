/*
 * See text_edit.h. A text is saved only if every campaign that sends it could send it as
 * it is then: what the check of a finished text refuses would stop the engine at its
 * next start. What another department sends too, nobody changes here: those who keep the
 * machine do, and ask both.
 */
#include "engine/turn/text_edit.h"

#include "engine/control/methods.h"
#include "engine/turn/edit.h"
#include "engine/turn/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool is_text_command(int method)
{
	return method == M_TEXT_SAVE || method == M_TEXT_RESTORE;
}

/* ---- any thread ---- */

enum text_owner text_owner(const struct specs *specs, const char *id, const char *department)
{
	const struct campaign *c;
	bool own = false, others = false;
	for (size_t i = 0; (c = specs_campaign_at(specs, i)) != NULL; i++) {
		if (!message_sends(specs, c, id))
			continue;
		bool is_own = strcmp(c->department, department) == 0;
		own = own || is_own;
		others = others || !is_own;
	}
	if (!own || !specs_text(specs, id))
		return TEXT_NONE;
	return others ? TEXT_SHARED : TEXT_OWN;
}

bool text_is_anothers(const struct specs *specs, const char *id, const char *department)
{
	const struct campaign *c;
	bool sent = false;
	for (size_t i = 0; (c = specs_campaign_at(specs, i)) != NULL; i++) {
		if (!message_sends(specs, c, id))
			continue;
		if (strcmp(c->department, department) == 0)
			return false;
		sent = true;
	}
	return sent;
}

int text_written(const char *template, struct sms_text **ret, char why[MAX_WORDS])
{
	struct problems problems;
	problems_init(&problems);
	int err = sms_text_of(template, &problems, ret);
	if (err)
		snprintf(why, MAX_WORDS, "%s",
			 problems.n ? problems.list[0].what : "it cannot be read");
	problems_free(&problems);
	return err;
}

int text_try(const struct config *config, const struct specs *specs, const struct campaign *c,
	     const struct sms_text *t, char finished[SMS_TEXT_BYTES], char why[MAX_WORDS])
{
	int err = message_of(config, specs, c, t, NULL, finished, why);
	return err ? err : specs_text_fits(specs, c, t, why);
}

/* ---- saving ---- */

static bool uses(const struct engine *e, const struct campaign *c, const char *doc)
{
	return message_sends(e->specs, c, doc);
}

static void adopt(struct engine *e, const char *doc, void *fresh)
{
	specs_text_set(e->specs, doc, fresh);
	e->sms_last.campaign = NULL; /* its finished text may be of the old one */
}

static void drop(void *fresh)
{
	sms_text_free(fresh);
}

static int fits_all(struct engine *e, struct command *cmd, const char *id, const struct sms_text *t)
{
	char finished[SMS_TEXT_BYTES], why[MAX_WORDS];
	const struct campaign *c;
	for (size_t i = 0; (c = specs_campaign_at(e->specs, i)) != NULL; i++) {
		if (!message_sends(e->specs, c, id))
			continue;
		int err = text_try(e->config, e->specs, c, t, finished, why);
		if (err == E_NOMEM)
			return err;
		if (err)
			return command_refuse(cmd, E_INVALID,
					      "campaign %s could not send it: %s. Nothing was "
					      "saved",
					      c->id, why);
	}
	return 0;
}

/* The text that may be changed now, as the caller looked at it. */
static int find(struct engine *e, struct command *cmd, const struct sms_text **ret,
		const char **ret_id)
{
	char now[65];
	const char *id = "", *seen;
	json_get_str(cmd->params, "text", &id);
	enum text_owner owner = text_owner(e->specs, id, cmd->who.department);
	if (owner == TEXT_NONE)
		return command_refuse(cmd, E_NOTFOUND, "there is no text %s", id);
	if (owner == TEXT_SHARED)
		return command_refuse(cmd, E_DENIED,
				      "text %s is sent by another department's campaigns too: who "
				      "keeps the machine changes it",
				      id);
	*ret = specs_text(e->specs, id);
	*ret_id = id;
	edit_hash(e->ports->digest, sms_text_source(*ret), now);
	if (json_get_str(cmd->params, "sha256", &seen) && strcmp(seen, now) != 0)
		return command_refuse(cmd, E_STATE,
				      "text %s is not what you looked at: somebody saved it "
				      "meanwhile. Look at it again",
				      id);
	return edit_may_begin(e, cmd, EDITION_TEXT, id, sms_text_source(*ret));
}

/* `file` is what will stand in the file. */
static int save(struct engine *e, struct command *cmd, const char *id, const struct sms_text *old,
		const char *file, uint32_t from)
{
	struct sms_text *fresh = NULL;
	char why[MAX_WORDS] = "";
	const char *note = "";

	if (strcmp(file, sms_text_source(old)) == 0)
		return command_refuse(cmd, E_INVALID, "text %s says that already", id);
	int err = text_written(file, &fresh, why);
	if (err)
		return err == E_NOMEM
			   ? err
			   : command_refuse(cmd, E_INVALID, "%s. Nothing was saved", why);
	err = fits_all(e, cmd, id, fresh);
	if (err) {
		sms_text_free(fresh);
		return err;
	}
	json_get_str(cmd->params, "note", &note);
	struct json *result = json_new_object();
	json_put_str(result, "text", id);
	const struct edit_order order = {.kind = EDITION_TEXT,
					 .doc = id,
					 .folder = "texts",
					 .end = ".txt",
					 .bytes = file,
					 .before = sms_text_source(old),
					 .note = note,
					 .from = from,
					 .fresh = fresh,
					 .adopt = adopt,
					 .drop = drop,
					 .uses = uses,
					 .result = result};
	return edit_begin(e, cmd, &order);
}

static int save_written(struct engine *e, struct command *cmd, const char *id,
			const struct sms_text *old)
{
	const char *template = "";
	char *file = NULL;
	json_get_str(cmd->params, "template", &template);
	int err = sms_text_rewrite(old, template, &file);
	if (err == E_INVALID)
		return command_refuse(cmd, E_INVALID,
				      "a text does not begin with #: that makes a comment");
	if (err == E_LIMIT)
		return command_refuse(cmd, E_INVALID, "with its comments it is too long");
	if (!err)
		err = save(e, cmd, id, old, file, 0);
	free(file);
	return err;
}

static int restore(struct engine *e, struct command *cmd, const char *id,
		   const struct sms_text *old)
{
	struct edition_rec r;
	int64_t n = 0;
	json_get_int(cmd->params, "edition", &n);
	int err = db_edition_get(&e->tx, EDITION_TEXT, id, (uint32_t)n, &r);
	if (err == E_NOTFOUND || (!err && r.state != EDITION_KEPT))
		return command_refuse(cmd, E_NOTFOUND, "text %s has no edition %lld", id,
				      (long long)n);
	return err ? err : save(e, cmd, id, old, r.bytes, r.n);
}

int on_text_command(struct engine *e, struct command *cmd, int method)
{
	const struct sms_text *old = NULL;
	const char *id = "";
	int err = find(e, cmd, &old, &id);
	if (err)
		return err;
	return method == M_TEXT_SAVE ? save_written(e, cmd, id, old) : restore(e, cmd, id, old);
}

/* ---- at start ---- */

int texts_recover(struct engine *e)
{
	const struct sms_text *t;
	const char *id;
	int err = 0;
	for (size_t i = 0; !err && (t = specs_text_at(e->specs, i, &id)) != NULL; i++)
		err = edit_recover(e, EDITION_TEXT, id, sms_text_source(t));
	return err;
}
