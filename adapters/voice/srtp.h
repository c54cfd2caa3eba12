/*
 * Encrypted sound (SRTP, RFC 3711) by libsrtp, with keys from the session
 * description (SDES, RFC 4568): AES_CM_128_HMAC_SHA1_80, and nothing else. One
 * cipher is one direction of one call.
 */
#ifndef ADAPTERS_VOICE_SRTP_H
#define ADAPTERS_VOICE_SRTP_H

#include "engine/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CIPHER_KEY 30     /* bytes: the master key and its salt */
#define CIPHER_TEXT 41    /* the same in base64, with NUL */
#define CIPHER_TRAILER 16 /* bytes that sealing adds at most */

struct cipher;

int cipher_key_new(uint8_t key[CIPHER_KEY]) MUST_CHECK;
void cipher_key_text(const uint8_t key[CIPHER_KEY], char out[CIPHER_TEXT]);
/* Exactly one key in base64. False: it is none. */
bool cipher_key_read(const char *s, size_t n, uint8_t ret_key[CIPHER_KEY]);

/* ours: packets are sealed with it; else they are opened. */
int cipher_new(const uint8_t key[CIPHER_KEY], bool ours, struct cipher **ret_cipher) MUST_CHECK;
void cipher_free(struct cipher *c); /* NULL is fine */
/* In place. The packet lies on a 4-byte boundary, with room for CIPHER_TRAILER. */
int cipher_seal(struct cipher *c, uint8_t *packet, size_t *n) MUST_CHECK;
/* E_REFUSED: forged, repeated or damaged. */
int cipher_open(struct cipher *c, uint8_t *packet, size_t *n) MUST_CHECK;

#endif
