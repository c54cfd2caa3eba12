/*
 * See reads.h: campaigns as the specs have them, and when they may contact anybody.
 *
 * window.list is the week calendar: every opening of every wave, by the very arithmetic
 * that the engine plans with (plan_window), so that nobody has to work out holidays.
 */
#include "engine/spec_in.h"
#include "engine/turn/message.h"
#include "engine/turn/reads.h"
#include "engine/turn/specs.h"
#include "engine/turn/turn.h"

#include "engine/clock.h"
#include "engine/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAYS = 14, MOST_DAYS = 62 };

static void put_day(struct json *j, const char *name, int32_t day)
{
	char text[11] = "";
	if (day != DAY_NONE)
		civil_format_date(day, text);
	json_put_str(j, name, text);
}

static struct json *campaign_json(const struct campaign *c)
{
	struct json *j = json_new_object();
	json_put_str(j, "campaign", c->id);
	json_put_str(j, "title", c->title);
	json_put_str(j, "kind", campaign_kind_word(c->kind));
	put_day(j, "start", c->start_day);
	put_day(j, "end", c->end_day);
	json_put_int(j, "waves", (int64_t)c->n_waves);
	json_put_str(j, "layout", c->layout);
	json_put_str(j, "files", c->file_pattern);
	return j;
}

int read_campaigns(const struct query *q, struct answer *a)
{
	const struct specs *specs = engine_specs(q->ctx);
	const struct campaign *c;
	struct bytes from;
	int err = answer_from(a, q, (struct bytes){"", 0}, &from);

	for (size_t i = 0; !err && (c = specs_campaign_at(specs, i)) != NULL; i++) {
		size_t n = strlen(c->id), least = n < from.n ? n : from.n;
		int order = memcmp(c->id, from.p, least);
		if (order < 0 || (order == 0 && n < from.n) ||
		    strcmp(c->department, q->who->department) != 0)
			continue;
		if (answer_look(a, (struct bytes){c->id, n}) || answer_row(a, campaign_json(c)))
			break;
	}
	return err;
}

static bool is_mine(const struct query *q, const struct campaign *c)
{
	return c && strcmp(c->department, q->who->department) == 0;
}

static const struct campaign *campaign_of(const struct query *q)
{
	const char *id = "";
	json_get_str(q->params, "campaign", &id);
	const struct campaign *c = specs_campaign(engine_specs(q->ctx), id);
	return is_mine(q, c) ? c : NULL;
}

/* ---- one campaign ---- */

/* As campaign files write them: "weekdays", "mon wed holidays", "all". */
static void put_days(struct json *j, unsigned days)
{
	static const char *const names[] = {"mon", "tue", "wed", "thu",
					    "fri", "sat", "sun", "holidays"};
	char text[64] = "";
	size_t n = 0;

	if (days == DAYS_ALL) {
		json_put_str(j, "days", "all");
		return;
	}
	if ((days & DAYS_WEEKDAYS) == DAYS_WEEKDAYS) {
		n = (size_t)snprintf(text, sizeof text, "weekdays");
		days &= ~DAYS_WEEKDAYS;
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (days & 1u << i)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n ? " " : "",
					      names[i]);
	json_put_str(j, "days", text);
}

static void put_minute(struct json *j, const char *name, int minute)
{
	char text[32];
	snprintf(text, sizeof text, "%d:%02d", minute / 60, minute % 60);
	json_put_str(j, name, text);
}

static struct json *windows_json(const struct wave *w)
{
	struct json *list = json_new_array();
	for (size_t i = 0; i < w->n_windows; i++) {
		struct json *j = json_new_object();
		put_days(j, w->windows[i].days);
		put_minute(j, "from", w->windows[i].from_min);
		put_minute(j, "to", w->windows[i].to_min);
		json_add(list, j);
	}
	return list;
}

static struct json *retry_json(const struct wave *w)
{
	struct json *list = json_new_array();
	for (size_t i = 0; i < w->n_retry; i++) {
		struct json *j = json_new_object();
		json_put_int(j, "code", (int)w->retry[i].code);
		json_put_str(j, "outcome", outcome_words(w->retry[i].code));
		json_put_int(j, "after_s", w->retry[i].after_ms / 1000);
		json_add(list, j);
	}
	return list;
}

/* The message as it would be sent (samples where it names items of the file). It is for everybody's
 * eyes: a text that is not was refused when the specs were read. */
static void put_sample(struct json *j, const struct query *q, const struct campaign *c,
		       const struct wave *w)
{
	char text[SMS_TEXT_BYTES] = "", why[MAX_WORDS] = "";
	int err =
	    message_text(engine_config(q->ctx), engine_specs(q->ctx), c, w->text, NULL, text, why);
	json_put_str(j, "sample", err ? "" : text);
	json_put_int(j, "segments", err ? 0 : (int64_t)sms_segments(text));
}

static struct json *wave_json(const struct query *q, const struct campaign *c, const struct wave *w)
{
	static const char *const choices[] = {
	    [NUMBER_FIRST] = "first", [NUMBER_IN_ORDER] = "in-order", [NUMBER_MOBILE] = "mobile"};
	struct json *j = json_new_object();
	json_put_str(j, "wave", w->id);
	json_put_str(j, "channel", w->channel == CHANNEL_VOICE ? "voice" : "sms");
	put_day(j, "from", c->start_day + w->from_day);
	put_day(j, "to", c->start_day + w->to_day);
	json_put_int(j, "attempts", w->most_attempts);
	json_put(j, "windows", windows_json(w));
	json_put(j, "retry", retry_json(w));
	json_put_int(j, "retry_s", w->retry_ms / 1000);
	if (w->channel == CHANNEL_VOICE) {
		json_put_str(j, "number", choices[w->number]);
		json_put_int(j, "ring_s", w->ring_ms / 1000);
		json_put_bool(j, "vary", w->vary);
	} else {
		json_put_str(j, "text", w->text);
		json_put_int(j, "after_calls", w->after_calls);
		put_sample(j, q, c, w);
	}
	return j;
}

int read_campaign(const struct query *q, struct answer *a)
{
	const struct campaign *c = campaign_of(q);
	if (!c)
		return answer_refuse(a, E_NOTFOUND, "there is no such campaign");
	struct json *j = campaign_json(c), *waves = json_new_array();
	put_day(j, "base", c->base_day);
	put_day(j, "due", c->due_day);
	put_day(j, "demand", c->demand_day);
	json_put_str(j, "scenario", c->scenario);
	json_put_str(j, "caller", c->caller);
	json_put_str(j, "sms_sender", c->sms_sender);
	json_put_int(j, "call_limit_s", c->call_limit_ms / 1000);
	read_put_yen(j, "limit_yen", c->limit_sen);
	json_put_str(j, "sha256", c->version);
	for (size_t i = 0; i < c->n_waves; i++)
		json_add(waves, wave_json(q, c, &c->waves[i]));
	json_put(j, "waves", waves);
	answer_set(a, j);
	return 0;
}

/* The files as they are now, read again: what a restart would say. */
int read_campaign_check(const struct query *q, struct answer *a)
{
	struct engine *e = q->ctx;
	struct problems problems;
	struct specs *fresh = NULL;
	if (!campaign_of(q))
		return answer_refuse(a, E_NOTFOUND, "there is no such campaign");
	problems_init(&problems);
	int err = specs_load(engine_config(e), engine_ports(e), &problems, &fresh);
	specs_free(fresh);
	if (err && err != E_INVALID) {
		problems_free(&problems);
		return err;
	}
	struct json *j = json_new_object(), *list = json_new_array();
	for (size_t i = 0; i < problems.n; i++) {
		struct json *one = json_new_object();
		json_put_str(one, "file", problems.list[i].file);
		json_put_int(one, "line", problems.list[i].line);
		json_put_str(one, "kind",
			     problems.list[i].kind == PROBLEM_ERROR ? "error" : "warning");
		json_put_str(one, "what", problems.list[i].what);
		json_add(list, one);
	}
	json_put_bool(j, "ok", err == 0);
	json_put(j, "problems", list);
	answer_set(a, j);
	problems_free(&problems);
	return 0;
}

/* ---- windows ---- */

struct windows {
	const struct query *q;
	struct answer *a;
	const struct calendar *calendar;
	struct bytes from;
	int64_t now_ms, from_ms, to_ms;
};

static struct json *opening_json(const struct windows *w, const struct campaign *c,
				 const struct wave *wave, int64_t opens_ms, int64_t closes_ms)
{
	struct json *j = json_new_object();
	struct civil from = civil_from_ms(opens_ms);
	int32_t day = civil_day_at(opens_ms);
	put_day(j, "day", day);
	put_minute(j, "from", from.hour * 60 + from.minute);
	put_minute(j, "to", (int)((closes_ms - civil_day_start(day)) / MS_PER_MIN));
	json_put_str(j, "state",
		     closes_ms <= w->now_ms  ? "over"
		     : opens_ms <= w->now_ms ? "open"
					     : "to come");
	json_put_str(j, "campaign", c->id);
	json_put_str(j, "title", c->title);
	json_put_str(j, "wave", wave->id);
	json_put_str(j, "channel", wave->channel == CHANNEL_VOICE ? "voice" : "sms");
	return j;
}

/* 1: the page is full. */
static int wave_windows(const struct windows *w, const struct campaign *c, size_t place, size_t n)
{
	int64_t at = w->from_ms, opens, closes;
	while (plan_window(c, w->calendar, n, at, &opens, &closes) && opens < w->to_ms) {
		char key[48];
		int len =
		    snprintf(key, sizeof key, "%06zu%02zu%015lld", place, n, (long long)opens);
		at = closes;
		if (w->from.n == (size_t)len && memcmp(key, w->from.p, w->from.n) < 0)
			continue; /* of an earlier page */
		if (answer_look(w->a, (struct bytes){key, (size_t)len}) ||
		    answer_row(w->a, opening_json(w, c, &c->waves[n], opens, closes)))
			return 1;
	}
	return 0;
}

static void put_holidays(const struct windows *w)
{
	struct json *list = json_new_array();
	for (int32_t d = civil_day_at(w->from_ms); d < civil_day_at(w->to_ms); d++) {
		char text[11];
		civil_format_date(d, text);
		if (calendar_is_holiday(w->calendar, d))
			json_add(list, json_new_str(text));
	}
	answer_put(w->a, "holidays", list);
	char today[11];
	civil_format_date(civil_day_at(w->now_ms), today);
	answer_put(w->a, "today", json_new_str(today));
}

static int windows_begin(const struct query *q, struct answer *a, int32_t first, int32_t days,
			 struct windows *w)
{
	*w = (struct windows){.q = q,
			      .a = a,
			      .calendar = specs_calendar(engine_specs(q->ctx)),
			      .now_ms = clock_now_ms(),
			      .from_ms = civil_day_start(first),
			      .to_ms = civil_day_start(first + days)};
	int err = answer_from(a, q, (struct bytes){"", 0}, &w->from);
	if (!err)
		put_holidays(w);
	return err;
}

/* True: the page is full. */
static bool campaign_windows(const struct windows *w, const struct campaign *c, size_t place)
{
	for (size_t n = 0; n < c->n_waves; n++)
		if (wave_windows(w, c, place, n))
			return true;
	return false;
}

int read_windows(const struct query *q, struct answer *a)
{
	const struct specs *specs = engine_specs(q->ctx);
	const struct campaign *c, *only = campaign_of(q);
	const char *id, *date;
	int64_t days = DAYS;
	int32_t first = civil_day_at(clock_now_ms());
	struct windows w;

	if (json_get_str(q->params, "campaign", &id) && !only)
		return answer_refuse(a, E_NOTFOUND, "there is no such campaign");
	if (json_get_str(q->params, "from", &date) && civil_parse_date(date, &first) != 0)
		return answer_refuse(a, E_INVALID, "%s is no day: write 2026-12-07", date);
	json_get_int(q->params, "days", &days);
	int err = windows_begin(q, a, first, (int32_t)days, &w);
	if (err)
		return err;
	for (size_t i = 0; (c = specs_campaign_at(specs, i)) != NULL; i++)
		if (is_mine(q, c) && (!only || only == c) && campaign_windows(&w, c, i))
			return 0;
	return 0;
}

/* ---- of a file that somebody writes ---- */

static int handed_campaign(const struct query *q, struct answer *a, const char *path,
			   struct campaign **ret)
{
	struct problems problems;
	char *bytes = NULL;
	size_t n = 0;
	int err = spec_in_bytes(q->file, &bytes, &n);
	if (err)
		return answer_refuse(a, err == E_LIMIT ? E_INVALID : err,
				     "a campaign is a regular file of text, at most %u kB",
				     MAX_EDIT_BYTES >> 10);
	problems_init(&problems);
	err = engine_ports(q->ctx)->exchange->campaign_load_bytes(
	    path, bytes, n, engine_config(q->ctx)->engine.schemas, &problems, ret);
	if (err == E_INVALID)
		err = answer_refuse(a, err, "the campaign has errors: campaign.verify names them");
	problems_free(&problems);
	free(bytes);
	return err;
}

int read_window_try(const struct query *q, struct answer *a)
{
	const struct campaign *old = campaign_of(q);
	struct campaign *c = NULL;
	struct windows w;
	if (!old)
		return answer_refuse(a, E_NOTFOUND, "there is no such campaign");
	int err = handed_campaign(q, a, old->path, &c);
	if (err)
		return err;
	int32_t days = c->end_day - c->start_day + 1;
	err = windows_begin(q, a, c->start_day, days < MOST_DAYS ? days : MOST_DAYS, &w);
	if (!err)
		campaign_windows(&w, c, 0);
	campaign_unref(c);
	return err;
}
