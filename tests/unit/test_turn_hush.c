/*
 * A file that may stop contact has come and is not read yet: nothing new goes out, and
 * messages that wait for a place at the gateway are called back. A message after its payment
 * is the serious fault; a minute's delay is none.
 */
#include "tests/unit/turn_rig.inc"

#define P3 "09055556666"
#define THREE "T p3;14;kotei;2026;3;n3;9000;駒ヶ根一;101;" P3 "m\n"
#define PAID_THREE "P p3;14;kotei;2026;3;n3;full\n"

/* Two places and one message ahead: of three the last one is with the text thread, unsent. */
static void three_messages(void)
{
	start_rig((struct rig){.waves = sms_wave, .in_flight = 2});
	fake_text_mode(e->text, FAKE_TEXT_HOLD);
	run_file("targets-1a", ONE TWO THREE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 3);
	ck_assert_uint_eq(fake_text_sent(e->text, 2), 1);
	ck_assert_uint_eq(fake_text_sent(e->text, 3), 0);
	ck_assert_int_eq(attempt_of(3).state, ATTEMPT_INTENDED);
}

static const struct {
	const char *what, *file, *row;
	enum outcome code; /* of the third debt */
	bool sent;         /* the third message, in the end */
} files[] = {
    {"he paid", "pay-1", PAID_THREE, OUT_PAID, false},
    {"somebody else paid", "pay-1", "P p8;14;kotei;2026;3;n8;full\n", OUT_NONE, true},
    {"taken back", "back-1", "B p3;;;;;\n", OUT_WITHDRAWN, false},
    {"excluded", "not-1", "N p3;;;;;;lawyer;set;\n", OUT_EXCLUDED, false},
    {"held", "hold-1", "H p3;;complaint;-;set\n", OUT_NONE, false},
    {"a key change", "key-1", "K p8;;;;;;p7;;;;;\n", OUT_NONE, true},
};

START_TEST(what_is_not_sent_is_called_back)
{
	three_messages();
	give(files[_i].file, files[_i].row);
	ck_assert_int_eq(attempt_of(3).state, ATTEMPT_DROPPED);
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_INTENDED); /* the gateway has it: too late */
	fake_text_mode(e->text, FAKE_TEXT_ACCEPT);
	settle();
	go_to(at(7, 9, 2));
	ck_assert_uint_eq(fake_text_sent(e->text, 1), 1);
	ck_assert_uint_eq(fake_text_sent(e->text, 3), 0);
	ck_assert_msg(attempts() == (files[_i].sent ? 4u : 3u), "%s", files[_i].what);
	if (files[_i].sent)
		ck_assert_uint_eq(fake_text_sent(e->text, 4), 1);
	ck_assert_msg(debt_of(1, 3).result == files[_i].code, "%s: %d", files[_i].what,
		      (int)debt_of(1, 3).result);
	end_rig();
}
END_TEST

static const struct fake_call ring_call = {.kind = FAKE_HOLD, .code = OUT_NO_ANSWER};

/* One call rings, one speaks, the third waits for a trunk. */
START_TEST(a_call_that_is_not_placed_is_called_back)
{
	start_rig((struct rig){0});
	script(P1, ring_call);
	script(P2, hold_call);
	script(P3, wait_call);
	run_file("targets-1a", ONE TWO THREE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 3);
	ck_assert_uint_eq(dialled(P3), 0);
	uint64_t third = flying(1, "p3");
	ck_assert_int_eq(attempt_of(third).state, ATTEMPT_INTENDED);
	give(files[_i].file, files[_i].row);
	ck_assert_int_eq(attempt_of(third).state, ATTEMPT_DROPPED);
	ck_assert_uint_eq(target_of(1, "p3").n_past, 0);
	ck_assert_uint_eq(e->lines_used, 2); /* what rings or speaks goes on */
	ck_assert_int_eq(attempt_of(flying(1, "p1")).state, ATTEMPT_PLACED);
	ck_assert_int_eq(attempt_of(flying(1, "p2")).state, ATTEMPT_ANSWERED);
	script(P3, hold_call);
	settle();
	ck_assert_uint_eq(dialled(P3), 0); /* not within the minute */
	go_to(at(7, 9, 2));
	ck_assert_msg(dialled(P3) == (files[_i].sent ? 1u : 0u), "%s", files[_i].what);
	ck_assert_msg(debt_of(1, 3).result == files[_i].code, "%s: %d", files[_i].what,
		      (int)debt_of(1, 3).result);
	end_rig();
}
END_TEST

/* Before a row of it is read, and while it cannot be: not when its row is applied. */
START_TEST(they_are_called_back_before_the_file_is_read)
{
	three_messages();
	put_file("drop/in/pay-1", PAID_THREE);
	for (int i = 0; i < 2000 && e->payments_in == 0; i++) {
		e->drops[0].poll_real = 0;
		turn_and_wait();
	}
	ck_assert_uint_eq(e->payments_in, 1);
	fake_text_mode(e->text, FAKE_TEXT_ACCEPT); /* there is a place for it now */
	ck_assert_uint_eq(fake_text_sent(e->text, 3), 0);
	settle_drop();
	ck_assert_int_eq(debt_of(1, 3).result, OUT_PAID);
	ck_assert_uint_eq(fake_text_sent(e->text, 3), 0);
	end_rig();
}
END_TEST

/* Calls as well, for the file of anybody; and the channel is asked once, however many files come.
 */
START_TEST(a_call_is_called_back_before_the_file_is_read)
{
	start_rig((struct rig){0});
	script(P1, ring_call);
	script(P3, wait_call);
	run_file("targets-1a", ONE THREE, 1);
	go_to(at(7, 9, 0));
	uint64_t third = flying(1, "p3"), first = flying(1, "p1");
	hush_orders = 0;
	put_file("drop/in/pay-1", "P p8;14;kotei;2026;3;n8;full\n");
	for (int i = 0; i < 2000 && e->payments_in == 0; i++) {
		e->drops[0].poll_real = 0;
		turn_and_wait();
	}
	ck_assert_uint_eq(e->payments_in, 1);
	ck_assert(!fake_voice_end(e->voice, third, OUT_ANSWERED)); /* the channel has it no more */
	ck_assert_uint_eq(hush_orders, 2);
	settle_drop();
	give("pay-2", "P p8;14;kotei;2026;3;n8;full\n");
	ck_assert_uint_eq(hush_orders, 2);
	ck_assert_int_eq(attempt_of(third).state, ATTEMPT_DROPPED);
	ck_assert_int_eq(attempt_of(first).state, ATTEMPT_PLACED);
	/* One that is placed between the file's record and the row about it is the row's. */
	give("pay-3", "P " KEY ";full\n");
	ck_assert(fake_voice_end(e->voice, first, OUT_NO_ANSWER));
	settle();
	ck_assert_int_eq(attempt_of(first).state, ATTEMPT_ENDED);
	end_rig();
}
END_TEST

/* Whoever wonders why nobody is called sees since when, and by which file; in the end an alert. */
START_TEST(it_is_shown)
{
	struct engine_status s;
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	turns(1);
	engine_status(e, &s);
	ck_assert_uint_eq(s.hushing, 0);
	ck_assert_uint_eq(s.hushed_by, 0);
	fake_exchange_batch(1);
	fake_exchange_fail_at(2, E_IO); /* it stands */
	give("pay-1", "P p8;14;kotei;2026;3;n8;full\nP p9;14;kotei;2026;3;n9;full\n");
	int64_t came = intake_of(2).received_ms;
	ck_assert_ptr_nonnull(e->reload);
	e->reload->boot_ms = INT64_MAX; /* not tried again before we are done */
	give("hold-1", "H p3;;complaint;-;set\n");
	engine_status(e, &s);
	ck_assert_uint_eq(s.hushing, 1);
	ck_assert_uint_eq(s.hushed_by, 2);
	ck_assert_int_eq(s.hushed_since_ms, came);
	ck_assert(!alerted("hush"));
	go_to(came + e->config->engine.hush_alert - 5 * MS_PER_MIN);
	ck_assert(!alerted("hush"));
	go_to(came + e->config->engine.hush_alert + MS_PER_MIN);
	ck_assert(alerted("hush"));
	crash(); /* it is told from the record */
	turns(1);
	fake_exchange_fail_at(0, 0);
	settle_drop();
	ck_assert_int_eq(intake_of(2).state, FILE_TAKEN);
	ck_assert(!alerted("hush"));
	engine_status(e, &s);
	ck_assert_uint_eq(s.hushing, 0);
	ck_assert_uint_eq(s.hushed_by, 0);
	end_rig();
}
END_TEST

/* The record of the file and the first intent that could be written after it, in one turn. */
START_TEST(no_intent_is_written_with_the_record_of_the_file)
{
	start_rig((struct rig){.waves = sms_wave});
	run_file("targets-1a", ONE, 1);
	settle_drop();
	for (int i = 0; i < 2000 && e->archive.jobs; i++)
		turn_and_wait(); /* then the next event is that of the fetch */
	put_file("drop/in/pay-1", "P " KEY ";full\n");
	for (int i = 0; i < 2000 && !(e->drops[0].current && e->drops[0].current->intake); i++) {
		e->drops[0].poll_real = 0;
		turn_and_wait();
	}
	ck_assert_ptr_nonnull(e->drops[0].current);
	for (int i = 0; i < 20000 && mailbox_count(e->inbox) == 0; i++)
		poll(NULL, 0, 1);
	ck_assert_uint_ge(mailbox_count(e->inbox), 1);
	ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
	turns(1);
	ck_assert_uint_eq(e->payments_in, 1);
	ck_assert_uint_eq(attempts(), 0);
	settle_drop();
	ck_assert_uint_eq(attempts(), 0);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID);
	end_rig();
}
END_TEST

/* Staff's own wish waits too. */
START_TEST(no_message_is_sent_again_meanwhile)
{
	start_rig((struct rig){.waves = sms_wave});
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(fake_text_sent(e->text, 1), 1);
	ck_assert_int_eq(fake_text_receipt(e->text, 1, RECEIPT_FAILED, 2), 0);
	settle();
	e->payments_in = 1;
	struct said said = resend_as("kacho", 1, true);
	ck_assert_int_eq(said.err, E_STATE);
	ck_assert_ptr_nonnull(strstr(said.why, "a file is being read"));
	e->payments_in = 0;
	ck_assert_int_eq(resend_as("kacho", 1, true).err, 0);
	settle();
	ck_assert_uint_eq(fake_text_sent(e->text, 2), 1);
	end_rig();
}
END_TEST

static TCase *hush_case(void)
{
	TCase *t = tcase_create("hush");
	tcase_set_timeout(t, 300);
	tcase_add_loop_test(t, what_is_not_sent_is_called_back, 0,
			    (int)(sizeof files / sizeof *files));
	tcase_add_loop_test(t, a_call_that_is_not_placed_is_called_back, 0,
			    (int)(sizeof files / sizeof *files));
	tcase_add_test(t, a_call_is_called_back_before_the_file_is_read);
	tcase_add_test(t, they_are_called_back_before_the_file_is_read);
	tcase_add_test(t, no_intent_is_written_with_the_record_of_the_file);
	tcase_add_test(t, it_is_shown);
	tcase_add_test(t, no_message_is_sent_again_meanwhile);
	return t;
}

UNIT_MAIN("turn_hush", hush_case)
