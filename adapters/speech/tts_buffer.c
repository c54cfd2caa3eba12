/* See tts_buffer.h. */
#include "adapters/speech/tts_buffer.h"

#include <stdlib.h>
#include <string.h>

int tts_buffer_add(struct tts_buffer *b, const void *p, size_t n)
{
	if (n > b->most - b->n)
		return E_LIMIT;
	if (b->n + n + 1 > b->size) {
		size_t size = b->size ? b->size : 256;
		while (size < b->n + n + 1)
			size *= 2;
		char *grown = realloc(b->p, size);
		if (!grown)
			return E_NOMEM;
		b->p = grown;
		b->size = size;
	}
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
	return 0;
}

void tts_buffer_free(struct tts_buffer *b)
{
	free(b->p);
	*b = (struct tts_buffer){.most = b->most};
}
