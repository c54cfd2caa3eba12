/* Runs the fuzz target's corpus, each file whole and cut at every length: under SAN= a read beyond
 * the end of the input is an error. */
#include "tests/fuzz/fuzz_control.c"
#include "tests/support/unit.h"

#include <dirent.h>
#include <stdio.h>

#define CORPUS "tests/fuzz/corpus/control"

static void run_file(const char *path)
{
	static uint8_t bytes[1 << 17];
	FILE *from = fopen(path, "rb");
	ck_assert_msg(from != NULL, "%s", path);
	size_t n = fread(bytes, 1, sizeof bytes, from);
	fclose(from);
	size_t step = n > 4096 ? 997 : 1;
	for (size_t cut = 0; cut < n; cut += step) {
		uint8_t *exact = malloc(cut ? cut : 1); /* so that its end is the allocation's */
		memcpy(exact, bytes, cut);
		LLVMFuzzerTestOneInput(exact, cut);
		free(exact);
	}
	LLVMFuzzerTestOneInput(bytes, n);
}

START_TEST(corpus)
{
	char path[512];
	int files = 0;
	DIR *d = opendir(CORPUS);
	ck_assert_msg(d != NULL, CORPUS ": run from the project's folder");
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, CORPUS "/%s", e->d_name);
		run_file(path);
		files++;
	}
	closedir(d);
	ck_assert_int_gt(files, 4);
}
END_TEST

static TCase *corpus_case(void)
{
	TCase *t = tcase_create("corpus");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, corpus);
	return t;
}

UNIT_MAIN("control corpus", corpus_case)
