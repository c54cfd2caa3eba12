/* Nobody is contacted without fresh payments: what starts, waits and goes on (docs/payments.md). */
#include "tests/unit/turn_rig.inc"

START_TEST(no_start_without_fresh_payments)
{
	start_rig((struct rig){.payments_check = PAYMENTS_BUSINESS_DAY + 1});
	give("targets-1a", ONE);
	must(M_RUN_SUBMIT, 1);
	must(M_RUN_APPROVE, 1);
	struct said s = command_as("kacho", M_RUN_START, 1);
	ck_assert_int_eq(s.err, E_STATE);
	ck_assert_msg(strstr(s.why, "since 2026-12-04 18:00") && strstr(s.why, "never"), "%s",
		      s.why);
	give("pay-1", ""); /* nothing was paid: that is news too */
	crash();
	must(M_RUN_START, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(P1), 1);
	end_rig();
}
END_TEST

START_TEST(a_run_stands_still_until_newer_payments_come)
{
	start_rig((struct rig){.payments_check = PAYMENTS_BUSINESS_DAY + 1});
	script(P1, busy_call);
	give("pay-1", "");
	run_file("targets-1a", ONE NINE, 1);
	script(P9, (struct fake_call){.kind = FAKE_END, .code = OUT_NO_ANSWER});
	go_to(at(7, 9, 0));
	go_to(at(7, 18, 30)); /* over the hour: the day goes on as it began */
	ck_assert_uint_eq(dialled(P1), 2);
	ck_assert(!alerted("payments-core"));
	go_to(at(8, 7, 0));
	ck_assert(!alerted("payments-core")); /* it may still come */
	go_to(at(8, 8, 0));
	ck_assert(alerted("payments-core"));
	crash();
	go_to(at(8, 12, 0));
	ck_assert(alerted("payments-core"));
	ck_assert_uint_eq(dialled(NULL), 0);
	give("pay-2", "P p0;14;kotei;2026;3;n9;full\n");
	ck_assert(!alerted("payments-core"));
	go_to(at(8, 12, 10)); /* by itself */
	ck_assert_uint_eq(dialled(P1), 1);
	ck_assert_uint_eq(dialled(P9), 0); /* it had come for a reason */
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	end_rig();
}
END_TEST

START_TEST(refused_payments_stop_everybody_until_good_ones_come)
{
	for (int off = 0; off < 2; off++) {
		start_rig((struct rig){.payments_check = off ? 0 : PAYMENTS_AGE + 1});
		script(P1, busy_call);
		give("pay-1", "");
		run_file("targets-1a", ONE, 1);
		go_to(at(7, 8, 30));
		give("pay-2", "X E0002 列の数が違います\n");
		ck_assert_int_eq(intake_of(3).state, FILE_REFUSED);
		ck_assert(alerted("payments-core"));
		go_to(at(7, 9, 0));
		ck_assert_uint_eq(dialled(P1), 0);
		crash();
		go_to(at(7, 9, 10));
		ck_assert_uint_eq(dialled(P1), 0);
		give("pay-3", "P " KEY ";4000\n");
		ck_assert(!alerted("payments-core"));
		ck_assert_uint_ge(dialled(P1), 1);
		end_rig();
	}
}
END_TEST

START_TEST(without_payments_a_campaign_still_ends)
{
	start_rig((struct rig){.payments_check = PAYMENTS_BUSINESS_DAY + 1});
	script(P1, busy_call);
	give("pay-1", "");
	run_file("targets-1a", ONE, 1);
	go_to(at(8, 12, 0));
	go_to(at(12, 12, 0)); /* its windows are over */
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	end_rig();
}
END_TEST

static TCase *fresh(void)
{
	TCase *t = tcase_create("fresh");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, no_start_without_fresh_payments);
	tcase_add_test(t, a_run_stands_still_until_newer_payments_come);
	tcase_add_test(t, refused_payments_stop_everybody_until_good_ones_come);
	tcase_add_test(t, without_payments_a_campaign_still_ends);
	return t;
}

UNIT_MAIN("turn_fresh", fresh)
