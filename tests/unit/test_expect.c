/* The pure rules of expected files: names, gaps, sets, left-overs, deadlines. */
#include "engine/plan/expect.h"
#include "tests/support/unit.h"

#include <string.h>

START_TEST(names)
{
	static const struct {
		const char *pattern, *name;
		bool fits, has_n;
		uint64_t n;
		const char *set;
		int part;
	} cases[] = {
	    {"pay_{n}.csv", "pay_000123.csv", true, true, 123, "", 0},
	    {"pay_{n}.csv", "pay_.csv", false, false, 0, "", 0},
	    {"pay_{n}.csv", "pay_12a.csv", false, false, 0, "", 0},
	    {"*_202096_keshikomi_{n}.csv", "015_202096_keshikomi_7.csv", true, true, 7, "", 0},
	    {"*_keshikomi_{n}_*.csv", "015_1_keshikomi_7_20261207.csv", true, true, 7, "", 0},
	    {"t_{set}_{n}.csv", "t_20261207_42.csv", true, true, 42, "20261207", 0},
	    {"t_{set}_{part}.csv", "t_20261207_2.csv", true, false, 0, "20261207", 2},
	    {"t_{set}_{part}.csv", "t_20261207_0.csv", false, false, 0, "", 0},
	    {"t_{set}.csv", "t_a.b.csv", false, false, 0, "", 0},
	    {"a?c*", "abcd", true, false, 0, "", 0},
	    {"a?c", "ac", false, false, 0, "", 0},
	    {"*", "", true, false, 0, "", 0},
	    {"{n}", "9999999999999999999999", false, false, 0, "", 0},
	    {"*{n}.csv", "x12.csv", true, true, 12, "", 0},
	    {"***************************", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", true, false,
	     0, "", 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct expect_name x;
		bool fits = expect_match(cases[i].pattern, cases[i].name, &x);
		ck_assert_msg(fits == cases[i].fits, "%s %s", cases[i].pattern, cases[i].name);
		if (!fits)
			continue;
		ck_assert_msg(x.has_n == cases[i].has_n && x.n == cases[i].n, "%s", cases[i].name);
		ck_assert_str_eq(x.set, cases[i].set);
		ck_assert_int_eq(x.part, cases[i].part);
	}
}
END_TEST

#define HOUR (60 * MS_PER_MIN)

START_TEST(verdicts)
{
	static const struct expect_rule rules[] = {
	    {.name = "alert", .pattern = "a_{n}.csv", .with = "", .by_min = -1},
	    {.name = "wait", .pattern = "w_{n}.csv", .with = "", .waits = true, .by_min = -1},
	    {.name = "targets", .pattern = "t_{set}.csv", .with = "pays", .by_min = -1},
	    {.name = "pays", .pattern = "p_{set}.csv", .with = "", .by_min = -1},
	    {.name = "parts",
	     .pattern = "q_{set}_{part}.csv",
	     .with = "",
	     .parts = 3,
	     .by_min = -1},
	    {.name = "fresh",
	     .pattern = "f_*.csv",
	     .with = "",
	     .by_min = -1,
	     .stale_ms = 20 * HOUR},
	};
	static const struct {
		const char *words, *files; /* the first is asked about; ",old" 30 h */
		size_t rule;
		uint64_t last;
		enum expect_verdict want;
		uint64_t missing;
	} cases[] = {
	    {"the first of all", "a_5.csv", 0, 0, EXPECT_TAKE, 0},
	    {"the next", "a_6.csv", 0, 5, EXPECT_TAKE, 0},
	    {"a gap is said", "a_8.csv", 0, 5, EXPECT_GAP, 6},
	    {"an old number", "a_5.csv", 0, 5, EXPECT_AGAIN, 0},
	    {"a gap waits", "w_8.csv", 1, 5, EXPECT_WAIT, 6},
	    {"… also when the missing one lies there: it goes first", "w_7.csv w_6.csv", 1, 5,
	     EXPECT_WAIT, 6},
	    {"targets without their payments", "t_1.csv p_2.csv", 2, 0, EXPECT_SET, 0},
	    {"targets with them", "t_1.csv p_1.csv", 2, 0, EXPECT_TAKE, 0},
	    {"payments need no targets", "p_1.csv", 3, 0, EXPECT_TAKE, 0},
	    {"one part of three", "q_x_1.csv q_x_3.csv q_y_2.csv", 4, 0, EXPECT_SET, 0},
	    {"all three", "q_x_1.csv q_x_3.csv q_x_2.csv", 4, 0, EXPECT_TAKE, 0},
	    {"today's", "f_1.csv", 5, 0, EXPECT_TAKE, 0},
	    {"yesterday's", "f_1.csv,old", 5, 0, EXPECT_STALE, 0},
	    {"old, and of any age", "a_6.csv,old", 0, 5, EXPECT_TAKE, 0},
	    {"nobody's", "z.csv", 0, 5, EXPECT_TAKE, 0},
	};
	int64_t now = civil_day_start(20000);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct expect_file files[8];
		char text[256];
		size_t n = 0;
		uint64_t missing;
		strcpy(text, cases[i].files);
		for (char *at = strtok(text, " "); at; at = strtok(NULL, " ")) {
			char *old = strchr(at, ',');
			files[n++] = (struct expect_file){at, now - (old ? 30 : 1) * HOUR};
			if (old)
				*old = '\0';
		}
		struct expect_question q = {.rules = rules,
					    .n_rules = sizeof rules / sizeof *rules,
					    .rule = cases[i].rule,
					    .files = files,
					    .n_files = n,
					    .last_n = cases[i].last,
					    .now_ms = now};
		ck_assert_msg(expect_judge(&q, &missing) == cases[i].want, "%s", cases[i].words);
		ck_assert_msg(missing == cases[i].missing, "%s", cases[i].words);
	}
}
END_TEST

static int64_t at(int month, int day, int hour, int minute)
{
	int32_t d;
	ck_assert(civil_day_of(2026, month, day, &d));
	return civil_day_start(d) + (hour * 60 + minute) * MS_PER_MIN;
}

START_TEST(deadlines)
{
	static struct calendar cal; /* 23 November 2026, a Monday */
	ck_assert(civil_day_of(2026, 11, 23, &cal.holiday[0]));
	cal.n = 1;
	static const struct expect_rule work = {.by_min = 390},
					all = {.by_min = 390, .every_day = true},
					none = {.by_min = -1};
	/* Tuesday 24 November: the last working day before is Friday 20 */
	ck_assert(expect_deadline(&work, &cal, at(11, 24, 6, 29)) == at(11, 20, 6, 30));
	ck_assert(expect_deadline(&work, &cal, at(11, 24, 6, 30)) == at(11, 24, 6, 30));
	ck_assert(expect_deadline(&all, &cal, at(11, 23, 7, 0)) == at(11, 23, 6, 30));
	ck_assert(expect_deadline(&none, &cal, at(11, 23, 7, 0)) == INT64_MIN);
	static const struct {
		const char *words;
		int now_day, now_hour, last_day, last_hour; /* last_day 0: never */
		bool late;
	} cases[] = {
	    {"never came", 24, 7, 0, 0, true},
	    {"came in time", 24, 7, 24, 5, false},
	    {"came on the holiday before", 24, 7, 23, 20, false},
	    {"Friday's, after Friday's time", 24, 7, 20, 7, false},
	    {"Friday's, in Friday's time", 24, 7, 20, 6, true},
	    {"too early to say", 24, 6, 20, 6, false},
	    {"came late, but came", 24, 9, 24, 8, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t last =
		    cases[i].last_day ? at(11, cases[i].last_day, cases[i].last_hour, 0) : 0;
		ck_assert_msg(expect_is_late(&work, &cal,
					     at(11, cases[i].now_day, cases[i].now_hour, 0),
					     last) == cases[i].late,
			      "%s", cases[i].words);
	}
	ck_assert(!expect_is_late(&none, &cal, at(11, 24, 7, 0), 0));
}
END_TEST

static TCase *rules_of_files(void)
{
	TCase *t = tcase_create("expect");
	tcase_add_test(t, names);
	tcase_add_test(t, verdicts);
	tcase_add_test(t, deadlines);
	return t;
}

UNIT_MAIN("expect", rules_of_files)
