/* See tts_wav.h. Unknown chunks are passed over, as RIFF asks; a data chunk that claims more than
 * there is means that the child died while writing: the sentence would lose its end. */
#include "adapters/speech/tts_wav.h"

#include <string.h>

enum { RATE_LEAST = 8000, RATE_MOST = 192000 };

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t le16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static int parse_format(const uint8_t *p, size_t n, struct tts_wav *wav)
{
	if (n < 16 || le16(p) != 1 || le16(p + 2) != 1 || le16(p + 14) != 16)
		return E_PROTO;
	wav->rate = le32(p + 4);
	if (wav->rate < RATE_LEAST || wav->rate > RATE_MOST)
		return E_PROTO;
	return 0;
}

int tts_wav_parse(const uint8_t *p, size_t n, struct tts_wav *ret_wav)
{
	struct tts_wav wav = {0};
	size_t at = 12;

	if (n < 12 || memcmp(p, "RIFF", 4) != 0 || memcmp(p + 8, "WAVE", 4) != 0)
		return E_PROTO;
	while (n - at >= 8) {
		const uint8_t *id = p + at;
		size_t size = le32(p + at + 4);
		at += 8;
		if (size > n - at)
			return E_PROTO;
		if (memcmp(id, "fmt ", 4) == 0) {
			int err = parse_format(p + at, size, &wav);
			if (err)
				return err;
		} else if (memcmp(id, "data", 4) == 0) {
			if (wav.rate == 0 || size % 2 != 0)
				return E_PROTO;
			wav.samples = p + at;
			wav.n = size / 2;
			*ret_wav = wav;
			return 0;
		}
		size += size & 1; /* chunks are padded to even */
		if (size > n - at)
			return E_PROTO;
		at += size;
	}
	return E_PROTO;
}

int16_t tts_wav_sample(const struct tts_wav *wav, size_t i)
{
	return (int16_t)(uint16_t)le16(wav->samples + 2 * i);
}
