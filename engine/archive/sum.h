/* SHA-256 of a file, for whole archives: says how far it is, and can be stopped. */
#ifndef ENGINE_ARCHIVE_SUM_H
#define ENGINE_ARCHIVE_SUM_H

#include "engine/digest.h"

/* Called after each piece with its bytes; anything but 0 ends the work, and is returned. */
typedef int (*sum_step_fn)(void *arg, size_t bytes);

struct sum {
	const struct digest_ops *digest;
	sum_step_fn step; /* NULL: nobody asks */
	void *arg;
};
/* Never through a link at the end of the path. E_NOTFOUND; E_INVALID: no regular file; E_IO. */
int sum_file(const struct sum *s, const char *path, char ret_hex[65], int64_t *ret_size) MUST_CHECK;
/* Of bytes in memory. */
void sum_bytes(const struct digest_ops *d, const void *p, size_t n, char ret_hex[65]);

#endif
