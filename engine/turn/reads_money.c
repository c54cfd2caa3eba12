/* See reads.h: what was spent, what may be, and what the open runs will still cost. */
#include "engine/turn/db.h"
#include "engine/turn/message.h"
#include "engine/turn/reads.h"
#include "engine/turn/turn.h"
#include "engine/turn/found.h"

#include "engine/clock.h"

#include <stdio.h>
#include <string.h>

enum { ARENA = 4 << 20 };

void read_put_yen(struct json *j, const char *name, int64_t sen)
{
	char text[40];
	snprintf(text, sizeof text, "%lld.%02lld", (long long)(sen / SEN_PER_YEN),
		 (long long)(sen % SEN_PER_YEN));
	json_put_str(j, name, text);
}

void read_put_forecast(struct json *j, struct engine *e, const struct run_rec *run)
{
	const struct config *config = engine_config(e);
	const struct campaign *c = specs_campaign(engine_specs(e), run->campaign);
	struct forecast f = message_forecast(config, engine_specs(e), run);
	int64_t ring_ms = 0;
	for (size_t i = 0; c && i < c->n_waves; i++)
		if (c->waves[i].channel == CHANNEL_VOICE && c->waves[i].ring_ms > ring_ms)
			ring_ms = c->waves[i].ring_ms;
	read_put_yen(j, "forecast_yen", f.sen);
	read_put_yen(j, "forecast_most_yen", f.most_sen);
	json_put_int(j, "forecast_calls", f.calls);
	json_put_int(j, "forecast_messages", f.messages);
	json_put_int(j, "forecast_segments", f.segments);
	json_put_int(j, "forecast_answered", f.answered);
	json_put_int(j, "forecast_lines", config->voice.lines);
	json_put_int(j, "forecast_s",
		     money_duration_s(&f, ring_ms, config->money.talk_time, config->voice.lines));
}

void read_put_segments(struct json *j, struct engine *e, const struct run_rec *run)
{
	const struct campaign *c = specs_campaign(engine_specs(e), run->campaign);
	uint32_t least = 0, most = 0, unfit = 0;
	uint64_t total = 0;

	for (size_t i = 0; c && i < c->n_waves; i++) {
		if (c->waves[i].channel != CHANNEL_SMS)
			continue;
		struct run_sms s = message_wave(engine_config(e), engine_specs(e), run, c, i);
		least = least == 0 || (s.fit && s.least < least) ? s.least : least;
		most = s.most > most ? s.most : most;
		unfit += s.unfit;
		total += s.segments;
	}
	json_put_int(j, "sms_targets", run->sms_targets);
	json_put_int(j, "sms_segments_least", least);
	json_put_int(j, "sms_segments_most", most);
	json_put_int(j, "sms_segments_total", (int64_t)total);
	json_put_int(j, "sms_unfit", unfit);
}

/* ---- money ---- */

struct reading {
	const struct query *q;
	struct answer *a;
	struct tx tx;
	const struct config *config;
	const struct specs *specs;
	int month;
	/* still to come, of open runs: the city's, the department's */
	int64_t city_sen, department_sen;
	size_t n;
	struct {
		char id[MAX_ID];
		int64_t sen;
	} campaigns[MAX_OPEN_RUNS];
};

/* What an open run will still cost: its forecast, for those who are not done yet. */
static int run_found(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct run_rec run;
	(void)key;
	if (found_run(value, &run))
		return E_CORRUPT;
	if (!run_is_open(run.state) || !run.targets)
		return 0;
	int64_t sen = message_forecast(r->config, r->specs, &run).sen / run.targets *
		      (run.targets - run.done);
	r->city_sen += sen;
	if (strcmp(run.department, r->q->who->department) != 0)
		return 0;
	r->department_sen += sen;
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->campaigns[i].id, run.campaign) == 0) {
			r->campaigns[i].sen += sen;
			return 0;
		}
	if (r->n < MAX_OPEN_RUNS) {
		snprintf(r->campaigns[r->n].id, MAX_ID, "%s", run.campaign);
		r->campaigns[r->n++].sen = sen;
	}
	return 0;
}

static struct json *row(const char *scope, const char *id, const struct money_rec *m, int64_t fixed,
			int64_t limit, int64_t to_come)
{
	struct json *j = json_new_object();
	json_put_str(j, "scope", scope);
	json_put_str(j, "id", id);
	json_put_int(j, "calls", (int64_t)m->calls);
	json_put_int(j, "answered", (int64_t)m->answered);
	json_put_int(j, "steps", (int64_t)m->steps);
	json_put_int(j, "messages", (int64_t)m->messages);
	json_put_int(j, "segments", (int64_t)m->segments);
	read_put_yen(j, "spent_yen", m->sen + fixed);
	read_put_yen(j, "to_come_yen", to_come);
	read_put_yen(j, "limit_yen", limit);
	json_put_int(j, "percent", limit ? (m->sen + fixed) * 100 / limit : 0);
	return j;
}

static int put_row(struct reading *r, size_t place, struct bytes from, struct json *j)
{
	char key[16];
	int n = snprintf(key, sizeof key, "%06zu", place);
	if ((size_t)n <= from.n && memcmp(key, from.p, (size_t)n) < 0) {
		json_free(j); /* of an earlier page */
		return 0;
	}
	if (answer_look(r->a, (struct bytes){key, (size_t)n})) {
		json_free(j);
		return 1;
	}
	return answer_row(r->a, j);
}

static int64_t to_come(const struct reading *r, const char *campaign)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->campaigns[i].id, campaign) == 0)
			return r->campaigns[i].sen;
	return 0;
}

static int put_campaigns(struct reading *r, struct bytes from)
{
	const struct campaign *c;
	struct money_rec m;

	for (size_t i = 0; (c = specs_campaign_at(r->specs, i)) != NULL; i++) {
		if (strcmp(c->department, r->q->who->department) != 0)
			continue;
		int err = db_money_get(&r->tx, MONEY_CAMPAIGN, 0, c->id, &m);
		if (err)
			return err;
		if (m.calls == 0 && m.messages == 0 && c->limit_sen == 0 && !to_come(r, c->id))
			continue;
		if (put_row(r, 2 + i, from,
			    row("campaign", c->id, &m, 0, c->limit_sen, to_come(r, c->id))))
			break;
	}
	return 0;
}

static int put_all(struct reading *r)
{
	const char *department = r->q->who->department;
	const struct config_department *d = config_department(r->config, department);
	bool now = r->month == money_month(clock_now_ms());
	struct money_rec m;
	struct bytes from;

	int err = answer_from(r->a, r->q, (struct bytes){"", 0}, &from);
	if (!err)
		err = db_money_get(&r->tx, MONEY_CITY, r->month, "", &m);
	if (err)
		return err;
	if (put_row(r, 0, from,
		    row("city", "", &m, r->config->tariff.month_sen, r->config->money.limit,
			now ? r->city_sen : 0)))
		return 0;
	err = db_money_get(&r->tx, MONEY_DEPARTMENT, r->month, department, &m);
	if (err)
		return err;
	if (put_row(r, 1, from,
		    row("department", department, &m, 0, d ? d->month_limit : 0,
			now ? r->department_sen : 0)))
		return 0;
	return put_campaigns(r, from);
}

static int open_reading(struct reading *r)
{
	int err = arena_new(ARENA, &r->tx.arena);
	if (err)
		return err;
	r->tx.ops = r->q->store;
	r->tx.txn = r->q->snapshot;
	return r->q->store->scan(r->q->snapshot, T_RUN, (struct bytes){"", 0},
				 (struct bytes){"", 0}, 0, run_found, r);
}

static struct json *month_json(const struct money_rec *m, int64_t fixed, int64_t limit,
			       int64_t to_come_sen)
{
	struct json *j = json_new_object();
	read_put_yen(j, "spent_yen", m->sen + fixed);
	read_put_yen(j, "to_come_yen", to_come_sen);
	read_put_yen(j, "limit_yen", limit);
	json_put_int(j, "percent", limit ? (m->sen + fixed) * 100 / limit : 0);
	return j;
}

int read_put_month(struct json *j, const struct query *q)
{
	const struct config *config = engine_config(q->ctx);
	const char *department = q->who->department;
	const struct config_department *d = config_department(config, department);
	struct reading r = {.q = q,
			    .config = config,
			    .specs = engine_specs(q->ctx),
			    .month = money_month(clock_now_ms())};
	struct money_rec city, own;
	int err = open_reading(&r);
	if (!err)
		err = db_money_get(&r.tx, MONEY_CITY, r.month, "", &city);
	if (!err)
		err = db_money_get(&r.tx, MONEY_DEPARTMENT, r.month, department, &own);
	if (!err) {
		json_put(
		    j, "money_city",
		    month_json(&city, config->tariff.month_sen, config->money.limit, r.city_sen));
		json_put(j, "money_department",
			 month_json(&own, 0, d ? d->month_limit : 0, r.department_sen));
	}
	arena_free(r.tx.arena);
	return err;
}

/* The city's total and the own department; other departments' are not shown. A campaign's row is
 * all it ever cost. */
int read_money(const struct query *q, struct answer *a)
{
	struct reading r = {.q = q,
			    .a = a,
			    .config = engine_config(q->ctx),
			    .specs = engine_specs(q->ctx),
			    .month = money_month(clock_now_ms())};
	const char *month;
	char words[16];

	if (json_get_str(q->params, "month", &month) && !money_parse_month(month, &r.month))
		return answer_refuse(a, E_INVALID, "%s is no month: write 2026-12", month);
	snprintf(words, sizeof words, "%04d-%02d", r.month / 100, r.month % 100);
	answer_put(a, "month", json_new_str(words));
	int err = open_reading(&r);
	if (!err)
		err = put_all(&r);
	arena_free(r.tx.arena);
	return err;
}
