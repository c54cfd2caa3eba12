/* Runs the fuzz target's corpus, each file whole and cut at every length: under SAN= a read beyond
 * the end shows. */
#include "tests/fuzz/fuzz_speech.c"
#include "tests/support/unit.h"

#include <dirent.h>
#include <stdio.h>

static void run_file(const char *path)
{
	uint8_t bytes[65536];
	FILE *f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	size_t n = fread(bytes, 1, sizeof bytes, f);
	fclose(f);
	for (size_t cut = 0; cut <= n; cut++) {
		uint8_t *exact = malloc(cut ? cut : 1);
		memcpy(exact, bytes, cut);
		LLVMFuzzerTestOneInput(exact, cut);
		free(exact);
	}
}

START_TEST(corpus)
{
	DIR *d = opendir("tests/fuzz/corpus/speech");
	size_t files = 0;

	ck_assert_ptr_nonnull(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		char path[512];
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "tests/fuzz/corpus/speech/%s", e->d_name);
		run_file(path);
		files++;
	}
	closedir(d);
	ck_assert_uint_ge(files, 5);
}
END_TEST

static TCase *corpus_case(void)
{
	TCase *t = tcase_create("corpus");
	tcase_add_test(t, corpus);
	return t;
}

UNIT_MAIN("speech_corpus", corpus_case)
