/* The fake's scripts: each failure of a commit, a write or a read that the engine is tested with.
 */
#include "tests/support/fake_store.h"
#include "tests/support/store_rig.h"
#include "tests/support/unit.h"

static const struct store_ops *const ops = &store_fake;
static const struct store_config config = {.home = "here"};

static struct store *start(void)
{
	struct store *s = NULL;
	ck_assert_int_eq(ops->open(&config, &s), 0);
	return s;
}

static void finish(struct store *s)
{
	ck_assert_uint_eq(fake_store_open_txns(s), 0);
	ops->close(s);
	fake_store_wipe();
}

static struct store_txn *write_one(struct store *s, const char *key)
{
	struct store_txn *t = NULL;
	ck_assert_int_eq(ops->begin(s, &t), 0);
	ck_assert_int_eq(ops->put(t, T_META, rig_str(key), rig_str("v")), 0);
	return t;
}

static bool there(struct store *s, const char *key)
{
	struct store_txn *t = NULL;
	struct bytes v;
	ck_assert_int_eq(ops->snapshot(s, &t), 0);
	int err = ops->get(t, T_META, rig_str(key), &v);
	ops->abort(t);
	ck_assert(err == 0 || err == E_NOTFOUND);
	return err == 0;
}

static const struct commit_case {
	const char *what;
	enum fake_commit how;
	enum commit_result result;
	int err;
	bool applied;
} commit_cases[] = {
    {"disk full", FAKE_COMMIT_NOSPC, COMMIT_NOT, E_NOSPC, false},
    {"deadlock", FAKE_COMMIT_DEADLOCK, COMMIT_NOT, E_DEADLOCK, false},
    {"unknown, it was", FAKE_COMMIT_UNKNOWN_APPLIED, COMMIT_UNKNOWN, E_IO, true},
    {"unknown, it was not", FAKE_COMMIT_UNKNOWN_LOST, COMMIT_UNKNOWN, E_IO, false},
};

START_TEST(commits_fail)
{
	const struct commit_case *c = &commit_cases[_i];
	struct store *s = start();
	int err = 0;
	fake_store_fail_commit(s, 2, c->how);
	ck_assert_int_eq(ops->commit(write_one(s, "first"), &err), COMMIT_DONE);
	ck_assert_int_eq(ops->commit(write_one(s, "second"), &err), c->result);
	ck_assert_msg(err == c->err, "%s", c->what);
	ck_assert_msg(there(s, "second") == c->applied, "%s", c->what);
	ck_assert(there(s, "first"));
	ck_assert_int_eq(ops->commit(write_one(s, "second"), NULL), COMMIT_DONE);
	ck_assert(there(s, "second"));
	finish(s);
}
END_TEST

START_TEST(writes_fail)
{
	struct bytes keys[] = {rig_str("b"), rig_str("c"), rig_str("d")};
	struct store_stat st;
	struct store *s = start();
	int err = 0;
	fake_store_fail_put(s, 3, E_DEADLOCK);
	struct store_txn *t = write_one(s, "a");
	ck_assert_int_eq(ops->put_sorted(t, T_META, 3, keys, keys), E_DEADLOCK);
	ck_assert_int_eq(ops->put(t, T_META, keys[0], keys[0]), E_DEADLOCK); /* spoiled */
	ck_assert_int_eq(ops->commit(t, &err), COMMIT_NOT);
	ck_assert_int_eq(err, E_DEADLOCK);
	ck_assert(!there(s, "a"));
	ck_assert_int_eq(ops->stat(s, &st), 0);
	ck_assert_uint_eq(st.deadlocks, 1);
	fake_store_fail_put(s, 1, E_NOSPC);
	ck_assert_int_eq(ops->begin(s, &t), 0);
	ck_assert_int_eq(ops->del(t, T_META, rig_str("a")), E_NOSPC);
	ops->abort(t);
	ck_assert_int_eq(ops->commit(write_one(s, "a"), NULL), COMMIT_DONE);
	finish(s);
}
END_TEST

static int see(void *arg, struct bytes key, struct bytes value)
{
	(void)arg;
	(void)key;
	(void)value;
	return 0;
}

START_TEST(reads_fail)
{
	struct store *s = start();
	struct store_txn *t;
	struct bytes v;
	fake_store_fail_get(s, 2, E_DEADLOCK);
	ck_assert_int_eq(ops->snapshot(s, &t), 0);
	ck_assert_int_eq(ops->get(t, T_META, rig_str("a"), &v), E_NOTFOUND);
	ck_assert_int_eq(ops->scan(t, T_META, rig_str(""), rig_str(""), 0, see, NULL), E_DEADLOCK);
	ops->abort(t);
	ck_assert(!there(s, "a"));
	finish(s);
}
END_TEST

START_TEST(panics)
{
	for (int applied = 0; applied < 2; applied++) {
		struct store *s = start();
		struct store_txn *t = write_one(s, "a"), *other;
		int err = 0;
		fake_store_panic(s, applied);
		ck_assert_int_eq(ops->begin(s, &other), E_CORRUPT);
		ck_assert_int_eq(ops->snapshot(s, &other), E_CORRUPT);
		ck_assert_int_eq(ops->checkpoint(s), E_CORRUPT);
		ck_assert_int_eq(ops->commit(t, &err), COMMIT_UNKNOWN);
		ck_assert_int_eq(err, E_CORRUPT);
		ops->close(s);
		s = start();
		ck_assert_int_eq(there(s, "a"), applied);
		finish(s);
	}
}
END_TEST

START_TEST(keeping_fails)
{
	struct store *s = start();
	fake_store_fail_keep(s, E_NOSPC);
	ck_assert_int_eq(ops->checkpoint(s), E_NOSPC);
	ck_assert_int_eq(ops->backup(s, "there"), E_NOSPC);
	fake_store_fail_keep(s, 0);
	ck_assert_int_eq(ops->checkpoint(s), 0);
	ck_assert_int_eq(ops->backup(s, "there"), 0);
	finish(s);
}
END_TEST

static TCase *scripts(void)
{
	TCase *c = tcase_create("scripts");
	tcase_add_loop_test(c, commits_fail, 0, sizeof commit_cases / sizeof *commit_cases);
	tcase_add_test(c, writes_fail);
	tcase_add_test(c, reads_fail);
	tcase_add_test(c, panics);
	tcase_add_test(c, keeping_fails);
	return c;
}

UNIT_MAIN("store_fake", scripts)
