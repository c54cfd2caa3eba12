/*
 * The words of specs/lexicon/ that a scenario must not say too early, or should
 * not say at all.
 *
 *	secret-words  say that something is unpaid: from L1 on, never in a notice
 *	office-words  betray the tax office's business: from L1 on in a reminder;
 *		      a notice and a general call may say them to anyone
 *	warned-words  frighten: a warning wherever they stand
 */
#ifndef ENGINE_SCENARIO_WORDS_H
#define ENGINE_SCENARIO_WORDS_H

#include "engine/scenario.h"
#include <stdatomic.h>

enum words_kind { WORDS_SECRET, WORDS_OFFICE, WORDS_WARNED };
#define WORDS_KINDS 3
#define MAX_LEXICON_WORDS 1000

struct words_list {
	size_t n;
	char **word; /* folded as words_find folds its text */
};
struct scenario_words {
	struct words_list list[WORDS_KINDS];
};

int words_new(struct scenario_words **ret_words) MUST_CHECK;
void words_free(struct scenario_words *words); /* NULL is fine */
/* E_INVALID: nothing is left of it once folded; E_LIMIT: too many. */
int words_add(struct scenario_words *words, enum words_kind kind, const char *word) MUST_CHECK;
/* The first word of that kind that stands in the text, or NULL. Spaces, punctuation and the width
 * of ASCII characters do not hide a word; hiragana and katakana count as the same. */
const char *words_find(const struct scenario_words *words, enum words_kind kind, const char *text);
/* True for ASCII blanks and U+3000. */
bool words_is_blank(uint32_t cp);

#endif
