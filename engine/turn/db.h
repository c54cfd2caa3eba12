/*
 * Records in and out of one transaction. A `tx` is either the engine's write
 * transaction of a turn or a reader's snapshot; decoded strings live in its arena
 * until the arena is reset.
 *
 * get: 0, E_NOTFOUND, E_CORRUPT, or what the store answered (E_DEADLOCK …).
 */
#ifndef ENGINE_TURN_DB_H
#define ENGINE_TURN_DB_H

#include "engine/arena.h"
#include "engine/store.h"
#include "engine/turn/codec.h"
#include "engine/turn/record.h"

struct tx {
	const struct store_ops *ops;
	struct store_txn *txn;
	struct arena *arena;
	bool dirty; /* something was written */
};

/* What every record goes through, here and in db_payment.c and holdrec.c. `c` reads a copy in the
 * tx's arena. */
int db_decode(struct tx *tx, struct bytes value, struct codec *c) MUST_CHECK;
int db_bytes_get(struct tx *tx, enum store_table t, const char *key, size_t n,
		 struct codec *c) MUST_CHECK;
int db_bytes_put(struct tx *tx, enum store_table t, const char *key, size_t n,
		 const struct codec *c) MUST_CHECK;

/* Who wrote the store? Asked before anything else is read: E_INVALID if a newer release did, whose
 * records we would misread or lose; *ret_version is the version that it writes. */
int db_version_check(struct tx *tx, int *ret_version) MUST_CHECK;
int db_counters_get(struct tx *tx, struct counters *ret) MUST_CHECK; /* zeros if there are none */
int db_counters_put(struct tx *tx, const struct counters *r) MUST_CHECK;

int db_intake_get(struct tx *tx, uint32_t id, struct intake_rec *ret) MUST_CHECK;
int db_intake_put(struct tx *tx, const struct intake_rec *r) MUST_CHECK;
int db_run_get(struct tx *tx, uint32_t id, struct run_rec *ret) MUST_CHECK;
int db_run_put(struct tx *tx, const struct run_rec *r) MUST_CHECK;
int db_run_del(struct tx *tx, uint32_t id) MUST_CHECK;
int db_target_get(struct tx *tx, uint32_t run, uint32_t id, struct target *ret) MUST_CHECK;
/* The target that a person is in a run; E_NOTFOUND. */
int db_target_of(struct tx *tx, uint32_t run, const char *person, uint32_t *ret_id) MUST_CHECK;
int db_target_put(struct tx *tx, const struct target *r) MUST_CHECK;
/* debts.c */
int db_debt_get(struct tx *tx, uint32_t run, uint32_t row, struct debt *ret) MUST_CHECK;
int db_debt_put(struct tx *tx, const struct debt *r) MUST_CHECK;

/* What payments files said of a debt, under the key that they named it by: a record a row. */
int db_payment_put(struct tx *tx, const struct payment_rec *r) MUST_CHECK;
int db_payment_del(struct tx *tx, const struct payment_rec *r) MUST_CHECK; /* absent is fine */
int db_exclusion_get(struct tx *tx, const struct exclusion_rec *key,
		     struct exclusion_rec *ret) MUST_CHECK;
int db_exclusion_put(struct tx *tx, const struct exclusion_rec *r) MUST_CHECK;
int db_exclusion_del(struct tx *tx, const struct exclusion_rec *r) MUST_CHECK; /* absent is fine */
/* Decodes a scanned value into the arena: its strings live as long as that. */
int db_exclusion_read(struct tx *tx, struct bytes value, struct exclusion_rec *ret) MUST_CHECK;
int db_payment_read(struct tx *tx, struct bytes value, struct payment_rec *ret) MUST_CHECK;
/* The two are one person (名寄せ): the pair is put both ways by the caller. */
int db_alias_put(struct tx *tx, const char *person, const char *other) MUST_CHECK;
/* The person himself, then all that are him by any chain of pairs; at most `most`. */
int db_aliases(struct tx *tx, const char *person, const char **list, size_t most,
	       size_t *ret_n) MUST_CHECK;
/* The identity `key` also names this debt: of a key change. */
int db_debtkey_put(struct tx *tx, const struct debt_key *key, uint32_t run, uint32_t row,
		   uint32_t target) MUST_CHECK;

/* Pairs for one table, put together in key order: several times faster than one by one. */
struct bulk {
	size_t n, cap;
	bool mixed; /* not in key order yet */
	struct bulk_pair {
		uint64_t head;
		struct bytes key, value; /* in the arena */
	} * pairs;
};
int bulk_new(struct tx *tx, size_t most, struct bulk *ret) MUST_CHECK;
int bulk_add(struct tx *tx, struct bulk *b, const char *key, size_t n, const void *value,
	     size_t n_value) MUST_CHECK;
int bulk_debt(struct tx *tx, struct bulk *b, const struct debt *r) MUST_CHECK;
int bulk_target(struct tx *tx, struct bulk *b, const struct target *r) MUST_CHECK;
void bulk_sort(struct bulk *b);
int bulk_put(struct tx *tx, struct bulk *b, enum store_table t) MUST_CHECK; /* sorts, puts */

int db_attempt_get(struct tx *tx, uint64_t id, struct attempt *ret) MUST_CHECK;
int db_attempt_put(struct tx *tx, const struct attempt *r) MUST_CHECK;
/* A number nobody called yet gives zeros (digits set). */
int db_number_get(struct tx *tx, const char *digits, struct number_rec *ret) MUST_CHECK;
int db_number_put(struct tx *tx, const struct number_rec *r) MUST_CHECK;
/* Of which nothing was spent yet: zeros. */
int db_money_get(struct tx *tx, enum money_kind kind, int month, const char *id,
		 struct money_rec *ret) MUST_CHECK;
int db_money_put(struct tx *tx, const struct money_rec *r) MUST_CHECK;
int db_watch_put(struct tx *tx, uint64_t attempt) MUST_CHECK;
int db_watch_del(struct tx *tx, uint64_t attempt) MUST_CHECK; /* absent is fine */
int db_rowerr_put(struct tx *tx, const struct rowerr *r) MUST_CHECK;
int db_outrow_get(struct tx *tx, enum out_kind kind, uint32_t run, uint64_t seq,
		  struct outrow *ret) MUST_CHECK;
int db_outrow_put(struct tx *tx, const struct outrow *r) MUST_CHECK;
int db_outfile_get(struct tx *tx, uint32_t number, struct outfile *ret) MUST_CHECK;
int db_outfile_put(struct tx *tx, const struct outfile *r) MUST_CHECK;

/* DAY_NONE and "" if no day was sealed yet. */
int db_archive_get(struct tx *tx, struct archive_rec *ret) MUST_CHECK;
int db_archive_put(struct tx *tx, const struct archive_rec *r) MUST_CHECK;

/* Marks of runs whose rows are to go (T_META). */
size_t key_purge(char *key, uint32_t run);
int db_purge_put(struct tx *tx, uint32_t run) MUST_CHECK;
int db_purge_del(struct tx *tx, uint32_t run) MUST_CHECK; /* absent is fine */

int db_open_put(struct tx *tx, uint64_t attempt) MUST_CHECK;
int db_open_del(struct tx *tx, uint64_t attempt) MUST_CHECK; /* absent is fine */
/* E_NOTFOUND if that drop was never recorded. */
int db_drop_get(struct tx *tx, const char *drop, const char *name, int64_t size, int64_t mtime_s,
		const char *sha256, uint32_t *ret_intake) MUST_CHECK;
int db_drop_put(struct tx *tx, const struct intake_rec *r) MUST_CHECK;

/* A scan whose callback gets decoded bytes: see store_scan_fn. */
int db_scan(struct tx *tx, enum store_table t, const char *from, size_t n_from, size_t n_prefix,
	    size_t most, store_scan_fn fn, void *arg) MUST_CHECK;

/* A list of ids that a scan collects, outside the arena. */
struct ids {
	size_t n, cap;
	uint64_t *list;
};
int ids_add(struct ids *ids, uint64_t id) MUST_CHECK; /* E_NOMEM */
void ids_free(struct ids *ids);

#define DB_RECORD_VERSION 11 /* the newest of every record */

#endif
