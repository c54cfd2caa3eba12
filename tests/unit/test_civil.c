/* Civil time, the words of outcomes, and campaigns' references. */
#include "engine/plan/campaign.h"
#include "engine/plan/civil.h"
#include "tests/support/unit.h"

#include <time.h>

static const struct {
	const char *what;
	int64_t ms;
	const char *instant;
	int weekday;
} instants[] = {
    {"the epoch is nine in the morning, a Thursday", 0, "1970-01-01T09:00:00+09:00", 3},
    {"before the epoch", -1, "1970-01-01T08:59:59+09:00", 3},
    {"long before the epoch", -32400001, "1969-12-31T23:59:59+09:00", 2},
    {"the last millisecond of a Tokyo day", 1795359599999, "2026-11-22T23:59:59+09:00", 6},
    {"midnight belongs to the new day", 1795359600000, "2026-11-23T00:00:00+09:00", 0},
    {"29 February", 1709132400000, "2024-02-29T00:00:00+09:00", 3},
    {"31 December to 1 January", 1798729200000, "2027-01-01T00:00:00+09:00", 4},
    {"2000 was a leap year", 951750000000, "2000-02-29T00:00:00+09:00", 1},
};

START_TEST(instants_are_shown_in_tokyo)
{
	char buf[26];
	civil_format_instant(instants[_i].ms, buf);
	ck_assert_msg(!strcmp(buf, instants[_i].instant), "%s: %s", instants[_i].what, buf);
	ck_assert_msg(civil_from_ms(instants[_i].ms).weekday == instants[_i].weekday, "%s",
		      instants[_i].what);
}
END_TEST

static const struct {
	const char *what, *text;
	bool good;
} dates[] = {
    {"a plain day", "2026-11-22", true},
    {"29 February of a leap year", "2028-02-29", true},
    {"29 February of another year", "2026-02-29", false},
    {"29 February of 1900, divisible by 100", "1900-02-29", false},
    {"29 February of 2000, divisible by 400", "2000-02-29", true},
    {"the open beginning of the data model", "0000-01-01", true},
    {"the open end of the data model", "9999-12-31", true},
    {"31 April", "2026-04-31", false},
    {"31 December", "2026-12-31", true},
    {"month 0", "2026-00-10", false},
    {"month 13", "2026-13-01", false},
    {"day 0", "2026-01-00", false},
    {"day 32", "2026-01-32", false},
    {"empty", "", false},
    {"cut short", "2026-11-2", false},
    {"cut at the hyphen", "2026-", false},
    {"one digit a month", "2026-1-02", false},
    {"slashes", "2026/11/22", false},
    {"a space instead of a digit", "2026-11- 2", false},
    {"a sign", "+026-11-22", false},
    {"something behind it", "2026-11-22 ", false},
    {"full-width digits", "２０２６-11-22", false},
};

START_TEST(dates_are_read_strictly)
{
	int32_t day = 12345;
	char buf[11];
	int err = civil_parse_date(dates[_i].text, &day);
	ck_assert_msg((err == 0) == dates[_i].good, "%s", dates[_i].what);
	if (err) {
		ck_assert_int_eq(err, E_INVALID);
		ck_assert_int_eq(day, 12345); /* untouched */
		return;
	}
	civil_format_date(day, buf);
	ck_assert_str_eq(buf, dates[_i].text);
}
END_TEST

/* Every day of 1899-2101 against the C library's calendar, in order and back. */
START_TEST(every_day_agrees_with_the_c_library)
{
	int32_t first, last, back;
	ck_assert(civil_day_of(1899, 1, 1, &first) && civil_day_of(2101, 12, 31, &last));
	for (int32_t day = first; day <= last; day++) {
		time_t t = (time_t)day * 86400;
		struct tm tm;
		struct civil c = civil_from_day(day);
		ck_assert_ptr_nonnull(gmtime_r(&t, &tm));
		ck_assert_int_eq(c.year, tm.tm_year + 1900);
		ck_assert_int_eq(c.month, tm.tm_mon + 1);
		ck_assert_int_eq(c.day, tm.tm_mday);
		ck_assert_int_eq(c.weekday, (tm.tm_wday + 6) % 7);
		ck_assert(civil_day_of(c.year, c.month, c.day, &back));
		ck_assert_int_eq(back, day);
		ck_assert_int_eq(civil_day_at(civil_day_start(day)), day);
		ck_assert_int_eq(civil_day_at(civil_day_start(day) - 1), day - 1);
	}
}
END_TEST

START_TEST(extreme_days_stay_inside_their_buffers)
{
	struct {
		char date[11], after_date, instant[26], after_instant;
	} b = {.after_date = '#', .after_instant = '#'};
	for (int i = 0; i < 2; i++) {
		int32_t day = i ? INT32_MAX : DAY_NONE;
		civil_format_date(day, b.date);
		civil_format_instant(civil_day_start(day), b.instant);
		ck_assert_uint_eq(strlen(b.date), 10);
		ck_assert_uint_eq(strlen(b.instant), 25);
		ck_assert_int_eq(b.after_date, '#');
		ck_assert_int_eq(b.after_instant, '#');
	}
}
END_TEST

START_TEST(outcomes_have_their_words)
{
	ck_assert_str_eq(outcome_words(OUT_ANSWERED), "応答");
	ck_assert_str_eq(outcome_words(OUT_MACHINE_LEFT), "留守番電話(伝言あり)");
	ck_assert_str_eq(outcome_words(OUT_UNKNOWN), "不明(発信した可能性あり)");
	ck_assert_str_eq(outcome_words(OUT_NONE), "");
	ck_assert_str_eq(outcome_words((enum outcome)17), "");
	ck_assert_str_eq(reached_words(REACHED_SELF), "本人と回答");
	ck_assert_str_eq(reached_words(REACHED_NOBODY), "");
	ck_assert_str_eq(reached_words((enum reached)99), "");
	for (int code = 0; code < 100; code++) {
		bool has = *outcome_words((enum outcome)code) != '\0';
		bool voice = has && code >= 10 && code <= 52, sms = has && code >= 60 && code <= 64;
		ck_assert_int_eq(outcome_is_voice((enum outcome)code), voice);
		ck_assert_int_eq(outcome_is_sms((enum outcome)code), sms);
	}
}
END_TEST

START_TEST(campaigns_are_counted)
{
	struct campaign *c = calloc(1, sizeof *c);
	ck_assert_ptr_nonnull(c);
	atomic_init(&c->refs, 1);
	ck_assert_ptr_eq(campaign_ref(c), c);
	campaign_unref(c);
	ck_assert_int_eq(atomic_load(&c->refs), 1);
	campaign_unref(c); /* a leak or a double free shows under the sanitizer */
	campaign_unref(NULL);
	ck_assert_str_eq(campaign_kind_word(CAMPAIGN_NOTICE), "notice");
	ck_assert_str_eq(campaign_kind_word(CAMPAIGN_REMINDER), "reminder");
	ck_assert_str_eq(campaign_kind_word(CAMPAIGN_GENERAL), "general");
	ck_assert_str_eq(campaign_kind_word((enum campaign_kind)7), "");
}
END_TEST

static TCase *civil_case(void)
{
	TCase *t = tcase_create("civil");
	tcase_add_loop_test(t, instants_are_shown_in_tokyo, 0, sizeof instants / sizeof *instants);
	tcase_add_loop_test(t, dates_are_read_strictly, 0, sizeof dates / sizeof *dates);
	tcase_add_test(t, every_day_agrees_with_the_c_library);
	tcase_add_test(t, extreme_days_stay_inside_their_buffers);
	tcase_add_test(t, outcomes_have_their_words);
	tcase_add_test(t, campaigns_are_counted);
	return t;
}

UNIT_MAIN("civil", civil_case)
