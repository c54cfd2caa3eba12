/*
 * The archive's folder, looked at: which days there are, which files a day has, and
 * where things lie. Nothing is changed here. docs/archive.md has the picture.
 */
#ifndef ENGINE_ARCHIVE_DAYS_H
#define ENGINE_ARCHIVE_DAYS_H

#include "engine/limits.h"
#include "engine/plan/civil.h"
#include <stdbool.h>
#include <stddef.h>

struct days {
	size_t n;
	int32_t *list; /* ascending */
};
/* Days that have a folder. What is no day is left out. E_NOTFOUND: no folder there; E_IO; E_LIMIT.
 */
int days_list(const char *root, struct days *ret) MUST_CHECK;
void days_free(struct days *d);

/* "<root>/YYYY/MM/DD" or, with a name, "…/<name>". E_LIMIT: longer than a path. */
int day_path(const char *root, int32_t day, const char *name, char out[MAX_PATH_BYTES]) MUST_CHECK;
/* "YYYY/MM/DD" */
void day_folder(int32_t day, char out[16]);

struct day_file {
	char *path; /* "class/name"; of what is odd, whatever it is called */
	int64_t size;
	bool odd;       /* no regular file, or a name that we never give */
	bool temporary; /* an unfinished write of a crash; odd too */
};
struct day_files {
	size_t n, cap;
	struct day_file *list; /* in the order of paths */
};
/* All files of the day's classes; manifest, certificates and signatures are not among them.
 * E_NOTFOUND: no such day. */
int day_files(const char *root, int32_t day, struct day_files *ret) MUST_CHECK;
void day_files_free(struct day_files *f);
/* Classes that have a deletion certificate in the day's folder. */
struct day_classes {
	size_t n;
	char list[MAX_ARCHIVE_CLASSES][MAX_ID];
};
int day_certificates(const char *root, int32_t day, struct day_classes *ret) MUST_CHECK;

/* A whole small file (a manifest, a signature, a key), with a NUL behind it; never through a link.
 * E_NOTFOUND, E_LIMIT (over `most`), E_IO, E_NOMEM. The caller frees it. */
int day_slurp(const char *path, size_t most, char **ret_text, size_t *ret_n) MUST_CHECK;

#endif
