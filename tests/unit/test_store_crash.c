/*
 * The real store against the world: kills at any moment, a second process, files and disks
 * that are full. What was acknowledged is there.
 */
#include "tests/unit/bdb_rig.inc"

#include <poll.h>

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

/* `begun`: the time counts from the first turn that was acknowledged, however slow the disk. */
static uint32_t kill_after(uint32_t from, long ms, bool begun)
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
	if (begun)
		ck_assert_int_eq(poll(&(struct pollfd){.fd = fds[0], .events = POLLIN}, 1, 60000),
				 1);
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
		/* every other one may fall in recovery, before any commit */
		uint32_t acknowledged =
		    kill_after(last + 1, 5 + (long)(rand_r(&seed) % 200), i % 2 == 0);
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

static TCase *crashes(void)
{
	TCase *t = tcase_create("crashes");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, kills_lose_nothing_acknowledged);
	tcase_add_test(t, kills_while_a_home_is_made);
	tcase_add_test(t, a_second_process_is_kept_out);
	tcase_add_test(t, full_by_file_size);
	tcase_add_test(t, full_disk);
	return t;
}

UNIT_MAIN("store_crash", crashes)
