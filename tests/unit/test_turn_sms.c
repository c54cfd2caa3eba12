/* Messages through the engine: receipts in any order, what survives a restart, corrections. */
#include "tests/unit/turn_rig.inc"

#include "engine/turn/company.h"

/* One message is submitted at 9:00; its attempt is 1. */
static void one_message(enum fake_text_mode mode)
{
	start_rig((struct rig){.waves = sms_wave});
	fake_text_mode(e->text, mode);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(fake_text_sent(e->text, 1), 1);
}

static void receipt(enum text_receipt r)
{
	ck_assert_int_eq(fake_text_receipt(e->text, 1, r, 1), 0);
	settle();
}

START_TEST(results_of_the_gateway)
{
	static const struct {
		enum fake_text_mode mode;
		enum attempt_state state;
		enum outcome code;
		bool done;
	} cases[] = {
	    {FAKE_TEXT_ACCEPT, ATTEMPT_SUBMITTED, OUT_SMS_SENT, false},
	    {FAKE_TEXT_REFUSE, ATTEMPT_ENDED, OUT_SMS_REFUSED, true},
	    {FAKE_TEXT_RETRY, ATTEMPT_DROPPED, OUT_NONE, false},
	    {FAKE_TEXT_UNKNOWN, ATTEMPT_UNKNOWN, OUT_UNKNOWN, true},
	    {FAKE_TEXT_HOLD, ATTEMPT_INTENDED, OUT_NONE, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		one_message(cases[i].mode);
		ck_assert_int_eq(attempt_of(1).state, cases[i].state);
		ck_assert_int_eq(attempt_of(1).code, cases[i].code);
		ck_assert_int_eq(target_of(1, "p1").state == TARGET_DONE, cases[i].done);
		if (cases[i].done)
			ck_assert_int_eq(debt_of(1, 1).result, cases[i].code);
		end_rig();
	}
}
END_TEST

START_TEST(final_receipts)
{
	static const struct {
		enum text_receipt receipt;
		enum outcome code;
	} cases[] = {{RECEIPT_DELIVERED, OUT_SMS_RECEIVED},
		     {RECEIPT_OUT_OF_AREA, OUT_SMS_OUT_OF_AREA},
		     {RECEIPT_FAILED, OUT_SMS_FAILED},
		     {RECEIPT_REJECTED, OUT_SMS_REFUSED}};
	for (size_t i = 0; i < 4; i++) {
		one_message(FAKE_TEXT_ACCEPT);
		receipt(RECEIPT_BUFFERED);
		ck_assert_int_eq(attempt_of(1).state, ATTEMPT_SUBMITTED);
		receipt(cases[i].receipt);
		ck_assert_int_eq(attempt_of(1).state, ATTEMPT_ENDED);
		ck_assert_int_eq(debt_of(1, 1).result, cases[i].code);
		ck_assert_uint_eq(e->sms_waiting, 0);
		ck_assert_uint_eq(records(T_OPEN), 0);
		end_rig();
	}
}
END_TEST

START_TEST(a_receipt_twice_changes_nothing)
{
	one_message(FAKE_TEXT_ACCEPT);
	receipt(RECEIPT_DELIVERED);
	receipt(RECEIPT_DELIVERED);
	ck_assert_int_eq(attempt_of(1).receipts, 2);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_SMS_RECEIVED);
	ck_assert_uint_eq(run_of(1).next_row[KIND_CORRECTIONS], 0);
	end_rig();
}
END_TEST

/* 90 -> 61 -> 60 | 62 | 63 | 64, and never on from a final one. */
START_TEST(a_final_code_is_final)
{
	static const enum text_receipt all[] = {RECEIPT_DELIVERED, RECEIPT_FAILED,
						RECEIPT_OUT_OF_AREA, RECEIPT_REJECTED};
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < 4; j++) {
			one_message(FAKE_TEXT_ACCEPT);
			receipt(all[i]);
			enum outcome code = attempt_of(1).code;
			receipt(all[j]);
			receipt(RECEIPT_BUFFERED);
			ck_assert_int_eq(attempt_of(1).code, code);
			ck_assert_int_eq(debt_of(1, 1).result, code);
			ck_assert_uint_eq(run_of(1).next_row[KIND_CORRECTIONS], 0);
			end_rig();
		}
}
END_TEST

START_TEST(a_receipt_before_the_answer)
{
	one_message(FAKE_TEXT_HOLD);
	receipt(RECEIPT_DELIVERED);
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_ENDED);
	ck_assert_int_eq(attempt_of(1).code, OUT_SMS_RECEIVED);
	ck_assert_uint_eq(e->sms_used, 0);
	fake_text_mode(e->text, FAKE_TEXT_ACCEPT); /* now the answer comes */
	settle();
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_ENDED);
	ck_assert_int_eq(attempt_of(1).code, OUT_SMS_RECEIVED);
	ck_assert_uint_eq(e->sms_used + e->sms_waiting, 0);
	end_rig();
}
END_TEST

START_TEST(a_buffered_receipt_before_the_answer)
{
	one_message(FAKE_TEXT_HOLD);
	receipt(RECEIPT_BUFFERED);
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_SUBMITTED);
	ck_assert_uint_eq(e->sms_waiting, 1);
	fake_text_mode(e->text, FAKE_TEXT_ACCEPT);
	settle();
	ck_assert_uint_eq(e->sms_waiting, 1);
	receipt(RECEIPT_DELIVERED);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_SMS_RECEIVED);
	ck_assert_uint_eq(e->sms_used + e->sms_waiting, 0);
	end_rig();
}
END_TEST

START_TEST(a_receipt_for_a_dropped_message_is_an_alert)
{
	one_message(FAKE_TEXT_RETRY);
	receipt(RECEIPT_DELIVERED);
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_DROPPED);
	ck_assert(alerted("receipt"));
	end_rig();
}
END_TEST

START_TEST(a_receipt_for_nothing_of_ours_is_ignored)
{
	one_message(FAKE_TEXT_ACCEPT);
	ck_assert_int_eq(fake_text_receipt(e->text, 999, RECEIPT_DELIVERED, 1), 0);
	settle();
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_SUBMITTED);
	end_rig();
}
END_TEST

START_TEST(a_receipt_survives_a_deadlock)
{
	for (unsigned nth = 1; nth <= 4; nth++) {
		one_message(FAKE_TEXT_ACCEPT);
		fake_store_fail_get(e->store, nth, E_DEADLOCK);
		receipt(RECEIPT_DELIVERED);
		ck_assert_int_eq(attempt_of(1).code, OUT_SMS_RECEIVED);
		fake_store_fail_get(e->store, 0, 0);
		end_rig();
	}
}
END_TEST

START_TEST(without_a_receipt_it_ends_as_61)
{
	one_message(FAKE_TEXT_ACCEPT);
	go_to(at(7, 9, 29));
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_SUBMITTED);
	go_to(at(7, 9, 31));
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_ENDED);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_SMS_SENT);
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	/* late: a correction, in a file of its own kind */
	receipt(RECEIPT_DELIVERED);
	settle_drop();
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_ENDED);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_SMS_RECEIVED);
	ck_assert_uint_eq(out_rows("results", "result=61"), 1);
	ck_assert_uint_eq(out_rows("corrections", "old_result=61"), 1);
	ck_assert_uint_eq(out_rows("corrections", "new_result=60"), 1);
	end_rig();
}
END_TEST

START_TEST(after_72_hours_a_receipt_corrects_nothing)
{
	one_message(FAKE_TEXT_ACCEPT);
	go_to(at(7, 9, 31));
	go_to(at(10, 9, 5));
	receipt(RECEIPT_DELIVERED);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_SMS_SENT);
	ck_assert_uint_eq(run_of(1).next_row[KIND_CORRECTIONS], 0);
	end_rig();
}
END_TEST

START_TEST(unknown_is_sharpened_by_its_receipt)
{
	one_message(FAKE_TEXT_UNKNOWN);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_UNKNOWN);
	receipt(RECEIPT_BUFFERED); /* it was sent, then */
	ck_assert_int_eq(attempt_of(1).code, OUT_SMS_SENT);
	receipt(RECEIPT_DELIVERED);
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_UNKNOWN); /* the state never changes */
	ck_assert_int_eq(debt_of(1, 1).result, OUT_SMS_RECEIVED);
	ck_assert_uint_eq(run_of(1).next_row[KIND_CORRECTIONS], 2);
	end_rig();
}
END_TEST

START_TEST(submitted_survives_a_restart)
{
	one_message(FAKE_TEXT_ACCEPT);
	go_to(at(7, 9, 10));
	crash();
	settle();
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_SUBMITTED);
	ck_assert_uint_eq(e->sms_waiting, 1);
	ck_assert_uint_eq(e->sms_used, 0);
	go_to(at(7, 9, 25));
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_SUBMITTED);
	go_to(at(7, 9, 31)); /* counted from the submission, not from the restart */
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_ENDED);
	ck_assert_int_eq(attempt_of(1).code, OUT_SMS_SENT);
	ck_assert_uint_eq(attempts(), 1);
	end_rig();
}
END_TEST

START_TEST(a_message_without_an_answer_is_unknown_after_a_crash)
{
	one_message(FAKE_TEXT_HOLD);
	/* killed: the channel says nothing */
	crash();
	settle();
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_UNKNOWN);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_UNKNOWN);
	ck_assert_uint_eq(attempts(), 1);
	receipt(RECEIPT_DELIVERED);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_SMS_RECEIVED);
	end_rig();
}
END_TEST

START_TEST(retry_waits_as_the_gateway_asked)
{
	one_message(FAKE_TEXT_RETRY);
	fake_text_mode(e->text, FAKE_TEXT_ACCEPT);
	go_to(at(7, 9, 0) + 29000);
	ck_assert_uint_eq(attempts(), 1);
	go_to(at(7, 9, 0) + 31000);
	ck_assert_uint_eq(attempts(), 2);
	ck_assert_int_eq(attempt_of(2).state, ATTEMPT_SUBMITTED);
	end_rig();
}
END_TEST

START_TEST(never_more_under_way_than_places_and_what_is_ahead)
{
	start_rig((struct rig){.waves = sms_wave, .in_flight = 2});
	fake_text_mode(e->text, FAKE_TEXT_HOLD);
	run_file(
	    "targets-1a",
	    "T p1;1;k;2026;1;n;1;太郎;1;09011110001m\nT p2;1;k;2026;1;n;1;太郎;1;09011110002m\n"
	    "T p3;1;k;2026;1;n;1;太郎;1;09011110003m\nT p4;1;k;2026;1;n;1;太郎;1;09011110004n\n"
	    "T p5;1;k;2026;1;n;1;太郎;1;09011110005m\n",
	    1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 3);
	fake_text_mode(e->text, FAKE_TEXT_ACCEPT);
	settle();
	ck_assert_uint_eq(attempts(), 4); /* p4 allows no SMS */
	ck_assert_int_eq(debt_of(1, 4).result, OUT_NO_NUMBER);
	end_rig();
}
END_TEST

/* As many wait for receipts as the engine can hold: nothing new begins, and nothing breaks. */
START_TEST(the_table_of_what_is_under_way_is_full)
{
	start_rig((struct rig){.waves = sms_wave});
	run_file("targets-1a", "T p1;1;k;2026;1;n;1;太郎;1;09011110001m\n", 1);
	for (uint64_t id = 1; id <= MAX_FLIGHTS - FLIGHTS_FOR_CALLERS; id++) {
		struct flight *f = calloc(1, sizeof *f);
		uint64_t key = (UINT64_C(1) << 40) + id;
		ck_assert_ptr_nonnull(f);
		f->attempt = key;
		f->submitted = true;
		ck_assert_int_eq(map_put(e->flights, &key, sizeof key, f), 0);
	}
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 0);
	uint64_t key = (UINT64_C(1) << 40) + 1;
	free(map_take(e->flights, &key, sizeof key));
	settle();
	ck_assert_uint_eq(attempts(), 1);
	end_rig();
}
END_TEST

/* Two places and one ahead, six people; three messages are under way. */
static void three_are_under_way(void)
{
	start_rig((struct rig){.waves = sms_wave, .in_flight = 2});
	fake_text_mode(e->text, FAKE_TEXT_HOLD);
	run_file(
	    "targets-1a",
	    "T p1;1;k;2026;1;n;1;太郎;1;09011110001m\nT p2;1;k;2026;1;n;1;太郎;1;09011110002m\n"
	    "T p3;1;k;2026;1;n;1;太郎;1;09011110003m\nT p4;1;k;2026;1;n;1;太郎;1;09011110004m\n"
	    "T p5;1;k;2026;1;n;1;太郎;1;09011110005m\nT p6;1;k;2026;1;n;1;太郎;1;09011110006m\n",
	    1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 3);
	ck_assert_uint_eq(e->sms_used, 3);
}

/* All are answered, by `mode`; nothing is read of it yet. */
static void all_answered(enum fake_text_mode mode)
{
	fake_text_mode(e->text, mode);
	fake_text_mode(e->text, FAKE_TEXT_HOLD);
}

/* The answer is on record in the same commit as the next intent: no place stands empty for a turn.
 */
START_TEST(a_place_is_used_again_in_the_same_turn)
{
	static const enum fake_text_mode modes[] = {FAKE_TEXT_ACCEPT, FAKE_TEXT_REFUSE,
						    FAKE_TEXT_RETRY, FAKE_TEXT_UNKNOWN};
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		three_are_under_way();
		all_answered(modes[i]);
		ck_assert_int_eq(turn(), 0);
		ck_assert_uint_eq(attempts(), 6);
		ck_assert_uint_eq(e->sms_used, 3);
		ck_assert_int_ne(attempt_of(1).state, ATTEMPT_INTENDED);
		ck_assert_int_eq(attempt_of(4).state, ATTEMPT_INTENDED);
		end_rig();
	}
}
END_TEST

/* … once, also where its answer and its receipts come in the same turn, in any order. */
START_TEST(a_place_is_given_back_once)
{
	for (int receipt_first = 0; receipt_first < 2; receipt_first++) {
		three_are_under_way();
		if (receipt_first)
			ck_assert_int_eq(fake_text_receipt(e->text, 1, RECEIPT_DELIVERED, 1), 0);
		all_answered(FAKE_TEXT_ACCEPT);
		if (!receipt_first)
			ck_assert_int_eq(fake_text_receipt(e->text, 1, RECEIPT_DELIVERED, 1), 0);
		ck_assert_int_eq(turn(), 0);
		ck_assert_int_eq(attempt_of(1).code, OUT_SMS_RECEIVED);
		ck_assert_int_eq(attempt_of(2).state, ATTEMPT_SUBMITTED);
		ck_assert_uint_eq(attempts(), 6);
		ck_assert_uint_eq(e->sms_used, 3);
		ck_assert_uint_eq(e->sms_waiting, 2);
		end_rig();
	}
}
END_TEST

/* A transaction that is run again counts anew. */
START_TEST(a_place_is_given_back_once_after_a_deadlock)
{
	for (unsigned nth = 1; nth <= 40; nth += 3) {
		three_are_under_way();
		all_answered(FAKE_TEXT_ACCEPT);
		fake_store_fail_put(e->store, nth, E_DEADLOCK);
		ck_assert_int_eq(turn(), 0);
		ck_assert_uint_eq(attempts(), 6);
		ck_assert_uint_eq(e->sms_used, 3);
		ck_assert_uint_eq(e->sms_waiting, 3);
		fake_store_fail_put(e->store, 0, 0);
		end_rig();
	}
}
END_TEST

/* Answers that come one after another are applied together; alone, an answer is applied at once. */
START_TEST(answers_gather)
{
	three_are_under_way();
	ck_assert_int_eq(fake_text_receipt(e->text, 1, RECEIPT_BUFFERED, 1), 0);
	ck_assert_int_eq(turn(), 0);
	e->sms_used += 100; /* as if many were under way: one receipt waits for others */
	int64_t from = clock_boot_ms();
	e->turn_boot_ms = from;
	ck_assert_int_eq(fake_text_receipt(e->text, 2, RECEIPT_BUFFERED, 1), 0);
	ck_assert_int_eq(turn(), 0);
	ck_assert_int_ge(clock_boot_ms() - from, COMPANY_MS);
	e->sms_used -= 100;
	ck_assert_int_eq(attempt_of(2).receipts, 1);
	end_rig();
}
END_TEST

/* ---- an SMS that a call asked for ---- */

START_TEST(a_branch_sms_goes_to_the_mobile_that_answered)
{
	start_rig((struct rig){0});
	script("09011112222", (struct fake_call){.kind = FAKE_END,
						 .answered = true,
						 .code = OUT_ANSWERED,
						 .heard = true,
						 .sms_text = "t"});
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 2);
	struct attempt a = attempt_of(2);
	ck_assert_int_eq(a.channel, CHANNEL_SMS);
	ck_assert(a.branch);
	ck_assert_str_eq(a.digits, "09011112222");
	ck_assert_str_eq(a.text, "t");
	ck_assert_uint_eq(fake_text_sent(e->text, 2), 1);
	ck_assert_int_eq(fake_text_receipt(e->text, 2, RECEIPT_DELIVERED, 1), 0);
	settle();
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_ANSWERED);
	end_rig();
}
END_TEST

START_TEST(a_branch_without_a_mobile_says_so)
{
	start_rig((struct rig){0});
	script("0265111111", (struct fake_call){.kind = FAKE_END,
						.answered = true,
						.code = OUT_ANSWERED,
						.heard = true,
						.sms_text = "t"});
	run_file("targets-1a", "T p1;14;kotei;2026;3;n1;12000;長野太郎;503;0265111111h\n", 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 1);
	ck_assert_str_eq(attempt_of(1).replies[0].value, "送信先なし");
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	end_rig();
}
END_TEST

static TCase *sms(void)
{
	TCase *t = tcase_create("sms");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, results_of_the_gateway);
	tcase_add_test(t, final_receipts);
	tcase_add_test(t, a_receipt_twice_changes_nothing);
	tcase_add_test(t, a_final_code_is_final);
	tcase_add_test(t, a_receipt_before_the_answer);
	tcase_add_test(t, a_buffered_receipt_before_the_answer);
	tcase_add_test(t, a_receipt_for_a_dropped_message_is_an_alert);
	tcase_add_test(t, a_receipt_for_nothing_of_ours_is_ignored);
	tcase_add_test(t, a_receipt_survives_a_deadlock);
	tcase_add_test(t, without_a_receipt_it_ends_as_61);
	tcase_add_test(t, after_72_hours_a_receipt_corrects_nothing);
	tcase_add_test(t, unknown_is_sharpened_by_its_receipt);
	tcase_add_test(t, submitted_survives_a_restart);
	tcase_add_test(t, a_message_without_an_answer_is_unknown_after_a_crash);
	tcase_add_test(t, retry_waits_as_the_gateway_asked);
	tcase_add_test(t, the_table_of_what_is_under_way_is_full);
	tcase_add_test(t, never_more_under_way_than_places_and_what_is_ahead);
	tcase_add_test(t, a_place_is_used_again_in_the_same_turn);
	tcase_add_test(t, a_place_is_given_back_once);
	tcase_add_test(t, a_place_is_given_back_once_after_a_deadlock);
	tcase_add_test(t, answers_gather);
	tcase_add_test(t, a_branch_sms_goes_to_the_mobile_that_answered);
	tcase_add_test(t, a_branch_without_a_mobile_says_so);
	return t;
}

UNIT_MAIN("turn_sms", sms)
