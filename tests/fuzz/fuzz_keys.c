/*
 * Fuzz target: small texts of the telephone: the bodies of SIP INFO (keys) and who
 * rings, from the headers of an INVITE. The first byte chooses. What is a key is one
 * that a telephone has; what is a number is digits that the allow table knows how to
 * read. Corpus: corpus/keys/, run by tests/unit/test_outside_corpus.c.
 */
#include "adapters/voice/ident.h"
#include "adapters/voice/keys.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_number(const char number[MAX_NUMBER], bool known)
{
	if (!memchr(number, 0, MAX_NUMBER) || (known != (number[0] != 0)) ||
	    number[strspn(number, "0123456789")])
		abort();
}

static void try_ident(const char *text)
{
	char number[MAX_NUMBER] = "";
	struct ident_in in = {.asserted = {text}, .from = text, .believe = CALLER_ID_ASSERTED};

	check_number(number, ident_number(text, number));
	for (int privacy = 0; privacy < 2; privacy++) {
		in.privacy = privacy || ident_hides(text);
		check_number(number, ident_caller(&in, number) == CALLER_KNOWN);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int duration = 0;

	if (size < 1)
		return 0;
	const char *body = (const char *)data + 1;
	if (data[0] == 'i') {
		char *text = strndup(body, size - 1);
		if (text)
			try_ident(text);
		free(text);
		return 0;
	}
	char key = keys_of_info(data[0] == 'r' ? "application/dtmf-relay" : "application/dtmf",
				body, (unsigned)(size - 1), &duration);
	if ((key && !strchr("0123456789*#", key)) || duration < 0)
		abort();
	return 0;
}
