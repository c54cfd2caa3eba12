/* See specs.h. */
#include "engine/turn/specs.h"

#include "engine/log.h"
#include "engine/scenario/words.h"
#include "engine/turn/message.h"

#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_TEXTS = 200, MOST_REPLACED = 1000, MOST_SCENARIOS = 200, MOST_OLD = 500 };

struct text_entry {
	char id[MAX_ID];
	_Atomic(struct sms_text *) text;
};

struct campaign_entry {
	_Atomic(struct campaign *) campaign;
	_Atomic(struct scenario *) scenario; /* NULL: no voice wave */
};

struct specs {
	const struct ports *ports;
	struct layouts *layouts;
	struct calendar calendar;
	struct sms_words *words;
	struct scenario_words *scenario_words;
	size_t n_campaigns, n_texts;
	struct campaign_entry campaigns[MAX_CAMPAIGNS];
	struct text_entry texts[MOST_TEXTS];
	struct scenario *announcements[CONFIG_MOST_DEPARTMENTS][ANNOUNCEMENTS];
	size_t n_replaced, n_old_scenarios;
	struct scenario
	    *old_scenarios[MOST_SCENARIOS]; /* likewise: replaced, and still looked at */
	size_t n_old_campaigns;
	struct campaign *old_campaigns[MOST_OLD]; /* likewise */
	struct sms_text *replaced[MOST_REPLACED]; /* texts that readers may still look at */
};

static struct campaign *campaign_n(const struct specs *s, size_t n)
{
	return s->campaigns[n].campaign;
}

/* ---- folders ---- */

static int ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);
	return n > m && strcmp(name + n - m, end) == 0 && name[0] != '.';
}

typedef int (*each_fn)(struct specs *s, const struct config *config, const char *path,
		       const char *id, struct problems *problems);

/* Each file of a folder that ends so, in the order of names. */
static int each(struct specs *s, const struct config *config, const char *folder, const char *end,
		each_fn fn, struct problems *problems)
{
	struct dirent **list;
	char dir[MAX_PATH_BYTES], path[MAX_PATH_BYTES * 2], id[MAX_ID];
	int err = 0;

	snprintf(dir, sizeof dir, "%.700s/%s", config->engine.specs, folder);
	int n = scandir(dir, &list, NULL, alphasort);
	if (n < 0) {
		problems_error(problems, dir, 0,
			       "cannot be read (%s): make the folder, or mend engine.specs",
			       strerror(errno));
		return 0;
	}
	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;
		if (!err && ends_with(name, end)) {
			size_t len = strlen(name) - strlen(end);
			snprintf(path, sizeof path, "%s/%s", dir, name);
			if (len >= MAX_ID)
				problems_error(problems, path, 0, "the name is over %d bytes",
					       MAX_ID - 1);
			else {
				memcpy(id, name, len);
				id[len] = '\0';
				err = fn(s, config, path, id, problems);
			}
		}
		free(list[i]);
	}
	free(list);
	return err == E_INVALID ? 0 : err; /* what is invalid is among the problems */
}

/* ---- one file each ---- */

static int load_text(struct specs *s, const struct config *config, const char *path, const char *id,
		     struct problems *problems)
{
	struct text_entry *t = &s->texts[s->n_texts];
	(void)config;
	if (s->n_texts == MOST_TEXTS) {
		problems_error(problems, path, 0, "more than %d texts", MOST_TEXTS);
		return E_LIMIT;
	}
	struct sms_text *text;
	int err = sms_text_load(path, problems, &text);
	if (err)
		return err == E_NOMEM ? err : 0;
	t->text = text;
	snprintf(t->id, sizeof t->id, "%s", id);
	s->n_texts++;
	return 0;
}

static int load_holidays(struct specs *s, const struct config *config, const char *path,
			 const char *id, struct problems *problems)
{
	(void)config;
	(void)id;
	return s->ports->exchange->holidays_load(path, problems, &s->calendar);
}

/* Its items are columns that the file carries, and only where no debt is in that file. */
int specs_text_fits(const struct specs *s, const struct campaign *c, const struct sms_text *t,
		    char why[MAX_WORDS])
{
	const struct exchange_ops *x = s->ports->exchange;
	const struct layout *l = c->layout[0] ? x->layout_find(s->layouts, c->layout) : NULL;
	const char *item;

	for (size_t i = 0; (item = sms_text_item(t, i)) != NULL; i++) {
		if (c->kind != CAMPAIGN_GENERAL)
			snprintf(why, MAX_WORDS,
				 "says %s of the file: only texts of general campaigns may, an SMS "
				 "says nothing of anybody's debt",
				 item);
		else if (l && !x->layout_carries(l, item))
			snprintf(why, MAX_WORDS, "says %s, which layout %s does not carry", item,
				 c->layout);
		else
			continue;
		return E_INVALID;
	}
	return 0;
}

/* The finished text, as every target would get it. */
static void check_text(const struct specs *s, const struct config *config, const struct campaign *c,
		       const char *text, struct problems *problems)
{
	char finished[SMS_TEXT_BYTES], why[MAX_WORDS];
	const struct sms_text *t = specs_text(s, text);
	if (t && specs_text_fits(s, c, t, why))
		problems_error(problems, c->path, 0, "text %s %s", text, why);
	if (s->words && message_text(config, s, c, text, NULL, finished, why))
		problems_error(problems, c->path, 0, "text %s cannot be sent: %s", text, why);
}

void specs_campaign_check(const struct specs *s, const struct config *config,
			  const struct campaign *c, struct problems *problems)
{
	const struct exchange_ops *x = s->ports->exchange;
	const struct {
		const char *id;
		enum layout_kind kind;
	} layouts[] = {
	    {c->layout, LAYOUT_TARGETS},        {c->contact_layout, LAYOUT_CONTACTS},
	    {c->result_layout, LAYOUT_RESULTS}, {c->correction_layout, LAYOUT_CORRECTIONS},
	    {c->error_layout, LAYOUT_ERRORS},   {c->receipt_layout, LAYOUT_RECEIPT},
	};
	const struct layout *targets = c->layout[0] ? x->layout_find(s->layouts, c->layout) : NULL;
	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
		const struct layout *l =
		    layouts[i].id[0] ? x->layout_find(s->layouts, layouts[i].id) : NULL;
		if (layouts[i].id[0] && !l)
			problems_error(problems, c->path, 0, "layout %s is not in specs/layouts",
				       layouts[i].id);
		else if (l && x->layout_kind(l) != layouts[i].kind)
			problems_error(problems, c->path, 0, "layout %s is of another kind of file",
				       layouts[i].id);
		else if (l && targets && l != targets && !x->layout_holds(l, targets))
			/* Found only when its file is built, it would hold all rows of that file.
			 */
			problems_error(
			    problems, c->path, 0,
			    "layout %s lacks characters that files of layout %s may "
			    "bring: say missing=\"geta\" there, or agree on one encoding",
			    layouts[i].id, c->layout);
	}
	if (!config_department(config, c->department))
		problems_error(problems, c->path, 0,
			       "department %s is not in the configuration: add [department %s]",
			       c->department, c->department);
	/* Of these kinds it may be spoken to whoever picks up. */
	const char *word = c->kind == CAMPAIGN_REMINDER
			       ? NULL
			       : words_find(specs_scenario_words(s), WORDS_SECRET, c->title);
	if (word)
		problems_error(problems, c->path, 0,
			       "the title says \"%s\": scenarios may say it to whoever picks up, "
			       "so nothing unpaid may stand in it",
			       word);
	for (size_t i = 0; i < c->n_waves; i++)
		if (c->waves[i].channel == CHANNEL_SMS)
			check_text(s, config, c, c->waves[i].text, problems);
}

static enum sound_kept kept_here(const struct config *config)
{
	return config->voice.keep_sound ? SOUND_KEPT : SOUND_NOT_KEPT;
}

/* The secrecy rules that a scenario was checked by are those of its own kind. */
void specs_scenario_check(const struct specs *s, const struct config *config,
			  const struct campaign *c, const struct scenario *scenario,
			  struct problems *problems)
{
	const char *text;
	if (scenario_kind(scenario) != c->kind)
		problems_error(problems, c->path, 0,
			       "scenario %s is of kind %s, the campaign of kind %s", c->scenario,
			       campaign_kind_word(scenario_kind(scenario)),
			       campaign_kind_word(c->kind));
	for (size_t i = 0; (text = scenario_sms_text(scenario, i)) != NULL; i++) {
		check_text(s, config, c, text, problems);
		if (!c->sms_sender[0])
			problems_error(problems, c->path, 0,
				       "scenario %s sends SMS, but there is no <sms sender>",
				       c->scenario);
	}
	scenario_check_sound(scenario, kept_here(config), c->path, problems);
	for (size_t i = 0; (text = scenario_transfer(scenario, i)) != NULL; i++)
		if (scenario_needs_transfer(scenario, i) && !config_transfer(config, text))
			problems_error(problems, c->path, 0,
				       "scenario %s transfers to \"%s\", which is not in the "
				       "configuration: add [transfer %s]",
				       c->scenario, text, text);
}

int specs_scenario_load(const struct specs *s, const struct config *config, const char *id,
			struct problems *problems, struct scenario **ret)
{
	char path[MAX_PATH_BYTES];
	snprintf(path, sizeof path, "%.700s/scenarios/%s.vxml", config->engine.specs, id);
	return s->ports->scenario->load(path, s->scenario_words, problems, ret);
}

static int load_scenario(struct specs *s, const struct config *config, struct campaign_entry *entry,
			 struct problems *problems)
{
	const struct campaign *c = entry->campaign;
	const char *id = c->scenario;
	if (!id[0])
		return 0;
	for (size_t i = 0; i < s->n_campaigns; i++)
		if (s->campaigns[i].scenario && strcmp(campaign_n(s, i)->scenario, id) == 0) {
			entry->scenario = scenario_ref(s->campaigns[i].scenario);
			return 0;
		}
	struct scenario *loaded = NULL;
	int err = specs_scenario_load(s, config, id, problems, &loaded);
	entry->scenario = loaded;
	return err == E_INVALID || err == E_NOTFOUND || err == E_IO ? 0 : err;
}

static int load_campaign(struct specs *s, const struct config *config, const char *path,
			 const char *id, struct problems *problems)
{
	struct campaign_entry entry = {0};
	size_t before = problems->errors;

	if (s->n_campaigns == MAX_CAMPAIGNS) {
		problems_error(problems, path, 0, "more than %d campaigns", MAX_CAMPAIGNS);
		return E_LIMIT;
	}
	struct campaign *c = NULL;
	int err = s->ports->exchange->campaign_load(path, config->engine.schemas, problems, &c);
	if (err)
		return err == E_NOMEM ? err : 0;
	entry.campaign = c;
	if (strcmp(c->id, id) != 0)
		problems_error(problems, path, 0, "its id is %s: the file's name must be %s.xml",
			       c->id, c->id);
	specs_campaign_check(s, config, c, problems);
	err = load_scenario(s, config, &entry, problems);
	if (!err && entry.scenario)
		specs_scenario_check(s, config, c, entry.scenario, problems);
	if (!err && c->scenario[0] && !entry.scenario && problems->errors == before)
		problems_error(problems, path, 0, "scenario %s cannot be read", c->scenario);
	if (err) {
		campaign_unref(c);
		return err;
	}
	s->campaigns[s->n_campaigns++] = entry;
	return 0;
}

/* ---- announcements for calls that come in ---- */

static int load_announcement(struct specs *s, const struct config *config, size_t department,
			     enum announcement which, struct problems *problems)
{
	static const char *const ends[ANNOUNCEMENTS] = {"", "-closed", "-nothing"};
	const struct config_department *d = &config->department[department];
	struct scenario **to = &s->announcements[department][which];
	char path[MAX_PATH_BYTES];

	for (size_t i = 0; i < department; i++)
		if (strcmp(config->department[i].callback_announcement, d->callback_announcement) ==
			0 &&
		    s->announcements[i][which]) {
			*to = scenario_ref(s->announcements[i][which]);
			return 0;
		}
	snprintf(path, sizeof path, "%.700s/scenarios/%s%s.vxml", config->engine.specs,
		 d->callback_announcement, ends[which]);
	if (access(path, F_OK) != 0) {
		problems_warn(problems, path, 0,
			      "is missing: calls of [department %s] that would hear it are not "
			      "answered",
			      d->id);
		return 0;
	}
	int err = s->ports->scenario->load(path, s->scenario_words, problems, to);
	if (err)
		return err == E_INVALID || err == E_IO ? 0 : err;
	/* Whoever rings hears it: of a notice the checker proved that it names nobody. */
	if (scenario_kind(*to) != CAMPAIGN_NOTICE || scenario_speaks_of_day(*to))
		problems_error(problems, path, 0,
			       "an announcement must be of o:kind notice, and speak no keyed date");
	scenario_check_sound(*to, kept_here(config), path, problems);
	return 0;
}

static int load_announcements(struct specs *s, const struct config *config,
			      struct problems *problems)
{
	int err = 0;
	for (size_t i = 0; config->voice.inbound && i < config->n_departments; i++)
		for (int k = 0; k < ANNOUNCEMENTS && !err; k++)
			err = load_announcement(s, config, i, (enum announcement)k, problems);
	return err;
}

/* ---- all ---- */

int specs_load(const struct config *config, const struct ports *ports, struct problems *problems,
	       struct specs **ret_specs)
{
	char path[MAX_PATH_BYTES];
	size_t before = problems->errors;
	struct specs *s = calloc(1, sizeof *s);
	if (!s)
		return E_NOMEM;
	s->ports = ports;
	snprintf(path, sizeof path, "%.700s/layouts", config->engine.specs);
	int err =
	    ports->exchange->layouts_load(path, config->engine.schemas, problems, &s->layouts);
	err = err == E_NOMEM ? err : 0;
	if (!err && s->layouts)
		(void)ports->exchange->layouts_person_width(s->layouts, config->engine.person_width,
							    config->engine.person_zeros);
	if (!err) {
		snprintf(path, sizeof path, "%.700s/lexicon", config->engine.specs);
		err = ports->scenario->words_load(path, problems, &s->scenario_words);
		err = err == E_NOMEM ? err : 0;
	}
	if (!err) {
		snprintf(path, sizeof path, "%.700s/lexicon/secret-words", config->engine.specs);
		err = sms_words_load(path, problems, &s->words);
		err = err == E_NOMEM ? err : 0;
	}
	if (!err)
		err = each(s, config, "calendars", ".csv", load_holidays, problems);
	if (!err)
		err = each(s, config, "texts", ".txt", load_text, problems);
	/* What is missing is among the problems; campaigns cannot be checked without it. */
	if (!err && s->layouts && s->scenario_words && s->words)
		err = each(s, config, "campaigns", ".xml", load_campaign, problems);
	if (!err && s->scenario_words)
		err = load_announcements(s, config, problems);
	if (!err && problems->errors > before)
		err = E_INVALID;
	if (err) {
		specs_free(s);
		return err;
	}
	*ret_specs = s;
	return 0;
}

void specs_free(struct specs *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_campaigns; i++) {
		campaign_unref(s->campaigns[i].campaign);
		scenario_unref(s->campaigns[i].scenario);
	}
	for (size_t i = 0; i < CONFIG_MOST_DEPARTMENTS; i++)
		for (int k = 0; k < ANNOUNCEMENTS; k++)
			scenario_unref(s->announcements[i][k]);
	for (size_t i = 0; i < s->n_texts; i++)
		sms_text_free(s->texts[i].text);
	for (size_t i = 0; i < s->n_replaced; i++)
		sms_text_free(s->replaced[i]);
	for (size_t i = 0; i < s->n_old_scenarios; i++)
		scenario_unref(s->old_scenarios[i]);
	for (size_t i = 0; i < s->n_old_campaigns; i++)
		campaign_unref(s->old_campaigns[i]);
	if (s->layouts)
		s->ports->exchange->layouts_free(s->layouts);
	if (s->scenario_words)
		s->ports->scenario->words_free(s->scenario_words);
	sms_words_free(s->words);
	free(s);
}

const struct layouts *specs_layouts(const struct specs *s)
{
	return s->layouts;
}

const struct calendar *specs_calendar(const struct specs *s)
{
	return &s->calendar;
}

const struct sms_words *specs_words(const struct specs *s)
{
	return s->words;
}

uint64_t specs_staff(const struct config *config, const struct scenario *scenario)
{
	const char *name;
	uint64_t staff = 0;

	for (size_t i = 0; (name = scenario_transfer(scenario, i)) != NULL; i++)
		if (config_transfer(config, name))
			staff |= 1ull << i;
	return staff;
}

struct campaign *specs_campaign(const struct specs *s, const char *id)
{
	for (size_t i = 0; i < s->n_campaigns; i++)
		if (strcmp(campaign_n(s, i)->id, id) == 0)
			return s->campaigns[i].campaign;
	return NULL;
}

struct campaign *specs_campaign_at(const struct specs *s, size_t n)
{
	return n < s->n_campaigns ? s->campaigns[n].campaign : NULL;
}

struct scenario *specs_scenario(const struct specs *s, const char *campaign)
{
	for (size_t i = 0; i < s->n_campaigns; i++)
		if (strcmp(campaign_n(s, i)->id, campaign) == 0)
			return s->campaigns[i].scenario;
	return NULL;
}

struct scenario *specs_announcement(const struct specs *s, size_t department,
				    enum announcement which)
{
	return department < CONFIG_MOST_DEPARTMENTS ? s->announcements[department][which] : NULL;
}

const struct sms_text *specs_text_at(const struct specs *s, size_t n, const char **ret_id)
{
	if (n >= s->n_texts)
		return NULL;
	*ret_id = s->texts[n].id;
	return s->texts[n].text;
}

const struct sms_text *specs_text(const struct specs *s, const char *id)
{
	for (size_t i = 0; i < s->n_texts; i++)
		if (strcmp(s->texts[i].id, id) == 0)
			return s->texts[i].text;
	return NULL;
}

bool specs_text_room(const struct specs *s)
{
	return s->n_replaced < MOST_REPLACED;
}

void specs_text_set(struct specs *s, const char *id, struct sms_text *t)
{
	for (size_t i = 0; i < s->n_texts; i++)
		if (strcmp(s->texts[i].id, id) == 0) {
			BUG_IF(!specs_text_room(s)); /* edit_may_begin() asked */
			s->replaced[s->n_replaced++] = atomic_exchange(&s->texts[i].text, t);
			return;
		}
	sms_text_free(t);
}

const struct scenario_words *specs_scenario_words(const struct specs *s)
{
	return s->scenario_words;
}

struct scenario *specs_scenario_of(const struct specs *s, const char *id)
{
	for (size_t i = 0; i < s->n_campaigns; i++) {
		struct scenario *scenario = s->campaigns[i].scenario; /* once: it may be replaced */
		if (scenario && strcmp(campaign_n(s, i)->scenario, id) == 0)
			return scenario;
	}
	return NULL;
}

bool specs_scenario_room(const struct specs *s)
{
	return s->n_old_scenarios < MOST_SCENARIOS;
}

/* Campaigns have a reference each; of the old one the last of theirs stays, for readers. */
void specs_scenario_set(struct specs *s, const char *id, struct scenario *fresh)
{
	struct scenario *old = NULL;
	for (size_t i = 0; i < s->n_campaigns; i++) {
		if (!s->campaigns[i].scenario || strcmp(campaign_n(s, i)->scenario, id) != 0)
			continue;
		struct scenario *was =
		    atomic_exchange(&s->campaigns[i].scenario, scenario_ref(fresh));
		if (old)
			scenario_unref(was);
		else
			old = was;
	}
	if (old) {
		BUG_IF(!specs_scenario_room(s)); /* edit_may_begin() asked */
		s->old_scenarios[s->n_old_scenarios++] = old;
	}
	scenario_unref(fresh);
}

/* ---- campaigns that staff change ---- */

bool specs_campaign_room(const struct specs *s)
{
	return s->n_old_campaigns < MOST_OLD && specs_scenario_room(s);
}

void specs_campaign_set(struct specs *s, struct campaign *fresh, struct scenario *scenario)
{
	for (size_t i = 0; i < s->n_campaigns; i++) {
		if (strcmp(campaign_n(s, i)->id, fresh->id) != 0)
			continue;
		BUG_IF(!specs_campaign_room(s)); /* edit_may_begin() asked */
		struct scenario *was = atomic_exchange(&s->campaigns[i].scenario, scenario);
		if (was && was == scenario)
			scenario_unref(was); /* the campaign's other reference stays */
		else if (was)
			s->old_scenarios[s->n_old_scenarios++] = was;
		s->old_campaigns[s->n_old_campaigns++] =
		    atomic_exchange(&s->campaigns[i].campaign, fresh);
		return;
	}
	campaign_unref(fresh);
	scenario_unref(scenario);
}
