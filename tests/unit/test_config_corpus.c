/* Runs the corpus of the configuration's fuzz target. */
#include "tests/fuzz/fuzz_config.c"
#include "tests/support/corpus.h"
#include "tests/support/unit.h"

START_TEST(config)
{
	corpus_run("config", LLVMFuzzerTestOneInput, 1000);
}
END_TEST

static TCase *corpus_case(void)
{
	TCase *t = tcase_create("corpus");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, config);
	return t;
}

UNIT_MAIN("config corpus", corpus_case)
