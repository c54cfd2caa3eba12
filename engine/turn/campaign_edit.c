/*
 * See campaign_edit.h. A campaign is saved only if the engine could go on with it: its
 * texts can be sent, its scenario fits, what it names is there. The rest of its checks are
 * those of a start, so the next start takes it too.
 *
 * What staff do not change: id, department, kind and <files>. They say whose file of the core
 * system it is that comes in, and what may be said of the people in it: a pattern that is too
 * wide would take another department's file, or have it refused. Nor do they bring numbers:
 * what residents see and ring back is the administrator's. Who keeps the machine changes these.
 *
 * A run that is being loaded counts its people by the campaign: until that is over, nothing is
 * saved.
 */
#include "engine/turn/campaign_edit.h"

#include "engine/control/methods.h"
#include "engine/turn/edit.h"
#include "engine/turn/hand_in.h"
#include "engine/turn/scenario_edit.h"
#include "engine/turn/text_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool is_campaign_command(int method)
{
	return method == M_CAMPAIGN_IMPORT || method == M_CAMPAIGN_RESTORE;
}

void campaign_in_free(struct campaign_in *in)
{
	if (!in)
		return;
	campaign_unref(in->campaign);
	scenario_unref(in->scenario);
	free(in);
}

/* ---- any thread: read ---- */

bool scenario_is_anothers(const struct specs *specs, const char *id, const char *department)
{
	const struct campaign *c;
	bool had = false;
	for (size_t i = 0; (c = specs_campaign_at(specs, i)) != NULL; i++) {
		if (strcmp(c->scenario, id) != 0)
			continue;
		if (strcmp(c->department, department) == 0)
			return false;
		had = true;
	}
	return had;
}

/* NULL: no campaign of the department has it, and another's is none. */
static struct scenario *scenario_there(const struct specs *specs, const struct campaign *c)
{
	return scenario_is_anothers(specs, c->scenario, c->department)
		   ? NULL
		   : specs_scenario_of(specs, c->scenario);
}

static int find_scenario(const struct engine *e, struct campaign_in *in, struct problems *problems)
{
	const struct campaign *c = in->campaign;
	char path[MAX_PATH_BYTES];
	struct scenario *there = c->scenario[0] ? scenario_there(e->specs, c) : NULL;
	if (there)
		in->scenario = scenario_ref(there);
	if (there || !c->scenario[0] || scenario_is_anothers(e->specs, c->scenario, c->department))
		return 0;
	snprintf(path, sizeof path, "%.700s/scenarios/%s.vxml", e->config->engine.specs,
		 c->scenario);
	if (access(path, R_OK) != 0)
		return 0; /* campaign_in_fits() says so */
	return specs_scenario_load(e->specs, e->config, c->scenario, problems, &in->scenario);
}

int campaign_in_read(const struct engine *e, const char *id, const char *bytes, size_t n,
		     struct problems *problems, struct campaign_in **ret)
{
	char path[MAX_PATH_BYTES];
	struct campaign_in *in = calloc(1, sizeof *in);
	if (!in)
		return E_NOMEM;
	snprintf(path, sizeof path, "%.700s/campaigns/%s.xml", e->config->engine.specs, id);
	int err = e->ports->exchange->campaign_load_bytes(path, bytes, n, e->config->engine.schemas,
							  problems, &in->campaign);
	if (!err)
		err = find_scenario(e, in, problems);
	if (err)
		campaign_in_free(in);
	else
		*ret = in;
	return err;
}

/* ---- any thread: what may be changed ---- */

static void check_fixed(const struct campaign *old, const struct campaign *c,
			struct problems *problems)
{
	const struct {
		const char *what, *was, *is;
	} fixed[] = {
	    {"id", old->id, c->id},
	    {"department", old->department, c->department},
	    {"kind", campaign_kind_word(old->kind), campaign_kind_word(c->kind)},
	    {"files layout", old->layout, c->layout},
	    {"files pattern", old->file_pattern, c->file_pattern},
	    {"files full", old->full_pattern, c->full_pattern},
	    {"files contacts", old->contact_layout, c->contact_layout},
	    {"files results", old->result_layout, c->result_layout},
	    {"files corrections", old->correction_layout, c->correction_layout},
	    {"files errors", old->error_layout, c->error_layout},
	    {"files receipt", old->receipt_layout, c->receipt_layout},
	};
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		if (strcmp(fixed[i].was, fixed[i].is) != 0)
			problems_error(problems, c->path, 0,
				       "%s is \"%s\" and stays so: who keeps the machine changes "
				       "it",
				       fixed[i].what, fixed[i].was);
}

/* One that the configuration or a campaign gives the department. */
static bool is_own_number(const struct engine *e, const char *department, const char *digits)
{
	const struct config_department *d = config_department(e->config, department);
	const struct campaign *c;
	if (d && (strcmp(d->caller, digits) == 0 || strcmp(d->sms_sender, digits) == 0))
		return true;
	for (size_t i = 0; (c = specs_campaign_at(e->specs, i)) != NULL; i++)
		if (strcmp(c->department, department) == 0 &&
		    (strcmp(c->caller, digits) == 0 || strcmp(c->sms_sender, digits) == 0))
			return true;
	return false;
}

static void check_numbers(const struct engine *e, const struct campaign *c,
			  struct problems *problems)
{
	const char *const numbers[] = {c->caller, c->sms_sender};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (numbers[i][0] && !is_own_number(e, c->department, numbers[i]))
			problems_error(problems, c->path, 0,
				       "%s is no number of department %s: take one that its "
				       "campaigns have, or have who keeps the machine add it",
				       numbers[i], c->department);
}

/* The wall between departments: what others have is not there. */
static void check_wall(const struct engine *e, const struct campaign *c,
		       const struct scenario *scenario, struct problems *problems)
{
	for (size_t i = 0; i < c->n_waves; i++)
		if (c->waves[i].text[0] &&
		    text_is_anothers(e->specs, c->waves[i].text, c->department))
			problems_error(problems, c->path, 0,
				       "text %s cannot be sent: it is not in specs/texts",
				       c->waves[i].text);
	if (c->scenario[0] && !scenario)
		problems_error(problems, c->path, 0, "scenario %s is not in specs/scenarios",
			       c->scenario);
	if (scenario)
		scenario_check_texts(e->specs, c, scenario, problems);
}

void campaign_in_fits(const struct engine *e, const struct campaign *old,
		      const struct campaign_in *in, struct problems *problems)
{
	size_t before = problems->errors;
	check_fixed(old, in->campaign, problems);
	check_numbers(e, in->campaign, problems);
	check_wall(e, in->campaign, in->scenario, problems);
	if (problems->errors > before)
		return; /* the rest would speak of what is not its own */
	specs_campaign_check(e->specs, e->config, in->campaign, problems);
	if (in->scenario)
		specs_scenario_check(e->specs, e->config, in->campaign, in->scenario, problems);
}

/* ---- saving ---- */

static bool uses(const struct engine *e, const struct campaign *c, const char *doc)
{
	(void)e;
	return strcmp(c->id, doc) == 0;
}

static void view_adopt(struct run_view *v, const struct campaign_in *in)
{
	campaign_unref(v->campaign);
	v->campaign = campaign_ref(in->campaign);
	scenario_unref(v->scenario);
	v->scenario = in->scenario ? scenario_ref(in->scenario) : NULL;
	common_texts_unref(v->common); /* the campaign's own words are in it */
	v->common = NULL;
	v->gate_ms = v->money_ms = 0;
}

/* The engine goes on with it: runs that wait, too (none runs: runs_take_back()). */
static void adopt(struct engine *e, const char *doc, void *fresh)
{
	struct campaign_in *in = fresh;
	for (size_t i = 0; i < e->n_runs; i++)
		if (e->runs[i]->campaign && strcmp(e->runs[i]->campaign->id, doc) == 0)
			view_adopt(e->runs[i], in);
	e->sms_last.campaign = NULL; /* its finished text may be of the old one */
	specs_campaign_set(e->specs, in->campaign, in->scenario);
	free(in);
}

static void drop(void *fresh)
{
	campaign_in_free(fresh);
}

static int not_loading(struct engine *e, struct command *cmd, const char *id)
{
	for (size_t i = 0; i < e->n_runs; i++) {
		const struct run_view *v = e->runs[i];
		if (v->campaign && !v->loaded && strcmp(v->campaign->id, id) == 0)
			return command_refuse(cmd, E_STATE,
					      "run %u of campaign %s is still being loaded: try "
					      "again",
					      v->id, id);
	}
	return 0;
}

/* A copy: what was read stays the event's, which may be applied twice. With the scenario as it is
 * now: it may have been saved, or have come to another campaign, since it was read. */
static struct campaign_in *in_now(const struct engine *e, const struct campaign_in *in)
{
	const struct campaign *c = in->campaign;
	struct campaign_in *now = calloc(1, sizeof *now);
	if (!now)
		return NULL;
	struct scenario *s = c->scenario[0] ? scenario_there(e->specs, c) : NULL;
	if (!s && !scenario_is_anothers(e->specs, c->scenario, c->department))
		s = in->scenario;
	now->campaign = campaign_ref(in->campaign);
	now->scenario = s ? scenario_ref(s) : NULL;
	return now;
}

static int fits(struct engine *e, const struct hand_in *h, const struct campaign *old,
		const struct campaign_in *in)
{
	struct problems problems;
	problems_init(&problems);
	campaign_in_fits(e, old, in, &problems);
	int err = hand_in_refuse(h->command, &problems);
	problems_free(&problems);
	return err;
}

static int save(struct engine *e, const struct hand_in *h, void *doc)
{
	const struct campaign *old = specs_campaign(e->specs, h->doc);
	const struct hand_in_old now = {.version = old ? old->version : NULL,
					.source = old ? old->source : NULL};
	const struct campaign_in *read = doc;
	const char *note = "";
	int err = hand_in_still(e, h, &now, read->campaign->source);
	if (!err)
		err = not_loading(e, h->command, h->doc);
	if (err)
		return err;
	struct campaign_in *fresh = in_now(e, read);
	err = fresh ? fits(e, h, old, fresh) : E_NOMEM;
	if (err) {
		campaign_in_free(fresh);
		return err;
	}
	json_get_str(h->command->params, "note", &note);
	struct json *result = json_new_object();
	json_put_str(result, "campaign", h->doc);
	const struct edit_order order = {.kind = EDITION_CAMPAIGN,
					 .doc = h->doc,
					 .folder = "campaigns",
					 .end = ".xml",
					 .bytes = fresh->campaign->source,
					 .before = old->source,
					 .note = note,
					 .from = h->from,
					 .fresh = fresh,
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
	char id[MAX_ID];
	struct campaign_in *in = NULL;
	snprintf(id, sizeof id, "%.*s", (int)(strlen(name) - strlen(".xml")), name);
	int err = campaign_in_read(ctx, id, bytes, n, problems, &in);
	if (!err)
		*ret_doc = in;
	return err;
}

static const struct hand_in_kind kind = {.in = {.read = read_in, .free = drop},
					 .kind = EDITION_CAMPAIGN,
					 .word = "campaign",
					 .end = ".xml",
					 .save = save};

int on_campaign_command(struct engine *e, struct command *cmd, int method)
{
	const char *id = "";
	json_get_str(cmd->params, "campaign", &id);
	const struct campaign *c = specs_campaign(e->specs, id);
	if (!c || strcmp(c->department, cmd->who.department) != 0)
		return command_refuse(cmd, E_NOTFOUND, "there is no campaign %s", id);
	const struct hand_in_old old = {.doc = c->id, .version = c->version, .source = c->source};
	return hand_in_begin(e, cmd, &kind, &old, method == M_CAMPAIGN_RESTORE);
}

/* ---- at start ---- */

int campaigns_recover(struct engine *e)
{
	const struct campaign *c;
	int err = 0;
	for (size_t i = 0; !err && (c = specs_campaign_at(e->specs, i)) != NULL; i++)
		err = edit_recover(e, EDITION_CAMPAIGN, c->id, c->source);
	return err;
}
