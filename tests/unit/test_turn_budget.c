/* The guard of money through the whole engine: what is charged, where it stops, what a crash
 * leaves; results that must be asked for; messages that staff send again. */
#include "tests/unit/turn_rig.inc"

#define T1 "T p1;14;kotei;2026;3;n1;12000;長野太郎;503;09011112221m\n"
#define T2 "T p2;14;kotei;2026;3;n1;12000;長野次郎;503;09011112222m\n"
#define T3 "T p3;14;kotei;2026;3;n1;12000;長野三郎;503;09011112223m\n"

/* 3.30 yen a segment, 8.80 yen a minute begun. A call may last 5 minutes: 44 yen at most. */
static const struct tariff tariff = {.talk_sen = 880, .segment_sen = 330, .step_ms = 60000};
enum { CALL_MOST = 5 * 880 };

static struct money_rec spent(enum money_kind kind, int month, const char *id)
{
	struct money_rec m;
	ck_assert_int_eq(LOOK(db_money_get(&tx, kind, month, id, &m)), 0);
	return m;
}

static int64_t spent_sen(void)
{
	struct money_rec city = spent(MONEY_CITY, 202612, "");
	ck_assert_int_eq(spent(MONEY_DEPARTMENT, 202612, "zeimu").sen, city.sen);
	ck_assert_int_eq(spent(MONEY_CAMPAIGN, 0, "c1").sen, city.sen);
	return city.sen;
}

static void messages(int64_t limit)
{
	start_rig(
	    (struct rig){.waves = sms_wave, .tariff = tariff, .limit_sen = limit, .in_flight = 1});
	run_file("targets-1a", T1 T2 T3, 1);
	go_to(at(7, 9, 0));
}

START_TEST(messages_are_charged_when_the_gateway_takes_them)
{
	messages(0);
	ck_assert_int_eq(spent_sen(), 3 * 330);
	struct money_rec m = spent(MONEY_CITY, 202612, "");
	ck_assert_uint_eq(m.messages, 3);
	ck_assert_uint_eq(m.segments, 3);
	for (uint64_t i = 1; i <= 3; i++) {
		ck_assert_int_eq(fake_text_receipt(e->text, i, RECEIPT_DELIVERED, 1), 0);
		ck_assert_int_eq(attempt_of(i).cost_sen, 330);
	}
	settle();
	ck_assert_int_eq(spent_sen(), 3 * 330); /* once */
	ck_assert_int_eq(e->n_runs ? e->runs[0]->reserved_sen : 0, 0);
	end_rig();
}
END_TEST

static const struct {
	const char *what;
	enum fake_text_mode mode;
	int64_t sen;
} results[] = {
    {"refused", FAKE_TEXT_REFUSE, 0},
    {"certainly not sent", FAKE_TEXT_RETRY, 0},
    {"unknown: it may have been sent", FAKE_TEXT_UNKNOWN, 330},
    {"no answer yet: reserved, not charged", FAKE_TEXT_HOLD, 0},
};

START_TEST(what_a_result_costs)
{
	start_rig((struct rig){.waves = sms_wave, .tariff = tariff});
	fake_text_mode(e->text, results[_i].mode);
	run_file("targets-1a", T1, 1);
	go_to(at(7, 9, 0));
	ck_assert_int_eq(spent_sen(), results[_i].sen);
	int64_t reserved = e->n_runs ? e->runs[0]->reserved_sen : 0;
	ck_assert_int_eq(reserved, results[_i].mode == FAKE_TEXT_HOLD ? 330 : 0);
	end_rig();
}
END_TEST

/* Two messages fit, the third does not: it waits, and is 87 when its time is over. */
START_TEST(the_guard_stops_at_the_limit)
{
	messages(2 * 330 + 100);
	ck_assert_uint_eq(attempts(), 2);
	ck_assert_int_eq(spent_sen(), 2 * 330);
	ck_assert(alerted("money-stop"));
	ck_assert(alerted("money-city")); /* 86 % */
	ck_assert_int_gt(run_of(1).budget_ms, 0);
	ck_assert_int_eq(run_of(1).state, RUN_RUNNING);
	go_to(at(9, 9, 0)); /* another day, the same month */
	ck_assert_uint_eq(attempts(), 2);
	go_to(at(12, 0, 0)); /* the waves are over */
	go_to(at(12, 9, 0));
	ck_assert_int_eq(debt_of(1, 1).result, OUT_SMS_SENT);
	ck_assert_int_eq(debt_of(1, 2).result, OUT_SMS_SENT);
	ck_assert_int_eq(debt_of(1, 3).result, OUT_BUDGET);
	ck_assert_uint_eq(attempts(), 2);
	end_rig();
}
END_TEST

START_TEST(closing_a_stopped_run_says_87)
{
	messages(330);
	ck_assert_uint_eq(attempts(), 1);
	must(M_RUN_CLOSE, 1);
	settle();
	ck_assert_int_eq(debt_of(1, 2).result, OUT_BUDGET);
	ck_assert_int_eq(debt_of(1, 3).result, OUT_BUDGET);
	end_rig();
}
END_TEST

START_TEST(a_raised_limit_lets_it_go_on)
{
	messages(330);
	ck_assert_uint_eq(attempts(), 1);
	conf.money.limit = 330 * 100;
	crash(); /* and the next start reads the new limit */
	settle();
	go_to(at(7, 10, 0));
	ck_assert_uint_eq(attempts(), 3);
	ck_assert_int_eq(spent_sen(), 3 * 330);
	ck_assert_int_eq(run_of(1).budget_ms, 0);
	end_rig();
}
END_TEST

START_TEST(a_department_has_a_limit_of_its_own)
{
	start_rig((struct rig){
	    .waves = sms_wave, .tariff = tariff, .department_sen = 330, .limit_sen = 1000000});
	run_file("targets-1a", T1 T2, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 1);
	ck_assert(alerted("money-d-zeimu"));
	ck_assert(!alerted("money-city"));
	end_rig();
}
END_TEST

START_TEST(the_fixed_part_of_a_month_counts)
{
	struct tariff t = tariff;
	t.month_sen = 1000;
	start_rig((struct rig){.waves = sms_wave, .tariff = t, .limit_sen = 1000 + 330});
	run_file("targets-1a", T1 T2, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 1);
	end_rig();
}
END_TEST

START_TEST(a_campaign_has_a_limit_of_its_own)
{
	char waves[512];
	/* <money> stands before the waves; 3 yen is less than one message */
	snprintf(waves, sizeof waves, "<money limit=\"3\"/>%s", sms_wave);
	start_rig((struct rig){.waves = waves, .tariff = tariff});
	run_file("targets-1a", T1, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 0);
	ck_assert_int_gt(run_of(1).budget_ms, 0);
	end_rig();
}
END_TEST

/* What is under way may still cost its most: so the limit is never passed, and when a call ends
 * short the room comes back. */
START_TEST(calls_under_way_are_reserved)
{
	start_rig((struct rig){.tariff = tariff, .limit_sen = CALL_MOST + 880});
	script("09011112221", (struct fake_call){.kind = FAKE_HOLD, .answered = true});
	script("09011112222", (struct fake_call){.kind = FAKE_HOLD, .answered = true});
	run_file("targets-1a", T1 T2, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(e->lines_used, 1); /* the second does not fit beside it */
	ck_assert(!alerted("money-stop"));   /* room may come back */
	ck_assert_int_eq(e->runs[0]->reserved_sen, CALL_MOST);
	end_rig();
}
END_TEST

/* kill -9 between the intent and its outcome: charged at its most, once, also after more crashes.
 */
START_TEST(a_crash_neither_loses_nor_repeats_a_charge)
{
	start_rig((struct rig){.waves = sms_wave, .tariff = tariff, .limit_sen = 330});
	fake_text_mode(e->text, FAKE_TEXT_HOLD);
	run_file("targets-1a", T1 T2, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 1);
	ck_assert_int_eq(spent_sen(), 0);
	for (int i = 0; i < 3; i++) {
		crash();
		settle();
		ck_assert_int_eq(attempt_of(1).state, ATTEMPT_UNKNOWN);
		ck_assert_int_eq(spent_sen(), 330);
		ck_assert_uint_eq(attempts(), 1); /* and the guard still stands */
	}
	ck_assert_int_eq(fake_text_receipt(e->text, 1, RECEIPT_DELIVERED, 1), 0);
	settle();
	ck_assert_int_eq(spent_sen(), 330);
	end_rig();
}
END_TEST

/* What a crash leaves of a call costs what was set aside for it: by more the limit would be passed.
 */
START_TEST(a_call_that_a_crash_left_is_within_the_limit)
{
	start_rig((struct rig){.tariff = tariff, .limit_sen = CALL_MOST});
	script("09011112221", (struct fake_call){.kind = FAKE_HOLD, .answered = true});
	run_file("targets-1a", T1 T2, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 1);
	crash();
	settle();
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_UNKNOWN);
	ck_assert_int_eq(spent_sen(), CALL_MOST);
	end_rig();
}
END_TEST

START_TEST(a_charge_survives_a_deadlock)
{
	for (unsigned nth = 1; nth <= 6; nth++) {
		start_rig((struct rig){.waves = sms_wave, .tariff = tariff});
		fake_text_mode(e->text, FAKE_TEXT_HOLD);
		run_file("targets-1a", T1, 1);
		go_to(at(7, 9, 0));
		fake_store_fail_get(e->store, nth, E_DEADLOCK);
		fake_text_mode(e->text, FAKE_TEXT_ACCEPT);
		settle();
		fake_store_fail_get(e->store, 0, 0);
		ck_assert_int_eq(spent_sen(), 330);
		end_rig();
	}
}
END_TEST

START_TEST(approval_is_bound_to_the_forecast)
{
	start_rig((struct rig){.waves = sms_wave, .tariff = tariff});
	give("targets-1a", T1 T2);
	ck_assert_uint_eq(run_of(1).sms_targets, 2);
	must(M_RUN_SUBMIT, 1);
	conf.tariff.segment_sen = 990; /* a dearer contract */
	crash();
	ck_assert_int_eq(run_of(1).state, RUN_DRAFT);
	end_rig();
}
END_TEST

/* ---- results that must be asked for ---- */

#define REF "0b8e9f4a-11aa-4d0e-9c55-0123456789ab"

START_TEST(results_are_asked_for_after_a_restart)
{
	char ref[TEXT_REF_BYTES];
	start_rig((struct rig){.waves = sms_wave, .asked = true});
	fake_text_ref(e->text, REF);
	run_file("targets-1a", T1, 1);
	go_to(at(7, 9, 0));
	ck_assert_str_eq(attempt_of(1).ref, REF);
	ck_assert_str_eq(attempt_of(1).gateway, "one");
	ck_assert_uint_eq(records(T_WATCH), 1);
	crash();
	settle();
	ck_assert_uint_eq(fake_text_watched(e->text, 1, ref), 1);
	ck_assert_str_eq(ref, REF);
	go_to(at(7, 9, 31)); /* it ended as 61: a result that comes late corrects it */
	ck_assert_uint_eq(records(T_WATCH), 1);
	ck_assert_int_eq(fake_text_receipt(e->text, 1, RECEIPT_DELIVERED, 3), 0);
	settle();
	ck_assert_int_eq(debt_of(1, 1).result, OUT_SMS_RECEIVED);
	ck_assert_uint_eq(records(T_WATCH), 0);
	crash();
	ck_assert_uint_eq(fake_text_watched(e->text, 1, ref), 0);
	end_rig();
}
END_TEST

START_TEST(a_message_lost_in_a_crash_is_asked_for_by_tag)
{
	char ref[TEXT_REF_BYTES] = "x";
	start_rig((struct rig){.waves = sms_wave, .asked = true});
	fake_text_mode(e->text, FAKE_TEXT_HOLD);
	run_file("targets-1a", T1, 1);
	go_to(at(7, 9, 0));
	crash();
	settle();
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_UNKNOWN);
	ck_assert_uint_eq(fake_text_watched(e->text, 1, ref), 1);
	ck_assert_str_eq(ref, ""); /* no id came: by our tag */
	ck_assert_uint_eq(records(T_WATCH), 1);
	ck_assert_int_eq(fake_text_receipt(e->text, 1, RECEIPT_BUFFERED, 1), 0);
	settle();
	ck_assert_int_eq(attempt_of(1).code, OUT_SMS_SENT);
	end_rig();
}
END_TEST

START_TEST(nothing_is_asked_after_72_hours)
{
	char ref[TEXT_REF_BYTES];
	start_rig((struct rig){.waves = sms_wave, .asked = true});
	run_file("targets-1a", T1, 1);
	go_to(at(7, 9, 0));
	go_to(at(10, 9, 1));
	crash();
	ck_assert_uint_eq(fake_text_watched(e->text, 1, ref), 0);
	ck_assert_uint_eq(records(T_WATCH), 0);
	end_rig();
}
END_TEST

START_TEST(a_gateway_that_knows_no_more_ends_it_as_61)
{
	start_rig((struct rig){.waves = sms_wave, .asked = true});
	run_file("targets-1a", T1, 1);
	go_to(at(7, 9, 0));
	ck_assert_int_eq(fake_text_receipt(e->text, 1, RECEIPT_NONE, 0), 0);
	settle();
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_ENDED);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_SMS_SENT);
	ck_assert_uint_eq(records(T_WATCH), 0);
	end_rig();
}
END_TEST

/* ---- sending again ---- */

static void one_failed(enum text_receipt r)
{
	start_rig((struct rig){.waves = sms_wave, .tariff = tariff});
	run_file("targets-1a", T1, 1);
	go_to(at(7, 9, 0));
	ck_assert_int_eq(fake_text_receipt(e->text, 1, r, 2), 0);
	settle();
}

START_TEST(a_failed_message_is_sent_again)
{
	one_failed(RECEIPT_FAILED);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_SMS_FAILED);
	struct said s = resend_as("kacho", 1, false);
	ck_assert_msg(s.err == 0, "%s", s.why);
	settle();
	ck_assert_uint_eq(attempts(), 2);
	ck_assert_uint_eq(attempt_of(2).resend_of, 1);
	ck_assert_str_eq(attempt_of(2).reason, "届いていないとの電話");
	ck_assert_int_eq(attempt_of(2).state, ATTEMPT_SUBMITTED);
	ck_assert_int_eq(target_of(1, "p1").state, TARGET_DONE);
	ck_assert_int_eq(fake_text_receipt(e->text, 2, RECEIPT_DELIVERED, 1), 0);
	settle();
	settle_drop();
	ck_assert_int_eq(debt_of(1, 1).result, OUT_SMS_RECEIVED);
	ck_assert_uint_eq(out_rows("corrections", "new_result=60"), 1);
	ck_assert_int_eq(spent_sen(), 2 * 330);
	end_rig();
}
END_TEST

START_TEST(a_resend_outlives_a_crash)
{
	one_failed(RECEIPT_FAILED);
	fake_text_mode(e->text, FAKE_TEXT_HOLD);
	ck_assert_int_eq(resend_as("kacho", 1, false).err, 0);
	crash();
	settle();
	ck_assert_int_eq(attempt_of(2).state, ATTEMPT_UNKNOWN);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_UNKNOWN);
	ck_assert_uint_eq(attempts(), 2);
	end_rig();
}
END_TEST

static const struct {
	const char *what;
	enum text_receipt receipt;
	int hour; /* of day 7, when it is asked for; after 24: another day */
	bool anyway, paid;
	const char *user;
	int err; /* 0: it is sent */
} resends[] = {
    {"failed", RECEIPT_FAILED, 10, false, false, "kacho", 0},
    {"delivered", RECEIPT_DELIVERED, 10, false, false, "kacho", E_STATE},
    {"delivered, and wanted all the same", RECEIPT_DELIVERED, 10, true, false, "kacho", 0},
    {"may still be delivered", RECEIPT_BUFFERED, 10, false, false, "kacho", E_STATE},
    {"given up by the gateway", RECEIPT_BUFFERED, 35, false, false, "kacho", 0},
    {"before a window opens", RECEIPT_FAILED, 24 + 8, false, false, "kacho", E_STATE},
    {"after the last window", RECEIPT_FAILED, 24 * 6, false, false, "kacho", E_STATE},
    {"of another department", RECEIPT_FAILED, 10, false, false, "kaigo", E_NOTFOUND},
};

START_TEST(when_a_message_may_be_sent_again)
{
	one_failed(resends[_i].receipt);
	go_to(at(7 + resends[_i].hour / 24, resends[_i].hour % 24, 0));
	struct said s = resend_as(resends[_i].user, 1, resends[_i].anyway);
	ck_assert_msg(s.err == resends[_i].err, "%s: %d %s", resends[_i].what, s.err, s.why);
	settle();
	ck_assert_uint_eq(fake_text_sent(e->text, 2), resends[_i].err == 0);
	end_rig();
}
END_TEST

START_TEST(nothing_is_sent_again_to_who_paid)
{
	one_failed(RECEIPT_FAILED);
	give("pay-1", "P p1;14;kotei;2026;3;n1;full\n");
	ck_assert_int_eq(debt_of(1, 1).settled, SETTLED_PAID);
	ck_assert_int_eq(resend_as("kacho", 1, true).err, E_STATE);
	ck_assert_int_eq(resend_as("kacho", 99, true).err, E_NOTFOUND);
	end_rig();
}
END_TEST

/* It may have named him. */
START_TEST(nothing_is_sent_again_after_a_refused_payments_file)
{
	one_failed(RECEIPT_FAILED);
	give("pay-1", "X E0001 broken\n");
	ck_assert_int_eq(intake_of(2).state, FILE_REFUSED);
	struct said s = resend_as("kacho", 1, true);
	ck_assert_int_eq(s.err, E_STATE);
	ck_assert_msg(strstr(s.why, "was refused") != NULL, "%s", s.why);
	give("pay-2", "");
	ck_assert_int_eq(intake_of(3).state, FILE_TAKEN);
	ck_assert_int_eq(resend_as("kacho", 1, true).err, 0);
	end_rig();
}
END_TEST

/* ---- after the n-th failed call ---- */

static const char after_two[] =
    "<wave id=\"a\" channel=\"voice\" from-day=\"0\" to-day=\"4\" attempts=\"4\">"
    "<window days=\"all\" from=\"9:00\" to=\"19:00\"/></wave>"
    "<wave id=\"s\" channel=\"sms\" from-day=\"0\" to-day=\"4\" attempts=\"1\" text=\"t\" "
    "after-calls=\"2\"><window days=\"all\" from=\"9:00\" to=\"19:00\"/></wave>";

START_TEST(a_message_after_the_second_failed_call)
{
	start_rig((struct rig){.waves = after_two});
	conf.engine.number_attempts_day = 20;
	script("09011112221", (struct fake_call){.code = OUT_NO_ANSWER});
	run_file("targets-1a", T1, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 1);
	go_to(at(7, 10, 30)); /* the second call, and the message right behind it */
	ck_assert_uint_eq(dialled("09011112221"), 2);
	ck_assert_uint_eq(attempts(), 3);
	ck_assert_int_eq(attempt_of(3).channel, CHANNEL_SMS);
	go_to(at(7, 18, 0)); /* accepted: that was the last contact */
	ck_assert_uint_eq(attempts(), 3);
	end_rig();
}
END_TEST

static TCase *money(void)
{
	TCase *t = tcase_create("money");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, messages_are_charged_when_the_gateway_takes_them);
	tcase_add_loop_test(t, what_a_result_costs, 0, sizeof results / sizeof *results);
	tcase_add_test(t, the_guard_stops_at_the_limit);
	tcase_add_test(t, closing_a_stopped_run_says_87);
	tcase_add_test(t, a_raised_limit_lets_it_go_on);
	tcase_add_test(t, a_department_has_a_limit_of_its_own);
	tcase_add_test(t, the_fixed_part_of_a_month_counts);
	tcase_add_test(t, a_campaign_has_a_limit_of_its_own);
	tcase_add_test(t, calls_under_way_are_reserved);
	tcase_add_test(t, a_crash_neither_loses_nor_repeats_a_charge);
	tcase_add_test(t, a_call_that_a_crash_left_is_within_the_limit);
	tcase_add_test(t, a_charge_survives_a_deadlock);
	tcase_add_test(t, approval_is_bound_to_the_forecast);
	tcase_add_test(t, results_are_asked_for_after_a_restart);
	tcase_add_test(t, a_message_lost_in_a_crash_is_asked_for_by_tag);
	tcase_add_test(t, nothing_is_asked_after_72_hours);
	tcase_add_test(t, a_gateway_that_knows_no_more_ends_it_as_61);
	tcase_add_test(t, a_failed_message_is_sent_again);
	tcase_add_test(t, a_resend_outlives_a_crash);
	tcase_add_loop_test(t, when_a_message_may_be_sent_again, 0,
			    sizeof resends / sizeof *resends);
	tcase_add_test(t, nothing_is_sent_again_to_who_paid);
	tcase_add_test(t, nothing_is_sent_again_after_a_refused_payments_file);
	tcase_add_test(t, a_message_after_the_second_failed_call);
	return t;
}

UNIT_MAIN("turn_budget", money)
