/* Reading what may come in pieces: read(2) until the buffer is full or the file ends. */
#ifndef ENGINE_READ_FULL_H
#define ENGINE_READ_FULL_H

#include "engine/err.h"
#include <stddef.h>

/* At most `size` bytes; *ret_n of them came, fewer only at the end of the file. 0 or E_IO (errno
 * says why). */
int read_full(int fd, void *buf, size_t size, size_t *ret_n) MUST_CHECK;

#endif
