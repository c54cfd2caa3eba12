/*
 * The drop port: the core system's folders, over SFTP or local. One thread; one
 * job at a time, in order; nothing blocks the engine. Remote folders: in/ (they
 * write), in/taken, in/refused, out/ (we write).
 */
#ifndef ENGINE_DROP_H
#define ENGINE_DROP_H

#include "engine/limits.h"
#include "engine/mailbox.h"
#include <stdbool.h>
#include <stdint.h>

struct drop_config {
	char kind[16]; /* "sftp" or "local" */
	char id[MAX_ID];
	/* local: */
	char folder[256];
	/* sftp: */
	char host[128];
	int port;
	char user[64];
	char key_file[256], key_passphrase[128]; /* private key (OpenSSH or PEM form) */
	char host_key[128]; /* pinned: "SHA256:base64" as ssh-keygen -l prints it */
	char root[256];     /* remote folder that holds in/ and out/ */
	int timeout_ms;
	int retry_first_ms, retry_most_ms; /* growing waits between connections */
	char temporary[256]; /* fnmatch patterns, with blanks between, of names left alone */
};

struct drop_entry {
	char name[MAX_FILE_NAME];
	int64_t size, mtime_s;
};

enum drop_job_kind {
	DROP_LIST,  /* in/: regular files, temporary names left out, sorted by name */
	DROP_FETCH, /* in/<name> to local path (exclusive, fsync of file and folder); its SHA-256.
		       The remote size and mtime are looked at again afterwards: changed = E_AGAIN
		     */
	DROP_MOVE,  /* in/<name> to in/<folder>/<to_name>; there already and source gone = done. The
		       file must still be of job.size and mtime_s (size < 0: any): another one under
		       its  name is a new file, and the answer is E_NOTFOUND */
	DROP_PUT,   /* local path ("": an empty file) to out/<name>: temporary name, fsync where the
		       server can, rename */
	DROP_STAT,  /* out/<name>: size and SHA-256, or E_NOTFOUND */
};
struct drop_job {
	enum drop_job_kind kind;
	uint64_t id; /* the caller's; comes back in EV_DROP_DONE */
	char name[MAX_FILE_NAME];
	char folder[16]; /* DROP_MOVE: "taken" or "refused" */
	char to_name[MAX_FILE_NAME];
	char path[MAX_PATH_BYTES];
	int64_t size, mtime_s; /* DROP_FETCH: as listed; DROP_MOVE: of the file that was fetched */
};
struct drop_done {
	struct drop_job job; /* as posted */
	int err; /* 0, E_AGAIN (try later), E_NOTFOUND, E_AUTH (sign-in or pinned key), E_NOSPC,
		    E_IO, E_UNKNOWN (a rename was sent, no answer), E_EXISTS */
	char why[MAX_WORDS];        /* for the operator */
	size_t n_entries;           /* DROP_LIST */
	struct drop_entry *entries; /* owned by the event */
	int64_t size;
	char sha256[65]; /* DROP_FETCH, DROP_PUT, DROP_STAT */
};

struct drop;
struct drop_ops {
	const char *name;
	int (*start)(const struct drop_config *config, struct mailbox *to_engine,
		     struct drop **ret_drop);
	int (*post)(struct drop *d,
		    const struct drop_job *job); /* copies; E_FULL: the caller waits */
	void (*stop)(struct drop *d);            /* NULL is fine; bounded time */
	/* The same work in the caller's thread: for contract tests. Fills *ret_done (free entries).
	 */
	int (*perform)(struct drop *d, const struct drop_job *job, struct drop_done *ret_done);
};

#endif
