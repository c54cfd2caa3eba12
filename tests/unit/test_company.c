/* When a turn waits for more messages, and when it does not: a table. */
#include "engine/turn/company.h"
#include "tests/support/unit.h"

enum { NOW = 1000000 };

static const struct {
	const char *words;
	int64_t ago_ms; /* of the turn before */
	size_t came, unanswered, unreceipted;
	int ms;
} table[] = {
    {"nothing came", 0, 0, 100, 0, 0},
    {"nothing is under way: a command, a call", 0, 1, 0, 0, 0},
    {"a quiet time before it", COMPANY_MS, 1, 100, 0, 0},
    {"a long quiet time", 3600000, 1, 100, 5000, 0},
    {"one answer of a hundred, right after a turn", 0, 1, 100, 0, COMPANY_STEP_MS},
    {"likewise, later", COMPANY_MS - 2, 1, 100, 0, 2},
    {"half of them", 0, 50, 100, 0, 0},
    {"one less", 0, 49, 100, 0, COMPANY_STEP_MS},
    {"one at a time: its answer is all there is", 0, 1, 1, 0, 0},
    {"two at once", 0, 1, 2, 0, 0},
    {"one at a time, and many wait for receipts", 0, 1, 1, 5000, 0},
    {"receipts alone: nobody waits for them", 0, 10, 0, 5000, COMPANY_STEP_MS},
    {"the last receipts", 0, 3, 0, 6, 0},
    {"as many as a turn takes", 0, 255, 1000, 0, 0},
    {"the clock went back", -5000, 1, 100, 0, 0},
};

START_TEST(waits)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct company c = {.now_ms = NOW,
				    .last_ms = NOW - table[i].ago_ms,
				    .came = table[i].came,
				    .most = 255,
				    .unanswered = table[i].unanswered,
				    .unreceipted = table[i].unreceipted};
		ck_assert_msg(company_wait_ms(&c) == table[i].ms, "%s: %d ms, not %d",
			      table[i].words, company_wait_ms(&c), table[i].ms);
	}
}
END_TEST

/* However few come, it is over in time. */
START_TEST(never_long)
{
	struct company c = {
	    .now_ms = NOW, .last_ms = NOW, .came = 1, .most = 255, .unanswered = 1000};
	int64_t waited = 0;
	int ms;

	while ((ms = company_wait_ms(&c)) > 0) {
		waited += ms;
		c.now_ms += ms;
		ck_assert_int_le(waited, COMPANY_MS);
	}
	ck_assert_int_eq(waited, COMPANY_MS);
}
END_TEST

static TCase *company_case(void)
{
	TCase *t = tcase_create("company");
	tcase_add_test(t, waits);
	tcase_add_test(t, never_long);
	return t;
}

UNIT_MAIN("company", company_case)
