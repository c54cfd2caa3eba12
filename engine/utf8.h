/*
 * UTF-8, checked: overlong forms, surrogates and values over U+10FFFF are refused
 * (RFC 3629). Lengths that the exchange layouts speak of are characters.
 */
#ifndef ENGINE_UTF8_H
#define ENGINE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes one character at s[0..n): its length in bytes (1…4) and *ret_cp, or 0 if it is not
 * UTF-8 (or n is 0). */
size_t utf8_next(const char *s, size_t n, uint32_t *ret_cp);
/* Encodes; returns 1…4. cp must be a scalar value. */
size_t utf8_put(char out[4], uint32_t cp);
/* True if all n bytes are UTF-8; else *ret_at (if not NULL) is the first bad byte's offset. */
bool utf8_valid(const char *s, size_t n, size_t *ret_at);
/* Characters (code points) of valid UTF-8. */
size_t utf8_chars(const char *s, size_t n);
/* UTF-16 code units of valid UTF-8: what an SMS in UCS-2 is billed by. */
size_t utf8_utf16_units(const char *s, size_t n);
/* True if there is a C0 or C1 control character, or DEL. */
bool utf8_has_control(const char *s, size_t n);
/* True if there is nothing to see: "" or blanks alone, also full-width and zero-width ones. */
bool utf8_is_blank(const char *s);

#endif
