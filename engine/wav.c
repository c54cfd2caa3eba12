/* See wav.h. */
#include "engine/wav.h"

#include <stdint.h>
#include <string.h>

static void put_le(unsigned char *to, uint32_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (unsigned char)(value >> (8 * i));
}

void wav_head(unsigned char head[WAV_HEAD], size_t samples)
{
	uint32_t n = (uint32_t)samples;
	memcpy(head, "RIFF....WAVEfmt ", 16);
	put_le(head + 4, WAV_HEAD - 8 + n, 4);
	put_le(head + 16, 18, 4);
	put_le(head + 20, 7, 2);
	put_le(head + 22, 1, 2);
	put_le(head + 24, 8000, 4);
	put_le(head + 28, 8000, 4);
	put_le(head + 32, 1, 2);
	put_le(head + 34, 8, 2);
	put_le(head + 36, 0, 2);
	memcpy(head + 38, "data", 4);
	put_le(head + 42, n, 4);
}
