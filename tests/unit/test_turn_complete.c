/* Completion files: NAME is not looked at before NAME.end is there; both are put away. */
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

static TCase *complete_case(void)
{
	TCase *t = tcase_create("complete");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_file_waits_for_its_mark);
	tcase_add_test(t, the_mark_may_come_first);
	tcase_add_test(t, another_file_s_mark_is_none);
	tcase_add_test(t, files_of_other_layouts_need_none);
	tcase_add_test(t, a_restart_between_changes_nothing);
	return t;
}

UNIT_MAIN("turn_complete", complete_case)
