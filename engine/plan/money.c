/*
 * See money.h and docs/money.md.
 *
 * The forecast walks the waves as planning does: who was reached leaves, who was not
 * goes on. Counts are kept in millionths of a person, so that a small run is not
 * rounded to nothing, and are rounded up once, at the end.
 */
#include "engine/plan/money.h"

#include "engine/plan/civil.h"

#include <stdio.h>
#include <string.h>

enum { PPM = 1000000 };

int64_t money_steps(const struct tariff *t, int64_t talk_ms)
{
	if (t->step_ms <= 0)
		return 0;
	if (talk_ms <= 0)
		return 1;
	return (talk_ms + t->step_ms - 1) / t->step_ms;
}

int64_t money_call(const struct tariff *t, bool answered, int64_t talk_ms)
{
	if (!answered)
		return 0;
	return t->call_sen + money_steps(t, talk_ms) * t->talk_sen;
}

int64_t money_callback(const struct tariff *t, bool answered, int64_t talk_ms)
{
	if (!answered)
		return 0;
	return t->callback_sen + money_steps(t, talk_ms) * t->callback_talk_sen;
}

int64_t money_message(const struct tariff *t, int64_t segments)
{
	return segments * t->segment_sen;
}

int money_month(int64_t utc_ms)
{
	struct civil c = civil_from_ms(utc_ms);
	return c.year * 100 + c.month;
}

bool money_parse_month(const char *s, int *ret_month)
{
	int year, month, n = 0;
	if (strlen(s) != 7 || sscanf(s, "%4d-%2d%n", &year, &month, &n) != 2 || n != 7 ||
	    year < 1970 || month < 1 || month > 12)
		return false;
	*ret_month = year * 100 + month;
	return true;
}

static int64_t round_up(int64_t ppm)
{
	return (ppm + PPM - 1) / PPM;
}

/* Persons times calls fit: five million targets of forty attempts are 2e8, in millionths 2e14. */
struct forecast money_forecast(const struct forecast_in *in)
{
	const struct campaign *c = in->campaign;
	int64_t left = in->targets * PPM, calls = 0, answered = 0, messages = 0, segments = 0;
	struct forecast f = {0};

	for (size_t i = 0; i < c->n_waves; i++) {
		const struct wave *w = &c->waves[i];
		if (w->channel == CHANNEL_SMS) {
			/* of those that are left, as many as of all have a mobile */
			int64_t share = in->targets ? left / in->targets : 0;
			int64_t m = share * in->wave[i].targets;
			messages += m;
			segments += share * in->wave[i].segments;
			f.most_sen += money_message(
			    &in->tariff, in->wave[i].targets * w->most_attempts * in->wave[i].most);
			left -= m;
			continue;
		}
		for (int k = 0; k < w->most_attempts; k++) {
			int64_t got = left / 100 * in->answer_percent;
			calls += left;
			answered += got;
			left -= got;
		}
		f.most_sen += in->targets * w->most_attempts *
			      money_call(&in->tariff, true, c->call_limit_ms);
	}
	f.calls = round_up(calls);
	f.answered = round_up(answered);
	f.messages = round_up(messages);
	f.segments = round_up(segments);
	f.sen = f.answered * money_call(&in->tariff, true, in->talk_ms) +
		money_message(&in->tariff, f.segments);
	return f;
}

int64_t money_duration_s(const struct forecast *f, int64_t ring_ms, int64_t talk_ms, int64_t lines)
{
	if (lines <= 0)
		return 0;
	int64_t busy_s = (f->calls * ring_ms + f->answered * talk_ms) / 1000;
	return (busy_s + lines - 1) / lines;
}
