/*
 * A speech port without a voice, for tests of what stands behind it: every text
 * becomes silence at once (100 ms a sentence and 10 ms a character), in post()'s
 * own thread. A text with an emoji cannot be read, as with the real one; other
 * answers are scripted.
 */
#ifndef TESTS_SUPPORT_FAKE_SPEECH_H
#define TESTS_SUPPORT_FAKE_SPEECH_H

#include "engine/speech.h"

extern const struct speech_ops speech_fake;

/* From now on a text that contains `part` fails with `err` (E_INVALID, E_TIMEOUT, E_IO); 0 takes
 * the rule back. At most 16 rules, `part` at most 63 bytes. */
void fake_speech_script(struct speech *s, const char *part, int err);
/* post() answers E_FULL while true. */
void fake_speech_full(struct speech *s, bool full);
/* Posts answers that found the mailbox full; returns how many still wait. Also done by post(). */
size_t fake_speech_flush(struct speech *s);
size_t fake_speech_posts(const struct speech *s); /* jobs taken so far */

#endif
