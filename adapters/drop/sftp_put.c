/*
 * Putting a file of ours at an SFTP drop: all bytes under a temporary name, synced
 * (where the server has fsync@openssh.com) and counted, then renamed to its final
 * name, which nothing of theirs is ever overwritten for. After a crash or a broken
 * connection the same bytes are put again: same_there() finds what arrived.
 */
#include "adapters/drop/sftp_put.h"

#include "adapters/drop/answer.h"
#include "adapters/drop/remote.h"
#include "adapters/sign/digest.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int write_piece(struct session *s, LIBSSH2_SFTP_HANDLE *h, const char *p, size_t n,
		       struct drop_done *done)
{
	while (n > 0) {
		ssize_t rc;
		/* The same bytes again after EAGAIN: libssh2 remembers what it has sent of them. */
		SESSION_TRY(s, rc, libssh2_sftp_write(h, p, n));
		if (rc < 0)
			return remote_fail(s, done, (int)rc, "writing the file");
		p += rc;
		n -= (size_t)rc;
	}
	return 0;
}

static int write_all(struct session *s, LIBSSH2_SFTP_HANDLE *h, int fd, struct drop_done *done)
{
	char *piece = s->place.piece;
	struct sha256_state sum;
	uint8_t hash[32];
	ptrdiff_t n;
	int rc, err;

	done->size = 0;
	digest_sodium.sha256_begin(&sum);
	while ((n = answer_read(fd, piece, PLACE_PIECE)) > 0) {
		digest_sodium.sha256_add(&sum, piece, (size_t)n);
		err = write_piece(s, h, piece, (size_t)n, done);
		if (err)
			return err;
		done->size += n;
	}
	if (n < 0)
		return answer(done, E_IO, "our file cannot be read");
	digest_sodium.sha256_end(&sum, hash);
	digest_hex(hash, sizeof hash, done->sha256);
	SESSION_TRY(s, rc, libssh2_sftp_fsync(h));
	if (rc == LIBSSH2_ERROR_SFTP_PROTOCOL &&
	    libssh2_sftp_last_error(s->sftp) == LIBSSH2_FX_OP_UNSUPPORTED)
		rc = 0; /* a server without the extension: the best there is */
	return rc ? remote_fail(s, done, rc, "syncing the file") : 0;
}

/* The protocol's third version has no word for "disk full": ask. */
static void full_perhaps(struct session *s, LIBSSH2_SFTP_HANDLE *h, int64_t left,
			 struct drop_done *done)
{
	LIBSSH2_SFTP_STATVFS v;
	int rc;
	if (s->broken || done->err != E_IO)
		return;
	SESSION_TRY(s, rc, libssh2_sftp_fstatvfs(h, &v));
	if (rc == 0 && v.f_bavail * v.f_frsize <= (libssh2_uint64_t)left)
		(void)answer(done, E_NOSPC, "the drop is full");
}

/* Our temporary name: of fixed length, begins with a dot, the same at each try, so that a try that
 * was cut off is cleared away by the next. */
static void temporary_of(const struct session *s, const char *name, char out[REMOTE_PATH])
{
	struct sha256_state sum;
	uint8_t hash[32];
	char hex[17], temporary[40];

	digest_sodium.sha256_begin(&sum);
	digest_sodium.sha256_add(&sum, name, strlen(name));
	digest_sodium.sha256_end(&sum, hash);
	digest_hex(hash, 8, hex);
	snprintf(temporary, sizeof temporary, ".osame-%s.part", hex);
	remote_path(s, out, "out", temporary);
}

/* All bytes under the temporary name, counted. */
static int upload(struct session *s, const char *temporary, int fd, int64_t size,
		  struct drop_done *done)
{
	LIBSSH2_SFTP_HANDLE *h = NULL;
	struct remote_file file;
	int rc, err;

	remote_remove(s, temporary);
	if (s->broken)
		return answer(done, E_AGAIN, "the connection broke");
	/* Exclusive: never through a link that somebody put there. */
	err = remote_open(s, temporary, LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | LIBSSH2_FXF_EXCL,
			  done, &h);
	if (err)
		return err;
	err = write_all(s, h, fd, done);
	if (err)
		full_perhaps(s, h, size - done->size, done);
	rc = remote_close(s, h);
	if (err == 0 && rc)
		err = remote_fail(s, done, rc, "closing the file");
	if (err == 0)
		err = remote_look(s, temporary, done, &file);
	if (err == 0 && (file.size != size || done->size != size))
		err = answer(done, E_IO, "the drop has %lld bytes of %lld", (long long)file.size,
			     (long long)size);
	return done->err ? done->err : err;
}

/* Something has the name already: ours if it is the same bytes. */
static int same_there(struct session *s, const char *path, int fd, struct drop_done *done)
{
	struct sha256_state sum;
	char *piece = s->place.piece;
	uint8_t hash[32];
	char hex[65];
	ptrdiff_t n;

	int err = remote_weigh(s, path, done);
	if (err)
		return err;
	digest_sodium.sha256_begin(&sum);
	if (lseek(fd, 0, SEEK_SET) != 0)
		return answer(done, E_IO, "our file cannot be read");
	while ((n = answer_read(fd, piece, PLACE_PIECE)) > 0)
		digest_sodium.sha256_add(&sum, piece, (size_t)n);
	if (n < 0)
		return answer(done, E_IO, "our file cannot be read");
	digest_sodium.sha256_end(&sum, hash);
	digest_hex(hash, sizeof hash, hex);
	if (strcmp(hex, done->sha256) != 0)
		return answer(done, E_EXISTS, "another file of this name stands at the drop");
	return answer(done, 0, "it was there already");
}

void sftp_put(struct session *s, const struct drop_job *job, struct drop_done *done)
{
	char path[REMOTE_PATH], temporary[REMOTE_PATH];
	struct remote_file file;
	int64_t size;
	int fd;

	if (answer_open_source(job, done, &fd, &size) != 0)
		return;
	remote_path(s, path, "out", job->name);
	temporary_of(s, job->name, temporary);
	int err = remote_look(s, path, done, &file);
	if (err == 0) {
		(void)same_there(s, path, fd, done);
		goto out;
	}
	if (err != E_NOTFOUND)
		goto out;
	(void)answer(done, 0, "%s", "");
	err = upload(s, temporary, fd, size, done);
	if (err == 0)
		err = remote_rename(s, temporary, path, done);
	if (err == E_IO && !s->broken) {
		/* Version three says "failure" for a name that came into being meanwhile. */
		struct drop_done other = {.err = 0};
		if (remote_look(s, path, &other, &file) == 0)
			err = same_there(s, path, fd, done);
	}
	if (err && !s->broken)
		remote_remove(s, temporary);
	if (err == 0 && done->err == 0 && !done->why[0])
		(void)answer(done, 0, "%s", "");
out:
	close(fd);
}
