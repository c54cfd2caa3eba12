/* Runs the corpora of fuzz_csv and fuzz_spec. Few cuts: each is a file that is written and read. */
#define LLVMFuzzerTestOneInput csv_input
#include "tests/fuzz/fuzz_csv.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput spec_input
#include "tests/fuzz/fuzz_spec.c"
#undef LLVMFuzzerTestOneInput
#include "tests/support/corpus.h"
#include "tests/support/unit.h"

START_TEST(csv)
{
	corpus_run("csv", csv_input, 40);
}
END_TEST

START_TEST(spec)
{
	corpus_run("spec", spec_input, 40);
}
END_TEST

static TCase *corpus_case(void)
{
	TCase *t = tcase_create("corpus");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, csv);
	tcase_add_test(t, spec);
	return t;
}

UNIT_MAIN("exchange corpus", corpus_case)
