/*
 * A drop's whole day (connect, list, fetch, move, put, stat) with each allocation
 * failed in its turn, over the local folder, and over SFTP when tests/flow/test_drop.py
 * gives a real server by its environment (OSAME_DROP_HOST …): then libssh2's own
 * allocations fail too.
 *
 * A job answers with an error, and never with one that says something about the files
 * (not there, another one stands there). Asked again it is done, once: the copy is
 * whole, the file has moved, the answer is at the drop with its bytes, and nothing
 * half-made stands beside it.
 */
#include "adapters/drop/drop.h"
#include "adapters/sign/digest.h"
#include "engine/event.h"
#include "engine/log.h"
#include "tests/support/fallible.h"
#include "tests/support/store_rig.h"
#include "tests/support/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char words[] = "宛名番号,未納額\r\n100001,12000\r\n";
static const struct drop_ops *ops;
static struct drop_config config;
static char base[256], root[256];
static struct mailbox *box;
static struct drop *drop;

static const char *under(const char *folder, const char *name)
{
	static char out[600];
	snprintf(out, sizeof out, "%s/%s", folder, name);
	return out;
}

static void give(const char *path)
{
	FILE *f = fopen(path, "wb");
	ck_assert_ptr_nonnull(f);
	fputs(words, f);
	ck_assert_int_eq(fchmod(fileno(f), 0644), 0);
	fclose(f);
}

static bool holds_words(const char *path)
{
	char bytes[sizeof words + 8] = "";
	FILE *f = fopen(path, "rb");
	if (!f)
		return false;
	size_t n = fread(bytes, 1, sizeof bytes, f);
	fclose(f);
	return n == sizeof words - 1 && memcmp(bytes, words, n) == 0;
}

/* Files in it, folders left out. */
static int files_in(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;
	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL)
		n += e->d_type == DT_REG;
	closedir(d);
	return n;
}

static bool is_the_machines_fault(int err)
{
	return err == E_NOMEM || err == E_AGAIN || err == E_IO || err == E_NOSPC ||
	       err == E_UNKNOWN || err == E_AUTH;
}

/* Until it is done; at most a few times, since only one allocation fails. */
static struct drop_done must(const struct drop_job *job, long n)
{
	struct drop_done done = {0};
	int err = E_AGAIN;
	for (int i = 0; err && i < 4; i++) {
		free(done.entries);
		err = ops->perform(drop, job, &done);
		ck_assert_msg(err == done.err, "allocation %ld: %d and %d", n, err, done.err);
		ck_assert_msg(!err || is_the_machines_fault(err), "job %d, allocation %ld: %d %s",
			      (int)job->kind, n, err, done.why);
	}
	ck_assert_msg(err == 0, "job %d, allocation %ld: %d %s", (int)job->kind, n, err, done.why);
	return done;
}

static void day(long n)
{
	struct drop_job fetch = {.kind = DROP_FETCH, .name = "a.csv"},
			move = {.kind = DROP_MOVE,
				.name = "a.csv",
				.folder = "taken",
				.to_name = "a.csv.1"},
			put = {.kind = DROP_PUT, .name = "r.csv"},
			stat = {.kind = DROP_STAT, .name = "r.csv"};
	struct drop_done done = must(&(struct drop_job){.kind = DROP_LIST}, n);

	ck_assert_msg(done.n_entries == 1 && strcmp(done.entries[0].name, "a.csv") == 0,
		      "allocation %ld: %zu entries", n, done.n_entries);
	fetch.size = move.size = done.entries[0].size;
	fetch.mtime_s = move.mtime_s = done.entries[0].mtime_s;
	free(done.entries);
	snprintf(fetch.path, sizeof fetch.path, "%s", under(base, "copy"));
	snprintf(put.path, sizeof put.path, "%s", under(base, "answer"));
	done = must(&fetch, n);
	ck_assert_int_eq(done.size, (int64_t)sizeof words - 1);
	(void)must(&move, n);
	(void)must(&put, n);
	done = must(&stat, n);
	ck_assert_int_eq(done.size, (int64_t)sizeof words - 1);
}

static bool day_with(long n)
{
	give(under(root, "in/a.csv"));
	give(under(base, "answer"));
	ck_assert_int_eq(ops->start(&config, box, &drop), 0);
	fallible_arm(n, FALLIBLE_ONCE);
	day(n);
	bool struck = fallible_disarm();
	ops->stop(drop);
	ck_assert_msg(holds_words(under(base, "copy")), "allocation %ld", n);
	ck_assert_msg(holds_words(under(root, "in/taken/a.csv.1")), "allocation %ld", n);
	ck_assert_msg(holds_words(under(root, "out/r.csv")), "allocation %ld", n);
	ck_assert_int_eq(files_in(under(root, "in")), 0);
	ck_assert_int_eq(files_in(under(root, "out")), 1);
	ck_assert_int_eq(files_in(base), 2);
	unlink(under(base, "copy"));
	unlink(under(root, "in/taken/a.csv.1"));
	unlink(under(root, "out/r.csv"));
	return struck;
}

/* `step`: a real server's sign-in takes time, and most of the allocations are libssh2's. */
static void sweep(long step)
{
	long n = 1;
	log_level_set(LOG_ERROR + 1);
	ck_assert_int_eq(digest_sodium.init(), 0);
	ck_assert_int_eq(mailbox_new(64, &box), 0);
	rig_folder(base);
	snprintf(config.id, sizeof config.id, "core");
	snprintf(config.temporary, sizeof config.temporary, "*.tmp *.part .*");
	config.timeout_ms = 5000;
	config.retry_first_ms = config.retry_most_ms = 3600000; /* the thread stays out of it */
	while (day_with(n))
		n += step;
	ck_assert_int_gt(n, 3);
	if (getenv("OSAME_SHOW"))
		printf("%s: %ld\n", ops->name, n);
	mailbox_free(box, event_free);
	rig_remove(base);
}

START_TEST(a_local_folder)
{
	ops = &drop_local;
	snprintf(config.kind, sizeof config.kind, "local");
	rig_folder(root);
	static const char *const folders[] = {"in", "in/taken", "in/refused", "out"};
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		ck_assert_int_eq(mkdir(under(root, folders[i]), 0700), 0);
	snprintf(config.folder, sizeof config.folder, "%.250s", root);
	sweep(1);
	rig_remove(root);
}
END_TEST

START_TEST(a_real_server)
{
	if (!getenv("OSAME_DROP_HOST"))
		return; /* tests/flow/test_drop.py runs it */
	ops = &drop_sftp;
	snprintf(config.kind, sizeof config.kind, "sftp");
	snprintf(config.host, sizeof config.host, "%s", getenv("OSAME_DROP_HOST"));
	config.port = atoi(getenv("OSAME_DROP_PORT"));
	snprintf(config.user, sizeof config.user, "%s", getenv("OSAME_DROP_USER"));
	snprintf(config.key_file, sizeof config.key_file, "%s", getenv("OSAME_DROP_KEY"));
	snprintf(config.host_key, sizeof config.host_key, "%s", getenv("OSAME_DROP_PIN"));
	snprintf(config.root, sizeof config.root, "%s", getenv("OSAME_DROP_ROOT"));
	snprintf(root, sizeof root, "%s", getenv("OSAME_DROP_ROOT"));
	sweep(13);
}
END_TEST

static TCase *drop_case(void)
{
	TCase *t = tcase_create("drop");
	tcase_set_timeout(t, 600);
	tcase_add_test(t, a_local_folder);
	tcase_add_test(t, a_real_server);
	return t;
}

UNIT_MAIN("alloc drop", drop_case)
