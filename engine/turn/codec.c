/* See codec.h. Reading never trusts a length: a damaged record is E_CORRUPT, not a crash. */
#include "engine/turn/codec.h"

#include <string.h>

void codec_write(struct codec *c, char *buf, size_t size, int version)
{
	*c = (struct codec){.writing = true, .buf = buf, .size = size, .version = version};
	if (size == 0)
		c->err = E_LIMIT;
	else
		c->buf[c->n++] = (char)version;
}

void codec_read(struct codec *c, struct bytes from, int newest)
{
	*c = (struct codec){.in = from.p, .end = (const char *)from.p + from.n};
	if (from.n == 0) {
		c->err = E_CORRUPT;
		return;
	}
	c->version = (unsigned char)*c->in++;
	if (c->version == 0 || c->version > newest)
		c->err = E_CORRUPT;
}

int codec_end(struct codec *c)
{
	if (!c->err && !c->writing && c->in != c->end)
		c->err = E_CORRUPT;
	return c->err;
}

bool codec_has(const struct codec *c, int version)
{
	return c->version >= version;
}

static void put(struct codec *c, const void *p, size_t n)
{
	if (c->err)
		return;
	if (c->size - c->n < n) {
		c->err = E_LIMIT;
		return;
	}
	memcpy(c->buf + c->n, p, n);
	c->n += n;
}

static void long_u64(struct codec *c, uint64_t *v)
{
	if (c->err)
		return;
	if (c->writing) {
		char b[10];
		bool fits = c->size - c->n >= sizeof b;
		char *at = fits ? c->buf + c->n : b; /* nearly always: no copy a byte */
		size_t n = 0;
		uint64_t x = *v;
		for (; x > 0x7f; x >>= 7)
			at[n++] = (char)(x | 0x80);
		at[n++] = (char)x;
		if (fits)
			c->n += n;
		else
			put(c, b, n);
		return;
	}
	uint64_t x = 0;
	for (int shift = 0; shift < 64; shift += 7) {
		if (c->in == c->end)
			break;
		unsigned char b = (unsigned char)*c->in++;
		x |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80)) {
			*v = x;
			return;
		}
	}
	c->err = E_CORRUPT;
}

/* Most numbers of most records are one byte. */
static inline void short_u64(struct codec *c, uint64_t *v)
{
	if (c->writing && *v < 0x80 && !c->err && c->n < c->size)
		c->buf[c->n++] = (char)*v;
	else if (!c->writing && !c->err && c->in < c->end && !(*c->in & 0x80))
		*v = (unsigned char)*c->in++;
	else
		long_u64(c, v);
}

void codec_u64(struct codec *c, uint64_t *v)
{
	short_u64(c, v);
}

void codec_i64(struct codec *c, int64_t *v)
{
	uint64_t z = ((uint64_t)*v << 1) ^ (uint64_t)(*v >> 63);
	short_u64(c, &z);
	if (!c->writing && !c->err)
		*v = (int64_t)(z >> 1) ^ -(int64_t)(z & 1);
}

void codec_u32(struct codec *c, uint32_t *v)
{
	uint64_t x = *v;
	short_u64(c, &x);
	if (c->writing || c->err)
		return;
	if (x > UINT32_MAX)
		c->err = E_CORRUPT;
	else
		*v = (uint32_t)x;
}

void codec_i32(struct codec *c, int32_t *v)
{
	int64_t x = *v;
	codec_i64(c, &x);
	if (c->writing || c->err)
		return;
	if (x > INT32_MAX || x < INT32_MIN)
		c->err = E_CORRUPT;
	else
		*v = (int32_t)x;
}

void codec_int(struct codec *c, int *v)
{
	int32_t x = *v;
	codec_i32(c, &x);
	if (!c->writing && !c->err)
		*v = x;
}

void codec_bool(struct codec *c, bool *v)
{
	uint64_t x = *v;
	short_u64(c, &x);
	if (c->writing || c->err)
		return;
	if (x > 1)
		c->err = E_CORRUPT;
	else
		*v = x != 0;
}

void codec_size(struct codec *c, size_t *v, size_t most)
{
	uint64_t x = *v;
	if (c->writing && x > most)
		c->err = c->err ? c->err : E_LIMIT;
	short_u64(c, &x);
	if (c->writing || c->err)
		return;
	if (x > most)
		c->err = E_CORRUPT;
	else
		*v = x;
}

void codec_str(struct codec *c, const char **v)
{
	if (c->err)
		return;
	if (c->writing) {
		const char *s = *v ? *v : "";
		uint64_t n = strlen(s);
		short_u64(c, &n);
		put(c, s, n + 1);
		return;
	}
	uint64_t n = 0;
	short_u64(c, &n);
	if (c->err)
		return;
	size_t left = (size_t)(c->end - c->in);
	if (left == 0 || n > left - 1 || c->in[n] != '\0') {
		c->err = E_CORRUPT;
		return;
	}
	*v = c->in;
	c->in += n + 1;
}

void codec_chars(struct codec *c, char *v, size_t size)
{
	const char *s = v;
	codec_str(c, &s);
	if (c->writing || c->err)
		return;
	size_t n = strlen(s);
	if (n >= size)
		c->err = E_CORRUPT;
	else
		memcpy(v, s, n + 1);
}
