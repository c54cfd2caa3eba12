/* Planning: a table of hand-made days, then seeded random campaigns against a naive search that
 * tries every minute and shares no code with plan.c. */
#include "engine/plan/phone.h"
#include "engine/plan/plan.h"
#include "tests/support/unit.h"

#include <string.h>

#define HOUR (60 * MS_PER_MIN)
#define AT(h, m) ((h)*60 + (m))

/* "2026-11-24 18:30" in Tokyo. */
static int64_t at(const char *s)
{
	char date[11];
	int32_t day;
	memcpy(date, s, 10);
	date[10] = '\0';
	ck_assert_int_eq(civil_parse_date(date, &day), 0);
	int hour = (s[11] - '0') * 10 + s[12] - '0', minute = (s[14] - '0') * 10 + s[15] - '0';
	return civil_day_start(day) + AT(hour, minute) * MS_PER_MIN;
}

static int32_t day_of(const char *s)
{
	int32_t day = DAY_NONE;
	if (*s)
		ck_assert_int_eq(civil_parse_date(s, &day), 0);
	return day;
}

/* 勤労感謝の日 2026, 元日 2027, and the days round it that the city keeps, 2028's 天皇誕生日. */
static void fill_calendar(struct calendar *cal)
{
	static const char *const days[] = {"2026-11-03", "2026-11-23", "2026-12-29", "2026-12-30",
					   "2026-12-31", "2027-01-01", "2028-02-23"};
	for (cal->n = 0; cal->n < sizeof days / sizeof *days; cal->n++)
		cal->holiday[cal->n] = day_of(days[cal->n]);
}

/* Numbers of every case: 0 home, 1 work, 2 mobile with SMS. */
static const struct number three[] = {
    {.digits = "0265784111", .kind = KIND_HOME},
    {.digits = "0265721234", .kind = KIND_WORK},
    {.digits = "09012345678", .kind = KIND_MOBILE, .sms = true},
};

struct past_case {
	int wave, number;
	enum outcome code;
	const char *ended;
	bool heard;
};

struct plan_case {
	const char *what;
	const char *start, *end, *demand;
	enum campaign_kind kind;
	struct wave waves[3];
	const char *now;
	struct past_case past[5];
	enum plan_what want;
	int wave, number;
	const char *when; /* WAIT: until; NOW: closes */
	enum outcome code;
	unsigned without; /* bits of numbers that the target lacks */
	bool work_allowed;
};

/* days_table. A file of its own: clang-format would break its macros. */
#include "tests/unit/plan_cases.inc"

static size_t count_past(const struct plan_case *c)
{
	size_t n = 0;
	while (n < 5 && c->past[n].ended)
		n++;
	return n;
}

struct world {
	struct campaign campaign;
	struct calendar calendar;
	struct number numbers[MAX_NUMBERS];
	struct past_attempt past[MAX_TARGET_ATTEMPTS];
	struct plan_input in;
};

static void build(const struct plan_case *c, struct world *w)
{
	memset(w, 0, sizeof *w);
	fill_calendar(&w->calendar);
	w->campaign.kind = c->kind;
	w->campaign.start_day = day_of(c->start);
	w->campaign.end_day = day_of(c->end);
	w->campaign.demand_day = day_of(c->demand ? c->demand : "");
	while (w->campaign.n_waves < 3 && c->waves[w->campaign.n_waves].most_attempts > 0) {
		w->campaign.waves[w->campaign.n_waves] = c->waves[w->campaign.n_waves];
		w->campaign.n_waves++;
	}
	w->in = (struct plan_input){.campaign = &w->campaign,
				    .calendar = &w->calendar,
				    .now_ms = at(c->now),
				    .numbers = w->numbers,
				    .past = w->past,
				    .work_allowed = c->work_allowed};
	for (size_t i = 0; i < 3; i++)
		if (!(c->without & 1u << i))
			w->numbers[w->in.n_numbers++] = three[i];
	for (size_t i = 0; i < count_past(c); i++)
		w->past[w->in.n_past++] =
		    (struct past_attempt){.wave = c->past[i].wave,
					  .number = c->past[i].number,
					  .channel = c->waves[c->past[i].wave].channel,
					  .code = c->past[i].code,
					  .heard = c->past[i].heard,
					  .ended_ms = at(c->past[i].ended)};
}

START_TEST(hand_made_days)
{
	const struct plan_case *c = &days_table[_i];
	static struct world w;
	char got[26] = "";

	build(c, &w);
	struct plan p = plan_next(&w.in);
	if (p.what != PLAN_DONE)
		civil_format_instant(p.what == PLAN_NOW ? p.closes_ms : p.until_ms, got);
	ck_assert_msg(p.what == c->want, "%s: answers %d %s code %d", c->what, (int)p.what, got,
		      (int)p.code);
	if (p.what == PLAN_DONE) {
		ck_assert_msg(p.code == c->code, "%s: code %d", c->what, (int)p.code);
		return;
	}
	ck_assert_msg(p.wave == c->wave && p.number == c->number, "%s: wave %d number %d", c->what,
		      p.wave, p.number);
	ck_assert_msg(p.channel == w.campaign.waves[p.wave].channel, "%s", c->what);
	int64_t t = p.what == PLAN_NOW ? p.closes_ms : p.until_ms;
	ck_assert_msg(t == at(c->when), "%s: %s", c->what, got);
	if (p.what == PLAN_WAIT) {
		w.in.now_ms = t - 1;
		ck_assert_msg(plan_next(&w.in).what == PLAN_WAIT, "%s: too early", c->what);
		w.in.now_ms = t;
		ck_assert_msg(plan_next(&w.in).what == PLAN_NOW, "%s: not exact", c->what);
	} else {
		w.in.now_ms = t - 1;
		ck_assert_msg(plan_next(&w.in).what == PLAN_NOW, "%s: closed too early", c->what);
	}
}
END_TEST

/* ---- random campaigns ---- */

static uint32_t seed;
static int rnd(int n)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return (int)(seed % (uint32_t)n);
}

static const enum outcome voice_codes[] = {
    OUT_ANSWERED,     OUT_CUT,          OUT_MACHINE_LEFT, OUT_FAX,        OUT_MACHINE,
    OUT_SCREENED,     OUT_CUT_AT_START, OUT_NO_ANSWER,    OUT_BUSY,       OUT_UNREACHABLE,
    OUT_REJECTED,     OUT_DEAD_NUMBER,  OUT_LINE_FAULT,   OUT_CONGESTION, OUT_MISMATCH,
    OUT_WRONG_NUMBER, OUT_OTHER_PERSON, OUT_UNKNOWN};
static const enum outcome sms_codes[] = {OUT_SMS_RECEIVED, OUT_SMS_SENT,    OUT_SMS_OUT_OF_AREA,
					 OUT_SMS_FAILED,   OUT_SMS_REFUSED, OUT_UNKNOWN};

static void random_world(struct world *w)
{
	static const unsigned days[] = {DAYS_ALL, DAYS_WEEKDAYS, 0x60, DAYS_HOLIDAY, 0x15, 0x9f, 0};
	struct campaign *c = &w->campaign;

	memset(w, 0, sizeof *w);
	fill_calendar(&w->calendar);
	c->kind = (enum campaign_kind)rnd(3);
	c->start_day =
	    day_of("2026-11-20") + (rnd(3) ? rnd(5) : 35 + rnd(8)); /* or the year's end */
	c->end_day = c->start_day + rnd(7);
	c->demand_day = rnd(3) ? DAY_NONE : c->start_day + rnd(8);
	c->n_waves = (size_t)(1 + rnd(3));
	for (size_t i = 0; i < c->n_waves; i++) {
		struct wave *v = &c->waves[i];
		v->channel = rnd(3) ? CHANNEL_VOICE : CHANNEL_SMS;
		v->from_day = rnd(4);
		v->to_day = v->from_day + rnd(4);
		v->most_attempts = 1 + rnd(4);
		v->number = (enum number_choice)rnd(3);
		v->retry_ms = rnd(300) * MS_PER_MIN;
		v->n_windows = (size_t)rnd(4);
		for (size_t k = 0; k < v->n_windows; k++) {
			int from = rnd(4) ? rnd(1440) : 0, to = rnd(4) ? from + rnd(400) : 1440;
			v->windows[k] = (struct window){days[rnd(7)], from, to > 1440 ? 1440 : to};
		}
		v->n_retry = 2;
		v->retry[0] = (struct retry_rule){voice_codes[rnd(18)], rnd(2000) * MS_PER_MIN};
		v->retry[1] = (struct retry_rule){sms_codes[rnd(6)], rnd(2000) * MS_PER_MIN};
	}
	w->in = (struct plan_input){.campaign = c,
				    .calendar = &w->calendar,
				    .numbers = w->numbers,
				    .past = w->past,
				    .n_numbers = (size_t)rnd(4),
				    .work_allowed = rnd(2) == 0};
	for (size_t i = 0; i < w->in.n_numbers; i++) {
		w->numbers[i] = three[rnd(3)];
		w->numbers[i].dead = rnd(12) == 0;
	}
	w->in.now_ms = civil_day_start(c->start_day - 1) + rnd(1440) * MS_PER_MIN;
}

/* The naive half: each question asked afresh for one minute. */
static bool naive_dead(const struct world *w, size_t n)
{
	for (size_t i = 0; i < w->in.n_numbers; i++) {
		if (strcmp(w->numbers[i].digits, w->numbers[n].digits))
			continue;
		if (w->numbers[i].dead)
			return true;
		for (size_t k = 0; k < w->in.n_past; k++)
			if (w->past[k].number == (int)i &&
			    (w->past[k].code == 30 || w->past[k].code == 51))
				return true;
	}
	return false;
}

static bool naive_fits(const struct world *w, const struct wave *v, size_t n)
{
	const struct number *x = &w->numbers[n];
	if (naive_dead(w, n))
		return false;
	if (v->channel == CHANNEL_SMS && !x->sms)
		return false;
	if (v->channel == CHANNEL_VOICE && x->kind == KIND_WORK && !w->in.work_allowed)
		return false;
	if (v->number == NUMBER_MOBILE && !phone_is_mobile(x->digits))
		return false;
	return true;
}

static int naive_number(const struct world *w, const struct wave *v)
{
	size_t n = w->in.n_numbers;
	size_t first = v->number == NUMBER_IN_ORDER && w->in.n_past > 0
			   ? (size_t)w->past[w->in.n_past - 1].number + 1
			   : 0;
	for (size_t i = first; i < first + n; i++)
		if (naive_fits(w, v, i % n))
			return (int)(i % n);
	return -1;
}

static bool naive_open(const struct world *w, const struct wave *v, int64_t ms)
{
	const struct campaign *c = &w->campaign;
	struct civil t = civil_from_ms(ms);
	int32_t day = civil_day_at(ms);
	int minute = t.hour * 60 + t.minute;
	bool holiday = false;

	if (day < c->start_day || day > c->end_day)
		return false;
	if (c->kind == CAMPAIGN_REMINDER && c->demand_day != DAY_NONE && day >= c->demand_day)
		return false;
	if (day < c->start_day + v->from_day || day > c->start_day + v->to_day)
		return false;
	for (size_t i = 0; i < w->calendar.n; i++)
		holiday |= w->calendar.holiday[i] == day;
	for (size_t i = 0; i < v->n_windows; i++) {
		bool on =
		    holiday ? v->windows[i].days & 0x80u : v->windows[i].days & 1u << t.weekday;
		if (on && minute >= v->windows[i].from_min && minute < v->windows[i].to_min)
			return true;
	}
	return false;
}

static bool naive_ended(const struct world *w)
{
	for (size_t i = 0; i < w->in.n_past; i++)
		switch (w->past[i].code) {
		case 50:
		case 52:
		case 60:
		case 61:
			return true;
		default:
			if (w->past[i].heard)
				return true;
		}
	return false;
}

static bool naive_left(const struct world *w, int wave)
{
	int n = 0;
	for (size_t i = 0; i < w->in.n_past; i++) {
		if (w->past[i].wave > wave)
			return false;
		if (w->past[i].wave != wave)
			continue;
		if (w->past[i].code == 12 || w->past[i].code == 64 || w->past[i].code == 90)
			return false;
		n++;
	}
	return n < w->campaign.waves[wave].most_attempts;
}

static int64_t naive_rest(const struct world *w)
{
	if (w->in.n_past == 0)
		return INT64_MIN;
	const struct past_attempt *p = &w->past[w->in.n_past - 1];
	const struct wave *v = &w->campaign.waves[p->wave];
	int64_t rest = v->retry_ms;
	for (size_t i = v->n_retry; i-- > 0;)
		if (v->retry[i].code == p->code)
			rest = v->retry[i].after_ms;
	return p->ended_ms + rest;
}

static struct plan naive_plan(const struct world *w)
{
	struct plan p = {.what = PLAN_DONE};
	int64_t end = civil_day_start(w->campaign.end_day + 1), rest = naive_rest(w);

	for (int i = 0; i < (int)w->campaign.n_waves && !naive_ended(w); i++) {
		const struct wave *v = &w->campaign.waves[i];
		if (!naive_left(w, i) || naive_number(w, v) < 0)
			continue;
		for (int64_t t = w->in.now_ms; t < end; t += MS_PER_MIN) {
			if (t < rest || !naive_open(w, v, t))
				continue;
			p.what = t == w->in.now_ms ? PLAN_NOW : PLAN_WAIT;
			p.until_ms = t;
			p.wave = i;
			p.number = naive_number(w, v);
			return p;
		}
	}
	if (w->in.n_past == 0) {
		p.code = OUT_NO_NUMBER;
		for (size_t i = 0; i < w->campaign.n_waves; i++)
			if (naive_number(w, &w->campaign.waves[i]) >= 0)
				p.code = OUT_EXPIRED;
	}
	return p;
}

/* One target's whole life; counts how often each answer was seen. */
static void live(struct world *w, size_t seen[3])
{
	for (int step = 0; step < 60; step++) {
		struct plan p = plan_next(&w->in), n = naive_plan(w);
		ck_assert_msg(p.what == n.what, "%d, naive %d", (int)p.what, (int)n.what);
		seen[p.what]++;
		if (p.what == PLAN_DONE) {
			ck_assert_int_eq(p.code, n.code);
			return;
		}
		ck_assert_int_eq(p.wave, n.wave);
		ck_assert_int_eq(p.number, n.number);
		if (p.what == PLAN_WAIT) {
			ck_assert_int_eq(p.until_ms, n.until_ms);
			w->in.now_ms = p.until_ms - 1;
			ck_assert_int_eq(plan_next(&w->in).what, PLAN_WAIT);
			w->in.now_ms = p.until_ms;
			ck_assert_int_eq(plan_next(&w->in).what, PLAN_NOW);
			continue;
		}
		const struct wave *v = &w->campaign.waves[p.wave];
		ck_assert(p.closes_ms > w->in.now_ms);
		ck_assert(naive_open(w, v, w->in.now_ms) && naive_open(w, v, p.closes_ms - 1));
		enum outcome code =
		    v->channel == CHANNEL_VOICE ? voice_codes[rnd(18)] : sms_codes[rnd(6)];
		w->in.now_ms += rnd(10) * MS_PER_MIN;
		w->past[w->in.n_past++] =
		    (struct past_attempt){.wave = p.wave,
					  .number = p.number,
					  .channel = v->channel,
					  .code = code,
					  .heard = code == OUT_ANSWERED && rnd(2),
					  .ended_ms = w->in.now_ms};
		w->in.now_ms += rnd(3) ? 0 : rnd(3000) * MS_PER_MIN; /* the engine was down */
	}
	ck_abort_msg("planning does not end");
}

START_TEST(random_campaigns_agree_with_every_minute)
{
	static struct world w;
	size_t seen[3] = {0};
	for (uint32_t i = 1; i <= 4000; i++) {
		seed = i * 2654435761u;
		random_world(&w);
		live(&w, seen);
	}
	/* The property must not have been checked on nothing. */
	ck_assert_uint_gt(seen[PLAN_NOW], 1000);
	ck_assert_uint_gt(seen[PLAN_WAIT], 1000);
	ck_assert_uint_eq(seen[PLAN_DONE], 4000);
}
END_TEST

START_TEST(most_attempts_of_a_target)
{
	static struct world w;
	build(&days_table[0], &w);
	w.campaign.waves[0].most_attempts = 1000;
	w.campaign.waves[0].retry_ms = 0;
	for (size_t i = 0; i < MAX_TARGET_ATTEMPTS; i++) {
		ck_assert_int_eq(plan_next(&w.in).what, PLAN_NOW);
		w.past[w.in.n_past++] =
		    (struct past_attempt){.code = OUT_NO_ANSWER, .ended_ms = w.in.now_ms};
	}
	ck_assert_int_eq(plan_next(&w.in).what, PLAN_DONE);
}
END_TEST

START_TEST(nonsense_means_less_contact)
{
	static struct world w;
	build(&days_table[0], &w);
	w.past[0] = (struct past_attempt){.wave = 99, .number = 99, .code = OUT_NO_ANSWER};
	w.in.n_past = 1;
	ck_assert_int_eq(plan_next(&w.in).what, PLAN_DONE);
	w.past[0] = (struct past_attempt){.wave = -1, .number = -1, .code = (enum outcome)77};
	ck_assert_int_eq(plan_next(&w.in).what, PLAN_DONE);
	build(&days_table[0], &w);
	w.campaign.end_day = DAY_NONE;
	ck_assert_int_eq(plan_next(&w.in).what, PLAN_DONE);
	build(&days_table[0], &w);
	w.campaign.start_day = INT32_MAX;
	w.campaign.waves[0].to_day = INT32_MAX;
	ck_assert_int_eq(plan_next(&w.in).what, PLAN_DONE);
}
END_TEST

START_TEST(holidays_are_found)
{
	static struct calendar cal;
	ck_assert(!calendar_is_holiday(&cal, 0));
	for (int n = 1; n < 40; n++) {
		cal.n = (size_t)n;
		for (int i = 0; i < n; i++)
			cal.holiday[i] = 2 * i - 20;
		for (int day = -30; day < 70; day++)
			ck_assert_int_eq(calendar_is_holiday(&cal, day),
					 day >= -20 && day < 2 * n - 20 && day % 2 == 0);
	}
}
END_TEST

/* ---- results ---- */

static const struct {
	const char *what;
	struct past_attempt past[4];
	enum outcome not_tried, want;
} results[] = {
#define V(c)                                                                                       \
	{                                                                                          \
		.channel = CHANNEL_VOICE, .code = c                                                \
	}
#define H(c)                                                                                       \
	{                                                                                          \
		.channel = CHANNEL_VOICE, .code = c, .heard = true                                 \
	}
#define S(c)                                                                                       \
	{                                                                                          \
		.channel = CHANNEL_SMS, .code = c                                                  \
	}
    {"heard comes before all", {V(51), H(10), S(60)}, OUT_PAID, OUT_ANSWERED},
    {"wrong number before cut", {V(11), V(51)}, OUT_NONE, OUT_WRONG_NUMBER},
    {"mismatch before a received SMS", {V(50), S(60)}, OUT_NONE, OUT_MISMATCH},
    {"of 50-52 the last", {V(51), V(52)}, OUT_NONE, OUT_OTHER_PERSON},
    {"cut before a received SMS", {S(60), V(11)}, OUT_NONE, OUT_CUT},
    {"a cut call that heard it is still a cut", {H(11)}, OUT_NONE, OUT_CUT},
    {"received SMS before answered not heard", {V(10), S(60)}, OUT_NONE, OUT_SMS_RECEIVED},
    {"answered not heard before a message left", {V(12), V(10)}, OUT_NONE, OUT_ANSWERED},
    {"a message left before a sent SMS", {V(12), S(61)}, OUT_NONE, OUT_MACHINE_LEFT},
    {"a sent SMS before unknown", {V(90), S(61)}, OUT_NONE, OUT_SMS_SENT},
    {"unknown before paid", {V(90)}, OUT_PAID, OUT_UNKNOWN},
    {"paid before no answer", {V(20)}, OUT_PAID, OUT_PAID},
    {"withdrawn before busy", {V(21)}, OUT_WITHDRAWN, OUT_WITHDRAWN},
    {"stopped before failed SMS", {S(63)}, OUT_STOPPED, OUT_STOPPED},
    {"held before no answer", {V(20)}, OUT_HELD, OUT_HELD},
    {"done elsewhere before no answer", {V(20)}, OUT_DONE_ELSEWHERE, OUT_DONE_ELSEWHERE},
    {"a sent SMS before paid", {S(61)}, OUT_PAID, OUT_SMS_SENT},
    {"no answer before expired", {V(20)}, OUT_EXPIRED, OUT_NO_ANSWER},
    {"no answer before no number left", {V(30)}, OUT_NO_NUMBER, OUT_DEAD_NUMBER},
    {"busy before unspeakable", {V(21)}, OUT_UNSPEAKABLE, OUT_BUSY},
    {"the last voice code", {V(20), V(21)}, OUT_NONE, OUT_BUSY},
    {"voice before a later SMS", {V(20), S(63)}, OUT_NONE, OUT_NO_ANSWER},
    {"SMS only", {S(62), S(64)}, OUT_NONE, OUT_SMS_REFUSED},
    {"nothing tried, expired", {V(0)}, OUT_EXPIRED, OUT_EXPIRED},
    {"nothing tried, no number", {V(0)}, OUT_NO_NUMBER, OUT_NO_NUMBER},
    {"nothing tried, paid", {V(0)}, OUT_PAID, OUT_PAID},
    {"nothing at all", {V(0)}, OUT_NONE, OUT_NONE},
};

START_TEST(results_by_rank)
{
	size_t n = 0;
	while (n < 4 && results[_i].past[n].code != OUT_NONE)
		n++;
	enum outcome got = plan_result(results[_i].past, n, results[_i].not_tried);
	ck_assert_msg(got == results[_i].want, "%s: %d", results[_i].what, (int)got);
}
END_TEST

START_TEST(what_is_conclusive)
{
	static const int ends[] = {50, 52, 60, 61};
	for (int code = 10; code <= 64; code++) {
		bool end = false;
		for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
			end |= ends[i] == code;
		if (!*outcome_words((enum outcome)code))
			continue;
		ck_assert_msg(plan_is_conclusive((enum outcome)code, false) == end, "%d", code);
		ck_assert(plan_is_conclusive((enum outcome)code, true));
	}
	ck_assert(!plan_is_conclusive(OUT_UNKNOWN, false));
	for (int code = 80; code < 90; code++)
		ck_assert(plan_is_conclusive((enum outcome)code, false));
}
END_TEST

static TCase *plan_case(void)
{
	TCase *t = tcase_create("plan");
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, hand_made_days, 0, sizeof days_table / sizeof *days_table);
	tcase_add_test(t, random_campaigns_agree_with_every_minute);
	tcase_add_test(t, most_attempts_of_a_target);
	tcase_add_test(t, nonsense_means_less_contact);
	tcase_add_test(t, holidays_are_found);
	tcase_add_loop_test(t, results_by_rank, 0, sizeof results / sizeof *results);
	tcase_add_test(t, what_is_conclusive);
	return t;
}

UNIT_MAIN("plan", plan_case)
