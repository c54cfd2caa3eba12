/*
 * The store port: ordered tables of bytes under transactions.
 *
 * Written for replication from the start: a commit answers done, not done or not
 * known, and only `done` dials. One thread (the engine) writes; readers use
 * snapshots. Keys compare as bytes (memcmp, shorter first): integers in keys are
 * big-endian. What the bytes mean is the engine's business (engine/turn/record.h).
 */
#ifndef ENGINE_STORE_H
#define ENGINE_STORE_H

#include "engine/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum store_table {
	T_META,    /* name -> value: schema version, turn number, counters */
	T_INTAKE,  /* intake u32 -> record */
	T_DROP,    /* identity of a drop (name, size, mtime, sha256) -> intake u32 */
	T_RUN,     /* run u32 -> record */
	T_TARGET,  /* run u32, target u32 -> record */
	T_DEBT,    /* run u32, place u32 -> record; packs: debts.h */
	T_DEBTKEY, /* debt identity (宛名番号 first), run u32, place u32 -> target u32; groups of
		    * one person's: identities.h */
	T_DUE,     /* run u32, due_ms u64, target u32 -> empty; groups: dues.h */
	T_ATTEMPT,   /* attempt u64 -> record */
	T_OPEN,      /* attempt u64 -> empty: intended and not yet ended */
	T_NUMBER,    /* digits -> record: attempts and conversations of the day, lock */
	T_ROWERR,    /* intake u32, row u32, n u16 -> record */
	T_OUTROW,    /* kind u8, stream, seq u64 -> record: a row that goes back */
	T_OUTFILE,   /* file number u32 -> record */
	T_MATCHED,   /* intake u32, row u32 -> what a payment row did */
	T_PAYMENT,   /* debt identity as the file has it, intake u32, row u32 -> record */
	T_EXCLUSION, /* 宛名番号, rest of the identity, reason, department -> record */
	T_ALIAS,     /* 宛名番号, another of his -> empty: names.c, renamed.c */
	T_HOLD,      /* city, person, hold u32 -> record: 保留 */
	T_PROMISE,   /* check_ms u64, hold u32 -> key in T_HOLD: when a promise is looked at */
	T_MARK,      /* digits, person, mark u8 -> record: 番号台帳 */
	T_MONEY,     /* kind u8, month u32, id -> record: what was spent */
	T_WATCH,     /* attempt u64 -> empty: its result has to be asked for */
	T_CALLBACK,  /* callback u64 -> record: a call that came in */
	T_CALLER,    /* digits, run u32 inverted, target u32 -> callbacks: who may be meant by it */
	T_NOTE,      /* department, kind u8, digits -> callback u64: the open note of a caller */
	T_ACCOUNT,   /* name -> record: who signs in to the console */
	T_AUDIT,     /* row u64 inverted -> record: who did and saw what */
	T_TRANSFER,  /* attempt or callback u64, n u32 -> record: a transfer to staff */
	T_SOUND,     /* attempt or callback u64, n u32 -> record: what the resident said */
	T_EDITION,   /* kind u8, document, n u32 inverted -> record: what staff saved */
	T_TRIAL,     /* trial u64 inverted -> record: a message to a telephone of the staff */
	STORE_TABLES /* their number */
};
const char *store_table_name(enum store_table t); /* stays: file names and logs have it */

#define STORE_MAX_KEY 1024 /* bytes; longer, in any call: E_LIMIT. Empty: E_INVALID */
#define STORE_MAX_VALUE (1u << 20)

struct bytes {
	const void *p;
	size_t n;
};

struct store_config {
	const char *home;        /* a folder of its own, made if missing, mode 0700 */
	size_t cache_bytes;      /* 0: the default (192 MiB) */
	size_t checkpoint_bytes; /* a checkpoint each time this much log was written; 0: 64 MiB */
};

enum commit_result {
	COMMIT_DONE,    /* on disk (and, one day, on a quorum) */
	COMMIT_NOT,     /* certainly not: run the batch again */
	COMMIT_UNKNOWN, /* read the stored turn number before anything else */
};

struct store_stat {
	uint64_t commits, aborts, deadlocks, checkpoints;
	uint64_t log_bytes; /* written since open */
};

struct store;
struct store_txn;

/* Called for each pair of a scan. The bytes live until it returns. Return 0 to go on, 1 to stop, or
 * a negative E_*. It must not write. */
typedef int (*store_scan_fn)(void *arg, struct bytes key, struct bytes value);

struct store_ops {
	const char *name;
	/* All MUST. Only `open`, `commit`, `checkpoint`, `backup` may wait for the disk. */

	/* Runs recovery. E_IO, E_CORRUPT, E_AGAIN (another process has it). */
	int (*open)(const struct store_config *config, struct store **ret_store);
	void (*close)(struct store *s); /* NULL is fine; a last checkpoint is made */

	/* One write transaction at a time (the engine thread); E_AGAIN while another is open.
	 * After an error other than E_NOTFOUND, E_INVALID, E_LIMIT the transaction can only end:
	 * its calls answer the same error, its commit answers NOT. */
	int (*begin)(struct store *s, struct store_txn **ret_txn);
	/* A read snapshot: sees one committed state; any thread; end it by `abort` soon. */
	int (*snapshot)(struct store *s, struct store_txn **ret_txn);
	/* Ends the transaction, whatever it answers. *ret_err (may be NULL) says why (E_NOSPC …).
	 */
	enum commit_result (*commit)(struct store_txn *txn, int *ret_err);
	void (*abort)(struct store_txn *txn); /* NULL is fine */

	/* E_NOTFOUND, E_DEADLOCK, E_IO, E_NOSPC. The value is owned by the transaction and lives
	 * until its next `get` (copy what you keep). */
	int (*get)(struct store_txn *txn, enum store_table t, struct bytes key,
		   struct bytes *ret_value);
	int (*put)(struct store_txn *txn, enum store_table t, struct bytes key, struct bytes value);
	int (*del)(struct store_txn *txn, enum store_table t, struct bytes key); /* E_NOTFOUND */
	/* n pairs in key order, put in one go. */
	int (*put_sorted)(struct store_txn *txn, enum store_table t, size_t n,
			  const struct bytes *keys, const struct bytes *values);
	/* From the first key ≥ `from`, in order, until `fn` stops, `most` pairs were seen (0: no
	 * limit), or a key does not begin with `prefix` (n = 0: any). 0 when it came to an end. */
	int (*scan)(struct store_txn *txn, enum store_table t, struct bytes from,
		    struct bytes prefix, size_t most, store_scan_fn fn, void *arg);

	int (*checkpoint)(struct store *s); /* also removes logs that nobody needs */
	/* A hot backup into an empty folder: database files and the logs, opened as they are. */
	int (*backup)(struct store *s, const char *to_dir);
	int (*stat)(struct store *s, struct store_stat *ret_stat);
};

#endif
