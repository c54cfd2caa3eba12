/*
 * Signatures: a port. Files are signed in minisign's format, so that an auditor
 * needs nothing of ours: `minisign -V` reads the signature files, and key files are
 * its own in both directions.
 *
 * Texts in, texts out: who calls reads and writes the files.
 */
#ifndef ENGINE_SIGN_H
#define ENGINE_SIGN_H

#include "engine/err.h"
#include <stddef.h>
#include <stdint.h>

#define SIGN_KEY_TEXT 1024      /* most bytes of a key file, with the NUL */
#define SIGN_COMMENT 512        /* most bytes of a trusted comment of ours, with the NUL */
#define SIGN_TEXT 2048          /* most bytes of a signature file of ours, with the NUL */
#define SIGN_ID_HEX 17          /* a key's id for people, with the NUL */
#define SIGN_PASSWORD_MOST 1024 /* bytes */

struct sign_public {
	uint8_t id[8], key[32];
};
struct sign_key; /* a secret key, in memory that is not swapped */

struct sign_ops {
	const char *name;
	/* All MUST, none touches a file. Call digest's init() first. */

	/* A new pair as two key files. `password` NULL: the secret key is not encrypted; with one
	 * it takes seconds and 1 GiB of memory, as minisign's own keys do. E_NOMEM: not so much
	 * memory. */
	int (*generate)(const char *password, char secret[SIGN_KEY_TEXT],
			char public[SIGN_KEY_TEXT]);
	/* E_PROTO: no key file of minisign's; E_AUTH: encrypted, and the password is wrong or NULL;
	 * E_NOMEM. */
	int (*secret_read)(const char *text, const char *password, struct sign_key **ret);
	void (*secret_free)(struct sign_key *k); /* NULL is fine */
	void (*public_of)(const struct sign_key *k, struct sign_public *ret);
	/* A whole key file, or its one line of base64 alone. */
	int (*public_read)(const char *text, struct sign_public *ret);
	void (*id)(const struct sign_public *p, char out[SIGN_ID_HEX]);
	/* The signature file of these bytes. The comment is signed too; without control characters
	 * other than tabs, else E_INVALID. The same input gives the same text. */
	int (*sign)(const struct sign_key *k, const void *p, size_t n, const char *comment,
		    char out[SIGN_TEXT]);
	/* 0; E_PROTO: no signature file of minisign's (or its old kind, which is not hashed first);
	 * E_NOTFOUND: made by another key; E_AUTH: the signature, or that of the comment, is wrong.
	 */
	int (*verify)(const struct sign_public *p, const void *bytes, size_t n, const char *text);
};

#endif
