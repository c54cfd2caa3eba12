/* Recognition without a model: each utterance gets the next answer of a script. For tests of calls
 * and of the engine; a thread answers, as in the real pool. */
#ifndef TESTS_SUPPORT_FAKE_RECOGNISE_H
#define TESTS_SUPPORT_FAKE_RECOGNISE_H

#include "engine/recognise.h"

#include <stdbool.h>

extern const struct recognise_ops recognise_fake;

/* Answers, in order; without a script an utterance is none of the words. */
void fake_recognise_script(struct recogniser *r, int err, int word, int score);
/* While held, utterances wait: the queue fills. */
void fake_recognise_hold(struct recogniser *r, bool hold);

#endif
