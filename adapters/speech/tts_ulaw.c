/*
 * See tts_ulaw.h. The code word is sign, segment (3 bits), step (4 bits), sent
 * inverted (G.711, table 2a). The bias of 33 makes each segment end at a power
 * of two, so that the segment is a look-up in eight ends.
 */
#include "adapters/speech/tts_ulaw.h"

enum { BIAS = 33, CLIP = 8158 }; /* G.711: everything from 8159 on is the last step */

uint8_t tts_ulaw_encode(int16_t sample)
{
	static const int ends[8] = {0x3f, 0x7f, 0xff, 0x1ff, 0x3ff, 0x7ff, 0xfff, 0x1fff};
	int v = sample / 4; /* towards zero: the law is symmetric */
	int sign = 0x80;
	int segment = 0;

	if (sample < 0) {
		v = -v;
		sign = 0;
	}
	v = (v > CLIP ? CLIP : v) + BIAS;
	while (v > ends[segment])
		segment++;
	return (uint8_t)(sign | (~(segment << 4 | (v >> (segment + 1) & 0xf)) & 0x7f));
}

int16_t tts_ulaw_decode(uint8_t code)
{
	int c = ~code & 0xff;
	int v = (((c & 0xf) << 1) + BIAS) << (c >> 4 & 7);
	v = (v - BIAS) * 4;
	return (int16_t)(c & 0x80 ? -v : v);
}
