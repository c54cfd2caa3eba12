/*
 * Calls through the whole engine on fakes: from the drop to the result, lines, pacer,
 * windows, prompts, what ends without a call, and one number at a time.
 */
#include "tests/unit/turn_rig.inc"

START_TEST(one_call_from_drop_to_result)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	ck_assert_uint_eq(dialled(NULL), 0); /* 8:00: no window is open */
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled("09011112222"), 1);
	settle();
	ck_assert_int_eq(target_of(1, "p1").state, TARGET_DONE);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_ANSWERED);
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	ck_assert_uint_eq(out_rows("results", "result=10"), 1);
	ck_assert_uint_eq(out_rows("contacts", "outcome=10"), 1);
	ck_assert_uint_eq(out_rows("receipt", "rows_taken=1"), 1);
	ck_assert(there("drop/in/taken/targets-1a.1"));
	end_rig();
}
END_TEST

static void put_general(void)
{
	put_file("specs/campaigns/g.xml",
		 "<campaign xmlns=\"urn:osame:campaign:1\" id=\"g\" department=\"zeimu\" "
		 "kind=\"general\"><title>健診のお知らせ</title>"
		 "<files layout=\"targets\" pattern=\"general*\"/>"
		 "<dates start=\"2026-12-07\" end=\"2026-12-16\"/>"
		 "<voice scenario=\"kenshin\" caller=\"0265784111\"/>"
		 "<wave id=\"a\" channel=\"voice\" from-day=\"0\" to-day=\"4\" attempts=\"3\">"
		 "<window days=\"all\" from=\"9:00\" to=\"19:00\"/></wave></campaign>");
	put_file("specs/scenarios/kenshin.vxml",
		 "<vxml version=\"2.1\" o:kind=\"general\" xmlns=\"http://www.w3.org/2001/vxml\" "
		 "xmlns:o=\"urn:osame:scenario:1\"><form id=\"a\"><block>"
		 "<prompt>伊那市役所です。健診のお知らせです。</prompt>"
		 "</block></form></vxml>");
}

/* The repository's scenarios are linked into the rig as a folder: another one of links instead. */
static void own_scenarios(void)
{
	char path[512], to[768];
	snprintf(path, sizeof path, "%s/specs/scenarios", folder);
	ssize_t n = readlink(path, to, sizeof to - 32);
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/specs/scenarios/reminder.vxml", folder);
	snprintf(to + n, sizeof to - (size_t)n, "/reminder.vxml");
	ck_assert_int_eq(symlink(to, path), 0);
}

/* Rows of a general campaign (勧奨) are no debts, and the prompts speak of none; what a call needs
 * in memory is measured all the same: one that was refused for it stopped every turn. */
START_TEST(somebody_with_many_matters_is_called)
{
	enum { MATTERS = 100 };
	static char text[MATTERS * 96];
	size_t n = 0;
	start_rig((struct rig){0});
	own_scenarios();
	put_general();
	crash(); /* which reads the specs */
	for (unsigned i = 1; i <= MATTERS; i++)
		n += (size_t)snprintf(text + n, sizeof text - n,
				      "T p1;000;kenshin;2026;%u;n1;0;長野太郎#;503;" P1 "m\n", i);
	run_file("general-1", text, 1);
	script(P1, heard_call);
	ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
	for (int i = 0; i < 200 && run_of(1).state != RUN_CLOSED; i++) {
		ck_assert_int_eq(turn(), 0);
		ck_assert(!e->commit_trouble);
		poll(NULL, 0, 1);
	}
	ck_assert_uint_eq(dialled(P1), 1);
	ck_assert_int_eq(debt_of(1, MATTERS).result, OUT_ANSWERED);
	end_rig();
}
END_TEST

static char *many(unsigned n, const char *number)
{
	char *text = calloc(n, 128), *at_end = text;
	for (unsigned i = 1; i <= n; i++) {
		char own[32];
		snprintf(own, sizeof own, "0901%07um", i);
		at_end += sprintf(at_end, "T p%03u;14;kotei;2026;1;n%u;1000;長野太郎;101;%s\n", i,
				  i, number ? number : own);
	}
	return text;
}

START_TEST(never_more_intents_than_lines)
{
	char *text = many(30, NULL);
	start_rig((struct rig){.lines = 3});
	fake_voice_script(e->voice, NULL, &hold_call);
	run_file("targets-1a", text, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 3);
	ck_assert_uint_eq(attempts(), 3); /* preparing is no intent */
	ck_assert_uint_gt(map_count(e->ready), 3);
	const struct fake_dialled *list;
	fake_voice_dialled(e->voice, &list);
	ck_assert(fake_voice_end(e->voice, list[0].attempt, OUT_ANSWERED));
	settle();
	ck_assert_uint_eq(dialled(NULL), 4);
	ck_assert_uint_eq(e->lines_used, 3);
	free(text);
	end_rig();
}
END_TEST

START_TEST(never_more_than_the_pacer_places)
{
	char *text = many(30, NULL);
	start_rig((struct rig){.lines = 30, .calls_per_second = 4});
	fake_voice_script(e->voice, NULL, &hold_call);
	run_file("targets-1a", text, 1);
	ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
	int64_t from = clock_boot_ms();
	e->tokens = 0;
	e->tokens_boot_ms = from;
	while (clock_boot_ms() < from + 2000) {
		ck_assert_int_eq(turn(), 0);
		ck_assert_uint_le(dialled(NULL), (size_t)(4 * (clock_boot_ms() - from) / 1000 + 1));
	}
	ck_assert_uint_ge(dialled(NULL), 6);
	free(text);
	end_rig();
}
END_TEST

START_TEST(many_calls_each_once)
{
	char *text = many(300, NULL);
	start_rig((struct rig){.lines = 20});
	run_file("targets-1a", text, 1);
	ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
	for (int i = 0; i < 3000 && run_of(1).state != RUN_CLOSED; i++)
		ck_assert_int_eq(turn(), 0);
	settle();
	settle_drop();
	ck_assert_uint_eq(dialled(NULL), 300);
	ck_assert_uint_eq(attempts(), 300);
	ck_assert_uint_eq(out_rows("results", "result=10"), 300);
	ck_assert_uint_eq(out_rows("contacts", "outcome=10"), 300);
	free(text);
	end_rig();
}
END_TEST

START_TEST(nothing_starts_outside_a_window)
{
	start_rig((struct rig){0});
	script("09011112222", busy_call);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 8, 59));
	ck_assert_uint_eq(dialled(NULL), 0);
	go_to(at(7, 18, 58));
	ck_assert_uint_eq(dialled(NULL), 1);
	go_to(at(7, 19, 4)); /* the retry interval of busy, 5 min, ends after the window */
	ck_assert_uint_eq(dialled(NULL), 1);
	go_to(at(8, 3, 0));
	ck_assert_uint_eq(dialled(NULL), 1);
	go_to(at(8, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 2);
	go_to(at(20, 12, 0)); /* the campaign is over: what was tried decides */
	ck_assert_uint_eq(dialled(NULL), 2);
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_BUSY);
	end_rig();
}
END_TEST

START_TEST(prompts_that_wait_do_not_stand_in_another_runs_way)
{
	char *text = many(8, NULL);
	start_rig((struct rig){.prepare_ahead = 4, .lines = 1});
	fake_voice_script(e->voice, NULL, &hold_call);
	run_file("targets-1a", text, 1);
	go_to(at(7, 9, 0)); /* one call, and four more are ready */
	ck_assert_uint_eq(dialled(NULL), 1);
	must(M_RUN_PAUSE, 1);
	const struct fake_dialled *list;
	fake_voice_dialled(e->voice, &list);
	ck_assert(fake_voice_end(e->voice, list[0].attempt, OUT_ANSWERED));
	settle();
	run_file("targets-2a", "T q1;14;kotei;2026;1;m1;1000;箕輪太郎;101;09099990000m\n", 2);
	settle();
	ck_assert_uint_eq(dialled("09099990000"), 1);
	free(text);
	end_rig();
}
END_TEST

START_TEST(speech_that_fails_is_not_asked_without_end)
{
	start_rig((struct rig){0});
	fake_speech_script(e->speech, "伊那", E_IO);
	run_file("targets-1a", ONE, 1);
	size_t before = fake_speech_posts(e->speech);
	ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
	turns(100);
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert(alerted("speech"));
	ck_assert_uint_le(fake_speech_posts(e->speech) - before, 2);
	fake_speech_script(e->speech, "伊那", 0);
	for (int i = 0; i < 1300 && dialled(NULL) == 0; i++)
		turn_and_wait();
	ck_assert_uint_eq(dialled(NULL), 1);
	settle();
	ck_assert(!alerted("speech"));
	end_rig();
}
END_TEST

START_TEST(what_cannot_be_spoken_ends_as_85)
{
	start_rig((struct rig){0});
	fake_speech_script(e->speech, "市役所", E_INVALID);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(attempts(), 0);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_UNSPEAKABLE);
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	end_rig();
}
END_TEST

START_TEST(no_number_ends_as_84)
{
	start_rig((struct rig){0});
	run_file("targets-1a",
		 "T p1;14;kotei;2026;3;n1;12000;長野太郎;503;\nT "
		 "p2;14;kotei;2026;3;n1;1;伊那;503;0265111111w\n",
		 1);
	go_to(at(7, 9, 0));
	ck_assert_int_eq(debt_of(1, 1).result, OUT_NO_NUMBER);
	ck_assert_int_eq(debt_of(1, 2).result, OUT_NO_NUMBER); /* 勤務先 is not dialled */
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	end_rig();
}
END_TEST

START_TEST(a_channel_that_refuses_all_does_not_spin)
{
	start_rig((struct rig){0});
	script("09011112222", (struct fake_call){.kind = FAKE_DROP});
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	turns(50);
	ck_assert_uint_eq(attempts(), 1);
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_DROPPED);
	ck_assert_uint_eq(target_of(1, "p1").n_past, 0); /* it does not count */
	ck_assert_uint_eq(run_of(1).dropped, 1);
	go_to(at(7, 9, 2));
	ck_assert_uint_eq(attempts(), 2);
	end_rig();
}
END_TEST

/* ---- one number ---- */

START_TEST(two_targets_that_share_a_number_never_at_once)
{
	char *text = many(2, "09011112222m");
	start_rig((struct rig){0});
	script("09011112222", hold_call);
	run_file("targets-1a", text, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 1);
	go_to(at(7, 9, 30));
	ck_assert_uint_eq(dialled(NULL), 1);
	const struct fake_dialled *list;
	fake_voice_dialled(e->voice, &list);
	ck_assert(fake_voice_end(e->voice, list[0].attempt, OUT_ANSWERED));
	go_to(at(7, 12, 0)); /* one conversation a day */
	ck_assert_uint_eq(dialled(NULL), 1);
	go_to(at(8, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 2);
	free(text);
	end_rig();
}
END_TEST

START_TEST(three_attempts_a_day_over_all_runs)
{
	start_rig((struct rig){0});
	script("09011112222", busy_call);
	run_file("targets-1a", ONE, 1);
	run_file("targets-2a", "T q1;14;kotei;2026;1;m1;1000;箕輪太郎;101;09011112222m\n", 2);
	for (int h = 9; h <= 18; h++)
		for (int m = 0; m < 60; m += 10)
			go_to(at(7, h, m));
	ck_assert_uint_eq(dialled(NULL), 3);
	go_to(at(8, 9, 0));
	go_to(at(8, 9, 1));
	go_to(at(8, 9, 2));
	ck_assert_uint_ge(dialled(NULL), 4);
	end_rig();
}
END_TEST

START_TEST(nobody_is_called_while_the_trunk_is_down)
{
	start_rig((struct rig){0});
	fake_voice_trunk(e->voice, false);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert(alerted("trunk"));
	fake_voice_trunk(e->voice, true);
	settle();
	ck_assert_uint_eq(dialled(NULL), 1);
	ck_assert(!alerted("trunk"));
	end_rig();
}
END_TEST

/* Time alone may change which debts are asked for, without a new version: a wait for a debit ends,
 * an exclusion begins. What was rendered before then speaks of another total. */
START_TEST(prompts_of_another_list_of_debts_are_made_again)
{
	start_rig((struct rig){.lines = 1});
	script("09011112222", hold_call);
	run_file("targets-1a", ONE "T p2;14;kotei;2026;3;n2;8000;伊那花子;1224;09033334444m\n", 1);
	go_to(at(7, 9, 0));
	uint64_t id = flying(1, "p1");
	struct ready *r = prepare_ready(e, 1, target_of(1, "p2").id);
	ck_assert_ptr_nonnull(r);
	ck_assert(r->done && r->set);
	uint64_t job = r->job;
	r->print ^= 1;
	ck_assert(fake_voice_end(e->voice, id, OUT_ANSWERED));
	settle();
	ck_assert_uint_eq(dialled("09033334444"), 1);
	ck_assert_uint_gt(e->next_job, job); /* rendered once more, and only that was spoken */
	end_rig();
}
END_TEST

START_TEST(a_print_tells_lists_apart)
{
	const struct debt one = {.row = 1, .amount = 100, .due_day = 5},
			  two = {.row = 2, .amount = 50};
	const struct debt lists[][2] = {{one, two}, {two, one}, {one, one}};
	struct debt changed = one;

	changed.amount = 99;
	ck_assert(debts_print(&one, 1) != debts_print(&changed, 1));
	ck_assert(debts_print(&one, 1) != debts_print(&two, 1));
	ck_assert(debts_print(lists[0], 2) != debts_print(lists[1], 2));
	ck_assert(debts_print(lists[0], 2) != debts_print(lists[2], 2));
	ck_assert(debts_print(&one, 1) != debts_print(lists[0], 2));
	ck_assert(debts_print(&one, 1) == debts_print(lists[0], 1));
}
END_TEST

static TCase *calling(void)
{
	TCase *t = tcase_create("calls");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, one_call_from_drop_to_result);
	tcase_add_test(t, somebody_with_many_matters_is_called);
	tcase_add_test(t, never_more_intents_than_lines);
	tcase_add_test(t, never_more_than_the_pacer_places);
	tcase_add_test(t, many_calls_each_once);
	tcase_add_test(t, nothing_starts_outside_a_window);
	tcase_add_test(t, prompts_that_wait_do_not_stand_in_another_runs_way);
	tcase_add_test(t, speech_that_fails_is_not_asked_without_end);
	tcase_add_test(t, what_cannot_be_spoken_ends_as_85);
	tcase_add_test(t, no_number_ends_as_84);
	tcase_add_test(t, a_channel_that_refuses_all_does_not_spin);
	tcase_add_test(t, two_targets_that_share_a_number_never_at_once);
	tcase_add_test(t, three_attempts_a_day_over_all_runs);
	tcase_add_test(t, nobody_is_called_while_the_trunk_is_down);
	tcase_add_test(t, prompts_of_another_list_of_debts_are_made_again);
	tcase_add_test(t, a_print_tells_lists_apart);
	return t;
}

UNIT_MAIN("turn_calls", calling)
