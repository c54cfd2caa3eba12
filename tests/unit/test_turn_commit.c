/*
 * The turn's transaction on a store that fails: nothing is dialled before its intent is on
 * disk, no outcome is seen before it is, and each message is applied once, whatever the
 * commit answers. And the clock: nothing starts while it jumps.
 */
#include "tests/unit/turn_rig.inc"

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

static size_t no_memory;

static int voice_post_later(struct voice *v, const struct voice_cmd *cmd)
{
	return cmd->kind == VC_INTENT && no_memory && no_memory-- ? E_NOMEM : voice_post(v, cmd);
}

static int text_post_later(struct text *t, const struct text_cmd *cmd)
{
	return cmd->kind == TC_SUBMIT && no_memory && no_memory-- ? E_NOMEM : text_post(t, cmd);
}

/* Nothing was sent: it does not count, its line and its money are free, and it is tried again. */
START_TEST(a_channel_without_memory_dropped_it)
{
	for (int sms = 0; sms < 2; sms++) {
		start_rig((struct rig){.waves = sms ? sms_wave : NULL,
				       .limit_sen = 1000 * 100,
				       .tariff = {.call_sen = 880, .segment_sen = 330}});
		voice_ops.post = voice_post_later;
		text_ops.post = text_post_later;
		run_file("targets-1a", ONE, 1);
		no_memory = 1;
		go_to(at(7, 9, 0));
		ck_assert_uint_eq(no_memory, 0);
		ck_assert_int_eq(attempt_of(1).state, ATTEMPT_DROPPED);
		ck_assert_str_eq(attempt_of(1).why, err_str(E_NOMEM));
		ck_assert_uint_eq(attempts(), 1);
		ck_assert_uint_eq(map_count(e->flights), 0);
		ck_assert_uint_eq(e->lines_used + e->sms_used, 0);
		ck_assert_int_eq(run_view(e, 1)->reserved_sen, 0);
		ck_assert_int_eq(target_of(1, "p1").state, TARGET_WAITING);
		ck_assert_uint_eq(run_of(1).dropped, 1);
		go_to(at(7, 9, 2));
		ck_assert_uint_eq(attempts(), 2);
		ck_assert_int_ne(attempt_of(2).state, ATTEMPT_DROPPED);
		end_rig();
	}
}
END_TEST

static TCase *commits(void)
{
	TCase *t = tcase_create("commits");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, an_outcome_is_on_disk_before_anybody_sees_it);
	tcase_add_test(t, a_deadlock_runs_the_same_batch_again);
	tcase_add_test(t, reads_may_deadlock_too);
	tcase_add_test(t, a_commit_that_failed_dials_nothing_and_is_tried_again);
	tcase_add_test(t, the_engine_can_be_stopped_while_the_disk_is_full);
	tcase_add_test(t, a_commit_that_is_not_known);
	tcase_add_test(t, unknown_outcome_commits_are_applied_once);
	tcase_add_test(t, a_clock_jump_stops_starting);
	tcase_add_test(t, a_channel_without_memory_dropped_it);
	return t;
}

UNIT_MAIN("turn_commit", commits)
