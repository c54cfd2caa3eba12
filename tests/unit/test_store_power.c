/*
 * Power loss: what was synced is on the disk, and of what was written after it any
 * part may be, or zeros, or something else.
 *
 * The log of a store that is open is noted after each acknowledged turn. Then the
 * folder is copied without the shared memory (__db.*), and the copy's log is cut, or
 * wiped, or spoilt from an arbitrary byte on that comes after some turn's end. Opened
 * with recovery it must hold exactly the turns that ended before that byte: every
 * acknowledged one, and nothing of a later one. No page of the copy is newer than the
 * cut, as on a real disk: the cache is larger than all that is written, and no
 * checkpoint comes.
 */
#include "adapters/store/bdb.h"
#include "adapters/store/store.h"
#include "tests/support/store_rig.h"
#include "tests/support/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TURNS = 60, TRIALS = 6, LOG_BYTES = 1 << 20 };

static const struct store_ops *const ops = &store_bdb;
static char home[256], copy[256], trial[256];
static long mark[TURNS + 1]; /* the log's length once turn n was acknowledged */

static struct store *open_at(const char *dir)
{
	struct store_config config = {
	    .home = dir, .cache_bytes = 32 << 20, .checkpoint_bytes = 256 << 20};
	struct store *s = NULL;
	ck_assert_int_eq(ops->open(&config, &s), 0);
	return s;
}

/* Where the log that is on disk ends, in its one file (which is longer: Berkeley DB makes it whole
 * at once). */
static long log_end(struct store *s)
{
	DB_LOG_STAT *st;
	ck_assert_int_eq(s->env->log_stat(s->env, &st, 0), 0);
	long end = (long)st->st_disk_offset;
	ck_assert_uint_eq(st->st_disk_file, 1); /* more was written than this test knows of */
	free(st);
	return end;
}

/* Values of many sizes, so that a turn's end stands at any byte of a page. */
static void write_turn(struct store *s, uint32_t n, unsigned *seed)
{
	static char filler[4096];
	struct store_txn *t = NULL;
	unsigned char key[4], turn[4];
	int rows = 1 + (int)(rand_r(seed) % 4);

	ck_assert_int_eq(ops->begin(s, &t), 0);
	ck_assert_int_eq(ops->put(t, T_META, rig_str("turn"), rig_u32(turn, n)), 0);
	for (int i = 0; i < rows; i++)
		ck_assert_int_eq(ops->put(t, T_RUN, rig_u32(key, n * 16 + (uint32_t)i),
					  rig_bytes(filler, (size_t)rand_r(seed) % sizeof filler)),
				 0);
	ck_assert_int_eq(ops->put(t, T_TARGET, rig_u32(key, n), rig_u32(turn, (uint32_t)rows)), 0);
	ck_assert_int_eq(ops->commit(t, NULL), COMMIT_DONE);
}

static uint32_t number(struct bytes v)
{
	uint32_t n = 0;
	for (size_t i = 0; i < v.n; i++)
		n = n << 8 | ((const unsigned char *)v.p)[i];
	return n;
}

struct seen {
	uint32_t turns, rows, said;
};

static int row_seen(void *arg, struct bytes key, struct bytes value)
{
	(void)key;
	(void)value;
	((struct seen *)arg)->rows++;
	return 0;
}

static int turn_seen(void *arg, struct bytes key, struct bytes value)
{
	struct seen *s = arg;
	s->turns++;
	s->said += number(value);
	return number(key) == s->turns ? 0 : E_CORRUPT; /* none is missing in between */
}

/* The last turn; all tables agree on it. */
static uint32_t last_turn(const char *dir)
{
	struct store *s = open_at(dir);
	struct store_txn *t = NULL;
	struct bytes v = {0};
	struct seen seen = {0};

	ck_assert_int_eq(ops->snapshot(s, &t), 0);
	int err = ops->get(t, T_META, rig_str("turn"), &v);
	ck_assert(err == 0 || err == E_NOTFOUND);
	uint32_t last = number(v);
	ck_assert_int_eq(ops->scan(t, T_TARGET, rig_str(""), rig_str(""), 0, turn_seen, &seen), 0);
	ck_assert_int_eq(ops->scan(t, T_RUN, rig_str(""), rig_str(""), 0, row_seen, &seen), 0);
	ops->abort(t);
	ops->close(s);
	ck_assert_uint_eq(seen.turns, last);
	ck_assert_uint_eq(seen.rows, seen.said);
	return last;
}

/* Holes stay holes. */
static void copy_file(const char *from, const char *to)
{
	static char piece[1 << 16];
	static const char zeros[sizeof piece];
	ssize_t n;
	off_t at = 0;
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ck_assert(in >= 0 && out >= 0);
	for (; (n = read(in, piece, sizeof piece)) > 0; at += n)
		if (memcmp(piece, zeros, (size_t)n) != 0)
			ck_assert_int_eq(pwrite(out, piece, (size_t)n, at), n);
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(ftruncate(out, at), 0);
	close(in);
	close(out);
}

/* What a power cut leaves of a home: its files, not its shared memory. */
static void copy_home(const char *from, char to[256])
{
	char a[600], b[600];
	struct dirent *e;
	rig_folder(to);
	DIR *d = opendir(from);
	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' || strncmp(e->d_name, "__db.", 5) == 0)
			continue;
		snprintf(a, sizeof a, "%s/%s", from, e->d_name);
		snprintf(b, sizeof b, "%s/%s", to, e->d_name);
		copy_file(a, b);
	}
	closedir(d);
}

/* ---- what became of the bytes after the cut ---- */

enum tail { GONE, ZEROS, GARBAGE, TAILS };

static void spoil(const char *path, long from, long size, enum tail tail, unsigned *seed)
{
	static unsigned char bytes[LOG_BYTES];
	if (tail == GONE) {
		ck_assert_int_eq(truncate(path, from), 0);
		return;
	}
	size_t n = (size_t)(size - from);
	ck_assert_uint_le(n, sizeof bytes);
	for (size_t i = 0; i < n; i++)
		bytes[i] = tail == ZEROS ? 0 : (unsigned char)rand_r(seed);
	int fd = open(path, O_WRONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, bytes, n, from), (ssize_t)n);
	close(fd);
}

static uint32_t ended_before(long at)
{
	uint32_t n = 0;
	while (n < TURNS && mark[n + 1] <= at)
		n++;
	return n;
}

START_TEST(a_torn_log_keeps_every_acknowledged_turn)
{
	static const char *const words[TAILS] = {"gone", "zeros", "garbage"};
	unsigned seed = 20261122 + (unsigned)_i;
	char path[600];

	rig_folder(home);
	ops->close(open_at(home)); /* its databases are on disk */
	struct store *s = open_at(home);
	mark[0] = log_end(s);
	for (uint32_t n = 1; n <= TURNS; n++) {
		write_turn(s, n, &seed);
		mark[n] = log_end(s);
		ck_assert_int_gt(mark[n], mark[n - 1]);
	}
	copy_home(home, copy);
	ops->close(s);
	ck_assert_uint_eq(last_turn(home), TURNS);
	for (int i = 0; i < TRIALS; i++) {
		/* the first: exactly at a turn's end; then anywhere */
		uint32_t k = (uint32_t)rand_r(&seed) % TURNS;
		long cut =
		    i == 0 ? mark[k] : mark[0] + (long)rand_r(&seed) % (mark[TURNS] - mark[0]);
		copy_home(copy, trial);
		snprintf(path, sizeof path, "%s/log.0000000001", trial);
		spoil(path, cut, mark[TURNS], (enum tail)_i, &seed);
		uint32_t got = last_turn(trial), want = ended_before(cut);
		ck_assert_msg(got == want, "%s from byte %ld of %ld: turn %u instead of %u",
			      words[_i], cut, mark[TURNS], got, want);
		rig_remove(trial);
	}
	rig_remove(copy);
	rig_remove(home);
}
END_TEST

/* A checkpoint writes what an unfinished turn has changed so far, and may be the last thing on the
 * disk: that turn is undone, after its first record as after its last (docs/store.md). */
START_TEST(a_checkpoint_in_a_turn_keeps_no_half_of_it)
{
	enum { WRITES = 3 };
	unsigned seed = 20261123;
	unsigned char key[4], turn[4];
	struct store_txn *t = NULL;

	for (int writes = 0; writes <= WRITES; writes++) {
		rig_folder(home);
		struct store *s = open_at(home);
		for (uint32_t n = 1; n <= 2; n++)
			write_turn(s, n, &seed);
		ck_assert_int_eq(ops->begin(s, &t), 0);
		if (writes > 0)
			ck_assert_int_eq(ops->put(t, T_META, rig_str("turn"), rig_u32(turn, 3)), 0);
		if (writes > 1)
			ck_assert_int_eq(ops->put(t, T_TARGET, rig_u32(key, 3), rig_u32(turn, 1)),
					 0);
		if (writes > 2)
			ck_assert_int_eq(ops->put(t, T_RUN, rig_u32(key, 48), rig_str("row")), 0);
		ck_assert_int_eq(ops->checkpoint(s), 0);
		copy_home(home, copy);
		ck_assert_uint_eq(last_turn(copy), 2);
		rig_remove(copy);
		ck_assert_int_eq(ops->commit(t, NULL), COMMIT_DONE);
		ops->close(s);
		rig_remove(home);
	}
}
END_TEST

static TCase *power(void)
{
	TCase *c = tcase_create("power");
	tcase_set_timeout(c, 300);
	tcase_add_loop_test(c, a_torn_log_keeps_every_acknowledged_turn, 0, TAILS);
	tcase_add_test(c, a_checkpoint_in_a_turn_keeps_no_half_of_it);
	return c;
}

UNIT_MAIN("store power", power)
