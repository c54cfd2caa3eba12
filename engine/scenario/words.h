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
	char announcements[MAX_PATH_BYTES]; /* the folder of recordings; "": there is none */
	/* spoken-words: words of fields that are not kana, and how they are read */
	size_t n_readings;
	struct words_reading {
		char *word, *reading;
	} * readings;
};

int words_new(struct scenario_words **ret_words) MUST_CHECK;
void words_free(struct scenario_words *words); /* NULL is fine */
/* E_INVALID: nothing is left of it once folded; E_LIMIT: too many. */
int words_add(struct scenario_words *words, enum words_kind kind, const char *word) MUST_CHECK;
/* The first word of that kind that stands in the text, or NULL. Spaces, punctuation and the width
 * of ASCII characters do not hide a word; hiragana and katakana count as the same. */
const char *words_find(const struct scenario_words *words, enum words_kind kind, const char *text);
/* How a spoken word is read: itself if it is kana, or as spoken-words has it; NULL: neither. */
const char *words_reading(const struct scenario_words *words, const char *word);
/* E_INVALID: the reading is not kana, or one of them is empty or too long; E_LIMIT; E_NOMEM. */
int words_add_reading(struct scenario_words *words, const char *word,
		      const char *reading) MUST_CHECK;
/* True for ASCII blanks and U+3000. */
bool words_is_blank(uint32_t cp);

#endif
