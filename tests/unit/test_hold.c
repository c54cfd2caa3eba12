/* The pure rules of holds: which day four keys mean, until when a kind lasts, what replies ask for.
 */
#include "engine/plan/hold.h"
#include "tests/support/unit.h"

#include <string.h>

static int32_t day(int y, int m, int d)
{
	int32_t ret;
	ck_assert(civil_day_of(y, m, d, &ret));
	return ret;
}

START_TEST(promised_days)
{
	static const struct {
		const char *words, *said;
		int year, month, day; /* 0: none */
	} cases[] = {
	    {"tomorrow", "1208", 2026, 12, 8},
	    {"today", "1207", 2026, 12, 7},
	    {"yesterday is next year's: too far", "1206", 0, 0, 0},
	    {"over the year", "0115", 2027, 1, 15},
	    {"the last day in range", "0205", 2027, 2, 5},
	    {"one too many", "0206", 0, 0, 0},
	    {"no such day", "0230", 0, 0, 0},
	    {"no such month", "1301", 0, 0, 0},
	    {"29 February of no leap year", "0229", 0, 0, 0},
	    {"zeros", "0000", 0, 0, 0},
	    {"a whole date", "2026-12-25", 2026, 12, 25},
	    {"… without hyphens", "20261225", 2026, 12, 25},
	    {"… that is over", "2026-12-06", 0, 0, 0},
	    {"… too far", "2027-12-25", 0, 0, 0},
	    {"three digits", "125", 0, 0, 0},
	    {"nothing", "", 0, 0, 0},
	    {"words", "あした", 0, 0, 0},
	    {"a sign", "-101", 0, 0, 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int32_t got = DAY_NONE;
		bool good = hold_promised_day(cases[i].said, day(2026, 12, 7), 60, &got);
		ck_assert_msg(good == (cases[i].year != 0), "%s", cases[i].words);
		if (good)
			ck_assert_msg(got == day(cases[i].year, cases[i].month, cases[i].day), "%s",
				      cases[i].words);
	}
	int32_t leap;
	ck_assert(hold_promised_day("0229", day(2028, 1, 20), 60, &leap));
	ck_assert_int_eq(leap, day(2028, 2, 29));
}
END_TEST

START_TEST(terms)
{
	static const struct hold_terms t = {.promise_days = 14, .paid_days = 10};
	static const struct {
		const char *words;
		enum hold_kind kind;
		bool promised, until;
		int month, day; /* the last day; 0: no end */
	} cases[] = {
	    {"a promise: its day and 14", HOLD_PROMISE, true, false, 12, 29},
	    {"a promise that staff ended otherwise", HOLD_PROMISE, true, true, 12, 20},
	    {"a promise of no day", HOLD_PROMISE, false, false, 12, 17},
	    {"paid: 10 days", HOLD_PAID, false, false, 12, 17},
	    {"paid, until a day", HOLD_PAID, false, true, 12, 20},
	    {"staff", HOLD_STAFF, false, false, 0, 0},
	    {"staff, until a day", HOLD_STAFF, false, true, 12, 20},
	    {"a complaint", HOLD_COMPLAINT, false, false, 0, 0},
	    {"care", HOLD_CARE, false, false, 0, 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t until = hold_until(cases[i].kind, &t, day(2026, 12, 7),
					   cases[i].promised ? day(2026, 12, 15) : DAY_NONE,
					   cases[i].until ? day(2026, 12, 20) : DAY_NONE);
		int64_t want = cases[i].day
				   ? civil_day_start(day(2026, cases[i].month, cases[i].day) + 1)
				   : HOLD_NO_END;
		ck_assert_msg(until == want, "%s", cases[i].words);
		ck_assert(hold_lasts(until, civil_day_start(day(2026, 12, 7))));
		ck_assert_int_eq(hold_lasts(until, civil_day_start(day(2030, 1, 1))),
				 want == HOLD_NO_END);
		if (want != HOLD_NO_END) {
			ck_assert(hold_lasts(until, until - 1));
			ck_assert(!hold_lasts(until, until));
		}
	}
}
END_TEST

START_TEST(meanings)
{
	static const struct {
		const char *name, *value;
		bool holds;
		enum hold_kind kind;
		bool stops;
	} cases[] = {
	    {"promise_md", "1215", true, HOLD_PROMISE, false},
	    {"promise", "2026-12-15", true, HOLD_PROMISE, false},
	    {"task", "納付済申告", true, HOLD_PAID, false},
	    {"task", "停止要望", false, HOLD_PROMISE, true},
	    {"task", "相談希望", false, HOLD_PROMISE, false},
	    {"answer", "paid", false, HOLD_PROMISE, false},
	    {"answer", "停止要望", false, HOLD_PROMISE, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct reply_meaning m = hold_meaning(cases[i].name, cases[i].value);
		ck_assert_int_eq(m.holds, cases[i].holds);
		ck_assert_int_eq(m.stops, cases[i].stops);
		if (m.holds)
			ck_assert_int_eq(m.hold, cases[i].kind);
	}
}
END_TEST

START_TEST(words)
{
	for (int i = 0; i < HOLD_KINDS; i++) {
		enum hold_kind k;
		ck_assert(hold_kind_of(hold_kind_word((enum hold_kind)i), &k) && (int)k == i);
		ck_assert(hold_kind_of(hold_kind_words((enum hold_kind)i), &k) && (int)k == i);
	}
	for (int i = 0; i < NUMBER_MARKS; i++) {
		enum number_mark k;
		ck_assert(mark_of(mark_word((enum number_mark)i), &k) && (int)k == i);
		ck_assert(mark_of(mark_words((enum number_mark)i), &k) && (int)k == i);
	}
	enum hold_kind k;
	ck_assert(!hold_kind_of("", &k));
}
END_TEST

static TCase *rules(void)
{
	TCase *t = tcase_create("rules");
	tcase_add_test(t, promised_days);
	tcase_add_test(t, terms);
	tcase_add_test(t, meanings);
	tcase_add_test(t, words);
	return t;
}

UNIT_MAIN("hold", rules)
