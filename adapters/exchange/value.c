/*
 * See value.h. ASCII types cost one comparison a byte and full-width ones one
 * decoding a character: a million rows of fifteen columns pass here at intake.
 */
#include "adapters/exchange/value.h"

#include "engine/plan/civil.h"
#include "engine/utf8.h"

#include <string.h>

static const char *const names[VALUE_KINDS] = {
    [VALUE_ANY] = "any",   [VALUE_X] = "X",       [VALUE_N] = "N",   [VALUE_XN] = "XN",
    [VALUE_9] = "9",       [VALUE_9V] = "9V",     [VALUE_S9] = "S9", [VALUE_YEAR] = "YEAR",
    [VALUE_DATE] = "DATE", [VALUE_TIME] = "TIME",
};

enum value_kind value_kind_of(const char *name)
{
	for (int k = VALUE_X; k < VALUE_KINDS; k++)
		if (strcmp(names[k], name) == 0)
			return (enum value_kind)k;
	return VALUE_KINDS;
}

const char *value_kind_name(enum value_kind kind)
{
	return kind < VALUE_KINDS ? names[kind] : "";
}

static bool is_selector(uint32_t cp)
{
	return (cp >= 0xfe00 && cp <= 0xfe0f) || (cp >= 0xe0100 && cp <= 0xe01ef);
}

/* What a cut must not part from the character before it. */
static bool is_attached(uint32_t cp)
{
	return is_selector(cp) || (cp >= 0x300 && cp <= 0x36f) || cp == 0x3099 || cp == 0x309a;
}

size_t value_chars(const char *s, size_t n)
{
	size_t chars = 0;

	for (size_t i = 0; i < n;) {
		uint32_t cp = 0;
		size_t len = utf8_next(s + i, n - i, &cp);
		if (len == 0)
			len = 1; /* not UTF-8: the caller's mistake, but never a loop */
		chars += !is_selector(cp);
		i += len;
	}
	return chars;
}

size_t value_cut(const char *s, size_t n, size_t most)
{
	size_t chars = 0, whole = 0;

	for (size_t i = 0; i < n;) {
		uint32_t cp = 0;
		size_t len = utf8_next(s + i, n - i, &cp);
		if (len == 0)
			return whole;
		if (!is_attached(cp))
			whole = i;
		chars += !is_selector(cp);
		if (chars > most)
			return whole;
		i += len;
	}
	return n;
}

static bool all_digits(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return n > 0;
}

static int number_of(const char *s, size_t n)
{
	int v = 0;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (s[i] - '0');
	return v;
}

static enum value_fault check_x(const struct value_type *type, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] < 0x20 || s[i] > 0x7e)
			return VALUE_CHARACTERS;
	return n > type->length ? VALUE_LENGTH : VALUE_OK;
}

static bool is_control(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 || cp == 0x2029;
}

/* Private-plane characters and variation selectors pass: names are written with them
 * (行政事務標準文字). */
static bool is_full_width(uint32_t cp)
{
	return cp >= 0xa0 && !(cp >= 0xff61 && cp <= 0xffdc);
}

static enum value_fault check_text(const struct value_type *type, const char *s, size_t n)
{
	size_t chars = 0;

	for (size_t i = 0; i < n;) {
		uint32_t cp = 0;
		size_t len = utf8_next(s + i, n - i, &cp);
		if (len == 0 || is_control(cp) || (type->kind == VALUE_N && !is_full_width(cp)))
			return VALUE_CHARACTERS;
		chars += !is_selector(cp);
		i += len;
	}
	/* A character and one selector are 8 bytes: selectors do not count, so bytes must. */
	return chars > type->length || n > 8 * (size_t)type->length ? VALUE_LENGTH : VALUE_OK;
}

static enum value_fault check_digits(const struct value_type *type, const char *s, size_t n)
{
	if (!all_digits(s, n))
		return VALUE_CHARACTERS;
	return n > type->length ? VALUE_LENGTH : VALUE_OK;
}

static enum value_fault check_signed(const struct value_type *type, const char *s, size_t n)
{
	bool sign = *s == '-' || *s == '+';
	return check_digits(type, s + sign, n - sign);
}

static enum value_fault check_decimal(const struct value_type *type, const char *s, size_t n)
{
	const char *point = memchr(s, '.', n);
	size_t whole = point ? (size_t)(point - s) : n;
	size_t part = point ? n - whole - 1 : 0;

	if (!all_digits(s, whole) || (point && !all_digits(point + 1, part)))
		return VALUE_CHARACTERS;
	return whole > type->length - type->fraction || part > type->fraction ? VALUE_LENGTH
									      : VALUE_OK;
}

static enum value_fault check_date(const char *s, size_t n)
{
	int32_t day;

	if (n != 10 || !all_digits(s, 4) || s[4] != '-' || !all_digits(s + 5, 2) || s[7] != '-' ||
	    !all_digits(s + 8, 2))
		return VALUE_CHARACTERS;
	if (memcmp(s, "0000-01-01", 10) == 0)
		return VALUE_OK; /* an open beginning; civil time may not know a year 0 */
	return civil_day_of(number_of(s, 4), number_of(s + 5, 2), number_of(s + 8, 2), &day)
		   ? VALUE_OK
		   : VALUE_NO_SUCH_DAY;
}

static enum value_fault check_time(const char *s, size_t n)
{
	bool seconds = n == 8;

	if ((n != 8 && n != 5) || !all_digits(s, 2) || s[2] != ':' || !all_digits(s + 3, 2) ||
	    (seconds && (s[5] != ':' || !all_digits(s + 6, 2))))
		return VALUE_CHARACTERS;
	if (number_of(s, 2) > 23 || number_of(s + 3, 2) > 59 ||
	    (seconds && number_of(s + 6, 2) > 59))
		return VALUE_NO_SUCH_DAY;
	return VALUE_OK;
}

enum value_fault value_check(const struct value_type *type, const char *s, size_t n)
{
	switch (type->kind) {
	case VALUE_X:
		return check_x(type, s, n);
	case VALUE_N:
	case VALUE_XN:
		return check_text(type, s, n);
	case VALUE_9:
		return check_digits(type, s, n);
	case VALUE_9V:
		return check_decimal(type, s, n);
	case VALUE_S9:
		return check_signed(type, s, n);
	case VALUE_YEAR:
		return n == 4 && all_digits(s, n) ? VALUE_OK : VALUE_CHARACTERS;
	case VALUE_DATE:
		return check_date(s, n);
	case VALUE_TIME:
		return check_time(s, n);
	case VALUE_ANY:
	case VALUE_KINDS:
		break;
	}
	return value_chars(s, n) > type->length || n > 8 * (size_t)type->length ? VALUE_LENGTH
										: VALUE_OK;
}

bool value_int(const char *s, size_t n, int64_t *ret_value)
{
	bool minus = n > 0 && *s == '-';
	size_t sign = n > 0 && (*s == '-' || *s == '+');
	int64_t v = 0;

	if (n - sign > 18 || !all_digits(s + sign, n - sign))
		return false;
	for (size_t i = sign; i < n; i++)
		v = v * 10 + (s[i] - '0');
	*ret_value = minus ? -v : v;
	return true;
}
