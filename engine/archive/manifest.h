/*
 * Manifests and deletion certificates: what they hold, and their bytes. Pure: no
 * file is touched here.
 *
 * Both are texts that `sha256sum -c` reads from the day's folder: a line for each
 * file ("<64 hex digits>  <class>/<name>"), in the order of bytes, and above them
 * lines that begin with '#', which sha256sum skips:
 *
 *	# osame archive manifest 1            # osame archive deletion 1
 *	# day 2026-12-07                      # day 2026-12-07
 *	# previous 2026-12-04 <sha256>        # class exchange-in
 *	# files 12                            # manifest <sha256>
 *	# bytes 34567                         # kept 365 d
 *	# class exchange-in 5 2345            # at 2027-12-08T09:00:00+09:00
 *	                                      # by kacho
 *	                                      # files 5
 *	                                      # bytes 2345
 *
 * "previous" is the manifest of the latest earlier day that has one, or "none". The
 * bytes are a pure function of the struct, and reading what was written gives it back.
 */
#ifndef ENGINE_ARCHIVE_MANIFEST_H
#define ENGINE_ARCHIVE_MANIFEST_H

#include "engine/limits.h"
#include "engine/plan/civil.h"
#include <stdbool.h>
#include <stddef.h>

#define MANIFEST_NAME "manifest.sha256"
#define SIGNATURE_SUFFIX ".minisig"
#define CERTIFICATE_PREFIX "deleted." /* "deleted.<class>.sha256" */
#define CERTIFICATE_SUFFIX ".sha256"

struct manifest_line {
	char sha256[65];
	char *path;   /* "class/name" */
	int64_t size; /* while it is being made; -1 where it was read */
};

struct manifest_class {
	char name[MAX_ID];
	uint64_t files, bytes;
};

struct manifest {
	bool deletion; /* a certificate */
	int32_t day;
	int32_t previous_day; /* DAY_NONE: none */
	char previous[65];
	/* of a certificate */
	char class_name[MAX_ID], of[65], kept[32], by[MAX_ID];
	int64_t at_ms; /* whole seconds are kept */

	uint64_t bytes;
	size_t n, cap;
	struct manifest_line *lines;
	size_t n_classes; /* of a manifest */
	struct manifest_class classes[MAX_ARCHIVE_CLASSES];
};

void manifest_init(struct manifest *m, int32_t day);
void manifest_free(struct manifest *m); /* what is in it */
/* E_LIMIT: more than MAX_ARCHIVE_FILES, or than MAX_ARCHIVE_CLASSES. */
int manifest_add(struct manifest *m, const char *path, int64_t size, const char *sha256) MUST_CHECK;
/* Puts the lines in order. */
void manifest_sort(struct manifest *m);
/* The line of this path, or NULL. The lines must be in order. */
const struct manifest_line *manifest_find(const struct manifest *m, const char *path);

/* The caller frees *ret_text. */
int manifest_write(const struct manifest *m, char **ret_text, size_t *ret_n) MUST_CHECK;
/* E_INVALID: *ret_line (from 1) is the first line that is none of such a text. Free it all the
 * same. */
int manifest_read(const char *text, size_t n, struct manifest *m, size_t *ret_line) MUST_CHECK;

#endif
