/*
 * See rtp.h. Every byte of a datagram is a stranger's: a length is compared with
 * what is left before it is believed, and nothing is kept from one packet to the
 * next. The A-law table is computed by the definitions of ITU-T G.711, so that
 * there are no 256 numbers to trust.
 */
#include "adapters/voice/rtp.h"

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

void rtp_write(const struct rtp *head, uint8_t out[RTP_HEADER])
{
	out[0] = 0x80;
	out[1] = (uint8_t)((head->marker ? 0x80 : 0) | (head->type & 0x7f));
	out[2] = (uint8_t)(head->seq >> 8);
	out[3] = (uint8_t)head->seq;
	put32(out + 4, head->stamp);
	put32(out + 8, head->source);
}

int rtp_read(const uint8_t *p, size_t n, struct rtp *ret_rtp)
{
	size_t at = RTP_HEADER, end = n;
	if (n < RTP_HEADER || n > RTP_MOST || p[0] >> 6 != 2)
		return E_PROTO;
	at += (size_t)(p[0] & 0x0f) * 4; /* contributing sources */
	if (p[0] & 0x10) {               /* header extension */
		if (at + 4 > end)
			return E_PROTO;
		at += 4 + ((size_t)p[at + 2] << 8 | p[at + 3]) * 4;
	}
	if (at > end)
		return E_PROTO;
	if (p[0] & 0x20) { /* padding: its own length stands in the last byte */
		if (at == end || p[end - 1] == 0 || p[end - 1] > end - at)
			return E_PROTO;
		end -= p[end - 1];
	}
	*ret_rtp = (struct rtp){
	    .type = p[1] & 0x7f,
	    .marker = p[1] >> 7,
	    .seq = (uint16_t)(p[2] << 8 | p[3]),
	    .stamp = get32(p + 4),
	    .source = get32(p + 8),
	    .payload = p + at,
	    .n = end - at,
	};
	return 0;
}

static int linear_of_ulaw(uint8_t u)
{
	u = (uint8_t)~u;
	int t = (((u & 0x0f) << 3) + 0x84) << ((u & 0x70) >> 4);
	return u & 0x80 ? 0x84 - t : t - 0x84;
}

static uint8_t alaw_of_linear(int v)
{
	uint8_t mask = 0xd5;
	int segment = 0;
	if (v < 0) {
		mask = 0x55;
		v = -v - 1;
	}
	v >>= 3; /* 13 bits of magnitude */
	for (int top = v >> 5; top; top >>= 1)
		segment++;
	if (segment > 7)
		return 0x7f ^ mask;
	return (uint8_t)((segment << 4 | ((segment < 2 ? v >> 1 : v >> segment) & 0x0f)) ^ mask);
}

void rtp_alaw_table(uint8_t ret_table[256])
{
	for (int u = 0; u < 256; u++)
		ret_table[u] = alaw_of_linear(linear_of_ulaw((uint8_t)u));
}

static int linear_of_alaw(uint8_t a)
{
	a ^= 0x55;
	int segment = (a & 0x70) >> 4, t = (a & 0x0f) << 4;
	t += segment ? 0x108 : 8;
	if (segment > 1)
		t <<= segment - 1;
	return a & 0x80 ? t : -t;
}

uint8_t rtp_ulaw_of(int v)
{
	int sign = v < 0 ? 0x80 : 0, segment = 7;
	v = v < 0 ? -v : v;
	v = (v > 32635 ? 32635 : v) + 0x84;
	for (int bit = 0x4000; segment > 0 && !(v & bit); bit >>= 1)
		segment--;
	return (uint8_t) ~(sign | segment << 4 | (v >> (segment + 3) & 0x0f));
}

void rtp_ulaw_table(uint8_t ret_table[256])
{
	for (int a = 0; a < 256; a++)
		ret_table[a] = rtp_ulaw_of(linear_of_alaw((uint8_t)a));
}
