/*
 * Test messages through the whole engine: to whom, what, how often; that nothing but their own
 * record and the money knows of them; what a crash leaves.
 */
#include "tests/unit/turn_rig.inc"

#include "engine/turn/trial.h"

#define HANAKO "09012340001"
#define KAIGO "09012340003"

static void number(const char *id, const char *department, const char *digits)
{
	struct config_trial *t = &conf.trial[conf.n_trials++];
	snprintf(t->id, sizeof t->id, "%s", id);
	snprintf(t->department, sizeof t->department, "%s", department);
	snprintf(t->number, sizeof t->number, "%s", digits);
	snprintf(t->owner, sizeof t->owner, "高遠花子");
}

static void begin(struct rig rig)
{
	rig.waves = sms_wave;
	start_rig(rig);
	number("hanako", "zeimu", HANAKO);
	number("jiro", "zeimu", "09012340002");
	number("desk", "zeimu", "0265784199");
	number("other", "kaigo", KAIGO);
	conf.department[0].trials_day = 20;
	go_to(at(7, 8, 30));
}

static struct said try_as(const char *user, const char *campaign, const char *text, const char *to)
{
	struct json *j = json_new_object();
	json_put_str(j, "campaign", campaign);
	json_put_str(j, "text", text);
	json_put_str(j, "to", to);
	return ask_as(user, M_TEXT_TRIAL, j);
}

static struct said try_to(const char *to)
{
	return try_as("tanto", "c1", "t", to);
}

static void tried(void)
{
	struct said s = try_to("hanako");
	ck_assert_msg(s.err == 0, "%s", s.why);
	settle();
}

static struct trial_rec trial_of(uint64_t id)
{
	struct trial_rec r;
	ck_assert_int_eq(LOOK(db_trial_get(&tx, id, &r)), 0);
	return r;
}

static void receipt(uint64_t id, enum text_receipt r)
{
	ck_assert_int_eq(fake_text_receipt(e->text, id, r, 1), 0);
	settle();
}

/* ---- what it does ---- */

START_TEST(it_says_what_residents_would_get)
{
	begin((struct rig){0});
	tried();
	ck_assert_uint_eq(fake_text_sent(e->text, 1), 1);
	ck_assert_str_eq(fake_text_last(e->text), "伊那市役所です。0265784111へお電話ください。");
	struct trial_rec r = trial_of(1);
	ck_assert_int_eq(r.state, ATTEMPT_SUBMITTED);
	ck_assert_int_eq(r.code, OUT_SMS_SENT);
	ck_assert_str_eq(r.digits, HANAKO);
	ck_assert_str_eq(r.user, "tanto");
	ck_assert_str_eq(r.text, "t");
	ck_assert_uint_eq(strlen(r.sha256), 64);
	receipt(1, RECEIPT_BUFFERED);
	ck_assert_int_eq(trial_of(1).state, ATTEMPT_SUBMITTED);
	receipt(1, RECEIPT_DELIVERED);
	ck_assert_int_eq(trial_of(1).state, ATTEMPT_ENDED);
	ck_assert_int_eq(trial_of(1).code, OUT_SMS_RECEIVED);
	ck_assert_uint_eq(e->sms_waiting + e->sms_used + e->trials, 0);
	receipt(1, RECEIPT_FAILED); /* the first final one stands */
	ck_assert_int_eq(trial_of(1).code, OUT_SMS_RECEIVED);
	ck_assert_uint_eq(trial_of(1).receipts, 3);
	end_rig();
}
END_TEST

START_TEST(it_is_no_attempt_of_anybody)
{
	begin((struct rig){0});
	run_file("targets-1a", "T p1;14;kotei;2026;3;n1;12000;長野太郎;503;" HANAKO "m\n", 1);
	for (int i = 0; i < 3; i++) { /* as many as the number's daily limit */
		tried();
		receipt((uint64_t)i + 1, RECEIPT_DELIVERED);
		go_to(e->now_ms + MS_PER_MIN);
	}
	ck_assert_uint_eq(attempts(), 0);
	ck_assert_uint_eq(records(T_OPEN), 0);
	ck_assert_uint_eq(records(T_NUMBER), 0);
	ck_assert_uint_eq(records(T_WATCH), 0);
	ck_assert_uint_eq(run_of(1).messages, 0);
	ck_assert_uint_eq(records(T_OUTROW), 0);
	go_to(at(7, 9, 0)); /* the resident whose number it is gets his message all the same */
	ck_assert_uint_eq(attempts(), 1);
	ck_assert_str_eq(attempt_of(4).digits, HANAKO);
	ck_assert_uint_eq(number_of_digits(HANAKO).attempts, 1);
	end_rig();
}
END_TEST

START_TEST(outcomes)
{
	static const struct {
		enum fake_text_mode mode;
		enum attempt_state state;
		enum outcome code;
		bool charged;
	} cases[] = {
	    {FAKE_TEXT_ACCEPT, ATTEMPT_SUBMITTED, OUT_SMS_SENT, true},
	    {FAKE_TEXT_REFUSE, ATTEMPT_ENDED, OUT_SMS_REFUSED, false},
	    {FAKE_TEXT_RETRY, ATTEMPT_DROPPED, OUT_NONE, false},
	    {FAKE_TEXT_UNKNOWN, ATTEMPT_UNKNOWN, OUT_UNKNOWN, true},
	    {FAKE_TEXT_HOLD, ATTEMPT_INTENDED, OUT_NONE, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		begin((struct rig){.tariff = {.segment_sen = 300}});
		fake_text_mode(e->text, cases[i].mode);
		tried();
		struct trial_rec r = trial_of(1);
		ck_assert_int_eq(r.state, cases[i].state);
		ck_assert_int_eq(r.code, cases[i].code);
		ck_assert_int_eq(r.cost_sen, cases[i].charged ? 300 : 0);
		ck_assert_int_eq(e->staff_sen[0], cases[i].mode == FAKE_TEXT_HOLD ? 300 : 0);
		end_rig();
	}
}
END_TEST

START_TEST(a_receipt_before_the_answer)
{
	begin((struct rig){.tariff = {.segment_sen = 300}});
	fake_text_mode(e->text, FAKE_TEXT_HOLD);
	tried();
	receipt(1, RECEIPT_DELIVERED);
	ck_assert_int_eq(trial_of(1).code, OUT_SMS_RECEIVED);
	ck_assert_uint_eq(e->sms_used + e->trials, 0);
	fake_text_mode(e->text, FAKE_TEXT_ACCEPT); /* now the answer comes */
	settle();
	ck_assert_int_eq(trial_of(1).code, OUT_SMS_RECEIVED);
	ck_assert_int_eq(trial_of(1).cost_sen, 300);
	ck_assert_int_eq(e->staff_sen[0], 0);
	end_rig();
}
END_TEST

START_TEST(without_a_receipt_it_stays_61)
{
	begin((struct rig){0});
	tried();
	go_to(e->now_ms + 31 * MS_PER_MIN);
	ck_assert_int_eq(trial_of(1).state, ATTEMPT_ENDED);
	ck_assert_int_eq(trial_of(1).code, OUT_SMS_SENT);
	ck_assert_uint_eq(e->sms_waiting + e->trials, 0);
	receipt(1, RECEIPT_OUT_OF_AREA); /* late */
	ck_assert_int_eq(trial_of(1).code, OUT_SMS_OUT_OF_AREA);
	end_rig();
}
END_TEST

START_TEST(it_costs)
{
	struct money_rec m;
	begin((struct rig){.tariff = {.segment_sen = 300}, .department_sen = 500});
	tried();
	ck_assert_int_eq(
	    LOOK(db_money_get(&tx, MONEY_DEPARTMENT, money_month(e->now_ms), "zeimu", &m)), 0);
	ck_assert_int_eq(m.sen, 300);
	ck_assert_uint_eq(m.messages, 1);
	ck_assert_int_eq(LOOK(db_money_get(&tx, MONEY_CITY, money_month(e->now_ms), "", &m)), 0);
	ck_assert_int_eq(m.sen, 300);
	ck_assert_int_eq(LOOK(db_money_get(&tx, MONEY_CAMPAIGN, 0, "c1", &m)), 0);
	ck_assert_int_eq(m.sen, 0);
	struct said s = try_to("jiro");
	ck_assert_int_eq(s.err, E_LIMIT);
	ck_assert_ptr_nonnull(strstr(s.why, "money"));
	ck_assert_uint_eq(records(T_TRIAL), 1);
	end_rig();
}
END_TEST

/* ---- what is refused ---- */

static const struct {
	const char *what, *user, *campaign, *text, *to;
	int err;
	const char *why;
} refusals[] = {
    {"a number that is not on the list", "tanto", "c1", "t", HANAKO, E_NOTFOUND, "no test number"},
    {"another department's number", "tanto", "c1", "t", "other", E_NOTFOUND, "no test number"},
    {"another department's campaign", "tanto", "c2", "t", "hanako", E_NOTFOUND, "no campaign"},
    {"a campaign that there is not", "tanto", "c9", "t", "hanako", E_NOTFOUND, "no campaign"},
    {"a text that it does not send", "tanto", "c1", "x", "hanako", E_NOTFOUND, "no text"},
    {"a fixed telephone", "tanto", "c1", "t", "desk", E_INVALID, "no mobile"},
};

START_TEST(to_nobody_else)
{
	begin((struct rig){.two_departments = true});
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		struct said s = try_as(refusals[i].user, refusals[i].campaign, refusals[i].text,
				       refusals[i].to);
		ck_assert_msg(s.err == refusals[i].err && strstr(s.why, refusals[i].why),
			      "%s: %d %s", refusals[i].what, s.err, s.why);
	}
	ck_assert_uint_eq(records(T_TRIAL), 0);
	conf.department[1].trials_day = 1;
	ck_assert_int_eq(try_as("kaigo", "c2", "t", "other").err, 0);
	settle();
	ck_assert_str_eq(trial_of(1).department, "kaigo");
	end_rig();
}
END_TEST

START_TEST(not_too_many)
{
	begin((struct rig){0});
	conf.department[0].trials_day = 2;
	tried();
	struct said s = try_to("hanako");
	ck_assert_int_eq(s.err, E_LIMIT); /* a double click */
	ck_assert_int_eq(try_to("jiro").err, 0);
	settle();
	go_to(e->now_ms + MS_PER_MIN);
	s = try_to("hanako");
	ck_assert_int_eq(s.err, E_LIMIT);
	ck_assert_ptr_nonnull(strstr(s.why, "trials_day"));
	ck_assert_uint_eq(records(T_TRIAL), 2);
	go_to(at(8, 8, 0)); /* another day */
	ck_assert_int_eq(try_to("hanako").err, 0);
	settle();
	conf.department[0].trials_day = 0;
	go_to(at(8, 8, 30));
	ck_assert_int_eq(try_to("hanako").err, E_LIMIT);
	end_rig();
}
END_TEST

START_TEST(one_that_did_not_go_is_asked_for_again)
{
	begin((struct rig){0});
	conf.department[0].trials_day = 1;
	fake_text_mode(e->text, FAKE_TEXT_RETRY);
	tried();
	ck_assert_int_eq(trial_of(1).state, ATTEMPT_DROPPED);
	fake_text_mode(e->text, FAKE_TEXT_ACCEPT);
	tried();
	ck_assert_int_eq(trial_of(2).state, ATTEMPT_SUBMITTED);
	end_rig();
}
END_TEST

START_TEST(not_while_its_run_is_stopped)
{
	begin((struct rig){0});
	give("targets-1a", ONE);
	tried(); /* of a draft: that is what tests are for */
	must(M_RUN_STOP, 1);
	struct said s = try_to("jiro");
	ck_assert_int_eq(s.err, E_STATE);
	ck_assert_ptr_nonnull(strstr(s.why, "run 1 of campaign c1 was stopped"));
	ck_assert_int_eq(try_as("tanto", "c2", "t", "jiro").err, 0); /* another one goes on */
	settle();
	crash();
	ck_assert_int_eq(try_to("hanako").err, E_STATE);
	go_to(e->now_ms + MS_PER_MIN);
	give("targets-1b", TWO);
	tried(); /* a new run */
	end_rig();
}
END_TEST

START_TEST(a_stop_of_all_calls_back_what_is_not_sent)
{
	begin((struct rig){0});
	fake_text_mode(e->text, FAKE_TEXT_WAIT);
	tried();
	ck_assert_int_eq(trial_of(1).state, ATTEMPT_INTENDED);
	ck_assert_int_eq(ask(M_STOP_ALL, "{}").err, 0);
	settle();
	ck_assert_int_eq(trial_of(1).state, ATTEMPT_DROPPED);
	ck_assert_uint_eq(fake_text_sent(e->text, 1), 0);
	ck_assert_uint_eq(e->sms_used + e->trials, 0);
	end_rig();
}
END_TEST

START_TEST(not_while_the_disk_is_full)
{
	begin((struct rig){0});
	e->commit_trouble = true;
	e->retry_boot_ms = INT64_MAX;
	struct said s = try_to("hanako");
	ck_assert_int_eq(s.err, E_STATE);
	ck_assert_ptr_nonnull(strstr(s.why, "nothing is sent now"));
	ck_assert_uint_eq(records(T_TRIAL), 0);
	end_rig();
}
END_TEST

/* ---- a restart ---- */

START_TEST(a_crash_before_the_answer_is_90)
{
	begin((struct rig){.tariff = {.segment_sen = 300}});
	fake_text_mode(e->text, FAKE_TEXT_HOLD);
	tried();
	crash();
	ck_assert_int_eq(trial_of(1).state, ATTEMPT_UNKNOWN);
	ck_assert_int_eq(trial_of(1).code, OUT_UNKNOWN);
	ck_assert_int_eq(trial_of(1).cost_sen, 300);
	settle();
	ck_assert_uint_eq(fake_text_sent(e->text, 1), 0); /* never again by itself */
	receipt(1, RECEIPT_DELIVERED);
	ck_assert_int_eq(trial_of(1).code, OUT_SMS_RECEIVED);
	end_rig();
}
END_TEST

START_TEST(a_crash_while_a_receipt_is_awaited)
{
	begin((struct rig){0});
	tried();
	crash();
	ck_assert_uint_eq(e->sms_waiting, 1);
	ck_assert_uint_eq(e->trials, 1);
	receipt(1, RECEIPT_DELIVERED);
	ck_assert_int_eq(trial_of(1).state, ATTEMPT_ENDED);
	ck_assert_uint_eq(e->sms_waiting + e->trials, 0);
	end_rig();
	begin((struct rig){0});
	tried();
	crash();
	go_to(e->now_ms + 31 * MS_PER_MIN);
	ck_assert_int_eq(trial_of(1).state, ATTEMPT_ENDED);
	ck_assert_int_eq(trial_of(1).code, OUT_SMS_SENT);
	ck_assert_uint_eq(e->sms_waiting + e->trials, 0);
	end_rig();
}
END_TEST

START_TEST(only_so_many_stay)
{
	begin((struct rig){0});
	struct tx w = look_begin();
	w.ops->abort(w.txn);
	ck_assert_int_eq(w.ops->begin(e->store, &w.txn), 0);
	for (uint64_t i = 1; i <= MAX_TRIALS; i++) {
		struct trial_rec r = {.id = i,
				      .channel = CHANNEL_SMS,
				      .state = i == 1 ? ATTEMPT_SUBMITTED : ATTEMPT_ENDED,
				      .department = "zeimu",
				      .user = "tanto",
				      .to = "hanako",
				      .digits = HANAKO,
				      .campaign = "c1",
				      .text = "t",
				      .sha256 = "",
				      .asked_ms = e->now_ms - MS_PER_DAY,
				      .gateway = "",
				      .why = ""};
		ck_assert_int_eq(db_trial_put(&w, &r), 0);
	}
	struct counters c = e->counters;
	c.next_attempt = MAX_TRIALS;
	ck_assert_int_eq(db_counters_put(&w, &c), 0);
	ck_assert_int_eq(store_fake.commit(w.txn, NULL), COMMIT_DONE);
	tried();
	ck_assert_uint_eq(records(T_TRIAL), MAX_TRIALS);
	struct trial_rec r;
	ck_assert_int_eq(LOOK(db_trial_get(&tx, 1, &r)), 0); /* its receipt is awaited */
	ck_assert_int_eq(LOOK(db_trial_get(&tx, 2, &r)), E_NOTFOUND);
	ck_assert_int_eq(trial_of(MAX_TRIALS + 1).state, ATTEMPT_SUBMITTED);
	end_rig();
}
END_TEST

static TCase *sends(void)
{
	TCase *t = tcase_create("sends");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, it_says_what_residents_would_get);
	tcase_add_test(t, it_is_no_attempt_of_anybody);
	tcase_add_test(t, outcomes);
	tcase_add_test(t, a_receipt_before_the_answer);
	tcase_add_test(t, without_a_receipt_it_stays_61);
	tcase_add_test(t, it_costs);
	return t;
}

static TCase *refuses(void)
{
	TCase *t = tcase_create("refuses");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, to_nobody_else);
	tcase_add_test(t, not_too_many);
	tcase_add_test(t, one_that_did_not_go_is_asked_for_again);
	tcase_add_test(t, not_while_its_run_is_stopped);
	tcase_add_test(t, a_stop_of_all_calls_back_what_is_not_sent);
	tcase_add_test(t, not_while_the_disk_is_full);
	return t;
}

static TCase *recovers(void)
{
	TCase *t = tcase_create("recovers");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, a_crash_before_the_answer_is_90);
	tcase_add_test(t, a_crash_while_a_receipt_is_awaited);
	tcase_add_test(t, only_so_many_stay);
	return t;
}

UNIT_MAIN("turn_trial", sends, refuses, recovers)
