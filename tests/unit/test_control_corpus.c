/* Runs the corpus of the control messages' fuzz target. */
#include "tests/fuzz/fuzz_control.c"
#include "tests/support/corpus.h"
#include "tests/support/unit.h"

START_TEST(control)
{
	corpus_run("control", LLVMFuzzerTestOneInput, 1000);
}
END_TEST

static TCase *corpus_case(void)
{
	TCase *t = tcase_create("corpus");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, control);
	return t;
}

UNIT_MAIN("control corpus", corpus_case)
