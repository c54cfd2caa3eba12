/* Flights that end by time: whatever comes and goes, those whose time has come are found, at most
 * as many as asked for, and nobody else. Compared with a look at all of them. */
#include "engine/turn/expiry.h"
#include "tests/support/unit.h"

#include <stdlib.h>

enum { FLIGHTS = 300, STEPS = 20000 };

static struct flight flights[FLIGHTS];
static bool in[FLIGHTS];

static size_t count_due(int64_t now)
{
	size_t n = 0;
	for (int i = 0; i < FLIGHTS; i++)
		n += in[i] && flights[i].until_ms <= now;
	return n;
}

static int64_t first_of_all(void)
{
	int64_t first = INT64_MAX;
	for (int i = 0; i < FLIGHTS; i++)
		if (in[i] && flights[i].until_ms < first)
			first = flights[i].until_ms;
	return first;
}

static void check_due(struct expiry *x, int64_t now, size_t most)
{
	struct flight *list[FLIGHTS];
	bool seen[FLIGHTS] = {false};
	size_t all = count_due(now), n = expiry_due(x, now, most, list);

	ck_assert_uint_eq(n, all < most ? all : most);
	for (size_t i = 0; i < n; i++) {
		size_t at = (size_t)(list[i] - flights);
		ck_assert(in[at] && !seen[at] && flights[at].until_ms <= now);
		seen[at] = true;
	}
}

START_TEST(those_whose_time_has_come)
{
	struct expiry *x;
	size_t n = 0;

	srand(1);
	ck_assert_int_eq(expiry_new(FLIGHTS, &x), 0);
	ck_assert_int_eq(expiry_first(x), INT64_MAX);
	check_due(x, INT64_MAX, 10);
	for (int step = 0; step < STEPS; step++) {
		int i = rand() % FLIGHTS;
		if (in[i]) {
			expiry_remove(x, &flights[i]);
			n--;
		} else {
			flights[i].until_ms = rand() % 100; /* many at the same instant */
			expiry_add(x, &flights[i]);
			n++;
		}
		in[i] = !in[i];
		ck_assert_uint_eq(expiry_count(x), n);
		ck_assert_int_eq(expiry_first(x), first_of_all());
		if (step % 20 == 0)
			check_due(x, rand() % 110 - 5, (size_t)(rand() % 80));
	}
	for (int i = 0; i < FLIGHTS; i++)
		expiry_remove(x, &flights[i]); /* those that are not in it: nothing happens */
	ck_assert_uint_eq(expiry_count(x), 0);
	expiry_free(x);
	expiry_free(NULL);
}
END_TEST

static TCase *expiry_case(void)
{
	TCase *t = tcase_create("expiry");
	tcase_add_test(t, those_whose_time_has_come);
	return t;
}

UNIT_MAIN("expiry", expiry_case)
