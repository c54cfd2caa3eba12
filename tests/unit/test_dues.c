/* The due index: groups of targets as bits, entries of one target, and both in one run. */
#include "engine/turn/dues.h"

#include "tests/unit/tx_rig.inc"

#include <string.h>

enum { RUN = 7, MOST = 3000 };

static void add(uint32_t from, uint32_t to)
{
	struct due_adding d;
	dues_begin(&d, &tx, RUN);
	for (uint32_t id = from; id < to; id++)
		ck_assert_int_eq(dues_add(&d, id), 0);
	ck_assert_int_eq(dues_end(&d), 0);
	ck_assert_int_eq(dues_end(&d), 0); /* nothing more */
}

static int move(uint32_t id, int64_t from_ms, int64_t to_ms)
{
	struct target t = {.run = RUN, .id = id, .due_ms = from_ms};
	int err = db_due_set(&tx, &t, to_ms);
	ck_assert_int_eq(t.due_ms, err ? from_ms : to_ms);
	return err;
}

struct seen {
	size_t n, most;
	int64_t due_ms[MOST];
	uint32_t target[MOST];
};

static int see(void *arg, int64_t due_ms, uint32_t target)
{
	struct seen *s = arg;
	s->due_ms[s->n] = due_ms;
	s->target[s->n++] = target;
	return s->n == s->most;
}

static struct seen *look(size_t most)
{
	static struct seen s;
	s.n = 0;
	s.most = most;
	ck_assert_int_eq(dues_scan(&tx, RUN, see, &s), 0);
	return &s;
}

static size_t groups(void)
{
	size_t n = 0;
	for (uint32_t base = 0; base < MOST; base += DUE_GROUP) {
		char key[MAX_KEY_BYTES];
		struct bytes value;
		size_t len = key_due(key, RUN, DUE_AT_ONCE, base);
		key[len++] = 1;
		n += store_fake.get(tx.txn, T_DUE, (struct bytes){key, len}, &value) == 0;
	}
	return n;
}

START_TEST(batches_of_a_load_make_groups)
{
	static const uint32_t cuts[] = {1, 2, 300, 511, 512, 513, 1024, 2048, 2500};
	for (size_t i = 0; i + 1 < sizeof cuts / sizeof *cuts; i++)
		add(cuts[i], cuts[i + 1]);
	struct seen *s = look(MOST);
	ck_assert_uint_eq(s->n, 2499);
	for (size_t i = 0; i < s->n; i++) {
		ck_assert_int_eq(s->due_ms[i], DUE_AT_ONCE);
		ck_assert_uint_eq(s->target[i], i + 1);
	}
	ck_assert_uint_eq(groups(), 5);
	ck_assert_uint_eq(look(10)->n, 10); /* stopped by the callback */
	add(1, 600);                        /* the same batch again adds nothing */
	ck_assert_uint_eq(look(MOST)->n, 2499);
}
END_TEST

START_TEST(a_target_leaves_its_group_for_a_time_of_its_own)
{
	add(1, 601);
	ck_assert_int_eq(move(5, DUE_AT_ONCE, 9000), 0);
	ck_assert_int_eq(move(512, DUE_AT_ONCE, 8000), 0);
	ck_assert_int_eq(move(600, DUE_AT_ONCE, 0), 0);
	struct seen *s = look(MOST);
	ck_assert_uint_eq(s->n, 599);
	ck_assert_uint_eq(s->target[3], 4);
	ck_assert_uint_eq(s->target[4], 6);
	ck_assert_uint_eq(s->target[597], 512); /* times come after those at once */
	ck_assert_int_eq(s->due_ms[597], 8000);
	ck_assert_uint_eq(s->target[598], 5);
	ck_assert_int_eq(s->due_ms[598], 9000);
	ck_assert_int_eq(move(5, 9000, 9500), 0);
	ck_assert_int_eq(look(MOST)->due_ms[598], 9500);
	ck_assert_int_eq(move(5, 9500, 9500), 0); /* no change */
	ck_assert_int_eq(move(5, 9500, 0), 0);
	ck_assert_uint_eq(look(MOST)->n, 598);
}
END_TEST

START_TEST(an_empty_group_goes)
{
	add(1, 601);
	for (uint32_t id = 512; id < 601; id++)
		ck_assert_int_eq(move(id, DUE_AT_ONCE, 0), 0);
	ck_assert_uint_eq(groups(), 1);
	for (uint32_t id = 1; id < 512; id++)
		ck_assert_int_eq(move(id, DUE_AT_ONCE, 0), 0);
	ck_assert_uint_eq(groups(), 0);
	ck_assert_uint_eq(look(MOST)->n, 0);
}
END_TEST

/* Stores of older releases, and targets that are set back to "at once". */
START_TEST(entries_of_one_target_may_be_due_at_once_too)
{
	add(1, 100);
	for (uint32_t id = 512; id < 520; id++)
		ck_assert_int_eq(move(id, 0, DUE_AT_ONCE), 0);
	add(520, 540); /* the group of 512, beside the single entry of 512 */
	ck_assert_uint_eq(look(MOST)->n, 99 + 8 + 20);
	for (uint32_t id = 512; id < 540; id++)
		ck_assert_int_eq(move(id, DUE_AT_ONCE, 70000 + id), 0);
	struct seen *s = look(MOST);
	ck_assert_uint_eq(s->n, 99 + 28);
	for (size_t i = 99; i < s->n; i++)
		ck_assert_uint_eq(s->target[i], 512 + i - 99);
}
END_TEST

START_TEST(an_entry_that_is_not_there_is_damage)
{
	add(1, 10);
	ck_assert_int_eq(move(10, DUE_AT_ONCE, 5000), E_CORRUPT);
	ck_assert_int_eq(move(3, 4000, 5000), E_CORRUPT);
	ck_assert_int_eq(move(3, DUE_AT_ONCE, 5000), 0);
	ck_assert_int_eq(move(3, DUE_AT_ONCE, 6000), E_CORRUPT); /* its bit is gone */
	ck_assert_uint_eq(look(MOST)->n, 9);
	char key[MAX_KEY_BYTES];
	size_t n = key_due(key, RUN, DUE_AT_ONCE, 0);
	key[n++] = 1;
	ck_assert_int_eq(
	    store_fake.put(tx.txn, T_DUE, (struct bytes){key, n}, (struct bytes){"short", 5}), 0);
	struct seen s = {.most = MOST};
	ck_assert_int_eq(dues_scan(&tx, RUN, see, &s), E_CORRUPT);
	ck_assert_int_eq(move(4, DUE_AT_ONCE, 5000), E_CORRUPT);
}
END_TEST

START_TEST(what_the_store_answers_comes_back)
{
	struct due_adding d;
	dues_begin(&d, &tx, RUN);
	ck_assert_int_eq(dues_add(&d, 1), 0);
	fake_store_fail_get(store, 1, E_DEADLOCK);
	ck_assert_int_eq(dues_end(&d), E_DEADLOCK);
	store_fake.abort(tx.txn);
	ck_assert_int_eq(store_fake.begin(store, &tx.txn), 0);
	add(1, 10);
	fake_store_fail_put(store, 1, E_NOSPC);
	ck_assert_int_eq(move(3, DUE_AT_ONCE, 5000), E_NOSPC);
}
END_TEST

static TCase *dues_case(void)
{
	TCase *t = tcase_create("dues");
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, batches_of_a_load_make_groups);
	tcase_add_test(t, a_target_leaves_its_group_for_a_time_of_its_own);
	tcase_add_test(t, an_empty_group_goes);
	tcase_add_test(t, entries_of_one_target_may_be_due_at_once_too);
	tcase_add_test(t, an_entry_that_is_not_there_is_damage);
	tcase_add_test(t, what_the_store_answers_comes_back);
	return t;
}

UNIT_MAIN("dues", dues_case)
