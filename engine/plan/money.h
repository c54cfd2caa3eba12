/*
 * Money, as pure arithmetic in sen (1/100 yen): what a call and a message cost, what a
 * run will cost, which month (Asia/Tokyo) something is billed in. Integers only: sums
 * of a night must be the invoice's.
 */
#ifndef ENGINE_PLAN_MONEY_H
#define ENGINE_PLAN_MONEY_H

#include "engine/plan/campaign.h"
#include <stdbool.h>
#include <stdint.h>

#define SEN_PER_YEN 100
#define MOST_SEN (100000000LL * SEN_PER_YEN) /* of one tariff or limit: 100 million yen */

struct tariff {
	int64_t call_sen;          /* an answered call */
	int64_t talk_sen;          /* each step of talk that is begun */
	int64_t segment_sen;       /* an SMS segment */
	int64_t month_sen;         /* fixed, a month */
	int64_t step_ms;           /* of talk; 0: talk costs nothing */
	int64_t callback_sen;      /* an answered call that came in */
	int64_t callback_talk_sen; /* each step of it that is begun */
};

/* Steps that are begun; an answered call is one step at least. */
int64_t money_steps(const struct tariff *t, int64_t talk_ms);
/* 0 for a call that nobody answered. */
int64_t money_call(const struct tariff *t, bool answered, int64_t talk_ms);
/* The same for a call that came in. */
int64_t money_callback(const struct tariff *t, bool answered, int64_t talk_ms);
int64_t money_message(const struct tariff *t, int64_t segments);

/* 202612. */
int money_month(int64_t utc_ms);
/* "2026-12" to 202612. False: no month. */
bool money_parse_month(const char *s, int *ret_month);

/* What is known of a run before anybody is called. */
struct forecast_in {
	const struct campaign *campaign;
	struct tariff tariff;
	int64_t targets;
	/* SMS waves: who may get the message, all segments of theirs, those of the longest */
	struct {
		int64_t targets, segments, most;
	} wave[MAX_WAVES];
	int answer_percent; /* of calls that are answered */
	int64_t talk_ms;    /* of an answered call */
};
struct forecast {
	int64_t calls, answered, messages, segments;
	int64_t sen;      /* expected */
	int64_t most_sen; /* if every attempt were answered and lasted to its limit */
};
struct forecast money_forecast(const struct forecast_in *in);
/* How long the calls take if all lines are always busy: each one rings its full time, each answered
 * one lasts talk_ms. Pessimistic, and without the hours in which nobody may be called. 0: no line.
 */
int64_t money_duration_s(const struct forecast *f, int64_t ring_ms, int64_t talk_ms, int64_t lines);

#endif
