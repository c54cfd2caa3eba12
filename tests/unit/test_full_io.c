/* Reading and writing in pieces: by a pipe that takes and gives less than what is asked for. */
#include "engine/full_io.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 1 << 20 }; /* a pipe holds 64 kB */

static void *writer(void *arg)
{
	static unsigned char sent[MANY];
	for (size_t i = 0; i < sizeof sent; i++)
		sent[i] = (unsigned char)(i * 7 >> 3);
	int fd = *(int *)arg, err = write_full(fd, sent, sizeof sent);
	close(fd);
	return err ? NULL : sent;
}

START_TEST(in_pieces)
{
	static unsigned char came[MANY + 1];
	pthread_t thread;
	void *sent;
	size_t n = 0;
	int ends[2];
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, writer, &ends[1]), 0);
	ck_assert_int_eq(read_full(ends[0], came, sizeof came, &n), 0);
	pthread_join(thread, &sent);
	ck_assert_uint_eq(n, MANY); /* the end came before the buffer was full */
	ck_assert_ptr_nonnull(sent);
	ck_assert_mem_eq(came, sent, MANY);
	close(ends[0]);
}
END_TEST

START_TEST(what_cannot_be_done_is_said)
{
	size_t n;
	char byte;
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(full, 0);
	ck_assert_int_eq(write_full(full, "x", 1), E_NOSPC);
	ck_assert_int_eq(write_full(full, "", 0), 0);
	ck_assert_int_eq(read_full(-1, &byte, 1, &n), E_IO);
	ck_assert_int_eq(write_full(-1, "x", 1), E_IO);
	close(full);
}
END_TEST

static TCase *pieces(void)
{
	TCase *t = tcase_create("full io");
	tcase_add_test(t, in_pieces);
	tcase_add_test(t, what_cannot_be_done_is_said);
	return t;
}

UNIT_MAIN("full_io", pieces)
