/*
 * Two departments and one resident: what he promised the one, or what a payment leaves
 * unclear, and what of it the other feels. The number's own limits over departments are
 * in test_turn_dialling.c.
 */
#include "tests/unit/turn_holds.inc"

/* His debt in the other department's run, where another telephone is known. */
#define OF_KAIGO "T p1;14;kaigo;2026;1;k1;4000;長野太郎;503;" P2 "m\n"
#define KAIGO_KEY "p1;14;kaigo;2026;1;k1"

static void both(const char *zeimu, const char *kaigo)
{
	run_file("targets-1a", zeimu, 1);
	run_file("targets-2a", kaigo, 2);
	ck_assert_str_eq(run_of(1).department, "zeimu");
	ck_assert_str_eq(run_of(2).department, "kaigo");
}

/* ---- promises ---- */

/* Both telephones ring at once; he promises each department a day of its own. */
START_TEST(each_has_the_promise_that_it_was_given)
{
	start_rig((struct rig){.two_departments = true});
	script(NULL, hold_call);
	both(ONE, OF_KAIGO);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 2);
	ck_assert(fake_voice_end_as(e->voice, flying(1, "p1"), replies("promise_md", "1210")));
	settle();
	ck_assert(fake_voice_end_as(e->voice, flying(2, "p1"), replies("promise_md", "1211")));
	settle();
	ck_assert_uint_eq(records(T_HOLD), 2);
	ck_assert_str_eq(hold_of("p1", 1).department, "zeimu");
	ck_assert_str_eq(hold_of("p1", 2).department, "kaigo");
	ck_assert_int_eq(hold_of("p1", 2).promised_day, hold_of("p1", 1).promised_day + 1);
	/* He pays the one: the other's promise is not kept by that, nor this one broken. */
	give("pay-1", _i ? "P " KAIGO_KEY ";full\n" : "P " KEY ";full\n");
	go_to(at(27, 1, 0));
	ck_assert_int_eq(hold_of("p1", 1).promise, _i ? PROMISE_BROKEN : PROMISE_KEPT);
	ck_assert_int_eq(hold_of("p1", 2).promise, _i ? PROMISE_KEPT : PROMISE_BROKEN);
	end_rig();
}
END_TEST

static const struct {
	const char *what, *user, *hold, *payment;
	enum promise result;
} told[] = {
    {"all that he owes them is paid", "tanto",
     "{\"person\":\"p1\",\"kind\":\"promise\",\"promise\":\"2026-12-10\",\"reason\":\"x\"}",
     "P " KEY ";full\n", PROMISE_KEPT},
    {"only the other department's", "tanto",
     "{\"person\":\"p1\",\"kind\":\"promise\",\"promise\":\"2026-12-10\",\"reason\":\"x\"}",
     "P " KAIGO_KEY ";full\n", PROMISE_BROKEN},
    {"told the other one", "kaigo",
     "{\"person\":\"p1\",\"kind\":\"promise\",\"promise\":\"2026-12-10\",\"reason\":\"x\"}",
     "P " KAIGO_KEY ";full\n", PROMISE_KEPT},
    {"who is not known to them promised", "kaigo",
     "{\"person\":\"p2\",\"kind\":\"promise\",\"promise\":\"2026-12-10\",\"reason\":\"x\"}", "",
     PROMISE_PASSED},
};

/* Staff write down what they were told. */
START_TEST(what_staff_were_told_is_about_their_own)
{
	struct json *params = NULL;
	const char *person = strstr(told[_i].hold, "p2") ? "p2" : "p1";
	start_rig((struct rig){.two_departments = true});
	both(ONE TWO, OF_KAIGO);
	ck_assert_int_eq(json_parse(told[_i].hold, strlen(told[_i].hold), JSON_DEPTH, &params), 0);
	ck_assert_int_eq(ask_as(told[_i].user, M_HOLD_ADD, params).err, 0);
	if (told[_i].payment[0])
		give("pay-1", told[_i].payment);
	go_to(at(25, 1, 0));
	ck_assert_msg(hold_of(person, 1).promise == told[_i].result, "%s: %s", told[_i].what,
		      promise_word(hold_of(person, 1).promise));
	end_rig();
}
END_TEST

/* ---- payments ---- */

/* One row that may mean the debt of either department: nobody can say which. */
#define TAX_OF_KAIGO "T p1;14;kotei;2026;4;n1;4000;長野太郎;503;" P2 "m\n"
#define UNCLEAR "P p1;14;kotei;2026;;n1;full\n"

START_TEST(a_payment_that_may_be_of_either_holds_both)
{
	start_rig((struct rig){.two_departments = true});
	script(NULL, heard_call);
	both(ONE, TAX_OF_KAIGO);
	give("pay-1", UNCLEAR);
	ck_assert_uint_eq(out_rows("errors", "code=E0004"), 1);
	for (uint32_t run = 1; run <= 2; run++) {
		ck_assert_int_eq(debt_of(run, 1).settled, SETTLED_NO);
		ck_assert_msg(debt_of(run, 1).held, "run %u", run);
	}
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	/* The one that is named is paid; of the other it says nothing. */
	give("pay-2", "P p1;14;kotei;2026;4;n1;full\n");
	ck_assert_int_eq(debt_of(2, 1).settled, SETTLED_PAID);
	ck_assert(debt_of(1, 1).held);
	/* Only one is owed now: that one is meant. */
	give("pay-3", UNCLEAR);
	ck_assert_int_eq(debt_of(1, 1).settled, SETTLED_PAID);
	end_rig();
}
END_TEST

/* It came before them: the first debt that it fitted was the only one; the next is not paid twice.
 */
START_TEST(a_kept_payment_is_not_spent_twice)
{
	start_rig((struct rig){.two_departments = true});
	script(NULL, heard_call);
	give("pay-1", UNCLEAR);
	give("targets-1a", ONE);
	give("targets-2a", TAX_OF_KAIGO);
	ck_assert_int_eq(debt_of(1, 1).settled, SETTLED_PAID);
	ck_assert_int_eq(debt_of(2, 1).settled, SETTLED_NO);
	ck_assert(debt_of(2, 1).held);
	ck_assert_uint_eq(out_rows("errors", "code=E0004"), 1);
	end_rig();
}
END_TEST

/* The same debt, asked for by two departments, is one: both hear that it is paid. */
START_TEST(the_same_debt_in_two_runs_is_one)
{
	start_rig((struct rig){.two_departments = true});
	if (_i)
		give("pay-1", UNCLEAR);
	give("targets-1a", ONE);
	give("targets-2a", ONE);
	if (!_i)
		give("pay-1", UNCLEAR);
	ck_assert_int_eq(debt_of(1, 1).settled, SETTLED_PAID);
	ck_assert_int_eq(debt_of(2, 1).settled, SETTLED_PAID);
	end_rig();
}
END_TEST

/* A withdrawal that may mean either withdraws neither. */
START_TEST(a_withdrawal_that_may_be_of_either_holds_both)
{
	start_rig((struct rig){.two_departments = true});
	both(ONE, TAX_OF_KAIGO);
	give("back-1", "B p1;14;kotei;2026;;n1\n");
	for (uint32_t run = 1; run <= 2; run++)
		ck_assert(debt_of(run, 1).held && debt_of(run, 1).settled == SETTLED_NO);
	end_rig();
}
END_TEST

/* ---- 速報, and a payment that nobody can assign ---- */

#define TWO_DEBTS ONE ONE_MORE
#define PRELIM "P " KEY ";prelim\n"
#define VOID "P " KEY ";void\n"

static const struct {
	const char *what, *first, *second, *third;
	bool held, paid; /* the debt that the 速報 names */
} hurried[] = {
    {"unclear alone", UNCLEAR, NULL, NULL, true, false},
    {"the 速報, then unclear", PRELIM, UNCLEAR, NULL, true, true},
    {"unclear, then the 速報", UNCLEAR, PRELIM, NULL, true, true},
    {"the 速報, unclear, and it was none", PRELIM, UNCLEAR, VOID, true, false},
    {"unclear, the 速報, and it was none", UNCLEAR, PRELIM, VOID, true, false},
    {"the 速報 that was none, then unclear", PRELIM, VOID, UNCLEAR, true, false},
    {"the 速報 that was none", PRELIM, VOID, NULL, false, false},
};

/* What was unclear stays so when a 速報 is taken back: he is not called about it. */
START_TEST(a_preliminary_payment_clears_nothing_up)
{
	const char *rows[] = {hurried[_i / 2].first, hurried[_i / 2].second, hurried[_i / 2].third};
	const char *what = hurried[_i / 2].what;
	char name[16];
	bool before = _i % 2; /* all of them before the debts */
	start_rig((struct rig){0});
	script(NULL, heard_call);
	if (!before)
		run_file("targets-1a", TWO_DEBTS, 1);
	for (int i = 0; i < 3 && rows[i]; i++) {
		snprintf(name, sizeof name, "pay-%d", i + 1);
		give(name, rows[i]);
	}
	if (before)
		run_file("targets-1a", TWO_DEBTS, 1);
	struct debt d = debt_of(1, 1);
	ck_assert_msg(d.held == hurried[_i / 2].held, "%s", what);
	ck_assert_msg((d.settled == SETTLED_PAID) == hurried[_i / 2].paid, "%s", what);
	ck_assert_msg(debt_of(1, 2).held == hurried[_i / 2].held, "%s: the other one", what);
	go_to(at(7, 9, 0));
	ck_assert_msg((dialled(NULL) == 0) == hurried[_i / 2].held, "%s", what);
	end_rig();
}
END_TEST

static TCase *departments(void)
{
	TCase *t = tcase_create("departments");
	tcase_set_timeout(t, 300);
	tcase_add_loop_test(t, each_has_the_promise_that_it_was_given, 0, 2);
	tcase_add_loop_test(t, what_staff_were_told_is_about_their_own, 0,
			    sizeof told / sizeof *told);
	tcase_add_test(t, a_payment_that_may_be_of_either_holds_both);
	tcase_add_test(t, a_kept_payment_is_not_spent_twice);
	tcase_add_loop_test(t, the_same_debt_in_two_runs_is_one, 0, 2);
	tcase_add_test(t, a_withdrawal_that_may_be_of_either_holds_both);
	tcase_add_loop_test(t, a_preliminary_payment_clears_nothing_up, 0,
			    2 * sizeof hurried / sizeof *hurried);
	return t;
}

UNIT_MAIN("turn_departments", departments)
