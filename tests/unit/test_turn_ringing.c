/*
 * One call with a number, lines that are taken, and every moment at which the caller can be gone,
 * the records can change or the process can end.
 */
#include "tests/unit/callback_rig.inc"

/* ---- one call, and lines ---- */

START_TEST(a_number_that_is_being_dialled_is_busy)
{
	called((struct rig){0}, ONE);
	script(P1, hold_call);
	go_to(at(7, 11, 30));
	ck_assert_uint_ne(flying(1, "p1"), 0);
	struct callback_rec r = rings(P1, &listens);
	must_say(&r, SAY_BUSY, WHY_IN_CALL);
	ck_assert_int_eq(r.state, CALLBACK_MISSED);
	ck_assert_int_eq(came().status, 486);
	ck_assert(r.note);
	ck_assert(number_of_digits(P1).attempt != 0); /* still the other call's */
	ck_assert(fake_voice_end(e->voice, flying(1, "p1"), OUT_ANSWERED));
	settle();
	must_be_free();
	end_rig();
}
END_TEST

START_TEST(nobody_is_dialled_who_is_on_the_line)
{
	called((struct rig){0}, ONE);
	struct callback_rec r = rings(P1, &talks);
	ck_assert_int_eq(r.state, CALLBACK_ANSWERED);
	ck_assert_uint_eq(e->lines_used, 1);
	ck_assert_int_eq(target_of(1, "p1").state, TARGET_IN_ATTEMPT);
	/* another run of somebody with the same number */
	run_file("targets-2a", "T p5;14;kotei;2026;3;n5;900;伊那花子;1224;" P1 "m\n", 2);
	settle();
	ck_assert_uint_eq(dialled(P1), 1);
	struct callback_rec again = rings(P1, &listens); /* and he cannot ring twice */
	must_say(&again, SAY_BUSY, WHY_IN_CALL);
	ck_assert(fake_voice_end(e->voice, r.id, OUT_CUT));
	settle();
	must_be_free();
	ck_assert_int_eq(target_of(1, "p1").state, TARGET_WAITING);
	end_rig();
}
END_TEST

START_TEST(no_line_is_busy)
{
	called((struct rig){.lines = 2}, ONE);
	e->lines_used += 2; /* as lines that a crash left are counted */
	struct callback_rec r = rings(P1, &listens);
	must_say(&r, SAY_BUSY, WHY_LINES);
	ck_assert_int_eq(came().status, 486);
	e->lines_used -= 2;
	must_be_free();
	end_rig();
}
END_TEST

START_TEST(a_call_that_came_in_is_a_line)
{
	called((struct rig){.lines = 1}, ONE TWO);
	go_to(at(7, 9, 5));
	struct callback_rec r = rings(P1, &talks);
	ck_assert_int_eq(r.state, CALLBACK_ANSWERED);
	size_t before = dialled(P2);
	go_to(at(7, 18, 0));
	ck_assert_uint_eq(dialled(P2), before);
	ck_assert(fake_voice_end(e->voice, r.id, OUT_CUT));
	settle();
	go_to(at(8, 18, 0));
	ck_assert_uint_gt(dialled(P2), before);
	end_rig();
}
END_TEST

/* ---- while it rings ---- */

START_TEST(he_gives_up)
{
	called((struct rig){0}, ONE);
	fake_speech_full(e->speech, true); /* his prompts take their time */
	struct callback_rec r = rings(P1, &listens);
	ck_assert_int_eq(r.state, CALLBACK_RINGING);
	ck_assert_uint_eq(number_of_digits(P1).attempt, r.id);
	ck_assert(fake_voice_give_up(e->voice, last, true));
	settle();
	r = callback_of(r.id);
	ck_assert_int_eq(r.state, CALLBACK_MISSED);
	ck_assert(r.note);
	ck_assert_str_eq(r.person, "p1");
	ck_assert_uint_eq(attempts(), 1);
	must_be_free();
	end_rig();
}
END_TEST

START_TEST(he_gives_up_within_one_turn)
{
	called((struct rig){0}, ONE);
	last = fake_voice_ring(e->voice, CALLER_KNOWN, P1, OURS, &listens);
	ck_assert(fake_voice_give_up(e->voice, last, true));
	settle();
	ck_assert_int_eq(callback_of(e->counters.next_attempt).state, CALLBACK_MISSED);
	must_be_free();
	end_rig();
}
END_TEST

/* He is gone, and the order crossed the news. */
START_TEST(the_order_finds_him_gone)
{
	called((struct rig){0}, ONE);
	last = fake_voice_ring(e->voice, CALLER_KNOWN, P1, OURS, &listens);
	ck_assert(fake_voice_give_up(e->voice, last, false));
	settle();
	struct callback_rec r = callback_of(e->counters.next_attempt);
	ck_assert_int_eq(r.state, CALLBACK_MISSED);
	ck_assert(r.note);
	ck_assert_int_eq(attempt_of(r.id).state, ATTEMPT_DROPPED);
	ck_assert_int_eq(target_of(1, "p1").state, TARGET_WAITING);
	ck_assert_uint_eq(number_of_digits(P1).attempts, 1);
	must_be_free();
	end_rig();
}
END_TEST

static void wait_for(enum callback_state state, uint64_t id)
{
	for (int i = 0; i < 2000 && callback_of(id).state != state; i++)
		turn_and_wait();
	ck_assert_int_eq(callback_of(id).state, state);
}

START_TEST(prompts_that_are_late_give_way)
{
	called((struct rig){.callback_ring = 100}, ONE);
	fake_speech_full(e->speech, true);
	struct callback_rec r = rings(P1, &hears);
	wait_for(CALLBACK_ENDED, r.id);
	r = callback_of(r.id);
	must_say(&r, SAY_GENERAL, WHY_SLOW);
	end_rig();
}
END_TEST

START_TEST(prompts_that_cannot_be_made_give_way)
{
	called((struct rig){0}, ONE);
	fake_speech_script(e->speech, "市役所", E_INVALID);
	give("pay-1", "P " KEY ";9000\n"); /* so that they are made anew */
	struct callback_rec r = rings(P1, &listens);
	must_say(&r, SAY_GENERAL, WHY_UNSPEAKABLE);
	end_rig();
}
END_TEST

START_TEST(without_an_announcement_nobody_is_answered)
{
	called((struct rig){.callback_ring = 100}, ONE);
	for (int k = 0; k < ANNOUNCEMENTS; k++) {
		prompt_set_unref(e->callbacks->announced[0][k].set);
		e->callbacks->announced[0][k] = (struct announced){.hopeless = true};
	}
	struct callback_rec r = rings(P2, &listens);
	wait_for(CALLBACK_MISSED, r.id);
	r = callback_of(r.id);
	must_say(&r, SAY_UNAVAILABLE, WHY_SILENT);
	ck_assert_int_eq(came().status, 480);
	must_be_free();
	end_rig();
}
END_TEST

START_TEST(a_payment_while_it_rings)
{
	called((struct rig){.callback_ring = 60000}, ONE);
	fake_speech_full(e->speech, true);
	struct callback_rec r = rings(P1, &listens);
	ck_assert_int_eq(r.state, CALLBACK_RINGING);
	give("pay-1", "P " KEY ";full\n");
	settle();
	r = callback_of(r.id);
	must_say(&r, SAY_ALL_DONE, WHY_SETTLED);
	ck_assert_int_eq(r.state, CALLBACK_ENDED);
	end_rig();
}
END_TEST

START_TEST(a_payment_during_the_call)
{
	called((struct rig){0}, ONE);
	struct callback_rec r = rings(P1, &talks);
	size_t before = recalls;
	give("pay-1", "P " KEY ";full\n");
	settle();
	ck_assert_uint_eq(recalls, before + 1); /* old amounts are not said */
	ck_assert(fake_voice_end(e->voice, r.id, OUT_CUT));
	settle();
	ck_assert_int_eq(target_of(1, "p1").why, OUT_PAID);
	must_be_free();
	end_rig();
}
END_TEST

/* Of a run that is over nothing is recalled but who rang back. */
START_TEST(a_payment_during_a_call_after_the_run)
{
	called((struct rig){.waves = one_try}, ONE);
	struct callback_rec r = rings(P1, &talks);
	ck_assert_int_eq(attempt_of(r.id).inbound, INBOUND_BESIDE);
	size_t before = recalls;
	give("pay-1", "P " KEY ";full\n");
	settle();
	ck_assert_uint_eq(recalls, before + 1);
	ck_assert(fake_voice_end(e->voice, r.id, OUT_CUT));
	settle();
	must_be_free();
	end_rig();
}
END_TEST

/* ---- the number book, meanwhile ---- */

#define STOP "{\"number\":\"" P1 "\",\"person\":\"p1\",\"mark\":\"stop\",\"reason\":\"x\"}"

/* Before he is answered nothing is recalled: the records are looked at again. */
START_TEST(a_stop_while_it_rings)
{
	called((struct rig){.callback_ring = 60000}, ONE);
	fake_speech_full(e->speech, true);
	struct callback_rec r = rings(P1, &listens);
	ck_assert_int_eq(r.state, CALLBACK_RINGING);
	size_t before = recalls;
	ck_assert_int_eq(ask(M_NUMBER_ADD, STOP).err, 0);
	settle();
	ck_assert_uint_eq(recalls, before);
	r = callback_of(r.id);
	must_say(&r, SAY_GENERAL, WHY_NUMBER);
	ck_assert_int_eq(r.state, CALLBACK_ENDED);
	must_be_free();
	end_rig();
}
END_TEST

/* He is told of no debt from then on. */
START_TEST(a_stop_during_the_call)
{
	called((struct rig){0}, ONE);
	struct callback_rec r = rings(P1, &talks);
	size_t before = recalls;
	ck_assert_int_eq(ask(M_NUMBER_ADD, STOP).err, 0);
	settle();
	ck_assert_uint_eq(recalls, before + 1);
	ck_assert(fake_voice_end(e->voice, r.id, OUT_CUT));
	settle();
	must_be_free();
	go_to(at(8, 18, 0));
	ck_assert_uint_eq(dialled(P1), 1); /* and he is not called again */
	end_rig();
}
END_TEST

/* ---- a crash ---- */

START_TEST(a_crash_while_it_rings)
{
	called((struct rig){.callback_ring = 60000}, ONE);
	fake_speech_full(e->speech, true);
	struct callback_rec r = rings(P1, &listens);
	ck_assert_int_eq(r.state, CALLBACK_RINGING);
	engine_free(e);
	start_engine(); /* as after kill -9: what was not committed is gone */
	settle();
	r = callback_of(r.id);
	ck_assert_int_eq(r.state, CALLBACK_MISSED);
	ck_assert(r.note);
	must_be_free();
	end_rig();
}
END_TEST

START_TEST(a_crash_on_the_line)
{
	called((struct rig){0}, ONE);
	const char *number = _i ? P2 : P1;
	struct callback_rec r = rings(number, &talks);
	ck_assert_int_eq(r.state, CALLBACK_ANSWERED);
	for (int twice = 0; twice < 2; twice++) {
		crash();
		r = callback_of(r.id);
		ck_assert_int_eq(r.state, CALLBACK_UNKNOWN);
		ck_assert_int_eq(r.code, OUT_UNKNOWN);
		ck_assert(r.note);
		ck_assert_uint_eq(e->lines_used, 1); /* for as long as it could last */
		ck_assert_uint_eq(number_of_digits(number).attempt, 0);
		ck_assert_int_gt(number_of_digits(number).locked_ms, e->now_ms);
	}
	if (!_i) {
		ck_assert_int_eq(attempt_of(r.id).state, ATTEMPT_UNKNOWN);
		ck_assert_int_eq(target_of(1, "p1").state, TARGET_WAITING);
		ck_assert_uint_eq(target_of(1, "p1").n_past, 1);
	}
	go_to(e->now_ms + 10 * MS_PER_MIN);
	ck_assert_uint_eq(e->lines_used, 0);
	ck_assert_uint_eq(records(T_OPEN), 0);
	end_rig();
}
END_TEST

START_TEST(stopping_refuses_who_rings)
{
	called((struct rig){.callback_ring = 60000}, ONE);
	fake_speech_full(e->speech, true);
	struct callback_rec r = rings(P1, &listens);
	engine_stop(e);
	ck_assert_int_eq(engine_run(e), 0); /* the last events are applied */
	ck_assert_int_eq(callback_of(r.id).state, CALLBACK_MISSED);
	ck_assert_uint_eq(records(T_OPEN), 0);
	end_rig();
}
END_TEST

static TCase *ringing(void)
{
	TCase *t = tcase_create("ringing");
	tcase_set_timeout(t, 300);
	tcase_add_test(t, a_number_that_is_being_dialled_is_busy);
	tcase_add_test(t, nobody_is_dialled_who_is_on_the_line);
	tcase_add_test(t, no_line_is_busy);
	tcase_add_test(t, a_call_that_came_in_is_a_line);
	tcase_add_test(t, he_gives_up);
	tcase_add_test(t, he_gives_up_within_one_turn);
	tcase_add_test(t, the_order_finds_him_gone);
	tcase_add_test(t, prompts_that_are_late_give_way);
	tcase_add_test(t, prompts_that_cannot_be_made_give_way);
	tcase_add_test(t, without_an_announcement_nobody_is_answered);
	tcase_add_test(t, a_payment_while_it_rings);
	tcase_add_test(t, a_payment_during_the_call);
	tcase_add_test(t, a_payment_during_a_call_after_the_run);
	tcase_add_test(t, a_stop_while_it_rings);
	tcase_add_test(t, a_stop_during_the_call);
	tcase_add_test(t, a_crash_while_it_rings);
	tcase_add_loop_test(t, a_crash_on_the_line, 0, 2);
	tcase_add_test(t, stopping_refuses_who_rings);
	return t;
}

UNIT_MAIN("turn_ringing", ringing)
