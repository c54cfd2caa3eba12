/* Room for open files: what is wanted, and what the system gives. Each test is a process of its
 * own, so its limits are too. */
#include "engine/daemon/descriptors.h"
#include "tests/support/unit.h"

#include <sys/resource.h>

struct raise_case {
	const char *what;
	rlim_t soft, hard;
	size_t wanted;
	int err;
	rlim_t after; /* the soft limit */
};
static const struct raise_case raise_cases[] = {
    {"enough: left alone", 1000, 2000, 800, 0, 1000},
    {"just enough", 1000, 2000, 1000, 0, 1000},
    {"too few: raised to what is wanted", 256, 2000, 1500, 0, 1500},
    {"up to the hard limit", 256, 2000, 2000, 0, 2000},
    {"the hard limit is lower: nothing changes", 256, 1024, 1025, E_LIMIT, 256},
};

START_TEST(the_soft_limit_is_raised)
{
	const struct raise_case *c = &raise_cases[_i];
	struct rlimit r = {.rlim_cur = c->soft, .rlim_max = c->hard};
	size_t most = 0;

	ck_assert_msg(setrlimit(RLIMIT_NOFILE, &r) == 0, "%s: setrlimit", c->what);
	int err = descriptors_raise(c->wanted, &most);
	ck_assert_msg(err == c->err, "%s: %d", c->what, err);
	ck_assert_msg(most == (err ? c->hard : 0), "%s: most %zu", c->what, most);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &r), 0);
	ck_assert_msg(r.rlim_cur == c->after, "%s: %ju", c->what, (uintmax_t)r.rlim_cur);
	ck_assert_msg(r.rlim_max == c->hard, "%s: hard", c->what);
}
END_TEST

START_TEST(each_line_and_message_has_a_descriptor)
{
	static struct config few, many;
	few.voice.lines = 10;
	few.sms.in_flight = 10;
	many.voice.lines = MAX_LINES;
	many.sms.in_flight = MAX_SMS_IN_FLIGHT;
	size_t difference = descriptors_wanted(&many) - descriptors_wanted(&few);
	ck_assert_uint_ge(difference, MAX_LINES - 10 + MAX_SMS_IN_FLIGHT - 10);
	/* What Debian's service manager gives as the hard limit is far more. */
	ck_assert_uint_le(descriptors_wanted(&many), 8192);
}
END_TEST

static TCase *all(void)
{
	TCase *t = tcase_create("descriptors");
	tcase_add_loop_test(t, the_soft_limit_is_raised, 0,
			    sizeof raise_cases / sizeof *raise_cases);
	tcase_add_test(t, each_line_and_message_has_a_descriptor);
	return t;
}

UNIT_MAIN("descriptors", all)
