/*
 * CP932 (Windows-31J), the Shift_JIS of Japanese core systems: JIS X 0208, NEC's
 * row 13, the IBM extensions twice (NEC's selection and IBM's own rows), and
 * 1,880 places for 外字, which are U+E000…U+E757.
 *
 * 398 characters have more than one code. Decoding gives the character, and behind
 * it a mark where the code was not the usual one; encoding takes the mark back into
 * that code. So what came in goes back byte for byte, whichever code was used. The
 * marks are the last two variation selectors (U+E01EE, U+E01EF), which no registered
 * collection uses: whatever passes over selectors (lengths, speech, screens) passes
 * over them too, and a UTF-8 file that holds one is refused.
 */
#ifndef ADAPTERS_EXCHANGE_CP932_H
#define ADAPTERS_EXCHANGE_CP932_H

#include "engine/err.h"
#include <stdbool.h>
#include <stddef.h>

#define CP932_MOST 4 /* UTF-8 bytes out of one byte, at most (rounded up) */

/* Makes the tables, once, by the C library's iconv; E_IO if that does not know CP932. Every other
 * function wants this to have succeeded. */
int cp932_init(void) MUST_CHECK;
/* n bytes of CP932 into UTF-8 (no NUL is added), `size` bytes at most. E_INVALID: no CP932;
 * E_LIMIT: no room. */
int cp932_decode(const char *s, size_t n, char *out, size_t size, size_t *ret_n) MUST_CHECK;
/* Valid UTF-8 into at most n bytes of CP932. A character that CP932 lacks is E_INVALID, or, with
 * `replaced`, becomes 〓 and is counted there. */
int cp932_encode(const char *s, size_t n, char *out, size_t *ret_n, unsigned *replaced) MUST_CHECK;
bool cp932_has(const char *s, size_t n); /* valid UTF-8 all of which can be encoded */
/* Takes our marks out of UTF-8, in place; the new length. */
size_t cp932_unmark(char *s, size_t n);
bool cp932_is_marked(const char *s, size_t n);

#endif
