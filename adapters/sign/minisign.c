/*
 * Minisign's formats over libsodium (engine/sign.h):
 *
 *   public key   "untrusted comment: …\n" base64("Ed", id 8, key 32) "\n"
 *   secret key   "untrusted comment: …\n" base64("Ed", "Sc" or 0 0, "B2", salt 32,
 *                ops limit 8, memory limit 8, { id 8, secret 64, checksum 32 }) "\n"
 *   signature    "untrusted comment: …\n" base64("ED", id 8, signature 64) "\n"
 *                "trusted comment: …\n" base64(signature 64 of signature and comment) "\n"
 *
 * "ED": Ed25519 over the BLAKE2b-512 of the bytes. The old kind "Ed", over the bytes
 * themselves, is refused: we never made any. The part in braces is XORed with a
 * stream of scrypt of the password, if there is one; the checksum is BLAKE2b-256 of
 * "Ed", id and secret, and tells a wrong password from a right one; minisign leaves it
 * zero in a key without a password. Integers are
 * little-endian. Secrets live in sodium_malloc() memory and are wiped.
 */
#include "adapters/sign/minisign.h"

#include <sodium.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define UNTRUSTED "untrusted comment: "
#define TRUSTED "trusted comment: "

enum {
	ID = 8,
	CHECK = 32,
	SECRET = crypto_sign_SECRETKEYBYTES,
	SIGNATURE = crypto_sign_BYTES,
	BASE64_MOST = 256, /* of any line here, with the NUL */
};

struct sign_key {
	uint8_t id[ID], secret[SECRET];
};

/* As on disk: bytes only, so no padding. */
struct public_file {
	uint8_t kind[2], id[ID], key[crypto_sign_PUBLICKEYBYTES];
};
struct locked {
	uint8_t id[ID], secret[SECRET], check[CHECK];
};
struct secret_file {
	uint8_t kind[2], kdf[2], check_kind[2];
	uint8_t salt[crypto_pwhash_scryptsalsa208sha256_SALTBYTES], ops[8], memory[8];
	struct locked locked;
};
struct signature_file {
	uint8_t kind[2], id[ID], signature[SIGNATURE];
};
_Static_assert(sizeof(struct secret_file) == 158 && sizeof(struct public_file) == 42 &&
		   sizeof(struct signature_file) == 74,
	       "the structs are the files' bytes");
_Static_assert(sizeof(struct sign_public) == ID + crypto_sign_PUBLICKEYBYTES, "engine/sign.h");

/* ---- lines ---- */

/* The next line without its end, which may be \r\n; NULL: there is none. Moves *at behind it. */
static const char *line(const char **at, size_t *ret_n)
{
	const char *p = *at;
	if (!*p)
		return NULL;
	size_t n = strcspn(p, "\n");
	*at = p + n + (p[n] == '\n');
	*ret_n = n > 0 && p[n - 1] == '\r' ? n - 1 : n;
	return p;
}

static bool begins(const char *p, size_t n, const char *with)
{
	size_t m = strlen(with);
	return n >= m && memcmp(p, with, m) == 0;
}

/* A line of base64 of exactly n bytes. */
static int decode(const char *p, size_t n_text, void *out, size_t n)
{
	size_t got;
	if (!p || sodium_base642bin(out, n, p, n_text, NULL, &got, NULL,
				    sodium_base64_VARIANT_ORIGINAL) != 0)
		return E_PROTO;
	return got == n ? 0 : E_PROTO;
}

/* "untrusted comment: …" and a line of base64. */
static int read_head(const char **at, void *out, size_t n)
{
	size_t len;
	const char *p = line(at, &len);
	if (!p || !begins(p, len, UNTRUSTED))
		return E_PROTO;
	p = line(at, &len);
	return decode(p, p ? len : 0, out, n);
}

static void write_head(char *out, size_t size, const char *comment, const void *p, size_t n)
{
	char text[BASE64_MOST];
	sodium_bin2base64(text, sizeof text, p, n, sodium_base64_VARIANT_ORIGINAL);
	snprintf(out, size, UNTRUSTED "%s\n%s\n", comment, text);
	sodium_memzero(text, sizeof text);
}

/* ---- key files ---- */

static void sign_id(const struct sign_public *p, char out[SIGN_ID_HEX])
{
	/* minisign shows the id as one little-endian number */
	for (int i = 0; i < ID; i++)
		snprintf(out + 2 * i, 3, "%02X", p->id[ID - 1 - i]);
}

static void checksum(const uint8_t kind[2], const struct locked *l, uint8_t out[CHECK])
{
	crypto_generichash_state s;
	crypto_generichash_init(&s, NULL, 0, CHECK);
	crypto_generichash_update(&s, kind, 2);
	crypto_generichash_update(&s, l->id, sizeof l->id);
	crypto_generichash_update(&s, l->secret, sizeof l->secret);
	crypto_generichash_final(&s, out, CHECK);
}

static void store_le(uint8_t out[8], uint64_t v)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t load_le(const uint8_t p[8])
{
	uint64_t v = 0;
	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

/* Locks or unlocks: the same stream both ways. */
static int with_password(struct secret_file *f, const char *password)
{
	uint8_t stream[sizeof f->locked];
	uint64_t ops = load_le(f->ops), memory = load_le(f->memory);
	/* What a file asks for is not given without end: minisign's own files ask for this much. */
	if (ops > crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE ||
	    memory > crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE)
		return E_PROTO;
	if (crypto_pwhash_scryptsalsa208sha256(stream, sizeof stream, password, strlen(password),
					       f->salt, ops, (size_t)memory) != 0)
		return E_NOMEM;
	uint8_t *p = (uint8_t *)&f->locked;
	for (size_t i = 0; i < sizeof stream; i++)
		p[i] ^= stream[i];
	sodium_memzero(stream, sizeof stream);
	return 0;
}

/* minisign writes no checksum into a key that it does not encrypt. What is certain without one: the
 * second half of an Ed25519 secret key is the public key that its first half gives. Signing with
 * halves that do not belong together would give the key away. */
static bool halves_fit(const uint8_t secret[SECRET])
{
	uint8_t public[crypto_sign_PUBLICKEYBYTES], again[SECRET];
	crypto_sign_seed_keypair(public, again, secret);
	bool fit = sodium_memcmp(again, secret, SECRET) == 0;
	sodium_memzero(again, sizeof again);
	return fit;
}

static int secret_unlock(struct secret_file *f, const char *password)
{
	uint8_t check[CHECK];
	bool encrypted = memcmp(f->kdf, "Sc", 2) == 0;
	if (memcmp(f->kind, "Ed", 2) != 0 || memcmp(f->check_kind, "B2", 2) != 0 ||
	    (!encrypted && memcmp(f->kdf, "\0\0", 2) != 0))
		return E_PROTO;
	if (encrypted && !password)
		return E_AUTH;
	int err = encrypted ? with_password(f, password) : 0;
	if (err)
		return err;
	checksum(f->kind, &f->locked, check);
	if (sodium_memcmp(check, f->locked.check, CHECK) != 0 &&
	    (encrypted || !sodium_is_zero(f->locked.check, CHECK)))
		return encrypted ? E_AUTH : E_PROTO;
	return halves_fit(f->locked.secret) ? 0 : E_PROTO;
}

static int secret_read(const char *text, const char *password, struct sign_key **ret)
{
	struct secret_file f;
	struct sign_key *k = NULL;
	int err = read_head(&text, &f, sizeof f);
	if (!err)
		err = secret_unlock(&f, password);
	if (!err && !(k = sodium_malloc(sizeof *k)))
		err = E_NOMEM;
	if (!err) {
		memcpy(k->id, f.locked.id, ID);
		memcpy(k->secret, f.locked.secret, SECRET);
		*ret = k;
	}
	sodium_memzero(&f, sizeof f);
	return err;
}

static void secret_free(struct sign_key *k)
{
	sodium_free(k); /* wipes; NULL is fine */
}

static void public_of(const struct sign_key *k, struct sign_public *ret)
{
	memcpy(ret->id, k->id, ID);
	crypto_sign_ed25519_sk_to_pk(ret->key, k->secret);
}

static int public_read(const char *text, struct sign_public *ret)
{
	struct public_file f;
	size_t n;
	const char *at = text;
	int err = read_head(&at, &f, sizeof f);
	if (err) { /* the line alone, as `minisign -P` takes it */
		at = text;
		const char *p = line(&at, &n);
		err = decode(p, p ? n : 0, &f, sizeof f);
	}
	if (err)
		return err;
	if (memcmp(f.kind, "Ed", 2) != 0)
		return E_PROTO;
	memcpy(ret->id, f.id, ID);
	memcpy(ret->key, f.key, sizeof ret->key);
	return 0;
}

static int generate(const char *password, char secret[SIGN_KEY_TEXT], char public[SIGN_KEY_TEXT])
{
	struct secret_file s = {.kind = "Ed", .check_kind = "B2"};
	struct public_file p = {.kind = "Ed"};
	char id[SIGN_ID_HEX], comment[80];
	int err = 0;

	crypto_sign_keypair(p.key, s.locked.secret);
	randombytes_buf(p.id, ID);
	memcpy(s.locked.id, p.id, ID);
	checksum(s.kind, &s.locked, s.locked.check);
	if (password) {
		memcpy(s.kdf, "Sc", 2);
		randombytes_buf(s.salt, sizeof s.salt);
		store_le(s.ops, crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE);
		store_le(s.memory, crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE);
		err = with_password(&s, password);
	}
	if (!err) {
		struct sign_public shown;
		memcpy(shown.id, p.id, ID);
		sign_id(&shown, id);
		snprintf(comment, sizeof comment, "minisign public key %s", id);
		write_head(public, SIGN_KEY_TEXT, comment, &p, sizeof p);
		write_head(secret, SIGN_KEY_TEXT,
			   password ? "minisign encrypted secret key" : "minisign secret key", &s,
			   sizeof s);
	}
	sodium_memzero(&s, sizeof s);
	return err;
}

/* ---- signatures ---- */

static int prehash(const void *p, size_t n, uint8_t out[crypto_generichash_BYTES_MAX])
{
	return crypto_generichash(out, crypto_generichash_BYTES_MAX, p, n, NULL, 0) ? E_IO : 0;
}

/* Signature and comment, as the second signature covers them. Returns the length. */
static size_t global_bytes(const uint8_t signature[SIGNATURE], const char *comment, size_t n,
			   uint8_t *out)
{
	memcpy(out, signature, SIGNATURE);
	memcpy(out + SIGNATURE, comment, n);
	return SIGNATURE + n;
}

static bool comment_ok(const char *s)
{
	if (strlen(s) >= SIGN_COMMENT)
		return false;
	for (; *s; s++)
		if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
			return false;
	return true;
}

static int sign(const struct sign_key *k, const void *p, size_t n, const char *comment,
		char out[SIGN_TEXT])
{
	struct signature_file f = {.kind = "ED"};
	uint8_t hash[crypto_generichash_BYTES_MAX], global[SIGNATURE];
	uint8_t both[SIGNATURE + SIGN_COMMENT];
	char head[BASE64_MOST + 64], tail[BASE64_MOST];

	if (!comment_ok(comment))
		return E_INVALID;
	int err = prehash(p, n, hash);
	if (err)
		return err;
	memcpy(f.id, k->id, ID);
	crypto_sign_detached(f.signature, NULL, hash, sizeof hash, k->secret);
	size_t len = global_bytes(f.signature, comment, strlen(comment), both);
	crypto_sign_detached(global, NULL, both, len, k->secret);
	write_head(head, sizeof head, "signature from minisign secret key", &f, sizeof f);
	sodium_bin2base64(tail, sizeof tail, global, sizeof global, sodium_base64_VARIANT_ORIGINAL);
	snprintf(out, SIGN_TEXT, "%s" TRUSTED "%s\n%s\n", head, comment, tail);
	return 0;
}

static int verify(const struct sign_public *key, const void *bytes, size_t n, const char *text)
{
	struct signature_file f;
	uint8_t hash[crypto_generichash_BYTES_MAX], global[SIGNATURE];
	uint8_t both[SIGNATURE + SIGN_TEXT];
	size_t len, n_comment;

	int err = read_head(&text, &f, sizeof f);
	const char *comment = err ? NULL : line(&text, &n_comment);
	if (!comment || !begins(comment, n_comment, TRUSTED) || n_comment > SIGN_TEXT ||
	    memcmp(f.kind, "ED", 2) != 0)
		return E_PROTO;
	const char *last = line(&text, &len);
	if (decode(last, last ? len : 0, global, sizeof global))
		return E_PROTO;
	if (memcmp(f.id, key->id, ID) != 0)
		return E_NOTFOUND;
	err = prehash(bytes, n, hash);
	if (err)
		return err;
	comment += strlen(TRUSTED);
	n_comment -= strlen(TRUSTED);
	len = global_bytes(f.signature, comment, n_comment, both);
	if (crypto_sign_verify_detached(f.signature, hash, sizeof hash, key->key) != 0 ||
	    crypto_sign_verify_detached(global, both, len, key->key) != 0)
		return E_AUTH;
	return 0;
}

const struct sign_ops sign_minisign = {
    .name = "minisign",
    .generate = generate,
    .secret_read = secret_read,
    .secret_free = secret_free,
    .public_of = public_of,
    .public_read = public_read,
    .id = sign_id,
    .sign = sign,
    .verify = verify,
};
