/*
 * Documents that staff hand in (scenarios, campaigns), read and checked by a thread of their
 * own: the bytes come from a descriptor, what belongs to them from other files, and a
 * scenario's checker walks every path, so the engine's turn has no part in it.
 *
 * Promise: each job that was posted is answered by one EV_SPEC_READ, unless the engine
 * stops; its document is one that the job's read() took, from exactly those bytes. At most
 * MAX_EDIT_BYTES are read, of a regular file alone.
 */
#ifndef ENGINE_SPEC_IN_H
#define ENGINE_SPEC_IN_H

#include "engine/limits.h"
#include "engine/mailbox.h"
#include "engine/problems.h"

#include <stddef.h>
#include <stdint.h>

#define MAX_EDIT_BYTES (512u << 10) /* versions of it are records of the store */

/* What kind of document it is: how it is read, in the thread, and given back. */
struct spec_in_kind {
	/* `name`: what messages call it. E_INVALID: `problems` say why. */
	int (*read)(const void *ctx, const char *name, const char *bytes, size_t n,
		    struct problems *problems, void **ret_doc);
	void (*free)(void *doc);
};

struct spec_in_job {
	uint64_t id;
	const struct spec_in_kind *kind;
	char name[MAX_ID + 8]; /* "reminder.vxml" */
	int fd;                /* owned; -1: the bytes are given */
	char *bytes;           /* owned; NULL: they are read from fd */
	size_t n;
};
void spec_in_job_free(void *job); /* NULL is fine */

/* Of an event. */
struct spec_read {
	uint64_t id;
	int err; /* 0, E_INVALID, E_LIMIT (too large), E_IO, E_NOMEM */
	const struct spec_in_kind *kind;
	void *doc;               /* if err is 0; who takes it leaves NULL */
	char why[MAX_WORDS * 2]; /* the first thing that is wrong, with its line */
	size_t errors;
};
void spec_read_free(struct spec_read *r); /* NULL is fine */

struct spec_in;
/* `ctx`: for read(), in the thread. */
int spec_in_start(const void *ctx, struct mailbox *to_engine, struct spec_in **ret) MUST_CHECK;
/* Takes the job. E_FULL: too many wait; it is still the caller's. */
int spec_in_post(struct spec_in *s, struct spec_in_job *job) MUST_CHECK;
void spec_in_stop(struct spec_in *s); /* NULL is fine */

/* All of a regular file, NUL behind it, malloc'ed. E_INVALID: it is none, or has a NUL; E_LIMIT. */
int spec_in_bytes(int fd, char **ret, size_t *ret_n) MUST_CHECK;

#endif
