/*
 * The sign-in port over libsodium (argon2id) and liboath (TOTP, HOTP).
 *
 * The costs are libsodium's "interactive" ones: two passes over 64 MiB. More would
 * make two people who sign in at once wait for each other; guessing is bounded by
 * engine/control/guess.c long before the hash matters, which protects a stolen store.
 */
#include "adapters/sign/signin.h"

#include <liboath/oath.h>
#include <sodium.h>
#include <string.h>

#define SEED_LEAST 16 /* bytes: RFC 4226 wants 128 bits */
#define SEED_MOST 64

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

/* base32 without padding: five bits a digit. E_INVALID: a digit that is none, or no room. */
static int decode(const char *text, unsigned char out[SEED_MOST], size_t *ret_n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint64_t bits = 0;
	size_t held = 0, n = 0;
	for (; *text; text++) {
		const char *at = strchr(digits, *text);
		if (!at)
			return E_INVALID;
		bits = bits << 5 | (uint64_t)(at - digits);
		held += 5;
		if (held < 8)
			continue;
		if (n == SEED_MOST)
			return E_INVALID;
		held -= 8;
		out[n++] = (unsigned char)(bits >> held);
	}
	*ret_n = n;
	return n < SEED_LEAST ? E_INVALID : 0;
}

static bool same(const char *right, const char *given, int digits)
{
	return strlen(given) == (size_t)digits && sodium_memcmp(right, given, (size_t)digits) == 0;
}

static int code(const struct signin_token *t, const char *given, int64_t unix_s, int64_t *ret_step)
{
	unsigned char key[SEED_MOST];
	char right[16];
	size_t n = 0;
	int err = t->digits == 6 || t->digits == 8 ? decode(t->secret, key, &n) : E_INVALID;
	if (err)
		return err;
	int64_t now = t->counter ? t->last + 1 : unix_s / t->step_s, found = -1;
	int64_t from = t->counter ? now : now - t->beside;
	int64_t to = t->counter ? now + SIGNIN_HOTP_AHEAD - 1 : now + t->beside;
	for (int64_t step = from < 0 ? 0 : from; step <= to; step++) {
		int made =
		    t->counter
			? oath_hotp_generate((const char *)key, n, (uint64_t)step,
					     (unsigned)t->digits, false,
					     OATH_HOTP_DYNAMIC_TRUNCATION, right)
			: oath_totp_generate((const char *)key, n, (time_t)(step * t->step_s),
					     (unsigned)t->step_s, 0, (unsigned)t->digits, right);
		if (made == OATH_OK && same(right, given, t->digits) && found < 0)
			found = step;
	}
	sodium_memzero(key, sizeof key);
	sodium_memzero(right, sizeof right);
	if (found < 0)
		return E_AUTH;
	*ret_step = found;
	return 0;
}

static void encode(const unsigned char *key, size_t n, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned bits = 0, held = 0;
	for (size_t i = 0; i < n; i++) {
		bits = (bits << 8 | key[i]) & 0xfff;
		for (held += 8; held >= 5; held -= 5)
			*out++ = digits[bits >> (held - 5) & 31];
	}
	if (held)
		*out++ = digits[bits << (5 - held) & 31];
	*out = '\0';
}

static int seed(const char *text, bool hex, char out[SIGNIN_SEED])
{
	unsigned char key[SEED_MOST];
	char plain[2 * SEED_MOST + 1];
	size_t n = 0, len = 0;
	for (; *text; text++) {
		if (strchr(" =-\r\n", *text))
			continue;
		if (len == sizeof plain - 1)
			return E_INVALID;
		plain[len++] = (char)(*text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text);
	}
	plain[len] = '\0';
	int err = !hex ? decode(plain, key, &n)
		  : len % 2 || sodium_hex2bin(key, sizeof key, plain, len, NULL, &n, NULL) != 0 ||
			  n * 2 != len || n < SEED_LEAST
		      ? E_INVALID
		      : 0;
	if (!err)
		encode(key, n, out);
	sodium_memzero(key, sizeof key);
	sodium_memzero(plain, sizeof plain);
	return err;
}

/* ---- the seal ---- */

#define BOX_MOST ((SIGNIN_SEALED - 1) / 2)

_Static_assert(SIGNIN_KEY == crypto_secretbox_KEYBYTES, "the key of the seal");

/* The nonce, the box; in hex. */
static int seal(const uint8_t key[SIGNIN_KEY], const char *text, char out[SIGNIN_SEALED])
{
	unsigned char box[BOX_MOST];
	size_t n = strlen(text), head = crypto_secretbox_NONCEBYTES;
	if (head + crypto_secretbox_MACBYTES + n > sizeof box)
		return E_LIMIT;
	randombytes_buf(box, head);
	crypto_secretbox_easy(box + head, (const unsigned char *)text, n, box, key);
	sodium_bin2hex(out, SIGNIN_SEALED, box, head + crypto_secretbox_MACBYTES + n);
	return 0;
}

static int unseal(const uint8_t key[SIGNIN_KEY], const char *sealed, char *out, size_t size)
{
	unsigned char box[BOX_MOST];
	size_t n = 0, head = crypto_secretbox_NONCEBYTES, len = strlen(sealed);
	if (len % 2 || sodium_hex2bin(box, sizeof box, sealed, len, NULL, &n, NULL) != 0 ||
	    n * 2 != len || n < head + crypto_secretbox_MACBYTES)
		return E_AUTH;
	size_t plain = n - head - crypto_secretbox_MACBYTES;
	if (plain >= size)
		return E_LIMIT;
	if (crypto_secretbox_open_easy((unsigned char *)out, box + head, n - head, box, key) != 0)
		return E_AUTH;
	out[plain] = '\0';
	return 0;
}

const struct signin_ops signin_sodium = {.name = "sodium",
					 .hash = hash,
					 .verify = verify,
					 .secret = secret,
					 .code = code,
					 .seed = seed,
					 .seal = seal,
					 .unseal = unseal};
