/*
 * The store in memory, for tests of the engine, with failures by script.
 *
 *	struct store *s;
 *	store_fake.open(&(struct store_config){.home = "any name"}, &s);
 *	fake_store_fail_commit(s, 1, FAKE_COMMIT_NOSPC);   // the next commit
 *	...
 *	store_fake.close(s);
 *	fake_store_wipe();                                 // at the end of the test
 *
 * A home is a name. What was committed under it stays until fake_store_wipe, so a
 * `close` and `open` is a restart, with kill -9 the same: an open writer is lost.
 * A second open of an open home is E_AGAIN, as with the real one.
 * Every value given out is a block of its own that is freed when the contract lets
 * it die: AddressSanitizer sees those who keep it longer.
 */
#ifndef TESTS_SUPPORT_FAKE_STORE_H
#define TESTS_SUPPORT_FAKE_STORE_H

#include "engine/store.h"

extern const struct store_ops store_fake;

enum fake_commit {
	FAKE_COMMIT_NOSPC,           /* COMMIT_NOT, E_NOSPC; nothing applied */
	FAKE_COMMIT_DEADLOCK,        /* COMMIT_NOT, E_DEADLOCK; nothing applied */
	FAKE_COMMIT_UNKNOWN_APPLIED, /* COMMIT_UNKNOWN, E_IO; it is there when you look */
	FAKE_COMMIT_UNKNOWN_LOST,    /* COMMIT_UNKNOWN, E_IO; it is not */
};

/* `nth` counts writers' commits from now: 1 is the next. One script at a time; it is used up when
 * it strikes. The store works on afterwards. nth 0: none. */
void fake_store_fail_commit(struct store *s, unsigned nth, enum fake_commit how);
/* `nth` write from now (put, del, each pair of put_sorted) answers `err`, e.g. E_DEADLOCK or
 * E_NOSPC, and spoils its transaction. */
void fake_store_fail_put(struct store *s, unsigned nth, int err);
/* The same for reads (get, scan), readers' snapshots included. */
void fake_store_fail_get(struct store *s, unsigned nth, int err);
/* Reads meanwhile are the test's own: no script counts them. */
void fake_store_look(struct store *s, bool on);
/* As after DB_RUNRECOVERY: every call E_CORRUPT, commit COMMIT_UNKNOWN, until closed and opened.
 * The writer that is open now turns out committed (`applied`) or lost at its commit. */
void fake_store_panic(struct store *s, bool applied);
/* What `checkpoint` and `backup` answer from now on; 0: they work again. */
void fake_store_fail_keep(struct store *s, int err);
/* Transactions and snapshots open now: 0 at the end of a test that forgot none. */
unsigned fake_store_open_txns(struct store *s);
/* Forgets all homes; all stores are closed before. */
void fake_store_wipe(void);

#endif
