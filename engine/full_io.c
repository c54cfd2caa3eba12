/* See full_io.h. */
#include "engine/full_io.h"

#include <errno.h>
#include <unistd.h>

int read_full(int fd, void *buf, size_t size, size_t *ret_n)
{
	size_t n = 0;
	while (n < size) {
		ssize_t r = read(fd, (char *)buf + n, size - n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return E_IO;
		if (r == 0)
			break;
		n += (size_t)r;
	}
	*ret_n = n;
	return 0;
}

int write_full(int fd, const void *data, size_t n)
{
	const char *at = data;
	while (n > 0) {
		ssize_t w = write(fd, at, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return w < 0 && (errno == ENOSPC || errno == EDQUOT) ? E_NOSPC : E_IO;
		at += w;
		n -= (size_t)w;
	}
	return 0;
}
