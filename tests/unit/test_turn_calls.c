/*
 * Calls through the whole engine on fakes: intent before dialling, outcome before
 * anybody sees it, lines, pacer, windows, recall, payments, one number, branches.
 */
#include "tests/unit/turn_rig.inc"

#define ONE "T p1;14;kotei;2026;3;n1;12000;長野太郎;503;09011112222m\n"
#define TWO ONE "T p2;14;kotei;2026;3;n2;8000;伊那花子;1224;09033334444m\n"

static const struct fake_call wait_call = {
    .kind = FAKE_WAIT, .answered = true, .code = OUT_ANSWERED, .heard = true};
static const struct fake_call hold_call = {
    .kind = FAKE_HOLD, .answered = true, .code = OUT_ANSWERED};
static const struct fake_call busy_call = {.kind = FAKE_END, .code = OUT_BUSY, .sip_status = 486};

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

/* voice_post() of the rig aborts if the intent is not committed; here the other side: nothing of an
 * outcome is visible before its commit. */
START_TEST(an_outcome_is_on_disk_before_anybody_sees_it)
{
	start_rig((struct rig){0});
	script("09011112222", hold_call);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	uint64_t id = flying(1, "p1");
	ck_assert_uint_ne(id, 0);
	ck_assert_int_eq(attempt_of(id).state, ATTEMPT_ANSWERED);
	ck_assert_uint_eq(e->lines_used, 1);
	/* the disk is full while the outcome comes */
	fake_store_fail_commit(e->store, 1, FAKE_COMMIT_NOSPC);
	ck_assert(fake_voice_end(e->voice, id, OUT_ANSWERED));
	(void)turn();
	if (alerted("commit")) /* not yet tried again */
		ck_assert_uint_eq(e->lines_used, 1);
	settle();
	for (int i = 0; i < 300 && alerted("commit"); i++)
		turn_and_wait();
	settle();
	ck_assert_int_eq(attempt_of(id).state, ATTEMPT_ENDED);
	ck_assert_uint_eq(e->lines_used, 0);
	ck_assert_uint_eq(target_of(1, "p1").n_past, 1); /* once */
	end_rig();
}
END_TEST

START_TEST(a_deadlock_runs_the_same_batch_again)
{
	/* at the n-th put of the turn that dials, and of the turn that records the outcome */
	for (unsigned nth = 1; nth <= 13; nth += 2) {
		start_rig((struct rig){0});
		run_file("targets-1a", ONE, 1);
		ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
		fake_store_fail_put(e->store, nth, E_DEADLOCK);
		settle();
		settle();
		ck_assert_uint_eq(dialled(NULL), 1);
		ck_assert_uint_eq(attempts(), 1);
		ck_assert_uint_eq(target_of(1, "p1").n_past, 1);
		ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
		ck_assert_uint_eq(run_of(1).calls, 1);
		ck_assert_uint_eq(out_rows("results", "result=10"), 1);
		ck_assert_uint_eq(out_rows("contacts", "outcome=10"), 1);
		ck_assert_uint_eq(e->lines_used, 0);
		ck_assert(!alerted("commit"));
		end_rig();
	}
}
END_TEST

START_TEST(reads_may_deadlock_too)
{
	for (unsigned nth = 1; nth <= 36; nth += 7) {
		start_rig((struct rig){0});
		run_file("targets-1a", ONE, 1);
		ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
		fake_store_fail_get(e->store, nth, E_DEADLOCK);
		for (int i = 0; i < 60; i++) {
			ck_assert_int_eq(turn(), 0);
		}
		fake_store_fail_get(e->store, 0, 0);
		settle();
		ck_assert_uint_eq(dialled(NULL), 1);
		ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
		end_rig();
	}
}
END_TEST

/* Brings the engine to the turn whose commit writes the intent: prompts are ready, the window
 * opens. */
static void ready_to_dial(void)
{
	run_file("targets-1a", ONE, 1);
	e->trunk_up = true;
	e->settle_boot_ms = clock_boot_ms() + MS_PER_DAY; /* nothing starts */
	ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
	settle();
	e->settle_boot_ms = 0;
	turns(1); /* prepares */
	while (map_count(e->ready) == 0 || e->preparing)
		turns(1);
	ck_assert_uint_eq(attempts(), 0);
}

START_TEST(a_commit_that_failed_dials_nothing_and_is_tried_again)
{
	start_rig((struct rig){0});
	ready_to_dial();
	fake_store_fail_commit(e->store, 1, FAKE_COMMIT_NOSPC);
	int64_t from = clock_boot_ms();
	ck_assert_int_eq(turn(), 0);
	ck_assert_int_lt(clock_boot_ms() - from, 3000);
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_uint_eq(attempts(), 0);
	ck_assert(was_alerted("commit"));
	for (int i = 0; i < 300 && dialled(NULL) == 0; i++)
		turn_and_wait();
	settle();
	ck_assert_uint_eq(dialled(NULL), 1);
	ck_assert_uint_eq(attempts(), 1);
	ck_assert(!alerted("commit"));
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	end_rig();
}
END_TEST

static void *stop_soon(void *arg)
{
	poll(NULL, 0, 100);
	engine_stop(arg);
	return NULL;
}

START_TEST(the_engine_can_be_stopped_while_the_disk_is_full)
{
	pthread_t thread;
	start_rig((struct rig){0});
	script("09011112222", hold_call);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	fake_store_fail_commit(e->store, 1, FAKE_COMMIT_NOSPC);
	ck_assert(fake_voice_end(e->voice, flying(1, "p1"), OUT_ANSWERED));
	ck_assert_int_eq(pthread_create(&thread, NULL, stop_soon, e), 0);
	ck_assert_int_eq(engine_turn(e, 1), E_NOSPC);
	ck_assert(alerted("commit"));
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	/* What could not be written is found again: the call is unknown, not lost. */
	crash();
	settle();
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_UNKNOWN);
	ck_assert_int_eq(target_of(1, "p1").past[0].past.code, OUT_UNKNOWN);
	end_rig();
}
END_TEST

START_TEST(a_commit_that_is_not_known)
{
	static const struct {
		enum fake_commit how;
		const char *words;
	} cases[] = {{FAKE_COMMIT_UNKNOWN_APPLIED, "it was there"},
		     {FAKE_COMMIT_UNKNOWN_LOST, "it was not"}};
	for (size_t i = 0; i < 2; i++) {
		start_rig((struct rig){0});
		ready_to_dial();
		fake_store_fail_commit(e->store, 1, cases[i].how);
		turns(1);
		settle();
		ck_assert_msg(dialled(NULL) == 1, "%s: dialled %zu", cases[i].words, dialled(NULL));
		ck_assert_uint_eq(attempts(), 1);
		ck_assert_uint_eq(run_of(1).calls, 1);
		ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
		ck_assert(!alerted("commit"));
		end_rig();
	}
}
END_TEST

START_TEST(unknown_outcome_commits_are_applied_once)
{
	for (int how = FAKE_COMMIT_UNKNOWN_APPLIED; how <= FAKE_COMMIT_UNKNOWN_LOST; how++) {
		start_rig((struct rig){0});
		script("09011112222", hold_call);
		run_file("targets-1a", ONE, 1);
		go_to(at(7, 9, 0));
		uint64_t id = flying(1, "p1");
		fake_store_fail_commit(e->store, 1, (enum fake_commit)how);
		ck_assert(fake_voice_end(e->voice, id, OUT_BUSY));
		settle();
		ck_assert_uint_eq(target_of(1, "p1").n_past, 1);
		ck_assert_uint_eq(records(T_OUTROW), 1);
		ck_assert_uint_eq(e->lines_used, 0);
		end_rig();
	}
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

/* ---- payments ---- */

#define PAY1 "P p1;14;kotei;2026;3;n1;full\n"

START_TEST(recall_before_dialling)
{
	start_rig((struct rig){0});
	script("09011112222", wait_call);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	uint64_t id = flying(1, "p1");
	ck_assert_int_eq(attempt_of(id).state, ATTEMPT_INTENDED);
	give("pay-1", PAY1);
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_int_eq(attempt_of(id).state, ATTEMPT_DROPPED);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID);
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	ck_assert_uint_eq(e->lines_used, 0);
	go_to(at(7, 15, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_uint_eq(out_rows("results", "result=80"), 1);
	ck_assert_uint_eq(out_rows("contacts", "attempt="), 0); /* a dropped one is no contact */
	end_rig();
}
END_TEST

START_TEST(recall_too_late)
{
	start_rig((struct rig){0});
	script("09011112222", hold_call);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	uint64_t id = flying(1, "p1");
	give("pay-1", PAY1);
	ck_assert_uint_eq(recalls, 1); /* the call is told that its debts are stale, and goes on */
	ck_assert_int_eq(attempt_of(id).state, ATTEMPT_ANSWERED);
	ck_assert(fake_voice_end(e->voice, id, OUT_NO_ANSWER));
	settle();
	ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID);
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	ck_assert_uint_eq(dialled(NULL), 1);
	end_rig();
}
END_TEST

START_TEST(recall_too_late_but_heard)
{
	start_rig((struct rig){0});
	script("09011112222",
	       (struct fake_call){.kind = FAKE_HOLD, .answered = true, .heard = true});
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	uint64_t id = flying(1, "p1");
	give("pay-1", PAY1);
	ck_assert(fake_voice_end(e->voice, id, OUT_ANSWERED));
	settle();
	ck_assert_int_eq(debt_of(1, 1).result, OUT_ANSWERED); /* 10 heard stands before 80 */
	end_rig();
}
END_TEST

START_TEST(a_part_payment_makes_new_prompts)
{
	start_rig((struct rig){.lines = 1});
	script("09033334444", hold_call);
	/* p2 holds the one line, p1's prompts with 12,000 yen are ready */
	run_file("targets-1a", "T p0;14;kotei;2026;3;n2;8000;伊那花子;1224;09033334444m\n" ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled("09033334444"), 1);
	settle();
	ck_assert_uint_eq(map_count(e->ready), 1);
	uint64_t version = target_of(1, "p1").debts_version;
	size_t before = fake_speech_posts(e->speech);
	give("pay-1", "P p1;14;kotei;2026;3;n1;5000\n");
	ck_assert_int_eq(debt_of(1, 1 + 1).amount, 5000);
	ck_assert_int_eq(debt_of(1, 1 + 1).amount_first, 12000);
	ck_assert_uint_eq(target_of(1, "p1").debts_version, version + 1);
	settle();
	ck_assert_uint_eq(fake_speech_posts(e->speech), before + 1);
	ck_assert(fake_voice_end(e->voice, flying(1, "p0"), OUT_ANSWERED));
	settle();
	const struct fake_dialled *list;
	size_t n = fake_voice_dialled(e->voice, &list);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(list[1].debts_version, version + 1);
	go_to(at(7, 9, 15)); /* rows that wait for a file go out after ten minutes */
	ck_assert_uint_eq(out_rows("results", "amount=5000"), 1);
	end_rig();
}
END_TEST

START_TEST(a_part_payment_recalls_what_was_intended)
{
	start_rig((struct rig){0});
	script("09011112222", wait_call);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	uint64_t id = flying(1, "p1");
	give("pay-1", "P p1;14;kotei;2026;3;n1;5000\n");
	ck_assert_int_eq(attempt_of(id).state, ATTEMPT_DROPPED);
	settle();
	ck_assert_uint_eq(attempts(), 2); /* anew, at once */
	uint64_t again = flying(1, "p1");
	ck_assert_uint_ne(again, id);
	ck_assert_uint_eq(attempt_of(again).debts_version, 2);
	ck_assert(fake_voice_end(e->voice, again, OUT_ANSWERED));
	settle();
	end_rig();
}
END_TEST

/* One file may pay very many debts of one person: one recall is enough, and the channel's mailbox
 * has room for one a line. */
START_TEST(a_hundred_payments_one_recall)
{
	char *targets = calloc(100, 100), *pays = calloc(100, 100), *t = targets, *p = pays;
	for (int i = 0; i < 100; i++) {
		t += sprintf(t, "T p1;14;kotei;2026;%d;n;100;長野太郎;503;09011112222m\n", i);
		p += sprintf(p, "P p1;14;kotei;2026;%d;n;full\n", i);
	}
	start_rig((struct rig){.lines = 1});
	script("09011112222", hold_call);
	run_file("targets-1a", targets, 1);
	go_to(at(7, 9, 0));
	give("pay-1", pays);
	ck_assert_uint_eq(recalls, 1);
	ck_assert(fake_voice_end(e->voice, flying(1, "p1"), OUT_NO_ANSWER));
	settle();
	ck_assert_uint_eq(out_rows("results", "result=80"), 100);
	free(targets);
	free(pays);
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

/* The machine's clock is set: nothing starts or expires until it settled. */
START_TEST(a_clock_jump_stops_starting)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	e->wall_ms -= 60000; /* as if the wall clock had gained a minute since the last turn */
	ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
	turns(20);
	ck_assert(alerted("clock"));
	ck_assert_uint_eq(dialled(NULL), 0);
	e->settle_boot_ms = clock_boot_ms() - 1; /* it settled */
	settle();
	ck_assert_uint_eq(dialled(NULL), 1);
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

static TCase *turn_itself(void)
{
	TCase *t = tcase_create("turn");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, prompts_of_another_list_of_debts_are_made_again);
	tcase_add_test(t, a_print_tells_lists_apart);
	tcase_add_test(t, one_call_from_drop_to_result);
	tcase_add_test(t, an_outcome_is_on_disk_before_anybody_sees_it);
	tcase_add_test(t, a_deadlock_runs_the_same_batch_again);
	tcase_add_test(t, reads_may_deadlock_too);
	tcase_add_test(t, a_commit_that_failed_dials_nothing_and_is_tried_again);
	tcase_add_test(t, the_engine_can_be_stopped_while_the_disk_is_full);
	tcase_add_test(t, a_commit_that_is_not_known);
	tcase_add_test(t, unknown_outcome_commits_are_applied_once);
	tcase_add_test(t, a_clock_jump_stops_starting);
	return t;
}

static TCase *starting(void)
{
	TCase *t = tcase_create("starting");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, never_more_intents_than_lines);
	tcase_add_test(t, never_more_than_the_pacer_places);
	tcase_add_test(t, many_calls_each_once);
	tcase_add_test(t, nothing_starts_outside_a_window);
	tcase_add_test(t, prompts_that_wait_do_not_stand_in_another_runs_way);
	tcase_add_test(t, speech_that_fails_is_not_asked_without_end);
	tcase_add_test(t, what_cannot_be_spoken_ends_as_85);
	tcase_add_test(t, no_number_ends_as_84);
	tcase_add_test(t, a_channel_that_refuses_all_does_not_spin);
	tcase_add_test(t, nobody_is_called_while_the_trunk_is_down);
	tcase_add_test(t, two_targets_that_share_a_number_never_at_once);
	tcase_add_test(t, three_attempts_a_day_over_all_runs);
	return t;
}

static TCase *recalling(void)
{
	TCase *t = tcase_create("recall");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, recall_before_dialling);
	tcase_add_test(t, recall_too_late);
	tcase_add_test(t, recall_too_late_but_heard);
	tcase_add_test(t, a_part_payment_makes_new_prompts);
	tcase_add_test(t, a_part_payment_recalls_what_was_intended);
	tcase_add_test(t, a_hundred_payments_one_recall);
	tcase_add_test(t, a_branch_sms_goes_to_the_mobile_that_answered);
	tcase_add_test(t, a_branch_without_a_mobile_says_so);
	return t;
}

UNIT_MAIN("turn_calls", turn_itself, starting, recalling)
