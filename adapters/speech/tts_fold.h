/* Folds text for the voice: NFKC, and what is never seen (variation selectors, joiners) taken out.
 * For speech alone: names that go back to the core system are never folded. */
#ifndef ADAPTERS_SPEECH_TTS_FOLD_H
#define ADAPTERS_SPEECH_TTS_FOLD_H

#include "engine/err.h"
#include <stddef.h>

/* *ret_folded is the caller's to free. E_INVALID: not UTF-8. */
int tts_fold(const char *text, size_t n, char **ret_folded) MUST_CHECK;

#endif
