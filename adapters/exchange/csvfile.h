/*
 * A CSV file, row by row, in constant memory (libcsv). What refuses a file whole
 * is found here: bytes that are not UTF-8, NUL, a quote that does not fit, an end
 * inside a quoted field, a limit. Fields come as they are: no trimming.
 */
#ifndef ADAPTERS_EXCHANGE_CSVFILE_H
#define ADAPTERS_EXCHANGE_CSVFILE_H

#include "adapters/exchange/layout.h"

struct csvfile;
struct csv_field {
	const char *s; /* NUL-terminated, until the next csvfile_next */
	size_t n;
};

/* Whatever the encoding of the file, fields come in UTF-8 (cp932.h says how CP932 keeps its bytes).
 * E_INVALID: *why. E_IO, E_NOMEM: the outside failed. */
int csvfile_open(const char *path, enum encoding encoding, enum bom_rule bom, struct refusal *why,
		 struct csvfile **ret_file) MUST_CHECK;
void csvfile_close(struct csvfile *f); /* NULL is fine */
/* The next row; the first is the header. Of its *ret_n fields the first MAX_COLUMNS are there.
 * E_NOTFOUND: the end. E_INVALID: *why. */
int csvfile_next(struct csvfile *f, const struct csv_field **ret_fields, size_t *ret_n,
		 struct refusal *why) MUST_CHECK;
/* Where the next row begins (or blank lines before it), in bytes of the file. */
int64_t csvfile_offset(const struct csvfile *f);
/* One row out of its turn: the `n` bytes from one csvfile_offset to the next. After it csvfile_next
 * goes on nowhere. */
int csvfile_row_at(struct csvfile *f, int64_t at, size_t n, const struct csv_field **ret_fields,
		   size_t *ret_n, struct refusal *why) MUST_CHECK;

void refusal_set(struct refusal *why, const char *code, uint32_t row, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

#endif
