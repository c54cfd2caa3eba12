/*
 * What spreadsheets and hands do to values, undone where exactly one reading is
 * left, and said so: a lost leading zero of a fixed width, full-width digits,
 * 12,000, 2026/1/5, 令和8年1月5日, spaces around. Where more than one reading is left
 * (1.23E+11, a day number, 5/1/2026) the value is refused, in words that name the
 * spreadsheet's doing. Never is a value changed without a warning. Pure.
 */
#ifndef ADAPTERS_EXCHANGE_REPAIR_H
#define ADAPTERS_EXCHANGE_REPAIR_H

#include "adapters/exchange/layout.h"

#define REPAIR_MOST 128 /* bytes of a value that is worth mending; longer ones are left alone */

enum repair {
	REPAIR_NONE,  /* nothing to say beyond what the column's type says of it */
	REPAIR_DONE,  /* s is what was meant; words say what was done */
	REPAIR_REFUSE /* words say why; code is its E000x */
};

struct repaired {
	char s[REPAIR_MOST + 1];
	size_t n;
	const char *code, *words;
};

/* True if a value that may well fit its type must be looked at all the same: a person's number
 * written 1.23E+11 is printable ASCII. Cheap: it is asked of every value. */
bool repair_is_suspect(const struct column *c, const char *s, size_t n);
/* s: n bytes of UTF-8 that do not fit the column, or are suspect. */
enum repair repair_value(const struct column *c, const char *s, size_t n, struct repaired *ret);
/* A value that goes back as it came can only be warned of; NULL: nothing to say. */
const char *repair_carried_words(const char *s, size_t n);

#endif
