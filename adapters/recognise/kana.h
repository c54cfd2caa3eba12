/* A reading in kana as the phones of the English acoustic model (ARPAbet): Japanese has no free
 * model that is packaged, and its sounds have near neighbours there. Pure. */
#ifndef ADAPTERS_RECOGNISE_KANA_H
#define ADAPTERS_RECOGNISE_KANA_H

#include "engine/err.h"

#include <stddef.h>

#define KANA_VARIANTS 32
#define KANA_PHONES 256 /* bytes of one pronunciation */

struct kana_phones {
	size_t n;
	char text[KANA_VARIANTS][KANA_PHONES]; /* "HH AY": ways in which it may be said */
};
/* E_INVALID: something is not hiragana or katakana, or nothing is left; E_LIMIT: too long. */
int kana_to_phones(const char *kana, struct kana_phones *ret_phones) MUST_CHECK;

#endif
