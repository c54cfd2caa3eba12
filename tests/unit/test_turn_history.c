/*
 * A person with more debts in runs long over than one look takes (match.h): what a row or
 * a command about him asks for is done, whatever his history. Somebody who must not be
 * called is not called.
 */
#include "tests/unit/turn_rig.inc"

enum { RUNS = 22, DEBTS = 100 }; /* more than MOST_MATCHES together */

static void give_run(unsigned n)
{
	static char text[DEBTS * 96];
	char name[32];
	size_t at_byte = 0;
	for (unsigned i = 1; i <= DEBTS; i++)
		at_byte +=
		    (size_t)snprintf(text + at_byte, sizeof text - at_byte,
				     "T p1;14;kotei;2026;%u;n1;1000;長野太郎;503;" P1 "m\n", i);
	snprintf(name, sizeof name, "targets-1x%u", n);
	give(name, text);
	ck_assert_uint_eq(debts_of(n), DEBTS);
}

/* Run 22 runs, the others were closed four days ago. It is not yet nine o'clock. */
static void begin(void)
{
	start_rig((struct rig){0});
	for (unsigned n = 1; n < RUNS; n++) {
		give_run(n);
		must(M_RUN_CLOSE, n);
		settle();
	}
	go_to(at(11, 8, 0));
	give_run(RUNS);
	must(M_RUN_SUBMIT, RUNS);
	must(M_RUN_APPROVE, RUNS);
	must(M_RUN_START, RUNS);
	settle();
}

struct row_case {
	const char *what, *file, *row;
	enum outcome code; /* of the first debt; OUT_NONE: the person is called */
	uint32_t refused;  /* rows */
	size_t dialled;
	bool after_restart;
};

static const struct row_case rows[] = {
    {"nothing: he is called", NULL, NULL, OUT_ANSWERED, 0, 1, false},
    {"a withdrawal of the person", "back-1", "B p1;;;;;\n", OUT_WITHDRAWN, 0, 0, false},
    {"… after a restart", "back-1", "B p1;;;;;\n", OUT_WITHDRAWN, 0, 0, true},
    {"a withdrawal that fits all", "back-1", "B p1;14;kotei;2026;;n1\n", OUT_HELD, 1, 0, false},
    {"an exclusion", "not-1", "N p1;;;;;;lawyer;set;\n", OUT_EXCLUDED, 0, 0, false},
    {"a payment that fits all", "pay-1", "P p1;14;kotei;2026;;n1;full\n", OUT_HELD, 1, 0, false},
    {"a payment of one", "pay-1", "P p1;14;kotei;2026;1;n1;full\n", OUT_PAID, 0, 1, false},
};

START_TEST(a_row_is_done_whatever_his_history)
{
	const struct row_case *c = &rows[_i];
	begin();
	if (c->after_restart)
		crash();
	if (c->file)
		give(c->file, c->row);
	if (c->file) {
		ck_assert_msg(intake_of(RUNS + 1).rows_refused == c->refused, "%s", c->what);
		ck_assert_msg(intake_of(RUNS + 1).rows_taken == !c->refused, "%s", c->what);
	}
	go_to(at(11, 9, 0));
	settle();
	ck_assert_msg(dialled(NULL) == c->dialled, "%s: %zu", c->what, dialled(NULL));
	ck_assert_msg(debt_of(RUNS, 1).result == c->code, "%s: %d", c->what,
		      (int)debt_of(RUNS, 1).result);
	if (c->dialled == 0)
		for (unsigned i = 1; i <= DEBTS; i++)
			ck_assert_int_eq(debt_of(RUNS, i).result, c->code);
	if (c->code == OUT_PAID) /* one in each run: the results of old ones are corrected */
		ck_assert_int_eq(debt_of(1, 1).settled, SETTLED_PAID);
	else
		ck_assert_uint_eq(out_rows("corrections", "result="), 0);
	end_rig();
}
END_TEST

/* He has another name from then on, and is excluded by that one. */
START_TEST(a_key_change_is_done_too)
{
	begin();
	give("key-1", "K p1;;;;;;p2;;;;;\n");
	ck_assert_uint_eq(intake_of(RUNS + 1).rows_refused, 0);
	ck_assert_uint_eq(intake_of(RUNS + 1).rows_taken, 1);
	ck_assert_uint_eq(intake_of(RUNS + 1).rows_warned, 1); /* old debts keep the old name */
	give("not-1", "N p2;;;;;;lawyer;set;\n");
	go_to(at(11, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_int_eq(debt_of(RUNS, 1).result, OUT_EXCLUDED);
	end_rig();
}
END_TEST

static struct said exclusion_command(enum control_method m)
{
	struct json *params = json_new_object();
	json_put_str(params, "person", "p1");
	json_put_str(params, "reason", "instalment");
	json_put_str(params, "words", "本人の希望");
	return ask_as("kacho", m, params);
}

/* What its caller is told is what the store has. */
START_TEST(an_override_that_is_said_to_be_done_is_done)
{
	begin();
	give("not-1", "N p1;;;;;;instalment;set;30\n");
	ck_assert_uint_eq(intake_of(RUNS + 1).rows_taken, 1);
	ck_assert_uint_eq(records(T_EXCLUSION), 1);
	size_t audits = records(T_AUDIT);
	ck_assert_int_eq(exclusion_command(M_EXCLUSION_OVERRIDE).err, 0);
	ck_assert_uint_eq(records(T_EXCLUSION), 2);
	ck_assert_int_eq(exclusion_command(M_EXCLUSION_RESTORE).err, 0);
	ck_assert_uint_eq(records(T_EXCLUSION), 1);
	ck_assert_int_eq(exclusion_command(M_EXCLUSION_RESTORE).err, E_NOTFOUND);
	ck_assert_uint_eq(records(T_AUDIT), audits + 3);
	go_to(at(11, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_int_eq(exclusion_command(M_EXCLUSION_OVERRIDE).err, 0);
	settle();
	ck_assert_uint_eq(dialled(NULL), 1);
	end_rig();
}
END_TEST

/* Two hundred debts of his are excluded: the next one is refused and nothing of it is there, but an
 * exclusion of the person holds. */
START_TEST(a_person_is_excluded_whatever_he_has_already)
{
	static char text[201 * 64];
	size_t n = 0;
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	for (unsigned i = 1; i <= 201; i++)
		n += (size_t)snprintf(text + n, sizeof text - n,
				      "N p1;14;kotei;2025;%u;n%u;staff;set;\n", i, i);
	give("not-1", text);
	ck_assert_uint_eq(intake_of(2).rows_refused, 1);
	ck_assert_uint_eq(records(T_EXCLUSION), 200);
	give("not-2", "N p1;;;;;;staff;set;\n");
	ck_assert_uint_eq(intake_of(3).rows_refused, 0);
	ck_assert_uint_eq(records(T_EXCLUSION), 201);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_EXCLUDED);
	end_rig();
}
END_TEST

/* More exclusions than a list of his may have, as no file brings them. */
static void put_exclusions(unsigned n)
{
	struct arena *arena;
	ck_assert_int_eq(arena_new(16 << 20, &arena), 0);
	struct tx tx = {.ops = &store_fake, .arena = arena};
	ck_assert_int_eq(store_fake.begin(e->store, &tx.txn), 0);
	for (unsigned i = 1; i <= n; i++) {
		char period[16];
		snprintf(period, sizeof period, "%u", i);
		struct exclusion_rec rec = {
		    .key = {"p1", "14", "kotei", "2025", "2025", period, "n"},
		    .reason = EXCLUSION_STAFF,
		    .department = "",
		    .from_day = DAY_NONE,
		    .until_day = DAY_NONE,
		    .words = "",
		    .by = ""};
		ck_assert_int_eq(db_exclusion_put(&tx, &rec), 0);
	}
	int err;
	ck_assert_int_eq(store_fake.commit(tx.txn, &err), COMMIT_DONE);
	arena_free(arena);
}

/* Each override is an entry of its own beside its exclusion: 2,048 in all. What is refused has
 * written nothing, and nobody is called on its account. */
START_TEST(an_override_of_too_many_changes_nothing)
{
	static const struct {
		unsigned n;
		int err;
	} cases[] = {{1024, 0}, {1025, E_LIMIT}};
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	put_exclusions(cases[_i].n);
	size_t audits = records(T_AUDIT);
	struct json *params = json_new_object();
	json_put_str(params, "person", "p1");
	json_put_str(params, "reason", "staff");
	json_put_str(params, "words", "本人の希望");
	struct said said = ask_as("kacho", M_EXCLUSION_OVERRIDE, params);
	ck_assert_int_eq(said.err, cases[_i].err);
	ck_assert_uint_eq(records(T_EXCLUSION), cases[_i].n * (said.err ? 1 : 2));
	ck_assert_uint_eq(records(T_AUDIT), audits + 1); /* who asked, whatever was said */
	if (said.err)
		ck_assert_ptr_nonnull(strstr(said.why, "too many"));
	end_rig();
}
END_TEST

static TCase *history_case(void)
{
	TCase *t = tcase_create("history");
	tcase_set_timeout(t, 300);
	tcase_add_loop_test(t, a_row_is_done_whatever_his_history, 0,
			    (int)(sizeof rows / sizeof *rows));
	tcase_add_test(t, a_key_change_is_done_too);
	tcase_add_test(t, an_override_that_is_said_to_be_done_is_done);
	tcase_add_test(t, a_person_is_excluded_whatever_he_has_already);
	tcase_add_loop_test(t, an_override_of_too_many_changes_nothing, 0, 2);
	return t;
}

UNIT_MAIN("turn_history", history_case)
