/* See sound.h. */
#include "engine/sound.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sound_new(const char *field, size_t n, struct sound **ret_sound)
{
	struct sound *s = calloc(1, sizeof *s + n);

	if (!s)
		return E_NOMEM;
	snprintf(s->field, sizeof s->field, "%s", field);
	s->n = n;
	*ret_sound = s;
	return 0;
}

void sounds_free(struct sound *list)
{
	while (list) {
		struct sound *s = list;
		list = s->next;
		explicit_bzero(s->ulaw, s->n);
		free(s);
	}
}

uint32_t sound_ms(const struct sound *s)
{
	return (uint32_t)(s->n / 8);
}

static uint8_t *put(uint8_t *at, uint32_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		*at++ = (uint8_t)(v >> (8 * i));
	return at;
}

static uint8_t *put_name(uint8_t *at, const char name[4])
{
	memcpy(at, name, 4);
	return at + 4;
}

/* Formats other than PCM have a longer `fmt ` and a `fact`. Chunks are of even length. */
int sound_wav(const struct sound *s, uint8_t **ret_bytes, size_t *ret_n)
{
	size_t padded = s->n + (s->n & 1), size = SOUND_WAV_HEADER + padded;
	uint8_t *bytes = s->n <= MAX_RECORD_MS * 8 ? calloc(1, size) : NULL, *at = bytes;

	if (!bytes)
		return s->n <= MAX_RECORD_MS * 8 ? E_NOMEM : E_LIMIT;
	at = put(put_name(at, "RIFF"), (uint32_t)size - 8, 4);
	at = put(put_name(put_name(at, "WAVE"), "fmt "), 18, 4);
	at = put(put(at, 7, 2), 1, 2);            /* µ-law, one channel */
	at = put(put(at, 8000, 4), 8000, 4);      /* samples, bytes a second */
	at = put(put(put(at, 1, 2), 8, 2), 0, 2); /* bytes, bits of a sample; no more follows */
	at = put(put(put_name(at, "fact"), 4, 4), (uint32_t)s->n, 4);
	at = put(put_name(at, "data"), (uint32_t)s->n, 4);
	memcpy(at, s->ulaw, s->n);
	*ret_bytes = bytes;
	*ret_n = size;
	return 0;
}
