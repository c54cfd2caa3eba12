/* The spool: names from outside, idempotent moves, the sweep that deletes nothing whole, the
 * archive that overwrites nothing. */
#include "spool/spool.h"

#include "engine/log.h"
#include "spool/afile.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char base[64], root[80];
static struct spool *spool;

static const char *at(const char *fmt, ...) PRINTF_LIKE(1, 2);
static const char *at(const char *fmt, ...)
{
	static char path[MAX_PATH_BYTES];
	va_list ap;
	int n = snprintf(path, sizeof path, "%s/", root);
	va_start(ap, fmt);
	vsnprintf(path + n, sizeof path - (size_t)n, fmt, ap);
	va_end(ap);
	return path;
}
static void put(const char *path, const char *text)
{
	ck_assert_int_eq(afile_put(path, text, strlen(text), 0600, AFILE_REPLACE), 0);
}
static bool there(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}
static size_t files_in(const char *kind)
{
	size_t n = 0;
	DIR *d = opendir(at("%s", kind));
	ck_assert_ptr_nonnull(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.' || strlen(e->d_name) > 2;
	closedir(d);
	return n;
}

static void setup(void)
{
	temp_folder(base, "spool");
	snprintf(root, sizeof root, "%s/spool", base);
	log_level_set(LOG_ERROR + 1);
	ck_assert_int_eq(spool_open(root, &spool), 0);
}
static void teardown(void)
{
	afile_sys_for_tests(NULL);
	spool_close(spool);
	temp_remove(base);
}

static const struct {
	const char *what, *name, *local; /* local NULL: refused */
} name_cases[] = {
    {"plain", "targets_1122.csv", "0000000007.targets_1122.csv"},
    {"Japanese", "対象者.csv", "0000000007._________.csv"},
    {"hidden", ".profile", "0000000007..profile"},
    {"shell", "$(reboot) ;*.csv", "0000000007.__reboot____.csv"},
    {"option", "-rf", "0000000007.-rf"},
    {"climbs", "../../etc/passwd", NULL},
    {"absolute", "/etc/passwd", NULL},
    {"backslash", "..\\x", NULL},
    {"here", ".", NULL},
    {"up", "..", NULL},
    {"empty", "", NULL},
    {"new line", "a\nlevel=info", NULL},
    {"escape", "a\033[2J", NULL},
    {"delete", "a\177", NULL},
    {"C1 control", "a\xc2\x9b", NULL},
    {"not UTF-8", "a\xff", NULL},
    {"CP932", "\x91\xce\x8f\xdb.csv", NULL},
    {"overlong slash", "a\xc0\xaf", NULL},
};

START_TEST(names)
{
	char local[NAME_LOCAL_MOST], path[MAX_PATH_BYTES];
	uint32_t id = 0;
	ck_assert_msg(name_is_safe(name_cases[_i].name) == (name_cases[_i].local != NULL), "%s",
		      name_cases[_i].what);
	/* Even a refused name gives a local name that stays in its folder. */
	name_local(7, name_cases[_i].name, local);
	ck_assert_ptr_null(strchr(local, '/'));
	ck_assert_msg(name_local_id(local, &id) && id == 7, "%s: %s", name_cases[_i].what, local);
	if (name_cases[_i].local)
		ck_assert_str_eq(local, name_cases[_i].local);
	ck_assert_int_eq(spool_path(spool, SPOOL_TAKEN, 7, name_cases[_i].name, path), 0);
	ck_assert_str_eq(path, at("taken/%s", local));
}
END_TEST

START_TEST(long_names_and_ids)
{
	char name[300], local[NAME_LOCAL_MOST];
	uint32_t id;
	memset(name, 'x', sizeof name);
	strcpy(name + 251, ".csv");
	ck_assert(name_is_safe(name)); /* 255 bytes */
	name_local(UINT32_MAX, name, local);
	ck_assert_uint_eq(strlen(local), NAME_LOCAL_MOST - 1);
	ck_assert_str_eq(local + strlen(local) - 4, ".csv");
	ck_assert(name_local_id(local, &id) && id == UINT32_MAX);
	memset(name, 'x', 256);
	name[256] = 0;
	ck_assert(!name_is_safe(name));
	ck_assert(!name_local_id("4294967296.x", &id));
	ck_assert(!name_local_id("12.x", &id));
	ck_assert(!name_local_id("0000000012.a b", &id));
}
END_TEST

START_TEST(patterns)
{
	const char *p = "*.tmp  *.part .*";
	ck_assert(name_matches(p, "a.tmp") && name_matches(p, "a.csv.part"));
	ck_assert(name_matches(p, ".hidden") && !name_matches(p, "a.csv"));
	ck_assert(!name_matches("", "a.tmp") && !name_matches("  ", "a"));
}
END_TEST

START_TEST(opening)
{
	struct spool *second;
	struct stat st;
	ck_assert_int_eq(stat(at("taken"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_int_eq(spool_open(root, &second), E_AGAIN); /* locked */
	spool_close(spool);
	ck_assert_int_eq(spool_open(root, &spool), 0); /* the lock went with it */
	spool_close(spool);
	spool = NULL;

	ck_assert_int_eq(chmod(at("taken"), 0750), 0);
	ck_assert_int_eq(spool_open(root, &second), E_DENIED);
	ck_assert_int_eq(chmod(at("taken"), 0700), 0);
	ck_assert_int_eq(rmdir(at("taken")), 0);
	put(at("taken"), "a file");
	ck_assert_int_eq(spool_open(root, &second), E_INVALID);
	unlink(at("taken"));
	ck_assert_int_eq(symlink("/tmp", at("taken")), 0);
	ck_assert_int_eq(spool_open(root, &second), E_INVALID);
	if (geteuid() == 0) {
		unlink(at("taken"));
		ck_assert_int_eq(mkdir(at("taken"), 0700), 0);
		ck_assert_int_eq(chown(at("taken"), 65534, 65534), 0);
		ck_assert_int_eq(spool_open(root, &second), E_DENIED);
	}
	ck_assert_int_eq(spool_open("", &second), E_LIMIT);
	ck_assert_int_eq(spool_open("/nonexistent-osame/a/b", &second), E_NOTFOUND);
}
END_TEST

START_TEST(moves_are_idempotent)
{
	char from[MAX_PATH_BYTES], to[MAX_PATH_BYTES];
	ck_assert_int_eq(spool_path(spool, SPOOL_ARRIVING, 1, "a.csv", from), 0);
	ck_assert_int_eq(spool_path(spool, SPOOL_RECEIVED, 1, "a.csv", to), 0);
	ck_assert_int_eq(spool_move(spool, SPOOL_ARRIVING, SPOOL_RECEIVED, 1, "a.csv"), E_NOTFOUND);
	put(from, "bytes");
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(spool_move(spool, SPOOL_ARRIVING, SPOOL_RECEIVED, 1, "a.csv"), 0);
		ck_assert(there(to) && !there(from));
	}
	put(from, "others");
	ck_assert_int_eq(spool_move(spool, SPOOL_ARRIVING, SPOOL_RECEIVED, 1, "a.csv"), E_EXISTS);
	ck_assert(there(to) && there(from));
}
END_TEST

static int fsync_fails_at, fsync_n;
static int failing_fsync(int fd)
{
	if (++fsync_n == fsync_fails_at) {
		errno = EIO;
		return -1;
	}
	return fsync(fd);
}

START_TEST(a_move_whose_sync_failed_is_finished_by_the_next)
{
	struct afile_sys sys = afile_sys_real;
	char from[MAX_PATH_BYTES];
	sys.fsync = failing_fsync;
	ck_assert_int_eq(spool_path(spool, SPOOL_ARRIVING, 1, "a", from), 0);
	for (fsync_fails_at = 1; fsync_fails_at <= 2; fsync_fails_at++) {
		put(from, "x");
		afile_sys_for_tests(&sys);
		fsync_n = 0;
		ck_assert_int_eq(spool_move(spool, SPOOL_ARRIVING, SPOOL_TAKEN, 1, "a"), E_UNKNOWN);
		fsync_n = 0; /* the repeated move must sync too, and say so if that fails */
		ck_assert_int_eq(spool_move(spool, SPOOL_ARRIVING, SPOOL_TAKEN, 1, "a"), E_UNKNOWN);
		ck_assert_int_eq(spool_move(spool, SPOOL_ARRIVING, SPOOL_TAKEN, 1, "a"), 0);
		afile_sys_for_tests(NULL);
		unlink(at("taken/0000000001.a"));
	}
}
END_TEST

START_TEST(sweep)
{
	struct spool_swept swept;
	put(at("arriving/.afile-0123456789abcdef"), "half");
	put(at("outgoing/.afile-0123456789abcdef"), "half");
	put(at("odd/.afile-0123456789abcdef"), "half");
	put(at("tmp/anything"), "scratch");
	put(at("arriving/0000000001.a.csv"), "whole");
	put(at("received/0000000002.b.csv"), "whole");
	put(at("received/someone else's.csv"), "foreign");
	ck_assert_int_eq(symlink("/etc/passwd", at("taken/0000000003.c")), 0);
	ck_assert_int_eq(mkdir(at("sent/0000000004.d"), 0700), 0);
	ck_assert_int_eq(mkfifo(at("tmp/fifo"), 0600), 0);
	put(at("refused/\xff\xfe"), "not UTF-8");

	ck_assert_int_eq(spool_sweep(spool, &swept), 0);
	ck_assert_uint_eq(swept.removed, 4);
	ck_assert_uint_eq(swept.odd, 5);
	ck_assert_uint_eq(swept.failed, 0);
	ck_assert(there(at("arriving/0000000001.a.csv")) && there(at("received/0000000002.b.csv")));
	ck_assert_uint_eq(files_in("arriving"), 1);
	ck_assert_uint_eq(files_in("received"), 1);
	ck_assert_uint_eq(files_in("taken") + files_in("sent") + files_in("refused"), 0);
	ck_assert_uint_eq(files_in("tmp") + files_in("outgoing"), 0);
	ck_assert_uint_eq(files_in("odd"), 10); /* each with its .reason */

	ck_assert_int_eq(spool_sweep(spool, &swept), 0); /* and it comes to rest */
	ck_assert_uint_eq(swept.removed + swept.odd + swept.failed, 0);
	ck_assert_uint_eq(files_in("odd"), 10);
}
END_TEST

static int collect(void *arg, uint32_t id, const char *path)
{
	uint32_t *sum = arg;
	ck_assert(there(path));
	*sum = *sum * 10 + id;
	return id == 4 ? E_FULL : 0;
}

START_TEST(each_and_counts)
{
	struct spool_count counts[SPOOL_KINDS];
	uint32_t seen = 0;
	put(at("taken/0000000003.c"), "333");
	put(at("taken/0000000001.a"), "1");
	put(at("taken/no id"), "x");
	ck_assert_int_eq(spool_each(spool, SPOOL_TAKEN, collect, &seen), 0);
	ck_assert_uint_eq(seen, 13); /* in the order of ids */
	put(at("taken/0000000004.d"), "x");
	ck_assert_int_eq(spool_each(spool, SPOOL_TAKEN, collect, &seen), E_FULL);
	ck_assert_int_eq(spool_counts(spool, counts), 0);
	ck_assert_uint_eq(counts[SPOOL_TAKEN].files, 4);
	ck_assert_uint_eq(counts[SPOOL_TAKEN].bytes, 6);
	ck_assert_uint_eq(counts[SPOOL_SENT].files, 0);
}
END_TEST

static int no_link(int dir, const char *from, int to_dir, const char *to, int flags)
{
	(void)dir, (void)from, (void)to_dir, (void)to, (void)flags;
	errno = EPERM;
	return -1;
}

START_TEST(archive)
{
	struct afile_sys sys = afile_sys_real;
	char source[MAX_PATH_BYTES];
	const char *kept = "archive/2026/11/22/results/result_0001.csv";
	if (_i == 1) { /* a file system without hard links: by copy */
		sys.linkat = no_link;
		afile_sys_for_tests(&sys);
	}
	ck_assert_int_eq(spool_path(spool, SPOOL_SENT, 1, "result.csv", source), 0);
	ck_assert_int_eq(spool_archive(spool, "2026/11/22", "results", source, "result_0001.csv"),
			 E_NOTFOUND);
	put(source, "rows");
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
		    spool_archive(spool, "2026/11/22", "results", source, "result_0001.csv"), 0);
	struct stat a, b;
	ck_assert_int_eq(stat(at("%s", kept), &a), 0);
	ck_assert_int_eq(stat(source, &b), 0);
	ck_assert_int_eq(a.st_ino == b.st_ino, _i == 0);
	ck_assert_int_eq(a.st_size, 4);

	put(source, "other rows"); /* a new file under the old name: the archive keeps its own */
	ck_assert_int_eq(spool_archive(spool, "2026/11/22", "results", source, "result_0001.csv"),
			 E_EXISTS);
	ck_assert_int_eq(stat(at("%s", kept), &a), 0);
	ck_assert_int_eq(a.st_size, 4);
	put(source, "rows"); /* the same bytes in another file: done */
	ck_assert_int_eq(spool_archive(spool, "2026/11/22", "results", source, "result_0001.csv"),
			 0);

	static const struct {
		const char *day, *class_name, *name;
	} bad[] = {{"2026/11/2x", "results", "a"}, {"2026-11-22", "results", "a"},
		   {"../../../x", "results", "a"}, {"2026/11/22/", "results", "a"},
		   {"", "results", "a"},           {"2026/11/22", "../x", "a"},
		   {"2026/11/22", "", "a"},        {"2026/11/22", "results", "../a"},
		   {"2026/11/22", "results", ".."}};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_int_eq(
		    spool_archive(spool, bad[i].day, bad[i].class_name, source, bad[i].name),
		    E_INVALID);
	ck_assert_int_eq(symlink("/etc/passwd", at("tmp/link")), 0);
	ck_assert_int_lt(spool_archive(spool, "2026/11/22", "results", at("tmp/link"), "b"), 0);
}
END_TEST

static TCase *spool_case(void)
{
	TCase *t = tcase_create("spool");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, names, 0, sizeof name_cases / sizeof *name_cases);
	tcase_add_test(t, long_names_and_ids);
	tcase_add_test(t, patterns);
	tcase_add_test(t, opening);
	tcase_add_test(t, moves_are_idempotent);
	tcase_add_test(t, a_move_whose_sync_failed_is_finished_by_the_next);
	tcase_add_test(t, sweep);
	tcase_add_test(t, each_and_counts);
	tcase_add_loop_test(t, archive, 0, 2);
	return t;
}

UNIT_MAIN("spool", spool_case)
