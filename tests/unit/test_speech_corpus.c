/* Runs the corpus of the speech adapter's fuzz target. */
#include "tests/fuzz/fuzz_speech.c"
#include "tests/support/corpus.h"
#include "tests/support/unit.h"

START_TEST(speech)
{
	corpus_run("speech", LLVMFuzzerTestOneInput, 0);
}
END_TEST

static TCase *corpus_case(void)
{
	TCase *t = tcase_create("corpus");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, speech);
	return t;
}

UNIT_MAIN("speech corpus", corpus_case)
