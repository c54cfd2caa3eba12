/*
 * Sealing a day: its manifest is made from what lies in its folder, and signed.
 *
 * Asked again it says the same: a sealed day is answered with its manifest's hash,
 * one that a crash left between manifest and signature is signed after its manifest
 * was compared with what is there. A manifest is never overwritten.
 *
 * Crash windows: before the manifest nothing happened; between manifest and
 * signature the next call finds one without the other. Both are written by afile.
 */
#ifndef ENGINE_ARCHIVE_SEAL_H
#define ENGINE_ARCHIVE_SEAL_H

#include "engine/archive/manifest.h"
#include "engine/archive/sum.h"
#include "engine/sign.h"

struct seal_config {
	const char *root;
	struct sum sum;
	const struct sign_ops *sign;
	const struct sign_key *key; /* NULL: manifests are not signed */
	/* NULL, or asked about each file before it enters a manifest; E_INVALID: it is not as it
	 * was recorded, and the day is not sealed. */
	int (*check)(void *arg, int32_t day, const char *path, const char *sha256);
	void *check_arg;
};

struct sealed {
	bool empty; /* no file: no manifest, and the rest is not set */
	bool fresh; /* made or signed now */
	char sha256[65];
	size_t files;
	uint64_t bytes;
	size_t odd; /* entries that are no files of ours: not in the manifest, verify names them */
	char first_odd[MAX_FILE_NAME];
};

/* E_EXISTS: there is a manifest of other contents, or with a signature that does not fit; E_IO,
 * E_NOSPC, E_UNKNOWN (call again), E_LIMIT; `why` says which file. */
int seal_day(const struct seal_config *c, int32_t day, struct sealed *ret,
	     char why[MAX_WORDS]) MUST_CHECK;
/* Signs a text as the file `name` of a day's folder and puts both there, the text first. Nothing is
 * overwritten: E_EXISTS if another text stands there. Without a key only the text. */
int seal_put(const struct seal_config *c, int32_t day, const char *name, const char *text, size_t n,
	     const char *comment) MUST_CHECK;
/* Removes what a crash left of files that were being put into a day that is over: nobody else
 * writes there, and verify would name it as added. */
int seal_sweep(const struct seal_config *c, int32_t day) MUST_CHECK;
/* The day's manifest as it stands, checked by the signature if there is a key. E_NOTFOUND: there is
 * none; E_AUTH: no signature, or a wrong one; E_INVALID: no manifest of that day. On success free
 * it by manifest_free(). */
int seal_read(const struct seal_config *c, int32_t day, struct manifest *ret,
	      char ret_sha256[65]) MUST_CHECK;

#endif
