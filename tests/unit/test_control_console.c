/*
 * The console's socket: who is heard there, sessions and what ends them, the page's own value,
 * guessing, passwords in threads of their own, looks that are on record before they are shown.
 */
#include "tests/unit/control_rig.inc"

extern const struct digest_ops digest_sodium;

static pthread_mutex_t hashing = PTHREAD_MUTEX_INITIALIZER;
static char console_path[100];

static atomic_int hashes_made;

static int fake_hash(const char *password, char out[SIGNIN_HASH])
{
	atomic_fetch_add(&hashes_made, 1);
	snprintf(out, SIGNIN_HASH, "#%s", password);
	return 0;
}

static int fake_verify(const char *hash, const char *password)
{
	pthread_mutex_lock(&hashing); /* a test may hold it: hashing takes time */
	pthread_mutex_unlock(&hashing);
	return *hash && strcmp(hash + 1, password) == 0 ? 0 : E_AUTH;
}

static const struct signin_ops fake_signin = {
    .name = "test", .hash = fake_hash, .verify = fake_verify};

static int fake_hash_of(const struct store_ops *ops, struct store_txn *snapshot, const char *user,
			char out[SIGNIN_HASH])
{
	(void)ops;
	ck_assert_ptr_eq(snapshot, (struct store_txn *)(void *)&txn_token);
	snprintf(out, SIGNIN_HASH, "%s", strcmp(user, "nobody") == 0 ? "" : "#right");
	return 0;
}

static int fake_may_hash(void *ctx, const struct store_ops *ops, struct store_txn *snapshot,
			 const struct command *cmd, const char **ret_unfit)
{
	const char *token = "", *password = "";
	(void)ctx;
	(void)ops;
	ck_assert_ptr_eq(snapshot, (struct store_txn *)(void *)&txn_token);
	json_get_str(cmd->params, "token", &token);
	json_get_str(cmd->params, "password", &password);
	if (strcmp(password, "easy") == 0)
		*ret_unfit = "too easy";
	return strcmp(token, "hanako.good") == 0 && !*ret_unfit ? 0 : E_DENIED;
}

static void add_console(void)
{
	ck_assert_int_eq(digest_sodium.init(), 0);
	snprintf(console_path, sizeof console_path, "%s/c", folder);
	config.console.path = console_path;
	config.console.group = "";
	config.console.uid = getuid();
	config.console.idle_ms = 60000;
	config.console.most_ms = 60000;
	config.console.digest = &digest_sodium;
	config.console.signin = &fake_signin;
	config.console.hash_of = fake_hash_of;
	config.console.may_hash = fake_may_hash;
}

static void console_setup(void)
{
	before_start = add_console;
	setup();
}

static void short_sessions(void)
{
	add_console();
	config.console.idle_ms = 400;
}

static void short_setup(void)
{
	before_start = short_sessions;
	setup();
}

static void console_teardown(void)
{
	teardown();
	ck_assert_int_ne(access(console_path, F_OK), 0);
}

static int dial_console(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	snprintf(addr.sun_path, sizeof addr.sun_path, "%s", console_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof addr), 0);
	return fd;
}

/* One call by the console, for a client at `from`. */
static const char *call_from(int fd, const char *from, const char *method, const char *params,
			     const char *session, const char *csrf)
{
	char line[1024];
	snprintf(
	    line, sizeof line,
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"from\":\"%s\",\"session\":\"%s\","
	    "\"csrf\":\"%s\",\"params\":%s}\n",
	    method, from, session, csrf, params);
	say(fd, line);
	return hear(fd);
}

#define call(fd, method, params, session, csrf)                                                    \
	call_from(fd, "192.0.2.1", method, params, session, csrf)
#define HAS(answer, words)                                                                         \
	do {                                                                                       \
		const char *heard_ = (answer);                                                     \
		ck_assert_msg(strstr(heard_, words) != NULL, "not %s: %s", words, heard_);         \
	} while (0)

static void member(const char *line, const char *name, char out[65])
{
	const char *at = strstr(line, name);
	ck_assert_msg(at != NULL, "no %s in %s", name, line);
	memcpy(out, at + strlen(name) + 3, 64); /* ":" and the quotes */
	out[64] = '\0';
	ck_assert_uint_eq(strspn(out, "0123456789abcdef"), 64);
}

static void sign_in_as(int fd, const char *user, char token[65], char csrf[65])
{
	char params[128];
	snprintf(params, sizeof params, "{\"user\":\"%s\",\"password\":\"right\"}", user);
	const char *line = call(fd, "signin", params, "", "");
	member(line, "token", token);
	member(line, "csrf", csrf);
}

START_TEST(a_session_is_who_calls)
{
	char token[65], csrf[65];
	int fd = dial_console();
	HAS(call(fd, "whoami", "{}", "", ""), "-32010");
	sign_in_as(fd, "hanako", token, csrf);
	HAS(call(fd, "whoami", "{}", token, csrf), "\"user\":\"hanako\",\"department\":\"zeimu\"");
	HAS(call(fd, "show", "{}", token, ""), "\"roles\":[\"staff\"]");
	HAS(call(fd, "secret", "{}", token, csrf), "-32002"); /* auditors only */
	HAS(call(fd, "whoami", "{}", token, ""), "-32002");   /* a page of somebody else's */
	HAS(call(fd, "whoami", "{}", csrf, token), "-32010");
	HAS(call_from(fd, "", "whoami", "{}", token, csrf), "-32600");
	HAS(call_from(fd, "192.0.2.1 user=root", "whoami", "{}", token, csrf), "-32600");
	HAS(call(fd, "approve", "{}", token, csrf), "\"result\":\"hanako\""); /* no root is here */
	close(fd);
	fd = dial_console(); /* a session is no connection's */
	HAS(call(fd, "whoami", "{}", token, csrf), "hanako");
	close(fd);
}
END_TEST

/* A page that asks again by itself is no use of the session. */
START_TEST(watching_keeps_no_session)
{
	char token[65], csrf[65], line[512];
	const char *heard = "";
	int fd = dial_console();
	sign_in_as(fd, "hanako", token, csrf);
	snprintf(line, sizeof line,
		 "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"whoami\",\"from\":\"192.0.2.1\","
		 "\"watch\":true,\"session\":\"%s\",\"csrf\":\"%s\",\"params\":{}}\n",
		 token, csrf);
	do { /* if it were one, this would go on until the test's time is over */
		say(fd, line);
		heard = hear(fd);
	} while (!strstr(heard, "-32010"));
	close(fd);
}
END_TEST

START_TEST(sessions_end)
{
	char token[65], csrf[65], other[65], other_csrf[65];
	int fd = dial_console();
	sign_in_as(fd, "hanako", token, csrf);
	sign_in_as(fd, "hanako", other, other_csrf);
	HAS(call(fd, "signout", "{}", token, csrf), "result");
	HAS(call(fd, "whoami", "{}", token, csrf), "-32010");
	HAS(call(fd, "whoami", "{}", other, other_csrf), "hanako");
	int operators = dial(); /* an administrator, by the other socket */
	expect(operators, CALL(1, "change", "{\"user\":\"taro\"}"), "result");
	HAS(call(fd, "whoami", "{}", other, other_csrf), "hanako");
	expect(operators, CALL(1, "change", "{\"user\":\"hanako\"}"), "result");
	HAS(call(fd, "whoami", "{}", other, other_csrf), "-32010");
	close(operators);
	close(fd);
}
END_TEST

START_TEST(the_operators_have_no_sessions)
{
	int fd = dial();
	expect(fd, CALL(1, "signin", "{\"user\":\"hanako\",\"password\":\"right\"}"), "-32601");
	expect(fd, CALL(2, "show", "{}"), "-32601");
	expect(fd, CALL(3, "whoami", "{}"), "\"user\":\"me\"");
	close(fd);
}
END_TEST

/* Needs root: another Unix user. */
START_TEST(only_the_consoles_user_is_heard)
{
	if (getuid() != 0)
		return;
	ck_assert_int_eq(chmod(console_path, 0666), 0);
	struct stranger s = {.uid = 65533, .dial = dial_console, .line = ""};
	ask_as(&s);
	ck_assert_str_eq(s.heard, ""); /* closed, and nothing said */
}
END_TEST

START_TEST(guessing_waits)
{
	static const char wrong[] = "{\"user\":\"hanako\",\"password\":\"wrong\"}";
	static const char right[] = "{\"user\":\"hanako\",\"password\":\"right\"}";
	int fd = dial_console();
	HAS(call(fd, "signin", "{\"user\":\"nobody\",\"password\":\"\"}", "", ""), "-32602");
	HAS(call(fd, "signin", "{\"user\":\"nobody\",\"password\":\"x\"}", "", ""), "-32011");
	for (int i = 0; i < 5; i++)
		HAS(call(fd, "signin", wrong, "", ""), "-32011");
	HAS(call(fd, "signin", right, "", ""), "-32012");
	HAS(call_from(fd, "192.0.2.2", "signin", right, "", ""), "token"); /* elsewhere */
	close(fd);
}
END_TEST

/* Passwords wait for each other, and for nobody else; too many are sent away. */
START_TEST(hashing_delays_nobody_else)
{
	char token[65], csrf[65], line[256];
	int fd = dial_console(), many[5], answers = 0, busy = 0;
	sign_in_as(fd, "hanako", token, csrf);
	pthread_mutex_lock(&hashing);
	for (int i = 0; i < 5; i++) {
		many[i] = dial_console();
		for (int k = 0; k < 8; k++) {
			snprintf(line, sizeof line,
				 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"signin\",\"from\":"
				 "\"192.0.2.%d\","
				 "\"params\":{\"user\":\"u%d-%d\",\"password\":\"right\"}}\n",
				 k, i, i, k);
			say(many[i], line);
		}
	}
	HAS(call(fd, "whoami", "{}", token, csrf), "hanako");
	pthread_mutex_unlock(&hashing);
	for (int i = 0; i < 5; i++) {
		for (int k = 0; k < 8; k++, answers++)
			busy += strstr(hear(many[i]), "-32003") != NULL;
		close(many[i]);
	}
	ck_assert_int_eq(answers, 40);
	ck_assert_int_ge(busy, 40 - 2 * 17); /* two threads: one in hand and 16 waiting each */
	close(fd);
}
END_TEST

/* A stranger inside the allow-list who invents links costs no hash, and is slowed by his
 * address; who has one is asked nothing more. */
START_TEST(an_invented_link_costs_no_hash)
{
	static const char bad[] = "{\"token\":\"hanako.bad\",\"password\":\"long\"}";
	static const char good[] = "{\"token\":\"hanako.good\",\"password\":\"long\"}";
	static const char *const odd[] = {"{\"token\":\"ina.ichiro.bad\",\"password\":\"x\"}",
					  "{\"token\":\"ina.ichiro.b.d\",\"password\":\"x\"}",
					  "{\"token\":\"ina.ichiro..bad\",\"password\":\"x\"}",
					  "{\"token\":\"......bad\",\"password\":\"x\"}",
					  "{\"token\":\"bad\",\"password\":\"x\"}"};
	static const char easy[] = "{\"token\":\"hanako.good\",\"password\":\"easy\"}";
	int fd = dial_console();
	atomic_store(&hashes_made, 0);
	HAS(call(fd, "take", bad, "", ""), "-32011");
	HAS(call(fd, "take", easy, "", ""), "-32009");
	ck_assert_int_eq(atomic_load(&hashes_made), 0);
	HAS(call(fd, "take", good, "", ""), "result");
	ck_assert_int_eq(atomic_load(&hashes_made), 1);
	for (int i = 0; i < 5; i++)
		HAS(call(fd, "take", bad, "", ""), "-32011");
	HAS(call(fd, "take", good, "", ""), "-32012");
	HAS(call_from(fd, "192.0.2.2", "take", good, "", ""), "result");
	/* whose link it says to be, and what form it has, makes no difference */
	for (int i = 0; i < 5; i++)
		HAS(call_from(fd, "192.0.2.3", "take", odd[i], "", ""), "-32011");
	HAS(call_from(fd, "192.0.2.3", "take", bad, "", ""), "-32012");
	/* links apart from signing in */
	HAS(call(fd, "signin", "{\"user\":\"hanako\",\"password\":\"right\"}", "", ""), "token");
	close(fd);
}
END_TEST

/* Forty of one address (a /64): eight are looked at, and somebody elsewhere still signs in. */
START_TEST(an_address_has_its_share)
{
	char line[256];
	int many[5], busy = 0, fd = dial_console();
	pthread_mutex_lock(&hashing);
	for (int i = 0; i < 5; i++) {
		many[i] = dial_console();
		for (int k = 0; k < 8; k++) {
			snprintf(line, sizeof line,
				 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"signin\","
				 "\"from\":\"2001:db8::%d:%d\","
				 "\"params\":{\"user\":\"u%d-%d\",\"password\":\"right\"}}\n",
				 k, i, k, i, k);
			say(many[i], line);
		}
	}
	/* the 32 over the share are answered while the others wait: the hashers stand still */
	for (int i = 0, left = 32; left > 0; i = (i + 1) % 5) {
		struct pollfd ready = {.fd = many[i], .events = POLLIN};
		if (poll(&ready, 1, 20) == 1) {
			HAS(hear(many[i]), "-32003");
			busy++;
			left--;
		}
	}
	snprintf(line, sizeof line,
		 "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"signin\",\"from\":\"2001:db8:0:1::2\","
		 "\"params\":{\"user\":\"hanako\",\"password\":\"right\"}}\n");
	say(fd, line);
	pthread_mutex_unlock(&hashing);
	HAS(hear(fd), "token");
	ck_assert_int_eq(busy, 32);
	for (int i = 0; i < 5; i++)
		close(many[i]);
	close(fd);
}
END_TEST

/* Some are still being looked at as the engine ends: they are answered, and nothing is lost. */
START_TEST(an_end_while_hashing)
{
	int fd = dial_console();
	for (int i = 0; i < 8; i++) {
		char line[256];
		snprintf(line, sizeof line,
			 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"signin\",\"from\":\"::1\","
			 "\"params\":{\"user\":\"u%d\",\"password\":\"right\"}}\n",
			 i, i);
		say(fd, line);
	}
	close(fd);
}
END_TEST

START_TEST(a_look_is_on_record_first)
{
	int fd = dial();
	atomic_store(&looks, 0);
	expect(fd, CALL(1, "look", "{}"), "\"user\":\"me\"");
	ck_assert_int_eq(atomic_load(&looks), 1);
	expect(fd, CALL(2, "whoami", "{}"), "\"user\":\"me\"");
	ck_assert_int_eq(atomic_load(&looks), 1);
	atomic_store(&engine_refuses, 1);
	expect(fd, CALL(3, "look", "{}"), "-32005"); /* and nobody is shown without */
	ck_assert_int_eq(atomic_load(&looks), 2);
	close(fd);
}
END_TEST

static TCase *console_case(void)
{
	TCase *t = tcase_create("console");
	tcase_add_checked_fixture(t, console_setup, console_teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, a_session_is_who_calls);
	tcase_add_test(t, sessions_end);
	tcase_add_test(t, the_operators_have_no_sessions);
	tcase_add_test(t, only_the_consoles_user_is_heard);
	tcase_add_test(t, guessing_waits);
	tcase_add_test(t, hashing_delays_nobody_else);
	tcase_add_test(t, an_invented_link_costs_no_hash);
	tcase_add_test(t, an_address_has_its_share);
	tcase_add_test(t, an_end_while_hashing);
	tcase_add_test(t, a_look_is_on_record_first);
	return t;
}

static TCase *idle_case(void)
{
	TCase *t = tcase_create("idle");
	tcase_add_checked_fixture(t, short_setup, console_teardown);
	tcase_set_timeout(t, 30);
	tcase_add_test(t, watching_keeps_no_session);
	return t;
}

UNIT_MAIN("control: console", console_case, idle_case)
