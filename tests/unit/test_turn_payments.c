/*
 * Payments, withdrawals and changes of keys through the whole engine: what each does to
 * the debts that it names, or will name, and to results that went out. Each kind at each
 * moment is in test_turn_moments.c; files that cross each other are in test_turn_cross.c.
 */
#include "tests/unit/turn_rig.inc"

START_TEST(a_payment_that_matches_several_holds_them_all)
{
	start_rig((struct rig){0});
	run_file("targets-1a",
		 ONE "T p1;14;kotei;2026;4;n1;500;長野太郎;503;09011112222m\n"
		     "T p1;15;juumin;2026;1;n9;700;長野太郎;503;09011112222m\n",
		 1);
	give("pay-1", "P p1;14;kotei;2026;;n1;full\n"); /* the layout has no period */
	ck_assert(debt_of(1, 1).held);
	ck_assert(debt_of(1, 2).held);
	ck_assert(!debt_of(1, 3).held);
	ck_assert_uint_eq(intake_of(2).rows_refused, 1);
	ck_assert_uint_eq(out_rows("errors", "code=E0004"), 1);
	go_to(at(7, 9, 0)); /* the third is still called for */
	ck_assert_uint_eq(dialled(NULL), 1);
	ck_assert_int_eq(debt_of(1, 3).result, OUT_ANSWERED);
	ck_assert_uint_eq(run_of(1).next_row[KIND_RESULTS], 3); /* each exactly one */
	end_rig();
}
END_TEST

START_TEST(all_held_ends_as_88)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE "T p1;14;kotei;2026;4;n1;500;長野太郎;503;09011112222m\n", 1);
	give("pay-1", "P p1;14;kotei;2026;;n1;full\n");
	ck_assert_int_eq(debt_of(1, 1).result, OUT_HELD);
	ck_assert_int_eq(debt_of(1, 2).result, OUT_HELD);
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	end_rig();
}
END_TEST

START_TEST(payments_again_and_for_nobody)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	give("pay-1", "P p1;14;kotei;2026;3;n1;5000\nP p9;14;kotei;2026;3;n1;full\n");
	ck_assert_int_eq(debt_of(1, 1).amount, 5000);
	ck_assert_uint_eq(intake_of(2).rows_matched, 1);
	ck_assert_uint_eq(intake_of(2).rows_taken, 2);
	uint64_t version = target_of(1, "p1").debts_version;
	give("pay-2", "P p1;14;kotei;2026;3;n1;5000\n");
	ck_assert_uint_eq(target_of(1, "p1").debts_version, version);
	give("pay-3", "P p1;14;kotei;2026;3;n1;0\n"); /* nothing left: full */
	ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID);
	give("pay-4", "P p1;14;kotei;2026;3;n1;full\n");
	ck_assert_uint_eq(run_of(1).next_row[KIND_RESULTS], 1);
	ck_assert_uint_eq(run_of(1).next_row[KIND_CORRECTIONS], 0);
	end_rig();
}
END_TEST

START_TEST(a_payment_after_the_result_is_a_correction)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	settle_drop();
	give("pay-1", "P p1;14;kotei;2026;3;n1;full\n");
	ck_assert_uint_eq(out_rows("results", "result=10"), 1);
	/* 10 heard stands before 80; what is owed now is said */
	ck_assert_uint_eq(out_rows("corrections", "amount=0"), 1);
	ck_assert_int_eq(debt_of(1, 1).settled, SETTLED_PAID);
	end_rig();
}
END_TEST

START_TEST(a_debit_is_awaited_for_its_days)
{
	start_rig((struct rig){0});
	script(P1, busy_call);
	run_file("targets-1a", ONE, 1);
	give("pay-1", "P " KEY ";debit\n"); /* on the 7th at 8: three days */
	go_to(at(9, 12, 0));
	ck_assert_uint_eq(dialled(P1), 0);
	ck_assert_uint_eq(out_rows("results", "result="), 0);
	go_to(at(10, 7, 59));
	ck_assert_uint_eq(dialled(P1), 0);
	go_to(at(10, 9, 0));
	ck_assert_uint_eq(dialled(P1), 1);
	end_rig();
}
END_TEST

START_TEST(a_preliminary_payment_is_final_after_its_days)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	give("pay-1", "P " KEY ";prelim\n");
	ck_assert_int_eq(target_of(1, "p1").state, TARGET_WAITING);
	crash();
	go_to(at(8, 9, 0));
	ck_assert_int_eq(run_of(1).state, RUN_RUNNING);
	go_to(at(9, 9, 0)); /* two days are over */
	ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID);
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	give("pay-2", "P " KEY ";void\n"); /* too late for a call: a correction */
	ck_assert_uint_eq(out_rows("corrections", "new_result=83"), 1);
	ck_assert_int_eq(debt_of(1, 1).amount, 12000);
	ck_assert_uint_eq(dialled(NULL), 0);
	end_rig();
}
END_TEST

START_TEST(what_waits_in_a_draft_is_called_when_it_runs)
{
	static const char *const rows[][2] = {{"P " KEY ";prelim\n", "P " KEY ";void\n"},
					      {"P " KEY ";debit\n", "P " KEY ";failed\n"}};
	for (int i = 0; i < 2; i++) {
		start_rig((struct rig){0});
		give("targets-1a", ONE);
		give("pay-1", rows[i][0]);
		ck_assert_int_eq(target_of(1, "p1").state, TARGET_WAITING);
		crash();
		give("pay-2", rows[i][1]);
		must(M_RUN_SUBMIT, 1);
		must(M_RUN_APPROVE, 1);
		must(M_RUN_START, 1);
		go_to(at(7, 9, 0));
		ck_assert_uint_eq(dialled(P1), 1);
		end_rig();
	}
}
END_TEST

START_TEST(the_other_debt_is_called_about_and_each_has_its_own_result)
{
	static const struct {
		const char *file, *rows;
		enum outcome code;
	} cases[] = {{"pay-1", "P " KEY ";full\n", OUT_PAID},
		     {"back-1", "B " KEY "\n", OUT_WITHDRAWN},
		     {"not-1", "N " KEY ";instalment;set;\n", OUT_EXCLUDED}};
	for (size_t i = 0; i < 3; i++) {
		start_rig((struct rig){0});
		run_file("targets-1a", ONE ONE_MORE, 1);
		give(cases[i].file, cases[i].rows);
		ck_assert_int_eq(target_of(1, "p1").state, TARGET_WAITING);
		go_to(at(7, 9, 0)); /* answered and heard */
		settle_drop();
		ck_assert_uint_eq(dialled(NULL), 1);
		ck_assert_int_eq(debt_of(1, 1).result, cases[i].code);
		ck_assert_int_eq(debt_of(1, 2).result, OUT_ANSWERED);
		ck_assert_uint_eq(out_rows("results", "reason_words=分納"), i == 2);
		end_rig();
	}
}
END_TEST

START_TEST(a_payment_before_its_debt)
{
	static const struct {
		const char *rows;
		enum settled settled;
		int64_t amount;
		const char *words;
	} cases[] = {
	    {"P " KEY ";full\n", SETTLED_PAID, 0, "full"},
	    {"P " KEY ";4000\n", SETTLED_NO, 4000, "part"},
	    {"P p1;14;kotei;2026;3;;full\n", SETTLED_PAID, 0, "without notice number"},
	    {"P " KEY ";prelim\nP " KEY ";void\n", SETTLED_NO, 12000, "taken back"},
	    {"P " KEY ";full\nP " KEY ";now500\n", SETTLED_PAID, 0, "paid is the last word"},
	    {"P " KEY ";now500\n", SETTLED_NO, 500, "reassessed"},
	    {"P p1;14;kotei;2026;4;n1;full\n", SETTLED_NO, 12000, "of another debt"},
	    {"P p2;14;kotei;2026;3;n1;full\n", SETTLED_NO, 12000, "of another person"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		start_rig((struct rig){0});
		give("pay-1", cases[i].rows);
		crash();
		give("targets-1a", ONE);
		struct debt d = debt_of(1, 1);
		ck_assert_msg(d.settled == cases[i].settled && d.amount == cases[i].amount,
			      "%s: %d %lld", cases[i].words, (int)d.settled, (long long)d.amount);
		end_rig();
	}
}
END_TEST

START_TEST(kept_payments_are_forgotten_after_their_days)
{
	start_rig((struct rig){0});
	give("pay-1", "P " KEY ";full\n");
	ck_assert_uint_eq(records(T_PAYMENT), 1);
	go_to(at(21, 9, 0));
	e->expire.due_boot_ms = 0; /* the hourly sweep */
	settle();
	ck_assert_uint_eq(records(T_PAYMENT), 0);
	end_rig();
}
END_TEST

START_TEST(a_key_that_changed_is_found_by_either)
{
	static const char *const rows[] = {"P " KEY ";full\n", "P p1;14;kotei;2027;3;n1;full\n",
					   "P p7;14;kotei;2027;3;n1;full\n",
					   "P p7;14;kotei;2027;;n1;full\n"};
	for (size_t i = 0; i < 4; i++) {
		start_rig((struct rig){0});
		run_file("targets-1a", ONE, 1);
		give("key-1", "K " KEY ";p1;14;kotei;2027;3;n1\n");
		give("key-2", "K p1;14;kotei;2027;3;n1;p7;14;kotei;2027;3;n1\n"); /* 名寄せ */
		ck_assert_uint_eq(intake_of(3).rows_matched, 1);
		crash();
		give("pay-1", rows[i]);
		ck_assert_uint_eq(intake_of(4).rows_matched, 1);
		settle_drop();
		ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID);
		/* what goes back has the key that came in */
		ck_assert_uint_eq(out_rows("results", "person=p1"), 1);
		ck_assert_uint_eq(out_rows("results", "chotei_year=2026"), 1);
		end_rig();
	}
}
END_TEST

START_TEST(exclusions_and_kept_payments_follow_a_key_change)
{
	start_rig((struct rig){0});
	give("not-1", "N p1;;;;;;protected;set;\nN p2;14;kotei;2026;3;n1;suspended;set;\n");
	give("pay-1", "P p3;14;kotei;2026;3;n1;full\n");
	give("key-1", "K p1;14;kotei;2026;3;n1;p4;14;kotei;2027;3;n1\n"
		      "K p2;14;kotei;2026;3;n1;p2;14;kotei;2027;3;n1\n"
		      "K p3;14;kotei;2026;3;n1;p3;14;kotei;2027;3;n1\n");
	run_file("targets-1a",
		 "T p4;14;juumin;2026;1;n8;100;甲;503;09011110004m\n" /* any debt of the person */
		 "T p2;14;kotei;2027;3;n1;100;乙;503;09011110002m\n"
		 "T p3;14;kotei;2027;3;n1;100;丙;503;09011110003m\n",
		 1);
	go_to(at(7, 9, 0));
	ck_assert_int_eq(debt_of(1, 1).reason, EXCLUSION_PROTECTED);
	ck_assert_int_eq(debt_of(1, 2).reason, EXCLUSION_SUSPENDED);
	ck_assert_int_eq(debt_of(1, 3).result, OUT_PAID);
	ck_assert_uint_eq(dialled(NULL), 0);
	/* and the other way: what comes for the new number reaches the old one's debts */
	give("not-2", "N p4;;;;;;deceased;set;\n");
	ck_assert_uint_eq(records(T_EXCLUSION), 6);
	end_rig();
}
END_TEST

START_TEST(a_row_that_fits_several_debts)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE ONE_MORE, 1);
	give("key-1", "K p1;14;kotei;2026;;n1;p1;14;kotei;2027;;n1\n");
	ck_assert_uint_eq(intake_of(2).rows_refused, 1);
	ck_assert(!debt_of(1, 1).held); /* a key change changes nothing */
	give("back-1", "B p1;14;kotei;2026;;n1\n");
	ck_assert_uint_eq(intake_of(3).rows_refused, 1);
	ck_assert(debt_of(1, 1).held && debt_of(1, 2).held);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_HELD);
	end_rig();
}
END_TEST

START_TEST(a_withdrawal_of_nothing_is_a_warning)
{
	start_rig((struct rig){0});
	give("back-1", "B p1;;;;;\n");
	ck_assert_uint_eq(intake_of(1).rows_taken, 1);
	ck_assert_uint_eq(intake_of(1).rows_warned, 1);
	run_file("targets-1a", ONE, 1); /* the newer word */
	ck_assert_int_eq(debt_of(1, 1).settled, SETTLED_NO);
	end_rig();
}
END_TEST

/* The process ends after each number of turns while a file is applied: it is applied once. */
START_TEST(a_crash_at_each_turn_of_a_file)
{
	for (int n = 0; n <= 8; n++) {
		start_rig((struct rig){.waves = one_try});
		script(P1, busy_call);
		run_file("targets-1a", ONE, 1);
		go_to(at(7, 9, 0));
		settle_drop();
		put_file("drop/in/pay-1", "P " KEY ";4000\n");
		put_file("drop/in/not-1", "N p1;;;;;;returned;set;\n");
		e->drops[0].poll_real = 0;
		turns(n);
		crash();
		settle_drop();
		ck_assert_int_eq(debt_of(1, 1).result, OUT_EXCLUDED);
		ck_assert_uint_eq(run_of(1).next_row[KIND_CORRECTIONS], 2);
		ck_assert_uint_eq(records(T_EXCLUSION), 1);
		end_rig();
	}
}
END_TEST

static TCase *matching(void)
{
	TCase *t = tcase_create("matching");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, a_payment_that_matches_several_holds_them_all);
	tcase_add_test(t, all_held_ends_as_88);
	tcase_add_test(t, payments_again_and_for_nobody);
	tcase_add_test(t, a_payment_after_the_result_is_a_correction);
	tcase_add_test(t, a_row_that_fits_several_debts);
	tcase_add_test(t, a_withdrawal_of_nothing_is_a_warning);
	return t;
}

static TCase *kinds(void)
{
	TCase *t = tcase_create("kinds");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, a_debit_is_awaited_for_its_days);
	tcase_add_test(t, a_preliminary_payment_is_final_after_its_days);
	tcase_add_test(t, what_waits_in_a_draft_is_called_when_it_runs);
	tcase_add_test(t, the_other_debt_is_called_about_and_each_has_its_own_result);
	tcase_add_test(t, a_payment_before_its_debt);
	tcase_add_test(t, kept_payments_are_forgotten_after_their_days);
	tcase_add_test(t, a_key_that_changed_is_found_by_either);
	tcase_add_test(t, exclusions_and_kept_payments_follow_a_key_change);
	tcase_add_test(t, a_crash_at_each_turn_of_a_file);
	return t;
}

UNIT_MAIN("turn_payments", matching, kinds)
