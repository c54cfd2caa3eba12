/*
 * What every voice port promises, tried through the port alone. NULL: it keeps
 * all of it; else a sentence of what it broke.
 */
#ifndef TESTS_SUPPORT_VOICE_CONTRACT_H
#define TESTS_SUPPORT_VOICE_CONTRACT_H

#include "engine/voice.h"

struct voice_contract {
	const struct voice_ops *ops;
	struct voice_config config; /* lines = 2 */
	struct scenario *scenario;  /* lent; NULL if the port does not look at it */
	/* Numbers and what they do. */
	const char *listens, *busy, *never_answers;
	/* After the start, before the first call; may be NULL. */
	void (*prepare)(struct voice *v, const struct voice_contract *c);
};
const char *voice_contract(const struct voice_contract *c);

#endif
