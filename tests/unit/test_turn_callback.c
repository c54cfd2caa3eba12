/* Who rings back: who is meant, what is said, and what becomes of it. */
#include "tests/unit/callback_rig.inc"

#include <sys/mman.h>

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
	    {"hung up at once", {.kind = FAKE_END, .answered = true, .code = OUT_CUT_AT_START}},
	    {"a family member",
	     {.kind = FAKE_END,
	      .answered = true,
	      .code = OUT_OTHER_PERSON,
	      .reached = REACHED_OTHER}},
	    {"a wrong birthday",
	     {.kind = FAKE_END,
	      .answered = true,
	      .code = OUT_MISMATCH,
	      .reached = REACHED_MISMATCH}},
	    {"the person, but not to its end",
	     {.kind = FAKE_END, .answered = true, .code = OUT_CUT, .reached = REACHED_SELF}},
	    {"heard by nobody that is known",
	     {.kind = FAKE_END,
	      .answered = true,
	      .code = OUT_ANSWERED,
	      .heard = true,
	      .reached = REACHED_OPENING}},
	    {"no ACK", {.kind = FAKE_END, .code = OUT_LINE_FAULT}},
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
	ck_assert(r.note || r.joined);
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
	ck_assert_uint_eq(target_of(1, "p1").n_numbers, 2);
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

START_TEST(whose_number_is_stopped_hears_no_demand)
{
	static const char *const marks[] = {"wrong", "stop", "dead"};
	char params[128];
	called((struct rig){0}, ONE);
	snprintf(params, sizeof params,
		 "{\"number\":\"" P1 "\",\"person\":\"p1\",\"mark\":\"%s\",\"reason\":\"x\"}",
		 marks[_i]);
	ck_assert_int_eq(ask(M_NUMBER_ADD, params).err, 0);
	struct callback_rec r = rings(P1, &hears);
	must_say(&r, SAY_GENERAL, WHY_NUMBER);
	ck_assert_str_eq(came().name, "");
	ck_assert_uint_eq(came().n_debts, 0);
	must_be_free();
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

/* The number of the only file of this kind in out/. */
static unsigned number_of_file(const char *kind)
{
	char name[64];
	for (unsigned i = 1; i <= 60; i++) {
		snprintf(name, sizeof name, "drop/out/%s-%u.txt", kind, i);
		if (there(name))
			return i;
	}
	return 0;
}

static struct said rebuild(unsigned number)
{
	char params[64];
	snprintf(params, sizeof params, "{\"file\": %u}", number);
	ask_file = memfd_create("rebuilt", MFD_CLOEXEC);
	ck_assert_int_ge(ask_file, 0);
	struct said s = ask(M_OUTFILE_REBUILD, params);
	close(ask_file);
	ask_file = -1;
	return s;
}

/* He answers something after his result went out: that is the correction's, and the result's file
 * is made again with the bytes that it had. */
START_TEST(what_he_answers_later_changes_no_file)
{
	struct fake_call answers = listens;
	answers.reply_name = "answer";
	answers.reply_value = "1";
	called((struct rig){.waves = one_try}, ONE);
	settle_drop();
	unsigned results = number_of_file("results");
	ck_assert_uint_ne(results, 0);
	ck_assert_uint_eq(out_rows("results", "answer=1"), 0);
	go_to(at(8, 10, 0));
	(void)rings(P1, &answers);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_ANSWERED);
	go_to(e->now_ms + MS_PER_DAY);
	settle_drop();
	ck_assert_uint_eq(out_rows("corrections", "replies=answer=1"), 1);
	struct said s = rebuild(results);
	ck_assert_msg(s.err == 0, "%s", s.why);
	s = rebuild(number_of_file("corrections"));
	ck_assert_msg(s.err == 0, "%s", s.why);
	end_rig();
}
END_TEST

/* ---- what a call brings with it ---- */

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
	tcase_add_loop_test(t, whose_number_is_stopped_hears_no_demand, 0, 3);
	tcase_add_test(t, old_payments_say_nothing);
	tcase_add_test(t, the_department_chose_an_announcement);
	tcase_add_test(t, outside_the_hours);
	tcase_add_test(t, a_run_that_stands_still);
	tcase_add_test(t, after_the_run_for_sixty_days);
	tcase_add_test(t, what_he_answers_later_changes_no_file);
	tcase_add_test(t, a_promised_message_goes_out);
	tcase_add_test(t, a_message_that_cannot_go_out_is_said);
	tcase_add_test(t, what_it_costs);
	return t;
}

UNIT_MAIN("turn_callback", callbacks)
