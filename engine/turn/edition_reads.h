/*
 * What readers see of a document's editions, whatever the document is: the list of them,
 * one as a file, the two that are compared; and what is wrong with one that is handed in. The
 * department's wall stands before these: whoever calls has found the document for his department.
 */
#ifndef ENGINE_TURN_EDITION_READS_H
#define ENGINE_TURN_EDITION_READS_H

#include "engine/control.h"
#include "engine/problems.h"
#include "engine/turn/edition.h"

/* Puts what only this kind of document has. */
typedef int (*edition_more_fn)(struct json *j, const struct edition_rec *r);
int edition_put_bytes(struct json *j, const struct edition_rec *r); /* how many it has */
/* Rows, the newest first; `in_force`: the file's bytes as the engine goes by them. */
int editions_list(const struct query *q, struct answer *a, enum edition_kind kind, const char *doc,
		  const char *in_force, edition_more_fn more) MUST_CHECK;

struct edition_pair {
	struct tx tx;
	struct edition_rec old, new; /* strings in tx.arena */
};
int edition_pair_open(const struct query *q, struct edition_pair *p) MUST_CHECK;
/* Those of the parameters `edition` and `against`; without that the one before it that was kept;
 * the first has `old` with n 0 and no bytes. E_NOTFOUND. */
int edition_pair_read(const struct query *q, struct edition_pair *p, enum edition_kind kind,
		      const char *doc) MUST_CHECK;
void edition_pair_close(struct edition_pair *p); /* one of zeros is fine */

/* Documents that are files to staff, too. */
struct edition_of {
	enum edition_kind kind;
	const char *doc, *word; /* "reminder", "scenario" */
};
/* The document in force, or the parameter `edition`, into the query's descriptor. */
int edition_export(const struct query *q, struct answer *a, const struct edition_of *of,
		   const char *in_force) MUST_CHECK;
/* Rows of the lines that differ. */
int edition_diff_lines(const struct query *q, struct answer *a,
		       const struct edition_of *of) MUST_CHECK;
/* Rows of problems, and how many are errors. */
int answer_problems(const struct query *q, struct answer *a,
		    const struct problems *problems) MUST_CHECK;

#endif
