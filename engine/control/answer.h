/* The answer of a read, while its handler runs. */
#ifndef ENGINE_CONTROL_ANSWER_H
#define ENGINE_CONTROL_ANSWER_H

#include "engine/control.h"
#include "engine/control/rpc.h"

/* Of a result: what is left of a line besides the id and the rest of the envelope. */
#define ANSWER_MOST_BYTES (MAX_CONTROL_LINE - 256)
/* Of a page's rows: room is left for `next` and for members beside the rows. */
#define ROWS_MOST_BYTES (MAX_CONTROL_LINE - 8192)

struct answer {
	bool listing;
	int err;
	char why[MAX_WORDS];
	struct json *result; /* not a listing; or the members beside its rows */
	/* a listing's page: rows as JSON text, with commas between */
	char *rows;
	size_t rows_n, rows_size, n, limit;
	int64_t deadline_ms; /* of the monotonic clock */
	uint8_t from[LIST_KEY_MOST], look[LIST_KEY_MOST];
	size_t look_n;
	bool full; /* `look` is where the next page begins */
};

void answer_init(struct answer *a, const struct query *q);
void answer_free(struct answer *a);
/* The result as JSON text, malloc'ed. E_LIMIT: over a line. */
int answer_text(struct answer *a, char **ret_text, size_t *ret_n) MUST_CHECK;

#endif
