/* Rows of a batch as people, or programs (a JSON object a line), read them. */
#ifndef ENGINE_CLI_ROWVIEW_H
#define ENGINE_CLI_ROWVIEW_H

#include "engine/exchange.h"

struct rowview_counts {
	uint32_t rows, good, refused, warnings;
};

/* Prints the batch's rows and errors in the file's order, and counts them. */
int rowview_batch(bool json, const struct row_batch *b, struct rowview_counts *counts) MUST_CHECK;
void rowview_file(bool json, const char *path);
void rowview_refusal(bool json, const struct refusal *why);
void rowview_counts(bool json, const struct rowview_counts *counts);

#endif
