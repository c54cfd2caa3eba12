/*
 * Whether a turn waits for company. A turn costs the same commit, with its flush of the disk,
 * whether it applies one message or two hundred; under a load of SMS it would find one or two
 * each time. So it lets a little time go by from turn to turn, in which answers and receipts
 * gather, and applies them together.
 *
 * Promises: nothing waits when little is going on: the first message of a quiet time is taken at
 * once, and so is the one that half of what is under way has come with. Nothing waits longer than
 * COMPANY_MS, counted from the turn before.
 *
 * Pure: time and counts are arguments.
 */
#ifndef ENGINE_TURN_COMPANY_H
#define ENGINE_TURN_COMPANY_H

#include <stddef.h>
#include <stdint.h>

enum {
	/* Chosen by measurement (docs/benchmarks.md). Calls and commands wait as long, but only
	 * while messages are sent: what a person does not notice. */
	COMPANY_MS = 20,
	COMPANY_STEP_MS = 4, /* how often is looked whether enough have come */
};

struct company {
	int64_t now_ms, last_ms; /* boot ms; when the turn before began */
	size_t came;             /* messages for us */
	size_t most;             /* as many as a turn takes */
	size_t unanswered;       /* submissions without an answer */
	size_t unreceipted;      /* messages that wait for a receipt */
};

/* ms until it is to be looked again; 0: take what there is. */
int company_wait_ms(const struct company *c);

#endif
