/*
 * Files that go back: each row in exactly one file, the same number with the same bytes,
 * with the process ending at each step of a delivery.
 */
#include "tests/unit/turn_rig.inc"

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

UNIT_MAIN("turn_delivery", delivery)
