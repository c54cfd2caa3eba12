/* Digests: a port, so that the engine needs no cryptographic library's header. */
#ifndef ENGINE_DIGEST_H
#define ENGINE_DIGEST_H

#include "engine/err.h"
#include <stddef.h>
#include <stdint.h>

struct sha256_state {
	_Alignas(16) unsigned char opaque[256];
};

struct digest_ops {
	const char *name;
	int (*init)(void); /* once, before threads; E_INTERNAL-like failure is E_IO */
	void (*sha256_begin)(struct sha256_state *s);
	void (*sha256_add)(struct sha256_state *s, const void *p, size_t n);
	void (*sha256_end)(struct sha256_state *s, uint8_t out[32]);
	void (*hmac_sha256)(const uint8_t key[32], const void *p, size_t n, uint8_t out[32]);
	/* Constant time; 1 if equal. */
	int (*equal)(const void *a, const void *b, size_t n);
	void (*random)(void *p, size_t n);
};

void digest_hex(const uint8_t *p, size_t n, char *out); /* out: 2n + 1 bytes */
/* SHA-256 of a whole file as hex. */
int digest_file(const struct digest_ops *d, const char *path, char out[65]) MUST_CHECK;

#endif
