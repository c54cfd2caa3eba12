/*
 * What the store does in a second, beside sqlite3 on the same rows in the same run.
 * Figures are printed, never asserted.
 *
 *	bench_store [rows...]        default 10000 100000 1000000
 *
 * Each measurement is a child process, so that its peak memory is its own.
 *
 * (a) intents: a turn of the engine, 100 intents in one synced transaction.
 * (b) intake: rows as they come from a core system (宛名番号 ascending, which is how
 *     extracts are sorted; "mixed": in no order), 2,000 to a synced transaction.
 *     Here that is four tables: the debt, its identity, the target and its due entry.
 *     sqlite3 gets one table with the debt and the same two indexes (identity; due and
 *     person), and no target's record: what it writes is less.
 */
#include "adapters/store/store.h"
#include "tests/support/store_rig.h"
#include "tests/support/temp.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	BATCH = 2000,
	DEBT_BYTES = 250,
	KEY_BYTES = 60,
	TARGET_BYTES = 300,
	ATTEMPT_BYTES = 200,
	TURN_INTENTS = 100,
	TURNS = 400,
	TARGETS = 100000,
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long peak_kb(void)
{
	char line[256];
	long kb = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			kb = strtol(line + 6, NULL, 10);
	if (f != NULL)
		fclose(f);
	return kb;
}

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bench_store: %s\n", what);
	exit(1);
}

static void must(int err, const char *what)
{
	if (err != 0)
		die(what);
}

/* The same bytes for the same number, on both sides. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static uint32_t person_of(uint32_t row, bool mixed)
{
	return mixed ? (uint32_t)(mix(row) % 100000000) : row;
}

static void debt_key(uint32_t row, char out[KEY_BYTES + 1])
{
	snprintf(out, KEY_BYTES + 1, "%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%012u", mix(row),
		 mix(row + 1ull), mix(row + 2ull), row);
}

/* ---- one batch of four tables, each sorted ---- */

struct part {
	enum store_table table;
	size_t value_n;
	char key[BATCH][96];
	struct bytes keys[BATCH], values[BATCH];
};

static char filler[512];

static int by_key(const void *a, const void *b)
{
	const struct bytes *x = a, *y = b;
	size_t n = x->n < y->n ? x->n : y->n;
	int d = memcmp(x->p, y->p, n);

	return d != 0 ? d : (x->n > y->n) - (x->n < y->n);
}

static void put_part(struct store_txn *t, struct part *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p->values[i] = rig_bytes(filler, p->value_n);
	qsort(p->keys, n, sizeof *p->keys, by_key);
	must(store_bdb.put_sorted(t, p->table, n, p->keys, p->values), "put_sorted");
}

static struct part parts[4] = {{.table = T_DEBT, .value_n = DEBT_BYTES},
			       {.table = T_DEBTKEY},
			       {.table = T_TARGET, .value_n = TARGET_BYTES},
			       {.table = T_DUE}};

static void set_key(struct part *p, size_t i, size_t n)
{
	p->keys[i] = rig_bytes(p->key[i], n);
}

static void make_row(size_t i, uint32_t row, bool mixed)
{
	unsigned char n4[4];
	uint32_t person = person_of(row, mixed);
	char debt[KEY_BYTES + 1];

	rig_u32(n4, 7);
	for (int p = 0; p < 4; p++)
		memcpy(parts[p].key[i], n4, 4); /* the run */
	rig_u32((unsigned char *)parts[0].key[i] + 4, row);
	set_key(&parts[0], i, 8);
	debt_key(row, debt);
	memcpy(parts[1].key[i], debt, KEY_BYTES);
	rig_u32((unsigned char *)parts[1].key[i] + KEY_BYTES, 7);
	rig_u32((unsigned char *)parts[1].key[i] + KEY_BYTES + 4, row);
	set_key(&parts[1], i, KEY_BYTES + 8);
	snprintf(parts[2].key[i] + 4, 90, "%015u", person);
	set_key(&parts[2], i, 19);
	memset(parts[3].key[i] + 4, 1, 8); /* all due at once: when the window opens */
	snprintf(parts[3].key[i] + 12, 80, "%015u", person);
	set_key(&parts[3], i, 27);
}

static void intake(const char *home, uint32_t rows, bool mixed)
{
	struct store *s;
	struct store_stat st;
	double worst = 0;

	must(store_bdb.open(&(struct store_config){.home = home}, &s), "open");
	double start = now_s();
	for (uint32_t row = 0; row < rows;) {
		struct store_txn *t;
		size_t n = 0;
		for (; n < BATCH && row < rows; n++, row++)
			make_row(n, row, mixed);
		double turn = now_s();
		must(store_bdb.begin(s, &t), "begin");
		for (int p = 0; p < 4; p++)
			put_part(t, &parts[p], n);
		if (store_bdb.commit(t, NULL) != COMMIT_DONE)
			die("commit");
		turn = now_s() - turn;
		if (turn > worst)
			worst = turn;
	}
	double took = now_s() - start;
	must(store_bdb.stat(s, &st), "stat");
	store_bdb.close(s);
	printf("%-26s %9u %8.2f %10.0f %8ld %9.0f %8" PRIu64 "\n",
	       mixed ? "store, mixed order" : "store, by person", rows, took, rows / took,
	       peak_kb() / 1024, worst * 1000, st.checkpoints);
}

static void say_sql(FILE *to, uint32_t rows, bool mixed)
{
	char debt[KEY_BYTES + 1], record[DEBT_BYTES + 1];

	memset(record, 'd', DEBT_BYTES);
	record[DEBT_BYTES] = '\0';
	fprintf(to, "PRAGMA journal_mode=WAL;\nPRAGMA synchronous=FULL;\nPRAGMA "
		    "cache_size=-131072;\n"
		    "CREATE TABLE debt(run INT, row INT, key TEXT, due INT, person TEXT, record "
		    "TEXT);\nCREATE UNIQUE INDEX i1 ON debt(key);\n"
		    "CREATE INDEX i2 ON debt(run,due,person);\n");
	for (uint32_t row = 0; row < rows; row++) {
		if (row % BATCH == 0)
			fprintf(to, "%sBEGIN;\n", row ? "COMMIT;\n" : "");
		debt_key(row, debt);
		fprintf(to, "%s(7,%u,'%s',1795381724000,'%015u','%s')%s\n",
			row % 100 == 0 ? "INSERT INTO debt VALUES" : "", row, debt,
			person_of(row, mixed), record,
			row % 100 == 99 || row + 1 == rows ? ";" : ",");
	}
	fprintf(to, "COMMIT;\n");
	fflush(to);
}

/* Its own parser reads SQL here, a hundred rows to a statement: its quickest road from text. */
static void sqlite(const char *home, uint32_t rows, bool mixed)
{
	char db[400], file[400];

	if (system("command -v sqlite3 >/dev/null") != 0) {
		printf("%-26s not installed: nothing to compare with (apt install sqlite3)\n",
		       "sqlite3");
		return;
	}
	snprintf(file, sizeof file, "%s/in.sql", home);
	FILE *to = fopen(file, "w");
	if (to == NULL)
		die("in.sql");
	say_sql(to, rows, mixed);
	fclose(to);
	snprintf(db, sizeof db, "%s/lite.db", home);
	double start = now_s();
	pid_t pid = fork();
	if (pid == 0) {
		if (freopen(file, "r", stdin) == NULL || freopen("/dev/null", "w", stdout) == NULL)
			_exit(1);
		execlp("sqlite3", "sqlite3", "-batch", db, (char *)NULL);
		_exit(127);
	}
	struct rusage use;
	int status;
	wait4(pid, &status, 0, &use);
	double took = now_s() - start;
	if (status != 0)
		die("sqlite3 failed");
	printf("%-26s %9u %8.2f %10.0f %8ld\n",
	       mixed ? "sqlite3, mixed order" : "sqlite3, by person", rows, took, rows / took,
	       use.ru_maxrss / 1024);
}

/* ---- (a) ---- */

static size_t due_key(unsigned char out[32], uint32_t when, uint32_t person)
{
	rig_u32(out, 7);
	rig_u32(out + 4, 0);
	rig_u32(out + 8, when);
	snprintf((char *)out + 12, 16, "%015u", person);
	return 27;
}

static size_t target_key(unsigned char out[32], uint32_t person)
{
	rig_u32(out, 7);
	snprintf((char *)out + 4, 16, "%015u", person);
	return 19;
}

static void load_targets(struct store *s)
{
	unsigned char key[32];

	for (uint32_t i = 0; i < TARGETS;) {
		struct store_txn *t;
		must(store_bdb.begin(s, &t), "begin");
		for (uint32_t n = 0; n < BATCH; n++, i++) {
			must(store_bdb.put(t, T_TARGET, rig_bytes(key, target_key(key, i)),
					   rig_bytes(filler, TARGET_BYTES)),
			     "put");
			must(store_bdb.put(t, T_DUE, rig_bytes(key, due_key(key, i, i)),
					   rig_bytes("", 0)),
			     "put");
		}
		if (store_bdb.commit(t, NULL) != COMMIT_DONE)
			die("commit");
	}
}

static void intend(struct store_txn *t, uint32_t n)
{
	unsigned char key[32], attempt[8];
	struct bytes v;
	uint32_t person = n % TARGETS;
	struct bytes target = rig_bytes(key, target_key(key, person));

	must(store_bdb.get(t, T_TARGET, target, &v), "get");
	must(store_bdb.put(t, T_TARGET, target, rig_bytes(filler + n % 100, TARGET_BYTES)), "put");
	struct bytes due = rig_bytes(key, due_key(key, n, person));
	must(store_bdb.del(t, T_DUE, due), "del");
	rig_u32(attempt, 0);
	rig_u32(attempt + 4, n);
	must(store_bdb.put(t, T_ATTEMPT, rig_bytes(attempt, 8), rig_bytes(filler, ATTEMPT_BYTES)),
	     "put");
	must(store_bdb.put(t, T_OPEN, rig_bytes(attempt, 8), rig_bytes("", 0)), "put");
}

static void intents(const char *home)
{
	struct store *s;
	double worst = 0;

	must(store_bdb.open(&(struct store_config){.home = home}, &s), "open");
	load_targets(s);
	double start = now_s();
	for (uint32_t turn = 0; turn < TURNS; turn++) {
		struct store_txn *t;
		double one = now_s();
		must(store_bdb.begin(s, &t), "begin");
		for (uint32_t i = 0; i < TURN_INTENTS; i++)
			intend(t, turn * TURN_INTENTS + i);
		if (store_bdb.commit(t, NULL) != COMMIT_DONE)
			die("commit");
		one = now_s() - one;
		if (one > worst)
			worst = one;
	}
	double took = now_s() - start;
	store_bdb.close(s);
	printf("intents, one sync a turn of %d: %.0f/s (%d turns in %.2f s, longest %.1f ms)\n",
	       TURN_INTENTS, TURNS * TURN_INTENTS / took, TURNS, took, worst * 1000);
}

/* ---- */

enum job { INTENTS, STORE, SQLITE };

static void run(enum job job, uint32_t rows, bool mixed)
{
	char home[256];
	int status;

	temp_folder(home, "bench");
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		if (job == INTENTS)
			intents(home);
		else if (job == STORE)
			intake(home, rows, mixed);
		else
			sqlite(home, rows, mixed);
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	temp_remove(home);
	if (status != 0)
		die("a measurement failed");
}

int main(int argc, char **argv)
{
	static const char *const sizes[] = {"10000", "100000", "1000000"};
	int n = argc > 1 ? argc - 1 : 3;

	memset(filler, 'f', sizeof filler);
	run(INTENTS, 0, false);
	printf("\n%-26s %9s %8s %10s %8s %9s %8s\n", "intake", "rows", "s", "rows/s", "peak MB",
	       "turn ms", "checkpts");
	for (int i = 0; i < n; i++) {
		uint32_t rows = (uint32_t)strtoul(argc > 1 ? argv[i + 1] : sizes[i], NULL, 10);
		if (rows == 0)
			die("usage: bench_store [rows...]");
		for (int mixed = 0; mixed < 2; mixed++) {
			run(STORE, rows, mixed);
			run(SQLITE, rows, mixed);
		}
	}
	return 0;
}
