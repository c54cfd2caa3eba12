/*
 * The digest port (engine/digest.h) over libsodium.
 *
 * init() must run once before any thread starts: it picks the implementations for
 * this processor and opens the random source, so that nothing later can fail.
 * The caller's sha256_state holds libsodium's state in place: no allocation, and
 * a state may be copied or dropped half-way.
 */
#include "adapters/sign/digest.h"

#include <sodium.h>

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(struct sha256_state),
	       "engine/digest.h leaves too little room for libsodium's state");
_Static_assert(_Alignof(crypto_hash_sha256_state) <= _Alignof(struct sha256_state),
	       "engine/digest.h aligns its state too loosely for libsodium");
_Static_assert(crypto_auth_hmacsha256_KEYBYTES == 32, "the port's HMAC key is 32 bytes");

static crypto_hash_sha256_state *state_of(struct sha256_state *s)
{
	return (crypto_hash_sha256_state *)(void *)s->opaque;
}

static int digest_init(void)
{
	return sodium_init() < 0 ? E_IO : 0;
}

static void digest_begin(struct sha256_state *s)
{
	crypto_hash_sha256_init(state_of(s));
}

static void digest_add(struct sha256_state *s, const void *p, size_t n)
{
	crypto_hash_sha256_update(state_of(s), p, n);
}

static void digest_end(struct sha256_state *s, uint8_t out[32])
{
	crypto_hash_sha256_final(state_of(s), out);
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
