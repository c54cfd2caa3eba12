/*
 * spool/afile: every system call of every operation fails in its turn, with each errno that it may
 * give. What must hold: the answer tells the truth, the old bytes stay unless the answer is 0 or
 * E_UNKNOWN, and nothing is left behind, descriptors included.
 */
#include "spool/afile.h"

#include "engine/log.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The call number `at` (from 1) answers -1 with `error`; a write may also be short. */
static struct {
	int n, at, error;
	bool short_writes, no_noreplace, interrupt;
	const char *failed_call;
} plan;
static char folder[64], path[128], other[128];

static bool fails(const char *call)
{
	if (++plan.n != plan.at)
		return false;
	plan.failed_call = call;
	errno = plan.error;
	return true;
}

static int t_openat(int dir, const char *name, int flags, mode_t mode)
{
	return fails("openat") ? -1 : openat(dir, name, flags, mode);
}
static ssize_t t_write(int fd, const void *p, size_t n)
{
	if (fails("write"))
		return -1;
	if (plan.interrupt && plan.n % 2) {
		errno = EINTR;
		return -1;
	}
	return write(fd, p, plan.short_writes && n > 3 ? 3 : n);
}
static int t_fsync(int fd)
{
	return fails("fsync") ? -1 : fsync(fd);
}
static int t_close(int fd)
{
	int rc = close(fd); /* on Linux it is closed even when it fails */
	return fails("close") ? -1 : rc;
}
static int t_renameat2(int dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	if (plan.no_noreplace && flags) {
		errno = EINVAL;
		return -1;
	}
	return fails("rename") ? -1 : renameat2(dir, from, to_dir, to, flags);
}
static int t_linkat(int dir, const char *from, int to_dir, const char *to, int flags)
{
	return fails("link") ? -1 : linkat(dir, from, to_dir, to, flags);
}
static int t_unlinkat(int dir, const char *name, int flags)
{
	return fails("unlink") ? -1 : unlinkat(dir, name, flags);
}
static const struct afile_sys failing = {
    .openat = t_openat,
    .write = t_write,
    .fsync = t_fsync,
    .close = t_close,
    .renameat2 = t_renameat2,
    .linkat = t_linkat,
    .unlinkat = t_unlinkat,
};

static size_t entries(const char *where, bool temporaries_too)
{
	size_t n = 0;
	DIR *d = opendir(where);
	struct dirent *e;
	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			n += temporaries_too || !afile_is_temporary(e->d_name);
	closedir(d);
	return n;
}
static void remove_temporaries(void)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	while ((e = readdir(d)) != NULL)
		if (afile_is_temporary(e->d_name))
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
}
static size_t open_files(void)
{
	return entries("/proc/self/fd", true);
}

static const char *read_all(const char *p)
{
	static char bytes[256];
	int fd = open(p, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof bytes - 1);
	if (fd >= 0)
		close(fd);
	bytes[n < 0 ? 0 : n] = 0;
	return n < 0 ? NULL : bytes;
}
static void plain(const char *p, const char *text)
{
	ck_assert_int_eq(afile_put(p, text, strlen(text), 0600, AFILE_REPLACE), 0);
}

static void setup(void)
{
	memset(&plan, 0, sizeof plan);
	temp_folder(folder, "afile");
	snprintf(path, sizeof path, "%s/file", folder);
	snprintf(other, sizeof other, "%s/other", folder);
	log_level_set(LOG_ERROR + 1);
}
static void teardown(void)
{
	afile_sys_for_tests(NULL);
	temp_remove(folder);
}

static int do_replace(void)
{
	return afile_put(path, "new bytes", 9, 0600, AFILE_REPLACE);
}
static int do_new(void)
{
	return afile_put(path, "new bytes", 9, 0600, AFILE_NEW);
}
static int do_rename(void)
{
	return afile_rename_durable(other, path);
}
static int do_link(void)
{
	return afile_link_durable(other, path);
}
static int do_remove(void)
{
	return afile_remove_durable(path);
}
static int do_sync(void)
{
	return afile_fsync_dir(folder);
}

struct op {
	const char *what;
	int (*run)(void);
	const char *before, *after; /* of `path` */
	bool no_noreplace;
};
static const struct op ops[] = {
    {"replace", do_replace, "old", "new bytes", false},
    {"new", do_new, NULL, "new bytes", false},
    {"new, by link", do_new, NULL, "new bytes", true},
    {"rename", do_rename, NULL, "other bytes", false},
    {"rename, by link", do_rename, NULL, "other bytes", true},
    {"link", do_link, NULL, "other bytes", false},
    {"remove", do_remove, "old", NULL, false},
    {"sync", do_sync, "old", "old", false},
};
static const struct {
	int error, want;
} errors[] = {{EIO, E_IO}, {ENOSPC, E_NOSPC}, {EDQUOT, E_NOSPC}, {ENOMEM, E_NOMEM}};

static bool same(const char *is, const char *want)
{
	return want ? is && strcmp(is, want) == 0 : !is;
}

/* One call fails. Returns false when the operation had fewer calls than that. */
static bool fail_once(const struct op *op, int at, size_t which)
{
	afile_sys_for_tests(NULL);
	remove_temporaries(); /* of a run whose unlink failed */
	unlink(path);
	plain(other, "other bytes");
	if (op->before)
		plain(path, op->before);
	size_t files = open_files();

	plan.n = 0;
	plan.at = at;
	plan.error = errors[which].error;
	plan.no_noreplace = op->no_noreplace;
	plan.failed_call = NULL;
	afile_sys_for_tests(&failing);
	int err = op->run();
	bool reached = plan.failed_call != NULL;
	const char *call = reached ? plan.failed_call : "none";
	const char *now = read_all(path);

	ck_assert_msg(open_files() == files, "%s: %s %d: descriptors", op->what, call, at);
	if (err == 0)
		/* Failures that lose nothing: the folder's close, the second name's unlink. */
		ck_assert_msg(same(now, op->after), "%s: %s %d: said done", op->what, call, at);
	else if (err == E_UNKNOWN)
		ck_assert_msg(strcmp(call, "fsync") == 0 && same(now, op->after),
			      "%s: %s %d: unknown", op->what, call, at);
	else
		ck_assert_msg(err == errors[which].want && same(now, op->before),
			      "%s: %s %d: said not done: %d", op->what, call, at, err);
	if (reached && err == 0)
		ck_assert_msg(strcmp(call, "close") == 0 || strcmp(call, "unlink") == 0,
			      "%s: a failed %s was called done", op->what, call);
	if (strcmp(call, "unlink") != 0)
		ck_assert_msg(entries(folder, true) == entries(folder, false),
			      "%s: %s %d: temporary file left", op->what, call, at);
	return reached;
}

START_TEST(every_call_fails_in_its_turn)
{
	const struct op *op = &ops[_i];
	for (size_t which = 0; which < sizeof errors / sizeof *errors; which++) {
		int at = 1;
		while (fail_once(op, at, which))
			at++;
		ck_assert_msg(at > 2 && at < 30, "%s: %d calls", op->what, at - 1);
	}
}
END_TEST

START_TEST(interrupted_and_partial_writes)
{
	plan.short_writes = plan.interrupt = true;
	afile_sys_for_tests(&failing);
	ck_assert_int_eq(do_replace(), 0);
	ck_assert_str_eq(read_all(path), "new bytes");
	for (int at = 1; at <= 12; at++) { /* EINTR at any call but open's folder: goes on */
		plan.n = 0;
		plan.at = at;
		plan.error = EINTR;
		plan.short_writes = plan.interrupt = false;
		int err = do_replace();
		if (err == 0)
			ck_assert_str_eq(read_all(path), "new bytes");
		ck_assert_msg(err != E_UNKNOWN, "call %d", at);
	}
}
END_TEST

START_TEST(must_not_exist)
{
	for (int by_link = 0; by_link < 2; by_link++) {
		plan.no_noreplace = by_link;
		afile_sys_for_tests(&failing);
		plain(path, "old");
		plain(other, "other bytes");
		ck_assert_int_eq(do_new(), E_EXISTS);
		ck_assert_int_eq(do_rename(), E_EXISTS);
		ck_assert_int_eq(do_link(), E_EXISTS);
		ck_assert_str_eq(read_all(path), "old");
		ck_assert_str_eq(read_all(other), "other bytes");
		ck_assert_uint_eq(entries(folder, true), 2);
	}
}
END_TEST

START_TEST(streaming)
{
	struct afile *f;
	char dangling[128];

	ck_assert_int_eq(afile_open(path, 0640, AFILE_NEW, &f), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(afile_write(f, "abc", 3), 0);
	ck_assert_ptr_null(read_all(path)); /* nobody sees half of it */
	ck_assert_uint_eq(entries(folder, true), 1);
	ck_assert_uint_eq(entries(folder, false), 0);
	ck_assert_int_eq(afile_commit(f), 0);
	ck_assert_str_eq(read_all(path), "abcabcabc");
	struct stat st;
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0640);

	ck_assert_int_eq(afile_open(path, 0600, AFILE_REPLACE, &f), 0);
	ck_assert_int_eq(afile_write(f, "xyz", 3), 0);
	afile_abort(f);
	afile_abort(NULL);
	ck_assert_str_eq(read_all(path), "abcabcabc");
	ck_assert_uint_eq(entries(folder, true), 1);

	/* A failed write is remembered: a later commit cannot say done. */
	ck_assert_int_eq(afile_open(path, 0600, AFILE_REPLACE, &f), 0);
	afile_sys_for_tests(&failing);
	plan.at = 1;
	plan.error = ENOSPC;
	ck_assert_int_eq(afile_write(f, "1", 1), E_NOSPC);
	ck_assert_int_eq(afile_write(f, "2", 1), E_NOSPC);
	ck_assert_int_eq(afile_commit(f), E_NOSPC);
	ck_assert_str_eq(read_all(path), "abcabcabc");

	/* A symbolic link gives way; what it points at stays. */
	afile_sys_for_tests(NULL);
	snprintf(dangling, sizeof dangling, "%s/link", folder);
	ck_assert_int_eq(symlink(path, dangling), 0);
	ck_assert_int_eq(afile_put(dangling, "x", 1, 0600, AFILE_NEW), E_EXISTS);
	ck_assert_int_eq(afile_put(dangling, "x", 1, 0600, AFILE_REPLACE), 0);
	ck_assert_str_eq(read_all(path), "abcabcabc");
}
END_TEST

START_TEST(names_that_are_no_names)
{
	static const char *const bad[] = {"/tmp/", "/tmp/.", "..", ""};
	struct afile *f;
	char longest[300];
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_int_eq(afile_open(bad[i], 0600, AFILE_NEW, &f), E_INVALID);
	memset(longest, 'a', sizeof longest);
	longest[299] = 0;
	ck_assert_int_eq(afile_open(longest, 0600, AFILE_NEW, &f), E_LIMIT);
	snprintf(path, sizeof path, "%s/none/file", folder);
	ck_assert_int_eq(afile_open(path, 0600, AFILE_NEW, &f), E_NOTFOUND);
	ck_assert_int_eq(afile_remove_durable(other), E_NOTFOUND);
	ck_assert(!afile_is_temporary(".afile-"));
	ck_assert(!afile_is_temporary(".afile-0123456789abcdeg"));
	ck_assert(afile_is_temporary(".afile-0123456789abcdef"));
}
END_TEST

static TCase *afile_case(void)
{
	TCase *t = tcase_create("afile");
	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, every_call_fails_in_its_turn, 0, sizeof ops / sizeof *ops);
	tcase_add_test(t, interrupted_and_partial_writes);
	tcase_add_test(t, must_not_exist);
	tcase_add_test(t, streaming);
	tcase_add_test(t, names_that_are_no_names);
	return t;
}

UNIT_MAIN("afile", afile_case)
