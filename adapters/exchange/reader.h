/*
 * Rows of a layout out of a CSV file. The header binds columns by name; each
 * value is checked; good rows go into the batch, errors beside them.
 */
#ifndef ADAPTERS_EXCHANGE_READER_H
#define ADAPTERS_EXCHANGE_READER_H

#include "adapters/exchange/csvfile.h"

#define ROW_ERRORS_MOST 10 /* listed of one row */
/* A batch ends when it holds this much text, so that long rows cost no more memory than short. */
#define BATCH_BYTES (4u << 20)

/* One value of the row at hand: fields that no column fills are empty. */
struct in_value {
	const char *s;
	size_t n;
	const struct column *column;
};

struct in_row {
	uint32_t row;
	struct in_value field[IN_FIELDS];
	size_t n_carried;
	struct in_value carried[MAX_CARRIED];
	unsigned listed; /* errors of this row in the batch */
	bool bad;
	bool foreign; /* a constant of the layout is another: another city's row, or business */
	bool wrong_number[MAX_NUMBERS]; /* already warned of */
};

/* binding.c: file places to columns */
struct binding {
	size_t n;
	const struct column *column[MAX_COLUMNS]; /* NULL: an extra column, left alone */
	size_t spare; /* columns without a name at the end: a spreadsheet's commas */
	bool trimmed; /* a name had spaces around it */
};
int binding_make(const struct layout *l, const struct csv_field *header, size_t n,
		 struct binding *ret_binding, struct refusal *why) MUST_CHECK;

/* rows.c: checks one row and adds it, or its errors, to the batch */
int rows_add(const struct layout *l, const struct binding *b, uint32_t row,
	     const struct csv_field *fields, size_t n, struct row_batch *batch) MUST_CHECK;

/* E_NOMEM only. `warning` rows stay good. */
int row_error_add(struct row_batch *batch, struct in_row *row, bool warning, const char *code,
		  const char *item, const char *fmt, ...) PRINTF_LIKE(6, 7) MUST_CHECK;

/* targets.c, payments.c, notices.c, book.c: from checked values to a record; relations are checked
 * here. */
int targets_add(const struct layout *l, struct in_row *row, struct row_batch *batch) MUST_CHECK;
int payments_add(const struct layout *l, struct in_row *row, struct row_batch *batch) MUST_CHECK;
/* Of a row that is refused: the debt that it names, as PAYMENT_UNREADABLE, if it names a person. */
int payments_doubt(const struct in_row *row, struct row_batch *batch) MUST_CHECK;
int withdrawals_add(const struct layout *l, struct in_row *row, struct row_batch *batch) MUST_CHECK;
int exclusions_add(const struct layout *l, struct in_row *row, struct row_batch *batch) MUST_CHECK;
int key_changes_add(const struct layout *l, struct in_row *row, struct row_batch *batch) MUST_CHECK;
int holds_add(const struct layout *l, struct in_row *row, struct row_batch *batch) MUST_CHECK;
int numbers_add(const struct layout *l, struct in_row *row, struct row_batch *batch) MUST_CHECK;
/* Room for a batch of records of this size, made with the first one. */
int rows_room(void **list, size_t size) MUST_CHECK;
/* The value of a field with a list (kind, payment …), as its enum; `otherwise` if it is empty. */
int rows_choice(const struct in_row *row, enum in_field field, int otherwise);
/* A day, or DAY_NONE if it is empty or one of the open ends. */
int32_t rows_day(const struct in_row *row, enum in_field field);
/* Its text in the batch's arena; NULL: no memory. */
const char *rows_text(const struct in_row *row, enum in_field field, struct row_batch *batch);
/* The header's name of the column that filled it, or 行. */
const char *rows_item(const struct in_row *row, enum in_field field);
/* The key, in the batch's arena; a year that is missing takes the other one. */
int rows_key(const struct in_row *row, struct row_batch *batch,
	     struct debt_key *ret_key) MUST_CHECK;

/* the port's functions */
int exchange_check(const struct layout *l, const char *path, uint32_t *ret_rows,
		   struct refusal *why);
int exchange_reader_open(const struct layout *l, const char *path, uint32_t skip_rows,
			 struct exchange_reader **ret_reader, struct refusal *why);
int exchange_check_order(const struct layout *l, const char *path, uint32_t *ret_rows,
			 struct exchange_order **ret_order, struct refusal *why);
int exchange_reader_open_order(const struct layout *l, const char *path,
			       const struct exchange_order *order, uint32_t skip_rows,
			       struct exchange_reader **ret_reader, struct refusal *why);
int exchange_reader_next(struct exchange_reader *r, struct row_batch **ret_batch);
void exchange_reader_close(struct exchange_reader *r);

#endif
