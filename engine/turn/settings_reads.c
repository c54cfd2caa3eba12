/*
 * `settings.list`, `holiday.list`, `inbound.list`: what the configuration and the
 * calendars say, as they were loaded when the engine started. Read in the reader
 * threads from what nobody changes. They are changed in the files, by who keeps the
 * machine: a console that could write them could dial what it likes.
 *
 * The wall: whoever is no administrator sees his own department's section and what all
 * share that his work needs (tariffs, retention, transfers, expected files). Secrets
 * are said to be there, and no more.
 */
#include "engine/turn/engine.h"
#include "engine/turn/reads.h"

#include "engine/clock.h"
#include "engine/config/table.h"
#include "engine/plan/civil.h"
#include "engine/plan/hours.h"

#include <string.h>

enum { SETTING_KEY = 5 }; /* section, number (2 bytes), key, and nothing: opaque to who asks */

static bool may_see(const struct caller *who, enum section s, const char *id)
{
	if (who->roles & ROLE_ADMINISTRATOR)
		return true;
	if (s == SECTION_DEPARTMENT)
		return strcmp(id, who->department) == 0;
	return s == SECTION_MONEY || s == SECTION_RETENTION || s == SECTION_TRANSFER ||
	       s == SECTION_EXPECT;
}

static size_t count_of(const struct config *c, const struct config_section *s)
{
	size_t n = 1;
	if (s->stride)
		memcpy(&n, (const char *)c + s->count, sizeof n);
	return n;
}

static struct json *setting_json(const struct config_section *s, const char *id,
				 const struct config_key *k, const void *base)
{
	char value[CONFIG_VALUE_TEXT];
	struct json *j = json_new_object();
	config_value_text(k, base, value, sizeof value);
	json_put_str(j, "section", s->name);
	json_put_str(j, "name", id);
	json_put_str(j, "key", k->name);
	json_put_str(j, "value", value);
	json_put_str(j, "default", k->when == WHEN_DEFAULT ? k->value : "");
	json_put_str(j, "words", k->words);
	return j;
}

/* 1: the page is full. */
static int one_section(const struct query *q, struct answer *a, struct bytes from, enum section s,
		       size_t n)
{
	const struct engine *e = q->ctx;
	const struct config_section *section = &config_sections[s];
	const char *base = (const char *)e->config + section->first + n * section->stride;
	const char *id = section->stride ? base + section->id : "";
	if (!may_see(q->who, s, id))
		return 0;
	for (size_t k = 0; k < section->n; k++) {
		const unsigned char key[SETTING_KEY] = {(unsigned char)s, (unsigned char)(n >> 8),
							(unsigned char)n, (unsigned char)k, 0};
		if (from.n && memcmp(key, from.p, from.n < sizeof key ? from.n : sizeof key) < 0)
			continue;
		if (answer_look(a, (struct bytes){key, sizeof key}) ||
		    answer_row(a, setting_json(section, id, &section->keys[k], base)))
			return 1;
	}
	return 0;
}

int read_settings(const struct query *q, struct answer *a)
{
	const struct engine *e = q->ctx;
	struct bytes from;
	int err = answer_from(a, q, (struct bytes){"", 0}, &from);
	for (enum section s = 0; !err && s < SECTIONS; s++)
		for (size_t n = 0; !err && n < count_of(e->config, &config_sections[s]); n++)
			err = one_section(q, a, from, s, n);
	return err < 0 ? err : 0;
}

/* ---- holidays ---- */

int read_holidays(const struct query *q, struct answer *a)
{
	const struct calendar *cal = specs_calendar(engine_specs(q->ctx));
	int32_t today = civil_day_at(clock_real_ms());
	struct bytes from;
	int err = answer_from(a, q, (struct bytes){"", 0}, &from);
	for (size_t i = 0; !err && i < cal->n; i++) {
		char day[11];
		civil_format_date(cal->holiday[i], day);
		if (from.n && memcmp(day, from.p, from.n < 10 ? from.n : 10) < 0)
			continue;
		struct json *j = json_new_object();
		json_put_str(j, "day", day);
		json_put_bool(j, "over", cal->holiday[i] < today);
		if (answer_look(a, (struct bytes){day, 10}) || answer_row(a, j))
			break;
	}
	return err;
}

/* ---- who rings back ---- */

struct answering {
	const struct query *q;
	struct answer *a;
	const struct config_department *d;
	struct bytes from;
	unsigned char at; /* which of the department's numbers: the page's key */
};

/* `is`: what the number is to the department. */
static int one_number(struct answering *in, const char *number, size_t n, const char *is)
{
	const struct engine *e = in->q->ctx;
	const struct config_department *d = in->d;
	struct hours hours;
	char closed[MAX_ID + 8], nothing[MAX_ID + 8], words[HOURS_WORDS] = "", copy[MAX_NUMBER];
	unsigned char key = in->at++;
	if (n >= sizeof copy || (in->from.n && key < *(const unsigned char *)in->from.p))
		return 0;
	memcpy(copy, number, n);
	copy[n] = '\0';
	if (answer_look(in->a, (struct bytes){&key, 1}))
		return 1;
	bool good = hours_parse(d->callback_hours, d->callback_days != 0, &hours) == 0;
	if (good && *d->callback_hours)
		hours_words(&hours, words);
	snprintf(closed, sizeof closed, "%s-closed", d->callback_announcement);
	snprintf(nothing, sizeof nothing, "%s-nothing", d->callback_announcement);
	struct json *j = json_new_object();
	json_put_str(j, "number", copy);
	json_put_str(j, "is", is);
	json_put_str(j, "department", d->id);
	json_put_bool(j, "answered", e->config->voice.inbound);
	json_put_str(j, "says", d->callback ? "announcement" : "scenario");
	json_put_str(j, "hours", d->callback_hours);
	json_put_str(j, "days", d->callback_days ? "weekdays" : "all");
	json_put_str(j, "hours_words", words);
	json_put_bool(
	    j, "open",
	    good && hours_open(&hours, specs_calendar(engine_specs(in->q->ctx)), clock_real_ms()));
	json_put_str(j, "general", d->callback_announcement);
	json_put_str(j, "closed", closed);
	json_put_str(j, "nothing", nothing);
	return answer_row(in->a, j);
}

int read_inbound(const struct query *q, struct answer *a)
{
	const struct engine *e = q->ctx;
	struct answering in = {
	    .q = q, .a = a, .d = config_department(e->config, q->who->department)};
	int err = answer_from(a, q, (struct bytes){"", 0}, &in.from);
	if (err || !in.d)
		return err;
	int full = one_number(&in, in.d->caller, strlen(in.d->caller), "caller");
	for (const char *s = in.d->callback_numbers; !full && *s;) {
		size_t n = strcspn(s, " ");
		if (n)
			full = one_number(&in, s, n, "more");
		s += n + (s[n] == ' ');
	}
	return full < 0 ? full : 0;
}
