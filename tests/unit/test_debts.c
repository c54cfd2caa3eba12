/* Debts in packs, debts with entries of their own, and both in one run. */
#include "engine/turn/debts.h"

#include "tests/unit/tx_rig.inc"

#include <stdio.h>
#include <string.h>

enum { RUN = 7, MOST = 3000 };

static struct debt a_debt(uint32_t run, uint32_t row, int64_t amount)
{
	return (struct debt){.run = run,
			     .row = row,
			     .file_row = row + 1000,
			     .target = row / 2 + 1,
			     .key = {"p", "14", "k", "2026", "2026", "1", "n"},
			     .tax_words = "固定資産税",
			     .amount = amount};
}

/* A batch of places [from, to), `step` apart, last first. */
static void load(uint32_t from, uint32_t to, uint32_t step)
{
	struct bulk b;
	ck_assert_int_eq(bulk_new(&tx, MOST, &b), 0);
	for (uint32_t row = to - 1; row >= from; row -= step) {
		struct debt d = a_debt(RUN, row, 100 + row);
		ck_assert_int_eq(bulk_debt(&tx, &b, &d), 0);
		if (row < step)
			break;
	}
	ck_assert_int_eq(debts_pack(&tx, &b, from), 0);
	ck_assert_int_eq(bulk_put(&tx, &b, T_DEBT), 0);
}

static int64_t amount_of(uint32_t row)
{
	struct debt d;
	int err = db_debt_get(&tx, RUN, row, &d);
	if (err)
		return err;
	ck_assert_uint_eq(d.row, row);
	ck_assert_uint_eq(d.file_row, row + 1000);
	ck_assert_str_eq(d.tax_words, "固定資産税");
	return d.amount;
}

static void change(uint32_t row, int64_t amount)
{
	struct debt d = a_debt(RUN, row, amount);
	ck_assert_int_eq(db_debt_put(&tx, &d), 0);
}

static int one(void *arg, struct bytes key, struct bytes value)
{
	(void)key;
	(void)value;
	++*(size_t *)arg;
	return 0;
}

static size_t entries(void)
{
	size_t n = 0;
	ck_assert_int_eq(db_scan(&tx, T_DEBT, "", 0, 0, 0, one, &n), 0);
	return n;
}

struct seen {
	size_t n, most;
	uint32_t row[MOST];
	int64_t amount[MOST];
};

static int see(void *arg, const struct debt *d)
{
	struct seen *s = arg;
	s->row[s->n] = d->row;
	s->amount[s->n++] = d->amount;
	return s->n == s->most;
}

static struct seen *look(uint32_t from, size_t most)
{
	static struct seen s;
	s.n = 0;
	s.most = most;
	ck_assert_int_eq(debts_scan(&tx, RUN, from, see, &s), 0);
	for (size_t i = 1; i < s.n; i++)
		ck_assert_uint_gt(s.row[i], s.row[i - 1]);
	return &s;
}

START_TEST(a_batch_makes_packs)
{
	load(1, 1 + 4 * DEBT_PACK, 1);
	ck_assert_uint_eq(entries(), 4);
	for (uint32_t row = 1; row <= 4 * DEBT_PACK; row++)
		ck_assert_int_eq(amount_of(row), 100 + row);
	ck_assert_int_eq(amount_of(0), E_NOTFOUND);
	ck_assert_int_eq(amount_of(1 + 4 * DEBT_PACK), E_NOTFOUND);
	ck_assert_int_eq(amount_of(UINT32_MAX), E_NOTFOUND);
	ck_assert_uint_eq(look(1, MOST)->n, 4 * DEBT_PACK);
}
END_TEST

/* Whatever the batches' ends: every debt is there once, none is overwritten. */
START_TEST(batches_end_anywhere)
{
	static const uint32_t cuts[] = {1, 2, 20, 32, 33, 34, 64, 65, 100, 300, 301, 640, 700};
	size_t n = sizeof cuts / sizeof *cuts;
	for (int backwards = 0; backwards < 2; backwards++) { /* in whatever order they are put */
		for (size_t i = 0; i + 1 < n; i++) {
			size_t at = backwards ? n - 2 - i : i;
			load(cuts[at], cuts[at + 1], 1);
		}
		struct seen *s = look(1, MOST);
		ck_assert_uint_eq(s->n, 699);
		for (uint32_t row = 1; row < 700; row++) {
			ck_assert_int_eq(amount_of(row), 100 + row);
			ck_assert_int_eq(s->amount[row - 1], 100 + row);
		}
	}
}
END_TEST

START_TEST(places_of_refused_rows_are_empty)
{
	load(1, 400, 3);
	struct seen *s = look(1, MOST);
	ck_assert_uint_eq(s->n, 133);
	for (uint32_t row = 1; row < 400; row++)
		ck_assert_int_eq(amount_of(row), row % 3 == 0 ? 100 + (int)row : E_NOTFOUND);
}
END_TEST

START_TEST(a_changed_debt_stands_before_its_pack)
{
	load(1, 200, 1);
	static const uint32_t rows[] = {1, 2, 5, 31, 32, 33, 64, 65, 96, 150, 199};
	size_t n = sizeof rows / sizeof *rows;
	for (size_t i = 0; i < n; i++)
		change(rows[i], 7);
	for (size_t i = 0; i < n; i += 2)
		change(rows[i], 9); /* again */
	struct seen *s = look(1, MOST);
	ck_assert_uint_eq(s->n, 199);
	for (uint32_t row = 1; row < 200; row++) {
		int64_t want = 100 + row;
		for (size_t i = 0; i < n; i++)
			if (rows[i] == row)
				want = i % 2 ? 7 : 9;
		ck_assert_int_eq(amount_of(row), want);
		ck_assert_int_eq(s->amount[row - 1], want);
	}
	for (uint32_t row = 1; row < 200; row++) /* in the end all are changed */
		change(row, 5000 + row);
	for (uint32_t row = 1; row < 200; row++)
		ck_assert_int_eq(amount_of(row), 5000 + row);
	ck_assert_uint_eq(look(1, MOST)->n, 199);
}
END_TEST

START_TEST(a_scan_begins_and_stops_anywhere)
{
	load(1, 200, 1);
	change(40, 1);
	change(90, 1);
	for (uint32_t from = 0; from <= 202; from++) {
		struct seen *s = look(from, MOST);
		uint32_t first = from ? from : 1;
		ck_assert_uint_eq(s->n, first < 200 ? 200 - first : 0);
		if (s->n)
			ck_assert_uint_eq(s->row[0], first);
	}
	for (size_t most = 1; most < 70; most++) {
		struct seen *s = look(30, most);
		ck_assert_uint_eq(s->n, most);
		ck_assert_uint_eq(s->row[most - 1], 30 + most - 1);
	}
}
END_TEST

START_TEST(other_runs_are_others)
{
	load(1, 100, 1);
	struct debt d = a_debt(RUN + 1, 1, 3);
	ck_assert_int_eq(db_debt_put(&tx, &d), 0);
	d = a_debt(RUN - 1, 500, 3);
	ck_assert_int_eq(db_debt_put(&tx, &d), 0);
	ck_assert_uint_eq(look(1, MOST)->n, 99);
	ck_assert_int_eq(amount_of(500), E_NOTFOUND);
	ck_assert_int_eq(db_debt_get(&tx, RUN + 1, 1, &d), 0);
	ck_assert_int_eq(db_debt_get(&tx, RUN + 1, 2, &d), E_NOTFOUND);
	ck_assert_int_eq(db_debt_get(&tx, RUN - 1, 499, &d), E_NOTFOUND);
}
END_TEST

START_TEST(a_long_debt_has_an_entry_of_its_own)
{
	static char words[MOST_PACKED_BYTES];
	struct bulk b;
	ck_assert_int_eq(bulk_new(&tx, 3, &b), 0);
	memset(words, 'x', sizeof words - 1);
	for (uint32_t row = 1; row <= 3; row++) {
		struct debt d = a_debt(RUN, row, 100 + row);
		if (row == 2) {
			d.n_carried = 1;
			d.carried_name[0] = "備考";
			d.carried[0] = words;
		}
		ck_assert_int_eq(bulk_debt(&tx, &b, &d), 0);
	}
	ck_assert_int_eq(debts_pack(&tx, &b, 1), 0);
	ck_assert_int_eq(bulk_put(&tx, &b, T_DEBT), 0);
	ck_assert_uint_eq(entries(), 2);
	for (uint32_t row = 1; row <= 3; row++)
		ck_assert_int_eq(amount_of(row), 100 + row);
	struct debt d;
	ck_assert_int_eq(db_debt_get(&tx, RUN, 2, &d), 0);
	ck_assert_str_eq(d.carried[0], words);
	ck_assert_uint_eq(look(1, MOST)->n, 3);
}
END_TEST

static int count(void *arg, const struct debt *d)
{
	ck_assert_uint_eq(d->n_carried, 1);
	++*(size_t *)arg;
	return 0;
}

/* More of them than the turn's arena would hold: each block's bytes go before the next. */
START_TEST(a_scan_of_long_debts_keeps_none)
{
	static char words[100000];
	size_t n = 0;
	memset(words, 'x', sizeof words - 1);
	for (uint32_t row = 1; row <= 700; row++) {
		struct debt d = a_debt(RUN, row, row);
		d.n_carried = 1;
		d.carried_name[0] = "備考";
		d.carried[0] = words;
		ck_assert_int_eq(db_debt_put(&tx, &d), 0);
	}
	size_t before = arena_used(tx.arena);
	ck_assert_int_eq(debts_scan(&tx, RUN, 1, count, &n), 0);
	ck_assert_uint_eq(n, 700);
	ck_assert_uint_eq(arena_used(tx.arena), before);
}
END_TEST

/* Older releases: an entry for each debt, none in packs. */
START_TEST(debts_without_packs)
{
	for (uint32_t row = 1; row < 100; row += 2)
		change(row, row);
	for (uint32_t row = 1; row < 100; row++)
		ck_assert_int_eq(amount_of(row), row % 2 ? (int)row : E_NOTFOUND);
	ck_assert_uint_eq(look(1, MOST)->n, 50);
}
END_TEST

START_TEST(damage_is_told)
{
	static const struct {
		const char *what, *bytes;
		size_t n;
	} cases[] = {
	    {"nothing", "", 0},
	    {"a newer release", "\x7f\x00\x00\x01x", 5},
	    {"half a head", "\x09\x00\x00", 3},
	    {"no such place", "\x09\x20\x00\x01x", 5},
	    {"longer than the pack", "\x09\x00\x00\x09x", 5},
	    {"no record", "\x09\x00\x00\x01x", 5},
	};
	char key[MAX_KEY_BYTES];
	size_t n = key_debt(key, RUN, DEBT_PACK);
	key[n++] = 1;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert_int_eq(store_fake.put(tx.txn, T_DEBT, (struct bytes){key, n},
						(struct bytes){cases[i].bytes, cases[i].n}),
				 0);
		ck_assert_msg(amount_of(1) == E_CORRUPT, "%s", cases[i].what);
		struct seen s = {.most = MOST};
		ck_assert_msg(debts_scan(&tx, RUN, 1, see, &s) == E_CORRUPT, "%s: scan",
			      cases[i].what);
	}
}
END_TEST

START_TEST(what_the_store_answers_comes_back)
{
	struct debt d;
	struct seen s = {.most = MOST};
	load(1, 100, 1);
	change(20, 1);
	fake_store_fail_get(store, 1, E_DEADLOCK);
	ck_assert_int_eq(db_debt_get(&tx, RUN, 10, &d), E_DEADLOCK);
	store_fake.abort(tx.txn);
	ck_assert_int_eq(store_fake.begin(store, &tx.txn), 0);
	load(1, 100, 1);
	change(20, 1);
	fake_store_fail_get(store, 2, E_DEADLOCK);
	ck_assert_int_eq(db_debt_get(&tx, RUN, 10, &d), E_DEADLOCK);
	store_fake.abort(tx.txn);
	ck_assert_int_eq(store_fake.begin(store, &tx.txn), 0);
	load(1, 100, 1);
	fake_store_fail_get(store, 2, E_IO);
	ck_assert_int_eq(debts_scan(&tx, RUN, 1, see, &s), E_IO);
}
END_TEST

static TCase *debts_case(void)
{
	TCase *t = tcase_create("debts");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_batch_makes_packs);
	tcase_add_test(t, batches_end_anywhere);
	tcase_add_test(t, places_of_refused_rows_are_empty);
	tcase_add_test(t, a_changed_debt_stands_before_its_pack);
	tcase_add_test(t, a_scan_begins_and_stops_anywhere);
	tcase_add_test(t, other_runs_are_others);
	tcase_add_test(t, a_long_debt_has_an_entry_of_its_own);
	tcase_add_test(t, a_scan_of_long_debts_keeps_none);
	tcase_add_test(t, debts_without_packs);
	tcase_add_test(t, damage_is_told);
	tcase_add_test(t, what_the_store_answers_comes_back);
	return t;
}

UNIT_MAIN("debts", debts_case)
