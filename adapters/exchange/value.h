/*
 * One value of an exchange file against its column's type: the item legend of the
 * standardized core systems (基本データリスト). Pure; nothing is kept or changed.
 */
#ifndef ADAPTERS_EXCHANGE_VALUE_H
#define ADAPTERS_EXCHANGE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_kind {
	VALUE_ANY,  /* carried columns without a type: any text, line ends too */
	VALUE_X,    /* half-width: printable ASCII */
	VALUE_N,    /* full-width: no ASCII, no half-width kana */
	VALUE_XN,   /* both; no control characters */
	VALUE_9,    /* digits */
	VALUE_9V,   /* digits, at most `fraction` of them after a point */
	VALUE_S9,   /* digits, a sign may stand before them */
	VALUE_YEAR, /* YYYY */
	VALUE_DATE, /* YYYY-MM-DD; open ends 0000-01-01 and 9999-12-31 */
	VALUE_TIME, /* HH:MM:SS or HH:MM */
	VALUE_KINDS /* their number; also "no such type" */
};

struct value_type {
	enum value_kind kind;
	unsigned length;   /* most characters (9V: digits in all) */
	unsigned fraction; /* 9V: of them, after the point */
};

enum value_fault {
	VALUE_OK,
	VALUE_CHARACTERS, /* E0002 */
	VALUE_LENGTH,     /* E0003 */
	VALUE_NO_SUCH_DAY /* E0004: the right shape, but there is no such day or time */
};

enum value_kind value_kind_of(const char *name); /* "X" …; VALUE_KINDS if unknown */
const char *value_kind_name(enum value_kind kind);

/* s: n bytes of valid UTF-8, not empty. */
enum value_fault value_check(const struct value_type *type, const char *s, size_t n);

/* Characters as the layouts count them: a variation selector belongs to the character before it. */
size_t value_chars(const char *s, size_t n);
/* Bytes of the longest beginning of s that has at most `most` characters and parts none of them. */
size_t value_cut(const char *s, size_t n, size_t most);
/* Digits with an optional sign; false if it does not fit. */
bool value_int(const char *s, size_t n, int64_t *ret_value);

#endif
