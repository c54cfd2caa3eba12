/*
 * Fuzz target: any bytes as the Cabinet Office's list of holidays. What is read is in
 * order and once each; refused means that a problem says why. Corpus: corpus/holidays/,
 * run by tests/unit/test_outside_corpus.c.
 */
#include "adapters/exchange/exchange.h"
#include "tests/support/exchange_rig.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct calendar cal = {0};
	struct problems p;
	char path[64];

	xrig_file(data, size, path);
	problems_init(&p);
	int err = exchange_files.holidays_load(path, &p, &cal);
	unlink(path);
	if ((err == 0) != (p.errors == 0))
		abort();
	for (size_t i = 1; i < cal.n; i++)
		if (cal.holiday[i] <= cal.holiday[i - 1])
			abort();
	problems_free(&p);
	return 0;
}
