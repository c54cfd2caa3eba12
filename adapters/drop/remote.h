/*
 * Files at the other end of an SFTP session. Every int is 0 or an E_*, with words
 * in *done (which is the answer itself where nothing is marked must-check); a broken
 * session is of no further use to its caller.
 */
#ifndef ADAPTERS_DROP_REMOTE_H
#define ADAPTERS_DROP_REMOTE_H

#include "adapters/drop/session.h"
#include "spool/afile.h"

enum { REMOTE_PATH = 1024 };

struct remote_file {
	bool regular;
	int64_t size, mtime_s;
};

/* libssh2's answer as ours. */
int remote_fail(struct session *s, struct drop_done *done, int rc, const char *doing);
void remote_path(const struct session *s, char out[REMOTE_PATH], const char *folder,
		 const char *name);
int remote_facts(const LIBSSH2_SFTP_ATTRIBUTES *a, struct remote_file *ret_file) MUST_CHECK;
/* lstat. E_NOTFOUND is an answer. */
int remote_look(struct session *s, const char *path, struct drop_done *done,
		struct remote_file *ret_file);
int remote_open(struct session *s, const char *path, unsigned long flags, struct drop_done *done,
		LIBSSH2_SFTP_HANDLE **ret_handle) MUST_CHECK;
/* 0 or libssh2's answer; the handle is freed in any case. */
int remote_close(struct session *s, LIBSSH2_SFTP_HANDLE *h);
void remote_remove(struct session *s, const char *path);
/* Size and digest into *done, the bytes into `to` unless that is NULL. */
int remote_read(struct session *s, LIBSSH2_SFTP_HANDLE *h, struct afile *to,
		struct drop_done *done) MUST_CHECK;
/* Size and digest of a file at the drop. */
int remote_weigh(struct session *s, const char *path, struct drop_done *done);
/* Never overwrites. E_UNKNOWN: it was sent and no answer came. */
int remote_rename(struct session *s, const char *from, const char *to,
		  struct drop_done *done) MUST_CHECK;

#endif
