/*
 * Full targets files through the whole engine: what they lack is withdrawn, unless so much
 * is missing that somebody is asked first.
 */
#include "engine/turn/fullfile.h"
#include "tests/unit/turn_rig.inc"

#define PERSON(n, yen) "T p" n ";14;kotei;2026;3;n" n ";" yen ";甲;503;0901111000" n "m\n"
#define SIX                                                                                        \
	PERSON("1", "1000")                                                                        \
	PERSON("2", "2000")                                                                        \
	PERSON("3", "3000") PERSON("4", "4000") PERSON("5", "5000") PERSON("6", "6000")

static struct said full_command(enum control_method m, uint32_t intake)
{
	struct json *params = json_new_object();
	json_put_int(params, "intake", intake);
	return ask_as("kacho", m, params);
}

START_TEST(a_full_file_withdraws_what_it_lacks)
{
	/* at each turn of its way the process ends once; -1: never */
	for (int n = -1; n <= 10; n += 1 + (n >= 0)) {
		start_rig((struct rig){0});
		script(NULL, busy_call);
		run_file("targets-1a", SIX, 1);
		give("pay-1", "P p6;14;kotei;2026;3;n6;full\n"); /* paid: may be missing */
		put_file("drop/in/targets-1-all",
			 PERSON("1", "1000") PERSON("2", "2500") PERSON("3", "3000")
			     PERSON("4", "4000") PERSON("7", "7000"));
		if (n >= 0) {
			e->drops[0].poll_real = 0;
			turns(n);
			crash();
		}
		settle_drop();
		struct intake_rec in = intake_of(3);
		ck_assert_int_eq(in.state, FILE_TAKEN);
		ck_assert_int_eq(in.full, FULL_DONE);
		ck_assert_uint_eq(in.rows_taken, 5);
		ck_assert_uint_eq(in.rows_matched, 4);
		ck_assert_uint_eq(in.full_missing, 1);
		ck_assert_uint_eq(run_of(2).debts, 1);
		ck_assert_int_eq(debt_of(1, 5).result, OUT_WITHDRAWN);
		ck_assert_int_eq(debt_of(1, 6).result, OUT_PAID);
		ck_assert_int_eq(debt_of(1, 2).amount, 2500);
		for (uint32_t row = 1; row <= 4; row++)
			ck_assert_int_eq(debt_of(1, row).settled, SETTLED_NO);
		ck_assert(!full_stops(e, "c1"));
		script(NULL, busy_call);
		go_to(at(7, 9, 0));
		ck_assert_uint_eq(dialled(NULL), 4);
		end_rig();
	}
}
END_TEST

START_TEST(a_sharp_fall_waits_for_a_word)
{
	static const struct {
		const char *rows;
		uint32_t missing;
	} cases[] = {{PERSON("1", "1000") PERSON("2", "2000"), 4}, {"", 6}};
	for (int i = 0; i < 4; i++) {
		bool keep_them = i % 2;
		start_rig((struct rig){0});
		script(NULL, busy_call);
		run_file("targets-1a", SIX, 1);
		give("targets-1-all", cases[i / 2].rows);
		ck_assert_int_eq(intake_of(2).full, FULL_ASK);
		ck_assert_uint_eq(intake_of(2).full_missing, cases[i / 2].missing);
		ck_assert(alerted("full-file"));
		crash();
		settle();
		ck_assert(alerted("full-file"));
		go_to(at(7, 9, 0));
		ck_assert_uint_eq(dialled(NULL), 0);
		ck_assert_int_eq(full_command(M_INTAKE_KEEP, 1).err, E_STATE);
		ck_assert_int_eq(full_command(M_INTAKE_KEEP, 9).err, E_NOTFOUND);
		ck_assert_int_eq(full_command(keep_them ? M_INTAKE_KEEP : M_INTAKE_WITHDRAW, 2).err,
				 0);
		script(NULL, busy_call);
		settle_drop();
		ck_assert(!alerted("full-file"));
		ck_assert_int_eq(intake_of(2).state, FILE_TAKEN);
		ck_assert_int_eq(debt_of(1, 6).settled, keep_them ? SETTLED_NO : SETTLED_WITHDRAWN);
		ck_assert_uint_eq(dialled(NULL), keep_them ? 6 : 6 - cases[i / 2].missing);
		end_rig();
	}
}
END_TEST

/* An extract is made before it is sent: what was paid meanwhile is not asked for again. */
START_TEST(a_full_file_that_is_older_than_a_payment)
{
	static const struct {
		const char *payments, *yen;
		int64_t after, then;
	} cases[] = {
	    {"P p1;14;kotei;2026;3;n1;4000\n", "10000", 4000, 4000},
	    {"P p1;14;kotei;2026;3;n1;now4000\n", "10000", 4000, 4000},
	    {"P p1;14;kotei;2026;3;n1;4000\nP p1;14;kotei;2026;3;n1;now5000\n", "10000", 5000,
	     5000},
	    {"P p2;14;kotei;2026;3;n2;10\n", "12000", 10000, 12000}, /* another's */
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		start_rig((struct rig){0});
		script(NULL, busy_call);
		run_file("targets-1a", PERSON("1", "10000") PERSON("2", "2000"), 1);
		give("pay-1", cases[i].payments);
		ck_assert_int_eq(debt_of(1, 1).amount, cases[i].after);
		uint64_t version = target_of(1, "p1").debts_version;
		char rows[300];
		snprintf(rows, sizeof rows,
			 "T p1;14;kotei;2026;3;n1;%s;甲;503;09011110001m\n" PERSON("2", "2000"),
			 cases[i].yen);
		give("targets-1-all", rows);
		ck_assert_uint_eq(intake_of(3).rows_matched, 2);
		ck_assert_int_eq(debt_of(1, 1).amount, cases[i].then);
		if (cases[i].then == cases[i].after) /* nothing changed: nothing is recalled */
			ck_assert_uint_eq(target_of(1, "p1").debts_version, version);
		end_rig();
	}
}
END_TEST

START_TEST(a_full_file_ends_no_doubt)
{
	start_rig((struct rig){0});
	script(NULL, busy_call);
	run_file("targets-1a", SIX, 1);
	give("pay-1", "P p1;14;kotei;2026;3;n1;doubt\nP p2;14;kotei;2026;3;n2;doubt\n");
	ck_assert_uint_eq(intake_of(2).rows_refused, 2);
	ck_assert_uint_eq(intake_of(2).rows_taken, 0);
	/* the extract may be older than the row that nobody can read */
	give("targets-1-all", PERSON("1", "900") PERSON("2", "2000") PERSON("3", "3000")
				  PERSON("4", "4000") PERSON("5", "5000") PERSON("6", "6000"));
	ck_assert_int_eq(intake_of(3).full, FULL_DONE);
	ck_assert(debt_of(1, 1).held && debt_of(1, 2).held);
	give("pay-2", "P p1;14;kotei;2026;3;n1;800\nP p2;14;kotei;2026;3;n2;now2000\n");
	ck_assert(!debt_of(1, 1).held && !debt_of(1, 2).held);
	ck_assert_int_eq(debt_of(1, 1).amount, 800);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 4);
	end_rig();
}
END_TEST

/* One of two debts: the call is about the other one; a clear word brings it back into it. */
START_TEST(a_doubt_about_one_of_two)
{
	for (int clear = 0; clear < 2; clear++) {
		start_rig((struct rig){0});
		run_file("targets-1a",
			 PERSON("1", "1000") "T p1;14;kotei;2026;4;n1;500;甲;503;09011110001m\n",
			 1);
		give("pay-1", "P p1;14;kotei;2026;3;n1;doubt\n");
		ck_assert(debt_of(1, 1).held && !debt_of(1, 2).held);
		if (clear)
			give("pay-2", "P p1;14;kotei;2026;3;n1;700\n");
		ck_assert(debt_of(1, 1).held == !clear);
		go_to(at(7, 9, 0));
		ck_assert_uint_eq(dialled(NULL), 1);
		ck_assert_int_eq(debt_of(1, 1).result, clear ? OUT_ANSWERED : OUT_HELD);
		ck_assert_int_eq(debt_of(1, 2).result, OUT_ANSWERED);
		end_rig();
	}
}
END_TEST

START_TEST(a_difference_withdraws_nothing)
{
	start_rig((struct rig){0});
	run_file("targets-1a", SIX, 1);
	give("targets-1b", PERSON("7", "7000"));
	ck_assert_int_eq(intake_of(2).full, FULL_NO);
	ck_assert_uint_eq(run_of(1).done, 0);
	end_rig();
}
END_TEST

static TCase *full(void)
{
	TCase *t = tcase_create("full");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, a_full_file_withdraws_what_it_lacks);
	tcase_add_test(t, a_sharp_fall_waits_for_a_word);
	tcase_add_test(t, a_full_file_that_is_older_than_a_payment);
	tcase_add_test(t, a_difference_withdraws_nothing);
	tcase_add_test(t, a_full_file_ends_no_doubt);
	tcase_add_test(t, a_doubt_about_one_of_two);
	return t;
}

UNIT_MAIN("turn_fullfile", full)
