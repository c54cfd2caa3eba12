/*
 * Files that cross each other on their way: the same rows in another order must not
 * end in a call after payment, a call to somebody excluded, or a result of a call
 * that was about something else. Each case is an order that a core system sends.
 */
#include "tests/unit/turn_rig.inc"

#define OTHER "T p1;14;kotei;2026;1;n5;500;長野太郎;503;" P1 "m\n"
#define KEY_2027 "p1;14;kotei;2027;3;n1"
#define CHANGE "K " KEY ";" KEY_2027 "\n"

/* ---- a new key is used before the file that announces it ---- */

START_TEST(a_payment_by_the_new_key_comes_first)
{
	start_rig((struct rig){0});
	script(NULL, heard_call);
	run_file("targets-1a", ONE, 1);
	give("pay-1", "P " KEY_2027 ";full\n");
	ck_assert_int_eq(debt_of(1, 1).settled, SETTLED_NO);
	give("key-1", CHANGE);
	ck_assert_int_eq(debt_of(1, 1).settled, SETTLED_PAID);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID);
	end_rig();
}
END_TEST

START_TEST(an_exclusion_by_the_new_key_comes_first)
{
	start_rig((struct rig){0});
	script(NULL, heard_call);
	run_file("targets-1a", ONE, 1);
	give("not-1", "N " KEY_2027 ";instalment;set;\n");
	give("key-1", CHANGE);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_EXCLUDED);
	end_rig();
}
END_TEST

/* ---- rows whose layout lacks a part of the key ---- */

START_TEST(a_kept_payment_without_every_part_follows_its_debt)
{
	start_rig((struct rig){0});
	script(NULL, heard_call);
	give("pay-1", "P p1;;kotei;2026;3;n1;full\n");
	give("key-1", CHANGE);
	run_file("targets-1a", "T p1;14;kotei;2027;3;n1;12000;長野太郎;503;" P1 "m\n", 1);
	ck_assert_int_eq(debt_of(1, 1).settled, SETTLED_PAID);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	end_rig();
}
END_TEST

START_TEST(a_key_change_without_every_part_names_the_whole_debt)
{
	start_rig((struct rig){0});
	script(NULL, heard_call);
	run_file("targets-1a", ONE, 1);
	give("key-1", "K p1;;kotei;2026;3;n1;p1;;kotei;2027;3;n1\n");
	give("pay-1", "P " KEY_2027 ";full\n");
	ck_assert_int_eq(debt_of(1, 1).settled, SETTLED_PAID);
	end_rig();
}
END_TEST

/* Nobody can say which of two was paid: whether the payment comes before them or after. */
START_TEST(a_kept_payment_that_fits_two_debts_holds_both)
{
	start_rig((struct rig){0});
	script(NULL, heard_call);
	give("pay-1", "P p1;14;kotei;2026;;n1;full\n");
	run_file("targets-1a", ONE ONE_MORE, 1);
	for (uint32_t row = 1; row <= 2; row++) {
		ck_assert_int_eq(debt_of(1, row).settled, SETTLED_NO);
		ck_assert(debt_of(1, row).held);
	}
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_HELD);
	end_rig();
}
END_TEST

/* ---- one person under three numbers ---- */

START_TEST(what_holds_for_one_name_holds_for_all)
{
	start_rig((struct rig){0});
	script(NULL, heard_call);
	give("key-1", "K p1;14;kotei;2025;1;n7;p2;14;kotei;2025;1;n7\n");
	give("not-1", "N p3;;;;;;protected;set;\n");
	give("key-2", "K p2;14;kotei;2025;2;n7;p3;14;kotei;2025;2;n7\n");
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_EXCLUDED);
	end_rig();
}
END_TEST

START_TEST(no_number_of_reasons_keeps_an_absolute_one_out)
{
	char text[32768];
	size_t n = 0;
	start_rig((struct rig){0});
	script(NULL, heard_call);
	for (int i = 0; i < 200; i++)
		n += (size_t)snprintf(text + n, sizeof text - n,
				      "N p1;14;kotei;2020;%d;n2;instalment;set;\n", i);
	give("not-1", text);
	give("not-2", "N p1;;;;;;protected;set;\n");
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_int_eq(debt_of(1, 1).reason, EXCLUSION_PROTECTED);
	end_rig();
}
END_TEST

/* ---- a call that was about the other debt ---- */

struct other {
	const char *words, *before, *after;
	enum outcome first, then; /* the result of the debt that the call was not about */
};
static const struct other others[] = {
    {"速報, then 全額", "P " KEY ";prelim\n", "P " KEY ";full\n", OUT_PAID, OUT_PAID},
    {"速報, then 賦課更正 to nothing", "P " KEY ";prelim\n", "P " KEY ";now0\n", OUT_PAID,
     OUT_WITHDRAWN},
    {"速報, then taken back", "P " KEY ";prelim\n", "P " KEY ";void\n", OUT_PAID, OUT_EXPIRED},
    {"debit awaited, then paid", "P " KEY ";debit\n", "P " KEY ";full\n", OUT_HELD, OUT_PAID},
    {"debit awaited, then failed", "P " KEY ";debit\n", "P " KEY ";failed\n", OUT_HELD,
     OUT_EXPIRED},
};

START_TEST(a_call_about_the_other_debt_is_no_call_about_this_one)
{
	const struct other *o = &others[_i];
	start_rig((struct rig){0});
	script(NULL, heard_call);
	run_file("targets-1a", ONE ONE_MORE, 1);
	give("pay-1", o->before);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 1);
	ck_assert_int_eq(debt_of(1, 1).result, o->first);
	ck_assert_int_eq(debt_of(1, 2).result, OUT_ANSWERED);
	give("pay-2", o->after);
	ck_assert_msg(debt_of(1, 1).result == o->then, "%s: %d", o->words,
		      (int)debt_of(1, 1).result);
	ck_assert_int_eq(debt_of(1, 2).result, OUT_ANSWERED);
	end_rig();
}
END_TEST

/* ---- nobody can say which was paid, and a 速報 that was taken back says no more ---- */

START_TEST(a_hold_outlives_a_preliminary_payment)
{
	start_rig((struct rig){0});
	script(NULL, heard_call);
	run_file("targets-1a", ONE ONE_MORE OTHER, 1);
	give("pay-1", "P p1;14;kotei;2026;;n1;full\n");
	ck_assert(debt_of(1, 1).held);
	if (_i) {
		give("pay-2", "P " KEY ";prelim\n");
		give("pay-3", "P " KEY ";void\n");
	}
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 1); /* about the third */
	ck_assert_int_eq(debt_of(1, 1).result, OUT_HELD);
	ck_assert_int_eq(debt_of(1, 2).result, OUT_HELD);
	ck_assert_int_eq(debt_of(1, 3).result, OUT_ANSWERED);
	end_rig();
}
END_TEST

static TCase *orders(void)
{
	TCase *t = tcase_create("orders");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_payment_by_the_new_key_comes_first);
	tcase_add_test(t, an_exclusion_by_the_new_key_comes_first);
	tcase_add_test(t, a_kept_payment_without_every_part_follows_its_debt);
	tcase_add_test(t, a_key_change_without_every_part_names_the_whole_debt);
	tcase_add_test(t, a_kept_payment_that_fits_two_debts_holds_both);
	tcase_add_test(t, what_holds_for_one_name_holds_for_all);
	tcase_add_test(t, no_number_of_reasons_keeps_an_absolute_one_out);
	tcase_add_loop_test(t, a_call_about_the_other_debt_is_no_call_about_this_one, 0,
			    (int)(sizeof others / sizeof *others));
	tcase_add_loop_test(t, a_hold_outlives_a_preliminary_payment, 0, 2);
	return t;
}

UNIT_MAIN("turn_cross", orders)
