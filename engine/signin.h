/*
 * What signing in needs of cryptography: a port. Password hashes, one-time codes
 * (SHA-1: TOTP, RFC 6238, by a telephone or a hardware token; HOTP, RFC 4226, by a
 * token with a button), and the seal on their secrets.
 */
#ifndef ENGINE_SIGNIN_H
#define ENGINE_SIGNIN_H

#include "engine/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGNIN_HASH 128   /* bytes of a password's hash, as text, with the NUL */
#define SIGNIN_SECRET 33  /* of a TOTP secret: 20 bytes in base32, with the NUL */
#define SIGNIN_SEED 104   /* of any secret, up to 64 bytes in base32, with the NUL */
#define SIGNIN_SEALED 512 /* of a sealed text, with the NUL */
#define SIGNIN_KEY 32
#define SIGNIN_CODE_DIGITS 6
#define SIGNIN_STEP_S 30
#define SIGNIN_HOTP_AHEAD                                                                          \
	10 /* codes that were made and not used: somebody played with the button */

/* What makes the codes. */
struct signin_token {
	const char *secret; /* base32 */
	bool counter;       /* HOTP */
	int digits;         /* 6, 8 */
	int step_s;         /* TOTP */
	int beside;         /* TOTP: so many steps early or late are good */
	int64_t last;       /* HOTP: the counter that was used last, -1: none */
};

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
	/* The step (since 1970), or counter, that this code is of: one that may be now. E_AUTH:
	 * none of them; E_INVALID: the secret is none. */
	int (*code)(const struct signin_token *t, const char *code, int64_t unix_s,
		    int64_t *ret_step);
	/* A seed as its maker writes it (hex, or base32; spaces and = left out), as base32.
	 * E_INVALID: it is none, or shorter than 16 or longer than 64 bytes. */
	int (*seed)(const char *text, bool hex, char out[SIGNIN_SEED]);
	/* Text that only who has the key can read, as text, and back; whoever changes it is found
	 * out. E_LIMIT: it does not fit; E_AUTH: not of this key, or changed. */
	int (*seal)(const uint8_t key[SIGNIN_KEY], const char *text, char out[SIGNIN_SEALED]);
	int (*unseal)(const uint8_t key[SIGNIN_KEY], const char *sealed, char *out, size_t size);
};

#endif
