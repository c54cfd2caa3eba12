/*
 * The live tree: the files that are under way, each in the folder of its state.
 * spool/README.md describes the folders. Until an intake record exists the folder
 * is the truth; from then on the store is, and files are moved to match it at
 * start. So every move is idempotent: asked again, it says "done".
 *
 * One process at a time (a lock on the root). The engine's thread moves; other
 * threads may ask for paths and write into them through spool/afile.h.
 */
#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include "engine/limits.h"
#include "spool/name.h"
#include <stddef.h>
#include <stdint.h>

enum spool_kind {
	SPOOL_ARRIVING, /* being fetched, or fetched and without a record yet */
	SPOOL_RECEIVED, /* an intake record exists; being checked and loaded */
	SPOOL_TAKEN,    /* loaded, the intake is taken */
	SPOOL_REFUSED,  /* refused as a whole */
	SPOOL_OUTGOING, /* built, being delivered: by file number */
	SPOOL_SENT,     /* delivered */
	SPOOL_ARCHIVE,  /* what auditors keep: <year>/<month>/<day>/<class>/<name> */
	SPOOL_TMP,      /* scratch: emptied at each start */
	SPOOL_ODD,      /* what did not belong where it stood, beside a .reason file */
	SPOOL_KINDS     /* their number */
};
const char *spool_kind_name(enum spool_kind kind);

struct spool;
/* Makes what is missing (mode 0700), then checks: a folder, ours, closed to others, all on one file
 * system. E_DENIED or E_INVALID (logged: which folder, and what to do), E_AGAIN (another process
 * has it). Does not sweep. */
int spool_open(const char *root, struct spool **ret_spool) MUST_CHECK;
void spool_close(struct spool *s); /* NULL is fine */
const char *spool_root(const struct spool *s);

/* "<root>/<kind>/<id>.<safe suffix of name>". Not for the archive. E_LIMIT: longer than a path. */
int spool_path(const struct spool *s, enum spool_kind kind, uint32_t id, const char *name,
	       char out[MAX_PATH_BYTES]) MUST_CHECK;
/* 0: there, and both folders are synced, also when an earlier call had done it. E_NOTFOUND: it is
 * in neither. E_EXISTS: it is in both. E_UNKNOWN: call again. */
int spool_move(struct spool *s, enum spool_kind from, enum spool_kind to, uint32_t id,
	       const char *name) MUST_CHECK;

struct spool_swept {
	size_t removed; /* unfinished writes of a crash, and what was in tmp/ */
	size_t odd;     /* moved to odd/ */
	size_t failed;  /* left where they stand: logged */
};
/* At start, before any thread writes. Whole files are never removed. */
int spool_sweep(struct spool *s, struct spool_swept *ret_swept) MUST_CHECK;

/* Each file of a kind (not the archive) in the order of ids; 0 to go on, else that is returned. */
typedef int (*spool_each_fn)(void *arg, uint32_t id, const char *path);
int spool_each(struct spool *s, enum spool_kind kind, spool_each_fn fn, void *arg) MUST_CHECK;

struct spool_count {
	uint64_t files, bytes;
};
/* For status. The archive is not walked: it only grows. */
int spool_counts(struct spool *s, struct spool_count ret_counts[SPOOL_KINDS]) MUST_CHECK;

/* A durable copy at archive/<day>/<class>/<name>: a hard link where possible. `day` is
 * "YYYY/MM/DD". The same bytes there already: 0. Others: E_EXISTS, never overwritten. */
int spool_archive(struct spool *s, const char *day, const char *class_name, const char *path,
		  const char *name) MUST_CHECK;
/* The same for bytes that are in no file yet. */
int spool_archive_text(const struct spool *s, const char *day, const char *class_name,
		       const char *name, const void *p, size_t n) MUST_CHECK;

#endif
