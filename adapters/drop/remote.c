/*
 * Files at the other end of an SFTP session: looking, reading, weighing, renaming
 * (remote.h). Nothing of theirs is overwritten or followed. Each function says what
 * went wrong in *done, in words; on a broken session all end soon.
 */
#include "adapters/drop/remote.h"

#include "adapters/drop/answer.h"
#include "adapters/sign/digest.h"
#include <stdio.h>
#include <string.h>

int remote_fail(struct session *s, struct drop_done *done, int rc, const char *doing)
{
	const char *words;
	int err = session_error(s, rc, &words);
	return answer(done, err, "%s: %s", doing, words);
}

void remote_path(const struct session *s, char out[REMOTE_PATH], const char *folder,
		 const char *name)
{
	/* 256 + 16 + 256 and separators: always fits. */
	snprintf(out, REMOTE_PATH, "%s/%s%s%s", s->place.config->root, folder, *name ? "/" : "",
		 name);
}

int remote_facts(const LIBSSH2_SFTP_ATTRIBUTES *a, struct remote_file *ret_file)
{
	unsigned long need =
	    LIBSSH2_SFTP_ATTR_SIZE | LIBSSH2_SFTP_ATTR_PERMISSIONS | LIBSSH2_SFTP_ATTR_ACMODTIME;
	if ((a->flags & need) != need || a->filesize > INT64_MAX)
		return E_PROTO;
	ret_file->regular = LIBSSH2_SFTP_S_ISREG(a->permissions);
	ret_file->size = (int64_t)a->filesize;
	ret_file->mtime_s = (int64_t)a->mtime;
	return 0;
}

int remote_look(struct session *s, const char *path, struct drop_done *done,
		struct remote_file *ret_file)
{
	LIBSSH2_SFTP_ATTRIBUTES a;
	int rc;

	SESSION_TRY(
	    s, rc,
	    libssh2_sftp_stat_ex(s->sftp, path, (unsigned)strlen(path), LIBSSH2_SFTP_LSTAT, &a));
	if (rc)
		return remote_fail(s, done, rc, "looking at the file");
	if (remote_facts(&a, ret_file) != 0)
		return answer(done, E_IO, "the drop does not tell size, kind and time of a file");
	return 0;
}

int remote_open(struct session *s, const char *path, unsigned long flags, struct drop_done *done,
		LIBSSH2_SFTP_HANDLE **ret_handle)
{
	LIBSSH2_SFTP_HANDLE *h = NULL;
	int rc;

	SESSION_TRY_PTR(s, h, rc,
			libssh2_sftp_open_ex(s->sftp, path, (unsigned)strlen(path), flags, 0640,
					     LIBSSH2_SFTP_OPENFILE));
	if (!h)
		return remote_fail(s, done, rc, "opening the file");
	*ret_handle = h;
	return 0;
}

/* 0 or libssh2's answer. On a broken session the handle is still freed: the socket says no. */
int remote_close(struct session *s, LIBSSH2_SFTP_HANDLE *h)
{
	int rc = LIBSSH2_ERROR_EAGAIN;
	if (!s->broken)
		SESSION_TRY(s, rc, libssh2_sftp_close_handle(h));
	if (rc == LIBSSH2_ERROR_EAGAIN) {
		session_disconnect_socket(s);
		for (int i = 0; i < 100 && rc == LIBSSH2_ERROR_EAGAIN; i++)
			rc = libssh2_sftp_close_handle(h);
		s->broken = true;
		return LIBSSH2_ERROR_SOCKET_DISCONNECT;
	}
	return rc;
}

void remote_remove(struct session *s, const char *path)
{
	int rc;
	SESSION_TRY(s, rc, libssh2_sftp_unlink_ex(s->sftp, path, (unsigned)strlen(path)));
	(void)rc; /* not there, or left: a temporary name of ours that the next try removes */
}

/* Where the bytes of a remote file go: a digest, and for a fetch a file of ours. */
int remote_read(struct session *s, LIBSSH2_SFTP_HANDLE *h, struct afile *to, struct drop_done *done)
{
	char *piece = s->place.piece;
	struct sha256_state sum;
	uint8_t hash[32];
	int64_t size = 0;

	digest_sodium.sha256_begin(&sum);
	for (;;) {
		ssize_t rc;
		SESSION_TRY(s, rc, libssh2_sftp_read(h, piece, PLACE_PIECE));
		if (rc < 0)
			return remote_fail(s, done, (int)rc, "reading the file");
		if (rc == 0)
			break;
		size += rc;
		if (size > MAX_FILE_BYTES)
			return answer(done, E_IO, "the file is over the limit of %lld bytes",
				      (long long)MAX_FILE_BYTES);
		digest_sodium.sha256_add(&sum, piece, (size_t)rc);
		int err = to ? afile_write(to, piece, (size_t)rc) : 0;
		if (err)
			return answer(done, err == E_NOSPC ? E_NOSPC : E_IO, "writing our copy: %s",
				      err_str(err));
	}
	digest_sodium.sha256_end(&sum, hash);
	digest_hex(hash, sizeof hash, done->sha256);
	done->size = size;
	return 0;
}

int remote_weigh(struct session *s, const char *path, struct drop_done *done)
{
	struct remote_file file = {0};
	LIBSSH2_SFTP_HANDLE *h = NULL;
	int err = remote_look(s, path, done, &file);

	if (err)
		return err;
	if (!file.regular || file.size > MAX_FILE_BYTES)
		return answer(done, E_IO, "not a regular file of at most %lld bytes",
			      (long long)MAX_FILE_BYTES);
	err = remote_open(s, path, LIBSSH2_FXF_READ, done, &h);
	if (err)
		return err;
	err = remote_read(s, h, NULL, done);
	(void)remote_close(s, h);
	return err ? err : answer(done, 0, "%s", "");
}

/* SFTP's rename, which refuses to overwrite (flags are of later protocols and are not sent). */
int remote_rename(struct session *s, const char *from, const char *to, struct drop_done *done)
{
	int rc;
	SESSION_TRY(s, rc,
		    libssh2_sftp_rename_ex(s->sftp, from, (unsigned)strlen(from), to,
					   (unsigned)strlen(to), 0));
	if (rc == 0)
		return 0;
	int err = remote_fail(s, done, rc, "renaming");
	if (s->broken)
		return answer(done, E_UNKNOWN, "a rename was sent and no answer came");
	return err;
}
