/* See utf8.h. */
#include "engine/utf8.h"

#include <string.h>

size_t utf8_next(const char *s, size_t n, uint32_t *ret_cp)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t len;
	uint32_t cp;

	if (n == 0)
		return 0;
	if (u[0] < 0x80) {
		*ret_cp = u[0];
		return 1;
	}
	if (u[0] >= 0xc2 && u[0] <= 0xdf) {
		len = 2;
		cp = u[0] & 0x1fu;
	} else if (u[0] >= 0xe0 && u[0] <= 0xef) {
		len = 3;
		cp = u[0] & 0x0fu;
	} else if (u[0] >= 0xf0 && u[0] <= 0xf4) {
		len = 4;
		cp = u[0] & 0x07u;
	} else {
		return 0;
	}
	if (n < len)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (u[i] & 0x3fu);
	}
	if ((len == 3 && cp < 0x800) || (len == 4 && cp < 0x10000) || cp > 0x10ffff ||
	    (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*ret_cp = cp;
	return len;
}

size_t utf8_put(char out[4], uint32_t cp)
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

/* From i on: where the first byte is that is not ASCII. */
static size_t skip_ascii(const char *s, size_t n, size_t i)
{
	uint64_t word;
	for (; i + sizeof word <= n; i += sizeof word) {
		memcpy(&word, s + i, sizeof word);
		if (word & 0x8080808080808080u)
			break;
	}
	while (i < n && (unsigned char)s[i] < 0x80)
		i++;
	return i;
}

/* Nearly all of Japanese: U+1000 to U+CFFF, three bytes each. */
static bool is_common(const char *s, size_t n)
{
	return n >= 3 && (unsigned char)s[0] >= 0xe1 && (unsigned char)s[0] <= 0xec &&
	       ((unsigned char)s[1] & 0xc0) == 0x80 && ((unsigned char)s[2] & 0xc0) == 0x80;
}

bool utf8_valid(const char *s, size_t n, size_t *ret_at)
{
	uint32_t cp;
	for (size_t i = skip_ascii(s, n, 0); i < n;) {
		if (is_common(s + i, n - i)) {
			i += 3;
			continue;
		}
		if ((unsigned char)s[i] < 0x80) {
			i = skip_ascii(s, n, i);
			continue;
		}
		size_t len = utf8_next(s + i, n - i, &cp);
		if (len == 0) {
			if (ret_at)
				*ret_at = i;
			return false;
		}
		i += len;
	}
	return true;
}

size_t utf8_chars(const char *s, size_t n)
{
	size_t chars = 0;
	for (size_t i = 0; i < n; i++)
		chars += ((unsigned char)s[i] & 0xc0) != 0x80;
	return chars;
}

size_t utf8_utf16_units(const char *s, size_t n)
{
	size_t units = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		units += (c & 0xc0) != 0x80;
		units += c >= 0xf0; /* beyond the basic plane: a surrogate pair */
	}
	return units;
}

bool utf8_has_control(const char *s, size_t n)
{
	uint32_t cp;
	for (size_t i = 0; i < n;) {
		size_t len = utf8_next(s + i, n - i, &cp);
		if (len == 0)
			return true;
		if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
			return true;
		i += len;
	}
	return false;
}

bool utf8_is_blank(const char *s)
{
	uint32_t cp;
	for (size_t len, n = strlen(s); n > 0; s += len, n -= len) {
		len = utf8_next(s, n, &cp);
		if (len == 0)
			return false;
		if (cp != ' ' && cp != 0xa0 && cp != 0x1680 && (cp < 0x2000 || cp > 0x200f) &&
		    cp != 0x202f && cp != 0x205f && cp != 0x2060 && cp != 0x3000 && cp != 0x3164 &&
		    cp != 0xfeff)
			return false;
	}
	return true;
}
