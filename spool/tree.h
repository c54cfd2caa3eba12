/* What spool.c, sweep.c and archive.c share; nobody else includes it. */
#ifndef SPOOL_TREE_H
#define SPOOL_TREE_H

#include "spool/spool.h"
#include <dirent.h>
#include <stdbool.h>
#include <sys/types.h>

struct spool {
	char root[MAX_PATH_BYTES / 2]; /* leaves room for everything below it */
	int lock_fd;
	dev_t device;
	bool device_known;
};

/* "<root>/<kind>" or, with a name, "<root>/<kind>/<name>". */
int tree_path(const struct spool *s, enum spool_kind kind, const char *name,
	      char out[MAX_PATH_BYTES]) MUST_CHECK;
/* Mode 0700, durable; there already is fine. */
int tree_make_folder(const char *path) MUST_CHECK;
/* The number of entries, in the order of names, or E_*. */
int tree_list(struct spool *s, enum spool_kind kind, struct dirent ***ret_list) MUST_CHECK;
void tree_list_free(struct dirent **list, int n);

#endif
