/* See message.h. */
#include "engine/turn/message.h"

#include "engine/scenario.h"
#include "engine/utf8.h"

#include <stdio.h>
#include <string.h>

/* The shortest limit of the department's gateways: any of them may have to take it. */
size_t message_most_units(const struct config *config, const struct config_department *d)
{
	size_t most = MAX_SMS_UNITS;
	for (size_t i = 0; d && i < d->order.n; i++) {
		size_t units = text_most_units(&config->sms.gateway[d->order.at[i]]);
		most = units < most ? units : most;
	}
	return most;
}

/* ---- a person ---- */

void message_person_of(const struct target *t, struct message_person *ret)
{
	ret->names[0] = t->name;
	ret->names[1] = t->kana;
	ret->names[2] = t->owner_name;
	ret->n_items = 0;
}

void message_person_row(struct message_person *p, size_t n, const char *const *names,
			const char *const *values, bool first)
{
	if (first) {
		p->n_items = n < MAX_CARRIED ? n : MAX_CARRIED;
		for (size_t i = 0; i < p->n_items; i++)
			p->items[i] = (struct sms_item){names[i], values[i]};
		return;
	}
	for (size_t i = 0; i < p->n_items; i++) {
		bool same = false;
		for (size_t k = 0; k < n && !same; k++)
			same = strcmp(p->items[i].name, names[k]) == 0 &&
			       strcmp(p->items[i].value, values[k]) == 0;
		if (!same)
			p->items[i].value = "";
	}
}

/* Blanks, also full-width ones, left out. */
static void without_blanks(const char *s, char *out, size_t size)
{
	size_t left = strlen(s), n = 0;
	while (left > 0) {
		uint32_t c;
		size_t len = utf8_next(s, left, &c);
		if (len == 0 || n + len >= size)
			break;
		if (c != ' ' && c != 0x3000) {
			memcpy(out + n, s, len);
			n += len;
		}
		s += len;
		left -= len;
	}
	out[n] = '\0';
}

/* An SMS names nobody: who reads it may be somebody else. Nor whose debt it is: that of a
 * guardian's ward, or of who died. */
static bool names_him(const struct message_person *p, const char *finished)
{
	char text[SMS_TEXT_BYTES], name[MAX_NAME_BYTES];
	without_blanks(finished, text, sizeof text);
	for (size_t i = 0; i < sizeof p->names / sizeof *p->names; i++) {
		without_blanks(p->names[i], name, sizeof name);
		if (*name && strstr(text, name))
			return true;
	}
	return false;
}

/* ---- a text ---- */

int message_text(const struct config *config, const struct specs *specs, const struct campaign *c,
		 const char *text_id, const struct message_person *person, char buf[SMS_TEXT_BYTES],
		 char why[MAX_WORDS])
{
	return message_of(config, specs, c, specs_text(specs, text_id), person, buf, why);
}

int message_of(const struct config *config, const struct specs *specs, const struct campaign *c,
	       const struct sms_text *text, const struct message_person *person,
	       char buf[SMS_TEXT_BYTES], char why[MAX_WORDS])
{
	const struct config_department *d = config_department(config, c->department);
	struct sms_values values = {.due_day = c->due_day,
				    .caller = c->caller,
				    .phone = d ? d->phone : "",
				    .department = d ? d->name : "",
				    .city = config->engine.city_name,
				    .n_items = person ? person->n_items : 0,
				    .items = person ? person->items : NULL,
				    .sample = !person};
	struct sms_rules rules = {.most_units = message_most_units(config, d),
				  .domain = config->sms_domain};

	if (!text) {
		snprintf(why, MAX_WORDS, "it is not in specs/texts");
		return E_NOTFOUND;
	}
	int err = sms_text_compose(text, &values, buf, SMS_TEXT_BYTES);
	if (err) {
		snprintf(why, MAX_WORDS, "%s",
			 err == E_LIMIT ? "it is too long"
					: "a value that it names is missing or not of its kind");
		return err;
	}
	if (person && sms_text_item(text, 0) && names_him(person, buf)) {
		snprintf(why, MAX_WORDS, "it would hold the person's name");
		return E_INVALID;
	}
	err = sms_text_check(buf, specs_words(specs), &rules, why);
	if (err && person && sms_text_item(text, 0)) /* the word that it names is of his row */
		snprintf(why, MAX_WORDS, "%s",
			 err == E_LIMIT ? "it is too long"
					: "a secret word, a link or a character that must not be "
					  "in an SMS");
	return err;
}

const char *message_text_at(const struct specs *specs, const struct campaign *c, size_t n)
{
	const struct scenario *s;
	if (n < c->n_waves)
		return c->waves[n].channel == CHANNEL_SMS ? c->waves[n].text : "";
	s = specs_scenario(specs, c->id);
	return s ? scenario_sms_text(s, n - c->n_waves) : NULL;
}

bool message_sends(const struct specs *specs, const struct campaign *c, const char *text_id)
{
	const char *of;
	for (size_t i = 0; (of = message_text_at(specs, c, i)) != NULL; i++)
		if (strcmp(of, text_id) == 0)
			return true;
	return false;
}

bool message_is_personal(const struct specs *specs, const char *text_id)
{
	const struct sms_text *text = specs_text(specs, text_id);
	return text && sms_text_item(text, 0);
}

/* ---- counts ---- */

static bool is_personal_wave(const struct specs *specs, const struct campaign *c, size_t i)
{
	return c->waves[i].channel == CHANNEL_SMS && message_is_personal(specs, c->waves[i].text);
}

/* FNV-1a. */
static uint64_t mix(uint64_t hash, const char *s)
{
	for (; *s; s++)
		hash = (hash ^ (uint8_t)*s) * 0x100000001b3ULL;
	return (hash ^ 0xff) * 0x100000001b3ULL;
}

uint64_t message_print(const struct specs *specs, const struct campaign *c)
{
	uint64_t hash = 0xcbf29ce484222325ULL;
	bool any = false;

	for (size_t i = 0; i < c->n_waves; i++) {
		bool personal = is_personal_wave(specs, c, i);
		any = any || personal;
		hash = mix(hash,
			   personal ? sms_text_template(specs_text(specs, c->waves[i].text)) : "");
	}
	return any ? hash : 0;
}

void message_count(const struct config *config, const struct specs *specs, struct run_rec *r,
		   const struct message_person *person)
{
	const struct campaign *c = specs_campaign(specs, r->campaign);
	char buf[SMS_TEXT_BYTES], why[MAX_WORDS];

	if (r->n_sms_waves == 0)
		r->sms_print = message_print(specs, c);
	r->n_sms_waves = c->n_waves;
	for (size_t i = 0; i < c->n_waves; i++) {
		struct run_sms *s = &r->sms_wave[i];
		if (!is_personal_wave(specs, c, i))
			continue;
		if (message_text(config, specs, c, c->waves[i].text, person, buf, why)) {
			s->unfit++;
			continue;
		}
		uint32_t n = (uint32_t)sms_segments(buf);
		s->least = s->fit == 0 || n < s->least ? n : s->least;
		s->most = n > s->most ? n : s->most;
		s->segments += n;
		s->fit++;
	}
}

struct run_sms message_wave(const struct config *config, const struct specs *specs,
			    const struct run_rec *run, const struct campaign *c, size_t n)
{
	char buf[SMS_TEXT_BYTES], why[MAX_WORDS];

	if (is_personal_wave(specs, c, n))
		return n < run->n_sms_waves ? run->sms_wave[n] : (struct run_sms){0};
	if (message_text(config, specs, c, c->waves[n].text, NULL, buf, why))
		return (struct run_sms){.unfit = run->sms_targets};
	uint32_t each = (uint32_t)sms_segments(buf);
	return (struct run_sms){.fit = run->sms_targets,
				.least = each,
				.most = each,
				.segments = (uint64_t)each * run->sms_targets};
}

struct forecast message_forecast(const struct config *config, const struct specs *specs,
				 const struct run_rec *run)
{
	const struct campaign *c = specs_campaign(specs, run->campaign);
	struct forecast_in in = {.campaign = c,
				 .tariff = config->tariff,
				 .targets = run->targets,
				 .answer_percent = config->money.answer_rate,
				 .talk_ms = config->money.talk_time};
	if (!c)
		return (struct forecast){0};
	for (size_t i = 0; i < c->n_waves; i++) {
		if (c->waves[i].channel != CHANNEL_SMS)
			continue;
		struct run_sms s = message_wave(config, specs, run, c, i);
		in.wave[i].targets = s.fit;
		in.wave[i].segments = (int64_t)s.segments;
		in.wave[i].most = s.most;
	}
	return money_forecast(&in);
}
