/*
 * What the records say must lie in the archive: each file that was taken, refused or
 * delivered, with its hash. A day is sealed only when its files are there and are
 * those, so that neither a crash between a commit and its copy, nor a full disk, nor
 * somebody's change before the seal, gets the city's signature.
 */
#ifndef ENGINE_TURN_EXPECT_H
#define ENGINE_TURN_EXPECT_H

#include "engine/turn/archiver.h"

struct expected;
/* Of the days behind `after` up to `to`, by snapshots of the store. */
int expected_read(const struct archiver_config *c, int32_t after, int32_t to,
		  struct expected **ret) MUST_CHECK;
/* Puts what is missing into the archive, from the spool. E_NOTFOUND: it is not in the spool any
 * more; `why` names it. */
int expected_fill(const struct archiver_config *c, const struct expected *x,
		  char why[MAX_WORDS]) MUST_CHECK;
/* For seal_config.check: E_INVALID if the file has another hash than its record. */
int expected_check(void *x, int32_t day, const char *path, const char *sha256) MUST_CHECK;
/* Where the spool's own copy of an archived file lies, once it is taken, refused or sent.
 * E_NOTFOUND: no record of that day knows it. */
int expected_place(const struct archiver_config *c, const struct expected *x, int32_t day,
		   const char *path, char out[MAX_PATH_BYTES]) MUST_CHECK;
void expected_free(struct expected *x); /* NULL is fine */

#endif
