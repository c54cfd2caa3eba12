/* Runs the corpora of the voice adapter's fuzz targets, each file whole and cut at every length:
 * under SAN= a read beyond the end shows. */
#define LLVMFuzzerTestOneInput fuzz_sdp
#include "tests/fuzz/fuzz_sdp.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_rtp
#include "tests/fuzz/fuzz_rtp.c"
#include "tests/support/unit.h"

#include <dirent.h>
#include <stdio.h>

static void run_file(const char *path, int (*target)(const uint8_t *, size_t))
{
	uint8_t bytes[16384];
	FILE *f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	size_t n = fread(bytes, 1, sizeof bytes, f);
	fclose(f);
	for (size_t cut = 0; cut <= n; cut++) {
		uint8_t *exact = malloc(cut ? cut : 1);
		ck_assert_ptr_nonnull(exact);
		memcpy(exact, bytes, cut);
		ck_assert_int_eq(target(exact, cut), 0);
		free(exact);
	}
}

static void run_folder(const char *folder, int (*target)(const uint8_t *, size_t))
{
	DIR *d = opendir(folder);
	size_t files = 0;
	ck_assert_ptr_nonnull(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		char path[512];
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		run_file(path, target);
		files++;
	}
	closedir(d);
	ck_assert_uint_ge(files, 4);
}

START_TEST(corpus)
{
	run_folder("tests/fuzz/corpus/sdp", fuzz_sdp);
	run_folder("tests/fuzz/corpus/rtp", fuzz_rtp);
}
END_TEST

static TCase *corpus_case(void)
{
	TCase *t = tcase_create("corpus");
	tcase_add_test(t, corpus);
	return t;
}

UNIT_MAIN("voice corpus", corpus_case)
