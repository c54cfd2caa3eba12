/* Runs the corpus of the scenario loader's fuzz target, which also calls what loads. */
#include "tests/fuzz/fuzz_scenario.c"
#include "tests/support/corpus.h"
#include "tests/support/unit.h"

START_TEST(scenario)
{
	corpus_run("scenario", LLVMFuzzerTestOneInput, 100);
}
END_TEST

static TCase *corpus_case(void)
{
	TCase *t = tcase_create("corpus");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, scenario);
	return t;
}

UNIT_MAIN("scenario corpus", corpus_case)
