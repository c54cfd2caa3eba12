/*
 * What is remembered of people and keys: who is the same person (名寄せ), by which keys a
 * debt is known (年度替わり), in whichever order the files come.
 */
#include "tests/unit/turn_rig.inc"

#include "engine/turn/names.h"
#include "engine/turn/purge.h"

#define OF(person, group)                                                                          \
	"T " person ";14;kotei;2026;3;" person ";12000;長野太郎@" group ";503;" P1 "m\n"
#define OLD KEY
#define NEW "p1;14;kotei;2027;3;n1"
#define CHANGE "K " OLD ";" NEW "\n"
#define DEBT_NEW "T " NEW ";12000;長野太郎;503;" P1 "m\n"

/* ---- one person under two 宛名番号 ---- */

static const struct {
	const char *words, *file, *rows;
	enum outcome result;
} about[] = {
    {"a complaint", "hold-1", "H p2;;complaint;-;set\n", OUT_HELD},
    {"a promise of staff", "hold-1", "H p2;;staff;2026-12-30;set\n", OUT_HELD},
    {"a wrong number", "num-1", "M " P1 ";p2;wrong;set\n", OUT_NO_NUMBER},
    {"a dead number", "num-1", "M " P1 ";p2;dead;set\n", OUT_NO_NUMBER},
    {"支援措置", "not-1", "N p2;;;;;;protected;set;\n", OUT_EXCLUDED},
    {"a lawyer", "not-1", "N p2;;;;;;lawyer;set;\n", OUT_EXCLUDED},
};

/* How the engine learns that p1 is p2. */
enum { BY_GROUP, BY_GROUP_LATER, BY_KEY_CHANGE, WAYS };

START_TEST(what_concerns_him_concerns_all_his_names)
{
	for (int way = 0; way < WAYS; way++)
		for (int late = 0; late < 2; late++) {
			bool group = way != BY_KEY_CHANGE;
			start_rig((struct rig){0});
			if (way == BY_KEY_CHANGE)
				give("key-1", "K p2;14;kotei;2025;1;n8;p1;14;kotei;2025;1;n8\n");
			if (way == BY_GROUP_LATER)
				give("targets-2a", OF("p2", "g1"));
			if (!late)
				give(about[_i].file, about[_i].rows);
			run_file("targets-1a",
				 way == BY_GROUP ? OF("p1", "g1") OF("p2", "g1") : OF("p1", "g1"),
				 way == BY_GROUP_LATER ? 2 : 1);
			crash();
			if (late)
				give(about[_i].file, about[_i].rows);
			for (int day = 7; day < 13; day += 5)
				go_to(at(day, 12, 0));
			ck_assert_msg(dialled(NULL) == 0, "%s, way %d, late %d: %zu calls",
				      about[_i].words, way, late, dialled(NULL));
			ck_assert_int_eq(debt_of(group && way ? 2 : 1, 1).result, about[_i].result);
			end_rig();
		}
}
END_TEST

/* … and who is called for him at that moment is recalled. */
START_TEST(a_hold_of_one_name_recalls_the_other)
{
	start_rig((struct rig){0});
	script(NULL, wait_call);
	give("targets-2a", OF("p2", "g1"));
	run_file("targets-1a", OF("p1", "g1"), 2);
	go_to(at(7, 9, 0));
	uint64_t id = flying(2, "p1");
	ck_assert_uint_ne(id, 0);
	give(about[_i].file, about[_i].rows);
	ck_assert_msg(attempt_of(id).state == ATTEMPT_DROPPED, "%s", about[_i].words);
	end_rig();
}
END_TEST

/* A lift that names one of them ends what was made under another. */
START_TEST(a_lift_of_one_name_lifts_the_other)
{
	start_rig((struct rig){0});
	give("targets-2a", OF("p2", "g1"));
	give("hold-1", "H p2;;care;-;set\n");
	give("num-1", "M " P1 ";p2;wrong;set\n");
	run_file("targets-1a", OF("p1", "g1"), 2);
	give("num-2", "M " P1 ";p1;wrong;lift\n");
	give("hold-2", "H p1;;care;-;lift\n");
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 1);
	end_rig();
}
END_TEST

static const struct {
	const char *words, *first, *second;
} strangers[] = {
    {"no group", OF("p1", ""), OF("p2", "")},
    {"zeros are no group", OF("p1", "000"), OF("p2", "000")},
    {"two groups", OF("p1", "g1"), OF("p2", "g2")},
    {"p2 was of his group, and a newer file knows better", OF("p1", "g1"),
     OF("p2", "g1") /* and then g2 */},
};

START_TEST(who_is_not_him)
{
	start_rig((struct rig){0});
	give("targets-2a", strangers[_i].second);
	if (_i == 3) {
		go_to(at(7, 8, 5));
		give("targets-2b", "T p2;14;kotei;2026;1;n9;100;長野太郎@g2;503;" P1 "m\n");
		ck_assert_int_eq(run_of(2).state, RUN_DRAFT);
	}
	run_file("targets-1a", strangers[_i].first, _i == 3 ? 3 : 2);
	give("hold-1", "H p2;;complaint;-;set\n");
	go_to(at(7, 9, 0));
	ck_assert_msg(dialled(NULL) == 1, "%s", strangers[_i].words);
	end_rig();
}
END_TEST

/* A column that holds something else for everybody makes nobody the same person. */
START_TEST(a_crowd_is_no_person)
{
	char text[8192];
	size_t n = 0;
	start_rig((struct rig){0});
	for (int i = 0; i < MOST_NAMES + 2; i++)
		n +=
		    (size_t)snprintf(text + n, sizeof text - n,
				     "T q%02d;14;kotei;2026;3;n1;12000;長野太郎@all;503;0901111%04d"
				     "m\n",
				     i, i);
	give("hold-1", "H q03;;complaint;-;set\n");
	run_file("targets-1a", text, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), MOST_NAMES + 1);
	end_rig();
}
END_TEST

static TCase *people(void)
{
	TCase *t = tcase_create("people");
	int n = (int)(sizeof about / sizeof *about);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, what_concerns_him_concerns_all_his_names, 0, n);
	tcase_add_loop_test(t, a_hold_of_one_name_recalls_the_other, 0, n);
	tcase_add_test(t, a_lift_of_one_name_lifts_the_other);
	tcase_add_loop_test(t, who_is_not_him, 0, (int)(sizeof strangers / sizeof *strangers));
	tcase_add_test(t, a_crowd_is_no_person);
	return t;
}

/* ---- one debt under two keys: three files in every order ---- */

struct crossing {
	const char *words, *debt, *file, *rows;
	enum outcome result;
};
#define NEXT_PERSON "p7;14;kotei;2027;3;n1"
static const struct crossing crossings[] = {
    {"debt by the old key, payment by the new", ONE, "pay-1", "P " NEW ";full\n", OUT_PAID},
    {"debt by the new key, payment by the old", DEBT_NEW, "pay-1", "P " OLD ";full\n", OUT_PAID},
    {"both by the old", ONE, "pay-1", "P " OLD ";full\n", OUT_PAID},
    {"both by the new", DEBT_NEW, "pay-1", "P " NEW ";full\n", OUT_PAID},
    {"a payment that lacks a part", DEBT_NEW, "pay-1", "P p1;14;kotei;2026;;n1;full\n", OUT_PAID},
    {"速報 by the old key", DEBT_NEW, "pay-1", "P " OLD ";prelim\n", OUT_PAID},
    {"an exclusion by the old key", DEBT_NEW, "not-1", "N " OLD ";instalment;set;\n", OUT_EXCLUDED},
    {"an exclusion by the new key", ONE, "not-1", "N " NEW ";instalment;set;\n", OUT_EXCLUDED},
    {"a hold of the old person", "T " NEXT_PERSON ";12000;長野太郎;503;" P1 "m\n", "hold-1",
     "H p1;;complaint;-;set\n", OUT_HELD},
    {"a payment by the old person", "T " NEXT_PERSON ";12000;長野太郎;503;" P1 "m\n", "pay-1",
     "P " OLD ";full\n", OUT_PAID},
    {"a payment by the new person", ONE, "pay-1", "P " NEXT_PERSON ";full\n", OUT_PAID},
};

static void give_one(const struct crossing *c, int what)
{
	if (what == 0)
		give("targets-1a", c->debt);
	else if (what == 1)
		give("key-1", strstr(c->debt, "p7") || strstr(c->rows, "p7") ? "K " OLD
									       ";" NEXT_PERSON "\n"
									     : CHANGE);
	else
		give(c->file, c->rows);
}

START_TEST(three_files_in_any_order)
{
	static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					 {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	const struct crossing *c = &crossings[_i];
	for (size_t i = 0; i < 6; i++) {
		start_rig((struct rig){0});
		for (size_t k = 0; k < 3; k++) {
			give_one(c, orders[i][k]);
			if (i % 2)
				crash();
		}
		if (run_of(1).state == RUN_DRAFT) {
			must(M_RUN_SUBMIT, 1);
			must(M_RUN_APPROVE, 1);
			must(M_RUN_START, 1);
		}
		for (int day = 7; day < 13; day += 5)
			go_to(at(day, 12, 0));
		ck_assert_msg(dialled(NULL) == 0, "%s, order %zu: %zu calls", c->words, i,
			      dialled(NULL));
		ck_assert_msg(debt_of(1, 1).result == c->result, "%s, order %zu: %d", c->words, i,
			      (int)debt_of(1, 1).result);
		end_rig();
	}
}
END_TEST

/* Two changes, one after the other, in either order. */
START_TEST(over_two_changes)
{
	for (int i = 0; i < 2; i++) {
		start_rig((struct rig){0});
		const char *first = CHANGE, *second = "K " NEW ";p1;14;kotei;2028;3;n1\n";
		give("key-1", i ? second : first);
		if (i)
			run_file("targets-1a", ONE, 1);
		give("key-2", i ? first : second);
		if (!i)
			run_file("targets-1a", ONE, 1);
		give("pay-1", "P p1;14;kotei;2028;3;n1;full\n");
		go_to(at(7, 9, 0));
		ck_assert_msg(dialled(NULL) == 0, "order %d", i);
		ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID);
		end_rig();
	}
}
END_TEST

/* A row that names persons alone moves all debts of the one to the other. */
START_TEST(a_person_with_two_debts_gets_another_number)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE ONE_MORE, 1);
	give("key-1", "K p1;;;;;;p7;;;;;\n");
	give("pay-1", "P p7;14;kotei;2026;3;n1;full\nP p7;14;kotei;2026;4;n1;full\n");
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID);
	ck_assert_int_eq(debt_of(1, 2).result, OUT_PAID);
	end_rig();
}
END_TEST

/* Both 宛名番号 in one file: each is its own target, and has its own debts. */
START_TEST(two_numbers_of_one_person_in_one_run)
{
	start_rig((struct rig){0});
	give("key-1", "K " OLD ";" NEXT_PERSON "\n");
	run_file("targets-1a", ONE "T p7;14;kotei;2027;4;n1;700;長野太郎;503;" P1 "m\n", 1);
	ck_assert_uint_eq(run_of(1).targets, 2);
	struct debt d = debt_of(1, 2);
	ck_assert_uint_eq(d.target, 2);
	end_rig();
}
END_TEST

/* The debt by its other key is a repeat. */
START_TEST(a_repeat_by_the_new_key)
{
	start_rig((struct rig){0});
	give("key-1", CHANGE);
	run_file("targets-1a", ONE, 1);
	give("targets-1b", DEBT_NEW);
	ck_assert_uint_eq(out_rows("errors", "E0004"), 1);
	end_rig();
}
END_TEST

/* … and the error names the row of the file, though that is loaded in another order and the debt is
 * of the same batch. */
START_TEST(a_repeat_by_the_new_key_in_one_file)
{
	fake_exchange_order(5);
	start_rig((struct rig){0});
	give("key-1", "K " OLD ";" NEXT_PERSON "\n");
	give("targets-1a", "T " NEXT_PERSON ";12000;長野太郎;503;" P1 "m\n" ONE);
	ck_assert_uint_eq(debt_of(1, 1).file_row, 2);
	ck_assert_uint_eq(out_rows("errors", "row=1"), 1);
	ck_assert_uint_eq(out_rows("errors", "同じ明細が配信1の2行目"), 1);
	end_rig();
	fake_exchange_order(0);
}
END_TEST

/* When the run is deleted nothing is left that names its debts. */
START_TEST(what_retention_deletes_is_found_by_no_key)
{
	start_rig((struct rig){0});
	give("key-1", CHANGE);
	run_file("targets-1a", ONE, 1);
	give("key-2", "K " NEW ";" NEXT_PERSON "\n");
	size_t keys = records(T_DEBTKEY);
	ck_assert_uint_ge(keys, 3);
	go_to(at(7, 9, 0));
	for (int day = 8; day < 19; day++)
		go_to(at(day, 9, 0));
	settle_drop();
	purge_add(e, 1);
	for (int i = 0; i < 200 && e->purge.runs.n; i++)
		turn();
	ck_assert_uint_eq(records(T_DEBT), 0);
	ck_assert_uint_eq(records(T_DEBTKEY), 0);
	give("pay-1", "P " OLD ";full\nP " NEW ";full\nP " NEXT_PERSON ";full\n");
	give("hold-1", "H p7;;complaint;-;set\n");
	give("back-1", "B p7;;;;;\n");
	end_rig();
}
END_TEST

static TCase *keys(void)
{
	TCase *t = tcase_create("keys");
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, three_files_in_any_order, 0,
			    (int)(sizeof crossings / sizeof *crossings));
	tcase_add_test(t, over_two_changes);
	tcase_add_test(t, a_person_with_two_debts_gets_another_number);
	tcase_add_test(t, two_numbers_of_one_person_in_one_run);
	tcase_add_test(t, a_repeat_by_the_new_key);
	tcase_add_test(t, a_repeat_by_the_new_key_in_one_file);
	tcase_add_test(t, what_retention_deletes_is_found_by_no_key);
	return t;
}

/* ---- a payment that fits two debts, before them ---- */

static const struct {
	const char *words, *pay;
	int held;     /* how many of the two */
	int64_t left; /* of the first */
} unclear[] = {
    {"paid, one of two", "P p1;14;kotei;2026;;n1;full\n", 2, 12000},
    {"a part, of one of two", "P p1;14;kotei;2026;;n1;5000\n", 2, 12000},
    {"速報, of one of two", "P p1;14;kotei;2026;;n1;prelim\n", 2, 12000},
    {"a part of the first, then one of two", "P " KEY ";5000\nP p1;14;kotei;2026;;n1;full\n", 2,
     5000},
    {"one of two, then the first", "P p1;14;kotei;2026;;n1;full\nP " KEY ";full\n", 1, 0},
    {"the first, then one of two", "P " KEY ";full\nP p1;14;kotei;2026;;n1;full\n", 1, 0},
};

START_TEST(a_payment_before_two_debts_holds_both)
{
	for (size_t rows = 1; rows <= 2; rows++) {
		fake_exchange_batch(rows); /* one debt a batch: nobody sees both at once */
		start_rig((struct rig){0});
		give("pay-1", unclear[_i].pay);
		run_file("targets-1a", ONE ONE_MORE, 1);
		int held = debt_of(1, 1).held + debt_of(1, 2).held;
		ck_assert_msg(held == unclear[_i].held, "%s, %zu a batch: %d held",
			      unclear[_i].words, rows, held);
		ck_assert_int_eq(debt_of(1, 1).amount, unclear[_i].left);
		ck_assert_uint_eq(out_rows("errors", "E0004"), 1);
		for (int day = 7; day < 13; day += 5)
			go_to(at(day, 12, 0));
		ck_assert_uint_eq(dialled(NULL), 0);
		end_rig();
	}
	fake_exchange_batch(MAX_BATCH_ROWS);
}
END_TEST

static TCase *parts(void)
{
	TCase *t = tcase_create("parts of keys");
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, a_payment_before_two_debts_holds_both, 0,
			    (int)(sizeof unclear / sizeof *unclear));
	return t;
}

UNIT_MAIN("turn_names", people, keys, parts)
