/*
 * Files that staff hand in by the operators' socket: a descriptor's bytes are copied
 * into the spool by a thread of its own, so that neither the engine nor control ever
 * waits for them. From there on it is a file like any other.
 *
 * Promise: when EV_HANDED says 0, the whole copy is on disk under its final name in
 * arriving/, and its SHA-256 is that of what was copied. On failure nothing is there.
 */
#ifndef ENGINE_HANDED_H
#define ENGINE_HANDED_H

#include "engine/digest.h"
#include "engine/limits.h"
#include "engine/mailbox.h"

#include <stdbool.h>

struct handed_job {
	int fd; /* taken: closed when it is done, or refused */
	uint32_t intake;
	char name[MAX_FILE_NAME];
	char path[MAX_PATH_BYTES]; /* where the copy goes */
};

struct handed;
int handed_start(const struct digest_ops *digest, struct mailbox *to_engine,
		 struct handed **ret) MUST_CHECK;
/* Takes the descriptor, also on failure. E_FULL: too many at once. */
int handed_post(struct handed *h, const struct handed_job *job) MUST_CHECK;
/* What is being copied is given up; NULL is fine. */
void handed_stop(struct handed *h);

/* The copy itself, in the caller's thread: 0; E_INVALID (no regular file), E_AGAIN (it changed
 * meanwhile), E_LIMIT (too big), E_CLOSED (*stop was set), E_NOSPC, E_IO. */
int handed_copy(const struct digest_ops *digest, const struct handed_job *job,
		const _Atomic bool *stop, int64_t *ret_size, char ret_sha256[65]) MUST_CHECK;

#endif
