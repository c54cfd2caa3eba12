/*
 * The digest port (engine/digest.h) over libsodium, with SHA-256 by nettle.
 *
 * libsodium's SHA-256 is portable C (about 140 MB/s where nettle, which uses the
 * processor's own instructions, makes 1,100): whole archives are hashed, so that
 * counts. libcrypto is as fast, but its states live on the heap, and its plain
 * functions are deprecated.
 *
 * init() must run once before any thread starts: it picks the implementations for
 * this processor and opens the random source, so that nothing later can fail.
 * The caller's sha256_state holds nettle's state in place: no allocation, and a
 * state may be copied or dropped half-way.
 */
#include "adapters/sign/digest.h"

#include <nettle/sha2.h>
#include <sodium.h>

_Static_assert(sizeof(struct sha256_ctx) <= sizeof(struct sha256_state),
	       "engine/digest.h leaves too little room for nettle's state");
_Static_assert(_Alignof(struct sha256_ctx) <= _Alignof(struct sha256_state),
	       "engine/digest.h aligns its state too loosely for nettle");
_Static_assert(crypto_auth_hmacsha256_KEYBYTES == 32, "the port's HMAC key is 32 bytes");

static struct sha256_ctx *state_of(struct sha256_state *s)
{
	return (struct sha256_ctx *)(void *)s->opaque;
}

static int digest_init(void)
{
	return sodium_init() < 0 ? E_IO : 0;
}

static void digest_begin(struct sha256_state *s)
{
	sha256_init(state_of(s));
}

static void digest_add(struct sha256_state *s, const void *p, size_t n)
{
	sha256_update(state_of(s), n, p);
}

static void digest_end(struct sha256_state *s, uint8_t out[32])
{
	sha256_digest(state_of(s), SHA256_DIGEST_SIZE, out);
}

static void digest_hmac(const uint8_t key[32], const void *p, size_t n, uint8_t out[32])
{
	crypto_auth_hmacsha256(out, p, n, key);
}

static int digest_equal(const void *a, const void *b, size_t n)
{
	return sodium_memcmp(a, b, n) == 0;
}

static void digest_random(void *p, size_t n)
{
	randombytes_buf(p, n);
}

const struct digest_ops digest_sodium = {
    .name = "sodium",
    .init = digest_init,
    .sha256_begin = digest_begin,
    .sha256_add = digest_add,
    .sha256_end = digest_end,
    .hmac_sha256 = digest_hmac,
    .equal = digest_equal,
    .random = digest_random,
};
