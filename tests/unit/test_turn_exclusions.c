/*
 * People who are not to be contacted, by the core system's list, through the whole engine;
 * and an operator's override of it.
 */
#include "engine/turn/outlook.h"
#include "tests/unit/turn_rig.inc"

START_TEST(protection_takes_all_debts_whatever_the_row_names)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE ONE_MORE, 1);
	give("not-1", "N " KEY ";protected;set;\n");
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_int_eq(debt_of(1, 2).result, OUT_EXCLUDED);
	ck_assert_int_eq(debt_of(1, 2).reason, EXCLUSION_PROTECTED);
	end_rig();
}
END_TEST

START_TEST(exclusions_outlive_runs_until_they_are_lifted)
{
	start_rig((struct rig){0});
	give("not-1", "N p1;;;;;;lawyer;set;\n"); /* nobody knows this person yet */
	ck_assert_uint_eq(records(T_EXCLUSION), 1);
	crash();
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_int_eq(debt_of(1, 1).result, OUT_EXCLUDED);
	ck_assert_int_eq(debt_of(1, 1).reason, EXCLUSION_LAWYER);
	give("not-2", "N p1;;;;;;lawyer;lift;\nN p1;;;;;;lawyer;lift;\n");
	ck_assert_uint_eq(records(T_EXCLUSION), 0);
	ck_assert_uint_eq(intake_of(3).rows_matched, 1);
	ck_assert_uint_eq(intake_of(3).rows_warned, 1); /* there is nothing left to lift */
	ck_assert_uint_eq(out_rows("corrections", "result="), 0);
	give("targets-1b", ONE); /* the next run of the campaign */
	must(M_RUN_SUBMIT, 2);
	must(M_RUN_APPROVE, 2);
	must(M_RUN_START, 2);
	settle();
	ck_assert_uint_eq(dialled(P1), 1);
	end_rig();
}
END_TEST

START_TEST(an_exclusion_with_a_last_day_only_waits)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	give("not-1", "N p1;;;;;;deferred;set;8\n");
	go_to(at(8, 18, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_int_eq(target_of(1, "p1").state, TARGET_WAITING);
	go_to(at(9, 9, 0));
	ck_assert_uint_eq(dialled(P1), 1);
	end_rig();
}
END_TEST

START_TEST(lifted_while_it_rings_he_is_called_again)
{
	start_rig((struct rig){0});
	script(P1, (struct fake_call){.kind = FAKE_HOLD});
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	give("not-1", "N p1;;;;;;staff;set;\n");
	give("not-2", "N p1;;;;;;staff;lift;\n");
	script(P1, busy_call);
	fake_voice_end(e->voice, flying(1, "p1"), OUT_NO_ANSWER);
	settle();
	ck_assert_int_eq(target_of(1, "p1").state, TARGET_WAITING);
	go_to(at(7, 15, 0));
	ck_assert_uint_eq(dialled(P1), 2);
	end_rig();
}
END_TEST

START_TEST(the_daily_list_again_changes_nothing)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE ONE_MORE, 1);
	give("not-1", "N " KEY ";appeal;set;\n");
	uint64_t version = target_of(1, "p1").debts_version;
	give("not-2", "N " KEY ";appeal;set;\n");
	ck_assert_uint_eq(target_of(1, "p1").debts_version, version);
	ck_assert_uint_eq(intake_of(3).rows_matched, 0);
	ck_assert_uint_eq(intake_of(3).rows_taken, 1);
	end_rig();
}
END_TEST

START_TEST(an_exclusion_of_an_old_run_corrects_nothing)
{
	start_rig((struct rig){.waves = one_try});
	script(P1, busy_call);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	settle_drop();
	go_to(at(11, 9, 0)); /* 96 hours after its end */
	give("not-1", "N p1;;;;;;welfare;set;\n");
	ck_assert_uint_eq(out_rows("corrections", "result="), 0);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_BUSY);
	end_rig();
}
END_TEST

/* ---- an operator's override ---- */

static struct said exclusion_command(const char *user, enum control_method m, const char *reason)
{
	struct json *params = json_new_object();
	json_put_str(params, "person", "p1");
	json_put_str(params, "reason", reason);
	json_put_str(params, "words", "本人の希望");
	return ask_as(user, m, params);
}

START_TEST(an_override_is_of_its_department_and_never_of_protection)
{
	static const char *const reasons[] = {"instalment", "protected", "deceased"};
	for (int i = 0; i < 3; i++) {
		char row[128];
		snprintf(row, sizeof row, "N p1;;;;;;%s;set;30\n", reasons[i]);
		start_rig((struct rig){0});
		run_file("targets-1a", ONE, 1);
		ck_assert_int_eq(exclusion_command("kacho", M_EXCLUSION_OVERRIDE, "instalment").err,
				 E_NOTFOUND);
		give("not-1", row);
		struct said s = exclusion_command("kacho", M_EXCLUSION_OVERRIDE, reasons[i]);
		ck_assert_int_eq(s.err, i == 0 ? 0 : E_DENIED);
		if (i > 0) { /* even if it stood in the store */
			struct exclusion_rec x = {
			    .key = {"p1", "", "", "", "", "", ""},
			    .reason =
				(enum exclusion)(i == 1 ? EXCLUSION_PROTECTED : EXCLUSION_DECEASED),
			    .department = "zeimu"};
			struct debt d = debt_of(1, 1);
			struct exclusion_rec list[2] = {x, x};
			list[0].department = "";
			list[0].from_day = list[0].until_day = DAY_NONE;
			ck_assert_int_eq(standing_of(&d, list, 2, "zeimu", e->now_ms).code,
					 OUT_EXCLUDED);
		}
		crash();
		go_to(at(7, 9, 0));
		ck_assert_uint_eq(dialled(P1), i == 0);
		end_rig();
	}
}
END_TEST

START_TEST(an_override_is_taken_back)
{
	start_rig((struct rig){0});
	script(P1, busy_call);
	give("not-1", "N p1;;;;;;staff;set;30\n");
	run_file("targets-1a", ONE, 1);
	ck_assert_int_eq(exclusion_command("kacho", M_EXCLUSION_OVERRIDE, "staff").err, 0);
	ck_assert_uint_eq(records(T_EXCLUSION), 2);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(P1), 1);
	ck_assert_int_eq(exclusion_command("kacho", M_EXCLUSION_RESTORE, "staff").err, 0);
	ck_assert_uint_eq(records(T_EXCLUSION), 1);
	go_to(at(8, 9, 0));
	ck_assert_uint_eq(dialled(P1), 1);
	ck_assert_int_eq(exclusion_command("kacho", M_EXCLUSION_RESTORE, "staff").err, E_NOTFOUND);
	end_rig();
}
END_TEST

static TCase *listed(void)
{
	TCase *t = tcase_create("listed");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, protection_takes_all_debts_whatever_the_row_names);
	tcase_add_test(t, exclusions_outlive_runs_until_they_are_lifted);
	tcase_add_test(t, an_exclusion_with_a_last_day_only_waits);
	tcase_add_test(t, lifted_while_it_rings_he_is_called_again);
	tcase_add_test(t, the_daily_list_again_changes_nothing);
	tcase_add_test(t, an_exclusion_of_an_old_run_corrects_nothing);
	return t;
}

static TCase *overridden(void)
{
	TCase *t = tcase_create("overridden");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, an_override_is_of_its_department_and_never_of_protection);
	tcase_add_test(t, an_override_is_taken_back);
	return t;
}

UNIT_MAIN("turn_exclusions", listed, overridden)
