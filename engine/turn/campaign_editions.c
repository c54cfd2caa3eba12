/*
 * `campaign.verify`, `campaign.export`, `campaign.editions`, `campaign.diff`,
 * `campaign.parts`, in the reader threads: what somebody needs who changes a campaign, and
 * what became of it before.
 */
#include "engine/spec_in.h"
#include "engine/turn/campaign_edit.h"
#include "engine/turn/edition_reads.h"
#include "engine/turn/engine.h"
#include "engine/turn/reads.h"
#include "engine/turn/scenario_edit.h"
#include "engine/turn/text_edit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int campaign_of(const struct query *q, struct answer *a, const struct campaign **ret)
{
	const struct engine *e = q->ctx;
	const char *id = "";
	json_get_str(q->params, "campaign", &id);
	const struct campaign *c = specs_campaign(e->specs, id);
	if (!c || strcmp(c->department, q->who->department) != 0)
		return answer_refuse(a, E_NOTFOUND, "there is no campaign %s", id);
	*ret = c;
	return 0;
}

static struct edition_of edition_of(const struct campaign *c)
{
	return (struct edition_of){EDITION_CAMPAIGN, c->id, "campaign"};
}

/* ---- campaign.verify ---- */

static int verify(const struct engine *e, const struct campaign *c, int file,
		  struct problems *problems)
{
	struct campaign_in *in = NULL;
	char *bytes = NULL;
	size_t n = 0;
	int err = spec_in_bytes(file, &bytes, &n);
	if (!err)
		err = campaign_in_read(e, c->id, bytes, n, problems, &in);
	if (!err)
		campaign_in_fits(e, c, in, problems);
	campaign_in_free(in);
	free(bytes);
	return err;
}

int read_campaign_verify(const struct query *q, struct answer *a)
{
	const struct campaign *c;
	struct problems problems;
	int err = campaign_of(q, a, &c);
	if (err)
		return err;
	problems_init(&problems);
	err = verify(q->ctx, c, q->file, &problems);
	if (err && !problems.errors)
		err = answer_refuse(a, err == E_LIMIT ? E_INVALID : err,
				    "a campaign is a regular file of text, at most %u kB",
				    MAX_EDIT_BYTES >> 10);
	else
		err = answer_problems(q, a, &problems);
	problems_free(&problems);
	return err;
}

/* ---- editions ---- */

int read_campaign_editions(const struct query *q, struct answer *a)
{
	const struct campaign *c;
	int err = campaign_of(q, a, &c);
	return err ? err
		   : editions_list(q, a, EDITION_CAMPAIGN, c->id, c->source, edition_put_bytes);
}

int read_campaign_export(const struct query *q, struct answer *a)
{
	const struct campaign *c;
	int err = campaign_of(q, a, &c);
	if (err)
		return err;
	const struct edition_of of = edition_of(c);
	return edition_export(q, a, &of, c->source);
}

int read_campaign_diff(const struct query *q, struct answer *a)
{
	const struct campaign *c;
	int err = campaign_of(q, a, &c);
	if (err)
		return err;
	const struct edition_of of = edition_of(c);
	return edition_diff_lines(q, a, &of);
}

/* ---- campaign.parts ---- */

struct parts {
	const struct query *q;
	struct answer *a;
	struct bytes from;
	uint16_t n;
	bool full;
};

static void part(struct parts *p, const char *kind, const char *id, const char *words)
{
	unsigned char key[2] = {(unsigned char)(p->n >> 8), (unsigned char)p->n};
	p->n++;
	if (p->full || (p->from.n == sizeof key && memcmp(key, p->from.p, sizeof key) < 0))
		return;
	p->full = answer_look(p->a, (struct bytes){key, sizeof key});
	if (p->full)
		return;
	struct json *j = json_new_object();
	json_put_str(j, "kind", kind);
	json_put_str(j, "id", id);
	json_put_str(j, "words", words);
	p->full = answer_row(p->a, j) != 0;
}

/* Of the folder: one that no campaign has yet may be chosen, too. Of another kind than the
 * campaign's it is known only if one has it. */
static void put_scenarios(struct parts *p, const struct engine *e, const struct campaign *c)
{
	struct dirent **list;
	char dir[MAX_PATH_BYTES];
	snprintf(dir, sizeof dir, "%.700s/scenarios", e->config->engine.specs);
	int n = scandir(dir, &list, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char *end = strrchr(list[i]->d_name, '.');
		bool is = end && end > list[i]->d_name && strcmp(end, ".vxml") == 0;
		if (is)
			*end = '\0';
		const struct scenario *s = is ? specs_scenario_of(e->specs, list[i]->d_name) : NULL;
		if (is && !scenario_is_anothers(e->specs, list[i]->d_name, c->department) &&
		    (!s || scenario_kind(s) == c->kind))
			part(p, "scenario", list[i]->d_name, "");
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

static void put_texts(struct parts *p, const struct engine *e, const struct campaign *c)
{
	const struct sms_text *t;
	const char *id;
	for (size_t i = 0; (t = specs_text_at(e->specs, i, &id)) != NULL; i++) {
		char finished[SMS_TEXT_BYTES], why[MAX_WORDS];
		if (!text_is_anothers(e->specs, id, c->department) &&
		    text_try(e->config, e->specs, c, t, finished, why) == 0)
			part(p, "text", id, sms_text_template(t));
	}
}

static void put_outcomes(struct parts *p)
{
	for (int code = 1; code < 100; code++) {
		char id[8];
		bool voice = outcome_is_voice((enum outcome)code);
		snprintf(id, sizeof id, "%02d", code);
		if (outcome_words((enum outcome)code)[0] &&
		    (voice || outcome_is_sms((enum outcome)code)))
			part(p, voice ? "voice-outcome" : "sms-outcome", id,
			     outcome_words((enum outcome)code));
	}
}

int read_campaign_parts(const struct query *q, struct answer *a)
{
	const struct engine *e = q->ctx;
	const struct campaign *c;
	struct parts p = {.q = q, .a = a};
	int err = campaign_of(q, a, &c);
	if (!err)
		err = answer_from(a, q, (struct bytes){"", 0}, &p.from);
	if (err)
		return err;
	put_scenarios(&p, e, c);
	put_texts(&p, e, c);
	put_outcomes(&p);
	return 0;
}
