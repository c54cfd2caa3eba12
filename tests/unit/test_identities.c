/* Names of debts: groups of a person, entries of their own, and both. */
#include "engine/turn/identities.h"

#include "tests/unit/tx_rig.inc"

#include <stdio.h>
#include <string.h>

enum { RUN = 7, MOST = 300 };

static size_t name_of(char *key, const char *person, int notice)
{
	char number[16];
	size_t n;
	snprintf(number, sizeof number, "n%d", notice);
	struct debt_key k = {person, "14", "", "2026", "2025", "1", number};
	ck_assert_int_eq(key_identity(key, &n, &k), 0);
	return n;
}

/* Debts from..to-1 of a person, whose target is `target`; the places are those numbers. */
static void load(const char *person, uint32_t run, int from, int to, uint32_t target, bool single)
{
	char key[MAX_KEY_BYTES];
	struct bulk b;
	struct naming w;
	ck_assert_int_eq(bulk_new(&tx, MOST, &b), 0);
	ck_assert_int_eq(naming_begin(&w, &tx, &b, run, (size_t)(to - from), single), 0);
	for (int i = from; i < to; i++)
		ck_assert_int_eq(naming_add(&w, key, name_of(key, person, i), (uint32_t)i, target),
				 0);
	ck_assert_int_eq(naming_end(&w, person, target), 0);
	ck_assert_uint_eq(b.n, single ? (size_t)(to - from) : to > from);
	ck_assert_int_eq(bulk_put(&tx, &b, T_DEBTKEY), 0);
}

struct seen {
	const char *person;
	size_t n, most;
	struct {
		uint32_t run, row, target;
	} list[MOST];
};

static int see(void *arg, struct bytes key, struct bytes value)
{
	struct seen *s = arg;
	char want[MAX_KEY_BYTES];
	uint32_t run, row;
	ck_assert_uint_eq(value.n, 4);
	key_identity_row_read(key, &run, &row);
	size_t n = name_of(want, s->person, (int)row);
	ck_assert_uint_eq(key.n, n + 8);
	ck_assert_mem_eq(key.p, want, n);
	s->list[s->n].run = run;
	s->list[s->n].row = row;
	s->list[s->n++].target = read_u32(value.p);
	return s->n == s->most;
}

static struct seen look(const char *person, size_t most)
{
	char prefix[MAX_PERSON + 1];
	struct seen s = {.person = person, .most = most};
	ck_assert_int_eq(identities_scan(&tx, prefix, key_person(prefix, person), see, &s), 0);
	return s;
}

START_TEST(a_persons_names_are_one_entry)
{
	load("100", RUN, 1, 4, 5, false);
	load("10", RUN, 4, 5, 6, false); /* his number is the beginning of the other's */
	load("1000", RUN, 5, 105, 7, false);
	load("none", RUN, 5, 5, 8, false);
	struct seen s = look("100", MOST);
	ck_assert_uint_eq(s.n, 3);
	for (size_t i = 0; i < s.n; i++) {
		ck_assert_uint_eq(s.list[i].run, RUN);
		ck_assert_uint_eq(s.list[i].row, i + 1);
		ck_assert_uint_eq(s.list[i].target, 5);
	}
	ck_assert_uint_eq(look("10", MOST).n, 1);
	ck_assert_uint_eq(look("1000", MOST).n, 100);
	ck_assert_uint_eq(look("1", MOST).n, 0);
	ck_assert_uint_eq(look("none", MOST).n, 0);
	ck_assert_uint_eq(look("1000", 20).n, 20); /* stopped inside */
}
END_TEST

START_TEST(entries_of_their_own_stand_beside)
{
	struct debt_key other = {"100", "14", "", "2026", "2025", "1", "n9"};
	load("100", RUN, 1, 4, 5, false);
	load("100", RUN, 4, 7, 5, true);      /* a later batch */
	load("100", RUN + 1, 7, 8, 3, false); /* another run */
	ck_assert_int_eq(db_debtkey_put(&tx, &other, RUN, 9, 8), 0);
	struct seen s = look("100", MOST);
	ck_assert_uint_eq(s.n, 8);
	ck_assert_uint_eq(s.list[7].target, 8);
	uint32_t id;
	ck_assert_int_eq(db_target_of(&tx, RUN + 1, "100", &id), 0);
	ck_assert_uint_eq(id, 3);
	ck_assert_int_eq(db_target_of(&tx, RUN + 2, "100", &id), E_NOTFOUND);
}
END_TEST

START_TEST(a_group_is_removed_by_its_key)
{
	char key[MAX_KEY_BYTES];
	load("100", RUN, 1, 4, 5, false);
	load("100", RUN + 1, 7, 8, 3, false);
	size_t n = key_group_of_names(key, "100", RUN, 5);
	ck_assert_int_eq(store_fake.del(tx.txn, T_DEBTKEY, (struct bytes){key, n}), 0);
	ck_assert_uint_eq(look("100", MOST).n, 1);
}
END_TEST

START_TEST(damage_is_told)
{
	static const struct {
		const char *what, *bytes;
		size_t n;
	} cases[] = {
	    {"nothing", "", 0},
	    {"a newer release", "\x7f", 1},
	    {"half a head", "\x09\x00", 2},
	    {"no place", "\x09\x00\x01x\x00\x00\x00", 7},
	    {"longer than the entry", "\x09\x01\x00x\x00\x00\x00\x01", 8},
	    {"longer than a name", "\x09\xff\xff", 3},
	};
	char key[MAX_KEY_BYTES], prefix[MAX_PERSON + 1];
	size_t n = key_group_of_names(key, "100", RUN, 5), len = key_person(prefix, "100");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct seen s = {.person = "100", .most = MOST};
		ck_assert_int_eq(store_fake.put(tx.txn, T_DEBTKEY, (struct bytes){key, n},
						(struct bytes){cases[i].bytes, cases[i].n}),
				 0);
		ck_assert_msg(identities_scan(&tx, prefix, len, see, &s) == E_CORRUPT, "%s",
			      cases[i].what);
		ck_assert_uint_eq(s.n, 0);
	}
}
END_TEST

static TCase *identities_case(void)
{
	TCase *t = tcase_create("identities");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_persons_names_are_one_entry);
	tcase_add_test(t, entries_of_their_own_stand_beside);
	tcase_add_test(t, a_group_is_removed_by_its_key);
	tcase_add_test(t, damage_is_told);
	return t;
}

UNIT_MAIN("identities", identities_case)
