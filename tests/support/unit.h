/* The main() of every unit test program: UNIT_MAIN("name", tcase_a, tcase_b…), where each is a
 * function that returns a TCase. CK_FORK=no works for debuggers.
 *
 * Check ends a test after 4 s, or after what tcase_set_timeout says. Those are guesses on an idle
 * machine; the limit is there for a test that hangs, and a machine ten times slower is no bug. */
#ifndef TESTS_SUPPORT_UNIT_H
#define TESTS_SUPPORT_UNIT_H

#include <check.h>
#include <stdlib.h>

#define UNIT_MAIN(title, ...)                                                                      \
	int main(void)                                                                             \
	{                                                                                          \
		setenv("CK_TIMEOUT_MULTIPLIER", "10", 0);                                          \
		TCase *(*cases[])(void) = {__VA_ARGS__};                                           \
		Suite *suite = suite_create(title);                                                \
		for (size_t i_ = 0; i_ < sizeof cases / sizeof *cases; i_++)                       \
			suite_add_tcase(suite, cases[i_]());                                       \
		SRunner *runner = srunner_create(suite);                                           \
		srunner_run_all(runner, CK_NORMAL);                                                \
		int failed = srunner_ntests_failed(runner);                                        \
		srunner_free(runner);                                                              \
		return failed ? EXIT_FAILURE : EXIT_SUCCESS;                                       \
	}

#endif
