/*
 * Fuzz target: any bytes as a payments file. What check() lets pass must be read to its end with
 * each row accounted for once; what it refuses must have its reason. The corpus also runs in
 * test_exchange_corpus.
 */
#include "adapters/exchange/exchange.h"
#include "tests/support/exchange_rig.h"

#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t read_rows(const struct layout *l, const char *path)
{
	struct exchange_reader *r = NULL;
	struct row_batch *b;
	struct refusal why;
	uint32_t last = 0;

	if (exchange_files.reader_open(l, path, 0, &r, &why) != 0)
		abort(); /* check() had passed it */
	while (exchange_files.reader_next(r, &b) == 0) {
		if (b->first_row != last + 1 || b->n > b->last_row - last)
			abort();
		last = b->last_row;
		row_batch_free(b);
	}
	exchange_files.reader_close(r);
	return last;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct layouts *all;
	struct refusal why;
	char path[64];
	uint32_t rows = 0;

	if (!all)
		all = xrig_layouts(); /* run it from the repository's root */
	const struct layout *l = exchange_files.layout_find(all, "payments");
	xrig_file(data, size, path);
	int err = exchange_files.check(l, path, &rows, &why);
	if (err == 0 && read_rows(l, path) != rows)
		abort();
	if (err != 0 && (err != E_INVALID || !*why.code || !*why.words))
		abort();
	unlink(path);
	return 0;
}
