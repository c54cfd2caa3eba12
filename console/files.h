/*
 * The pages: all files of one folder, read at start. A request names one of them or
 * nothing: no path from outside ever reaches the file system.
 */
#ifndef CONSOLE_FILES_H
#define CONSOLE_FILES_H

#include "engine/err.h"
#include "engine/problems.h"

#include <stddef.h>

#define MAX_PAGES 400
#define MAX_PAGE_BYTES (4 << 20)

struct page {
	char *path; /* as requests name it: "/pages/today.js" */
	const char *type;
	char *bytes;
	size_t n;
	char tag[20]; /* quoted, for If-None-Match */
};
struct files {
	size_t n;
	struct page list[MAX_PAGES];
};
/* E_INVALID: `problems` say what. */
int files_load(const char *folder, struct problems *problems, struct files *ret) MUST_CHECK;
/* One more page that no file has. Takes the bytes, also when it fails. */
int files_add(struct files *f, const char *path, const char *type, char *bytes,
	      size_t n) MUST_CHECK;
void files_free(struct files *f);
const struct page *files_find(const struct files *f, const char *path); /* "/" is the first page */

#endif
