/*
 * What every voice port promises, tried through the port alone. NULL: it keeps
 * all of it; else a sentence of what it broke.
 */
#ifndef TESTS_SUPPORT_VOICE_CONTRACT_H
#define TESTS_SUPPORT_VOICE_CONTRACT_H

#include "engine/voice.h"

struct voice_contract {
	const struct voice_ops *ops;
	struct voice_config config; /* lines = 2, inbound */
	struct scenario *scenario;  /* lent; NULL if the port does not look at it */
	struct scenario *asking;    /* it asks for "window" once; lent, or NULL as above */
	/* Numbers and what they do. Who `asks` listens, and his scenario is `asking`; staff at
	 * `listens` are hung up on when their time is over. */
	const char *asks;
	const char *listens, *busy, *never_answers;
	/* Is not placed while the trunk's one line is taken; asked for with such a trunk alone. */
	const char *waits;
	/* After the start, before the first call; may be NULL. */
	void (*prepare)(struct voice *v, const struct voice_contract *c);
	/* Somebody rings from CONTRACT_CALLER; returns when the port has heard him. Once answered,
	 * he listens to the end. `gives_up`: who rang last hangs up before he is answered. */
	void (*ring)(struct voice *v);
	void (*gives_up)(struct voice *v);
};
#define CONTRACT_CALLER "0265784199"
#define CONTRACT_CALLED "0265001111"
const char *voice_contract(const struct voice_contract *c);

#endif
