/* Files of the specs folder that staff change: written whole, or left as they were. */
#include "engine/spec_file.h"

#include "engine/event.h"
#include "spool/afile.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct digest_ops digest_sodium;
static char folder[256], path[300];

static void setup(void)
{
	ck_assert_int_eq(digest_sodium.init(), 0);
	temp_folder(folder, "spec");
	snprintf(path, sizeof path, "%s/t.txt", folder);
	ck_assert_int_eq(afile_put(path, "old\n", 4, 0640, AFILE_NEW), 0);
}

static void teardown(void)
{
	afile_sys_for_tests(NULL);
	temp_remove(folder);
}

static const char *content(void)
{
	static char buf[64];
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(buf, 1, sizeof buf - 1, f) : 0;
	buf[n] = '\0';
	if (f)
		fclose(f);
	return buf;
}

static struct spec_file_job job(void)
{
	static char bytes[] = "new\n";
	struct spec_file_job j = {.id = 7, .n = 4, .bytes = bytes};
	snprintf(j.path, sizeof j.path, "%s", path);
	ck_assert_int_eq(digest_file(&digest_sodium, path, j.before), 0);
	return j;
}

START_TEST(it_is_replaced)
{
	struct spec_file_job j = job();
	struct stat st;
	ck_assert_int_eq(spec_file_write(&digest_sodium, &j), 0);
	ck_assert_str_eq(content(), "new\n");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0640);
}
END_TEST

START_TEST(what_somebody_else_wrote_stays)
{
	struct spec_file_job j = job();
	ck_assert_int_eq(afile_put(path, "his\n", 4, 0640, AFILE_REPLACE), 0);
	ck_assert_int_eq(spec_file_write(&digest_sodium, &j), E_STATE);
	ck_assert_str_eq(content(), "his\n");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(spec_file_write(&digest_sodium, &j), E_STATE);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

static struct afile_sys sys;
static int syncs_left;

static ssize_t full_write(int fd, const void *p, size_t n)
{
	(void)fd;
	(void)p;
	(void)n;
	errno = ENOSPC;
	return -1;
}

static int some_syncs(int fd)
{
	if (syncs_left-- > 0)
		return afile_sys_real.fsync(fd);
	errno = EIO;
	return -1;
}

START_TEST(no_room_leaves_it)
{
	struct spec_file_job j = job();
	sys = afile_sys_real;
	sys.write = full_write;
	afile_sys_for_tests(&sys);
	ck_assert_int_eq(spec_file_write(&digest_sodium, &j), E_NOSPC);
	ck_assert_str_eq(content(), "old\n");
}
END_TEST

START_TEST(a_folder_that_cannot_be_synced_is_unknown)
{
	struct spec_file_job j = job();
	sys = afile_sys_real;
	sys.fsync = some_syncs;
	syncs_left = 1; /* the file's, not the folder's */
	afile_sys_for_tests(&sys);
	ck_assert_int_eq(spec_file_write(&digest_sodium, &j), E_UNKNOWN);
	ck_assert_str_eq(content(), "new\n");
}
END_TEST

START_TEST(the_thread_answers)
{
	struct mailbox *box;
	struct spec_files *s;
	struct spec_file_job *j = calloc(1, sizeof *j);
	struct event *ev = NULL;
	*j = job();
	j->bytes = strdup("new\n");
	ck_assert_int_eq(mailbox_new(4, &box), 0);
	ck_assert_int_eq(spec_files_start(&digest_sodium, box, &s), 0);
	ck_assert_int_eq(spec_files_post(s, j), 0);
	for (int i = 0; i < 3000 && !(ev = mailbox_take(box)); i++)
		poll(NULL, 0, 10);
	ck_assert_ptr_nonnull(ev);
	ck_assert_int_eq(ev->kind, EV_SPEC_WRITTEN);
	ck_assert_uint_eq(ev->spec.id, 7);
	ck_assert_int_eq(ev->spec.err, 0);
	ck_assert_str_eq(content(), "new\n");
	event_free(ev);
	spec_files_stop(s);
	mailbox_free(box, event_free);
}
END_TEST

static TCase *files(void)
{
	TCase *t = tcase_create("files");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, it_is_replaced);
	tcase_add_test(t, what_somebody_else_wrote_stays);
	tcase_add_test(t, no_room_leaves_it);
	tcase_add_test(t, a_folder_that_cannot_be_synced_is_unknown);
	tcase_add_test(t, the_thread_answers);
	return t;
}

UNIT_MAIN("spec_file", files)
