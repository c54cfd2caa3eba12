/*
 * The store port's contract, against Berkeley DB and the fake alike: each test runs
 * once for each. What only one of them can show is in test_store_bdb.c and
 * test_store_fake.c.
 */
#include "adapters/store/store.h"
#include "tests/support/fake_store.h"
#include "tests/support/store_rig.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static const struct store_ops *const all[] = {&store_bdb, &store_fake};
enum { ALL = sizeof all / sizeof *all };

static const struct store_ops *ops;
static struct store *store;
static char home[256];

static void start(int i)
{
	ops = all[i];
	temp_folder(home, "store");
	ck_assert_int_eq(
	    ops->open(&(struct store_config){.home = home, .cache_bytes = 8 << 20}, &store), 0);
}

static void finish(void)
{
	ops->close(store);
	store = NULL;
	fake_store_wipe();
	temp_remove(home);
}

static struct store_txn *begin(void)
{
	struct store_txn *t = NULL;
	ck_assert_int_eq(ops->begin(store, &t), 0);
	return t;
}

static struct store_txn *snapshot(void)
{
	struct store_txn *t = NULL;
	ck_assert_int_eq(ops->snapshot(store, &t), 0);
	return t;
}

static void commit(struct store_txn *t)
{
	int err = -1;
	ck_assert_int_eq(ops->commit(t, &err), COMMIT_DONE);
	ck_assert_int_eq(err, 0);
}

static void put(struct store_txn *t, const char *key, const char *value)
{
	ck_assert_int_eq(ops->put(t, T_META, rig_str(key), rig_str(value)), 0);
}

/* The value under `key`, or "-" when there is none. */
static const char *get(struct store_txn *t, const char *key)
{
	static char out[256];
	struct bytes v = {0};
	int err = ops->get(t, T_META, rig_str(key), &v);

	if (err == E_NOTFOUND)
		return "-";
	ck_assert_int_eq(err, 0);
	ck_assert_uint_lt(v.n, sizeof out);
	memcpy(out, v.p, v.n);
	out[v.n] = '\0';
	return out;
}

struct seen {
	char text[512];
	size_t n, stop_at;
	int stop_with;
};

static int see(void *arg, struct bytes key, struct bytes value)
{
	struct seen *s = arg;
	size_t used = strlen(s->text);

	snprintf(s->text + used, sizeof s->text - used, "%s%.*s=%.*s", used ? " " : "", (int)key.n,
		 (const char *)key.p, (int)value.n, (const char *)value.p);
	return ++s->n == s->stop_at ? s->stop_with : 0;
}

static void fill(const char *const *keys)
{
	struct store_txn *t = begin();
	for (; *keys != NULL; keys++)
		put(t, *keys, *keys);
	commit(t);
}

START_TEST(single_records)
{
	start(_i);
	struct store_txn *t = begin();
	ck_assert_str_eq(get(t, "a"), "-");
	ck_assert_int_eq(ops->del(t, T_META, rig_str("a")), E_NOTFOUND);
	put(t, "a", "1");
	ck_assert_str_eq(get(t, "a"), "1"); /* its own write */
	put(t, "a", "2");
	put(t, "empty", "");
	commit(t);
	t = begin();
	ck_assert_str_eq(get(t, "a"), "2");
	ck_assert_str_eq(get(t, "empty"), "");
	ck_assert_int_eq(ops->get(t, T_RUN, rig_str("a"), &(struct bytes){0}), E_NOTFOUND);
	ck_assert_int_eq(ops->del(t, T_META, rig_str("a")), 0);
	ck_assert_str_eq(get(t, "a"), "-");
	commit(t);
	t = snapshot();
	ck_assert_str_eq(get(t, "a"), "-");
	ops->abort(t);
	finish();
}
END_TEST

START_TEST(abort_undoes)
{
	start(_i);
	fill((const char *[]){"a", "b", NULL});
	struct store_txn *t = begin();
	put(t, "a", "changed");
	put(t, "c", "new");
	ck_assert_int_eq(ops->del(t, T_META, rig_str("b")), 0);
	ops->abort(t);
	ops->abort(NULL);
	t = begin();
	ck_assert_str_eq(get(t, "a"), "a");
	ck_assert_str_eq(get(t, "b"), "b");
	ck_assert_str_eq(get(t, "c"), "-");
	ops->abort(t);
	finish();
}
END_TEST

static const struct scan_case {
	const char *what, *from, *prefix;
	size_t most, stop_at;
	int stop_with, ret;
	const char *want;
} scan_cases[] = {
    {"everything, shorter keys first", "", "", 0, 0, 0, 0, "a=a aa=aa ab=ab b=b ba=ba c=c"},
    {"everything, by the plain cursor", "", "", 7, 0, 0, 0, "a=a aa=aa ab=ab b=b ba=ba c=c"},
    {"from a key that is there", "ab", "", 0, 0, 0, 0, "ab=ab b=b ba=ba c=c"},
    {"from a key that is not", "aaa", "", 2, 0, 0, 0, "ab=ab b=b"},
    {"a prefix", "a", "a", 0, 0, 0, 0, "a=a aa=aa ab=ab"},
    {"a prefix, plain", "a", "a", 5, 0, 0, 0, "a=a aa=aa ab=ab"},
    {"a prefix, from inside", "aa", "a", 0, 0, 0, 0, "aa=aa ab=ab"},
    {"a prefix that from has passed", "b", "a", 0, 0, 0, 0, ""},
    {"a prefix that nothing has", "x", "x", 0, 0, 0, 0, ""},
    {"a prefix longer than a key", "b", "ba", 0, 0, 0, 0, ""},
    {"at most one", "", "", 1, 0, 0, 0, "a=a"},
    {"at most more than there are, bulk", "", "", 100, 0, 0, 0, "a=a aa=aa ab=ab b=b ba=ba c=c"},
    {"fn stops it", "", "", 0, 2, 1, 0, "a=a aa=aa"},
    {"fn stops it, plain", "", "", 6, 2, 1, 0, "a=a aa=aa"},
    {"fn fails", "", "", 0, 3, E_LIMIT, E_LIMIT, "a=a aa=aa ab=ab"},
    {"fn fails at the last allowed", "", "", 3, 3, E_LIMIT, E_LIMIT, "a=a aa=aa ab=ab"},
    {"past the end", "d", "", 0, 0, 0, 0, ""},
};

START_TEST(scans)
{
	start(_i);
	fill((const char *[]){"b", "aa", "c", "a", "ba", "ab", NULL});
	for (size_t i = 0; i < sizeof scan_cases / sizeof *scan_cases; i++) {
		const struct scan_case *c = &scan_cases[i];
		for (int writer = 0; writer < 2; writer++) {
			struct store_txn *t = writer ? begin() : snapshot();
			struct seen seen = {.stop_at = c->stop_at, .stop_with = c->stop_with};
			int ret = ops->scan(t, T_META, rig_str(c->from), rig_str(c->prefix),
					    c->most, see, &seen);
			ck_assert_msg(ret == c->ret, "%s: %d", c->what, ret);
			ck_assert_msg(strcmp(seen.text, c->want) == 0, "%s: %s", c->what,
				      seen.text);
			ops->abort(t);
		}
	}
	finish();
}
END_TEST

START_TEST(keys_are_bytes)
{
	static const unsigned char keys[][3] = {{0}, {0, 1}, {1}, {0x7f}, {0x80, 0xff}, {0xff}};
	static const size_t n[] = {1, 2, 1, 1, 2, 1};
	struct seen seen = {0};
	start(_i);
	struct store_txn *t = begin();
	for (size_t i = 6; i-- > 0;)
		ck_assert_int_eq(ops->put(t, T_DUE, rig_bytes(keys[i], n[i]), rig_str("")), 0);
	ck_assert_int_eq(ops->scan(t, T_DUE, rig_str(""), rig_str(""), 0, see, &seen), 0);
	ck_assert_uint_eq(seen.n, 6);
	commit(t);
	t = snapshot();
	struct bytes v;
	for (size_t i = 0; i < 6; i++)
		ck_assert_int_eq(ops->get(t, T_DUE, rig_bytes(keys[i], n[i]), &v), 0);
	ops->abort(t);
	finish();
}
END_TEST

static int in_order(void *arg, struct bytes key, struct bytes value)
{
	unsigned char want[4];
	uint32_t *next = arg;

	(void)value;
	rig_u32(want, (*next)++);
	return key.n == 4 && memcmp(want, key.p, 4) == 0 ? 0 : E_CORRUPT;
}

START_TEST(big_transaction_random_keys)
{
	enum { N = 50000 };
	unsigned char key[4], value[40];
	uint32_t at = 0, seen = 0;
	start(_i);
	memset(value, 'v', sizeof value);
	struct store_txn *t = begin();
	for (uint32_t i = 0; i < N; i++) {
		at = (at + 15485863) % N; /* a prime: each number once */
		ck_assert_int_eq(ops->put(t, T_DEBTKEY, rig_u32(key, at), rig_bytes(value, 40)), 0);
	}
	commit(t);
	t = snapshot();
	ck_assert_int_eq(ops->scan(t, T_DEBTKEY, rig_str(""), rig_str(""), 0, in_order, &seen), 0);
	ck_assert_uint_eq(seen, N);
	ops->abort(t);
	finish();
}
END_TEST

START_TEST(sorted_batches)
{
	enum { N = 3000 };
	static unsigned char raw[N][4];
	static struct bytes keys[N], values[N];
	static char text[N][300];
	start(_i);
	for (uint32_t i = 0; i < N; i++) {
		keys[i] = rig_u32(raw[i], i);
		int n = snprintf(text[i], sizeof text[i], "%u%*s", i, (int)(i % 200), "");
		values[i] = rig_bytes(text[i], i % 7 == 0 ? 0 : (size_t)n);
	}
	struct store_txn *t = begin();
	/* the second run overwrites half of the first */
	ck_assert_int_eq(ops->put_sorted(t, T_DEBT, N / 2, keys, values + N / 2), 0);
	ck_assert_int_eq(ops->put_sorted(t, T_DEBT, N, keys, values), 0);
	ck_assert_int_eq(ops->put_sorted(t, T_DEBT, 0, NULL, NULL), 0);
	commit(t);
	t = snapshot();
	for (uint32_t i = 0; i < N; i++) {
		struct bytes v;
		ck_assert_int_eq(ops->get(t, T_DEBT, keys[i], &v), 0);
		ck_assert_uint_eq(v.n, values[i].n);
		ck_assert_mem_eq(v.p, values[i].p, v.n);
	}
	uint32_t seen = 0;
	ck_assert_int_eq(ops->scan(t, T_DEBT, rig_str(""), rig_str(""), 0, in_order, &seen), 0);
	ck_assert_uint_eq(seen, N);
	ops->abort(t);
	finish();
}
END_TEST

static int note_sizes(void *arg, struct bytes key, struct bytes value)
{
	size_t *sizes = arg;

	sizes[((const unsigned char *)key.p)[3]] = value.n;
	for (size_t i = 1; i < value.n; i++)
		if (((const char *)value.p)[i] != ((const char *)value.p)[0])
			return E_CORRUPT;
	return 0;
}

START_TEST(large_values)
{
	static const size_t sizes[] = {0, 1, 4095, 4096, 65536, 65537, 300000, STORE_MAX_VALUE};
	enum { N = sizeof sizes / sizeof *sizes };
	static char big[STORE_MAX_VALUE];
	unsigned char raw[N][4];
	struct bytes keys[N], values[N], v;
	start(_i);
	memset(big, 'b', sizeof big);
	for (uint32_t i = 0; i < N; i++) {
		keys[i] = rig_u32(raw[i], i);
		values[i] = rig_bytes(big, sizes[i]);
	}
	struct store_txn *t = begin();
	ck_assert_int_eq(ops->put_sorted(t, T_DEBT, N, keys, values), 0);
	commit(t);
	for (size_t most = 0; most <= N; most += N) { /* the bulk cursor, the plain one */
		size_t seen[256] = {0};
		t = snapshot();
		ck_assert_int_eq(
		    ops->scan(t, T_DEBT, rig_str(""), rig_str(""), most, note_sizes, seen), 0);
		for (int i = 0; i < N; i++) {
			ck_assert_uint_eq(seen[i], sizes[i]);
			ck_assert_int_eq(ops->get(t, T_DEBT, keys[i], &v), 0);
			ck_assert_uint_eq(v.n, sizes[i]);
		}
		ops->abort(t);
	}
	finish();
}
END_TEST

START_TEST(limits_are_kept)
{
	static char big[STORE_MAX_VALUE + 1];
	struct bytes v, ok = rig_str("k"), none = rig_str(""), wide = {big, STORE_MAX_KEY + 1};
	struct bytes widest = {big, STORE_MAX_KEY}, large = {big, sizeof big};
	start(_i);
	struct store_txn *t = begin();
	ck_assert_int_eq(ops->put(t, T_META, none, none), E_INVALID);
	ck_assert_int_eq(ops->put(t, T_META, wide, none), E_LIMIT);
	ck_assert_int_eq(ops->put(t, T_META, ok, large), E_LIMIT);
	ck_assert_int_eq(ops->get(t, T_META, wide, &v), E_LIMIT);
	ck_assert_int_eq(ops->get(t, T_META, none, &v), E_INVALID);
	ck_assert_int_eq(ops->del(t, T_META, none), E_INVALID);
	ck_assert_int_eq(ops->put(t, STORE_TABLES, ok, none), E_INVALID);
	ck_assert_int_eq(
	    ops->put_sorted(t, T_META, 2, (struct bytes[]){ok, wide}, (struct bytes[]){none, none}),
	    E_LIMIT);
	ck_assert_int_eq(ops->get(t, T_META, ok, &v), E_NOTFOUND); /* none of the batch was put */
	ck_assert_int_eq(ops->put(t, T_META, widest, ok), 0);
	commit(t); /* none of these spoils a transaction */
	t = snapshot();
	ck_assert_int_eq(ops->get(t, T_META, widest, &v), 0);
	ck_assert_int_eq(ops->put(t, T_META, ok, ok), E_STATE);
	ck_assert_int_eq(ops->del(t, T_META, widest), E_STATE);
	ck_assert_int_eq(ops->put_sorted(t, T_META, 1, &ok, &ok), E_STATE);
	commit(t); /* of a reader: its end */
	finish();
}
END_TEST

START_TEST(one_writer)
{
	struct store_txn *t, *second;
	start(_i);
	t = begin();
	ck_assert_int_eq(ops->begin(store, &second), E_AGAIN);
	ops->abort(t);
	commit(begin());
	finish();
}
END_TEST

static int read_inside(void *arg, struct bytes key, struct bytes value)
{
	struct store_txn *t = arg;
	struct seen seen = {0};
	struct bytes v;

	ck_assert_int_eq(ops->get(t, T_META, key, &v), 0);
	ck_assert_uint_eq(v.n, value.n);
	ck_assert_int_eq(ops->scan(t, T_META, key, key, 0, see, &seen), 0);
	ck_assert_uint_ge(seen.n, 1);
	ck_assert_mem_eq(v.p, value.p, v.n); /* the outer pair is still whole */
	return 0;
}

START_TEST(scan_reads_inside)
{
	start(_i);
	fill((const char *[]){"a", "aa", "b", NULL});
	for (size_t most = 0; most < 6; most += 5) {
		struct store_txn *t = snapshot();
		ck_assert_int_eq(
		    ops->scan(t, T_META, rig_str(""), rig_str(""), most, read_inside, t), 0);
		ops->abort(t);
	}
	finish();
}
END_TEST

START_TEST(snapshot_sees_one_state)
{
	unsigned char key[4];
	start(_i);
	fill((const char *[]){"a", NULL});
	struct store_txn *before = snapshot();
	struct store_txn *t = begin();
	put(t, "a", "new");
	ck_assert_str_eq(get(before, "a"), "a"); /* not what is being written */
	struct store_txn *during = snapshot();
	for (uint32_t i = 0; i < 2000; i++)
		ck_assert_int_eq(ops->put(t, T_DUE, rig_u32(key, i), rig_str("x")), 0);
	commit(t);
	for (int i = 0; i < 50; i++) { /* the writer goes on, over the same page */
		char text[8];
		snprintf(text, sizeof text, "%d", i);
		t = begin();
		put(t, "a", text);
		commit(t);
	}
	ck_assert_str_eq(get(before, "a"), "a");
	ck_assert_str_eq(get(during, "a"), "a");
	ck_assert_int_eq(ops->get(before, T_DUE, rig_u32(key, 7), &(struct bytes){0}), E_NOTFOUND);
	ops->abort(before);
	ops->abort(during);
	t = snapshot();
	ck_assert_str_eq(get(t, "a"), "49");
	ops->abort(t);
	finish();
}
END_TEST

enum { PAIRS = 200, TURNS = 300 };
static _Atomic bool writing;

struct sum {
	uint32_t n, first;
	bool mixed;
};

static int check_same(void *arg, struct bytes key, struct bytes value)
{
	struct sum *s = arg;
	uint32_t v;

	(void)key;
	memcpy(&v, value.p, sizeof v);
	if (s->n++ == 0)
		s->first = v;
	s->mixed |= v != s->first;
	return 0;
}

static void *reader(void *arg)
{
	size_t *rounds = arg, most = 0;

	while (atomic_load(&writing) || *rounds < 3) {
		struct sum sum = {0};
		struct store_txn *t;
		if (ops->snapshot(store, &t) != 0)
			return "snapshot";
		int err = ops->scan(t, T_TARGET, rig_str(""), rig_str(""), most, check_same, &sum);
		ops->abort(t);
		if (err != 0)
			return "scan";
		if (sum.mixed || (sum.n != 0 && sum.n != PAIRS))
			return "half a transaction was seen";
		most = PAIRS - most;
		++*rounds;
	}
	return NULL;
}

START_TEST(readers_beside_the_writer)
{
	pthread_t threads[2];
	size_t rounds[2] = {0};
	unsigned char key[4];
	void *said;
	start(_i);
	atomic_store(&writing, true);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, reader, &rounds[i]);
	for (uint32_t turn = 0; turn < TURNS; turn++) {
		struct store_txn *t = begin();
		for (uint32_t i = 0; i < PAIRS; i++)
			ck_assert_int_eq(ops->put(t, T_TARGET, rig_u32(key, i * 977),
						  rig_bytes(&turn, sizeof turn)),
					 0);
		commit(t);
	}
	atomic_store(&writing, false);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &said);
		ck_assert_msg(said == NULL, "%s", (const char *)said);
	}
	finish();
}
END_TEST

START_TEST(stays_after_close)
{
	struct store *second;
	start(_i);
	struct store_config config = {.home = home};
	fill((const char *[]){"a", "b", NULL});
	struct store_txn *t = begin();
	put(t, "c", "never committed");
	ck_assert_int_eq(ops->open(&config, &second), E_AGAIN);
	ops->close(store);
	ops->close(NULL);
	ck_assert_int_eq(ops->open(&config, &store), 0);
	t = snapshot();
	ck_assert_str_eq(get(t, "a"), "a");
	ck_assert_str_eq(get(t, "b"), "b");
	ck_assert_str_eq(get(t, "c"), "-");
	ops->abort(t);
	finish();
}
END_TEST

START_TEST(backs_up_and_restores)
{
	char to[256];
	start(_i);
	fill((const char *[]){"a", "b", NULL});
	temp_folder(to, "store");
	ck_assert_int_eq(ops->backup(store, to), 0);
	fill((const char *[]){"later", NULL});
	ck_assert_int_eq(ops->backup(store, to), E_EXISTS); /* never over another backup */
	ops->close(store);
	ck_assert_int_eq(ops->open(&(struct store_config){.home = to}, &store), 0);
	struct store_txn *t = snapshot();
	ck_assert_str_eq(get(t, "a"), "a");
	ck_assert_str_eq(get(t, "later"), "-");
	ops->abort(t);
	finish();
	temp_remove(to);
}
END_TEST

START_TEST(counts)
{
	struct store_stat st;
	start(_i);
	fill((const char *[]){"a", NULL});
	ops->abort(begin());
	ck_assert_int_eq(ops->checkpoint(store), 0);
	ck_assert_int_eq(ops->stat(store, &st), 0);
	ck_assert_uint_eq(st.commits, 1);
	ck_assert_uint_eq(st.aborts, 1);
	ck_assert_uint_eq(st.checkpoints, 1);
	ck_assert_uint_eq(st.deadlocks, 0);
	finish();
}
END_TEST

START_TEST(refuses_a_bad_home)
{
	struct store *s;
	static char longest[2000];
	memset(longest, 'x', sizeof longest - 1);
	const struct store_ops *o = all[_i];
	ck_assert_int_eq(o->open(&(struct store_config){.home = NULL}, &s), E_INVALID);
	ck_assert_int_eq(o->open(&(struct store_config){.home = ""}, &s), E_INVALID);
	ck_assert_int_eq(o->open(&(struct store_config){.home = longest}, &s), E_INVALID);
}
END_TEST

START_TEST(tables_have_names)
{
	for (int t = 0; t < STORE_TABLES; t++) {
		ck_assert_str_ne(store_table_name((enum store_table)t), "?");
		for (int u = 0; u < t; u++)
			ck_assert_str_ne(store_table_name((enum store_table)t),
					 store_table_name((enum store_table)u));
	}
	ck_assert_str_eq(store_table_name(STORE_TABLES), "?");
}
END_TEST

static TCase *contract(void)
{
	TCase *c = tcase_create("contract");
	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, single_records, 0, ALL);
	tcase_add_loop_test(c, abort_undoes, 0, ALL);
	tcase_add_loop_test(c, scans, 0, ALL);
	tcase_add_loop_test(c, keys_are_bytes, 0, ALL);
	tcase_add_loop_test(c, big_transaction_random_keys, 0, ALL);
	tcase_add_loop_test(c, sorted_batches, 0, ALL);
	tcase_add_loop_test(c, large_values, 0, ALL);
	tcase_add_loop_test(c, limits_are_kept, 0, ALL);
	tcase_add_loop_test(c, one_writer, 0, ALL);
	tcase_add_loop_test(c, scan_reads_inside, 0, ALL);
	tcase_add_loop_test(c, snapshot_sees_one_state, 0, ALL);
	tcase_add_loop_test(c, readers_beside_the_writer, 0, ALL);
	tcase_add_loop_test(c, stays_after_close, 0, ALL);
	tcase_add_loop_test(c, backs_up_and_restores, 0, ALL);
	tcase_add_loop_test(c, counts, 0, ALL);
	tcase_add_loop_test(c, refuses_a_bad_home, 0, ALL);
	tcase_add_test(c, tables_have_names);
	return c;
}

UNIT_MAIN("store_contract", contract)
