/* Runs the corpora of fuzz targets for small parsers: gateways' answers, receipts, keys
 * and callers, the
 * archive's files, holidays. */
#define LLVMFuzzerTestOneInput gateway_input
#include "tests/fuzz/fuzz_gateway.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput keys_input
#include "tests/fuzz/fuzz_keys.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput archive_input
#include "tests/fuzz/fuzz_archive.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput holidays_input
#include "tests/fuzz/fuzz_holidays.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput receipts_input
#include "tests/fuzz/fuzz_receipts.c"
#undef LLVMFuzzerTestOneInput
#include "tests/support/corpus.h"
#include "tests/support/unit.h"

START_TEST(corpora)
{
	static const struct {
		const char *name;
		int (*target)(const uint8_t *, size_t);
		size_t cuts;
	} all[] = {{"gateway", gateway_input, 0},
		   {"receipts", receipts_input, 0},
		   {"keys", keys_input, 0},
		   {"archive", archive_input, 0},
		   {"holidays", holidays_input, 40}};
	corpus_run(all[_i].name, all[_i].target, all[_i].cuts);
}
END_TEST

static TCase *corpus_case(void)
{
	TCase *t = tcase_create("corpus");
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, corpora, 0, 5);
	return t;
}

UNIT_MAIN("outside corpus", corpus_case)
