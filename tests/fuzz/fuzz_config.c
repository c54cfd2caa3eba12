/*
 * Fuzz target: the configuration. What is accepted must keep its promises: a
 * rehearsal stays on loopback, every user has a department. Its corpus,
 * tests/fuzz/corpus/config/, runs in tests/unit/test_config_corpus.c.
 */
#include "engine/config/load.h"
#include "engine/config/uri.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void promises(const struct config *c)
{
	struct uri u;
	const char *why;
	for (size_t i = 0; i < c->n_users; i++)
		if (!config_department(c, c->user[i].department) || c->user[i].roles == 0)
			abort();
	if (!c->engine.rehearsal)
		return;
	for (size_t i = 0; i < c->voice.n_trunks; i++)
		if (uri_parse(c->voice.trunks[i].uri, URI_SIP, &u, &why) != 0 ||
		    !uri_host_is_loopback(u.host))
			abort();
	for (size_t i = 0; i < c->sms.n_gateways; i++)
		if (uri_parse(c->sms.gateway[i].url, URI_HTTP, &u, &why) != 0 ||
		    !uri_host_is_loopback(u.host))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems problems;
	struct config *c = NULL;
	char *text = malloc(size + 1);
	if (!text)
		return 0;
	memcpy(text, data, size);
	problems_init(&problems);
	int err = load_text("fuzz.conf", text, size, size % 2, &problems, &c);
	if ((err == 0) != (c != NULL) || (err == E_INVALID) != (problems.errors > 0))
		abort();
	if (c)
		promises(c);
	config_free(c);
	problems_free(&problems);
	free(text);
	return 0;
}
