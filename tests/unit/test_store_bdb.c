/*
 * What only the real store can show of itself: deadlock, panic, checkpoints, and backups
 * under a writer. test_store_crash.c has kills and full disks.
 */
#include "tests/unit/bdb_rig.inc"

START_TEST(errors_are_named)
{
	static const struct {
		int ret, want;
	} cases[] = {
	    {0, 0},
	    {DB_NOTFOUND, E_NOTFOUND},
	    {DB_KEYEMPTY, E_NOTFOUND},
	    {DB_KEYEXIST, E_EXISTS},
	    {DB_LOCK_DEADLOCK, E_DEADLOCK},
	    {DB_LOCK_NOTGRANTED, E_DEADLOCK},
	    {DB_RUNRECOVERY, E_CORRUPT},
	    {DB_PAGE_NOTFOUND, E_CORRUPT},
	    {DB_VERIFY_BAD, E_CORRUPT},
	    {DB_VERSION_MISMATCH, E_CORRUPT},
	    {ENOSPC, E_NOSPC},
	    {EDQUOT, E_NOSPC},
	    {EFBIG, E_NOSPC},
	    {ENOMEM, E_NOMEM},
	    {EINVAL, E_INVALID},
	    {EAGAIN, E_AGAIN},
	    {EIO, E_IO},
	    {EACCES, E_IO},
	    {-30000, E_IO},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_msg(bdb_err(cases[i].ret) == cases[i].want, "%d", cases[i].ret);
}
END_TEST

struct rival {
	struct store *s;
	DB_TXN *txn;
	const char *want;
	int ret;
};

static int rival_put(struct rival *r, const char *key)
{
	DB *db = r->s->db[T_META];
	DBT k, v;

	bdb_dbt(&k, rig_str(key));
	bdb_dbt(&v, rig_str("rival"));
	return db->put(db, r->txn, &k, &v, 0);
}

static void *rival_waits(void *arg)
{
	struct rival *r = arg;

	r->ret = rival_put(r, r->want);
	return NULL;
}

/* Two writers cannot exist through the port; one made behind its back shows what a deadlock does.
 */
START_TEST(a_deadlock_spoils_the_transaction)
{
	static char wide[3000];
	struct store *s = start();
	struct rival rival = {.s = s, .want = "zz"};
	struct store_stat st;
	struct bytes v;
	pthread_t thread;
	int err = 0;
	struct store_txn *t = begin(s);
	for (int i = 0; i < 20; i++) { /* so wide that the ends stand on different pages */
		char key[8];
		snprintf(key, sizeof key, "k%02d", i);
		ck_assert_int_eq(ops->put(t, T_META, rig_str(key), rig_bytes(wide, 900)), 0);
	}
	ck_assert_int_eq(ops->commit(t, NULL), COMMIT_DONE);
	ck_assert_int_eq(s->env->txn_begin(s->env, NULL, &rival.txn, 0), 0); /* the older */
	t = begin(s);
	ck_assert_int_eq(rival_put(&rival, "aa"), 0);
	ck_assert_int_eq(ops->put(t, T_META, rig_str("zz"), rig_str("1")), 0);
	pthread_create(&thread, NULL, rival_waits, &rival);
	sleep_ms(100);
	ck_assert_int_eq(ops->put(t, T_META, rig_str("ab"), rig_str("2")), E_DEADLOCK);
	/* whoever goes on regardless keeps nothing of it */
	ck_assert_int_eq(ops->put(t, T_META, rig_str("zz"), rig_str("3")), E_DEADLOCK);
	ck_assert_int_eq(ops->get(t, T_META, rig_str("zz"), &v), E_DEADLOCK);
	ck_assert_int_eq(ops->commit(t, &err), COMMIT_NOT);
	ck_assert_int_eq(err, E_DEADLOCK);
	pthread_join(thread, NULL);
	ck_assert_int_eq(rival.ret, 0);
	ck_assert_int_eq(rival.txn->abort(rival.txn), 0);
	t = begin(s); /* the same batch again */
	ck_assert_int_eq(ops->get(t, T_META, rig_str("zz"), &v), E_NOTFOUND);
	ck_assert_int_eq(ops->put(t, T_META, rig_str("zz"), rig_str("1")), 0);
	ck_assert_int_eq(ops->commit(t, &err), COMMIT_DONE);
	ck_assert_int_eq(ops->stat(s, &st), 0);
	ck_assert_uint_eq(st.deadlocks, 1);
	finish(s);
}
END_TEST

START_TEST(a_panic_ends_it)
{
	struct store_txn *other;
	struct store_stat st;
	struct bytes v;
	int err = 0;
	struct store *s = start();
	ck_assert_int_eq(turn(s, 1, 10, &err), COMMIT_DONE);
	struct store_txn *t = begin(s);
	ck_assert_int_eq(write_turn(t, 2, 10), 0);
	s->env->set_flags(s->env, DB_PANIC_ENVIRONMENT, 1);
	ck_assert_int_eq(ops->get(t, T_META, rig_str("turn"), &v), E_CORRUPT);
	ck_assert_int_eq(ops->commit(t, &err), COMMIT_UNKNOWN);
	ck_assert_int_eq(err, E_CORRUPT);
	ck_assert_int_eq(ops->begin(s, &t), E_CORRUPT);
	ck_assert_int_eq(ops->snapshot(s, &other), E_CORRUPT);
	ck_assert_int_eq(ops->checkpoint(s), E_CORRUPT);
	ck_assert_int_eq(ops->backup(s, "/nowhere"), E_CORRUPT);
	ck_assert_int_eq(ops->stat(s, &st), E_CORRUPT);
	ops->close(s);
	s = open_at(home); /* as the supervisor does */
	ck_assert_uint_eq(check_turns(s), 1);
	finish(s);
}
END_TEST

START_TEST(checkpoints_come_by_themselves)
{
	static char wide[60000];
	struct store_stat st = {0};
	struct store *s = start();
	unsigned char key[4];
	for (uint64_t round = 1; round <= 8; round++) {
		for (int i = 0; i < 10; i++) {
			struct store_txn *t = begin(s);
			for (uint32_t j = 0; j < 40; j++)
				ck_assert_int_eq(
				    ops->put(t, T_DEBT, rig_u32(key, j), rig_bytes(wide, 60000)),
				    0);
			ck_assert_int_eq(ops->commit(t, NULL), COMMIT_DONE);
		}
		for (int i = 0; i < 3000 && st.checkpoints < round; i++) {
			sleep_ms(10);
			ck_assert_int_eq(ops->stat(s, &st), 0);
		}
		ck_assert_uint_ge(st.checkpoints, round);
	}
	ck_assert_int_eq(ops->stat(s, &st), 0); /* the loop looks only while it must wait */
	ck_assert_uint_gt(st.log_bytes, 180 << 20);
	ck_assert_int_eq(ops->checkpoint(s), 0);
	/* of six logs and more, those that the last checkpoint left behind are gone */
	ck_assert_int_lt(rig_size(home), 140 << 20);
	finish(s);
}
END_TEST

/* The library's default table of transactions ends long before this. */
START_TEST(commits_under_a_snapshot)
{
	unsigned char key[4];
	DB_TXN *txn;
	DBT k, v;
	struct store *s = start();
	struct store_txn *reader;
	ck_assert_int_eq(ops->snapshot(s, &reader), 0);
	DB *db = s->db[T_OPEN];
	for (uint32_t i = 0; i < 5000; i++) { /* beside the port: without a sync each */
		bdb_dbt(&k, rig_u32(key, i * 2654435761u));
		bdb_dbt(&v, rig_str("x"));
		ck_assert_int_eq(s->env->txn_begin(s->env, NULL, &txn, DB_TXN_NOSYNC), 0);
		ck_assert_int_eq(db->put(db, txn, &k, &v, 0), 0);
		ck_assert_int_eq(txn->commit(txn, DB_TXN_NOSYNC), 0);
	}
	uint32_t seen = 0;
	ck_assert_int_eq(ops->scan(reader, T_OPEN, rig_str(""), rig_str(""), 0, count, &seen), 0);
	ck_assert_uint_eq(seen, 0);
	ops->abort(reader);
	finish(s);
}
END_TEST

struct writer {
	struct store *s;
	_Atomic bool stop;
	_Atomic uint32_t last;
	bool failed;
};

static void *write_on(void *arg)
{
	struct writer *w = arg;
	int err;

	for (uint32_t n = 1; !atomic_load(&w->stop); n++) {
		if (turn(w->s, n, 4000, &err) != COMMIT_DONE) {
			w->failed = true;
			break;
		}
		atomic_store(&w->last, n);
	}
	return NULL;
}

START_TEST(backup_beside_the_writer)
{
	char to[256], sub[300];
	pthread_t thread;
	struct writer w = {.s = start()};
	pthread_create(&thread, NULL, write_on, &w);
	for (int i = 0; i < 4; i++) {
		sleep_ms(100);
		temp_folder(to, "store");
		snprintf(sub, sizeof sub, "%s/made", to); /* made when missing */
		uint32_t before = atomic_load(&w.last);
		ck_assert_int_eq(ops->backup(w.s, sub), 0);
		uint32_t after = atomic_load(&w.last);
		struct store *restored = open_at(sub);
		uint32_t got = check_turns(restored);
		ck_assert_uint_ge(got, before);
		ck_assert_uint_le(got, after + 1);
		ops->close(restored);
		temp_remove(to);
	}
	atomic_store(&w.stop, true);
	pthread_join(thread, NULL);
	ck_assert(!w.failed);
	finish(w.s);
}
END_TEST

START_TEST(backups_that_fail)
{
	char to[256], file[300];
	struct store *s = start();
	int err;
	for (uint32_t n = 1; n <= 1000; n++)
		ck_assert_int_eq(turn(s, n, 4000, &err), COMMIT_DONE);
	temp_folder(to, "store");
	ck_assert_int_eq(ops->backup(s, "/nonexistent/below"), E_IO);
	signal(SIGXFSZ, SIG_IGN);
	limit_files(1 << 20);
	ck_assert_int_lt(ops->backup(s, to), 0);
	limit_files(0);
	ck_assert_int_eq(rmdir(to), 0); /* nothing was left in it */
	ck_assert_int_eq(mkdir(to, 0700), 0);
	snprintf(file, sizeof file, "%s/other", to);
	ck_assert_int_eq(mkdir(file, 0700), 0);
	ck_assert_int_eq(ops->backup(s, to), E_EXISTS);
	ck_assert_int_eq(rmdir(file), 0); /* and what was there stayed */
	ck_assert_int_eq(ops->backup(s, to), 0);
	ck_assert_uint_eq(check_turns(s), 1000);
	finish(s);
	temp_remove(to);
}
END_TEST

START_TEST(homes_that_cannot_be)
{
	struct store *s;
	struct stat st;
	char path[300];
	temp_folder(home, "store");
	snprintf(path, sizeof path, "%s/a/b", home);
	ck_assert_int_eq(ops->open(&(struct store_config){.home = path}, &s), E_IO);
	snprintf(path, sizeof path, "%s/file", home);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	ck_assert_int_eq(ops->open(&(struct store_config){.home = path}, &s), E_IO);
	snprintf(path, sizeof path, "%s/wide", home);
	ck_assert_int_eq(mkdir(path, 0777), 0);
	ck_assert_int_eq(ops->open(&(struct store_config){.home = path}, &s), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
	ops->close(s);
	snprintf(path, sizeof path, "%s/wide/meta.db", home);
	int fd = open(path, O_WRONLY | O_TRUNC);
	ck_assert_int_eq(write(fd, "not a database, whatever it says", 32), 32);
	close(fd);
	snprintf(path, sizeof path, "%s/wide", home);
	ck_assert_int_lt(ops->open(&(struct store_config){.home = path}, &s), 0);
	temp_remove(home);
}
END_TEST

static TCase *real(void)
{
	TCase *t = tcase_create("real");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, errors_are_named);
	tcase_add_test(t, a_deadlock_spoils_the_transaction);
	tcase_add_test(t, a_panic_ends_it);
	tcase_add_test(t, checkpoints_come_by_themselves);
	tcase_add_test(t, commits_under_a_snapshot);
	tcase_add_test(t, backup_beside_the_writer);
	tcase_add_test(t, backups_that_fail);
	tcase_add_test(t, homes_that_cannot_be);
	return t;
}

UNIT_MAIN("store_bdb", real)
