/*
 * What signing in needs of cryptography: a port. Password hashes and one-time codes
 * (TOTP, RFC 6238: SHA-1, six digits, 30 s, as every authenticator knows it).
 */
#ifndef ENGINE_SIGNIN_H
#define ENGINE_SIGNIN_H

#include "engine/err.h"
#include <stddef.h>
#include <stdint.h>

#define SIGNIN_HASH 128  /* bytes of a password's hash, as text, with the NUL */
#define SIGNIN_SECRET 33 /* of a TOTP secret: 20 bytes in base32, with the NUL */
#define SIGNIN_CODE_DIGITS 6
#define SIGNIN_STEP_S 30

struct signin_ops {
	const char *name;
	/* All MUST. Call digest's init() first. */

	/* Argon2id with its salt and costs in the text. Takes a tenth of a second and 64 MiB: never
	 * in the engine's or the control thread. E_NOMEM. */
	int (*hash)(const char *password, char out[SIGNIN_HASH]);
	/* 0; E_AUTH: another password, or no hash at all (as slow). E_NOMEM. */
	int (*verify)(const char *hash, const char *password);
	/* A new random secret. */
	void (*secret)(char out[SIGNIN_SECRET]);
	/* The step (30 s since 1970) that this code is of: that of `unix_s`, or one beside it.
	 * E_AUTH: none of them; E_INVALID: the secret is none. */
	int (*code)(const char *secret, const char *code, int64_t unix_s, int64_t *ret_step);
};

#endif
