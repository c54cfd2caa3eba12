/*
 * Fuzz target: the path and the status of a receipt, as anybody on this machine may send
 * them. A path that is accepted is exactly the one that we made: one URL an attempt. The
 * first byte chooses. Corpus: corpus/receipts/, run by tests/unit/test_outside_corpus.c.
 *
 * The listener is compiled into this program, for its inside; HTTP itself is
 * libmicrohttpd's.
 */
#include "adapters/text/receipts.c"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_path(const struct receipts *r, const char *path)
{
	char url[RECEIPT_URL_BYTES];
	uint64_t attempt = 0;

	if (!path_attempt(r, path, &attempt))
		return;
	receipts_url(r, attempt, url);
	size_t n = strlen(path), start = strlen(url) - strlen("?s=%d") - n;
	if (attempt == 0 || memcmp(url + start, path, n) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct receipts r = {.port = 13080};
	enum text_receipt receipt = RECEIPT_NONE;
	char url[RECEIPT_URL_BYTES];
	int code = 0;

	if (size < 1 || digest_sodium.init())
		return 0;
	snprintf(r.host, sizeof r.host, "127.0.0.1");
	char *text = strndup((const char *)data + 1, size - 1);
	if (!text)
		return 0;
	if (data[0] == 's') {
		if (status_receipt(text, &code, &receipt) && (code < 1 || code > 16))
			abort();
	} else {
		check_path(&r, text);
		/* one of ours, with the input's bytes in the place of its end */
		receipts_url(&r, 1 + size, url);
		char *path = strstr(url, PREFIX), *end = strchr(path, '?');
		*end = '\0';
		uint64_t attempt = 0;
		if (!path_attempt(&r, path, &attempt) || attempt != 1 + size)
			abort();
		size_t n = strlen(text), most = strlen(path);
		memcpy(path + most - (n < most ? n : most), text, n < most ? n : most);
		check_path(&r, path);
	}
	free(text);
	return 0;
}
