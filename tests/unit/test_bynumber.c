/* What is with the channels, by its number: whatever comes and goes, all that go to a number are
 * found, each once, and nobody else; and one number's look does not pass all flights. */
#include "engine/turn/bynumber.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FLIGHTS = 400, NUMBERS = 40, STEPS = 20000, MANY = MAX_FLIGHTS, MARKS = 20000 };

static struct flight flights[FLIGHTS];
static bool in[FLIGHTS];
static unsigned found[FLIGHTS];
static size_t n_found;

static void note(struct engine *e, struct flight *f)
{
	(void)e;
	n_found++;
	found[f - flights]++;
}

static void check_number(const struct bynumber *b, int number)
{
	char digits[MAX_NUMBER];
	snprintf(digits, sizeof digits, "090%08d", number);
	memset(found, 0, sizeof found);
	bynumber_each(b, digits, note, NULL);
	for (int i = 0; i < FLIGHTS; i++)
		ck_assert_uint_eq(found[i], in[i] && strcmp(flights[i].digits, digits) == 0);
}

START_TEST(all_of_a_number_and_nobody_else)
{
	struct bynumber *b;
	srand(1);
	ck_assert_int_eq(bynumber_new(&b), 0);
	bynumber_remove(&flights[0]); /* not in: nothing happens */
	for (int step = 0; step < STEPS; step++) {
		int i = rand() % FLIGHTS;
		if (in[i]) {
			bynumber_remove(&flights[i]);
		} else {
			snprintf(flights[i].digits, MAX_NUMBER, "090%08d", rand() % NUMBERS);
			bynumber_add(b, &flights[i]);
		}
		in[i] = !in[i];
		if (step % 10 == 0)
			check_number(b, rand() % NUMBERS);
	}
	for (int i = 0; i < FLIGHTS; i++)
		bynumber_remove(&flights[i]);
	memset(in, 0, sizeof in);
	for (int n = 0; n < NUMBERS; n++)
		check_number(b, n);
	bynumber_free(b);
	bynumber_free(NULL);
}
END_TEST

static void count(struct engine *e, struct flight *f)
{
	(void)e;
	(void)f;
	n_found++;
}

static double cpu_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A look through all would be four thousand million steps. */
START_TEST(a_file_of_marks_beside_many_flights)
{
	struct flight *many = calloc(MANY, sizeof *many);
	struct bynumber *b;
	char digits[MAX_NUMBER];

	ck_assert_ptr_nonnull(many);
	ck_assert_int_eq(bynumber_new(&b), 0);
	for (int i = 0; i < MANY; i++) {
		snprintf(many[i].digits, MAX_NUMBER, "090%08d", i);
		bynumber_add(b, &many[i]);
	}
	n_found = 0;
	double begin = cpu_s();
	for (int i = 0; i < MARKS; i++) {
		snprintf(digits, sizeof digits, "090%08d", i * 2);
		bynumber_each(b, digits, count, NULL);
	}
	ck_assert_uint_eq(n_found, MARKS);
	ck_assert_double_lt(cpu_s() - begin, 10); /* of processor time: some milliseconds */
	bynumber_free(b);
	free(many);
}
END_TEST

static TCase *number_case(void)
{
	TCase *t = tcase_create("by number");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, all_of_a_number_and_nobody_else);
	tcase_add_test(t, a_file_of_marks_beside_many_flights);
	return t;
}

UNIT_MAIN("by number", number_case)
