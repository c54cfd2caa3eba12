/*
 * The exchange port's reading: check (one pass over the whole file, nothing kept)
 * and the reader (batches of checked rows). Both go by the same rows, so a reader
 * opened with skip_rows = n gives exactly what an uninterrupted one gave after n.
 * Targets may be read in the order of persons (order.h), which the check found out.
 */
#include "adapters/exchange/reader.h"
#include "adapters/exchange/order.h"

#include "engine/arena.h"

#include <stdlib.h>
#include <string.h>

struct exchange_reader {
	const struct layout *l;
	struct csvfile *file;
	struct binding binding;
	const struct exchange_order *order; /* or NULL: the file's */
	uint32_t row;                       /* data rows read so far */
};

static int open_bound(const struct layout *l, const char *path, struct binding *binding,
		      struct csvfile **ret_file, struct refusal *why)
{
	const struct csv_field *fields;
	struct csvfile *f = NULL;
	size_t n;
	int err;

	memset(why, 0, sizeof *why);
	if (!layout_is_incoming(l->kind))
		return E_STATE;
	err = csvfile_open(path, l->encoding, l->bom, why, &f);
	if (!err)
		err = csvfile_next(f, &fields, &n, why);
	if (err == E_NOTFOUND && f) { /* a BOM or blank lines alone */
		refusal_set(why, "E0001", 0, "見出しの行がありません。");
		err = E_INVALID;
	}
	if (!err)
		err = binding_make(l, fields, n, binding, why);
	if (err) {
		csvfile_close(f);
		return err;
	}
	*ret_file = f;
	return 0;
}

/* Counts the rows to the end. `*making`, if any, gets each; it is gone when memory is short. */
static int pass(struct csvfile *f, const struct binding *b, struct order_making **making,
		uint32_t *ret_rows, struct refusal *why)
{
	const struct csv_field *fields;
	size_t n, person = 0;
	uint32_t rows = 0;
	int err;

	while (person < b->n && !(b->column[person] && b->column[person]->field == IN_PERSON))
		person++;
	for (;;) {
		int64_t at = csvfile_offset(f);
		err = csvfile_next(f, &fields, &n, why);
		if (err)
			break;
		rows++;
		if (!*making)
			continue;
		struct csv_field who = person < n ? fields[person] : (struct csv_field){"", 0};
		if (order_add(*making, at, who.s, who.n)) { /* no memory: in the file's order */
			order_drop(*making);
			*making = NULL;
		}
	}
	if (err == E_NOTFOUND)
		*ret_rows = rows;
	return err == E_NOTFOUND ? 0 : err;
}

int exchange_check_order(const struct layout *l, const char *path, uint32_t *ret_rows,
			 struct exchange_order **ret_order, struct refusal *why)
{
	struct order_making *making = NULL;
	struct binding binding;
	struct csvfile *f = NULL;
	int err = open_bound(l, path, &binding, &f, why);

	if (err)
		return err;
	if (ret_order) {
		*ret_order = NULL;
		making = l->kind == LAYOUT_TARGETS ? order_begin() : NULL;
	}
	err = pass(f, &binding, &making, ret_rows, why);
	if (err)
		order_drop(making);
	else if (ret_order && making && order_end(making, csvfile_offset(f), ret_order))
		*ret_order = NULL; /* no memory */
	csvfile_close(f);
	return err;
}

int exchange_check(const struct layout *l, const char *path, uint32_t *ret_rows,
		   struct refusal *why)
{
	return exchange_check_order(l, path, ret_rows, NULL, why);
}

static int skip(struct exchange_reader *r, uint32_t rows, struct refusal *why)
{
	const struct csv_field *fields;
	size_t n;
	int err = 0;

	if (r->order) {
		r->row = rows < order_rows(r->order) ? rows : order_rows(r->order);
		return 0;
	}
	while (!err && r->row < rows) {
		err = csvfile_next(r->file, &fields, &n, why);
		if (!err)
			r->row++;
	}
	return err == E_NOTFOUND ? 0 : err; /* all of it was recorded before: an empty rest */
}

int exchange_reader_open_order(const struct layout *l, const char *path,
			       const struct exchange_order *order, uint32_t skip_rows,
			       struct exchange_reader **ret_reader, struct refusal *why)
{
	struct exchange_reader *r = calloc(1, sizeof *r);
	int err = r ? 0 : E_NOMEM;

	if (!err) {
		r->l = l;
		r->order = order;
		err = open_bound(l, path, &r->binding, &r->file, why);
	}
	if (!err)
		err = skip(r, skip_rows, why);
	if (!err) {
		*ret_reader = r;
		r = NULL;
	}
	exchange_reader_close(r);
	return err;
}

int exchange_reader_open(const struct layout *l, const char *path, uint32_t skip_rows,
			 struct exchange_reader **ret_reader, struct refusal *why)
{
	return exchange_reader_open_order(l, path, NULL, skip_rows, ret_reader, why);
}

void exchange_reader_close(struct exchange_reader *r)
{
	if (!r)
		return;
	csvfile_close(r->file);
	free(r);
}

static int by_person_then_row(const void *a, const void *b)
{
	const struct target_row *x = a, *y = b;
	int c = strcmp(x->key.person, y->key.person);
	return c ? c : (x->row > y->row) - (x->row < y->row);
}

/* Files mostly come in the order of 宛名番号: then there is nothing to do. */
static void sort_targets(struct row_batch *b)
{
	for (size_t i = 1; i < b->n; i++)
		if (by_person_then_row(&b->targets[i - 1], &b->targets[i]) > 0) {
			qsort(b->targets, b->n, sizeof *b->targets, by_person_then_row);
			return;
		}
}

static int batch_new(const struct layout *l, uint32_t first_row, struct row_batch **ret_batch)
{
	struct row_batch *b = calloc(1, sizeof *b);
	struct arena *arena = NULL;
	int err = b ? 0 : E_NOMEM;

	if (!err) /* room for one row of the greatest size after the last look, names included */
		err = arena_new(BATCH_BYTES + 2 * MAX_ROW_BYTES, &arena);
	if (err) {
		free(b);
		return err;
	}
	b->arena = arena;
	b->kind = l->kind;
	b->first_row = first_row;
	*ret_batch = b;
	return 0;
}

/* What was mended in the header is said once, with the first rows. */
static int header_warnings(const struct exchange_reader *r, struct row_batch *b)
{
	struct in_row header = {.row = 0};
	int err = 0;

	if (r->row > 0)
		return 0;
	if (r->binding.spare > 0)
		err = row_error_add(b, &header, true, "E0004", "見出し",
				    "見出しの終わりの名前のない項目 %zu 個を除きました。",
				    r->binding.spare);
	if (!err && r->binding.trimmed)
		err = row_error_add(b, &header, true, "E0002", "見出し",
				    "見出しの項目名の前後の空白を除きました。");
	return err;
}

/* *ret_row: which of the file it is. E_NOTFOUND: that was the last. */
static int next_row(struct exchange_reader *r, const struct csv_field **ret_fields, size_t *ret_n,
		    uint32_t *ret_row)
{
	struct refusal why; /* said by check() before; a file that changed since is an error */
	int64_t at;
	size_t n;

	if (!r->order) {
		*ret_row = r->row + 1;
		return csvfile_next(r->file, ret_fields, ret_n, &why);
	}
	if (r->row == order_rows(r->order))
		return E_NOTFOUND;
	*ret_row = order_row(r->order, r->row, &at, &n) + 1;
	int err = csvfile_row_at(r->file, at, n, ret_fields, ret_n, &why);
	return err == E_NOTFOUND ? E_IO : err; /* there is no row where one was */
}

static int fill_batch(struct exchange_reader *r, struct row_batch *b)
{
	const struct csv_field *fields;
	uint32_t row;
	size_t n;
	int err = header_warnings(r, b);

	for (int i = 0; !err && i < MAX_BATCH_ROWS && arena_used(b->arena) < BATCH_BYTES; i++) {
		size_t good = b->n;
		err = next_row(r, &fields, &n, &row);
		if (err)
			break;
		r->row++;
		err = rows_add(r->l, &r->binding, row, fields, n, b);
		if (b->kind == LAYOUT_TARGETS && b->n > good)
			b->targets[good].place = r->row;
	}
	b->last_row = r->row;
	return err == E_NOTFOUND && b->last_row >= b->first_row ? 0 : err;
}

int exchange_reader_next(struct exchange_reader *r, struct row_batch **ret_batch)
{
	struct row_batch *b = NULL;
	int err = batch_new(r->l, r->row + 1, &b);

	if (!err)
		err = fill_batch(r, b);
	if (err) {
		row_batch_free(b);
		return err;
	}
	if (b->kind == LAYOUT_TARGETS)
		sort_targets(b);
	*ret_batch = b;
	return 0;
}
