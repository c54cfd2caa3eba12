/*
 * The only way files that matter are written.
 *
 * Bytes go to an exclusive temporary file in the target's own folder, are synced
 * and closed with a check, renamed, and the folder is synced. A reader sees the
 * old file, or the whole new one. What every function answers:
 *
 *   0            done, and on disk
 *   E_UNKNOWN    the name changed, but the folder's sync failed: after a power cut
 *                it may or may not be there. Do it again (all are idempotent), or
 *                alert; never go on as if it were done
 *   another E_*  certainly not done; the temporary file is gone (if not even that
 *                worked, afile_is_temporary() names it for the sweep)
 */
#ifndef SPOOL_AFILE_H
#define SPOOL_AFILE_H

#include "engine/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

enum afile_how {
	AFILE_REPLACE, /* whatever stands there gives way, in one step */
	AFILE_NEW,     /* E_EXISTS if anything stands there; decided at the commit, not before */
};

struct afile;
int afile_open(const char *path, mode_t mode, enum afile_how how,
	       struct afile **ret_file) MUST_CHECK;
int afile_write(struct afile *f, const void *p, size_t n) MUST_CHECK; /* all n, or an error */
int afile_commit(struct afile *f) MUST_CHECK; /* ends f whatever it answers */
void afile_abort(struct afile *f);            /* NULL is fine */

/* All of it at once. */
int afile_put(const char *path, const void *p, size_t n, mode_t mode,
	      enum afile_how how) MUST_CHECK;

/* Both folders are synced, the target's first. Never over an existing file: E_EXISTS. */
int afile_rename_durable(const char *from, const char *to) MUST_CHECK;
int afile_link_durable(const char *from, const char *to) MUST_CHECK;
/* E_NOTFOUND: it was gone already (the folder is synced all the same). */
int afile_remove_durable(const char *path) MUST_CHECK;
int afile_fsync_dir(const char *folder) MUST_CHECK;

/* True for names that only afile gives: never a whole file, may be removed by a sweep. */
bool afile_is_temporary(const char *name);

/* The system calls used, so that tests can make each fail in its turn. A struct of functions and
 * not LD_PRELOAD: it works the same under sanitizers, in static programs and in one process. The
 * pointer is read without a lock: set it before threads start, and only in tests. */
struct afile_sys {
	int (*openat)(int dir, const char *name, int flags, mode_t mode);
	ssize_t (*write)(int fd, const void *p, size_t n);
	int (*fsync)(int fd);
	int (*close)(int fd);
	int (*renameat2)(int dir, const char *from, int to_dir, const char *to, unsigned flags);
	int (*linkat)(int dir, const char *from, int to_dir, const char *to, int flags);
	int (*unlinkat)(int dir, const char *name, int flags);
};
extern const struct afile_sys afile_sys_real;
void afile_sys_for_tests(const struct afile_sys *sys); /* NULL: the real ones again */

#endif
