/*
 * What an adversary found in holds, the number book and what staff send again: entries that
 * overwrite each other, promises that nobody made any more, midnight, a message in flight.
 */
#include "tests/unit/turn_holds.inc"

static struct mark_rec mark_of_number(const char *person, enum number_mark mark)
{
	struct mark_rec m;
	ck_assert_int_eq(LOOK(db_mark_get(&tx, P1, person, mark, &m)), 0);
	return m;
}

/* ---- the number book: one entry, several makers ---- */

#define STOP(channel)                                                                              \
	"{\"number\":\"" P1 "\",\"mark\":\"stop\",\"channel\":\"" channel                          \
	"\",\"reason\":\"電話で\"}"

START_TEST(stops_of_two_channels_add_up)
{
	for (int sms = 0; sms < 2; sms++) {
		start_rig((struct rig){.waves = sms ? sms_wave : NULL});
		must_ask(M_NUMBER_ADD, sms ? STOP("sms") : STOP("voice"));
		must_ask(M_NUMBER_ADD, sms ? STOP("voice") : STOP("sms"));
		run_file("targets-1a", ONE, 1);
		go_to(at(7, 9, 0));
		ck_assert_uint_eq(dialled(NULL) + text_posts, 0);
		ck_assert_int_eq(debt_of(1, 1).result, OUT_NO_NUMBER);
		end_rig();
	}
}
END_TEST

/* The list of the core system says what staff wrote; its lift must not undo what they wrote. */
START_TEST(a_file_does_not_take_over_what_staff_wrote)
{
	start_rig((struct rig){0});
	must_ask(M_NUMBER_ADD, STOP("both"));
	give("num-1", "M " P1 ";;stop;set\n");
	ck_assert_int_eq(mark_of_number("", MARK_STOP).origin, ORIGIN_STAFF);
	ck_assert_str_eq(mark_of_number("", MARK_STOP).reason, "電話で");
	give("num-2", "M " P1 ";;stop;lift\n");
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	end_rig();
}
END_TEST

/* ---- holds: renewed, ended, by two departments ---- */

START_TEST(a_promise_moves_whatever_the_days_of_grace_are_now)
{
	start_rig((struct rig){0});
	script(NULL, replies("promise_md", "1210"));
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(records(T_PROMISE), 1);
	conf.engine.hold_promise_days = 5; /* somebody edited the configuration */
	crash();
	conf.engine.number_conversations_day = 9;
	script(NULL, replies("promise_md", "1220"));
	must_ask(M_HOLD_END, "{\"person\":\"p1\",\"hold\":1,\"reason\":\"x\"}");
	ck_assert_uint_eq(records(T_PROMISE), 0);
	end_rig();
}
END_TEST

/* A reply while the hold lasts: by another run whose call was under way as the first one ended. */
START_TEST(a_renewed_promise_is_looked_at_once)
{
	start_rig((struct rig){0});
	conf.engine.number_conversations_day = 9;
	script(NULL, hold_call);
	run_file("targets-1a", "T p1;14;kotei;2026;3;n1;12000;長野太郎;503;09011112222m\n", 1);
	run_file("targets-2a", "T p1;14;kotei;2026;3;n1;12000;長野太郎;503;09033334444m\n", 2);
	go_to(at(7, 9, 0));
	uint64_t first = flying(1, "p1"), second = flying(2, "p1");
	ck_assert(first && second);
	fake_voice_end_as(e->voice, first, replies("promise_md", "1210"));
	settle();
	ck_assert_uint_eq(records(T_PROMISE), 1);
	conf.engine.hold_promise_days = 5; /* takes effect without a restart in this rig */
	fake_voice_end_as(e->voice, second, replies("promise_md", "1220"));
	settle();
	ck_assert_uint_eq(records(T_HOLD), 1);
	ck_assert_uint_eq(records(T_PROMISE), 1);
	go_to(at(25, 1, 0)); /* the 10th and 14 days: that promise is no more */
	ck_assert_int_eq(hold_of("p1", 1).promise, PROMISE_OPEN);
	go_to(at(26, 1, 0)); /* the 20th and 5 days */
	ck_assert_int_eq(hold_of("p1", 1).promise, PROMISE_BROKEN);
	end_rig();
}
END_TEST

START_TEST(a_promise_that_staff_ended_is_not_judged)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	must_ask(M_HOLD_ADD, "{\"person\":\"p1\",\"kind\":\"promise\",\"promise\":\"2026-12-08\","
			     "\"reason\":\"電話で\"}");
	must_ask(M_HOLD_END, "{\"person\":\"p1\",\"hold\":1,\"reason\":\"入力誤り\"}");
	go_to(at(23, 1, 0));
	ck_assert_int_eq(hold_of("p1", 1).promise, PROMISE_NONE);
	ck_assert_uint_eq(records(T_PROMISE), 0);
	ck_assert_uint_eq(out_rows("holds", "action=broken"), 0);
	end_rig();
}
END_TEST

START_TEST(what_a_file_repeats_goes_back_once)
{
	start_rig((struct rig){0});
	give("hold-1", "H p1;;care;2026-12-20;set\n");
	give("hold-2", "H p1;;care;2026-12-20;set\nH p2;;care;-;set\n"); /* the daily list */
	give("hold-3", "H p1;;care;2026-12-30;set\n");
	go_to(at(8, 9, 0));
	settle_drop();
	/* p1 as it was made and as it was prolonged, under one number; p2 */
	ck_assert_uint_eq(out_rows("holds", "action=set"), 3);
	ck_assert_uint_eq(out_rows("holds", "hold_number=1\t"), 2);
	ck_assert_uint_eq(records(T_HOLD), 2);
	ck_assert_int_eq(hold_of("p1", 1).made_ms / MS_PER_DAY, at(7, 8, 0) / MS_PER_DAY);
	end_rig();
}
END_TEST

/* ---- a message that staff sent again ---- */

static void sent_once(void)
{
	start_rig((struct rig){.waves = sms_wave});
	fake_text_mode(e->text, FAKE_TEXT_REFUSE);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 1);
	ck_assert_int_eq(attempt_of(1).code, OUT_SMS_REFUSED);
	fake_text_mode(e->text, FAKE_TEXT_WAIT);
	struct said s = resend_as("tanto", 1, true);
	ck_assert_msg(s.err == 0, "%s", s.why);
	ck_assert_int_eq(attempt_of(2).state, ATTEMPT_INTENDED);
}

static const struct {
	const char *words, *file, *rows;
} recallers[] = {{"paid", "pay-1", "P " KEY ";full\n"},
		 {"a debit is awaited", "pay-1", "P " KEY ";debit\n"},
		 {"withdrawn", "back-1", "B " KEY "\n"},
		 {"excluded", "not-1", "N p1;;;;;;lawyer;set;\n"},
		 {"held", "hold-1", "H p1;;complaint;-;set\n"},
		 {"stopped", "num-1", "M " P1 ";p1;stop;set\n"}};

START_TEST(what_is_sent_again_is_recalled)
{
	sent_once();
	give(recallers[_i].file, recallers[_i].rows);
	ck_assert_msg(attempt_of(2).state == ATTEMPT_DROPPED, "%s", recallers[_i].words);
	ck_assert_int_eq(target_of(1, "p1").state, TARGET_DONE);
	fake_text_mode(e->text, FAKE_TEXT_ACCEPT);
	settle();
	ck_assert_uint_eq(fake_text_sent(e->text, 2), 0);
	end_rig();
}
END_TEST

/* While it is out there is no second one; after it there may be. */
START_TEST(one_is_sent_again_at_a_time)
{
	sent_once();
	ck_assert_int_eq(resend_as("tanto", 1, true).err, E_STATE);
	fake_text_mode(e->text, FAKE_TEXT_REFUSE);
	settle();
	ck_assert_int_eq(attempt_of(2).state, ATTEMPT_ENDED);
	ck_assert_int_eq(resend_as("tanto", 1, true).err, 0);
	crash(); /* that one is unknown now, and out no more */
	ck_assert_int_eq(attempt_of(3).state, ATTEMPT_UNKNOWN);
	ck_assert_uint_eq(target_of(1, "p1").resend, 0);
	end_rig();
}
END_TEST

/* ---- midnight ---- */

static const char nightly[] = "<wave id=\"a\" channel=\"voice\" from-day=\"0\" to-day=\"4\" "
			      "attempts=\"3\"><window days=\"all\" from=\"0:00\" to=\"24:00\"/>"
			      "</wave>";

static struct number_rec number_now(void)
{
	struct number_rec n;
	ck_assert_int_eq(LOOK(db_number_get(&tx, P1, &n)), 0);
	return n;
}

/* A conversation is of the day on which it is held; the attempt is of the day on which it began. */
START_TEST(a_conversation_after_midnight_is_of_the_new_day)
{
	start_rig((struct rig){.waves = nightly});
	script(P1, (struct fake_call){.kind = FAKE_HOLD});
	ck_assert_int_eq(clock_jump(at(7, 23, 59)), 0);
	run_file("targets-1a", ONE, 1);
	run_file("targets-2a", ONE, 2);
	settle();
	uint64_t id = flying(1, "p1") ? flying(1, "p1") : flying(2, "p1");
	ck_assert_uint_ne(id, 0);
	ck_assert_uint_eq(number_now().attempts, 1);
	ck_assert_int_eq(clock_jump(at(8, 0, 0)), 0);
	fake_voice_end_as(
	    e->voice, id,
	    (struct fake_call){.answered = true, .code = OUT_ANSWERED, .heard = true});
	settle();
	ck_assert_int_eq(number_now().day, civil_day_at(at(8, 0, 0)));
	ck_assert_uint_eq(number_now().conversations, 1);
	ck_assert_uint_eq(number_now().attempts, 0);
	script(P1, (struct fake_call){
		       .kind = FAKE_END, .answered = true, .code = OUT_ANSWERED, .heard = true});
	for (int hour = 1; hour < 24; hour += 4)
		go_to(at(8, hour, 0));
	ck_assert_uint_eq(dialled(P1), 1); /* the 8th had its conversation */
	go_to(at(9, 0, 1));
	ck_assert_uint_eq(dialled(P1), 2);
	end_rig();
}
END_TEST

/* A machine that answers after midnight takes nothing from the new day. */
START_TEST(a_machine_after_midnight_is_no_conversation)
{
	start_rig((struct rig){.waves = nightly});
	script(P1, (struct fake_call){.kind = FAKE_HOLD});
	ck_assert_int_eq(clock_jump(at(7, 23, 59)), 0);
	run_file("targets-1a", ONE, 1);
	settle();
	ck_assert_int_eq(clock_jump(at(8, 0, 0)), 0);
	fake_voice_end_as(e->voice, flying(1, "p1"),
			  (struct fake_call){.answered = true, .code = OUT_MACHINE});
	settle();
	ck_assert_uint_eq(number_now().conversations, 0);
	end_rig();
}
END_TEST

/* ---- results that were true when they were made ---- */

/* A message about the second debt; the first is excluded until the 8th. Later its receipt comes. */
START_TEST(a_late_receipt_does_not_undo_an_exclusion_that_is_over)
{
	start_rig((struct rig){.waves = sms_wave});
	give("not-1", "N " KEY ";instalment;set;8\n");
	run_file("targets-1a", ONE ONE_MORE, 1);
	go_to(at(7, 9, 0));
	go_to(at(7, 9, 31));
	ck_assert_int_eq(debt_of(1, 1).result, OUT_EXCLUDED);
	ck_assert_int_eq(debt_of(1, 2).result, OUT_SMS_SENT);
	go_to(at(9, 9, 0));
	ck_assert_int_eq(fake_text_receipt(e->text, 1, RECEIPT_FAILED, 0), 0);
	settle();
	ck_assert_int_eq(debt_of(1, 1).result, OUT_EXCLUDED);
	ck_assert_int_eq(debt_of(1, 2).result, OUT_SMS_FAILED);
	give("pay-1", "P " KEY ";5000\n"); /* the amount changes, the code does not */
	go_to(at(9, 9, 30));
	settle_drop();
	ck_assert_int_eq(debt_of(1, 1).result, OUT_EXCLUDED);
	ck_assert_uint_eq(out_rows("corrections", "new_result=83"), 0);
	ck_assert_uint_eq(out_rows("corrections", "new_result=82"), 1);
	ck_assert_uint_eq(out_rows("corrections", "new_result=63"), 1);
	end_rig();
}
END_TEST

/* … nor does one that has begun since turn what was sent into 82. */
START_TEST(a_late_receipt_does_not_see_an_exclusion_that_began_since)
{
	start_rig((struct rig){.waves = sms_wave});
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	go_to(at(7, 9, 31));
	give("not-1", "N " KEY ";instalment;set;;8\n");
	go_to(at(8, 9, 0));
	ck_assert_int_eq(fake_text_receipt(e->text, 1, RECEIPT_FAILED, 0), 0);
	settle();
	ck_assert_int_eq(debt_of(1, 1).result, OUT_SMS_FAILED);
	end_rig();
}
END_TEST

/* Paid after the message: 61 stands before 80 until the receipt says that nothing arrived. */
START_TEST(a_late_receipt_leaves_what_was_paid)
{
	start_rig((struct rig){.waves = sms_wave});
	run_file("targets-1a", ONE ONE_MORE, 1);
	go_to(at(7, 9, 0));
	give("pay-1", "P " KEY ";full\n");
	go_to(at(7, 9, 31));
	ck_assert_int_eq(debt_of(1, 1).result, OUT_SMS_SENT);
	ck_assert_int_eq(fake_text_receipt(e->text, 1, RECEIPT_FAILED, 0), 0);
	settle();
	ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID);
	ck_assert_int_eq(debt_of(1, 2).result, OUT_SMS_FAILED);
	end_rig();
}
END_TEST

/* Calls about the second debt alone are none about the first. */
static const struct {
	const char *words, *before, *later;
} excluded[] = {
    {"recorded for the 8th", "N " KEY ";instalment;set;;8\n", NULL},
    {"recorded for the 8th, with an end", "N " KEY ";instalment;set;20;8\n", NULL},
    {"prolonged while it holds", "N " KEY ";instalment;set;9\n", "N " KEY ";instalment;set;20\n"},
};

START_TEST(calls_under_an_exclusion_are_not_about_the_debt)
{
	start_rig((struct rig){0});
	give("not-1", excluded[_i].before);
	script(P1, (struct fake_call){.kind = FAKE_END, .code = OUT_BUSY});
	run_file("targets-1a", ONE ONE_MORE, 1);
	go_to(at(7, 9, 0));
	crash();
	go_to(at(8, 8, 0));
	script(P1, (struct fake_call){.kind = FAKE_END, .answered = true, .code = OUT_CUT});
	go_to(at(8, 12, 0));
	if (excluded[_i].later)
		give("not-2", excluded[_i].later);
	for (int day = 9; day < 14; day++)
		go_to(at(day, 12, 0));
	ck_assert_msg(debt_of(1, 1).result == OUT_EXCLUDED, "%s: %d", excluded[_i].words,
		      (int)debt_of(1, 1).result);
	ck_assert_int_eq(debt_of(1, 2).result, OUT_CUT);
	end_rig();
}
END_TEST

static TCase *reported(void)
{
	TCase *t = tcase_create("reported");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_late_receipt_does_not_undo_an_exclusion_that_is_over);
	tcase_add_test(t, a_late_receipt_does_not_see_an_exclusion_that_began_since);
	tcase_add_test(t, a_late_receipt_leaves_what_was_paid);
	tcase_add_loop_test(t, calls_under_an_exclusion_are_not_about_the_debt, 0,
			    (int)(sizeof excluded / sizeof *excluded));
	return t;
}

static TCase *book(void)
{
	TCase *t = tcase_create("holds and numbers");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, stops_of_two_channels_add_up);
	tcase_add_test(t, a_file_does_not_take_over_what_staff_wrote);
	tcase_add_test(t, a_promise_moves_whatever_the_days_of_grace_are_now);
	tcase_add_test(t, a_renewed_promise_is_looked_at_once);
	tcase_add_test(t, a_promise_that_staff_ended_is_not_judged);
	tcase_add_test(t, what_a_file_repeats_goes_back_once);
	return t;
}

static TCase *again(void)
{
	TCase *t = tcase_create("sent again, and midnight");
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, what_is_sent_again_is_recalled, 0,
			    (int)(sizeof recallers / sizeof *recallers));
	tcase_add_test(t, one_is_sent_again_at_a_time);
	tcase_add_test(t, a_conversation_after_midnight_is_of_the_new_day);
	tcase_add_test(t, a_machine_after_midnight_is_no_conversation);
	return t;
}

UNIT_MAIN("turn_settle", book, again, reported)
