/* Reading and writing what may go in pieces: until the buffer is full or the file ends, and until
 * all is written. */
#ifndef ENGINE_FULL_IO_H
#define ENGINE_FULL_IO_H

#include "engine/err.h"
#include <stddef.h>

/* At most `size` bytes; *ret_n of them came, fewer only at the end of the file. 0 or E_IO (errno
 * says why). */
int read_full(int fd, void *buf, size_t size, size_t *ret_n) MUST_CHECK;

/* 0, E_NOSPC or E_IO (errno says why): any part of it may be written then. */
int write_full(int fd, const void *data, size_t n) MUST_CHECK;

#endif
