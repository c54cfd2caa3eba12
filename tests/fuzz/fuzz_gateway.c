/*
 * Fuzz target: what SMS gateways answer, to a submission and to a question about a
 * message. Bytes: gateway, status (three digits), the body. Only a status of success may be an
 * acceptance, and an id that is kept must be one that can be sent back. Corpus:
 * corpus/gateway/, run by tests/unit/test_outside_corpus.c.
 *
 * The gateways are compiled into this program, so that the status is the input's and no
 * connection is needed.
 */
#include "adapters/text/http.h"

static long fuzz_status;
static long status_of_input(const struct http *h)
{
	(void)h;
	return fuzz_status;
}
#define http_status status_of_input
#include "adapters/text/kannel.c"
#include "adapters/text/karaden.c"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ref(const char ref[TEXT_REF_BYTES])
{
	if (!memchr(ref, 0, TEXT_REF_BYTES))
		abort();
	for (const char *s = ref; *s; s++)
		if (*s < '!' || *s > '~')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char ref[TEXT_REF_BYTES] = "";
	struct finding found = {0};

	if (size < 4)
		return 0;
	const struct gateway *g = data[0] == 'k' ? &gateway_kannel : &gateway_karaden;
	fuzz_status = (data[1] & 15) * 100L + (data[2] & 15) * 10L + (data[3] & 15);
	size_t n = size - 4;
	char *body = malloc(n + 1);
	if (!body)
		return 0;
	memcpy(body, data + 4, n);
	body[n] = '\0';
	struct http h = {.body = n ? body : NULL, .n = n, .most = n};
	if (g->judge(&h, ref) == JUDGED_ACCEPTED && fuzz_status / 100 != 2)
		abort();
	check_ref(ref);
	if (g->understand) {
		g->understand(&h, ref, "osame-1-0123456789abcdef", &found);
		check_ref(found.ref);
		g->understand(&h, "", "osame-1-0123456789abcdef", &found);
		check_ref(found.ref);
	}
	free(body);
	return 0;
}
