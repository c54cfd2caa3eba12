/*
 * Calls that come in, in the whole engine: who is meant, what is said, what is left on
 * record; every moment at which the caller can be gone or the process can end.
 */
#include "tests/unit/turn_rig.inc"

#define OURS "0265784111"

static const struct fake_call away = {.kind = FAKE_END, .code = OUT_NO_ANSWER, .sip_status = 480};
/* What the caller does once he is answered. */
static const struct fake_call listens = {.kind = FAKE_END,
					 .answered = true,
					 .code = OUT_ANSWERED,
					 .heard = true,
					 .reached = REACHED_SELF};
static const struct fake_call talks = {.kind = FAKE_HOLD, .answered = true, .code = OUT_ANSWERED};

/* The people of run 1 were called at nine on Monday and were not at home. */
static void called(struct rig rig, const char *people)
{
	rig.inbound = true;
	start_rig(rig);
	fake_voice_script(e->voice, NULL, &away);
	run_file("targets-1a", people, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(target_of(1, "p1").n_past, 1);
}

/* Anything but a scenario: nobody can say who he is. */
static const struct fake_call hears = {.kind = FAKE_END, .answered = true, .code = OUT_ANSWERED};

static uint64_t last; /* the channel's id of the last call that came in */

static struct fake_inbound came(void)
{
	struct fake_inbound f;
	ck_assert(fake_voice_inbound(e->voice, last, &f));
	return f;
}

/* Rings, and lets the engine do what it does. The callback's record. */
static struct callback_rec rings_as(enum caller_kind kind, const char *number, const char *dialled_,
				    const struct fake_call *call)
{
	uint64_t before = records(T_CALLBACK);
	last = fake_voice_ring(e->voice, kind, number, dialled_, call);
	ck_assert_uint_ne(last, 0);
	settle();
	ck_assert_uint_eq(records(T_CALLBACK), before + 1);
	return callback_of(e->counters.next_attempt);
}

static struct callback_rec rings(const char *number, const struct fake_call *call)
{
	return rings_as(CALLER_KNOWN, number, OURS, call);
}

static void must_say(const struct callback_rec *r, enum callback_say say, enum callback_why why)
{
	ck_assert_msg(r->say == say && r->why == why, "%s: %s", callback_say_word(r->say),
		      callback_why_word(r->why));
}

/* Nothing of the call is left in memory or locked. */
static void must_be_free(void)
{
	ck_assert(!callbacks_wait(e));
	ck_assert_uint_eq(e->lines_used, 0);
	ck_assert_uint_eq(e->callbacks->talking, 0);
	ck_assert_uint_eq(map_count(e->flights), 0);
	ck_assert_uint_eq(records(T_OPEN), 0);
	ck_assert_uint_eq(number_of_digits(P1).attempt, 0);
}

/* ---- what is said, and what becomes of it ---- */

START_TEST(the_person_hears_it_and_is_not_called_again)
{
	called((struct rig){0}, ONE);
	struct callback_rec r = rings(P1, &listens);
	must_say(&r, SAY_SCENARIO, WHY_NONE);
	ck_assert_int_eq(r.state, CALLBACK_ENDED);
	ck_assert(!r.note && r.heard && r.run == 1);
	ck_assert_str_eq(r.person, "p1");
	ck_assert(came().vars_inbound && came().n_debts == 1);
	ck_assert_str_eq(came().name, "長野太郎");
	struct attempt a = attempt_of(r.id);
	ck_assert_int_eq(a.inbound, INBOUND_OWN);
	ck_assert_int_eq(a.state, ATTEMPT_ENDED);
	ck_assert_str_eq(a.digits, P1);
	struct target t = target_of(1, "p1");
	ck_assert_int_eq(t.state, TARGET_DONE);
	ck_assert_int_eq(t.why, OUT_DONE_ELSEWHERE);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_ANSWERED);
	ck_assert_uint_eq(number_of_digits(P1).conversations, 1);
	ck_assert_uint_eq(number_of_digits(P1).attempts, 1); /* ours, not his */
	must_be_free();
	go_to(at(7, 18, 0));
	ck_assert_uint_eq(dialled(P1), 1);
	settle_drop();
	ck_assert_uint_eq(out_rows("contacts", "折返し着信(携帯)。本人と回答。"), 1);
	end_rig();
}
END_TEST

/* Only the person himself, having heard it, changes the plan. */
START_TEST(whatever_else_happens_the_calls_go_on)
{
	static const struct {
		const char *what;
		struct fake_call call;
	} cases[] = {
	    {"hung up at once", {FAKE_END, true, OUT_CUT_AT_START, 0, false, 0, NULL, NULL, NULL}},
	    {"a family member",
	     {FAKE_END, true, OUT_OTHER_PERSON, 0, false, REACHED_OTHER, NULL, NULL, NULL}},
	    {"a wrong birthday",
	     {FAKE_END, true, OUT_MISMATCH, 0, false, REACHED_MISMATCH, NULL, NULL, NULL}},
	    {"the person, but not to its end",
	     {FAKE_END, true, OUT_CUT, 0, false, REACHED_SELF, NULL, NULL, NULL}},
	    {"heard by nobody that is known",
	     {FAKE_END, true, OUT_ANSWERED, 0, true, REACHED_OPENING, NULL, NULL, NULL}},
	    {"no ACK", {FAKE_END, false, OUT_LINE_FAULT, 0, false, 0, NULL, NULL, NULL}},
	};
	called((struct rig){0}, ONE);
	struct callback_rec r = rings(P1, &cases[_i].call);
	must_say(&r, SAY_SCENARIO, WHY_NONE);
	ck_assert_msg(r.note, "%s", cases[_i].what);
	struct target t = target_of(1, "p1");
	ck_assert_int_eq(t.state, TARGET_WAITING);
	ck_assert_uint_eq(t.n_past, 1);
	ck_assert_int_ge(t.due_ms, at(7, 10, 0)); /* he just spoke to us */
	ck_assert_int_eq(debt_of(1, 1).result, OUT_NONE);
	must_be_free();
	go_to(at(8, 12, 0));
	ck_assert_msg(dialled(P1) > 1, "%s", cases[_i].what);
	end_rig();
}
END_TEST

START_TEST(wrong_number_is_believed)
{
	struct fake_call wrong = {
	    .kind = FAKE_END, .answered = true, .code = OUT_WRONG_NUMBER, .reached = REACHED_WRONG};
	called((struct rig){0}, ONE);
	rings(P1, &wrong);
	ck_assert_uint_eq(records(T_MARK), 1);
	go_to(at(8, 12, 0));
	ck_assert_uint_eq(dialled(P1), 1);
	end_rig();
}
END_TEST

START_TEST(a_claim_of_payment_is_a_hold)
{
	struct fake_call paid = listens;
	paid.reply_name = "task";
	paid.reply_value = "納付済申告";
	called((struct rig){0}, ONE);
	rings(P1, &paid);
	ck_assert_uint_eq(records(T_HOLD), 1);
	struct callback_rec r = rings(P1, &listens); /* he hears no demand now */
	ck_assert_int_ne(r.say, SAY_SCENARIO);
	end_rig();
}
END_TEST

static void general(enum caller_kind kind, const char *number, const char *called_number,
		    enum callback_why why)
{
	struct callback_rec r = rings_as(kind, number, called_number, &hears);
	must_say(&r, SAY_GENERAL, why);
	ck_assert_int_eq(r.state, CALLBACK_ENDED);
	ck_assert(r.note);
	ck_assert_ptr_eq(came().scenario, specs_announcement(e->specs, 0, ANNOUNCE_GENERAL));
	ck_assert_str_eq(came().name, "");
	ck_assert_uint_eq(came().n_debts, 0);
}

START_TEST(nobody_who_is_known_hears_the_general_announcement)
{
	called((struct rig){0}, ONE);
	general(CALLER_KNOWN, P2, OURS, WHY_UNKNOWN);
	general(CALLER_UNKNOWN, "", OURS, WHY_UNKNOWN);
	general(CALLER_WITHHELD, "", OURS, WHY_WITHHELD);
	general(CALLER_KNOWN, P1, "0265999999", WHY_DIALLED);
	general(CALLER_KNOWN, P1, "", WHY_DIALLED);
	ck_assert_uint_eq(attempts(), 1); /* no attempt of anybody's */
	must_be_free();
	end_rig();
}
END_TEST

START_TEST(he_has_several_telephones)
{
	called((struct rig){0}, "T p1;14;kotei;2026;3;n1;12000;長野太郎;503;" P1 "m," P2 "h\n");
	if (target_of(1, "p1").n_numbers < 2) { /* the fake's rows have one number */
		end_rig();
		return;
	}
	struct callback_rec r = rings(P2, &listens);
	must_say(&r, SAY_SCENARIO, WHY_NONE);
	end_rig();
}
END_TEST

START_TEST(several_people_have_the_number)
{
	called((struct rig){.calls_per_second = 200},
	       ONE "T p2;14;kotei;2026;3;n2;8000;伊那花子;1224;" P1 "m\n");
	go_to(at(8, 12, 0)); /* both were called once */
	ck_assert_uint_ge(dialled(P1), 2);
	struct callback_rec r = rings(P1, &hears);
	must_say(&r, SAY_GENERAL, WHY_SEVERAL);
	ck_assert_str_eq(r.person, "");
	ck_assert_str_eq(came().name, "");
	end_rig();
}
END_TEST

START_TEST(who_paid_hears_no_demand)
{
	called((struct rig){0}, ONE);
	give("pay-1", "P " KEY ";full\n");
	struct callback_rec r = rings(P1, &hears);
	must_say(&r, SAY_ALL_DONE, WHY_SETTLED);
	ck_assert_ptr_eq(came().scenario, specs_announcement(e->specs, 0, ANNOUNCE_NOTHING));
	ck_assert_uint_eq(came().n_debts, 0);
	ck_assert_int_eq(attempt_of(r.id).inbound, INBOUND_ANNOUNCED);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID);
	end_rig();
}
END_TEST

START_TEST(who_is_held_hears_no_demand)
{
	called((struct rig){0}, ONE);
	ck_assert_int_eq(
	    ask(M_HOLD_ADD, "{\"person\":\"p1\",\"kind\":\"staff\",\"reason\":\"相談中\"}").err, 0);
	struct callback_rec r = rings(P1, &hears);
	must_say(&r, SAY_GENERAL, WHY_HOLD);
	ck_assert_uint_eq(number_of_digits(P1).conversations, 0);
	end_rig();
}
END_TEST

START_TEST(old_payments_say_nothing)
{
	called((struct rig){0}, ONE);
	conf.department[0].payments_check = PAYMENTS_AGE;
	struct callback_rec r = rings(P1, &hears);
	must_say(&r, SAY_GENERAL, WHY_PAYMENTS);
	end_rig();
}
END_TEST

START_TEST(the_department_chose_an_announcement)
{
	called((struct rig){.callback = 1}, ONE);
	struct callback_rec r = rings(P1, &hears);
	must_say(&r, SAY_GENERAL, WHY_CHOICE);
	ck_assert_str_eq(r.person, "p1"); /* staff see who it was */
	ck_assert(r.note);
	ck_assert_int_eq(target_of(1, "p1").state, TARGET_WAITING);
	settle_drop();
	go_to(at(7, 18, 0));
	settle_drop();
	ck_assert_uint_eq(out_rows("contacts", "折返し着信(携帯)。応答。"), 1);
	end_rig();
}
END_TEST

START_TEST(outside_the_hours)
{
	called((struct rig){.callback_hours = "10:00-12:00"}, ONE);
	struct callback_rec r = rings(P1, &hears);
	must_say(&r, SAY_CLOSED, WHY_HOURS);
	ck_assert_ptr_eq(came().scenario, specs_announcement(e->specs, 0, ANNOUNCE_CLOSED));
	ck_assert(r.note);
	end_rig();
}
END_TEST

START_TEST(a_run_that_stands_still)
{
	called((struct rig){0}, ONE);
	must(M_RUN_PAUSE, 1);
	struct callback_rec r = rings(P1, &hears);
	must_say(&r, SAY_GENERAL, WHY_RUN);
	must(M_RUN_STOP, 1);
	r = rings(P1, &hears);
	must_say(&r, SAY_GENERAL, WHY_RUN);
	end_rig();
}
END_TEST

START_TEST(after_the_run_for_sixty_days)
{
	called((struct rig){.waves = one_try}, ONE);
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_NO_ANSWER);
	go_to(at(7, 10, 0) + 50 * MS_PER_DAY);
	struct callback_rec r = rings(P1, &listens);
	must_say(&r, SAY_SCENARIO, WHY_NONE);
	ck_assert(!r.note);
	ck_assert_int_eq(attempt_of(r.id).inbound, INBOUND_BESIDE);
	ck_assert_int_eq(target_of(1, "p1").state, TARGET_DONE);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_ANSWERED);
	must_be_free();
	go_to(e->now_ms + MS_PER_DAY);
	settle_drop();
	ck_assert_uint_ge(out_rows("corrections", "new_result=10"), 1);
	go_to(at(7, 10, 0) + 61 * MS_PER_DAY);
	r = rings(P1, &listens);
	must_say(&r, SAY_GENERAL, WHY_UNKNOWN);
	end_rig();
}
END_TEST

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

/* ---- the rest ---- */

START_TEST(a_promised_message_goes_out)
{
	struct fake_call asks = listens;
	asks.heard = false;
	asks.sms_text = "reminder";
	called((struct rig){0}, ONE);
	rings(P1, &asks);
	go_to(at(7, 11, 0));
	ck_assert_uint_eq(text_posts, 1);
	end_rig();
}
END_TEST

START_TEST(a_message_that_cannot_go_out_is_said)
{
	struct fake_call asks = listens;
	asks.sms_text = "reminder";
	called((struct rig){.waves = one_try}, ONE); /* the run is over */
	size_t before = text_posts;
	struct callback_rec r = rings(P1, &asks);
	settle();
	ck_assert_uint_eq(text_posts, before);
	struct attempt a = attempt_of(r.id);
	ck_assert_uint_eq(a.n_replies, 1);
	ck_assert_str_eq(a.replies[0].value, "送信なし");
	end_rig();
}
END_TEST

START_TEST(what_it_costs)
{
	struct tariff t = {.callback_sen = 500, .callback_talk_sen = 100, .step_ms = 60000};
	struct money_rec m;
	called((struct rig){.tariff = t}, ONE);
	struct callback_rec r = rings(P1, &listens);
	ck_assert_int_eq(attempt_of(r.id).cost_sen, 600);
	r = rings(P2, &listens);
	ck_assert_int_eq(r.cost_sen, 600);
	ck_assert_int_eq(LOOK(db_money_get(&tx, MONEY_CITY, 202612, "", &m)), 0);
	ck_assert_int_eq(m.sen, 1200);
	ck_assert_uint_eq(m.calls, 1); /* ours */
	ck_assert_int_eq(LOOK(db_money_get(&tx, MONEY_DEPARTMENT, 202612, "zeimu", &m)), 0);
	ck_assert_int_eq(m.sen, 1200);
	end_rig();
}
END_TEST

START_TEST(a_note_is_done_once_and_by_its_department)
{
	char params[96];
	called((struct rig){0}, ONE);
	struct callback_rec r = rings(P2, &listens);
	snprintf(params, sizeof params, "{\"callback\":%llu,\"reason\":\"折返し済\"}",
		 (unsigned long long)r.id);
	struct json *j = NULL;
	ck_assert_int_eq(json_parse(params, strlen(params), JSON_DEPTH, &j), 0);
	ck_assert_int_eq(ask_as("kaigo", M_CALLBACK_DONE, j).err, E_NOTFOUND);
	ck_assert_int_eq(ask(M_CALLBACK_DONE, params).err, 0);
	ck_assert_str_eq(callback_of(r.id).done_by, "tanto");
	ck_assert_int_eq(ask(M_CALLBACK_DONE, params).err, E_STATE);
	ck_assert_int_eq(ask(M_CALLBACK_DONE, "{\"callback\":999,\"reason\":\"x\"}").err,
			 E_NOTFOUND);
	r = rings(P1, &listens);
	snprintf(params, sizeof params, "{\"callback\":%llu,\"reason\":\"x\"}",
		 (unsigned long long)r.id);
	ck_assert_int_eq(ask(M_CALLBACK_DONE, params).err, E_STATE); /* it has none */
	end_rig();
}
END_TEST

static TCase *callbacks(void)
{
	TCase *t = tcase_create("callbacks");
	tcase_set_timeout(t, 300);
	tcase_add_test(t, the_person_hears_it_and_is_not_called_again);
	tcase_add_loop_test(t, whatever_else_happens_the_calls_go_on, 0, 6);
	tcase_add_test(t, wrong_number_is_believed);
	tcase_add_test(t, a_claim_of_payment_is_a_hold);
	tcase_add_test(t, nobody_who_is_known_hears_the_general_announcement);
	tcase_add_test(t, he_has_several_telephones);
	tcase_add_test(t, several_people_have_the_number);
	tcase_add_test(t, who_paid_hears_no_demand);
	tcase_add_test(t, who_is_held_hears_no_demand);
	tcase_add_test(t, old_payments_say_nothing);
	tcase_add_test(t, the_department_chose_an_announcement);
	tcase_add_test(t, outside_the_hours);
	tcase_add_test(t, a_run_that_stands_still);
	tcase_add_test(t, after_the_run_for_sixty_days);
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
	tcase_add_test(t, a_crash_while_it_rings);
	tcase_add_loop_test(t, a_crash_on_the_line, 0, 2);
	tcase_add_test(t, stopping_refuses_who_rings);
	tcase_add_test(t, a_promised_message_goes_out);
	tcase_add_test(t, a_message_that_cannot_go_out_is_said);
	tcase_add_test(t, what_it_costs);
	tcase_add_test(t, a_note_is_done_once_and_by_its_department);
	return t;
}

UNIT_MAIN("turn_callback", callbacks)
