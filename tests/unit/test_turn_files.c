/*
 * Files through the engine: intake, repeats, payments, runs and who approves them,
 * delivery and recovery with the process ending at each step.
 */
#include "tests/unit/turn_rig.inc"

#include <fcntl.h>

#define ONE "T p1;14;kotei;2026;3;n1;12000;長野太郎;503;09011112222m\n"

static const struct fake_call hold_call = {
    .kind = FAKE_HOLD, .answered = true, .code = OUT_ANSWERED};
static const struct fake_call wait_call = {
    .kind = FAKE_WAIT, .answered = true, .code = OUT_ANSWERED};

/* ---- recovery of calls ---- */

START_TEST(an_open_call_is_unknown_after_a_crash)
{
	static const struct {
		struct fake_call call;
		enum attempt_state before;
		const char *words;
	} cases[] = {
	    {{.kind = FAKE_WAIT}, ATTEMPT_INTENDED, "intended"},
	    {{.kind = FAKE_HOLD}, ATTEMPT_PLACED, "placed"},
	    {{.kind = FAKE_HOLD, .answered = true}, ATTEMPT_ANSWERED, "answered"},
	};
	for (size_t i = 0; i < 3; i++) {
		start_rig((struct rig){.lines = 1});
		script("09011112222", cases[i].call);
		run_file("targets-1a",
			 ONE "T p2;14;kotei;2026;3;n2;8000;伊那花子;1224;09033334444m\n", 1);
		go_to(at(7, 9, 0));
		uint64_t id = flying(1, "p1");
		ck_assert_int_eq(attempt_of(id).state, cases[i].before);
		crash();
		turns(3);
		ck_assert_int_eq(attempt_of(id).state, ATTEMPT_UNKNOWN);
		ck_assert_int_eq(attempt_of(id).code, OUT_UNKNOWN);
		ck_assert_uint_eq(target_of(1, "p1").n_past, 1); /* it counts */
		ck_assert_uint_eq(e->lines_used, 1);             /* its line is busy */
		settle();
		ck_assert_uint_eq(dialled(NULL), 0); /* the one line */
		go_to(at(7, 9, 5));
		ck_assert_uint_eq(dialled(NULL), 0);
		go_to(at(7, 9, 6)); /* the call's hard limit and its ring time are over */
		ck_assert_uint_eq(dialled("09033334444"), 1);
		go_to(at(7, 18, 0));
		go_to(at(9, 12, 0));
		ck_assert_uint_eq(dialled("09011112222"), 0); /* not again in that wave */
		end_rig();
	}
}
END_TEST

START_TEST(the_number_of_an_unknown_call_is_locked_for_others)
{
	start_rig((struct rig){.lines = 4});
	script("09011112222", (struct fake_call){.kind = FAKE_HOLD}); /* it rings */
	run_file("targets-1a", ONE "T p2;14;kotei;2026;3;n2;8000;伊那花子;1224;09011112222m\n", 1);
	go_to(at(7, 9, 0));
	crash();
	go_to(at(7, 9, 4));
	ck_assert_uint_eq(dialled(NULL), 0);
	go_to(at(7, 9, 8));
	ck_assert_uint_eq(dialled(NULL), 1);
	end_rig();
}
END_TEST

START_TEST(nothing_is_dialled_twice_whatever_commit_was_the_last)
{
	/* Crash after each number of turns: attempts that reached the channel are never repeated.
	 */
	for (int n = 1; n <= 9; n++) {
		start_rig((struct rig){0});
		run_file("targets-1a", ONE, 1);
		ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
		turns(n);
		size_t before = dialled(NULL);
		crash();
		settle();
		go_to(at(7, 9, 20));
		settle_drop();
		ck_assert_uint_eq(before + dialled(NULL), 1);
		ck_assert_int_eq(target_of(1, "p1").state, TARGET_DONE);
		end_rig();
	}
}
END_TEST

/* ---- intake ---- */

START_TEST(rows_of_every_kind)
{
	start_rig((struct rig){0});
	give("targets-1a", ONE
	     "E E0002 項目がおかしい\n"
	     "T p1;14;kotei;2026;4;n1;3000;長野太郎;503;09011112222m\n"
	     "T p1;14;kotei;2026;3;n1;12000;長野太郎;503;09011112222m\n" /* the first row again */
	     "T p2;14;kotei;2026;3;n1;1;伊那花子;503;0265111111h\n");
	struct intake_rec in = intake_of(1);
	ck_assert_int_eq(in.state, FILE_TAKEN);
	ck_assert_uint_eq(in.rows_total, 5);
	ck_assert_uint_eq(in.rows_taken, 3);
	ck_assert_uint_eq(in.rows_refused, 2);
	ck_assert_uint_eq(in.row_errors, 2);
	ck_assert_uint_eq(run_of(1).debts, 3);
	ck_assert_uint_eq(run_of(1).targets, 2);
	ck_assert_uint_eq(target_of(1, "p1").n_debts, 2); /* merged */
	ck_assert_uint_eq(target_of(1, "p1").n_numbers, 1);
	ck_assert_uint_eq(out_rows("errors", "code=E0002"), 1);
	ck_assert_uint_eq(out_rows("errors", "code=E0004"), 1);
	ck_assert_uint_eq(out_rows("receipt", "rows_refused=2"), 1);
	ck_assert(intake_of(1).moved);
	end_rig();
}
END_TEST

START_TEST(a_refused_file)
{
	start_rig((struct rig){0});
	give("targets-1a", "X E0002 列の数が違います\n" ONE);
	ck_assert_int_eq(intake_of(1).state, FILE_REFUSED);
	ck_assert(there("drop/in/refused/targets-1a.1"));
	ck_assert_uint_eq(out_rows("errors", "code=E0002"), 1);
	ck_assert_uint_eq(out_rows("receipt", "state=refused"), 1);
	ck_assert_uint_eq(records(T_RUN), 0);
	give("unknown-name", ONE);
	ck_assert_int_eq(intake_of(2).state, FILE_REFUSED);
	ck_assert(there("drop/in/refused/unknown-name.2"));
	end_rig();
}
END_TEST

START_TEST(a_zero_record_file_is_a_file)
{
	for (int i = 0; i < 5; i++) { /* the verdict and the end may fall into one turn */
		start_rig((struct rig){0});
		give("targets-1a", "");
		ck_assert_int_eq(intake_of(1).state, FILE_TAKEN);
		ck_assert_uint_eq(intake_of(1).run, 0);
		ck_assert_uint_eq(records(T_RUN), 0);
		ck_assert_uint_eq(e->n_runs, 0);
		ck_assert_uint_eq(out_rows("receipt", "rows_total=0"), 1);
		end_rig();
	}
}
END_TEST

START_TEST(a_file_of_refused_rows_makes_no_run)
{
	start_rig((struct rig){0});
	give("targets-1a", "E E0001 空です\nE E0001 空です\n");
	ck_assert_int_eq(intake_of(1).state, FILE_TAKEN);
	ck_assert_uint_eq(records(T_RUN), 0);
	ck_assert_uint_eq(e->n_runs, 0);
	ck_assert_uint_eq(out_rows("receipt", "runs=0"), 1);
	end_rig();
}
END_TEST

START_TEST(repeats_only_in_open_runs_of_the_same_campaign)
{
	start_rig((struct rig){0});
	give("targets-1a", ONE);
	give("targets-1b", ONE); /* the same content under a new name: a new intake, all refused */
	ck_assert_uint_eq(intake_of(2).rows_refused, 1);
	ck_assert_uint_eq(intake_of(2).run, 0);
	give("targets-2a", ONE); /* another campaign */
	ck_assert_uint_eq(intake_of(3).rows_taken, 1);
	must(M_RUN_CLOSE, 1);
	settle();
	give("targets-1c", ONE); /* the first run is closed */
	ck_assert_uint_eq(intake_of(4).rows_taken, 1);
	ck_assert_uint_ne(intake_of(4).run, 0);
	end_rig();
}
END_TEST

/* A repeat is found wherever its first row stands: in an earlier batch of this file, in another
 * open run, in one loaded between, or before a crash. */
START_TEST(repeats_in_another_batch)
{
	char text[400] = ONE;
	strcat(text, "T p8;14;k;2026;1;n8;5;上田一;1;09011110008m\n" ONE
		     "T p1;14;kotei;2026;4;n1;3000;長野太郎;503;09011112222m\n");
	fake_exchange_batch(1);
	start_rig((struct rig){0});
	give("targets-1a", text);
	ck_assert_uint_eq(intake_of(1).rows_taken, 3);
	ck_assert_uint_eq(intake_of(1).rows_refused, 1);
	ck_assert_uint_eq(run_of(1).targets, 2);
	ck_assert_uint_eq(target_of(1, "p1").n_debts, 2);
	give("targets-2a", text); /* another campaign comes between */
	ck_assert_uint_eq(intake_of(2).rows_taken, 3);
	give("targets-1b", text); /* all stand in the first run, which is still open */
	ck_assert_uint_eq(intake_of(3).rows_taken, 0);
	ck_assert_uint_eq(intake_of(3).rows_refused, 4);
	end_rig();
}
END_TEST

/* The same bytes at the same second, whenever it is written. */
static void put_old(const char *name, const char *text)
{
	char path[512];
	const struct timespec when[2] = {{.tv_sec = 1796000000}, {.tv_sec = 1796000000}};
	put_file(name, text);
	snprintf(path, sizeof path, "%s/%s", folder, name);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, when, 0), 0);
}

START_TEST(the_same_drop_is_acknowledged_once)
{
	start_rig((struct rig){0});
	/* the remote move is lost: the file stands there and is listed again after the restart */
	drop_break = DROP_DIES_BEFORE;
	drop_break_kind = DROP_MOVE;
	give("targets-1a", ONE);
	ck_assert(there("drop/in/targets-1a"));
	ck_assert_int_eq(intake_of(1).state, FILE_TAKEN);
	crash();
	settle_drop();
	ck_assert(!there("drop/in/targets-1a"));
	ck_assert(there("drop/in/taken/targets-1a.1"));
	ck_assert_uint_eq(records(T_INTAKE), 1);
	ck_assert_uint_eq(records(T_RUN), 1);
	ck_assert_uint_eq(out_rows("receipt", "rows_taken=1"), 1);
	end_rig();
}
END_TEST

START_TEST(the_same_drop_again_before_the_next_look)
{
	start_rig((struct rig){0});
	put_old("drop/in/targets-1a", ONE);
	for (int i = 0; i < 2; i++) {
		list_drop();
		settle();
	}
	ck_assert(there("drop/in/taken/targets-1a.1"));
	put_old("drop/in/targets-1a", ONE); /* no listing has seen that it was gone */
	settle_drop();
	ck_assert(!there("drop/in/targets-1a"));
	ck_assert(there("drop/in/taken/targets-1a.1"));
	ck_assert_uint_eq(records(T_INTAKE), 1);
	ck_assert_uint_eq(out_rows("receipt", "rows_taken=1"), 1);
	end_rig();
}
END_TEST

START_TEST(the_move_was_done_and_nobody_heard)
{
	start_rig((struct rig){0});
	drop_break = DROP_DIES_AFTER;
	drop_break_kind = DROP_MOVE;
	give("targets-1a", ONE);
	ck_assert(there("drop/in/taken/targets-1a.1"));
	ck_assert(!intake_of(1).moved);
	crash();
	settle_drop();
	ck_assert(intake_of(1).moved);
	ck_assert_uint_eq(records(T_INTAKE), 1);
	end_rig();
}
END_TEST

/* kill -9 while a file comes in, after each number of turns: every row is loaded once. */
START_TEST(a_crash_while_loading_goes_on)
{
	char text[100 * 40] = "", *p = text;
	for (int i = 1; i <= 40; i++)
		p += sprintf(p, "T p%02d;14;k;2026;1;n;100;長野太郎;1;0901111%04dm\n", i, i);
	fake_exchange_batch(7);
	for (int n = 1; n <= 20; n += 3) {
		start_rig((struct rig){0});
		put_file("drop/in/targets-1a", text);
		for (int i = 0; i < n; i++) {
			e->drops[0].poll_real = 0;
			ck_assert_int_eq(turn(), 0);
		}
		crash();
		settle_drop();
		struct run_rec run = run_of(1);
		ck_assert_uint_eq(run.targets, 40);
		ck_assert_uint_eq(run.debts, 40);
		ck_assert(run.loaded);
		ck_assert_uint_eq(records(T_DEBT), 40);
		ck_assert_uint_eq(records(T_TARGET), 40);
		ck_assert_uint_eq(records(T_DUE), 40);
		ck_assert_uint_eq(intake_of(run.intake).rows_taken, 40);
		ck_assert_uint_eq(records(T_INTAKE), 1);
		ck_assert_uint_eq(out_rows("receipt", "rows_taken=40"), 1);
		end_rig();
	}
}
END_TEST

START_TEST(no_run_is_read_before_it_is_loaded_whole)
{
	start_rig((struct rig){0});
	fake_exchange_batch(1);
	fake_exchange_fail_at(2, E_IO);
	give("targets-1a", ONE "T p2;14;kotei;2026;3;n2;8000;伊那花子;1224;09033334444m\n");
	ck_assert_uint_eq(intake_of(1).rows_done, 1);
	ck_assert_int_eq(intake_of(1).state, FILE_CHECKED);
	ck_assert(alerted("intake"));
	ck_assert_int_eq(command_as("kacho", M_RUN_SUBMIT, 1).err, E_STATE);
	crash();
	settle_drop();
	ck_assert_int_eq(intake_of(1).state, FILE_TAKEN);
	ck_assert_uint_eq(run_of(1).targets, 2);
	end_rig();
}
END_TEST

/* A payment for somebody whose file is still being loaded: no debt is left without a result. */
START_TEST(a_payment_while_loading)
{
	start_rig((struct rig){0});
	fake_exchange_batch(1);
	fake_exchange_fail_at(2, E_IO);
	give("targets-1a", ONE "T p1;14;kotei;2026;4;n1;500;長野太郎;503;09011112222m\n");
	give("pay-1", "P p1;14;kotei;2026;3;n1;full\n");
	crash();
	settle_drop();
	ck_assert_uint_eq(run_of(1).targets, 1);
	ck_assert_int_eq(debt_of(1, 1).settled, SETTLED_PAID);
	must(M_RUN_SUBMIT, 1);
	must(M_RUN_APPROVE, 1);
	must(M_RUN_START, 1);
	go_to(at(7, 9, 0));
	/* The call was about the second: paid before it began, the first was not in it. */
	ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID);
	ck_assert_int_eq(debt_of(1, 2).result, OUT_ANSWERED);
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	end_rig();
}
END_TEST

/* ---- payments ---- */

START_TEST(a_payment_that_matches_several_holds_them_all)
{
	start_rig((struct rig){0});
	run_file("targets-1a",
		 ONE "T p1;14;kotei;2026;4;n1;500;長野太郎;503;09011112222m\n"
		     "T p1;15;juumin;2026;1;n9;700;長野太郎;503;09011112222m\n",
		 1);
	give("pay-1", "P p1;14;kotei;2026;;n1;full\n"); /* the layout has no period */
	ck_assert(debt_of(1, 1).held);
	ck_assert(debt_of(1, 2).held);
	ck_assert(!debt_of(1, 3).held);
	ck_assert_uint_eq(intake_of(2).rows_refused, 1);
	ck_assert_uint_eq(out_rows("errors", "code=E0004"), 1);
	go_to(at(7, 9, 0)); /* the third is still called for */
	ck_assert_uint_eq(dialled(NULL), 1);
	ck_assert_int_eq(debt_of(1, 3).result, OUT_ANSWERED);
	ck_assert_uint_eq(run_of(1).next_row[KIND_RESULTS], 3); /* each exactly one */
	end_rig();
}
END_TEST

START_TEST(all_held_ends_as_88)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE "T p1;14;kotei;2026;4;n1;500;長野太郎;503;09011112222m\n", 1);
	give("pay-1", "P p1;14;kotei;2026;;n1;full\n");
	ck_assert_int_eq(debt_of(1, 1).result, OUT_HELD);
	ck_assert_int_eq(debt_of(1, 2).result, OUT_HELD);
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	end_rig();
}
END_TEST

START_TEST(payments_again_and_for_nobody)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	give("pay-1", "P p1;14;kotei;2026;3;n1;5000\nP p9;14;kotei;2026;3;n1;full\n");
	ck_assert_int_eq(debt_of(1, 1).amount, 5000);
	ck_assert_uint_eq(intake_of(2).rows_matched, 1);
	ck_assert_uint_eq(intake_of(2).rows_taken, 2);
	uint64_t version = target_of(1, "p1").debts_version;
	give("pay-2", "P p1;14;kotei;2026;3;n1;5000\n");
	ck_assert_uint_eq(target_of(1, "p1").debts_version, version);
	give("pay-3", "P p1;14;kotei;2026;3;n1;0\n"); /* nothing left: full */
	ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID);
	give("pay-4", "P p1;14;kotei;2026;3;n1;full\n");
	ck_assert_uint_eq(run_of(1).next_row[KIND_RESULTS], 1);
	ck_assert_uint_eq(run_of(1).next_row[KIND_CORRECTIONS], 0);
	end_rig();
}
END_TEST

START_TEST(a_payment_after_the_result_is_a_correction)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	settle_drop();
	give("pay-1", "P p1;14;kotei;2026;3;n1;full\n");
	ck_assert_uint_eq(out_rows("results", "result=10"), 1);
	/* 10 heard stands before 80; what is owed now is said */
	ck_assert_uint_eq(out_rows("corrections", "amount=0"), 1);
	ck_assert_int_eq(debt_of(1, 1).settled, SETTLED_PAID);
	end_rig();
}
END_TEST

/* ---- runs ---- */

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

/* ---- delivery ---- */

/* One run that ended: its results and contacts are to go out. */
static void ended_run(void)
{
	run_file("targets-1a", ONE, 1);
	ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
	for (int i = 0; i < 400 && run_of(1).state != RUN_CLOSED; i++)
		turns(1);
}

static void all_is_delivered_once(void)
{
	struct outfile f;
	ck_assert_uint_eq(out_rows("results", "result=10"), 1);
	ck_assert_uint_eq(out_rows("contacts", "outcome=10"), 1);
	for (uint32_t n = 1; n <= records(T_OUTFILE); n++) {
		ck_assert_int_eq(LOOK(db_outfile_get(&tx, n, &f)), 0);
		ck_assert_msg(f.state == OUTFILE_DELIVERED, "file %u is %s", n,
			      outfile_state_word(f.state));
	}
	struct run_rec run = run_of(1);
	ck_assert_uint_eq(run.filed[KIND_RESULTS], 1);
	ck_assert_uint_eq(run.filed[KIND_CONTACTS], 1);
}

START_TEST(a_crash_at_each_turn_of_delivery)
{
	for (int n = 0; n <= 10; n += 2) {
		start_rig((struct rig){0});
		ended_run();
		turns(n);
		crash();
		settle_drop();
		go_to(at(7, 9, 20));
		settle_drop();
		all_is_delivered_once();
		end_rig();
	}
}
END_TEST

START_TEST(lost_before_the_put)
{
	start_rig((struct rig){0});
	drop_break = DROP_DIES_BEFORE;
	drop_break_kind = DROP_PUT;
	ended_run();
	settle();
	ck_assert_uint_eq(out_rows("results", "result"), 0);
	crash();
	settle_drop();
	go_to(at(7, 9, 20));
	settle_drop();
	all_is_delivered_once();
	end_rig();
}
END_TEST

START_TEST(put_and_nobody_heard)
{
	for (int taken = 0; taken < 2; taken++) {
		char first[MAX_FILE_NAME], bytes[4096];
		start_rig((struct rig){0});
		settle_drop();
		n_puts = 0;
		drop_break = DROP_DIES_AFTER;
		drop_break_kind = DROP_PUT;
		give("targets-1a", ONE); /* its receipt is the first file */
		ck_assert_uint_eq(n_puts, 1);
		snprintf(first, sizeof first, "drop/out/%.100s", put_names[0]);
		ck_assert(there(first));
		snprintf(bytes, sizeof bytes, "%s", get_file(first));
		if (taken) { /* the peer takes files at once */
			char path[600];
			snprintf(path, sizeof path, "%s/%s", folder, first);
			ck_assert_int_eq(unlink(path), 0);
		}
		crash();
		settle_drop();
		struct outfile f;
		ck_assert_int_eq(LOOK(db_outfile_get(&tx, 1, &f)), 0);
		ck_assert_int_eq(f.state, OUTFILE_DELIVERED);
		/* there: not put again. Gone: the same number, name and bytes; the peer drops it.
		 */
		ck_assert_uint_eq(n_puts, taken ? 2 : 1);
		ck_assert_str_eq(put_names[0], put_names[n_puts - 1]);
		ck_assert_str_eq(get_file(first), bytes);
		ck_assert_uint_eq(records(T_OUTFILE), 1);
		end_rig();
	}
}
END_TEST

/* Specs changed between sending and delivery: what was recorded is what goes out. */
START_TEST(the_same_bytes_though_the_layout_changed)
{
	start_rig((struct rig){0});
	drop_break = DROP_DIES_BEFORE;
	drop_break_kind = DROP_PUT;
	n_puts = 0;
	give("targets-1a", ONE);
	ck_assert_uint_eq(n_puts, 1);
	fake_exchange_head(" changed");
	crash();
	settle_drop();
	struct outfile f;
	ck_assert_int_eq(LOOK(db_outfile_get(&tx, 1, &f)), 0);
	ck_assert_int_eq(f.state, OUTFILE_DELIVERED);
	ck_assert_ptr_null(strstr(get_file("drop/out/receipt-1.txt"), "changed"));
	end_rig();
}
END_TEST

START_TEST(other_bytes_stand_in_the_way)
{
	start_rig((struct rig){0});
	put_file("drop/out/receipt-1.txt", "something else\n");
	give("targets-1a", ONE);
	ck_assert_str_eq(get_file("drop/out/receipt-1.txt"),
			 "something else\n"); /* never overwritten */
	ck_assert(alerted("drop-exists"));
	end_rig();
}
END_TEST

START_TEST(each_row_in_exactly_one_file)
{
	char text[100 * 60] = "", *p = text;
	for (int i = 1; i <= 50; i++)
		p += sprintf(p, "T p%02d;14;k;2026;1;n;100;長野太郎;1;0901111%04dm\n", i, i);
	start_rig((struct rig){.results_rows = 7, .lines = 10});
	run_file("targets-1a", text, 1);
	ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
	for (int i = 0; i < 4000 && run_of(1).state != RUN_CLOSED; i++)
		turns(1);
	settle();
	settle();
	ck_assert_uint_eq(out_rows("results", "result=10"), 50);
	ck_assert_uint_eq(out_rows("contacts", "outcome=10"), 50);
	for (int i = 1; i <= 50; i++) {
		char person[32];
		snprintf(person, sizeof person, "person=p%02d\t", i);
		ck_assert_uint_eq(out_rows("results", person), 1);
	}
	struct outfile f;
	uint64_t next = 0;
	for (uint32_t n = 1; n <= records(T_OUTFILE); n++) { /* ranges without gap or overlap */
		ck_assert_int_eq(LOOK(db_outfile_get(&tx, n, &f)), 0);
		if (f.kind != KIND_RESULTS)
			continue;
		ck_assert_uint_eq(f.from, next);
		ck_assert_uint_le(f.to - f.from, 7);
		next = f.to;
	}
	ck_assert_uint_eq(next, 50);
	end_rig();
}
END_TEST

/* The last rows come with the turn that closes the run, after that turn cut its files. */
START_TEST(the_last_rows_do_not_wait_for_the_next_due_time)
{
	bool waited = false;
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	ck_assert_int_eq(clock_jump(at(7, 9, 0)), 0);
	for (int i = 0; i < 4000 && records(T_OUTFILE) < 3; i++) {
		turns(1);
		struct run_rec run = run_of(1);
		if (run.state == RUN_CLOSED &&
		    run.next_row[KIND_RESULTS] > run.filed[KIND_RESULTS]) {
			waited = true;
			ck_assert_int_le(outgoing_next_due(e), clock_now_ms());
		}
	}
	ck_assert(waited);
	settle();
	ck_assert_uint_eq(out_rows("results", "result=10"), 1);
	end_rig();
}
END_TEST

static TCase *recovery(void)
{
	TCase *t = tcase_create("recovery");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, an_open_call_is_unknown_after_a_crash);
	tcase_add_test(t, the_number_of_an_unknown_call_is_locked_for_others);
	tcase_add_test(t, nothing_is_dialled_twice_whatever_commit_was_the_last);
	return t;
}

static TCase *intake(void)
{
	TCase *t = tcase_create("intake");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, rows_of_every_kind);
	tcase_add_test(t, a_refused_file);
	tcase_add_test(t, a_zero_record_file_is_a_file);
	tcase_add_test(t, a_file_of_refused_rows_makes_no_run);
	tcase_add_test(t, repeats_only_in_open_runs_of_the_same_campaign);
	tcase_add_test(t, repeats_in_another_batch);
	tcase_add_test(t, the_same_drop_is_acknowledged_once);
	tcase_add_test(t, the_same_drop_again_before_the_next_look);
	tcase_add_test(t, the_move_was_done_and_nobody_heard);
	tcase_add_test(t, a_crash_while_loading_goes_on);
	tcase_add_test(t, no_run_is_read_before_it_is_loaded_whole);
	tcase_add_test(t, a_payment_while_loading);
	tcase_add_test(t, a_payment_that_matches_several_holds_them_all);
	tcase_add_test(t, all_held_ends_as_88);
	tcase_add_test(t, payments_again_and_for_nobody);
	tcase_add_test(t, a_payment_after_the_result_is_a_correction);
	return t;
}

static TCase *runs(void)
{
	TCase *t = tcase_create("runs");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, another_person_approves);
	tcase_add_test(t, under_the_rehearsal_clock_the_record_says_so);
	tcase_add_test(t, a_changed_campaign_returns_to_draft);
	tcase_add_test(t, a_changed_campaign_pauses_a_run_and_it_does_not_resume);
	tcase_add_test(t, pause_and_resume);
	tcase_add_test(t, emergency_stop);
	tcase_add_test(t, a_stop_goes_on_after_a_crash);
	return t;
}

static TCase *delivery(void)
{
	TCase *t = tcase_create("delivery");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, a_crash_at_each_turn_of_delivery);
	tcase_add_test(t, lost_before_the_put);
	tcase_add_test(t, put_and_nobody_heard);
	tcase_add_test(t, the_same_bytes_though_the_layout_changed);
	tcase_add_test(t, other_bytes_stand_in_the_way);
	tcase_add_test(t, each_row_in_exactly_one_file);
	tcase_add_test(t, the_last_rows_do_not_wait_for_the_next_due_time);
	return t;
}

UNIT_MAIN("turn_files", recovery, intake, runs, delivery)
