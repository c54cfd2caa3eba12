/*
 * Files that come in, through the whole engine: rows good and bad, refused files, repeats,
 * the same drop again, and the process ending at each step of a file's way.
 */
#include "tests/unit/turn_rig.inc"

#include <fcntl.h>

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
		ck_assert_uint_eq(debts_of(1), 40);
		ck_assert_uint_eq(records(T_TARGET), 40);
		ck_assert_uint_eq(due_targets(1), 40);
		ck_assert_uint_eq(intake_of(run.intake).rows_taken, 40);
		ck_assert_uint_eq(records(T_INTAKE), 1);
		ck_assert_uint_eq(out_rows("receipt", "rows_taken=40"), 1);
		end_rig();
	}
}
END_TEST

/* 12 people in no order, each in several places; debt 3 of each is wrong. */
static const char *mixed_rows(void)
{
	static char text[100 * 48];
	char *p = text;
	for (int i = 0; i < 48; i++)
		p += i % 16 == 15
			 ? sprintf(p, "E E0002 wrong\n")
			 : sprintf(p, "T p%02d;14;k;2026;%d;n;%d;長野太郎;1;0901111%04dm\n",
				   i * 7 % 12, i, 100 + i, i * 7 % 12);
	return text;
}

/* Targets by person: the debts know the rows of their file, the people are each met once, and a
 * crash goes on in that order. */
START_TEST(rows_are_loaded_by_person)
{
	fake_exchange_batch(7);
	fake_exchange_order(5);
	for (int n = 1; n <= 12; n += 4) {
		start_rig((struct rig){0});
		put_file("drop/in/targets-1a", mixed_rows());
		for (int i = 0; i < n; i++) {
			e->drops[0].poll_real = 0;
			ck_assert_int_eq(turn(), 0);
		}
		crash();
		settle_drop();
		struct run_rec run = run_of(1);
		ck_assert(run.loaded);
		ck_assert_uint_eq(run.targets, 12);
		ck_assert_uint_eq(run.debts, 45);
		ck_assert_uint_eq(intake_of(1).order, 5);
		ck_assert_uint_eq(intake_of(1).rows_refused, 3);
		ck_assert_uint_eq(due_targets(1), 12);
		ck_assert_uint_eq(out_rows("errors", "row=16"), 1);
		ck_assert_uint_eq(out_rows("errors", "row=48"), 1);
		for (uint32_t place = 4; place <= 48;
		     place++) { /* those that are wrong come first */
			struct debt d = debt_of(1, place);
			ck_assert_int_eq((int)d.amount, 100 + (int)d.file_row - 1);
			if (place > 4)
				ck_assert_uint_ge(d.target, debt_of(1, place - 1).target);
		}
		end_rig();
	}
	fake_exchange_order(0);
}
END_TEST

/* The file is half loaded, and the process dies. The next one, which reads on at once, finds that
 * order. */
static uint32_t half_loaded(uint64_t next_order)
{
	uint32_t done = 0;
	put_file("drop/in/targets-1a", mixed_rows());
	while (done == 0) {
		e->drops[0].poll_real = 0;
		ck_assert_int_eq(turn(), 0);
		done = records(T_INTAKE) ? intake_of(1).rows_done : 0;
	}
	ck_assert_uint_lt(done, 48);
	fake_exchange_order(next_order);
	crash();
	return done;
}

/* Its layout was changed while it stood half loaded: in another order rows would be left out. */
START_TEST(rows_in_another_order_than_before_are_not_loaded)
{
	fake_exchange_batch(7);
	fake_exchange_order(5);
	start_rig((struct rig){0});
	uint32_t done = half_loaded(6);
	settle_drop();
	ck_assert_uint_eq(intake_of(1).rows_done, done);
	ck_assert_int_eq(intake_of(1).state, FILE_CHECKED);
	ck_assert(alerted("intake-1"));
	fake_exchange_order(0); /* nor in the file's */
	crash();
	settle_drop();
	ck_assert_uint_eq(intake_of(1).rows_done, done);
	fake_exchange_order(5);
	crash();
	settle_drop();
	ck_assert_int_eq(intake_of(1).state, FILE_TAKEN);
	ck_assert_uint_eq(run_of(1).debts, 45);
	end_rig();
	fake_exchange_order(0);
}
END_TEST

/* An older release began it: in the file's order, and that goes on. */
START_TEST(a_load_that_began_in_the_files_order_ends_in_it)
{
	fake_exchange_batch(7);
	start_rig((struct rig){0});
	half_loaded(5);
	settle_drop();
	ck_assert_int_eq(intake_of(1).state, FILE_TAKEN);
	ck_assert_uint_eq(run_of(1).debts, 45);
	ck_assert_uint_eq(debt_of(1, 48 - 1).file_row, 47);
	end_rig();
	fake_exchange_order(0);
}
END_TEST

/* A batch that nobody asked for: nothing of it, and the file is whole in the end. */
static void post_rows(const struct intake_rec *in, uint32_t first, uint32_t last)
{
	struct event *ev = event_new(EV_ROWS);
	ev->batch = calloc(1, sizeof *ev->batch);
	ev->batch->intake = in->id;
	ev->batch->order = in->order;
	ev->batch->kind = in->kind;
	ev->batch->first_row = first;
	ev->batch->last_row = last;
	ck_assert_int_eq(mailbox_post(e->rows, ev), 0);
}

static const struct {
	const char *what;
	int first, last; /* from the next row that is due */
} strays[] = {
    {"a gap of one row before it", 1, 9}, {"a gap of a batch", 7, 13},
    {"the last row again", -1, 5},        {"all rows again, and one more", -7, 0},
    {"rows that are loaded", -7, -1},
};

START_TEST(a_batch_out_of_order_is_not_loaded)
{
	struct intake_rec in;
	struct event *ev;
	fake_exchange_batch(7);
	fake_exchange_order(5);
	start_rig((struct rig){0});
	uint32_t done = half_loaded(5);
	for (int i = 0; i < 2000 && mailbox_count(e->rows) == 0; i++)
		poll(NULL, 0, 5);
	while ((ev = mailbox_take(e->rows)) != NULL) /* as if they were lost */
		event_free(ev);
	in = intake_of(1);
	ck_assert_int_eq(in.state, FILE_CHECKED);
	ck_assert_uint_eq(in.rows_done, done);
	post_rows(&in, (uint32_t)((int)done + 1 + strays[_i].first),
		  (uint32_t)((int)done + 1 + strays[_i].last));
	turns(1);
	in = intake_of(1);
	ck_assert_msg(in.rows_done == done, "%s", strays[_i].what);
	settle_drop();
	crash(); /* what was lost is read again */
	settle_drop();
	ck_assert_int_eq(intake_of(1).state, FILE_TAKEN);
	ck_assert_uint_eq(intake_of(1).rows_taken, 45);
	ck_assert_uint_eq(intake_of(1).rows_refused, 3);
	ck_assert_uint_eq(run_of(1).debts, 45);
	ck_assert_uint_eq(debts_of(1), 45);
	end_rig();
	fake_exchange_order(0);
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
	ck_assert(alerted("intake-1"));
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
	tcase_add_test(t, rows_are_loaded_by_person);
	tcase_add_test(t, rows_in_another_order_than_before_are_not_loaded);
	tcase_add_test(t, a_load_that_began_in_the_files_order_ends_in_it);
	tcase_add_loop_test(t, a_batch_out_of_order_is_not_loaded, 0,
			    (int)(sizeof strays / sizeof *strays));
	tcase_add_test(t, no_run_is_read_before_it_is_loaded_whole);
	tcase_add_test(t, a_payment_while_loading);
	return t;
}

UNIT_MAIN("turn_intake", intake)
