/*
 * One decoder: an utterance and a field's words in, the word and its score out. A thread
 * has its own; nothing is shared. Decoders cost 3.6 MB and some 25 ms to make.
 */
#ifndef ADAPTERS_RECOGNISE_DECODE_H
#define ADAPTERS_RECOGNISE_DECODE_H

#include "engine/recognise.h"

struct decoder;

/* Nothing is loaded yet: the first utterance does that. */
int decoder_new(const char *model, struct decoder **ret_decoder) MUST_CHECK;
void decoder_free(struct decoder *d); /* NULL is fine */
/* The nearest of the words (-1: not even one) and its score, 0 to 100. E_INVALID: a word is not
 * kana, or there is none; E_IO: the model cannot be loaded; E_NOMEM. */
int decoder_hear(struct decoder *d, const struct recognise_words *words, const int16_t *samples,
		 size_t n, int *ret_word, int *ret_score) MUST_CHECK;

#endif
