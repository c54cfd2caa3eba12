/*
 * What differs between two texts, character by character: pieces that stay, go and
 * come, in order. Pure. The least difference there is, as long as what differs (without
 * the beginning and the end that both have) is at most DIFF_MOST characters a side;
 * beyond that all of it is said to go and to come.
 */
#ifndef ENGINE_DIFF_H
#define ENGINE_DIFF_H

#include "engine/err.h"

#include <stddef.h>

#define DIFF_MOST 1024

enum diff_kind { DIFF_SAME, DIFF_GONE, DIFF_NEW };
const char *diff_kind_word(enum diff_kind kind); /* "same", "gone", "new" */
/* A piece of the old text (GONE) or the new (SAME, NEW), never empty. Not 0: it ends there. */
typedef int (*diff_fn)(void *arg, enum diff_kind kind, const char *s, size_t n);

/* 0, what fn answered, E_NOMEM. Texts are UTF-8. */
int diff_text(const char *old, const char *new, diff_fn fn, void *arg) MUST_CHECK;
/* The same line by line: pieces are whole lines, with their ends. */
int diff_lines(const char *old, const char *new, diff_fn fn, void *arg) MUST_CHECK;

#endif
