/* See read_full.h. */
#include "engine/read_full.h"

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
