/* Somebody rings back: who is meant and what he hears, the pure tables; the hours. */
#include "engine/plan/callback.h"
#include "engine/plan/hours.h"
#include "engine/turn/callrec.h"
#include "tests/support/unit.h"

#include <string.h>

/* ---- who is meant ---- */

enum { SINCE = 1000 };
static const struct {
	const char *what;
	size_t n;
	struct callback_candidate list[4];
	enum callback_match match;
	uint32_t run;
} finds[] = {
    {"nobody", 0, {{0}}, CALLBACK_NOBODY, 0},
    {"one", 1, {{"p1", 3, 1, true, 0}}, CALLBACK_ONE, 3},
    {"the newest run of one person",
     3,
     {{"p1", 3, 1, true, 0}, {"p1", 7, 9, true, 0}, {"p1", 5, 2, true, 0}},
     CALLBACK_ONE,
     7},
    {"two people", 2, {{"p1", 3, 1, true, 0}, {"p2", 3, 2, true, 0}}, CALLBACK_SEVERAL, 3},
    {"two people, the newest run's campaign",
     3,
     {{"p1", 3, 1, true, 0}, {"p2", 8, 2, true, 0}, {"p1", 5, 1, true, 0}},
     CALLBACK_SEVERAL,
     8},
    {"ended in time", 1, {{"p1", 3, 1, false, SINCE}}, CALLBACK_ONE, 3},
    {"ended too long ago", 1, {{"p1", 3, 1, false, SINCE - 1}}, CALLBACK_NOBODY, 0},
    {"the other one is too long ago",
     2,
     {{"p2", 2, 1, false, SINCE - 1}, {"p1", 3, 1, true, 0}},
     CALLBACK_ONE,
     3},
    {"open counts, whenever", 1, {{"p1", 3, 1, true, 1}}, CALLBACK_ONE, 3},
};

START_TEST(who_is_meant)
{
	struct callback_found f = callback_find(finds[_i].list, finds[_i].n, SINCE);
	ck_assert_msg(f.match == finds[_i].match, "%s: %d", finds[_i].what, (int)f.match);
	if (f.match != CALLBACK_NOBODY)
		ck_assert_msg(finds[_i].list[f.at].run == finds[_i].run, "%s", finds[_i].what);
}
END_TEST

/* ---- what he hears ---- */

/* One debt is asked for, everything is in order. */
static struct callback_facts good(void)
{
	return (struct callback_facts){.line = true,
				       .open = true,
				       .department = true,
				       .caller = CALLER_KNOWN,
				       .match = CALLBACK_ONE,
				       .run_may = true,
				       .payments = true,
				       .asked = 1,
				       .by_voice = true,
				       .speakable = true,
				       .ready = true};
}

#define CASE(what, said, because, ...)                                                             \
	{                                                                                          \
		struct callback_facts f = good();                                                  \
		__VA_ARGS__;                                                                       \
		struct callback_decision d = callback_decide(&f);                                  \
		ck_assert_msg(d.say == (said) && d.why == (because), "%s: %s, %s", what,           \
			      callback_say_word(d.say), callback_why_word(d.why));                 \
	}

START_TEST(what_stands_in_the_way)
{
	CASE("nothing", SAY_SCENARIO, WHY_NONE, (void)f);
	CASE("in a call", SAY_BUSY, WHY_IN_CALL, f.in_call = true; f.open = false);
	CASE("no line", SAY_BUSY, WHY_LINES, f.line = false; f.open = false);
	CASE("closed", SAY_CLOSED, WHY_HOURS, f.open = false; f.announce = true);
	CASE("an announcement", SAY_GENERAL, WHY_CHOICE, f.announce = true; f.asked = 0);
	CASE("of no department", SAY_GENERAL, WHY_DIALLED, f.department = false);
	CASE("withheld", SAY_GENERAL, WHY_WITHHELD, f.caller = CALLER_WITHHELD;
	     f.match = CALLBACK_NOBODY);
	CASE("no number", SAY_GENERAL, WHY_UNKNOWN, f.caller = CALLER_UNKNOWN;
	     f.match = CALLBACK_NOBODY);
	CASE("nobody's number", SAY_GENERAL, WHY_UNKNOWN, f.match = CALLBACK_NOBODY);
	CASE("several", SAY_GENERAL, WHY_SEVERAL, f.match = CALLBACK_SEVERAL; f.asked = 0);
	CASE("several, and what is said is public", SAY_SCENARIO, WHY_NONE,
	     f.match = CALLBACK_SEVERAL;
	     f.asked = 0; f.by_voice = false; f.payments = false; f.public_scenario = true);
	CASE("several, public, but paused", SAY_GENERAL, WHY_RUN, f.match = CALLBACK_SEVERAL;
	     f.public_scenario = true; f.run_may = false);
	CASE("paused or not as approved", SAY_GENERAL, WHY_RUN, f.run_may = false; f.asked = 0);
	CASE("stopped", SAY_GENERAL, WHY_NUMBER, f.stopped = true; f.payments = false; f.asked = 0);
	CASE("old payments", SAY_GENERAL, WHY_PAYMENTS, f.payments = false; f.asked = 0);
	CASE("all paid", SAY_ALL_DONE, WHY_SETTLED, f.asked = 0; f.held = true);
	CASE("a hold", SAY_GENERAL, WHY_HOLD, f.held = true; f.by_voice = false);
	CASE("not by voice", SAY_GENERAL, WHY_CARE, f.by_voice = false; f.ready = false);
	CASE("unspeakable", SAY_GENERAL, WHY_UNSPEAKABLE, f.speakable = false; f.ready = false);
	CASE("late", SAY_GENERAL, WHY_SLOW, f.ready = false);
}
END_TEST

/* Whatever else is so, the scenario of one person is never said without all of these. */
START_TEST(never_without)
{
	for (unsigned bits = 0; bits < 1u << 13; bits++) {
		struct callback_facts f = {.in_call = bits & 1,
					   .line = bits & 2,
					   .open = bits & 4,
					   .announce = bits & 8,
					   .department = bits & 16,
					   .caller = bits & 32 ? CALLER_KNOWN : CALLER_WITHHELD,
					   .match = CALLBACK_ONE,
					   .run_may = bits & 64,
					   .payments = bits & 128,
					   .asked = bits & 256 ? 2 : 0,
					   .held = bits & 512,
					   .stopped = bits & 4096,
					   .by_voice = bits & 1024,
					   .speakable = true,
					   .ready = bits & 2048};
		bool all = !f.in_call && f.line && f.open && !f.announce && f.department &&
			   f.caller == CALLER_KNOWN && f.run_may && f.payments && f.asked &&
			   !f.held && !f.stopped && f.by_voice && f.ready;
		ck_assert_int_eq(callback_decide(&f).say == SAY_SCENARIO, all);
	}
}
END_TEST

/* ---- states: all pairs ---- */

START_TEST(moves_of_a_callback)
{
	/* rows: from; columns: to, in the order of enum callback_state */
	static const char *const legal[CALLBACK_STATES] = {
	    [CALLBACK_NEW] = ".x...x.",       [CALLBACK_RINGING] = "..x..x.",
	    [CALLBACK_ANSWERING] = "...xxxx", [CALLBACK_ANSWERED] = "....x.x",
	    [CALLBACK_ENDED] = ".......",     [CALLBACK_MISSED] = ".......",
	    [CALLBACK_UNKNOWN] = ".......",
	};
	for (int from = 0; from < CALLBACK_STATES; from++)
		for (int to = 0; to < CALLBACK_STATES; to++) {
			enum callback_state s = (enum callback_state)from;
			bool may = legal[from][to] == 'x';
			ck_assert_msg(callback_may(s, (enum callback_state)to) == may, "%d to %d",
				      from, to);
			ck_assert_int_eq(callback_set(&s, (enum callback_state)to),
					 may ? 0 : E_STATE);
		}
	ck_assert(!callback_may(CALLBACK_STATES, CALLBACK_ENDED));
}
END_TEST

/* ---- hours ---- */

static const struct {
	const char *text;
	bool weekdays;
	int err, from, to;
	const char *words;
} hours[] = {
    {"", false, 0, 0, 1440, "毎日、24時間"},
    {"", true, 0, 0, 1440, "平日の終日"},
    {"8:30-17:15", true, 0, 510, 1035, "平日の午前8時30分から午後5時15分まで"},
    {"09:00-12:00", false, 0, 540, 720, "毎日午前9時から午後0時まで"},
    {"0:00-24:00", false, 0, 0, 1440, "毎日、24時間"},
    {"13:05-24:00", false, 0, 785, 1440, "毎日午後1時5分から午後12時まで"},
    {"8:30", false, E_INVALID, 0, 0, ""},
    {"8:30-", false, E_INVALID, 0, 0, ""},
    {"17:15-8:30", false, E_INVALID, 0, 0, ""},
    {"8:30-8:30", false, E_INVALID, 0, 0, ""},
    {"8:60-9:00", false, E_INVALID, 0, 0, ""},
    {"8:30-24:01", false, E_INVALID, 0, 0, ""},
    {"8:30-17:15x", false, E_INVALID, 0, 0, ""},
    {"8.30-17.15", false, E_INVALID, 0, 0, ""},
    {"-8:30-9:00", false, E_INVALID, 0, 0, ""},
    {"008:30-9:00", false, E_INVALID, 0, 0, ""},
};

START_TEST(hours_are_read)
{
	struct hours h;
	char words[HOURS_WORDS] = "";
	int err = hours_parse(hours[_i].text, hours[_i].weekdays, &h);
	ck_assert_msg(err == hours[_i].err, "%s", hours[_i].text);
	if (err)
		return;
	ck_assert_int_eq(h.from_min, hours[_i].from);
	ck_assert_int_eq(h.to_min, hours[_i].to);
	hours_words(&h, words);
	ck_assert_str_eq(words, hours[_i].words);
}
END_TEST

static int64_t when(int day, int min)
{
	int32_t d;
	ck_assert(civil_day_of(2026, 11, day, &d));
	return civil_day_start(d) + min * MS_PER_MIN;
}

START_TEST(hours_are_kept)
{
	static struct calendar cal; /* the 23rd, a Monday, is a holiday */
	struct hours h;
	ck_assert(civil_day_of(2026, 11, 23, &cal.holiday[0]));
	cal.n = 1;
	ck_assert_int_eq(hours_parse("8:30-17:15", true, &h), 0);
	ck_assert(!hours_open(&h, &cal, when(24, 509)));
	ck_assert(hours_open(&h, &cal, when(24, 510)));
	ck_assert(hours_open(&h, &cal, when(24, 1034)));
	ck_assert(!hours_open(&h, &cal, when(24, 1035)));
	ck_assert(!hours_open(&h, &cal, when(23, 600))); /* holiday */
	ck_assert(!hours_open(&h, &cal, when(22, 600))); /* Sunday */
	ck_assert(!hours_open(&h, &cal, when(21, 600))); /* Saturday */
	ck_assert_int_eq(hours_parse("8:30-17:15", false, &h), 0);
	ck_assert(hours_open(&h, &cal, when(22, 600)));
	ck_assert_int_eq(hours_parse("", false, &h), 0);
	ck_assert(hours_open(&h, &cal, when(22, 0)) && hours_open(&h, &cal, when(22, 1439)));
}
END_TEST

static TCase *callback_case(void)
{
	TCase *t = tcase_create("callback");
	tcase_add_loop_test(t, who_is_meant, 0, sizeof finds / sizeof *finds);
	tcase_add_test(t, what_stands_in_the_way);
	tcase_add_test(t, never_without);
	tcase_add_test(t, moves_of_a_callback);
	tcase_add_loop_test(t, hours_are_read, 0, sizeof hours / sizeof *hours);
	tcase_add_test(t, hours_are_kept);
	return t;
}

UNIT_MAIN("callback", callback_case)
