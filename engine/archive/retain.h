/*
 * Deleting what is over its time: a class of a day at once, under a certificate.
 *
 * The certificate is written, signed and copied into today's folder before the first
 * file goes; it names only files that stood there as the manifest has them, so that
 * it excuses no tampering. After a crash the same call goes on with the certificate
 * that stands. The manifest stays for ever.
 */
#ifndef ENGINE_ARCHIVE_RETAIN_H
#define ENGINE_ARCHIVE_RETAIN_H

#include "engine/archive/seal.h"

/* What a class of a sealed day still holds. */
struct retain_class {
	char name[MAX_ID];
	size_t files;
	uint64_t bytes;
};
struct retain_day {
	size_t n;
	struct retain_class list[MAX_ARCHIVE_CLASSES];
};
/* n = 0: nothing, or the day is not sealed. */
int retain_look(const char *root, int32_t day, struct retain_day *ret) MUST_CHECK;

struct retain_config {
	struct seal_config seal;
	char kept[32]; /* "365 d", for the certificate */
	const char *by;
	int64_t at_ms;
	/* The certificate's second home: today's folder. Asked again with the same bytes it is
	 * done. */
	int (*copy)(void *arg, const char *name, const void *p, size_t n);
	/* Removes other copies of a file; 0 too if there is none. Before the file itself: a class
	 * of which no file stands is never looked at again, so a crash would keep the copy. */
	int (*copies)(void *arg, int32_t day, const char *path);
	void *arg;
};
struct retained {
	size_t files, left; /* deleted; not deleted, since they are not as they were sealed */
	uint64_t bytes;
};
/* E_AUTH, E_INVALID, E_EXISTS: the day's manifest or certificate is not right: nothing is deleted.
 */
int retain_delete(const struct retain_config *c, int32_t day, const char *class_name,
		  struct retained *ret) MUST_CHECK;

#endif
