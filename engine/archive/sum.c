/* See sum.h. Pieces are large enough that the calls do not count, and small enough to stay in the
 * processor's cache between the read and the hash. */
#include "engine/archive/sum.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 128 * 1024 };

static int sum_fd(const struct sum *s, int fd, struct sha256_state *state, int64_t *size)
{
	unsigned char piece[PIECE];
	for (;;) {
		ssize_t r = read(fd, piece, sizeof piece);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return r < 0 ? E_IO : 0;
		s->digest->sha256_add(state, piece, (size_t)r);
		*size += r;
		int err = s->step ? s->step(s->arg, (size_t)r) : 0;
		if (err)
			return err;
	}
}

int sum_file(const struct sum *s, const char *path, char ret_hex[65], int64_t *ret_size)
{
	struct sha256_state state;
	struct stat st;
	uint8_t raw[32];
	int64_t size = 0;
	/* O_NONBLOCK: a FIFO that somebody put there must not hang an audit. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? E_NOTFOUND
		       : errno == ELOOP                    ? E_INVALID
							   : E_IO;
	int err = fstat(fd, &st) != 0 ? E_IO : S_ISREG(st.st_mode) ? 0 : E_INVALID;
	if (!err) {
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* only a hint */
		s->digest->sha256_begin(&state);
		err = sum_fd(s, fd, &state, &size);
	}
	close(fd); /* it was only read: nothing can be lost here */
	if (err)
		return err;
	s->digest->sha256_end(&state, raw);
	digest_hex(raw, sizeof raw, ret_hex);
	*ret_size = size;
	return 0;
}

void sum_bytes(const struct digest_ops *d, const void *p, size_t n, char ret_hex[65])
{
	struct sha256_state state;
	uint8_t raw[32];
	d->sha256_begin(&state);
	d->sha256_add(&state, p, n);
	d->sha256_end(&state, raw);
	digest_hex(raw, sizeof raw, ret_hex);
}
