/*
 * See scenario_edit.h. Nothing is kept of a scenario that a campaign which has it could not
 * call with: the engine would not start with it. What another department's campaigns have
 * too, or what callers hear, nobody changes here: who keeps the machine does.
 */
#include "engine/turn/scenario_edit.h"

#include "engine/control/methods.h"
#include "engine/turn/edit.h"
#include "engine/turn/hand_in.h"
#include "engine/turn/text_edit.h"

#include <stdlib.h>
#include <string.h>

bool is_scenario_command(int method)
{
	return method == M_SCENARIO_IMPORT || method == M_SCENARIO_RESTORE;
}

/* ---- any thread ---- */

/* Callers hear it: DOC, DOC-closed, DOC-nothing of a department. */
static bool is_announcement(const struct config *config, const char *doc)
{
	for (size_t i = 0; config->voice.inbound && i < config->n_departments; i++) {
		const char *id = config->department[i].callback_announcement;
		size_t n = strlen(id);
		if (n && strncmp(doc, id, n) == 0 &&
		    (doc[n] == '\0' || strcmp(doc + n, "-closed") == 0 ||
		     strcmp(doc + n, "-nothing") == 0))
			return true;
	}
	return false;
}

int scenario_owned(const struct engine *e, const char *campaign, const char *department,
		   const struct campaign **ret_c, struct scenario **ret_s)
{
	const struct campaign *c = specs_campaign(e->specs, campaign), *other;
	struct scenario *s = c ? specs_scenario(e->specs, campaign) : NULL;
	if (!s || strcmp(c->department, department) != 0)
		return E_NOTFOUND;
	*ret_c = c;
	*ret_s = s;
	for (size_t i = 0; (other = specs_campaign_at(e->specs, i)) != NULL; i++)
		if (strcmp(other->scenario, c->scenario) == 0 &&
		    strcmp(other->department, department) != 0)
			return E_DENIED;
	return is_announcement(e->config, c->scenario) ? E_DENIED : 0;
}

/* In the words of a text that does not exist: the wall between departments. Not at start: who
 * keeps the machine may let two departments send one text. */
void scenario_check_texts(const struct specs *specs, const struct campaign *c,
			  const struct scenario *s, struct problems *problems)
{
	const char *text;
	for (size_t i = 0; (text = scenario_sms_text(s, i)) != NULL; i++)
		if (text_is_anothers(specs, text, c->department))
			problems_error(problems, c->path, 0,
				       "text %s cannot be sent: it is not in specs/texts", text);
}

void scenario_fits(const struct engine *e, const char *doc, const struct scenario *s,
		   struct problems *problems)
{
	const struct campaign *c;
	for (size_t i = 0; (c = specs_campaign_at(e->specs, i)) != NULL; i++)
		if (strcmp(c->scenario, doc) == 0) {
			scenario_check_texts(e->specs, c, s, problems);
			specs_scenario_check(e->specs, e->config, c, s, problems);
		}
}

/* ---- saving ---- */

static bool uses(const struct engine *e, const struct campaign *c, const char *doc)
{
	(void)e;
	return strcmp(c->scenario, doc) == 0;
}

/* The engine goes on with it: runs that wait, too (none runs: runs_take_back()). */
static void adopt(struct engine *e, const char *doc, void *fresh)
{
	for (size_t i = 0; i < e->n_runs; i++) {
		struct run_view *v = e->runs[i];
		if (!v->campaign || strcmp(v->campaign->scenario, doc) != 0)
			continue;
		scenario_unref(v->scenario);
		v->scenario = scenario_ref(fresh);
	}
	specs_scenario_set(e->specs, doc, fresh);
}

static void drop(void *fresh)
{
	scenario_unref(fresh);
}

static int fits(struct engine *e, const struct hand_in *h, const struct scenario *s)
{
	struct problems problems;
	problems_init(&problems);
	scenario_fits(e, h->doc, s, &problems);
	int err = hand_in_refuse(h->command, &problems);
	problems_free(&problems);
	return err;
}

static int save(struct engine *e, const struct hand_in *h, void *doc)
{
	struct scenario *fresh = doc, *old = specs_scenario_of(e->specs, h->doc);
	const struct hand_in_old now = {.version = old ? scenario_version(old) : NULL,
					.source = old ? scenario_source(old) : NULL};
	const char *note = "";
	int err = hand_in_still(e, h, &now, scenario_source(fresh));
	if (!err)
		err = fits(e, h, fresh);
	if (err)
		return err;
	json_get_str(h->command->params, "note", &note);
	struct json *result = json_new_object();
	json_put_str(result, "scenario", h->doc);
	const struct edit_order order = {.kind = EDITION_SCENARIO,
					 .doc = h->doc,
					 .folder = "scenarios",
					 .end = ".vxml",
					 .bytes = scenario_source(fresh),
					 .before = scenario_source(old),
					 .note = note,
					 .from = h->from,
					 .fresh = scenario_ref(fresh),
					 .adopt = adopt,
					 .drop = drop,
					 .uses = uses,
					 .result = result};
	return edit_begin(e, h->command, &order);
}

/* ---- the command ---- */

static int read_in(const void *ctx, const char *name, const char *bytes, size_t n,
		   struct problems *problems, void **ret_doc)
{
	const struct engine *e = ctx;
	struct scenario *s = NULL;
	int err = e->ports->scenario->load_bytes(name, bytes, n, specs_scenario_words(e->specs),
						 problems, &s);
	if (!err)
		*ret_doc = s;
	return err;
}

static const struct hand_in_kind kind = {.in = {.read = read_in, .free = drop},
					 .kind = EDITION_SCENARIO,
					 .word = "scenario",
					 .end = ".vxml",
					 .save = save};

int on_scenario_command(struct engine *e, struct command *cmd, int method)
{
	const struct campaign *c;
	struct scenario *s;
	const char *id = "";
	json_get_str(cmd->params, "campaign", &id);
	int err = scenario_owned(e, id, cmd->who.department, &c, &s);
	if (err == E_NOTFOUND)
		return command_refuse(cmd, err, "there is no campaign %s with a scenario", id);
	if (err)
		return command_refuse(cmd, err,
				      "scenario %s is another department's too, or what callers "
				      "hear: who keeps the machine changes it",
				      c->scenario);
	const struct hand_in_old old = {
	    .doc = c->scenario, .version = scenario_version(s), .source = scenario_source(s)};
	return hand_in_begin(e, cmd, &kind, &old, method == M_SCENARIO_RESTORE);
}

/* ---- at start ---- */

int scenarios_recover(struct engine *e)
{
	const struct campaign *c;
	int err = 0;
	for (size_t i = 0; !err && (c = specs_campaign_at(e->specs, i)) != NULL; i++) {
		const struct scenario *s = specs_scenario(e->specs, c->id);
		if (s)
			err = edit_recover(e, EDITION_SCENARIO, c->scenario, scenario_source(s));
	}
	return err;
}
