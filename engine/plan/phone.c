/*
 * See phone.h. Two tables say what may be dialled; everything else may not:
 *
 *   10 digits  0AB-J, a fixed line. `area` lists the first three digits after the
 *              0 under which area codes of the numbering plan (市外局番の一覧)
 *              exist. The full list of some 560 codes is not kept: it changes
 *              with every merged exchange, and the digits after the area code
 *              cannot be checked anyway. Three digits are what separates fixed
 *              lines from 0120, 0170, 0180, 0570, 0600, 0800, 0910, 0990, 010
 *              (the international prefix: 0101234567 has ten digits too) and 020.
 *   11 digits  060 070 080 090 (mobiles) and 050, the fourth digit never 0
 *              (050-0…, 0800-… and 0600-… are no such numbers).
 *
 * Normalising never guesses: besides decoration, only a lost leading 0 is mended
 * (spreadsheets take it away), and only where the number with it is valid. As a
 * national number always begins with 0, one that does not has at most this one
 * reading; "+" in front excludes it, since there nothing was lost.
 */
#include "engine/plan/phone.h"

#include "engine/utf8.h"

#include <string.h>

#define D(n) (1u << (n))
#define FROM(a, b) ((D((b) + 1) - 1) & ~(D(a) - 1)) /* digits a…b */
#define ALL FROM(0, 9)

/* [A][B]: which third digits may follow 0AB. */
static const unsigned short area[10][10] = {
    [1] = {[1] = FROM(1, 3) | FROM(5, 8),
	   [2] = FROM(3, 6),
	   [3] = FROM(3, 9),
	   [4] = FROM(2, 6),
	   [5] = FROM(2, 8),
	   [6] = FROM(2, 7),
	   [7] = FROM(2, 9),
	   [8] = FROM(2, 8),
	   [9] = FROM(1, 9)},
    [2] = {[2] = ALL, [3] = ALL, [4] = ALL, [5] = ALL, [6] = ALL, [7] = ALL, [8] = ALL, [9] = ALL},
    [3] = {[1] = ALL,
	   [2] = ALL,
	   [3] = ALL,
	   [4] = ALL,
	   [5] = ALL,
	   [6] = ALL,
	   [7] = ALL,
	   [8] = ALL,
	   [9] = ALL},
    [4] = {[2] = ALL,
	   [3] = ALL,
	   [4] = ALL,
	   [5] = ALL,
	   [6] = D(0) | FROM(2, 8),
	   [7] = ALL,
	   [8] = ALL,
	   [9] = FROM(2, 5) | D(9)},
    [5] = {[2] = ALL,
	   [3] = ALL,
	   [4] = ALL,
	   [5] = ALL,
	   [6] = FROM(1, 9),
	   [7] = FROM(2, 8),
	   [8] = ALL,
	   [9] = ALL},
    [6] = {[1] = ALL,
	   [2] = ALL,
	   [3] = ALL,
	   [4] = ALL,
	   [5] = ALL,
	   [6] = ALL,
	   [7] = ALL,
	   [8] = ALL,
	   [9] = ALL},
    [7] = {[2] = ALL,
	   [3] = FROM(4, 9),
	   [4] = D(0) | FROM(2, 9),
	   [5] = ALL,
	   [6] = ALL,
	   [7] = ALL,
	   [8] = ALL,
	   [9] = ALL},
    [8] = {[2] = ALL,
	   [3] = FROM(2, 9),
	   [4] = FROM(5, 9),
	   [5] = FROM(1, 9),
	   [6] = ALL,
	   [7] = ALL,
	   [8] = D(0) | FROM(3, 9),
	   [9] = ALL},
    [9] = {[2] = ALL,
	   [3] = ALL,
	   [4] = ALL,
	   [5] = ALL,
	   [6] = FROM(1, 9),
	   [7] = FROM(1, 9),
	   [8] = ALL,
	   [9] = FROM(1, 9)},
};

/* The length if all are ASCII digits and there are at most 11; else 0. */
static size_t digits_length(const char *s)
{
	size_t n = 0;
	for (; s[n] >= '0' && s[n] <= '9'; n++)
		if (n == 11)
			return 0;
	return s[n] == '\0' ? n : 0;
}

static bool eleven(const char *s, const char *second)
{
	return digits_length(s) == 11 && s[0] == '0' && strchr(second, s[1]) && s[2] == '0' &&
	       s[3] != '0';
}

enum phone_line phone_line(const char *digits)
{
	if (digits_length(digits) == 10)
		return digits[0] == '0' &&
			       (area[digits[1] - '0'][digits[2] - '0'] & D(digits[3] - '0'))
			   ? PHONE_FIXED
			   : PHONE_NONE;
	return eleven(digits, "6789") ? PHONE_MOBILE : eleven(digits, "5") ? PHONE_IP : PHONE_NONE;
}

const char *phone_line_name(enum phone_line line)
{
	static const char *const names[] = {"none", "fixed", "ip", "mobile"};
	return names[line];
}

bool phone_is_mobile(const char *digits)
{
	return phone_line(digits) == PHONE_MOBILE;
}

bool phone_may_dial(const char *digits)
{
	return phone_line(digits) != PHONE_NONE;
}

/* Characters that people put between digits. */
static bool is_decoration(uint32_t c)
{
	static const uint32_t list[] = {
	    ' ',    '\t',   0x00a0, 0x3000, 0x202f,                 /* spaces */
	    '-',    0x00ad, 0x2043, 0x2212, 0xfe58, 0xfe63, 0xff0d, /* hyphens, minus */
	    0x2500, 0x2501, 0x30fc, 0xff70, /* box lines and ー, typed in their place */
	    '(',    ')',    0xff08, 0xff09,
	};
	if ((c >= 0x2010 && c <= 0x2015) || (c >= 0x2000 && c <= 0x200a))
		return true;
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (list[i] == c)
			return true;
	return false;
}

/* ASCII digits of `s` into `out`, at most `most`; a "+" first of all sets *plus. */
static bool strip(const char *s, char *out, size_t most, size_t *ret_n, bool *ret_plus)
{
	size_t left = strlen(s), n = 0;
	bool plus = false;

	while (left > 0) {
		uint32_t c;
		size_t len = utf8_next(s, left, &c);
		if (len == 0)
			return false;
		s += len;
		left -= len;
		if (c >= 0xff10 && c <= 0xff19)
			c = c - 0xff10 + '0';
		if (c >= '0' && c <= '9') {
			if (n == most)
				return false;
			out[n++] = (char)c;
		} else if ((c == '+' || c == 0xff0b) && n == 0 && !plus) {
			plus = true;
		} else if (!is_decoration(c)) {
			return false;
		}
	}
	out[n] = '\0';
	*ret_n = n;
	*ret_plus = plus;
	return true;
}

enum phone_note phone_normalise(const char *s, char out[MAX_NUMBER])
{
	/* Room for "0" before it; "+81" and "(0)" make 14 digits of the longest. */
	char buf[1 + 14 + 1] = "0";
	char *digits = buf + 1;
	char *national = digits;
	enum phone_note note = PHONE_OK;
	size_t n;
	bool plus;

	if (!strip(s, digits, 14, &n, &plus))
		return PHONE_BAD;
	if (n == 0)
		return plus ? PHONE_BAD : PHONE_EMPTY;
	if (plus) {
		if (strncmp(digits, "81", 2) != 0)
			return PHONE_BAD;
		national = digits + 2;
		if (*national != '0') /* not "+81 (0)…": the 0 takes the place of the 1 of 81 */
			*--national = '0';
	} else if (*digits != '0') {
		national = buf;
		note = PHONE_REPAIRED;
	}
	if (!phone_may_dial(national))
		return PHONE_BAD;
	memcpy(out, national, strlen(national) + 1);
	return note;
}
