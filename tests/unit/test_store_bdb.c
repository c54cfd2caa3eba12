/*
 * What only the real store can show: kills, full disks, two processes, deadlock,
 * panic, checkpoints, and backups under a writer.
 */
#include "adapters/store/bdb.h"
#include "adapters/store/store.h"
#include "tests/support/store_rig.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const struct store_ops *const ops = &store_bdb;
static char home[256];

static struct store *open_at(const char *dir)
{
	struct store_config config = {
	    .home = dir, .cache_bytes = 8 << 20, .checkpoint_bytes = 1 << 20};
	struct store *s = NULL;

	ck_assert_int_eq(ops->open(&config, &s), 0);
	return s;
}

static struct store *start(void)
{
	temp_folder(home, "store");
	return open_at(home);
}

static void finish(struct store *s)
{
	ops->close(s);
	temp_remove(home);
}

static struct store_txn *begin(struct store *s)
{
	struct store_txn *t = NULL;

	ck_assert_int_eq(ops->begin(s, &t), 0);
	return t;
}

/* One turn as the engine's: a number, and two records that belong together. 0 or the first error.
 */
static int write_turn(struct store_txn *t, uint32_t n, size_t value_n)
{
	static const char filler[4096];
	unsigned char key[4], turn[4];
	int err = ops->put(t, T_META, rig_str("turn"), rig_u32(turn, n));

	if (err == 0)
		err = ops->put(t, T_RUN, rig_u32(key, n), rig_bytes(filler, value_n));
	if (err == 0)
		err = ops->put(t, T_TARGET, rig_u32(key, n * 2654435761u), rig_str(""));
	return err;
}

static enum commit_result turn(struct store *s, uint32_t n, size_t value_n, int *ret_err)
{
	struct store_txn *t = begin(s);

	(void)!write_turn(t, n, value_n); /* a failure spoils it: commit says so */
	return ops->commit(t, ret_err);
}

static int count(void *arg, struct bytes key, struct bytes value)
{
	(void)key;
	(void)value;
	++*(uint32_t *)arg;
	return 0;
}

/* Every table agrees with the stored turn number, which is the answer. */
static uint32_t check_turns(struct store *s)
{
	struct store_txn *t = NULL;
	struct bytes v = {0};
	uint32_t runs = 0, targets = 0, last = 0;

	ck_assert_int_eq(ops->snapshot(s, &t), 0);
	int err = ops->get(t, T_META, rig_str("turn"), &v);
	ck_assert(err == 0 || err == E_NOTFOUND);
	for (size_t i = 0; i < v.n; i++)
		last = last << 8 | ((const unsigned char *)v.p)[i];
	ck_assert_int_eq(ops->scan(t, T_RUN, rig_str(""), rig_str(""), 0, count, &runs), 0);
	ck_assert_int_eq(ops->scan(t, T_TARGET, rig_str(""), rig_str(""), 0, count, &targets), 0);
	ops->abort(t);
	ck_assert_uint_eq(runs, last);
	ck_assert_uint_eq(targets, last);
	return last;
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* Writes turns until it is killed; says each one that was acknowledged. */
static _Noreturn void write_until_killed(int out, uint32_t from)
{
	struct store *s = NULL;
	struct store_config config = {
	    .home = home, .cache_bytes = 8 << 20, .checkpoint_bytes = 1 << 20};
	int err;

	if (ops->open(&config, &s) != 0)
		_exit(2);
	for (uint32_t n = from;; n++) {
		if (turn(s, n, n % 4096, &err) != COMMIT_DONE)
			_exit(3);
		if (write(out, &n, sizeof n) != sizeof n)
			_exit(4);
	}
}

static uint32_t kill_after(uint32_t from, long ms)
{
	int fds[2], status;
	uint32_t n, acknowledged = from - 1;

	ck_assert_int_eq(pipe(fds), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		close(fds[0]);
		write_until_killed(fds[1], from);
	}
	close(fds[1]);
	sleep_ms(ms);
	kill(pid, SIGKILL);
	while (read(fds[0], &n, sizeof n) == sizeof n)
		acknowledged = n;
	close(fds[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSIGNALED(status), "the child ended by itself: %d", WEXITSTATUS(status));
	return acknowledged;
}

START_TEST(kills_lose_nothing_acknowledged)
{
	enum { ROUNDS = 24, TURNS = 100, MOST = 200 }; /* more rounds where few turns fit in one */
	uint32_t last = 0;
	unsigned seed = (unsigned)getpid();
	temp_folder(home, "store");
	ops->close(open_at(home));
	for (int i = 0; i < ROUNDS || (last <= TURNS && i < MOST); i++) {
		/* some fall in recovery, before any commit */
		uint32_t acknowledged = kill_after(last + 1, 5 + (long)(rand_r(&seed) % 200));
		struct store *s = open_at(home);
		last = check_turns(s);
		ck_assert_msg(last == acknowledged || last == acknowledged + 1,
			      "round %d: turn %u on disk, %u acknowledged", i, last, acknowledged);
		ops->close(s);
	}
	ck_assert_msg(last > TURNS, "only %u turns in all: nothing was tried", last);
	temp_remove(home);
}
END_TEST

/* The first open of a home may be killed too: what it left is opened, or made again. */
START_TEST(kills_while_a_home_is_made)
{
	for (int i = 0; i < 12; i++) {
		temp_folder(home, "store");
		pid_t pid = fork();
		if (pid == 0) {
			struct store *s;
			_exit(ops->open(&(struct store_config){.home = home}, &s) != 0);
		}
		sleep_ms(3 * i);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		struct store *s = open_at(home);
		ck_assert_uint_eq(check_turns(s), 0);
		finish(s);
	}
}
END_TEST

START_TEST(a_second_process_is_kept_out)
{
	int status, err;
	struct store *s = start();
	for (uint32_t n = 1; n <= 20; n++) {
		ck_assert_int_eq(turn(s, n, 10, &err), COMMIT_DONE);
		if (n != 10)
			continue;
		pid_t pid = fork();
		if (pid == 0) {
			struct store *second;
			_exit(ops->open(&(struct store_config){.home = home}, &second) == E_AGAIN);
		}
		waitpid(pid, &status, 0);
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	}
	ck_assert_uint_eq(check_turns(s), 20);
	finish(s);
}
END_TEST

static void limit_files(rlim_t bytes)
{
	struct rlimit r;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &r), 0);
	r.rlim_cur = bytes == 0 ? r.rlim_max : bytes;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &r), 0);
}

/* Turns until one is refused; how many were done. */
static uint32_t fill_up(struct store *s, uint32_t from)
{
	int err = 0;

	for (uint32_t n = from; n < from + 20000; n++) {
		enum commit_result result = turn(s, n, 4000, &err);
		if (result == COMMIT_DONE)
			continue;
		ck_assert_int_eq(result, COMMIT_NOT);
		ck_assert_int_eq(err, E_NOSPC);
		return n - 1;
	}
	ck_abort_msg("the disk never filled");
}

START_TEST(full_by_file_size)
{
	int err;
	struct store *s = start();
	signal(SIGXFSZ, SIG_IGN);
	limit_files(4 << 20);
	uint32_t last = fill_up(s, 1);
	ck_assert_uint_gt(last, 10);
	ck_assert_uint_eq(check_turns(s), last); /* reads go on */
	for (int i = 0; i < 5; i++)              /* the engine keeps its batch and tries again */
		ck_assert_int_eq(turn(s, last + 1, 4000, &err), COMMIT_NOT);
	limit_files(0);
	ck_assert_int_eq(turn(s, last + 1, 4000, &err), COMMIT_DONE);
	ck_assert_uint_eq(check_turns(s), last + 1);
	ops->close(s);
	s = open_at(home);
	ck_assert_uint_eq(check_turns(s), last + 1);
	finish(s);
}
END_TEST

/* Needs root in a mount namespace of its own; without, the case above is what was tried. */
static bool mount_small(const char *dir)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", dir, "tmpfs", 0, "size=6m") != 0) {
		printf("full_disk: not tried (no root, or no mount): %s\n", strerror(errno));
		return false;
	}
	return true;
}

START_TEST(full_disk)
{
	char ballast[300];
	static char zeros[1 << 16];
	int err;
	temp_folder(home, "store");
	if (!mount_small(home)) {
		temp_remove(home);
		return;
	}
	snprintf(ballast, sizeof ballast, "%s/ballast", home);
	int fd = open(ballast, O_WRONLY | O_CREAT, 0600);
	for (int i = 0; i < 16; i++)
		ck_assert_int_eq(write(fd, zeros, sizeof zeros), sizeof zeros);
	close(fd);
	struct store *s = open_at(home);
	uint32_t last = fill_up(s, 1);
	ck_assert_uint_eq(check_turns(s), last);
	ck_assert_int_eq(ops->checkpoint(s), E_NOSPC);
	ck_assert_int_eq(unlink(ballast), 0);
	ck_assert_int_eq(turn(s, last + 1, 100, &err), COMMIT_DONE);
	ck_assert_uint_eq(check_turns(s), last + 1);
	ops->close(s); /* its checkpoint fails: the log alone is whole */
	struct store_config config = {.home = home};
	ck_assert_int_eq(ops->open(&config, &s), E_NOSPC); /* recovery needs room as well */
	ck_assert_int_eq(mount("none", home, "tmpfs", MS_REMOUNT, "size=128m"), 0);
	s = open_at(home);
	ck_assert_uint_eq(check_turns(s), last + 1);
	ops->close(s);
	ck_assert_int_eq(umount(home), 0);
	temp_remove(home);
}
END_TEST

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
	TCase *c = tcase_create("bdb");
	tcase_set_timeout(c, 90);
	tcase_add_test(c, kills_lose_nothing_acknowledged);
	tcase_add_test(c, kills_while_a_home_is_made);
	tcase_add_test(c, a_second_process_is_kept_out);
	tcase_add_test(c, full_by_file_size);
	tcase_add_test(c, full_disk);
	tcase_add_test(c, errors_are_named);
	tcase_add_test(c, a_deadlock_spoils_the_transaction);
	tcase_add_test(c, a_panic_ends_it);
	tcase_add_test(c, checkpoints_come_by_themselves);
	tcase_add_test(c, commits_under_a_snapshot);
	tcase_add_test(c, backup_beside_the_writer);
	tcase_add_test(c, backups_that_fail);
	tcase_add_test(c, homes_that_cannot_be);
	return c;
}

UNIT_MAIN("store_bdb", real)
