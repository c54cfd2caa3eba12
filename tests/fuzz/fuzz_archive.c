/*
 * Fuzz target: what an auditor's copy of the archive brings: manifests, minisign's keys
 * and signatures. The first byte chooses. A manifest that is read must be written again
 * as the same bytes; nothing here may verify. Corpus: corpus/archive/, run by
 * tests/unit/test_outside_corpus.c.
 */
#include "adapters/sign/digest.h"
#include "adapters/sign/minisign.h"
#include "engine/archive/manifest.h"
#include "engine/sign.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_manifest(const char *p, size_t n)
{
	struct manifest m;
	size_t line = 0, again_n = 0;
	char *again = NULL;

	int err = manifest_read(p, n, &m, &line);
	if (!err && (manifest_write(&m, &again, &again_n) || again_n != n || memcmp(again, p, n)))
		abort();
	free(again);
	manifest_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sign_public nobody = {.id = {1}, .key = {2}};
	struct sign_public public;
	struct sign_key *secret = NULL;

	if (size < 1 || digest_sodium.init())
		return 0;
	const char *body = (const char *)data + 1;
	if (data[0] == 'm') {
		try_manifest(body, size - 1);
		return 0;
	}
	char *text = strndup(body, size - 1);
	if (!text)
		return 0;
	if (data[0] == 'p')
		(void)!sign_minisign.public_read(text, &public);
	else if (data[0] == 's' && sign_minisign.secret_read(text, NULL, &secret) == 0)
		sign_minisign.secret_free(secret);
	else if (sign_minisign.verify(&nobody, "bytes", 5, text) == 0)
		abort();
	free(text);
	return 0;
}
