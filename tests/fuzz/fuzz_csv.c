/*
 * Fuzz target: any bytes as a payments file, in UTF-8 and in CP932, and as a targets file. What
 * check() lets pass must be read to its end with each row accounted for once; what it refuses must
 * have its reason. Bytes that are CP932 come back as they were. The corpus also runs in
 * test_exchange_corpus.
 */
#include "adapters/exchange/cp932.h"
#include "adapters/exchange/exchange.h"
#include "engine/utf8.h"
#include "tests/support/exchange_rig.h"

#include <stdlib.h>
#include <string.h>
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

static void try_with(const struct layouts *all, const char *id, const char *path)
{
	const struct layout *l = exchange_files.layout_find(all, id);
	struct refusal why;
	uint32_t rows = 0;
	int err = exchange_files.check(l, path, &rows, &why);

	if (err == 0 && read_rows(l, path) != rows)
		abort();
	if (err != 0 && (err != E_INVALID || !*why.code || !*why.words))
		abort();
}

static void there_and_back(const uint8_t *data, size_t size)
{
	size_t n = 0, m = 0, room = size * CP932_MOST + 8;
	char *text = malloc(room), *back = malloc(room);

	if (!text || !back)
		abort();
	if (!memchr(data, 0, size) && cp932_decode((const char *)data, size, text, room, &n) == 0) {
		if (!utf8_valid(text, n, NULL) || cp932_encode(text, n, back, &m, NULL) != 0 ||
		    m != size || memcmp(data, back, m) != 0)
			abort();
	}
	free(text);
	free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct layouts *utf8, *cp932;
	char path[64];

	if (!utf8) { /* run it from the repository's root */
		utf8 = xrig_layouts();
		cp932 = xrig_layouts_cp932();
	}
	xrig_file(data, size, path);
	try_with(utf8, "payments", path);
	try_with(cp932, "payments", path);
	try_with(utf8, "targets-014", path);
	unlink(path);
	there_and_back(data, size);
	return 0;
}
