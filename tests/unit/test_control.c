/* Control over a real socket: calls, their answers, who asks, and listings page by page. */
#include "tests/unit/control_rig.inc"

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
	    {CALL(12, "go", "{\"say\":\"fail\"}"), "\"code\":-32000,\"message\":\"over a limit\""},
	    {CALL(12, "go", "{\"say\":\"both\"}"),
	     "\"code\":-32005,\"message\":\"run 8 is closed\""},
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
		struct stranger s = {.uid = cases[i].uid, .dial = dial, .line = cases[i].line};
		ask_as(&s);
		ck_assert_msg(strstr(s.heard, cases[i].answer) != NULL, "uid %u: %s",
			      (unsigned)cases[i].uid, s.heard);
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
	    {"exactly one page", "\"n\":100,\"limit\":100", 100, 1, 1},
	    /* under a sanitizer on a busy machine 50 ms may end a page before */
	    {"1,000 rows a page", "\"n\":2500", 2500, 3, 100},
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
	return t;
}

UNIT_MAIN("control", calls)
