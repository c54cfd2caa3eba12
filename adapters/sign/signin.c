/*
 * The sign-in port over libsodium (argon2id) and liboath (TOTP).
 *
 * The costs are libsodium's "interactive" ones: two passes over 64 MiB. More would
 * make two people who sign in at once wait for each other; guessing is bounded by
 * engine/control/guess.c long before the hash matters, which protects a stolen store.
 */
#include "adapters/sign/signin.h"

#include <liboath/oath.h>
#include <sodium.h>
#include <string.h>

#define SECRET_BYTES 20
#define STEPS_BESIDE 1

_Static_assert(SIGNIN_HASH == crypto_pwhash_STRBYTES, "room of a hash");

/* Of a password that nobody has: who names no account waits as long as who names one. */
static const char nobody[] = "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
			     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static int hash(const char *password, char out[SIGNIN_HASH])
{
	return crypto_pwhash_str_alg(
		   out, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
		   crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) == 0
		   ? 0
		   : E_NOMEM;
}

/* libsodium does not tell "wrong" from "no memory"; neither lets anybody in. */
static int verify(const char *with, const char *password)
{
	const char *against = *with ? with : nobody;
	int wrong = crypto_pwhash_str_verify(against, password, strlen(password));
	return wrong == 0 && *with ? 0 : E_AUTH;
}

static void secret(char out[SIGNIN_SECRET])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned char bytes[SIGNIN_SECRET - 1]; /* five bits of each: as random as 20 bytes */
	randombytes_buf(bytes, sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		out[i] = digits[bytes[i] & 31];
	out[sizeof bytes] = '\0';
	sodium_memzero(bytes, sizeof bytes);
}

/* Of a base32 secret of ours: 32 digits, no padding. */
static int decode(const char *text, unsigned char out[SECRET_BYTES])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint64_t bits = 0;
	size_t held = 0, n = 0;
	if (strlen(text) != SIGNIN_SECRET - 1)
		return E_INVALID;
	for (; *text; text++) {
		const char *at = strchr(digits, *text);
		if (!at)
			return E_INVALID;
		bits = bits << 5 | (uint64_t)(at - digits);
		held += 5;
		if (held >= 8) {
			held -= 8;
			out[n++] = (unsigned char)(bits >> held);
		}
	}
	return 0;
}

static int code(const char *text, const char *given, int64_t unix_s, int64_t *ret_step)
{
	unsigned char key[SECRET_BYTES];
	int err = decode(text, key);
	if (err)
		return err;
	int64_t now = unix_s / SIGNIN_STEP_S, found = -1;
	for (int64_t step = now - STEPS_BESIDE; step <= now + STEPS_BESIDE; step++) {
		char right[SIGNIN_CODE_DIGITS + 1];
		if (oath_totp_generate((const char *)key, sizeof key,
				       (time_t)(step * SIGNIN_STEP_S), SIGNIN_STEP_S, 0,
				       SIGNIN_CODE_DIGITS, right) != OATH_OK)
			continue;
		if (strlen(given) == SIGNIN_CODE_DIGITS &&
		    sodium_memcmp(right, given, SIGNIN_CODE_DIGITS) == 0)
			found = step;
	}
	sodium_memzero(key, sizeof key);
	if (found < 0)
		return E_AUTH;
	*ret_step = found;
	return 0;
}

const struct signin_ops signin_sodium = {
    .name = "sodium", .hash = hash, .verify = verify, .secret = secret, .code = code};
