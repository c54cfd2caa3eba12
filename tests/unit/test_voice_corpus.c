/* Runs the corpora of the voice adapter's fuzz targets. */
#define LLVMFuzzerTestOneInput sdp_input
#include "tests/fuzz/fuzz_sdp.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput rtp_input
#include "tests/fuzz/fuzz_rtp.c"
#undef LLVMFuzzerTestOneInput
#include "tests/support/corpus.h"
#include "tests/support/unit.h"

START_TEST(sdp)
{
	corpus_run("sdp", sdp_input, 0);
}
END_TEST

START_TEST(rtp)
{
	corpus_run("rtp", rtp_input, 0);
}
END_TEST

static TCase *corpus_case(void)
{
	TCase *t = tcase_create("corpus");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, sdp);
	tcase_add_test(t, rtp);
	return t;
}

UNIT_MAIN("voice corpus", corpus_case)
