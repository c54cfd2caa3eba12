/* One SSH connection with its SFTP channel; remote.c and sftp.c work with the files over it. */
#ifndef ADAPTERS_DROP_SESSION_H
#define ADAPTERS_DROP_SESSION_H

#include "adapters/drop/place.h"
#include <libssh2.h>
#include <libssh2_sftp.h>

struct session {
	struct place place; /* first: a struct place * is a struct session * */
	int fd;
	LIBSSH2_SESSION *ssh;
	LIBSSH2_SFTP *sftp;
	bool broken;     /* no answer, or a socket's error: of no further use */
	size_t key_kind; /* the host key algorithm whose key was the pinned one */
};

int session_connect(struct session *s, char why[MAX_WORDS]) MUST_CHECK;
void session_disconnect(struct session *s);
/* Only the socket: what is still to be freed gets errors instead of waits. */
void session_disconnect_socket(struct session *s);
int64_t session_deadline(const struct session *s);
/* Until libssh2 may be called again. Anything but 0 marks the session broken. */
int session_wait(struct session *s, int64_t deadline) MUST_CHECK;
/* libssh2's answer to one of ours, with words. */
int session_error(struct session *s, int rc, const char **ret_words);

/* Repeats a libssh2 call until it is through, or nothing moved for timeout_ms: then rc stays
 * LIBSSH2_ERROR_EAGAIN and the session is broken. */
#define SESSION_TRY(s, rc, call)                                                                   \
	do {                                                                                       \
		int64_t try_end_ = session_deadline(s);                                            \
		do                                                                                 \
			(rc) = (call);                                                             \
		while ((rc) == LIBSSH2_ERROR_EAGAIN && session_wait((s), try_end_) == 0);          \
	} while (0)
/* The same for calls that return a pointer; rc gets the reason of a NULL. */
#define SESSION_TRY_PTR(s, ptr, rc, call)                                                          \
	do {                                                                                       \
		int64_t try_end_ = session_deadline(s);                                            \
		do {                                                                               \
			(ptr) = (call);                                                            \
			(rc) = (ptr) ? 0 : libssh2_session_last_errno((s)->ssh);                   \
		} while ((rc) == LIBSSH2_ERROR_EAGAIN && session_wait((s), try_end_) == 0);        \
	} while (0)

#endif
