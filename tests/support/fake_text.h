/* The text port without a network: a gateway in memory, in the caller's thread. */
#ifndef TESTS_SUPPORT_FAKE_TEXT_H
#define TESTS_SUPPORT_FAKE_TEXT_H

#include "engine/text.h"
#include <stddef.h>

extern const struct text_ops text_fake;

enum fake_text_mode {
	FAKE_TEXT_ACCEPT,
	FAKE_TEXT_REFUSE,
	FAKE_TEXT_RETRY,
	FAKE_TEXT_UNKNOWN,
	FAKE_TEXT_WAIT, /* nothing is sent yet: a recall drops it */
	FAKE_TEXT_HOLD, /* sent, and no answer until the mode changes; in_flight counts */
};
/* Applies to what is submitted from now on, and to what was held. */
void fake_text_mode(struct text *t, enum fake_text_mode mode);
/* How often a message was sent. */
size_t fake_text_sent(struct text *t, uint64_t attempt);
/* The text of the message sent last, or "". */
const char *fake_text_last(struct text *t);
/* As the gateway would: 0, or E_FULL and the receipt is to come again. */
int fake_text_receipt(struct text *t, uint64_t attempt, enum text_receipt receipt,
		      int code) MUST_CHECK;
/* Hands the engine what its full mailbox had refused. */
void fake_text_tick(struct text *t);

/* How often the engine asked for this attempt's result to be watched, and the id it gave. */
size_t fake_text_watched(struct text *t, uint64_t attempt, char ret_ref[TEXT_REF_BYTES]);
/* The id that accepted messages get from now on; "" at first. */
void fake_text_ref(struct text *t, const char *ref);

#endif
