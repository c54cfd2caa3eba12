/*
 * Payments against calls that are on their way: recalled before they are dialled, or too
 * late; never heard with the old amount.
 */
#include "tests/unit/turn_rig.inc"

#define PAY1 "P p1;14;kotei;2026;3;n1;full\n"

START_TEST(recall_before_dialling)
{
	start_rig((struct rig){0});
	script("09011112222", wait_call);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	uint64_t id = flying(1, "p1");
	ck_assert_int_eq(attempt_of(id).state, ATTEMPT_INTENDED);
	give("pay-1", PAY1);
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_int_eq(attempt_of(id).state, ATTEMPT_DROPPED);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID);
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	ck_assert_uint_eq(e->lines_used, 0);
	go_to(at(7, 15, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_uint_eq(out_rows("results", "result=80"), 1);
	ck_assert_uint_eq(out_rows("contacts", "attempt="), 0); /* a dropped one is no contact */
	end_rig();
}
END_TEST

START_TEST(recall_too_late)
{
	start_rig((struct rig){0});
	script("09011112222", hold_call);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	uint64_t id = flying(1, "p1");
	give("pay-1", PAY1);
	ck_assert_uint_eq(recalls, 1); /* the call is told that its debts are stale, and goes on */
	ck_assert_int_eq(attempt_of(id).state, ATTEMPT_ANSWERED);
	ck_assert(fake_voice_end(e->voice, id, OUT_NO_ANSWER));
	settle();
	ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID);
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	ck_assert_uint_eq(dialled(NULL), 1);
	end_rig();
}
END_TEST

START_TEST(recall_too_late_but_heard)
{
	start_rig((struct rig){0});
	script("09011112222",
	       (struct fake_call){.kind = FAKE_HOLD, .answered = true, .heard = true});
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	uint64_t id = flying(1, "p1");
	give("pay-1", PAY1);
	ck_assert(fake_voice_end(e->voice, id, OUT_ANSWERED));
	settle();
	ck_assert_int_eq(debt_of(1, 1).result, OUT_ANSWERED); /* 10 heard stands before 80 */
	end_rig();
}
END_TEST

START_TEST(a_part_payment_makes_new_prompts)
{
	start_rig((struct rig){.lines = 1});
	script("09033334444", hold_call);
	/* p2 holds the one line, p1's prompts with 12,000 yen are ready */
	run_file("targets-1a", "T p0;14;kotei;2026;3;n2;8000;伊那花子;1224;09033334444m\n" ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled("09033334444"), 1);
	settle();
	ck_assert_uint_eq(map_count(e->ready), 1);
	uint64_t version = target_of(1, "p1").debts_version;
	size_t before = fake_speech_posts(e->speech);
	give("pay-1", "P p1;14;kotei;2026;3;n1;5000\n");
	ck_assert_int_eq(debt_of(1, 1 + 1).amount, 5000);
	ck_assert_int_eq(debt_of(1, 1 + 1).amount_first, 12000);
	ck_assert_uint_eq(target_of(1, "p1").debts_version, version + 1);
	settle();
	ck_assert_uint_eq(fake_speech_posts(e->speech), before + 1);
	ck_assert(fake_voice_end(e->voice, flying(1, "p0"), OUT_ANSWERED));
	settle();
	const struct fake_dialled *list;
	size_t n = fake_voice_dialled(e->voice, &list);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(list[1].debts_version, version + 1);
	go_to(at(7, 9, 15)); /* rows that wait for a file go out after ten minutes */
	ck_assert_uint_eq(out_rows("results", "amount=5000"), 1);
	end_rig();
}
END_TEST

START_TEST(a_part_payment_recalls_what_was_intended)
{
	start_rig((struct rig){0});
	script("09011112222", wait_call);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	uint64_t id = flying(1, "p1");
	give("pay-1", "P p1;14;kotei;2026;3;n1;5000\n");
	ck_assert_int_eq(attempt_of(id).state, ATTEMPT_DROPPED);
	settle();
	ck_assert_uint_eq(attempts(), 1); /* the file hushed everybody (hush.h): */
	go_to(at(7, 9, 2));
	ck_assert_uint_eq(attempts(), 2); /* anew, a minute later */
	uint64_t again = flying(1, "p1");
	ck_assert_uint_ne(again, id);
	ck_assert_uint_eq(attempt_of(again).debts_version, 2);
	ck_assert(fake_voice_end(e->voice, again, OUT_ANSWERED));
	settle();
	end_rig();
}
END_TEST

/* One file may pay very many debts of one person: one recall is enough, and the channel's mailbox
 * has room for one a line. */
START_TEST(a_hundred_payments_one_recall)
{
	char *targets = calloc(100, 100), *pays = calloc(100, 100), *t = targets, *p = pays;
	for (int i = 0; i < 100; i++) {
		t += sprintf(t, "T p1;14;kotei;2026;%d;n;100;長野太郎;503;09011112222m\n", i);
		p += sprintf(p, "P p1;14;kotei;2026;%d;n;full\n", i);
	}
	start_rig((struct rig){.lines = 1});
	script("09011112222", hold_call);
	run_file("targets-1a", targets, 1);
	go_to(at(7, 9, 0));
	give("pay-1", pays);
	ck_assert_uint_eq(recalls, 1);
	ck_assert(fake_voice_end(e->voice, flying(1, "p1"), OUT_NO_ANSWER));
	settle();
	ck_assert_uint_eq(out_rows("results", "result=80"), 100);
	free(targets);
	free(pays);
	end_rig();
}
END_TEST

static TCase *recalling(void)
{
	TCase *t = tcase_create("recall");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, recall_before_dialling);
	tcase_add_test(t, recall_too_late);
	tcase_add_test(t, recall_too_late_but_heard);
	tcase_add_test(t, a_part_payment_makes_new_prompts);
	tcase_add_test(t, a_part_payment_recalls_what_was_intended);
	tcase_add_test(t, a_hundred_payments_one_recall);
	return t;
}

UNIT_MAIN("turn_recall", recalling)
