/*
 * The contract of the drop port (engine/drop.h), the same cases for every implementation: the fake,
 * the local folder, and SFTP when tests/flow/test_drop.py gives a real server by its environment
 * (OSAME_DROP_HOST, _PORT, _USER, _KEY, _PIN, _ROOT).
 */
#include "adapters/drop/drop.h"
#include "adapters/sign/digest.h"
#include "engine/event.h"
#include "engine/log.h"
#include "tests/support/fake_drop.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct drop_ops *ops;
static struct drop_config config;
static struct mailbox *box;
static struct drop *drop;
static char base[64], root[256];
static bool fake;

/* ---- the core system's side: in memory for the fake, else files under root ---- */
static const char *under(const char *path)
{
	static char out[MAX_PATH_BYTES];
	snprintf(out, sizeof out, "%s/%s", root, path);
	return out;
}
static void give(const char *path, const char *bytes)
{
	if (fake) {
		fake_drop_give(drop, path, bytes, strlen(bytes), 1000);
		return;
	}
	FILE *f = fopen(under(path), "wb");
	ck_assert_ptr_nonnull(f);
	fputs(bytes, f);
	ck_assert_int_eq(fchmod(fileno(f), 0644), 0);
	fclose(f);
}
static const char *have(const char *path)
{
	static char bytes[1024];
	size_t n = 0;
	if (fake) {
		const char *p = fake_drop_read(drop, path, &n);
		if (!p)
			return NULL;
		memcpy(bytes, p, n);
	} else {
		FILE *f = fopen(under(path), "rb");
		if (!f)
			return NULL;
		n = fread(bytes, 1, sizeof bytes - 1, f);
		fclose(f);
	}
	bytes[n] = 0;
	return bytes;
}

/* ---- our side ---- */
static const char *ours(const char *name)
{
	static char out[MAX_PATH_BYTES];
	snprintf(out, sizeof out, "%s/%s", base, name);
	return out;
}
static void our_file(const char *name, const char *bytes)
{
	FILE *f = fopen(ours(name), "wb");
	ck_assert_ptr_nonnull(f);
	fputs(bytes, f);
	fclose(f);
}
static struct drop_done done;
static int job(enum drop_job_kind kind, const char *name, const char *path)
{
	struct drop_job j = {.kind = kind, .id = 77};
	snprintf(j.name, sizeof j.name, "%s", name);
	snprintf(j.path, sizeof j.path, "%s", path);
	free(done.entries);
	return ops->perform(drop, &j, &done);
}
/* Of the file that is meant; any (-1) unless a test says otherwise. */
static int64_t move_size = -1, move_mtime;
static int move(const char *name, const char *folder, const char *to)
{
	struct drop_job j = {.kind = DROP_MOVE, .size = move_size, .mtime_s = move_mtime};
	snprintf(j.name, sizeof j.name, "%s", name);
	snprintf(j.folder, sizeof j.folder, "%s", folder);
	snprintf(j.to_name, sizeof j.to_name, "%s", to);
	free(done.entries);
	return ops->perform(drop, &j, &done);
}
static int fetch(const char *name, const char *to)
{
	struct drop_job j = {.kind = DROP_FETCH};
	ck_assert_int_eq(job(DROP_LIST, "", ""), 0);
	for (size_t i = 0; i < done.n_entries; i++)
		if (strcmp(done.entries[i].name, name) == 0) {
			j.size = done.entries[i].size;
			j.mtime_s = done.entries[i].mtime_s;
		}
	snprintf(j.name, sizeof j.name, "%s", name);
	snprintf(j.path, sizeof j.path, "%s", ours(to));
	free(done.entries);
	return ops->perform(drop, &j, &done);
}

static void make_base(void)
{
	memset(&done, 0, sizeof done);
	memset(&config, 0, sizeof config);
	temp_folder(base, "drop");
	strcpy(config.id, "core");
	strcpy(config.temporary, "*.tmp *.part .*");
	config.timeout_ms = 5000;
	config.retry_first_ms = 50;
	config.retry_most_ms = 400;
	log_level_set(LOG_ERROR + 1);
	ck_assert_int_eq(digest_sodium.init(), 0);
	ck_assert_int_eq(mailbox_new(4, &box), 0);
	fake = false;
}
static void start(void)
{
	ck_assert_int_eq(ops->start(&config, box, &drop), 0);
}
static void setup_fake(void)
{
	make_base();
	ops = &drop_fake;
	fake = true;
	start();
}
static void setup_local(void)
{
	static const char *const folders[] = {"", "in", "in/taken", "in/refused", "out"};
	make_base();
	ops = &drop_local;
	snprintf(root, sizeof root, "%s/drop", base);
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		ck_assert_int_eq(mkdir(under(folders[i]), 0700), 0);
	snprintf(config.folder, sizeof config.folder, "%s", root);
	start();
}
static void setup_sftp(void)
{
	make_base();
	ops = &drop_sftp;
	snprintf(config.host, sizeof config.host, "%s", getenv("OSAME_DROP_HOST"));
	config.port = atoi(getenv("OSAME_DROP_PORT"));
	snprintf(config.user, sizeof config.user, "%s", getenv("OSAME_DROP_USER"));
	snprintf(config.key_file, sizeof config.key_file, "%s", getenv("OSAME_DROP_KEY"));
	snprintf(config.host_key, sizeof config.host_key, "%s", getenv("OSAME_DROP_PIN"));
	snprintf(config.root, sizeof config.root, "%s", getenv("OSAME_DROP_ROOT"));
	snprintf(root, sizeof root, "%s", config.root);
	start();
}
static void teardown(void)
{
	char command[400];
	ops->stop(drop);
	ops->stop(NULL);
	free(done.entries);
	mailbox_free(box, event_free);
	snprintf(command, sizeof command, "rm -r '%s'", base);
	ck_assert_int_eq(system(command), 0);
	if (ops == &drop_sftp) {
		snprintf(command, sizeof command, "find '%s' ! -type d -delete", root);
		ck_assert_int_eq(system(command), 0);
	}
}

START_TEST(lists_whole_files_sorted)
{
	ck_assert_int_eq(job(DROP_LIST, "", ""), 0);
	ck_assert_uint_eq(done.n_entries, 0);
	give("in/b.csv", "bb");
	give("in/a.csv", "a");
	give("in/対象者.csv", "");
	give("in/c.csv.part", "half");
	give("in/.hidden", "half");
	give("in/d.tmp", "half");
	give("in/taken/old.csv", "x");
	give("in/bad\nname", "x");
	give("in/bad\xff", "x");
	ck_assert_int_eq(job(DROP_LIST, "", ""), 0);
	ck_assert_uint_eq(done.n_entries, 3);
	ck_assert_str_eq(done.entries[0].name, "a.csv");
	ck_assert_str_eq(done.entries[1].name, "b.csv");
	ck_assert_str_eq(done.entries[2].name, "対象者.csv");
	ck_assert_int_eq(done.entries[1].size, 2);
	ck_assert_int_gt(done.entries[1].mtime_s, 0);
	ck_assert_ptr_nonnull(strstr(done.why, "left out: 2 names"));
	if (fake)
		return;
	/* What is no regular file is not there for us. */
	ck_assert_int_eq(symlink("/etc/passwd", under("in/link.csv")), 0);
	ck_assert_int_eq(mkfifo(under("in/pipe.csv"), 0666), 0);
	ck_assert_int_eq(job(DROP_LIST, "", ""), 0);
	ck_assert_uint_eq(done.n_entries, 3);
	ck_assert_int_eq(fetch("link.csv", "link"), ops == &drop_sftp ? E_IO : E_IO);
	ck_assert_int_eq(fetch("pipe.csv", "pipe"), E_IO);
	ck_assert_int_eq(access(ours("link"), F_OK), -1);
	ck_assert_int_eq(move("link.csv", "taken", "link.csv.1"), E_IO);
}
END_TEST

START_TEST(fetches_and_tells_the_digest)
{
	char hex[65];
	give("in/a.csv", "abc");
	ck_assert_int_eq(fetch("a.csv", "a"), 0);
	ck_assert_int_eq(done.size, 3);
	ck_assert_str_eq(done.sha256,
			 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	ck_assert_int_eq(digest_file(&digest_sodium, ours("a"), hex), 0);
	ck_assert_str_eq(hex, done.sha256);
	ck_assert_int_eq(fetch("a.csv", "a"), E_EXISTS); /* never over a file of ours */
	give("in/empty", "");
	ck_assert_int_eq(fetch("empty", "empty"), 0);
	ck_assert_int_eq(done.size, 0);
	ck_assert_int_eq(fetch("none", "none"), E_NOTFOUND);
	ck_assert_int_eq(access(ours("none"), F_OK), -1);
}
END_TEST

START_TEST(a_file_that_changed_is_fetched_later)
{
	struct drop_job j = {.kind = DROP_FETCH, .name = "a.csv", .size = 3, .mtime_s = 1000};
	give("in/a.csv", "abcd"); /* listed with three bytes, now four */
	snprintf(j.path, sizeof j.path, "%s", ours("a"));
	ck_assert_int_eq(ops->perform(drop, &j, &done), E_AGAIN);
	j.size = 4;
	j.mtime_s = 999;
	ck_assert_int_eq(ops->perform(drop, &j, &done), E_AGAIN);
	ck_assert_int_eq(access(ours("a"), F_OK), -1);
}
END_TEST

START_TEST(moves_once)
{
	give("in/a.csv", "abc");
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(move("a.csv", "taken", "a.csv.1"), 0);
		ck_assert_str_eq(have("in/taken/a.csv.1"), "abc");
		ck_assert_ptr_null(have("in/a.csv"));
	}
	ck_assert_int_eq(move("none.csv", "refused", "none.csv.2"), E_NOTFOUND);
	give("in/b.csv", "bb");
	give("in/refused/b.csv.3", "other");
	ck_assert_int_eq(move("b.csv", "refused", "b.csv.3"), E_EXISTS);
	ck_assert_str_eq(have("in/b.csv"), "bb");
	ck_assert_str_eq(have("in/refused/b.csv.3"), "other");
	move_size = 3; /* the file that was fetched had three bytes: this is another */
	ck_assert_int_eq(move("b.csv", "refused", "b.csv.4"), E_NOTFOUND);
	ck_assert_str_eq(have("in/b.csv"), "bb");
	move_size = -1;
	ck_assert_int_eq(move("b.csv", "elsewhere", "b.csv.3"), E_INVALID);
	ck_assert_int_eq(move("b.csv", "../out", "b.csv.3"), E_INVALID);
}
END_TEST

START_TEST(makes_the_folder_of_a_move)
{
	if (fake)
		return;
	ck_assert_int_eq(rmdir(under("in/refused")), 0);
	give("in/a.csv", "abc");
	ck_assert_int_eq(move("a.csv", "refused", "a.csv.1"), 0);
	ck_assert_str_eq(have("in/refused/a.csv.1"), "abc");
}
END_TEST

START_TEST(puts_the_same_bytes_once)
{
	char sum[65];
	our_file("r1", "rows\r\n");
	our_file("r2", "other rows\r\n");
	for (int i = 0; i < 2; i++) { /* again: there already with our bytes = done */
		ck_assert_int_eq(job(DROP_PUT, "result_0001.csv", ours("r1")), 0);
		ck_assert_int_eq(done.size, 6);
		ck_assert_str_eq(have("out/result_0001.csv"), "rows\r\n");
		memcpy(sum, done.sha256, sizeof sum);
	}
	ck_assert_int_eq(job(DROP_STAT, "result_0001.csv", ""), 0);
	ck_assert_int_eq(done.size, 6);
	ck_assert_str_eq(done.sha256, sum);
	ck_assert_int_eq(job(DROP_PUT, "result_0001.csv", ours("r2")), E_EXISTS);
	ck_assert_str_eq(have("out/result_0001.csv"), "rows\r\n");
	ck_assert_int_eq(job(DROP_STAT, "result_0002.csv", ""), E_NOTFOUND);
	ck_assert_int_eq(job(DROP_PUT, "result_0003.csv", ours("none")), E_NOTFOUND);
	ck_assert_ptr_null(have("out/result_0003.csv"));
	our_file("r0", "");
	ck_assert_int_eq(job(DROP_PUT, "zero.csv", ours("r0")), 0);
	ck_assert_str_eq(have("out/zero.csv"), "");
	for (int i = 0; i < 2; i++) /* an empty file needs none of ours */
		ck_assert_int_eq(job(DROP_PUT, "zero.csv.end", ""), 0);
	ck_assert_str_eq(have("out/zero.csv.end"), "");
	ck_assert_int_eq(job(DROP_PUT, "result_0001.csv", ""), E_EXISTS);
	if (fake)
		return;
	size_t n = 0; /* nothing temporary stays */
	DIR *d = opendir(under("out"));
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(d);
	ck_assert_uint_eq(n, 3);
}
END_TEST

START_TEST(names_that_climb_are_refused)
{
	static const char *const bad[] = {"",    ".",    "..",   "../x", "/etc/passwd",
					  "a/b", "a\nb", "a\xff"};
	our_file("f", "x");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		ck_assert_int_eq(job(DROP_FETCH, bad[i], ours("g")), E_INVALID);
		ck_assert_int_eq(job(DROP_PUT, bad[i], ours("f")), E_INVALID);
		ck_assert_int_eq(job(DROP_STAT, bad[i], ""), E_INVALID);
		ck_assert_int_eq(move(bad[i], "taken", "a"), E_INVALID);
		ck_assert_int_eq(move("a", "taken", bad[i]), E_INVALID);
	}
}
END_TEST

static struct event *next_event(void)
{
	struct pollfd p = {.fd = mailbox_fd(box), .events = POLLIN};
	for (int i = 0; i < 100; i++) {
		struct event *ev = mailbox_take(box);
		if (ev)
			return ev;
		if (fake)
			fake_drop_pump(drop);
		poll(&p, 1, 100);
	}
	ck_abort_msg("no event");
}

START_TEST(answers_in_order_through_a_mailbox_that_is_full)
{
	struct event *ev = next_event();
	ck_assert_int_eq(ev->kind, EV_DROP_STATE);
	ck_assert(ev->trunk.up);
	event_free(ev);
	give("in/a.csv", "abc");
	for (uint64_t id = 1; id <= 12; id++) { /* the mailbox holds four */
		struct drop_job j = {.kind = DROP_LIST, .id = id};
		ck_assert_int_eq(ops->post(drop, &j), 0);
	}
	usleep(100000);
	for (uint64_t id = 1; id <= 12; id++) {
		ev = next_event();
		ck_assert_int_eq(ev->kind, EV_DROP_DONE);
		ck_assert_uint_eq(ev->drop->job.id, id);
		ck_assert_int_eq(ev->drop->err, 0);
		ck_assert_uint_eq(ev->drop->n_entries, 1);
		event_free(ev);
	}
}
END_TEST

START_TEST(stops_with_events_and_jobs_left)
{
	for (uint64_t id = 1; id <= 20; id++) {
		struct drop_job j = {.kind = DROP_LIST, .id = id};
		ck_assert_int_eq(ops->post(drop, &j), 0);
	}
	/* teardown stops it: the case's time limit and the leak checker are the assertions */
}
END_TEST

static TCase *contract(const char *name, void (*setup)(void))
{
	TCase *t = tcase_create(name);
	tcase_set_timeout(t, 60);
	if (!setup)
		return t;
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, lists_whole_files_sorted);
	tcase_add_test(t, fetches_and_tells_the_digest);
	tcase_add_test(t, a_file_that_changed_is_fetched_later);
	tcase_add_test(t, moves_once);
	tcase_add_test(t, makes_the_folder_of_a_move);
	tcase_add_test(t, puts_the_same_bytes_once);
	tcase_add_test(t, names_that_climb_are_refused);
	tcase_add_test(t, answers_in_order_through_a_mailbox_that_is_full);
	tcase_add_test(t, stops_with_events_and_jobs_left);
	return t;
}

static TCase *fake_case(void)
{
	return contract("fake", setup_fake);
}
static TCase *local_case(void)
{
	return contract("local", setup_local);
}
static TCase *sftp_case(void)
{
	return contract("sftp", getenv("OSAME_DROP_HOST") ? setup_sftp : NULL);
}

UNIT_MAIN("drop contract", fake_case, local_case, sftp_case)
