/* Completion files: NAME is not looked at before NAME.end is there; both are put away. What we
 * write is followed by one where the layout says so, and a crash between the two changes nothing.
 */
#include "tests/unit/turn_rig.inc"

#include <glob.h>

static void start(void)
{
	start_rig((struct rig){0});
	fake_exchange_completion(".end");
}

static void end(void)
{
	fake_exchange_completion("");
	end_rig();
}

/* Names in in/taken that begin so. */
static int taken(const char *begin)
{
	char pattern[512];
	glob_t found = {0};
	snprintf(pattern, sizeof pattern, "%s/drop/in/taken/%s*", folder, begin);
	int n = glob(pattern, 0, NULL, &found) == 0 ? (int)found.gl_pathc : 0;
	globfree(&found);
	return n;
}

START_TEST(a_file_waits_for_its_mark)
{
	start();
	give("targets-1a", ONE);
	settle_drop();
	ck_assert_uint_eq(records(T_INTAKE), 0);
	ck_assert(there("drop/in/targets-1a"));
	ck_assert(e->drops[0].quiet); /* it waits for the core system: nothing is under way */
	give("targets-1a.end", "");
	settle_drop();
	ck_assert_uint_eq(records(T_INTAKE), 1);
	ck_assert_int_eq(intake_of(1).state, FILE_TAKEN);
	ck_assert(!there("drop/in/targets-1a"));
	ck_assert(!there("drop/in/targets-1a.end"));
	ck_assert_int_eq(taken("targets-1a.end"), 1);
	ck_assert_int_eq(taken("targets-1a.1"), 1);
	end();
}
END_TEST

START_TEST(the_mark_may_come_first)
{
	start();
	give("targets-1a.end", "");
	give("targets-1a", ONE);
	settle_drop();
	/* alone it was taken for a mark whose file is done with, and put away */
	ck_assert_int_eq(taken("targets-1a.end"), 1);
	ck_assert_uint_eq(records(T_INTAKE), 0);
	give("targets-1a.end", "");
	settle_drop();
	ck_assert_int_eq(intake_of(1).state, FILE_TAKEN);
	end();
}
END_TEST

START_TEST(another_file_s_mark_is_none)
{
	start();
	give("targets-1a", ONE);
	give("targets-1b.end", "");
	settle_drop();
	ck_assert_uint_eq(records(T_INTAKE), 0);
	end();
}
END_TEST

START_TEST(files_of_other_layouts_need_none)
{
	start();
	give("pay-1", "P p1;14;kotei;2026;3;n1;full\n");
	settle_drop();
	ck_assert_uint_eq(records(T_INTAKE), 1);
	ck_assert_int_eq(intake_of(1).state, FILE_TAKEN);
	end();
}
END_TEST

START_TEST(a_restart_between_changes_nothing)
{
	start();
	give("targets-1a", ONE);
	crash();
	settle_drop();
	ck_assert_uint_eq(records(T_INTAKE), 0);
	give("targets-1a.end", "");
	settle_drop();
	ck_assert_int_eq(intake_of(1).state, FILE_TAKEN);
	ck_assert(!there("drop/in/targets-1a.end"));
	end();
}
END_TEST

/* ---- outgoing ---- */

#define RECEIPT "drop/out/receipt-1.txt"

static void start_out(void)
{
	start_rig((struct rig){0});
	fake_exchange_completion_out(".end");
	n_puts = 0;
}

static void end_out(void)
{
	drop_break_name = "";
	fake_exchange_completion_out("");
	end_rig();
}

static struct outfile outfile_1(void)
{
	static struct outfile f;
	ck_assert_int_eq(LOOK(db_outfile_get(&tx, 1, &f)), 0);
	return f;
}

START_TEST(a_mark_follows_what_goes_out)
{
	start_out();
	give("targets-1a", ONE);
	ck_assert(there(RECEIPT));
	ck_assert_str_eq(get_file(RECEIPT ".end"), "");
	ck_assert_int_eq(outfile_1().state, OUTFILE_DELIVERED);
	ck_assert_uint_eq(e->files_out, 0);
	end_out();
}
END_TEST

static const struct {
	const char *words, *name;
	enum drop_break how;
	bool taken; /* the receiver took both meanwhile */
} crashes[] = {
    {"before the file", ".txt", DROP_DIES_BEFORE, false},
    {"behind the file, before its mark", ".txt", DROP_DIES_AFTER, false},
    {"before the mark", ".end", DROP_DIES_BEFORE, false},
    {"behind the mark, before it is on record", ".end", DROP_DIES_AFTER, false},
    {"behind the mark, and both were taken: the same bytes come again", ".end", DROP_DIES_AFTER,
     true},
};

START_TEST(a_crash_beside_a_mark)
{
	char before[4096] = "", path[512];
	start_out();
	drop_break = crashes[_i].how;
	drop_break_kind = DROP_PUT;
	drop_break_name = crashes[_i].name;
	give("targets-1a", ONE);
	ck_assert_msg(drop_dead, "%s", crashes[_i].words);
	ck_assert_int_eq(outfile_1().state, OUTFILE_SENDING);
	const char *text = get_file(RECEIPT);
	if (text)
		snprintf(before, sizeof before, "%s", text);
	if (crashes[_i].taken)
		for (int i = 0; i < 2; i++) {
			snprintf(path, sizeof path, "%s/" RECEIPT "%s", folder, i ? ".end" : "");
			ck_assert_int_eq(unlink(path), 0);
		}
	crash();
	settle_drop();
	ck_assert_int_eq(outfile_1().state, OUTFILE_DELIVERED);
	ck_assert_str_eq(get_file(RECEIPT ".end"), "");
	if (*before)
		ck_assert_str_eq(get_file(RECEIPT), before);
	ck_assert_uint_eq(out_rows("receipt", "state=taken"), 1);
	end_out();
}
END_TEST

/* Left by the receiver, or somebody else's: never overwritten, and the file is not delivered. */
START_TEST(another_file_under_the_marks_name)
{
	start_out();
	put_file(RECEIPT ".end", "something else");
	give("targets-1a", ONE);
	ck_assert_int_eq(outfile_1().state, OUTFILE_SENDING);
	ck_assert(alerted("drop-exists"));
	ck_assert_str_eq(get_file(RECEIPT ".end"), "something else");
	ck_assert_uint_ge(outfile_1().tries, 1);
	end_out();
}
END_TEST

START_TEST(what_a_layout_said_then_counts)
{
	start_out();
	drop_break = DROP_DIES_AFTER;
	drop_break_kind = DROP_PUT;
	give("targets-1a", ONE);
	fake_exchange_completion_out("");
	crash();
	settle_drop();
	ck_assert_int_eq(outfile_1().state, OUTFILE_DELIVERED);
	ck_assert_msg(there(RECEIPT ".end"), "the receiver waits for it");
	end_out();
}
END_TEST

static TCase *complete_case(void)
{
	TCase *t = tcase_create("complete");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_file_waits_for_its_mark);
	tcase_add_test(t, the_mark_may_come_first);
	tcase_add_test(t, another_file_s_mark_is_none);
	tcase_add_test(t, files_of_other_layouts_need_none);
	tcase_add_test(t, a_restart_between_changes_nothing);
	tcase_add_test(t, a_mark_follows_what_goes_out);
	tcase_add_loop_test(t, a_crash_beside_a_mark, 0, (int)(sizeof crashes / sizeof *crashes));
	tcase_add_test(t, another_file_under_the_marks_name);
	tcase_add_test(t, what_a_layout_said_then_counts);
	return t;
}

UNIT_MAIN("turn_complete", complete_case)
