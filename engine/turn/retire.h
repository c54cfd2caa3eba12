/*
 * What is over its time, and its deletion: the archiver's part. It reads the store
 * to see what still belongs to somebody's work: nothing goes that belongs to an open
 * run, to rows that are in no file yet, or to a file that is not delivered. Rows of
 * the store are not its business: it names the runs, purge.c removes them.
 */
#ifndef ENGINE_TURN_RETIRE_H
#define ENGINE_TURN_RETIRE_H

#include "engine/archive/sum.h"
#include "engine/turn/archiver.h"

#define RETIRE_CLASSES 5
#define RETIRE_MOST_RUNS 256 /* of one plan; the next one has the rest */

struct retire_class {
	const char *name;
	int64_t keep_ms; /* 0: kept for ever */
	size_t days, held_days, files;
	uint64_t bytes;
	int32_t first, last; /* days; DAY_NONE: none */
};
struct retire_plan {
	struct retire_class list[RETIRE_CLASSES];
	int64_t run_keep_ms;
	size_t n_runs;
	uint32_t runs[RETIRE_MOST_RUNS];
	uint64_t targets; /* people of those runs */
};

struct retire;
/* The plan at job->now_ms; days after job->after, the last sealed one, are left alone. */
int retire_plan(const struct archiver_config *c, const char *root, const struct archive_job *job,
		struct retire **ret) MUST_CHECK;
const struct retire_plan *retire_shown(const struct retire *r);

struct retire_order {
	const char *by;
	int32_t today; /* where copies of certificates go */
	struct sum sum;
};
/* Deletes what was planned. *ret_left: files that were not, since they are not as they were sealed.
 */
int retire_delete(struct retire *r, const struct retire_order *order, size_t *ret_files,
		  size_t *ret_left, char why[MAX_WORDS]) MUST_CHECK;
void retire_free(struct retire *r); /* NULL is fine */

#endif
