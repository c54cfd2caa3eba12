/* Money as arithmetic: steps of talk, months in Japan, forecasts. */
#include "engine/plan/civil.h"
#include "engine/plan/money.h"
#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *what;
	struct tariff tariff;
	bool answered;
	int64_t talk_ms, sen;
} calls[] = {
    {"nobody answered",
     {.call_sen = 1000, .talk_sen = 880, .segment_sen = 0, .month_sen = 0, .step_ms = 60000},
     false,
     0,
     0},
    {"answered and gone at once is one step",
     {.call_sen = 0, .talk_sen = 880, .segment_sen = 0, .month_sen = 0, .step_ms = 60000},
     true,
     0,
     880},
    {"one millisecond",
     {.call_sen = 0, .talk_sen = 880, .segment_sen = 0, .month_sen = 0, .step_ms = 60000},
     true,
     1,
     880},
    {"just a minute",
     {.call_sen = 0, .talk_sen = 880, .segment_sen = 0, .month_sen = 0, .step_ms = 60000},
     true,
     60000,
     880},
    {"a minute and a millisecond",
     {.call_sen = 0, .talk_sen = 880, .segment_sen = 0, .month_sen = 0, .step_ms = 60000},
     true,
     60001,
     1760},
    {"three minutes a step, 3:00",
     {.call_sen = 0, .talk_sen = 850, .segment_sen = 0, .month_sen = 0, .step_ms = 180000},
     true,
     180000,
     850},
    {"three minutes a step, 3:01",
     {.call_sen = 0, .talk_sen = 850, .segment_sen = 0, .month_sen = 0, .step_ms = 180000},
     true,
     181000,
     1700},
    {"by the second",
     {.call_sen = 0, .talk_sen = 10, .segment_sen = 0, .month_sen = 0, .step_ms = 1000},
     true,
     12300,
     130},
    {"a charge for the call beside it",
     {.call_sen = 500, .talk_sen = 880, .segment_sen = 0, .month_sen = 0, .step_ms = 60000},
     true,
     61000,
     2260},
    {"a flat rate: talk costs nothing",
     {.call_sen = 300, .talk_sen = 0, .segment_sen = 0, .month_sen = 0, .step_ms = 60000},
     true,
     3600000,
     300},
    {"no step at all",
     {.call_sen = 300, .talk_sen = 880, .segment_sen = 0, .month_sen = 0, .step_ms = 0},
     true,
     3600000,
     300},
};

START_TEST(calls_are_billed_by_steps_begun)
{
	int64_t sen = money_call(&calls[_i].tariff, calls[_i].answered, calls[_i].talk_ms);
	ck_assert_msg(sen == calls[_i].sen, "%s: %lld, not %lld", calls[_i].what, (long long)sen,
		      (long long)calls[_i].sen);
}
END_TEST

START_TEST(messages_are_billed_by_segments)
{
	struct tariff t = {.segment_sen = 330};
	ck_assert_int_eq(money_message(&t, 0), 0);
	ck_assert_int_eq(money_message(&t, 1), 330);
	ck_assert_int_eq(money_message(&t, 10), 3300);
}
END_TEST

/* 00:00 on the first in Tokyo is 15:00 on the day before in UTC. */
START_TEST(months_begin_in_tokyo)
{
	int32_t day;
	ck_assert(civil_day_of(2026, 12, 1, &day));
	int64_t begin = civil_day_start(day);
	ck_assert_int_eq(money_month(begin - 1), 202611);
	ck_assert_int_eq(money_month(begin), 202612);
	ck_assert(civil_day_of(2027, 1, 1, &day));
	begin = civil_day_start(day);
	ck_assert_int_eq(money_month(begin - 1), 202612);
	ck_assert_int_eq(money_month(begin), 202701);
	ck_assert_int_eq(money_month(begin - 9 * 3600000LL), 202612); /* January in UTC's eyes */
}
END_TEST

static const struct {
	const char *s;
	int month; /* 0: none */
} months[] = {
    {"2026-12", 202612}, {"2027-01", 202701}, {"2026-13", 0}, {"2026-00", 0},    {"2026-1", 0},
    {"2026/12", 0},      {"26-12", 0},        {"", 0},        {"2026-12-01", 0}, {"2026-1x", 0},
};

START_TEST(months_are_read_strictly)
{
	int month = 0;
	bool ok = money_parse_month(months[_i].s, &month);
	ck_assert_msg(ok == (months[_i].month != 0) && month == months[_i].month, "%s: %d",
		      months[_i].s, month);
}
END_TEST

static struct campaign *campaign_with(int voice_attempts, bool sms)
{
	struct campaign *c = calloc(1, sizeof *c);
	ck_assert_ptr_nonnull(c);
	c->call_limit_ms = 300000;
	if (voice_attempts)
		c->waves[c->n_waves++] =
		    (struct wave){.channel = CHANNEL_VOICE, .most_attempts = voice_attempts};
	if (sms)
		c->waves[c->n_waves++] = (struct wave){.channel = CHANNEL_SMS, .most_attempts = 1};
	return c;
}

static const struct {
	const char *what;
	int attempts;
	bool sms;
	int64_t targets, sms_targets;
	int percent;
	struct forecast want;
} forecasts[] = {
    {"nobody", 3, true, 0, 0, 50, {0}},
    {"one call each, half answer", 1, false, 1000, 0, 50, {1000, 500, 0, 0, 500000, 5000000}},
    {"three calls: 1000, 500, 250", 3, false, 1000, 0, 50, {1750, 875, 0, 0, 875000, 15000000}},
    {"who is left gets a message, as far as he has a mobile",
     1,
     true,
     1000,
     400,
     50,
     {1000, 500, 200, 400, 500000 + 132000, 5000000 + 264000}},
    {"messages only", 0, true, 1000, 1000, 50, {0, 0, 1000, 2000, 660000, 660000}},
    {"nobody ever answers", 2, false, 10, 0, 0, {20, 0, 0, 0, 0, 100000}},
    {"everybody answers at once", 3, false, 10, 0, 100, {10, 10, 0, 0, 10000, 150000}},
    {"one person is not rounded to nothing", 1, false, 1, 0, 35, {1, 1, 0, 0, 1000, 5000}},
    {"five millions do not overflow",
     40,
     true,
     5000000,
     5000000,
     1,
     {165513000, 1655131, 3344870, 6689740, 0, 0}},
};

START_TEST(forecasts_follow_the_waves)
{
	struct campaign *c = campaign_with(forecasts[_i].attempts, forecasts[_i].sms);
	struct forecast_in in = {.campaign = c,
				 .tariff = {.call_sen = 0,
					    .talk_sen = 1000,
					    .segment_sen = 330,
					    .month_sen = 0,
					    .step_ms = 60000},
				 .targets = forecasts[_i].targets,
				 .answer_percent = forecasts[_i].percent,
				 .talk_ms = 60000};
	for (size_t i = 0; i < c->n_waves; i++)
		if (c->waves[i].channel == CHANNEL_SMS) {
			in.wave[i].targets = forecasts[_i].sms_targets;
			in.wave[i].segments = 2 * forecasts[_i].sms_targets;
			in.wave[i].most = 2;
		}
	struct forecast f = money_forecast(&in), w = forecasts[_i].want;
	if (forecasts[_i].targets >= 5000000) { /* the sum 1 + .99 + .99² …, to a thousandth */
		ck_assert_int_eq(f.calls / 1000000, w.calls / 1000000);
		ck_assert_int_eq(f.answered / 10000, w.answered / 10000);
		ck_assert_int_eq(f.segments, 2 * f.messages);
		ck_assert_int_gt(f.most_sen, f.sen);
	} else {
		const char *what = forecasts[_i].what;
		ck_assert_msg(f.calls == w.calls && f.answered == w.answered, "%s: %lld %lld", what,
			      (long long)f.calls, (long long)f.answered);
		ck_assert_msg(f.messages == w.messages && f.segments == w.segments, "%s: %lld %lld",
			      what, (long long)f.messages, (long long)f.segments);
		ck_assert_msg(f.sen == w.sen && f.most_sen == w.most_sen, "%s: %lld %lld", what,
			      (long long)f.sen, (long long)f.most_sen);
	}
	free(c);
}
END_TEST

static const struct {
	const char *what;
	int64_t calls, answered, lines, want_s;
} durations[] = {
    {"nobody", 0, 0, 4, 0},
    {"one call that nobody answers", 1, 0, 1, 25},
    {"one that is answered", 1, 1, 1, 85},
    {"begun seconds count", 3, 0, 2, 38},
    {"a thousand on 20 lines", 1000, 400, 20, 2450},
    {"no line", 10, 5, 0, 0},
};

START_TEST(durations_follow_the_lines)
{
	struct forecast f = {.calls = durations[_i].calls, .answered = durations[_i].answered};
	int64_t s = money_duration_s(&f, 25000, 60000, durations[_i].lines);
	ck_assert_msg(s == durations[_i].want_s, "%s: %lld", durations[_i].what, (long long)s);
}
END_TEST

static TCase *money_case(void)
{
	TCase *t = tcase_create("money");
	tcase_add_loop_test(t, calls_are_billed_by_steps_begun, 0, sizeof calls / sizeof *calls);
	tcase_add_test(t, messages_are_billed_by_segments);
	tcase_add_test(t, months_begin_in_tokyo);
	tcase_add_loop_test(t, months_are_read_strictly, 0, sizeof months / sizeof *months);
	tcase_add_loop_test(t, forecasts_follow_the_waves, 0, sizeof forecasts / sizeof *forecasts);
	tcase_add_loop_test(t, durations_follow_the_lines, 0, sizeof durations / sizeof *durations);
	return t;
}

UNIT_MAIN("money", money_case)
