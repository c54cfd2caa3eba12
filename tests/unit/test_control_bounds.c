/*
 * Control under clients that press, wait, do not read or leave; and its start and stop:
 * nothing grows without bound, no command waits behind a read, everything open is answered.
 */
#include "tests/unit/control_rig.inc"

/* ---- waiting, pressing, leaving ---- */

START_TEST(a_command_never_waits_behind_reads)
{
	int fd = dial(), other = dial();
	pthread_mutex_lock(&gate);
	for (int i = 0; i < 6; i++) /* more than there are readers */
		say(fd, CALL(1, "slow", "{}"));
	expect(fd, CALL(2, "go", "{}"), "\"id\":2,\"result\":\"me\"");
	expect(other, CALL(3, "go", "{}"), "\"id\":3,\"result\":\"me\"");
	pthread_mutex_unlock(&gate);
	for (int i = 0; i < 6; i++)
		ck_assert_ptr_nonnull(strstr(hear(fd), "\"id\":1,\"result\":\"slow\""));
	close(fd);
	close(other);
}
END_TEST

START_TEST(many_calls_in_one_breath)
{
	char *all = calloc(1, 100 * 100);
	int fd = dial();
	for (int i = 0; i < 100; i++)
		strcat(all, i % 2 ? CALL(1, "go", "{}") : CALL(1, "echo", "{\"text\":\"me\"}"));
	say(fd, all);
	for (int i = 0; i < 100; i++)
		ck_assert_ptr_nonnull(strstr(hear(fd), "\"id\":1,\"result\":\"me\""));
	ck_assert_int_eq(atomic_load(&done), 50);
	free(all);
	close(fd);
}
END_TEST

START_TEST(lines_up_to_64_kB)
{
	char *line = malloc(2 * MAX_CONTROL_LINE);
	int fd = dial();
	/* exactly the limit, with its newline */
	size_t head =
	    (size_t)sprintf(line, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"fail\",\"x\":\"");
	memset(line + head, 'x', MAX_CONTROL_LINE - head - 3);
	strcpy(line + MAX_CONTROL_LINE - 3, "\"}\n");
	expect(fd, line, "-32004");
	/* one more */
	memset(line + MAX_CONTROL_LINE - 3, 'x', 3);
	strcpy(line + MAX_CONTROL_LINE, "\"}\n");
	say(fd, line);
	ck_assert_ptr_nonnull(strstr(hear(fd), "\"code\":-32007"));
	ck_assert_str_eq(hear(fd), ""); /* closed */
	close(fd);
	free(line);
}
END_TEST

static bool closed_within(int fd, int ms)
{
	char c;
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	return poll(&wait, 1, ms) == 1 && recv(fd, &c, 1, 0) <= 0;
}

START_TEST(a_half_line_is_not_waited_for)
{
	int fd = dial();
	say(fd, "{\"jsonrpc\"");
	ck_assert(closed_within(fd, 5000));
	close(fd);
}
END_TEST

/* It sends and never reads: it is closed, and meanwhile others are served. */
START_TEST(a_client_that_does_not_read)
{
	static const char line[] = CALL(1, "rows", "{\"n\":1,\"bytes\":50000}");
	int slow = dial(), fd = dial();
	size_t sent = 0;
	fcntl(slow, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 2000; i++) {
		ssize_t n = send(slow, line, sizeof line - 1, MSG_NOSIGNAL);
		if (n < 0)
			break;
		sent += (size_t)n;
	}
	ck_assert_uint_lt(sent, 2000 * (sizeof line - 1)); /* it was not read for ever */
	expect(fd, CALL(1, "echo", "{\"text\":\"alive\"}"), "alive");
	struct pollfd wait = {.fd = slow};
	ck_assert_int_eq(poll(&wait, 1, 8000), 1);
	ck_assert(wait.revents & POLLHUP);
	expect(fd, CALL(1, "echo", "{\"text\":\"alive\"}"), "alive");
	close(slow);
	close(fd);
}
END_TEST

START_TEST(answers_after_a_half_close)
{
	int fd = dial();
	say(fd, CALL(1, "go", "{}") CALL(2, "echo", "{\"text\":\"x\"}"));
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	ck_assert_str_ne(hear(fd), "");
	ck_assert_str_ne(hear(fd), "");
	ck_assert_str_eq(hear(fd), "");
	close(fd);
}
END_TEST

START_TEST(a_command_whose_client_left)
{
	for (int i = 0; i < 12; i++) {
		int fd = dial();
		say(fd, CALL(1, "go", "{}"));
		close(fd);
	}
	for (int i = 0; i < 3000 && atomic_load(&done) < 12; i++)
		usleep(10000);
	ck_assert_int_eq(atomic_load(&done), 12); /* each once */
	int fd = dial();
	expect(fd, CALL(2, "echo", "{\"text\":\"alive\"}"), "alive");
	close(fd);
}
END_TEST

START_TEST(too_many_connections)
{
	int fds[16];
	for (int i = 0; i < 16; i++) {
		fds[i] = dial();
		expect(fds[i], CALL(1, "echo", "{\"text\":\"in\"}"), "in");
	}
	int one_more = dial();
	ck_assert_ptr_nonnull(strstr(hear(one_more), "\"code\":-32008"));
	ck_assert_str_eq(hear(one_more), "");
	close(one_more);
	close(fds[3]);
	for (int i = 0; i < 3000; i++) { /* its place is free soon */
		one_more = dial();
		send(one_more, CALL(1, "echo", "{\"text\":\"in\"}"), 63, MSG_NOSIGNAL);
		bool in = strstr(hear(one_more), "-32008") == NULL;
		close(one_more);
		if (in)
			break;
		ck_assert_int_lt(i, 2999);
		usleep(10000);
	}
	for (int i = 0; i < 16; i++)
		if (i != 3)
			close(fds[i]);
}
END_TEST

/* ---- start and stop ---- */

START_TEST(a_full_engine_is_said)
{
	fixture();
	mailbox_free(inbox, NULL);
	ck_assert_int_eq(mailbox_new(1, &inbox), 0);
	config.to_engine = inbox;
	ck_assert_int_eq(control_start(&config, &control), 0);
	int fd = dial();
	say(fd, CALL(1, "go", "{}") CALL(2, "go", "{}"));
	ck_assert_ptr_nonnull(strstr(hear(fd), "\"id\":2,\"error\":{\"code\":-32003"));
	/* the stop answers what is open; the event in the mailbox is not touched any more */
	control_stop(control);
	ck_assert_ptr_nonnull(strstr(hear(fd), "\"id\":1,\"error\":{\"code\":-32006"));
	ck_assert_str_eq(hear(fd), "");
	mailbox_free(inbox, event_free);
	close(fd);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(stop_while_reads_wait)
{
	setup();
	int fd = dial();
	pthread_mutex_lock(&gate);
	for (int i = 0; i < 7; i++)
		say(fd, CALL(1, "slow", "{}"));
	expect(fd, CALL(2, "go", "{}"), "\"id\":2"); /* all were taken */
	end_engine();
	pthread_t stopper;
	pthread_create(&stopper, NULL, (void *(*)(void *))(void (*)(void))control_stop, control);
	usleep(50000);
	pthread_mutex_unlock(&gate);
	pthread_join(stopper, NULL);
	int slow = 0, stopped = 0;
	const char *heard;
	while (*(heard = hear(fd))) {
		slow += strstr(heard, "\"slow\"") != NULL;
		stopped += strstr(heard, "-32006") != NULL;
	}
	ck_assert_int_eq(slow + stopped, 7);
	ck_assert_int_eq(slow, 4);
	close(fd);
	mailbox_free(inbox, event_free);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

static void touch(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
}

START_TEST(the_socket)
{
	struct stat st;
	struct control *second;
	read_fn holes[T_N];
	fixture();
	log_level_set(LOG_ERROR + 1);
	touch(path);
	ck_assert_int_eq(control_start(&config, &control), E_EXISTS); /* not a socket: left alone */
	ck_assert_int_eq(unlink(path), 0);
	config.group = "no-such-group";
	ck_assert_int_eq(control_start(&config, &control), E_NOTFOUND);
	config.group = "";
	memcpy(holes, reads, sizeof holes);
	holes[T_ECHO] = NULL;
	config.reads = holes;
	ck_assert_int_eq(control_start(&config, &control), E_INVALID);
	config.reads = reads;
	config.path = "/nonexistent/s";
	ck_assert_int_eq(control_start(&config, &control), E_IO);
	config.path = path;
	/* left behind by an engine that was killed */
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	strcpy(addr.sun_path, path);
	int old = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(old, (struct sockaddr *)&addr, sizeof addr), 0);
	close(old);
	config.group = getuid() == 0 ? "nogroup" : "";
	ck_assert_int_eq(control_start(&config, &control), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0660);
	ck_assert(getuid() != 0 || st.st_gid == 65534);
	ck_assert_int_eq(control_start(&config, &second), E_EXISTS);
	int fd = dial();
	expect(fd, CALL(1, "echo", "{\"text\":\"still here\"}"), "still here");
	close(fd);
	control_stop(control);
	control_stop(NULL);
	mailbox_free(inbox, NULL);
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

static TCase *pressed(void)
{
	TCase *t = tcase_create("pressed");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_command_never_waits_behind_reads);
	tcase_add_test(t, many_calls_in_one_breath);
	tcase_add_test(t, lines_up_to_64_kB);
	tcase_add_test(t, a_half_line_is_not_waited_for);
	tcase_add_test(t, a_client_that_does_not_read);
	tcase_add_test(t, answers_after_a_half_close);
	tcase_add_test(t, a_command_whose_client_left);
	tcase_add_test(t, too_many_connections);
	return t;
}

static TCase *starts(void)
{
	TCase *t = tcase_create("starts");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_full_engine_is_said);
	tcase_add_test(t, stop_while_reads_wait);
	tcase_add_test(t, the_socket);
	return t;
}

UNIT_MAIN("control_bounds", pressed, starts)
