/*
 * Control over a real socket: a table of methods of our own, an "engine" thread
 * that answers commands, a store of numbered keys that counts its snapshots.
 */
#include "engine/control.h"
#include "engine/control/rpc.h"
#include "engine/event.h"
#include "engine/log.h"
#include "tests/support/temp.h"
#include "tests/support/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the store: keys "p" + u16, in order ---- */

static atomic_int snapshots, aborts, deadlocks_left;
static char store_token;
static int txn_token;

static int fake_snapshot(struct store *s, struct store_txn **ret)
{
	ck_assert_ptr_eq(s, (struct store *)(void *)&store_token);
	atomic_fetch_add(&snapshots, 1);
	*ret = (struct store_txn *)(void *)&txn_token;
	return 0;
}

static void fake_abort(struct store_txn *txn)
{
	ck_assert_ptr_eq(txn, (struct store_txn *)(void *)&txn_token);
	atomic_fetch_add(&aborts, 1);
}

static const struct store_ops fake_store = {
    .name = "test", .snapshot = fake_snapshot, .abort = fake_abort};

/* ---- the table ---- */

enum { T_ECHO, T_FAIL, T_DEADLOCK, T_ROWS, T_SLOW, T_BIG, T_WALL, T_GO, T_SECRET, T_APPROVE, T_N };

static const struct param echo_params[] = {{.name = "text",
					    .type = PARAM_TEXT,
					    .required = true,
					    .most = 60000,
					    .words = "what comes back"}};
static const struct param rows_params[] = {
    {.name = "n", .type = PARAM_INT, .least = 0, .most = 65535, .words = "rows"},
    {.name = "bytes", .type = PARAM_INT, .least = 0, .most = 100000, .words = "of each"},
    {.name = "ms", .type = PARAM_INT, .least = 0, .most = 100, .words = "for each"},
    {.name = "skip", .type = PARAM_BOOL, .words = "show none of them"}};
static const struct param go_params[] = {
    {.name = "say", .type = PARAM_TEXT, .most = 50, .words = "how it answers"}};

#define ANY .roles = ROLES_ALL
static const struct method table[T_N] = {
    [T_ECHO] = {.name = "echo", ANY, .params = echo_params, .n_params = 1},
    [T_FAIL] = {.name = "fail", ANY},
    [T_DEADLOCK] = {.name = "deadlock", ANY},
    [T_ROWS] = {.name = "rows", ANY, .listing = true, .params = rows_params, .n_params = 4},
    [T_SLOW] = {.name = "slow", ANY},
    [T_BIG] = {.name = "big", ANY},
    [T_WALL] = {.name = "whoami", ANY},
    [T_GO] = {.name = "go", ANY, .kind = METHOD_COMMAND, .params = go_params, .n_params = 1},
    [T_SECRET] = {.name = "secret", .roles = ROLE_AUDITOR},
    [T_APPROVE] = {.name = "approve", ANY, .kind = METHOD_COMMAND, .not_root = true},
};

static int read_echo(const struct query *q, struct answer *a)
{
	answer_set(a, json_new_str(json_str(json_get(q->params, "text"))));
	return 0;
}

static int read_fail(const struct query *q, struct answer *a)
{
	(void)q;
	return answer_refuse(a, E_NOTFOUND, "run %d: there is none", 7);
}

static int read_deadlock(const struct query *q, struct answer *a)
{
	(void)q;
	(void)a;
	return atomic_fetch_sub(&deadlocks_left, 1) > 0 ? E_DEADLOCK : 0;
}

static struct json *row_of(unsigned i, size_t bytes)
{
	struct json *row = json_new_object();
	char *pad = calloc(1, bytes + 1);
	memset(pad, 'x', bytes);
	json_put_int(row, "i", i);
	if (bytes)
		json_put_str(row, "pad", pad);
	free(pad);
	return row;
}

/* The scan: what a handler over a real store does in its callback. */
static int read_rows(const struct query *q, struct answer *a)
{
	int64_t n = 0, bytes = 0, ms = 0;
	bool skip = false;
	struct bytes from;
	json_get_int(q->params, "n", &n);
	json_get_int(q->params, "bytes", &bytes);
	json_get_int(q->params, "ms", &ms);
	json_get_bool(q->params, "skip", &skip);
	ck_assert_ptr_nonnull(q->snapshot);
	int err = answer_from(a, q, (struct bytes){"p", 1}, &from);
	if (err != 0)
		return err;
	const uint8_t *k = from.p;
	unsigned first = from.n == 3 ? (unsigned)(k[1] << 8 | k[2]) : 0;
	answer_put(a, "first", json_new_int(first));
	for (unsigned i = first; i < n; i++) {
		uint8_t key[3] = {'p', (uint8_t)(i >> 8), (uint8_t)i};
		if (answer_look(a, (struct bytes){key, 3}))
			return 1;
		if (ms > 0)
			usleep((useconds_t)ms * 1000);
		err = skip ? 0 : answer_row(a, row_of(i, (size_t)bytes));
		if (err != 0)
			return err;
	}
	return 0;
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static int read_slow(const struct query *q, struct answer *a)
{
	(void)q;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	answer_set(a, json_new_str("slow"));
	return 0;
}

static int read_big(const struct query *q, struct answer *a)
{
	(void)q;
	answer_set(a, row_of(1, MAX_CONTROL_LINE));
	return 0;
}

static int read_whoami(const struct query *q, struct answer *a)
{
	struct json *who = json_new_object();
	json_put_str(who, "user", q->who->user);
	json_put_str(who, "department", q->who->department);
	json_put_int(who, "uid", q->who->uid);
	answer_set(a, who);
	return 0;
}

static const read_fn reads[T_N] = {
    [T_ECHO] = read_echo,   [T_FAIL] = read_fail,     [T_DEADLOCK] = read_deadlock,
    [T_ROWS] = read_rows,   [T_SLOW] = read_slow,     [T_BIG] = read_big,
    [T_WALL] = read_whoami, [T_SECRET] = read_whoami,
};

/* ---- the engine ---- */

static struct mailbox *inbox;
static pthread_t engine;
static atomic_int done, engine_stops;

static void obey(struct command *c)
{
	const char *say = "";
	json_get_str(c->params, "say", &say);
	if (strcmp(say, "refuse") == 0) {
		command_refuse(c, E_STATE, "run 7 is closed");
	} else if (strcmp(say, "again") == 0) { /* a batch that deadlocked and ran again */
		command_refuse(c, E_STATE, "first");
		command_result(c, json_new_int(1));
		command_result(c, json_new_int(2));
	} else if (strcmp(say, "big") == 0) {
		command_result(c, row_of(1, MAX_CONTROL_LINE));
	} else if (strcmp(say, "quiet") != 0) {
		command_result(c, json_new_str(c->who.user));
	}
	atomic_fetch_add(&done, 1);
	control_reply(c);
}

static void *engine_main(void *arg)
{
	struct pollfd wait = {.fd = mailbox_fd(inbox), .events = POLLIN};
	(void)arg;
	while (!atomic_load(&engine_stops)) {
		struct event *ev;
		poll(&wait, 1, 20);
		while ((ev = mailbox_take(inbox)) != NULL) {
			ck_assert_int_eq(ev->kind, EV_COMMAND);
			obey(ev->command);
			event_free(ev);
		}
	}
	return NULL;
}

/* ---- fixture ---- */

static char folder[64], path[128];
static struct config_user users[2];
static struct control *control;
static struct control_config config;

static void fixture(void)
{
	log_level_set(LOG_ERROR);
	temp_folder(folder, "control");
	ck_assert_int_eq(chmod(folder, 0755), 0);
	snprintf(path, sizeof path, "%s/s", folder);
	users[0] = (struct config_user){.id = "me",
					.name = "私",
					.department = "zeimu",
					.uid = (int)getuid(),
					.roles = ROLE_MANAGER};
	users[1] = (struct config_user){.id = "other",
					.name = "他",
					.department = "kaigo",
					.uid = 65533,
					.roles = ROLE_AUDITOR};
	ck_assert_int_eq(mailbox_new(64, &inbox), 0);
	config = (struct control_config){.path = path,
					 .group = "",
					 .users = users,
					 .n_users = 2,
					 .methods = table,
					 .reads = reads,
					 .n_methods = T_N,
					 .store_ops = &fake_store,
					 .store = (struct store *)(void *)&store_token,
					 .to_engine = inbox,
					 .stall_ms = 300};
}

static void setup(void)
{
	fixture();
	ck_assert_int_eq(control_start(&config, &control), 0);
	pthread_create(&engine, NULL, engine_main, NULL);
}

static void end_engine(void)
{
	atomic_store(&engine_stops, 1);
	pthread_join(engine, NULL);
}

static void teardown(void)
{
	end_engine();
	control_stop(control);
	mailbox_free(inbox, event_free);
	ck_assert_int_eq(atomic_load(&snapshots), atomic_load(&aborts));
	ck_assert_int_ne(access(path, F_OK), 0); /* the socket is gone */
	ck_assert_int_eq(rmdir(folder), 0);
}

/* ---- a client ---- */

static int dial(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	strcpy(addr.sun_path, path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof addr), 0);
	return fd;
}

static void say(int fd, const char *line)
{
	size_t n = strlen(line);
	ck_assert_int_eq(send(fd, line, n, MSG_NOSIGNAL), (ssize_t)n);
}

/* One line; "" at the end of the connection. Static: the last one only. */
static const char *hear(int fd)
{
	static char line[MAX_CONTROL_LINE + 1];
	size_t n = 0;
	for (;;) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		ck_assert_msg(poll(&wait, 1, 10000) == 1, "no answer within 10 s");
		ck_assert_uint_lt(n, sizeof line);
		if (recv(fd, line + n, 1, 0) != 1) {
			ck_assert_uint_eq(n, 0);
			return "";
		}
		if (line[n++] == '\n') {
			line[n] = '\0';
			return line;
		}
	}
}

#define CALL(id, method, params)                                                                   \
	"{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"method\":\"" method "\",\"params\":" params "}\n"

static void expect(int fd, const char *line, const char *answer)
{
	say(fd, line);
	const char *heard = hear(fd);
	ck_assert_msg(strstr(heard, answer) != NULL, "%s answered %s", line, heard);
}

START_TEST(calls_and_answers)
{
	static const struct {
		const char *line, *answer;
	} cases[] = {
	    {CALL(1, "echo", "{\"text\":\"髙橋\"}"),
	     "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"髙橋\"}\n"},
	    {CALL("a", "echo", "{\"text\":\"x\"}"), "\"id\":\"a\",\"result\":\"x\""},
	    {"garbage\n", "\"id\":null,\"error\":{\"code\":-32700"},
	    {"\n", "-32700"},
	    {CALL(2, "nothing", "{}"), "\"id\":2,\"error\":{\"code\":-32601"},
	    {CALL(3, "echo", "{}"), "\"code\":-32602,\"message\":\"echo needs the parameter"},
	    {CALL(4, "echo", "[]"), "-32602"},
	    {CALL(5, "fail", "{}"), "\"code\":-32004,\"message\":\"run 7: there is "
				    "none\",\"data\":{\"reason\":\"not found\"}"},
	    {CALL(6, "big", "{}"), "\"code\":-32000,\"message\":\"over a limit\""},
	    {CALL(7, "secret", "{}"),
	     "\"code\":-32002,\"message\":\"secret is for the roles: auditor; me has: manager\""},
	    {CALL(8, "go", "{}"), "\"id\":8,\"result\":\"me\""},
	    {CALL(9, "go", "{\"say\":\"refuse\"}"),
	     "\"code\":-32005,\"message\":\"run 7 is closed\",\"data\":{\"reason\":\"not allowed "
	     "in this "
	     "state\"}"},
	    {CALL(10, "go", "{\"say\":\"again\"}"), "\"id\":10,\"result\":2}"},
	    {CALL(11, "go", "{\"say\":\"quiet\"}"), "\"id\":11,\"result\":true}"},
	    {CALL(12, "go", "{\"say\":\"big\"}"), "\"code\":-32000"},
	    {CALL(13, "whoami", "{}"), "{\"user\":\"me\",\"department\":\"zeimu\""},
	};
	int fd = dial();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		expect(fd, cases[i].line, cases[i].answer);
	close(fd);
}
END_TEST

/* Another Unix user is another caller; one that is not listed is nobody. Needs root. */
START_TEST(identity_is_the_kernels)
{
	static const struct {
		uid_t uid;
		const char *line, *answer;
	} cases[] = {
	    {65533, CALL(1, "whoami", "{}"),
	     "{\"user\":\"other\",\"department\":\"kaigo\",\"uid\":65533}"},
	    {65533, CALL(1, "secret", "{}"), "\"result\":{\"user\":\"other\""},
	    {65533, CALL(1, "approve", "{}"), "\"result\":\"other\""},
	    {65532, "", "\"code\":-32001,\"message\":\"uid 65532 is no user of Osame"},
	};
	if (getuid() != 0)
		return;
	ck_assert_int_eq(chmod(path, 0666), 0); /* for the test's strangers */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		pid_t child = fork();
		if (child == 0) {
			if (setresuid(cases[i].uid, cases[i].uid, cases[i].uid) != 0)
				_exit(2);
			int fd = dial();
			if (*cases[i].line)
				say(fd, cases[i].line);
			_exit(strstr(hear(fd), cases[i].answer) ? 0 : 1);
		}
		int status = -1;
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_msg(status == 0, "uid %u: %s", (unsigned)cases[i].uid, cases[i].answer);
	}
	int fd = dial();
	expect(fd, CALL(1, "approve", "{}"),
	       "\"code\":-32002,\"message\":\"approve needs a person's own Unix user, not root\"");
	close(fd);
}
END_TEST

/* ---- listings ---- */

/* Goes over all pages; every row once, in order. */
static unsigned walk(const char *params, unsigned *ret_pages)
{
	int fd = dial();
	char line[1024], after[600] = "";
	unsigned rows = 0;
	*ret_pages = 0;
	do {
		struct json *j;
		const char *next = "";
		snprintf(line, sizeof line,
			 "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rows\",\"params\":{%s%s}}\n",
			 params, after);
		say(fd, line);
		const char *heard = hear(fd);
		ck_assert_int_eq(json_parse(heard, strlen(heard), 8, &j), 0);
		const struct json *result = json_get(j, "result");
		ck_assert_msg(result != NULL, "%s", heard);
		const struct json *list = json_get(result, "rows");
		for (size_t i = 0; i < json_count(list); i++)
			ck_assert_int_eq(json_int(json_get(json_at(list, i), "i")), rows++);
		after[0] = '\0';
		if (json_get_str(result, "next", &next))
			snprintf(after, sizeof after, ",\"after\":\"%s\"", next);
		json_free(j);
		++*ret_pages;
		ck_assert_uint_lt(*ret_pages, 200);
	} while (*after);
	close(fd);
	return rows;
}

START_TEST(rows_come_in_pages)
{
	static const struct {
		const char *what, *params;
		unsigned rows, least, most; /* pages */
	} cases[] = {
	    {"none at all", "\"n\":0", 0, 1, 1},
	    {"one page", "\"n\":10", 10, 1, 1},
	    {"exactly one page", "\"n\":1000", 1000, 1, 1},
	    {"1,000 rows a page", "\"n\":2500", 2500, 3, 3},
	    {"a limit of 7", "\"n\":50,\"limit\":7", 50, 8, 8},
	    {"a limit of 1", "\"n\":5,\"limit\":1", 5, 5, 5},
	    {"64 kB a page", "\"n\":30,\"bytes\":10000", 30, 6, 6},
	    {"a row a page", "\"n\":3,\"bytes\":60000", 3, 3, 3},
	    {"50 ms a page", "\"n\":12,\"ms\":10", 12, 2, 5},
	    {"a row over 50 ms", "\"n\":3,\"ms\":60", 3, 3, 3},
	    {"rows that are looked at and not shown", "\"n\":12,\"ms\":10,\"skip\":true", 0, 2, 5},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned pages = 0, rows = walk(cases[i].params, &pages);
		ck_assert_msg(rows == cases[i].rows, "%s: %u rows", cases[i].what, rows);
		ck_assert_msg(pages >= cases[i].least && pages <= cases[i].most, "%s: %u pages",
			      cases[i].what, pages);
	}
}
END_TEST

START_TEST(pages_that_are_refused)
{
	static const struct {
		const char *what, *line, *answer;
	} cases[] = {
	    {"another prefix", CALL(1, "rows", "{\"n\":5,\"after\":\"710000\"}"), "-32009"},
	    {"no hex", CALL(1, "rows", "{\"n\":5,\"after\":\"zz\"}"), "-32009"},
	    {"half a byte", CALL(1, "rows", "{\"n\":5,\"after\":\"700\"}"), "-32009"},
	    {"a row over a line", CALL(1, "rows", "{\"n\":5,\"bytes\":70000}"), "\"code\":-32000"},
	};
	int fd = dial();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		expect(fd, cases[i].line, cases[i].answer);
	close(fd);
}
END_TEST

START_TEST(a_deadlocked_read_runs_again)
{
	int fd = dial();
	atomic_store(&deadlocks_left, 2);
	expect(fd, CALL(1, "deadlock", "{}"), "\"result\":true");
	ck_assert_int_eq(atomic_load(&snapshots), 3);
	atomic_store(&deadlocks_left, 3);
	expect(fd, CALL(2, "deadlock", "{}"), "-32003"); /* busy: try again */
	close(fd);
}
END_TEST

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

static TCase *calls(void)
{
	TCase *t = tcase_create("calls");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, calls_and_answers);
	tcase_add_test(t, identity_is_the_kernels);
	tcase_add_test(t, rows_come_in_pages);
	tcase_add_test(t, pages_that_are_refused);
	tcase_add_test(t, a_deadlocked_read_runs_again);
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

UNIT_MAIN("control", calls, starts)
