/*
 * Files that a person gives up: what is on record and in the files that go back, what was applied,
 * who is contacted afterwards; and files that nobody may give up.
 */
#include "tests/unit/turn_rig.inc"

#include <unistd.h>

static struct said give_up(const char *user, uint32_t intake)
{
	struct json *params = json_new_object();
	json_put_int(params, "intake", intake);
	json_put_str(params, "reason", "ディスク障害");
	return ask_as(user, M_INTAKE_REFUSE, params);
}

enum copy { THERE, GONE, CUT, ALTERED, NOT_MOVED };

/* The file stands; what is with our copy? */
static void becomes(enum copy copy, uint32_t intake, const char *name)
{
	char path[MAX_PATH_BYTES], arriving[MAX_PATH_BYTES];
	ck_assert_int_eq(spool_path(e->spool, SPOOL_RECEIVED, intake, name, path), 0);
	ck_assert_int_eq(spool_path(e->spool, SPOOL_ARRIVING, intake, name, arriving), 0);
	switch (copy) {
	case GONE:
		ck_assert_int_eq(unlink(path), 0);
		break;
	case CUT:
		ck_assert_int_eq(truncate(path, 5), 0);
		break;
	case ALTERED: {
		FILE *f = fopen(path, "r+");
		ck_assert_ptr_nonnull(f);
		ck_assert_int_ne(fputc('X', f), EOF);
		ck_assert_int_eq(fclose(f), 0);
		break;
	}
	case NOT_MOVED:
		ck_assert_int_eq(rename(path, arriving), 0);
		break;
	case THERE:
		break;
	}
}

/* Reading fails before its row `at`; with 0 it never failed. */
static void standing(const char *name, const char *text, uint32_t at)
{
	fake_exchange_batch(1);
	fake_exchange_fail_at(at, E_IO);
	give(name, text);
	fake_exchange_fail_at(0, 0);
}

#define PAID_TWO "P p2;14;kotei;2026;3;n2;full\n"

static const struct {
	const char *what;
	enum copy copy;
	bool lost;
} copies[] = {{"the copy is there", THERE, false},
	      {"the copy is lost", GONE, true},
	      {"the copy is cut", CUT, true},
	      {"the copy is another", ALTERED, true},
	      {"the copy was not moved", NOT_MOVED, false}};

START_TEST(payments_half_applied)
{
	bool lost = copies[_i].lost;
	start_rig((struct rig){0});
	run_file("targets-1a", ONE TWO, 1);
	standing("pay-1", "P " KEY ";full\n" PAID_TWO, 2);
	ck_assert_uint_eq(intake_of(2).rows_done, 1);
	ck_assert_uint_eq(e->payments_in, 1);
	becomes(copies[_i].copy, 2, "pay-1");
	struct said said = give_up("kacho", 2);
	ck_assert_msg(said.err == 0, "%s: %s", copies[_i].what, said.why);
	settle_drop();
	struct intake_rec in = intake_of(2);
	ck_assert_int_eq(in.state, FILE_REFUSED);
	ck_assert_str_eq(in.code, "E0004");
	ck_assert(in.lost == lost);
	ck_assert_uint_eq(out_rows("errors", "最初の1行は適用済みで、残りの1行は適用していません"),
			  1);
	ck_assert_uint_eq(out_rows("errors", "理由: ディスク障害"), 1);
	ck_assert_uint_eq(out_rows("errors", "手元の写しは失われました"), lost);
	ck_assert_uint_eq(out_rows("receipt", "state=refused"), 1);
	ck_assert(there("drop/in/refused/pay-1.2"));
	ck_assert(!alerted("intake-2"));
	ck_assert(!alerted("spool"));
	ck_assert(!alerted("archive"));
	ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID); /* applied stays applied */
	ck_assert_int_eq(debt_of(1, 2).settled, SETTLED_NO);
	/* Nobody is silent because of it, but a good file has to come: he may have paid. */
	ck_assert_uint_eq(e->payments_in, 0);
	ck_assert_uint_eq(e->files_in, 0);
	crash();
	settle_drop();
	ck_assert_uint_eq(e->files_in, 0);
	ck_assert(!alerted("spool"));
	ck_assert_uint_eq(out_rows("errors", "理由: ディスク障害"), 1);
	char path[MAX_PATH_BYTES]; /* what there is of it stays to be looked at */
	ck_assert_int_eq(spool_path(e->spool, SPOOL_REFUSED, 2, "pay-1", path), 0);
	ck_assert_msg((access(path, F_OK) == 0) == (copies[_i].copy != GONE), "%s",
		      copies[_i].what);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert(alerted("payments-core"));
	give("pay-2", "P p9;14;kotei;2026;3;n9;full\n");
	ck_assert_int_eq(intake_of(3).state, FILE_TAKEN);
	settle();
	ck_assert_uint_eq(dialled(P2), 1);
	end_rig();
}
END_TEST

/* Before anything of it was read; the rows that come later are nobody's. */
START_TEST(what_the_reader_still_sends_is_not_applied)
{
	struct event *ev;
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	standing("back-1", "B p1;;;;;\nB p2;;;;;\n", 1);
	ck_assert_int_eq(intake_of(2).state, FILE_CHECKED);
	ck_assert_int_eq(give_up("kacho", 2).err, 0);
	ev = event_new(EV_ROWS);
	ev->batch = calloc(1, sizeof *ev->batch);
	ev->batch->intake = 2;
	ev->batch->order = intake_of(2).order;
	ev->batch->kind = LAYOUT_WITHDRAWALS;
	ev->batch->first_row = 1;
	ev->batch->last_row = 2;
	ck_assert_int_eq(mailbox_post(e->rows, ev), 0);
	ev = event_new(EV_INTAKE_END);
	ev->checked.intake = 2;
	ck_assert_int_eq(mailbox_post(e->rows, ev), 0);
	settle_drop();
	ck_assert_int_eq(intake_of(2).state, FILE_REFUSED);
	ck_assert_uint_eq(intake_of(2).rows_done, 0);
	ck_assert_uint_eq(out_rows("errors", "1行も適用していません"), 1);
	ck_assert_int_eq(debt_of(1, 1).settled, SETTLED_NO);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(P1), 1); /* contact goes on: it was no payments file */
	end_rig();
}
END_TEST

START_TEST(a_targets_file_without_a_debt)
{
	start_rig((struct rig){0});
	standing("targets-1a", ONE TWO, 1);
	ck_assert_uint_eq(records(T_RUN), 1);
	ck_assert_int_eq(give_up("kacho", 1).err, 0);
	settle_drop();
	ck_assert_int_eq(intake_of(1).state, FILE_REFUSED);
	ck_assert_uint_eq(intake_of(1).run, 0);
	ck_assert_uint_eq(records(T_RUN), 0);
	ck_assert_uint_eq(e->n_runs, 0);
	run_file("targets-1b", ONE TWO, 2); /* under another name it is a new file */
	ck_assert_uint_eq(run_of(2).targets, 2);
	end_rig();
}
END_TEST

START_TEST(what_is_not_given_up)
{
	struct said said;
	start_rig((struct rig){0});
	ck_assert_int_eq(give_up("kacho", 1).err, E_NOTFOUND);
	standing("targets-1a", ONE TWO, 2);
	said = give_up("kacho", 1);
	ck_assert_int_eq(said.err, E_STATE);
	ck_assert_ptr_nonnull(strstr(said.why, "debts of run 1"));
	ck_assert_int_eq(give_up("kaigo", 1).err, E_NOTFOUND); /* another department's */
	crash();
	settle_drop();
	ck_assert_int_eq(intake_of(1).state, FILE_TAKEN);
	said = give_up("kacho", 1);
	ck_assert_int_eq(said.err, E_STATE);
	ck_assert_ptr_nonnull(strstr(said.why, "taken already"));
	/* Being read: it waits for nothing. */
	standing("pay-1", "P " KEY ";full\n" PAID_TWO, 2);
	struct again *waiting = e->reload;
	ck_assert_ptr_nonnull(waiting);
	e->reload = NULL;
	said = give_up("kacho", 2);
	ck_assert_int_eq(said.err, E_STATE);
	ck_assert_ptr_nonnull(strstr(said.why, "being read (row 1 of 2)"));
	ck_assert_int_eq(intake_of(2).state, FILE_CHECKED);
	e->reload = waiting;
	waiting->boot_ms = 0; /* the next try */
	settle_drop();
	ck_assert_int_eq(intake_of(2).state, FILE_TAKEN);
	end_rig();
}
END_TEST

static TCase *giveup_case(void)
{
	TCase *t = tcase_create("give up");
	tcase_set_timeout(t, 300);
	tcase_add_loop_test(t, payments_half_applied, 0, (int)(sizeof copies / sizeof *copies));
	tcase_add_test(t, what_the_reader_still_sends_is_not_applied);
	tcase_add_test(t, a_targets_file_without_a_debt);
	tcase_add_test(t, what_is_not_given_up);
	return t;
}

UNIT_MAIN("turn_giveup", giveup_case)
