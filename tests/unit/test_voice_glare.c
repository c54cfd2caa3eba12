/* When two sides change a call at once: how long each waits before it asks again. */
#include "adapters/voice/glare.h"
#include "tests/support/unit.h"

START_TEST(who_waits_how_long)
{
	static const struct {
		const char *what;
		int status;
		bool ours;
		uint32_t random, wait_ms;
	} cases[] = {
	    {"we called: the shortest", 491, true, 0, 2100},
	    {"we called: a step longer", 491, true, 1, 2110},
	    {"we called: the longest", 491, true, 190, 4000},
	    {"we called: round again", 491, true, 191, 2100},
	    {"they called: at once", 491, false, 0, 0},
	    {"they called: a step longer", 491, false, 1, 10},
	    {"they called: the longest", 491, false, 200, 2000},
	    {"they called: round again", 491, false, 201, 0},
	    {"another refusal", 488, true, 77, 2000},
	    {"another refusal, they called", 500, false, 77, 2000},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_msg(glare_wait_ms(cases[i].status, cases[i].ours, cases[i].random) ==
				  cases[i].wait_ms,
			      "%s: %u", cases[i].what,
			      glare_wait_ms(cases[i].status, cases[i].ours, cases[i].random));
}
END_TEST

/* Whatever they draw, the one who may go first is not overtaken. */
START_TEST(they_do_not_meet_again)
{
	for (uint32_t n = 0; n < 100000; n++) {
		uint32_t random = n * 2654435761u;
		ck_assert_uint_ge(glare_wait_ms(491, true, random), 2100);
		ck_assert_uint_le(glare_wait_ms(491, true, random), 4000);
		ck_assert_uint_le(glare_wait_ms(491, false, random), 2000);
	}
}
END_TEST

static TCase *glare_case(void)
{
	TCase *t = tcase_create("glare");
	tcase_add_test(t, who_waits_how_long);
	tcase_add_test(t, they_do_not_meet_again);
	return t;
}

UNIT_MAIN("voice glare", glare_case)
