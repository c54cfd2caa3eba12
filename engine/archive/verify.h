/*
 * The auditor's question: is the archive as it was sealed? Reads only, needs no
 * engine. Whatever is wrong is a finding, with the day and the file's name; the work
 * goes on to the end.
 *
 * Without the public key signatures are not looked at: then only the chain of hashes
 * holds, and it can be made again by anybody who can write the whole archive.
 */
#ifndef ENGINE_ARCHIVE_VERIFY_H
#define ENGINE_ARCHIVE_VERIFY_H

#include "engine/archive/manifest.h"
#include "engine/archive/sum.h"
#include "engine/sign.h"

enum finding_kind {
	FOUND_MISSING,     /* a file of the manifest is not there, and no certificate says why */
	FOUND_CHANGED,     /* its bytes are others */
	FOUND_ADDED,       /* it is in no manifest */
	FOUND_UNREADABLE,  /* it cannot be read */
	FOUND_MANIFEST,    /* the manifest is damaged, or of another day */
	FOUND_NO_MANIFEST, /* a later day has one, or a later one names it */
	FOUND_UNSIGNED,    /* no signature */
	FOUND_SIGNATURE,   /* a wrong one */
	FOUND_OTHER_KEY,   /* made by another key than the one given */
	FOUND_CHAIN,       /* it does not follow on the manifest before it */
	FOUND_CERTIFICATE, /* a deletion certificate that does not hold */
	FOUND_HASH,        /* no manifest has the hash that a receipt named */
	FINDING_KINDS
};
const char *finding_word(enum finding_kind k); /* "missing", "no-manifest" … */

struct finding {
	enum finding_kind kind;
	int32_t day;
	const char *path; /* in the day's folder, or "" */
	const char *words;
};

struct verify_day {
	int32_t day;
	bool open; /* no manifest yet: not looked at */
	bool is_signed;
	size_t files, deleted, findings; /* deleted: under certificate */
	uint64_t bytes;                  /* that were read */
	char sha256[65];                 /* of the manifest */
};

struct verify_result {
	size_t days, open, files, deleted, findings;
	uint64_t bytes;
	int32_t last_day; /* the last sealed day, or DAY_NONE */
	char last_sha256[65];
};

struct verify_config {
	const char *root;
	struct sum sum;
	const struct sign_ops *sign;
	const struct sign_public *key; /* NULL: signatures are not looked at */
	int32_t from, to;              /* DAY_NONE: from the first, to the last */
	const char *hash; /* of a receipt: one of the manifests must have it; or NULL */
	void (*on_finding)(void *arg, const struct finding *f);
	void (*on_day)(void *arg, const struct verify_day *d);
	void *arg;
};

/* 0: it was looked at, and ret->findings says the rest. E_NOTFOUND: there is no archive; E_IO,
 * E_NOMEM, E_LIMIT, or what sum.step returned. */
int verify_archive(const struct verify_config *c, struct verify_result *ret) MUST_CHECK;

#endif
