/*
 * Runs and who commands them: approval by another person, what was approved against what
 * the specs are now, pause, resume and the emergency stop.
 */
#include "tests/unit/turn_rig.inc"

START_TEST(another_person_approves)
{
	start_rig((struct rig){.real_clock = true});
	give("targets-1a", ONE);
	ck_assert_int_eq(command_as("tanto", M_RUN_APPROVE, 1).err, E_STATE);
	ck_assert_int_eq(command_as("tanto", M_RUN_START, 1).err, E_STATE);
	struct said s = command_as("tanto", M_RUN_SUBMIT, 1);
	ck_assert_int_eq(s.err, 0);
	ck_assert_int_eq(s.seen, RUN_SUBMITTED); /* on disk before the answer */
	ck_assert_int_eq(command_as("tanto", M_RUN_APPROVE, 1).err, E_DENIED);
	ck_assert_int_eq(run_of(1).state, RUN_SUBMITTED);
	ck_assert_int_eq(command_as("kacho", M_RUN_APPROVE, 1).err, 0);
	struct run_rec run = run_of(1);
	ck_assert_str_eq(run.submitter, "tanto");
	ck_assert_str_eq(run.approver, "kacho");
	ck_assert(!run.self_approved);
	ck_assert_int_eq(command_as("tanto", M_RUN_START, 99).err, E_NOTFOUND);
	end_rig();
}
END_TEST

START_TEST(what_was_looked_at_is_approved)
{
	struct json *params = json_new_object();
	char sha[65] = "0123";
	start_rig((struct rig){0});
	give("targets-1a", ONE);
	must(M_RUN_SUBMIT, 1);
	json_put_int(params, "run", 1);
	json_put_str(params, "sha256", sha);
	struct said s = ask_as("kacho", M_RUN_APPROVE, params);
	ck_assert_int_eq(s.err, E_STATE);
	ck_assert_str_eq(s.why, "run 1 is not what you looked at: look at it again");
	ck_assert_int_eq(run_of(1).state, RUN_SUBMITTED);
	params = json_new_object();
	snprintf(sha, sizeof sha, "%s", run_of(1).approval);
	json_put_int(params, "run", 1);
	json_put_str(params, "sha256", sha);
	ck_assert_int_eq(ask_as("kacho", M_RUN_APPROVE, params).err, 0);
	ck_assert_int_eq(run_of(1).state, RUN_APPROVED);
	end_rig();
}
END_TEST

START_TEST(under_the_rehearsal_clock_the_record_says_so)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	ck_assert(run_of(1).self_approved);
	ck_assert(run_of(1).rehearsal);
	end_rig();
}
END_TEST

/* The specs change while a run waits: what was approved is not what would run. */
static void change_specs(const char *what)
{
	if (strcmp(what, "campaign") == 0)
		put_campaign("c1", "targets-1*", "別の題名", one_wave);
	crash();
	settle();
}

START_TEST(a_changed_campaign_returns_to_draft)
{
	for (int approved = 0; approved < 2; approved++) {
		start_rig((struct rig){0});
		give("targets-1a", ONE);
		must(M_RUN_SUBMIT, 1);
		if (approved)
			must(M_RUN_APPROVE, 1);
		change_specs("nothing");
		ck_assert_int_eq(run_of(1).state, approved ? RUN_APPROVED : RUN_SUBMITTED);
		change_specs("campaign");
		ck_assert_int_eq(run_of(1).state, RUN_DRAFT);
		ck_assert(alerted("campaign"));
		end_rig();
	}
}
END_TEST

START_TEST(a_changed_campaign_pauses_a_run_and_it_does_not_resume)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	change_specs("campaign");
	ck_assert_int_eq(run_of(1).state, RUN_PAUSED);
	ck_assert_int_eq(command_as("kacho", M_RUN_RESUME, 1).err, E_STATE);
	ck_assert_int_eq(run_of(1).state, RUN_PAUSED);
	put_campaign("c1", "targets-1*", "納付催告", one_wave); /* the approved file is back */
	crash();
	settle();
	must(M_RUN_RESUME, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 1);
	end_rig();
}
END_TEST

START_TEST(pause_and_resume)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	must(M_RUN_PAUSE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	must(M_RUN_RESUME, 1);
	settle();
	ck_assert_uint_eq(dialled(NULL), 1);
	end_rig();
}
END_TEST

START_TEST(emergency_stop)
{
	start_rig((struct rig){.lines = 1});
	script("09011112222", hold_call);
	run_file("targets-1a", ONE "T p2;14;kotei;2026;3;n2;8000;伊那花子;1224;09033334444m\n", 1);
	give("targets-2a", ONE);
	go_to(at(7, 9, 0));
	uint64_t id = flying(1, "p1");
	struct said s = command_as("kacho", M_STOP_ALL, 0);
	ck_assert_int_eq(s.err, 0);
	settle();
	ck_assert_int_eq(run_of(1).state, RUN_STOPPED);
	ck_assert_int_eq(run_of(2).state, RUN_STOPPED); /* a draft, too */
	ck_assert_int_eq(debt_of(1, 2).result, OUT_STOPPED);
	ck_assert_int_eq(debt_of(2, 1).result, OUT_STOPPED);
	ck_assert_int_eq(attempt_of(id).state, ATTEMPT_ANSWERED); /* a call in progress is left */
	ck_assert_int_eq(debt_of(1, 1).result, OUT_NONE);
	ck_assert(fake_voice_end(e->voice, id, OUT_ANSWERED));
	settle();
	settle_drop();
	ck_assert_int_eq(debt_of(1, 1).result, OUT_ANSWERED);
	ck_assert_int_eq(run_of(1).state, RUN_STOPPED);
	ck_assert_uint_eq(out_rows("results", "result="), 3);
	ck_assert_uint_eq(dialled(NULL), 1);
	end_rig();
}
END_TEST

START_TEST(a_stop_goes_on_after_a_crash)
{
	start_rig((struct rig){0});
	script("09011112222", wait_call);
	run_file("targets-1a", ONE "T p2;14;kotei;2026;3;n2;8000;伊那花子;1224;09033334444m\n", 1);
	must(M_RUN_STOP, 1);
	crash();
	settle_drop();
	ck_assert_uint_eq(out_rows("results", "result=86"), 2);
	end_rig();
}
END_TEST

static TCase *runs(void)
{
	TCase *t = tcase_create("runs");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, another_person_approves);
	tcase_add_test(t, what_was_looked_at_is_approved);
	tcase_add_test(t, under_the_rehearsal_clock_the_record_says_so);
	tcase_add_test(t, a_changed_campaign_returns_to_draft);
	tcase_add_test(t, a_changed_campaign_pauses_a_run_and_it_does_not_resume);
	tcase_add_test(t, pause_and_resume);
	tcase_add_test(t, emergency_stop);
	tcase_add_test(t, a_stop_goes_on_after_a_crash);
	return t;
}

UNIT_MAIN("turn_runs", runs)
