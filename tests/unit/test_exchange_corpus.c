/* Runs the corpora of fuzz_csv and fuzz_spec, each file whole and cut at several lengths: under
 * SAN= a read beyond the end of the input is an error. */
#define LLVMFuzzerTestOneInput csv_input
#include "tests/fuzz/fuzz_csv.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput spec_input
#include "tests/fuzz/fuzz_spec.c"
#undef LLVMFuzzerTestOneInput
#include "tests/support/unit.h"

#include <dirent.h>

enum { CUTS = 40 };

static void run_file(const char *path, int (*input)(const uint8_t *, size_t))
{
	static uint8_t bytes[1 << 17];
	FILE *from = fopen(path, "rb");

	ck_assert_msg(from != NULL, "%s", path);
	size_t n = fread(bytes, 1, sizeof bytes, from), step = n / CUTS + 1;
	fclose(from);
	for (size_t cut = 0; cut < n; cut += step)
		input(bytes, cut);
	input(bytes, n);
}

static void run_folder(const char *dir, int (*input)(const uint8_t *, size_t))
{
	char path[512];
	int files = 0;
	DIR *d = opendir(dir);

	ck_assert_msg(d != NULL, "%s: run from the project's folder", dir);
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		run_file(path, input);
		files++;
	}
	closedir(d);
	ck_assert_int_gt(files, 4);
}

START_TEST(csv_corpus)
{
	run_folder("tests/fuzz/corpus/csv", csv_input);
}
END_TEST

START_TEST(spec_corpus)
{
	run_folder("tests/fuzz/corpus/spec", spec_input);
}
END_TEST

static TCase *corpus_case(void)
{
	TCase *t = tcase_create("corpus");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, csv_corpus);
	tcase_add_test(t, spec_corpus);
	return t;
}

UNIT_MAIN("exchange corpus", corpus_case)
