/*
 * Somebody with a hundred debts in each of many runs that are open at the same time, and
 * rows about him. What a row does grows with his debts; what memory it needs must not
 * grow with it beyond the turn's, or the turn is refused, and so is its repetition, for ever:
 * everything would stand still for one resident.
 */
#include "tests/unit/turn_rig.inc"

enum { RUNS = 40, DEBTS = 100 };

/* Each in a campaign of its own: within one his debts would be repeats. */
static void begin(void)
{
	static char text[DEBTS * 96];
	char name[32], pattern[32];

	start_rig((struct rig){0});
	for (unsigned n = 1; n <= RUNS; n++) {
		snprintf(name, sizeof name, "k%u", n);
		snprintf(pattern, sizeof pattern, "targets-k%u-*", n);
		put_campaign(name, pattern, "催告", one_wave);
	}
	crash(); /* which reads the specs */
	size_t at_byte = 0;
	for (unsigned i = 1; i <= DEBTS; i++)
		at_byte +=
		    (size_t)snprintf(text + at_byte, sizeof text - at_byte,
				     "T p1;14;kotei;2026;%u;n1;1000;長野太郎;503;" P1 "m\n", i);
	for (unsigned n = 1; n <= RUNS; n++) {
		snprintf(name, sizeof name, "targets-k%u-1", n);
		run_file(name, text, n);
		ck_assert_uint_eq(debts_of(n), DEBTS);
	}
}

/* A hundred rows, one a debt. */
static const char *each_paid(void)
{
	static char text[DEBTS * 64];
	size_t n = 0;
	for (unsigned i = 1; i <= DEBTS; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "P p1;14;kotei;2026;%u;n1;full\n",
				      i);
	return text;
}

static const struct {
	const char *what, *file, *row;
	enum outcome code; /* of each debt; OUT_NONE: they are waiting still */
	uint32_t refused;
} rows[] = {
    {"a withdrawal of the person", "back-1", "B p1;;;;;\n", OUT_WITHDRAWN, 0},
    {"a withdrawal that fits all", "back-1", "B p1;14;kotei;2026;;n1\n", OUT_HELD, 1},
    {"an exclusion", "not-1", "N p1;;;;;;lawyer;set;\n", OUT_EXCLUDED, 0},
    {"a payment that fits all", "pay-1", "P p1;14;kotei;2026;;n1;full\n", OUT_HELD, 1},
    {"a payment of each", "pay-1", NULL, OUT_PAID, 0},
    {"a hold", "hold-1", "H p1;;complaint;-;set\n", OUT_NONE, 0},
};

START_TEST(a_row_is_done_however_much_he_owes)
{
	begin();
	give(rows[_i].file, rows[_i].row ? rows[_i].row : each_paid());
	ck_assert_msg(intake_of(RUNS + 1).state == FILE_TAKEN, "%s", rows[_i].what);
	ck_assert_uint_eq(intake_of(RUNS + 1).rows_refused, rows[_i].refused);
	ck_assert(!e->commit_trouble);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	for (unsigned run = 1; run <= RUNS; run++)
		for (unsigned i = 1; i <= DEBTS; i++)
			ck_assert_msg(debt_of(run, i).result == rows[_i].code, "%s: %u/%u: %d",
				      rows[_i].what, run, i, (int)debt_of(run, i).result);
	if (rows[_i].code != OUT_NONE) /* one result a debt, and nothing to correct in it */
		for (unsigned run = 1; run <= RUNS; run++)
			ck_assert_int_eq(run_of(run).state, RUN_CLOSED);
	ck_assert_uint_eq(out_rows("corrections", "result="), 0);
	end_rig();
}
END_TEST

/* Two looks of match.h at his debts; payments by the new name came before it, and are caught up
 * with. */
START_TEST(a_key_change_of_all_his_debts)
{
	begin();
	give("pay-1", "P p2;14;kotei;2026;1;n1;full\nP p2;14;kotei;2026;2;n1;full\n");
	give("key-1", "K p1;;;;;;p2;;;;;\n");
	ck_assert_uint_eq(intake_of(RUNS + 2).rows_taken, 1);
	ck_assert_uint_eq(intake_of(RUNS + 2).rows_warned, 1); /* more than one look finds */
	for (unsigned run = 1; run <= RUNS; run++)
		for (unsigned i = 1; i <= 3; i++)
			ck_assert_int_eq(debt_of(run, i).settled,
					 i <= 2 ? SETTLED_PAID : SETTLED_NO);
	give("back-1", "B p2;;;;;\n");
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	for (unsigned run = 1; run <= RUNS; run++) {
		ck_assert_int_eq(debt_of(run, 1).result, OUT_PAID);
		ck_assert_int_eq(debt_of(run, DEBTS).result, OUT_WITHDRAWN);
	}
	end_rig();
}
END_TEST

static TCase *crowded_case(void)
{
	TCase *t = tcase_create("crowded");
	tcase_set_timeout(t, 300);
	tcase_add_loop_test(t, a_row_is_done_however_much_he_owes, 0,
			    (int)(sizeof rows / sizeof *rows));
	tcase_add_test(t, a_key_change_of_all_his_debts);
	return t;
}

UNIT_MAIN("turn_crowded", crowded_case)
