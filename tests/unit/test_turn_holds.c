/*
 * Holds and the number book through the whole engine on fakes: each kind of hold at
 * each moment, the number book at dialling, what goes back, what survives a crash.
 */
#include "tests/unit/turn_holds.inc"

#define TWO_NUMBERS "T p1;14;kotei;2026;3;n1;12000;長野太郎;503;09011112222m,0265111222h\n"

/* ---- each kind × each moment ---- */

static const struct {
	const char *kind, *params;
	int last_day; /* of December: no contact up to and with it; 0: no end */
} kinds[] = {
    {"promise", "\"promise\":\"2026-12-08\"", 22},
    {"paid", "\"until\":\"2026-12-08\"", 8},
    {"staff", "\"until\":\"2026-12-08\"", 8},
    {"complaint", NULL, 0},
    {"care", NULL, 0},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void add(size_t i)
{
	char params[256];
	snprintf(params, sizeof params,
		 "{\"person\":\"p1\",\"kind\":\"%s\",\"reason\":\"窓口で\"%s%s}", kinds[i].kind,
		 kinds[i].params ? "," : "", kinds[i].params ? kinds[i].params : "");
	must_ask(M_HOLD_ADD, params);
}

/* The waves are of days 7 to 11, the campaign to 16: what ends on the 8th is called on the 9th. */
static void ends_as_it_must(size_t i)
{
	for (int day = 7; day <= 17; day++)
		go_to(at(day, 12, 0));
	settle();
	bool called = kinds[i].last_day && kinds[i].last_day < 11;
	ck_assert_msg(dialled(NULL) == called, "%s: %zu calls", kinds[i].kind, dialled(NULL));
	ck_assert_int_eq(target_of(1, "p1").state, TARGET_DONE);
	ck_assert_int_eq(debt_of(1, 1).result, called ? OUT_ANSWERED : OUT_HELD);
}

START_TEST(before_the_run)
{
	start_rig((struct rig){0});
	add((size_t)_i);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 0);
	ends_as_it_must((size_t)_i);
	end_rig();
}
END_TEST

START_TEST(while_it_waits_prepared)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	e->settle_boot_ms = clock_boot_ms() + MS_PER_DAY; /* nothing starts */
	ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
	settle();
	add((size_t)_i);
	e->settle_boot_ms = 0;
	settle();
	ck_assert_uint_eq(attempts(), 0);
	ends_as_it_must((size_t)_i);
	end_rig();
}
END_TEST

START_TEST(while_it_is_intended)
{
	start_rig((struct rig){0});
	script(NULL, wait_call);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	uint64_t id = flying(1, "p1");
	ck_assert_uint_ne(id, 0);
	add((size_t)_i);
	settle();
	ck_assert_uint_eq(recalls, 1);
	ck_assert_int_eq(attempt_of(id).state, ATTEMPT_DROPPED);
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert(target_of(1, "p1").held);
	fake_voice_script(
	    e->voice, NULL,
	    &(struct fake_call){
		.kind = FAKE_END, .answered = true, .code = OUT_ANSWERED, .heard = true});
	ends_as_it_must((size_t)_i);
	end_rig();
}
END_TEST

/* Too late for this call: it counts and is told that its debts are stale; no second one follows. */
START_TEST(while_he_speaks)
{
	start_rig((struct rig){0});
	script("09011112222", hold_call);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	uint64_t id = flying(1, "p1");
	ck_assert_int_eq(attempt_of(id).state, ATTEMPT_ANSWERED);
	add((size_t)_i);
	settle();
	ck_assert_uint_eq(recalls, 1);
	ck_assert_int_eq(attempt_of(id).state, ATTEMPT_ANSWERED);
	ck_assert(fake_voice_end(e->voice, id, OUT_CUT));
	settle();
	ck_assert_int_eq(attempt_of(id).state, ATTEMPT_ENDED);
	ck_assert_uint_eq(target_of(1, "p1").n_past, 1);
	go_to(at(7, 15, 0));
	ck_assert_uint_eq(dialled(NULL), 1);
	end_rig();
}
END_TEST

/* A message is held as a call is. */
START_TEST(before_a_message)
{
	start_rig((struct rig){.waves = sms_wave});
	add((size_t)_i);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(text_posts, 0);
	if (kinds[_i].last_day == 8) {
		go_to(at(9, 9, 0));
		ck_assert_uint_eq(text_posts, 1);
	}
	end_rig();
}
END_TEST

START_TEST(across_runs_departments_and_crashes)
{
	start_rig((struct rig){0});
	add((size_t)_i);
	crash();
	run_file("targets-1a", ONE, 1);
	run_file("targets-2a", ONE, 2);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 0);
	crash();
	go_to(at(7, 10, 0));
	ck_assert_uint_eq(attempts(), 0);
	end_rig();
}
END_TEST

/* ---- ending ---- */

START_TEST(one_that_is_ended_lets_him_be_called)
{
	start_rig((struct rig){0});
	must_ask(M_HOLD_ADD, "{\"person\":\"p1\",\"kind\":\"complaint\",\"reason\":\"電話で\"}");
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 0);
	ck_assert_int_eq(ask(M_HOLD_END, "{\"person\":\"p2\",\"hold\":1,\"reason\":\"x\"}").err,
			 E_NOTFOUND);
	must_ask(M_HOLD_END, "{\"person\":\"p1\",\"hold\":1,\"reason\":\"解決\"}");
	settle();
	ck_assert_uint_eq(dialled("09011112222"), 1);
	ck_assert_str_eq(hold_of("p1", 1).ended_by, "tanto");
	ck_assert_int_eq(ask(M_HOLD_END, "{\"person\":\"p1\",\"hold\":1,\"reason\":\"x\"}").err,
			 E_STATE);
	end_rig();
}
END_TEST

START_TEST(what_staff_may_not_ask_for)
{
	static const struct {
		const char *params, *words;
	} cases[] = {
	    {"{\"person\":\"p1\",\"kind\":\"promise\",\"reason\":\"x\"}", "no date"},
	    {"{\"person\":\"p1\",\"kind\":\"care\",\"promise\":\"2026-12-20\",\"reason\":\"x\"}",
	     "a date that is none of its own"},
	    {"{\"person\":\"p1\",\"kind\":\"promise\",\"promise\":\"2026-12-01\",\"reason\":\"x\"}",
	     "a promise of last week"},
	    {"{\"person\":\"p1\",\"kind\":\"care\",\"until\":\"2026-12-06\",\"reason\":\"x\"}",
	     "until yesterday"},
	    {"{\"person\":\"p1\",\"kind\":\"care\",\"until\":\"2026-02-30\",\"reason\":\"x\"}",
	     "no such day"},
	};
	start_rig((struct rig){0});
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_msg(ask(M_HOLD_ADD, cases[i].params).err == E_INVALID, "%s",
			      cases[i].words);
	ck_assert_uint_eq(records(T_HOLD), 0);
	end_rig();
}
END_TEST

/* ---- replies ---- */

START_TEST(a_reply_holds_other_runs)
{
	static const struct {
		const char *name, *value;
		enum hold_kind kind;
		int until_month, until_day; /* inclusive */
	} cases[] = {
	    {"promise_md", "1215", HOLD_PROMISE, 12, 29},
	    {"promise_md", "0110", HOLD_PROMISE, 1, 24},
	    {"task", "納付済申告", HOLD_PAID, 12, 21},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int32_t last;
		start_rig((struct rig){0});
		script("09011112222", replies(cases[i].name, cases[i].value));
		run_file("targets-1a", ONE, 1);
		go_to(at(7, 9, 0));
		ck_assert_uint_eq(dialled(NULL), 1);
		struct hold_rec h = hold_of("p1", 1);
		ck_assert_int_eq(h.kind, cases[i].kind);
		ck_assert_int_eq(h.origin, ORIGIN_REPLY);
		ck_assert_uint_eq(h.attempt, 1);
		ck_assert(civil_day_of(cases[i].until_month == 1 ? 2027 : 2026,
				       cases[i].until_month, cases[i].until_day, &last));
		ck_assert_int_eq(h.until_ms, civil_day_start(last + 1));
		go_to(at(8, 8, 0)); /* the number's one conversation was yesterday */
		run_file("targets-2a", ONE, 2);
		go_to(at(8, 9, 0));
		ck_assert_uint_eq(dialled(NULL), 1);
		ck_assert(target_of(2, "p1").held);
		go_to(at(9, 9, 0));
		ck_assert_uint_ge(out_rows("holds", "action=set"), 1);
		end_rig();
	}
}
END_TEST

START_TEST(a_date_that_is_none_becomes_a_task)
{
	start_rig((struct rig){0});
	script("09011112222", replies("promise_md", "0601"));
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(records(T_HOLD), 0);
	struct attempt a = attempt_of(1);
	ck_assert_uint_eq(a.n_replies, 2);
	ck_assert_str_eq(a.replies[1].name, "task");
	ck_assert_str_eq(a.replies[1].value, "相談希望");
	end_rig();
}
END_TEST

START_TEST(promises_are_kept_or_broken)
{
	static const struct {
		const char *payment;
		enum promise result;
		const char *row;
	} cases[] = {{NULL, PROMISE_BROKEN, "action=broken"},
		     {"P p1;14;kotei;2026;3;n1;full\n", PROMISE_KEPT, "action=kept"},
		     {"P p1;14;kotei;2026;3;n1;4000\n", PROMISE_BROKEN, "action=broken"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		start_rig((struct rig){0});
		script("09011112222", replies("promise_md", "1210"));
		run_file("targets-1a", ONE, 1);
		go_to(at(7, 9, 0));
		if (cases[i].payment)
			give("pay-1", cases[i].payment);
		go_to(at(24, 23, 59)); /* the 10th and 14 days */
		ck_assert_int_eq(hold_of("p1", 1).promise, PROMISE_OPEN);
		crash();
		go_to(at(25, 0, 0));
		ck_assert_int_eq(hold_of("p1", 1).promise, cases[i].result);
		ck_assert_uint_eq(records(T_PROMISE), 0);
		go_to(at(25, 1, 0));
		ck_assert_uint_eq(out_rows("holds", cases[i].row), 1);
		end_rig();
	}
}
END_TEST

START_TEST(the_same_reply_again_is_the_same_hold)
{
	start_rig((struct rig){0});
	script("09011112222", replies("promise_md", "1210"));
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	must_ask(M_HOLD_END, "{\"person\":\"p1\",\"hold\":1,\"reason\":\"x\"}");
	run_file("targets-2a", ONE, 2);
	go_to(at(8, 9, 0)); /* ended: this one is new */
	ck_assert_uint_eq(records(T_HOLD), 2);
	give("hold-1", "H p1;;care;-;set\nH p1;;care;2026-12-30;set\n");
	ck_assert_uint_eq(records(T_HOLD), 3);
	ck_assert_int_ne(hold_of("p1", 3).until_ms, HOLD_NO_END);
	end_rig();
}
END_TEST

/* ---- files ---- */

START_TEST(files_hold_and_lift)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	give("hold-1", "H p1;;staff;-;set\n");
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 0);
	give("hold-2", "H p1;;staff;-;lift\nH p9;;care;-;lift\n");
	settle();
	ck_assert_uint_eq(dialled(NULL), 1);
	ck_assert_uint_eq(out_rows("receipt", "rows_taken=2"), 1);
	end_rig();
}
END_TEST

START_TEST(a_hold_of_one_gyomu)
{
	start_rig((struct rig){0});
	give("hold-1", "H p1;15;staff;-;set\n");
	run_file("targets-1a", ONE, 1); /* of 14 */
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 1);
	end_rig();
}
END_TEST

/* ---- numbers ---- */

START_TEST(a_dead_number_is_not_called_by_the_next_run)
{
	start_rig((struct rig){0});
	script("09011112222", (struct fake_call){.kind = FAKE_END, .code = OUT_DEAD_NUMBER});
	run_file("targets-1a", TWO_NUMBERS, 1);
	go_to(at(7, 9, 0));
	go_to(at(7, 11, 0));
	ck_assert_uint_eq(dialled("09011112222"), 1);
	ck_assert_uint_eq(dialled("0265111222"), 1); /* the next in order */
	crash();
	go_to(at(8, 8, 0));
	run_file("targets-2a", TWO_NUMBERS, 2);
	go_to(at(8, 9, 0));
	ck_assert_uint_eq(dialled("09011112222"), 0); /* a new fake, after the crash */
	ck_assert_uint_eq(dialled("0265111222"), 1);
	ck_assert_uint_eq(out_rows("numbers", "mark=dead"), 1);
	end_rig();
}
END_TEST

START_TEST(no_number_left_is_84)
{
	static const char *const marks[] = {"dead", "wrong", "stop"};
	for (size_t i = 0; i < 3; i++) {
		char row[64];
		start_rig((struct rig){0});
		snprintf(row, sizeof row, "M 09011112222;p1;%s;set\n", marks[i]);
		give("num-1", row);
		run_file("targets-1a", ONE, 1);
		go_to(at(7, 9, 0));
		ck_assert_int_eq(debt_of(1, 1).result, OUT_NO_NUMBER);
		ck_assert_uint_eq(attempts(), 0);
		end_rig();
	}
}
END_TEST

/* Whose entry is it? */
START_TEST(an_entry_and_another_person)
{
	static const struct {
		const char *row;
		size_t calls;
		const char *words;
	} cases[] = {
	    {"M 09011112222;p9;dead;set\n", 1, "dead for somebody else: he may have it now"},
	    {"M 09011112222;p9;wrong;set\n", 1, "wrong for somebody else: it may be his"},
	    {"M 09011112222;p9;stop;set\n", 0, "a stop is of the number, whoever wished it"},
	    {"M 09011112222;;dead;set\n", 0, "dead, whosever it is"},
	    {"M 09011112222;p1;dead;set\nM 09011112222;p1;dead;lift\n", 1, "lifted"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		start_rig((struct rig){0});
		give("num-1", cases[i].row);
		run_file("targets-1a", ONE, 1);
		go_to(at(7, 9, 0));
		ck_assert_msg(dialled(NULL) == cases[i].calls, "%s", cases[i].words);
		end_rig();
	}
}
END_TEST

START_TEST(a_stop_of_one_channel)
{
	start_rig((struct rig){.waves = sms_wave});
	must_ask(M_NUMBER_ADD, "{\"number\":\"090-1111-2222\",\"mark\":\"stop\",\"channel\":"
			       "\"sms\",\"reason\":\"電話で\"}");
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(text_posts, 0);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_NO_NUMBER);
	end_rig();

	start_rig((struct rig){0});
	must_ask(M_NUMBER_ADD, "{\"number\":\"09011112222\",\"mark\":\"stop\",\"channel\":\"sms\","
			       "\"reason\":\"x\"}");
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 1);
	end_rig();
}
END_TEST

START_TEST(a_stop_that_is_wished_in_a_call)
{
	start_rig((struct rig){0});
	script("09011112222", replies("task", "停止要望"));
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(records(T_MARK), 1);
	go_to(at(8, 8, 0));
	run_file("targets-2a", ONE, 2);
	go_to(at(8, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 1);
	ck_assert_int_eq(debt_of(2, 1).result, OUT_NO_NUMBER);
	end_rig();
}
END_TEST

START_TEST(a_stop_recalls_what_is_on_its_way)
{
	start_rig((struct rig){0});
	script("09011112222", wait_call);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	uint64_t id = flying(1, "p1");
	must_ask(M_NUMBER_ADD,
		 "{\"number\":\"09011112222\",\"mark\":\"stop\",\"reason\":\"窓口で\"}");
	settle();
	ck_assert_int_eq(attempt_of(id).state, ATTEMPT_DROPPED);
	go_to(at(7, 9, 5));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_NO_NUMBER);
	end_rig();
}
END_TEST

START_TEST(lifting_needs_the_entry)
{
	start_rig((struct rig){0});
	give("num-1", "M 09011112222;p1;dead;set\n");
	ck_assert_int_eq(
	    ask(M_NUMBER_END, "{\"number\":\"09011112222\",\"mark\":\"dead\",\"reason\":\"x\"}")
		.err,
	    E_NOTFOUND); /* that would be an entry of nobody's */
	must_ask(M_NUMBER_END, "{\"number\":\"09011112222\",\"mark\":\"dead\",\"person\":\"p1\","
			       "\"reason\":\"番号が変わった\"}");
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 1);
	ck_assert_uint_eq(out_rows("numbers", "action=lift"), 1);
	end_rig();
}
END_TEST

/* ---- one number ---- */

START_TEST(a_machine_is_no_conversation)
{
	start_rig((struct rig){0});
	script("09011112222",
	       (struct fake_call){.kind = FAKE_END, .answered = true, .code = OUT_MACHINE});
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	struct number_rec n;
	ck_assert_int_eq(LOOK(db_number_get(&tx, "09011112222", &n)), 0);
	ck_assert_uint_eq(n.attempts, 1);
	ck_assert_uint_eq(n.conversations, 0);
	end_rig();
}
END_TEST

START_TEST(after_a_crash_the_number_is_locked_for_the_calls_limit)
{
	start_rig((struct rig){0});
	script("09011112222", hold_call);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	crash();
	run_file("targets-2a", ONE, 2);
	struct number_rec n;
	ck_assert_int_eq(LOOK(db_number_get(&tx, "09011112222", &n)), 0);
	ck_assert_int_gt(n.locked_ms, at(7, 9, 5));
	settle();
	ck_assert_uint_eq(dialled(NULL), 0);
	end_rig();
}
END_TEST

static TCase *holding(void)
{
	TCase *t = tcase_create("holds");
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, before_the_run, 0, KINDS);
	tcase_add_loop_test(t, while_it_waits_prepared, 0, KINDS);
	tcase_add_loop_test(t, while_it_is_intended, 0, KINDS);
	tcase_add_loop_test(t, while_he_speaks, 0, KINDS);
	tcase_add_loop_test(t, before_a_message, 0, KINDS);
	tcase_add_loop_test(t, across_runs_departments_and_crashes, 0, KINDS);
	tcase_add_test(t, one_that_is_ended_lets_him_be_called);
	tcase_add_test(t, what_staff_may_not_ask_for);
	return t;
}

static TCase *replying(void)
{
	TCase *t = tcase_create("replies and files");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_reply_holds_other_runs);
	tcase_add_test(t, a_date_that_is_none_becomes_a_task);
	tcase_add_test(t, promises_are_kept_or_broken);
	tcase_add_test(t, the_same_reply_again_is_the_same_hold);
	tcase_add_test(t, files_hold_and_lift);
	tcase_add_test(t, a_hold_of_one_gyomu);
	return t;
}

static TCase *numbering(void)
{
	TCase *t = tcase_create("numbers");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_dead_number_is_not_called_by_the_next_run);
	tcase_add_test(t, no_number_left_is_84);
	tcase_add_test(t, an_entry_and_another_person);
	tcase_add_test(t, a_stop_of_one_channel);
	tcase_add_test(t, a_stop_that_is_wished_in_a_call);
	tcase_add_test(t, a_stop_recalls_what_is_on_its_way);
	tcase_add_test(t, lifting_needs_the_entry);
	tcase_add_test(t, a_machine_is_no_conversation);
	tcase_add_test(t, after_a_crash_the_number_is_locked_for_the_calls_limit);
	return t;
}

UNIT_MAIN("turn_holds", holding, replying, numbering)
