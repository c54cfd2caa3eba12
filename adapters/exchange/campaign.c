/*
 * See campaign.h. The schema sees to shapes; here is what it cannot say: dates in
 * order, windows that are open, waves inside their campaign, what each channel
 * needs. All problems are named with their line, then nothing is returned.
 */
#include "adapters/exchange/campaign.h"

#include "adapters/exchange/xmlfile.h"
#include "engine/plan/money.h"
#include "engine/plan/phone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CALL_LIMIT_MS = 5 * 60 * 1000,
	RING_MS = 25 * 1000,
	RETRY_MS = 60 * 60 * 1000,     /* no answer: in an hour */
	RETRY_BUSY_MS = 5 * 60 * 1000, /* busy: in five minutes */
	LEAST_RING_MS = 5000,
	MOST_RING_MS = 120000,
	LEAST_LIMIT_MS = 30 * 1000,
	MOST_LIMIT_MS = 30 * 60 * 1000,
	MOST_DAYS = 400,
};

struct loading {
	struct xmlfile file;
	struct campaign *c;
};

/* ---- values ---- */

static void copy(struct loading *l, const xmlNode *node, const char *name, char *out, size_t size)
{
	const char *v = xmlfile_attr(node, name);
	if (!v)
		return;
	if (strlen(v) >= size)
		xmlfile_error(&l->file, node, "%s is over %zu bytes", name, size - 1);
	else
		memcpy(out, v, strlen(v) + 1);
}

static int32_t date(struct loading *l, const xmlNode *node, const char *name)
{
	int32_t day = DAY_NONE;
	const char *v = xmlfile_attr(node, name);
	if (v && civil_parse_date(v, &day))
		xmlfile_error(&l->file, node, "%s: there is no day %s; write YYYY-MM-DD", name, v);
	return day;
}

/* "25 s", "5 min", "1 h", "2 d"; the schema saw to the shape. */
static int64_t duration(struct loading *l, const xmlNode *node, const char *name, int64_t none)
{
	char unit[8];
	int n;
	const char *v = xmlfile_attr(node, name);
	if (!v)
		return none;
	if (sscanf(v, "%6d %7s", &n, unit) != 2) {
		xmlfile_error(&l->file, node,
			      "%s: \"%s\" is no duration; write a number and s, min, h or d", name,
			      v);
		return none;
	}
	int64_t by = strcmp(unit, "s") == 0     ? 1000
		     : strcmp(unit, "min") == 0 ? 60000
		     : strcmp(unit, "h") == 0   ? 3600000
						: MS_PER_DAY;
	return n * by;
}

static int whole(const xmlNode *node, const char *name, int none)
{
	const char *v = xmlfile_attr(node, name);
	return v ? atoi(v) : none;
}

static int minutes(struct loading *l, const xmlNode *node, const char *name)
{
	int hour = 0, minute = 0;
	const char *v = xmlfile_attr(node, name);
	if (!v || sscanf(v, "%2d:%2d", &hour, &minute) != 2 || hour * 60 + minute > 1440)
		xmlfile_error(&l->file, node, "%s: write a time from 0:00 to 24:00", name);
	return hour * 60 + minute;
}

static unsigned days(const char *words)
{
	static const struct {
		const char *word;
		unsigned bits;
	} table[] = {{"all", DAYS_ALL}, {"weekdays", DAYS_WEEKDAYS},
		     {"mon", 1},        {"tue", 2},
		     {"wed", 4},        {"thu", 8},
		     {"fri", 16},       {"sat", 32},
		     {"sun", 64},       {"holidays", DAYS_HOLIDAY}};
	unsigned bits = 0;
	for (const char *at = words; at && *at;) {
		size_t n = strcspn(at, " ");
		for (size_t i = 0; i < sizeof table / sizeof *table; i++)
			if (strlen(table[i].word) == n && strncmp(table[i].word, at, n) == 0)
				bits |= table[i].bits;
		at += n;
		at += strspn(at, " ");
	}
	return bits;
}

/* ---- waves ---- */

static void window(struct loading *l, const xmlNode *node, struct wave *w)
{
	struct window v = {.days = days(xmlfile_attr(node, "days")),
			   .from_min = minutes(l, node, "from"),
			   .to_min = minutes(l, node, "to")};
	if (v.from_min >= v.to_min)
		xmlfile_error(
		    &l->file, node,
		    "the window is never open: \"to\" must be later than \"from\" on the same "
		    "day (over midnight: write two windows)");
	if (w->n_windows == MAX_WINDOWS)
		xmlfile_error(&l->file, node, "more than %d windows in a wave", MAX_WINDOWS);
	else
		w->windows[w->n_windows++] = v;
}

static void retry(struct loading *l, const xmlNode *node, struct wave *w)
{
	const char *v = xmlfile_attr(node, "outcome");
	struct retry_rule r = {.after_ms = duration(l, node, "after", RETRY_MS)};
	if (v && strcmp(v, "other") == 0) {
		w->retry_ms = r.after_ms;
		return;
	}
	int code = v ? atoi(v) : 0;
	bool fits = outcome_words((enum outcome)code)[0] != '\0' &&
		    (w->channel == CHANNEL_VOICE ? outcome_is_voice((enum outcome)code)
						 : outcome_is_sms((enum outcome)code));
	if (!fits) {
		xmlfile_error(
		    &l->file, node,
		    "outcome \"%s\" is none of a %s attempt: write a code (docs/campaigns.md) "
		    "or \"other\"",
		    v ? v : "", w->channel == CHANNEL_VOICE ? "voice" : "sms");
		return;
	}
	r.code = (enum outcome)code;
	for (size_t i = 0; i < w->n_retry; i++)
		if (w->retry[i].code == r.code) {
			if (i > 0 || w->retry[0].code != OUT_BUSY ||
			    w->retry[0].after_ms != RETRY_BUSY_MS)
				xmlfile_error(&l->file, node, "a second rule for outcome %d", code);
			w->retry[i] = r; /* in place of the default for busy */
			return;
		}
	if (w->n_retry == MAX_RETRY_RULES)
		xmlfile_error(&l->file, node, "more than %d retry rules", MAX_RETRY_RULES);
	else
		w->retry[w->n_retry++] = r;
}

static void check_wave(struct loading *l, const xmlNode *node, const struct wave *w)
{
	const struct campaign *c = l->c;
	for (size_t i = 0; i < c->n_waves; i++)
		if (strcmp(c->waves[i].id, w->id) == 0)
			xmlfile_error(&l->file, node, "a second wave %s", w->id);
	if (w->to_day < w->from_day)
		xmlfile_error(&l->file, node, "wave %s: to-day is before from-day", w->id);
	else if (c->start_day != DAY_NONE && c->end_day != DAY_NONE &&
		 c->start_day + w->to_day > c->end_day)
		xmlfile_error(&l->file, node,
			      "wave %s goes on until day %d, after the campaign's end", w->id,
			      w->to_day);
	if (w->channel == CHANNEL_VOICE && !c->scenario[0])
		xmlfile_error(&l->file, node,
			      "wave %s calls, but there is no <voice scenario caller>", w->id);
	if (w->channel == CHANNEL_SMS && !w->text[0])
		xmlfile_error(&l->file, node, "wave %s sends SMS: say which text", w->id);
	if (w->channel == CHANNEL_SMS && !c->sms_sender[0])
		xmlfile_error(&l->file, node, "wave %s sends SMS, but there is no <sms sender>",
			      w->id);
	if (w->channel == CHANNEL_VOICE && w->text[0])
		xmlfile_error(&l->file, node, "wave %s: text belongs to SMS waves", w->id);
	if (w->channel == CHANNEL_VOICE && w->after_calls)
		xmlfile_error(&l->file, node, "wave %s: after-calls belongs to SMS waves", w->id);
	if (w->ring_ms < LEAST_RING_MS || w->ring_ms > MOST_RING_MS)
		xmlfile_error(&l->file, node, "wave %s: ring must be 5 s to 120 s", w->id);
	if (w->most_attempts > MAX_TARGET_ATTEMPTS)
		xmlfile_error(&l->file, node, "wave %s: more than %d attempts", w->id,
			      MAX_TARGET_ATTEMPTS);
}

static void wave(struct loading *l, const xmlNode *node)
{
	struct wave w = {.from_day = whole(node, "from-day", 0),
			 .to_day = whole(node, "to-day", 0),
			 .most_attempts = whole(node, "attempts", 1),
			 .after_calls = whole(node, "after-calls", 0),
			 .retry_ms = RETRY_MS,
			 .ring_ms = duration(l, node, "ring", RING_MS)};
	const char *channel = xmlfile_attr(node, "channel"), *number = xmlfile_attr(node, "number");

	w.channel = channel && strcmp(channel, "sms") == 0 ? CHANNEL_SMS : CHANNEL_VOICE;
	w.number = w.channel == CHANNEL_SMS                    ? NUMBER_MOBILE
		   : number && strcmp(number, "in-order") == 0 ? NUMBER_IN_ORDER
		   : number && strcmp(number, "mobile") == 0   ? NUMBER_MOBILE
							       : NUMBER_FIRST;
	if (w.channel == CHANNEL_VOICE)
		w.retry[w.n_retry++] = (struct retry_rule){OUT_BUSY, RETRY_BUSY_MS};
	const char *vary = xmlfile_attr(node, "vary");
	w.vary = vary && strcmp(vary, "yes") == 0;
	copy(l, node, "id", w.id, sizeof w.id);
	copy(l, node, "text", w.text, sizeof w.text);
	for (const xmlNode *n = xmlfile_first(node); n; n = xmlfile_next(n)) {
		if (xmlfile_is(n, "window"))
			window(l, n, &w);
		else if (xmlfile_is(n, "retry"))
			retry(l, n, &w);
	}
	check_wave(l, node, &w);
	if (l->c->n_waves == MAX_WAVES)
		xmlfile_error(&l->file, node, "more than %d waves", MAX_WAVES);
	else
		l->c->waves[l->c->n_waves++] = w;
}

/* ---- the rest ---- */

static void files(struct loading *l, const xmlNode *node)
{
	struct campaign *c = l->c;
	copy(l, node, "layout", c->layout, sizeof c->layout);
	copy(l, node, "pattern", c->file_pattern, sizeof c->file_pattern);
	copy(l, node, "full", c->full_pattern, sizeof c->full_pattern);
	copy(l, node, "contacts", c->contact_layout, sizeof c->contact_layout);
	copy(l, node, "results", c->result_layout, sizeof c->result_layout);
	copy(l, node, "corrections", c->correction_layout, sizeof c->correction_layout);
	copy(l, node, "errors", c->error_layout, sizeof c->error_layout);
	copy(l, node, "receipt", c->receipt_layout, sizeof c->receipt_layout);
}

static void dates(struct loading *l, const xmlNode *node)
{
	struct campaign *c = l->c;
	c->start_day = date(l, node, "start");
	c->end_day = date(l, node, "end");
	c->base_day = date(l, node, "base");
	c->due_day = date(l, node, "due");
	c->demand_day = date(l, node, "demand");
	if (c->start_day == DAY_NONE || c->end_day == DAY_NONE)
		return;
	if (c->end_day < c->start_day)
		xmlfile_error(&l->file, node, "the end is before the start");
	else if (c->end_day - c->start_day > MOST_DAYS)
		xmlfile_error(&l->file, node,
			      "it lasts more than %d days: make one campaign a year", MOST_DAYS);
	if (c->demand_day != DAY_NONE && c->end_day >= c->demand_day)
		xmlfile_error(
		    &l->file, node,
		    "the campaign must end before 督促状抽出日 (demand): the core system has "
		    "taken the cases over by then");
	if (c->kind == CAMPAIGN_REMINDER && c->demand_day == DAY_NONE)
		xmlfile_warn(
		    &l->file, node,
		    "a reminder without 督促状抽出日 (demand): residents who already got a "
		    "督促状 may be called");
	if (c->kind == CAMPAIGN_NOTICE && c->due_day == DAY_NONE)
		xmlfile_error(&l->file, node,
			      "a notice speaks of its due date: add due=\"YYYY-MM-DD\"");
}

static void voice(struct loading *l, const xmlNode *node)
{
	struct campaign *c = l->c;
	copy(l, node, "scenario", c->scenario, sizeof c->scenario);
	copy(l, node, "caller", c->caller, sizeof c->caller);
	c->call_limit_ms = duration(l, node, "limit", CALL_LIMIT_MS);
	if (c->call_limit_ms < LEAST_LIMIT_MS || c->call_limit_ms > MOST_LIMIT_MS)
		xmlfile_error(&l->file, node, "limit must be 30 s to 30 min");
	if (!phone_may_dial(c->caller))
		xmlfile_error(&l->file, node,
			      "caller %s is no number that a resident could call back", c->caller);
}

static void head(struct loading *l, const xmlNode *root)
{
	struct campaign *c = l->c;
	const char *kind = xmlfile_attr(root, "kind");
	copy(l, root, "id", c->id, sizeof c->id);
	copy(l, root, "department", c->department, sizeof c->department);
	c->kind = kind && strcmp(kind, "reminder") == 0  ? CAMPAIGN_REMINDER
		  : kind && strcmp(kind, "general") == 0 ? CAMPAIGN_GENERAL
							 : CAMPAIGN_NOTICE;
}

static void title(struct loading *l, const xmlNode *node)
{
	xmlChar *text = xmlNodeGetContent(node);
	const char *s = text ? (const char *)text : "";
	if (strlen(s) >= sizeof l->c->title)
		xmlfile_error(&l->file, node, "the title is over %zu bytes",
			      sizeof l->c->title - 1);
	else
		memcpy(l->c->title, s, strlen(s) + 1);
	xmlFree(text);
}

static void walk(struct loading *l, const xmlNode *root)
{
	head(l, root);
	for (const xmlNode *n = xmlfile_first(root); n; n = xmlfile_next(n)) {
		if (xmlfile_is(n, "title"))
			title(l, n);
		else if (xmlfile_is(n, "files"))
			files(l, n);
		else if (xmlfile_is(n, "dates"))
			dates(l, n);
		else if (xmlfile_is(n, "voice"))
			voice(l, n);
		else if (xmlfile_is(n, "sms"))
			copy(l, n, "sender", l->c->sms_sender, sizeof l->c->sms_sender);
		else if (xmlfile_is(n, "money"))
			l->c->limit_sen = (int64_t)whole(n, "limit", 0) * SEN_PER_YEN;
		else if (xmlfile_is(n, "wave"))
			wave(l, n);
	}
}

/* Of a file that is open; closes it. */
static int read_open(struct loading *l, size_t errors_before, struct campaign **ret_campaign)
{
	int err = 0;

	l->c = calloc(1, sizeof *l->c);
	if (!l->c) {
		err = E_NOMEM;
		goto out;
	}
	atomic_init(&l->c->refs, 1);
	l->c->start_day = l->c->end_day = l->c->base_day = l->c->due_day = l->c->demand_day =
	    DAY_NONE;
	l->c->call_limit_ms = CALL_LIMIT_MS;
	snprintf(l->c->path, sizeof l->c->path, "%s", l->file.path);
	memcpy(l->c->version, l->file.version, sizeof l->c->version);
	walk(l, xmlDocGetRootElement(l->file.doc));
	if (l->file.problems->errors > errors_before)
		err = E_INVALID;
out:
	if (!err) {
		l->c->source = l->file.bytes;
		l->file.bytes = NULL;
		*ret_campaign = l->c;
	} else {
		free(l->c);
	}
	xmlfile_close(&l->file);
	return err;
}

int campaign_file_load(const char *path, const char *schema_dir, struct problems *problems,
		       struct campaign **ret_campaign)
{
	struct loading l = {0};
	size_t before = problems->errors;

	int err = xmlfile_open(path, schema_dir, "campaign.xsd", problems, &l.file);
	if (err && problems->errors == before)
		problems_error(problems, path, 0, "cannot be read: %s", err_str(err));
	return err ? err : read_open(&l, before, ret_campaign);
}

int campaign_bytes_load(const char *path, const char *bytes, size_t n, const char *schema_dir,
			struct problems *problems, struct campaign **ret_campaign)
{
	struct loading l = {0};
	size_t before = problems->errors;

	int err = xmlfile_open_bytes(path, bytes, n, schema_dir, "campaign.xsd", problems, &l.file);
	return err ? err : read_open(&l, before, ret_campaign);
}
