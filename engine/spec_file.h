/*
 * Files of the specs folder that staff change by the console or `osame`: written by a
 * thread of their own, so that the engine never waits for the disk.
 *
 * A job names the file, the hash of what must stand in it now, and its new bytes. Who
 * keeps the machine edits the same files: one that is not what the engine read is left
 * alone. Promise: when EV_SPEC_WRITTEN says 0, the new bytes are on disk under the
 * file's name (spool/afile.h); E_UNKNOWN: they stand there, but the folder could not be
 * synced; any other error: the file is as it was.
 */
#ifndef ENGINE_SPEC_FILE_H
#define ENGINE_SPEC_FILE_H

#include "engine/digest.h"
#include "engine/limits.h"
#include "engine/mailbox.h"

#include <stddef.h>
#include <stdint.h>

#define SPEC_FILE_QUEUE MAX_EDITS /* the engine has no more of them under way */

struct spec_file_job {
	uint64_t id;
	char path[MAX_PATH_BYTES];
	char before[65]; /* SHA-256 of what must stand there, hex */
	size_t n;
	char *bytes; /* owned */
};
void spec_file_job_free(void *job); /* NULL is fine */

struct spec_files;
int spec_files_start(const struct digest_ops *digest, struct mailbox *to_engine,
		     struct spec_files **ret) MUST_CHECK;
/* Takes the job. E_FULL: more than SPEC_FILE_QUEUE wait; it is still the caller's. */
int spec_files_post(struct spec_files *s, struct spec_file_job *job) MUST_CHECK;
/* What waits is not written; NULL is fine. */
void spec_files_stop(struct spec_files *s);

/* One of them, in the caller's thread: 0, E_UNKNOWN, E_STATE (another file stands there, or none),
 * E_DENIED, E_NOSPC, E_IO, E_NOMEM. */
int spec_file_write(const struct digest_ops *digest, const struct spec_file_job *job) MUST_CHECK;

#endif
