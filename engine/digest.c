/*
 * See digest.h: the pure helpers. A file is read in pieces: its size never
 * matters to memory. A file that cannot be read whole has no digest (E_IO), and
 * one that is not there is E_NOTFOUND: the delivery logic tells them apart.
 */
#include "engine/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PIECE = 65536 };

void digest_hex(const uint8_t *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = 0;
}

static int digest_fd(const struct digest_ops *d, int fd, uint8_t out[32])
{
	unsigned char piece[PIECE];
	struct sha256_state s;
	ssize_t r;

	d->sha256_begin(&s);
	for (;;) {
		r = read(fd, piece, sizeof piece);
		if (r == 0)
			break;
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return E_IO;
		d->sha256_add(&s, piece, (size_t)r);
	}
	d->sha256_end(&s, out);
	return 0;
}

int digest_file(const struct digest_ops *d, const char *path, char out[65])
{
	uint8_t sum[32];
	/* A name never leads elsewhere by a symbolic link at its end. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno == ENOENT ? E_NOTFOUND : E_IO;
	int err = digest_fd(d, fd, sum);
	close(fd); /* it was only read: nothing can be lost here */
	if (err == 0)
		digest_hex(sum, sizeof sum, out);
	return err;
}
