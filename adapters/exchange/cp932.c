/*
 * See cp932.h. The tables are made from the C library's own CP932, asked once for
 * each of the 11,280 possible codes: no list of ours can be wrong about a character,
 * and what that library calls no character is none here.
 */
#include "adapters/exchange/cp932.h"

#include "engine/utf8.h"

#include <iconv.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

enum {
	FIRST_MARK = 0xe01ee, /* U+E01EE and U+E01EF */
	MARKS = 2,
	LEADS = 128, /* lead bytes 0x80…0xFF */
	GETA = 0x81ac
};
#define MARK_BYTES "\xf3\xa0\x87" /* and 0xAE or 0xAF */

/* One code: its character (all are in the BMP), and its place among that character's codes. */
static uint16_t to_char[LEADS][256];
static uint8_t nth_code[LEADS][256];
static uint16_t single[256]; /* one-byte codes: half-width kana */
/* The codes of a character, the usual one first; 0: none. */
static uint16_t to_code[1 + MARKS][65536];
static int init_err;

/* Microsoft's order of preference: JIS X 0208, NEC row 13, IBM's own rows, then NEC's selection. */
static const struct {
	uint8_t from, to;
} lead_order[] = {{0x81, 0x86}, {0x88, 0xec}, {0xef, 0xf9},
		  {0x87, 0x87}, {0xfa, 0xff}, {0xed, 0xee}};

/* The same character under another name, as other tables have it; written, never read. */
static const struct {
	uint16_t other, ours;
} same[] = {
    {0x301c, 0xff5e}, {0x2016, 0x2225}, {0x2212, 0xff0d}, {0x2014, 0x2015},
    {0x00a2, 0xffe0}, {0x00a3, 0xffe1}, {0x00ac, 0xffe2},
};

static bool ask(iconv_t cd, const char *code, size_t n, uint16_t *ret_char)
{
	char in[2] = {code[0], n > 1 ? code[1] : '\0'}, out[8];
	char *from = in, *to = out;
	size_t left = n, room = sizeof out;

	iconv(cd, NULL, NULL, NULL, NULL);
	if (iconv(cd, &from, &left, &to, &room) == (size_t)-1 || left > 0 || room != 6)
		return false; /* UTF-16: one unit, or this is no character of the BMP */
	*ret_char = (uint16_t)((uint8_t)out[0] << 8 | (uint8_t)out[1]);
	return true;
}

static void add(iconv_t cd, unsigned lead, unsigned trail)
{
	char code[2] = {(char)lead, (char)trail};
	uint16_t c;

	if (!ask(cd, code, 2, &c) || c < 0x80)
		return;
	for (unsigned i = 0; i <= MARKS; i++)
		if (to_code[i][c] == 0) {
			to_code[i][c] = (uint16_t)(lead << 8 | trail);
			to_char[lead - 0x80][trail] = c;
			nth_code[lead - 0x80][trail] = (uint8_t)i;
			return;
		}
	init_err = E_IO; /* a fourth code of one character: not the CP932 that we know */
}

static void make(iconv_t cd)
{
	for (unsigned b = 0xa1; b <= 0xdf; b++) {
		char code = (char)b;
		if (ask(cd, &code, 1, &single[b]))
			to_code[0][single[b]] = (uint16_t)b;
	}
	for (size_t i = 0; i < sizeof lead_order / sizeof *lead_order; i++)
		for (unsigned lead = lead_order[i].from; lead <= lead_order[i].to; lead++)
			for (unsigned trail = 0x40; trail <= 0xfc; trail++)
				if (trail != 0x7f && !(lead >= 0xa0 && lead <= 0xdf))
					add(cd, lead, trail);
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		if (to_code[0][same[i].other] == 0)
			to_code[0][same[i].other] = to_code[0][same[i].ours];
	if (to_code[0][0x3042] != 0x82a0 || to_code[0][0x3013] != GETA)
		init_err = E_IO;
}

static void make_once(void)
{
	iconv_t cd = iconv_open("UTF-16BE", "CP932");

	if (cd == (iconv_t)-1) {
		init_err = E_IO;
		return;
	}
	make(cd);
	iconv_close(cd);
}

int cp932_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (pthread_once(&once, make_once) != 0)
		return E_NOMEM;
	return init_err;
}

/* One code at s: its length, or 0 if it is none. */
static size_t next_code(const uint8_t *s, size_t n, uint16_t *ret_char, unsigned *ret_nth)
{
	*ret_nth = 0;
	if (*s < 0x80) {
		*ret_char = *s;
		return 1;
	}
	if (single[*s]) {
		*ret_char = single[*s];
		return 1;
	}
	if (n < 2 || to_char[*s - 0x80][s[1]] == 0)
		return 0;
	*ret_char = to_char[*s - 0x80][s[1]];
	*ret_nth = nth_code[*s - 0x80][s[1]];
	return 2;
}

int cp932_decode(const char *s, size_t n, char *out, size_t size, size_t *ret_n)
{
	size_t at = 0;

	for (size_t i = 0; i < n;) {
		uint16_t c;
		unsigned nth;
		while (i < n && (uint8_t)s[i] < 0x80 && at < size)
			out[at++] = s[i++];
		if (i == n)
			break;
		size_t len = next_code((const uint8_t *)s + i, n - i, &c, &nth);
		if (len == 0)
			return E_INVALID;
		if (size - at < 8)
			return E_LIMIT;
		at += utf8_put(out + at, c);
		if (nth > 0)
			at += utf8_put(out + at, FIRST_MARK + nth - 1);
		i += len;
	}
	*ret_n = at;
	return 0;
}

/* The mark that may stand behind a character: 0 if there is none. */
static unsigned mark_at(const char *s, size_t n)
{
	if (n < 4 || memcmp(s, MARK_BYTES, 3) != 0)
		return 0;
	uint8_t last = (uint8_t)s[3];
	return last == 0xae ? 1 : last == 0xaf ? 2 : 0;
}

/* The code of the character at s (with its mark); 0: it has none. *ret_len bytes were taken. */
static uint16_t code_at(const char *s, size_t n, size_t *ret_len)
{
	uint32_t c;
	size_t len = utf8_next(s, n, &c);

	*ret_len = len ? len : 1;
	if (len == 0 || c > 0xffff)
		return 0;
	if (c < 0x80)
		return (uint16_t)c;
	unsigned nth = mark_at(s + len, n - len);
	if (nth > 0)
		*ret_len += 4;
	return to_code[nth][c];
}

int cp932_encode(const char *s, size_t n, char *out, size_t *ret_n, unsigned *replaced)
{
	size_t at = 0, len;

	for (size_t i = 0; i < n; i += len) {
		uint16_t code = code_at(s + i, n - i, &len);
		if (code == 0 && s[i] != '\0') {
			if (!replaced)
				return E_INVALID;
			code = GETA;
			++*replaced;
		}
		if (code > 0xff)
			out[at++] = (char)(code >> 8);
		out[at++] = (char)code;
	}
	*ret_n = at;
	return 0;
}

bool cp932_has(const char *s, size_t n)
{
	size_t len;

	for (size_t i = 0; i < n; i += len)
		if (code_at(s + i, n - i, &len) == 0 && s[i] != '\0')
			return false;
	return true;
}

bool cp932_is_marked(const char *s, size_t n)
{
	for (const char *p = s; (p = memchr(p, 0xf3, n - (size_t)(p - s))) != NULL; p++)
		if (mark_at(p, n - (size_t)(p - s)))
			return true;
	return false;
}

size_t cp932_unmark(char *s, size_t n)
{
	size_t at = 0;

	if (!memchr(s, 0xf3, n))
		return n;
	for (size_t i = 0; i < n;) {
		if (mark_at(s + i, n - i)) {
			i += 4;
			continue;
		}
		s[at++] = s[i++];
	}
	return at;
}
