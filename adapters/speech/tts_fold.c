/* See tts_fold.h. */
#include "adapters/speech/tts_fold.h"

#include "engine/utf8.h"

#include <string.h>
#include <utf8proc.h>

int tts_fold(const char *text, size_t n, char **ret_folded)
{
	utf8proc_uint8_t *folded = NULL;
	utf8proc_ssize_t got;

	if (!utf8_valid(text, n, NULL) || memchr(text, 0, n))
		return E_INVALID;
	got = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)n, &folded,
			   UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_IGNORE);
	if (got < 0)
		return got == UTF8PROC_ERROR_NOMEM ? E_NOMEM : E_INVALID;
	*ret_folded = (char *)folded; /* ends with NUL */
	return 0;
}
