/*
 * One row: each value against its column, all errors listed (at most
 * ROW_ERRORS_MOST), then the record is made. Words never repeat the value: the
 * errors file goes through hands that need not see whose it is.
 *
 * A row with too few or too many fields is E0004: no single item is to blame, and
 * what stands under which heading cannot be known, so nothing else is said of it.
 */
#include "adapters/exchange/reader.h"

#include "adapters/exchange/repair.h"

#include "engine/arena.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int row_error_add(struct row_batch *batch, struct in_row *row, bool warning, const char *code,
		  const char *item, const char *fmt, ...)
{
	struct row_error *e;
	va_list ap;

	row->bad = row->bad || !warning;
	if (row->listed == ROW_ERRORS_MOST)
		return 0;
	/* a power of two is full: the count is the capacity's own memory */
	if ((batch->n_errors & (batch->n_errors - 1)) == 0) {
		size_t room = batch->n_errors ? batch->n_errors * 2 : 1;
		struct row_error *more = realloc(batch->errors, room * sizeof *more);
		if (!more)
			return E_NOMEM;
		batch->errors = more;
	}
	e = &batch->errors[batch->n_errors++];
	*e = (struct row_error){.row = row->row, .warning = warning};
	snprintf(e->code, sizeof e->code, "%s", code);
	snprintf(e->item, sizeof e->item, "%s", item);
	va_start(ap, fmt);
	vsnprintf(e->words, sizeof e->words, fmt, ap);
	va_end(ap);
	row->listed++;
	return 0;
}

static bool is_number(const struct column *c)
{
	return c->field >= IN_NUMBER_1 && c->field <= IN_NUMBER_3;
}

static int value_error(const struct column *c, enum value_fault fault, struct in_row *row,
		       struct row_batch *batch)
{
	/* a telephone number that is wrong is left out; the row stays good */
	bool warning = is_number(c);

	if (warning)
		row->wrong_number[c->field - IN_NUMBER_1] = true;
	if (fault == VALUE_LENGTH)
		return row_error_add(batch, row, warning, "E0003", c->item,
				     "桁数が上限 (%u) を超えています。", c->type.length);
	if (fault == VALUE_NO_SUCH_DAY)
		return row_error_add(batch, row, warning, "E0004", c->item,
				     "暦にない日付または時刻です。");
	return row_error_add(batch, row, warning, "E0002", c->item,
			     "型 %s で使えない文字があります。", value_kind_name(c->type.kind));
}

static const struct code *find_code(const struct column *c, const struct in_value *v)
{
	for (size_t i = 0; i < c->n_codes; i++)
		if (strcmp(c->codes[i].code, v->s) == 0)
			return &c->codes[i];
	return NULL;
}

static void set(struct in_row *row, enum in_field field, const struct column *c, const char *s)
{
	if (field != IN_NONE)
		row->field[field] = (struct in_value){.s = s, .n = strlen(s), .column = c};
}

static int take_mapped(const struct column *c, const struct in_value *v, struct in_row *row,
		       struct row_batch *batch)
{
	const struct code *m = find_code(c, v);

	if (!m && v->n == 0) /* empty and not required */
		return 0;
	if (!m)
		return row_error_add(batch, row, false, "E0005", c->item, "コード表にない値です。");
	set(row, c->field, c, m->value);
	if (m->words)
		set(row, c->words_field, c, m->words);
	return 0;
}

/* Unknown days inside a birth date (1950-00-00) are common; the person only loses the match. */
static enum value_fault fault_of(const struct column *c, const struct in_value *v)
{
	enum value_fault fault = v->n ? value_check(&c->type, v->s, v->n) : VALUE_OK;
	return fault == VALUE_NO_SUCH_DAY && c->field == IN_BIRTH_DATE ? VALUE_OK : fault;
}

static int is_missing(const struct column *c, struct in_row *row, struct row_batch *batch)
{
	return row_error_add(batch, row, false, "E0001", c->item, "必須の項目が空です。");
}

static int take_carried(const struct column *c, const struct in_value *v, struct in_row *row,
			struct row_batch *batch)
{
	const char *words = repair_carried_words(v->s, v->n);
	enum value_fault fault = fault_of(c, v);

	row->carried[row->n_carried++] = *v;
	if (c->required && v->n == 0)
		return is_missing(c, row, batch);
	if (fault != VALUE_OK)
		return value_error(c, fault, row, batch);
	return words ? row_error_add(batch, row, true, "E0002", c->item, "%s", words) : 0;
}

/* The value as it was meant, in the batch's arena, with a warning; or as it is; or refused. A
 * telephone number that cannot be read is left out, the row stays good. */
static int mend(const struct column *c, struct in_value *v, struct in_row *row,
		struct row_batch *batch, bool *ret_refused)
{
	struct repaired r;

	*ret_refused = false;
	switch (repair_value(c, v->s, v->n, &r)) {
	case REPAIR_NONE:
		return 0;
	case REPAIR_REFUSE:
		*ret_refused = true;
		if (is_number(c))
			row->wrong_number[c->field - IN_NUMBER_1] = true;
		return row_error_add(batch, row, is_number(c), r.code, c->item, "%s", r.words);
	case REPAIR_DONE:
		break;
	}
	v->s = text_keep(batch->arena, r.s, r.n);
	v->n = r.n;
	if (!v->s)
		return E_NOMEM;
	if (v->n == 0 && c->required)
		return 0; /* nothing but blanks: that it is empty says it all */
	return row_error_add(batch, row, true, r.code, c->item, "%s", r.words);
}

static int take_value(const struct column *c, struct in_value v, struct in_row *row,
		      struct row_batch *batch)
{
	enum value_fault fault;
	bool refused = false;
	int err = 0;

	if (c->kind == COLUMN_CARRIED)
		return take_carried(c, &v, row, batch);
	fault = fault_of(c, &v);
	if (v.n > 0 && (fault != VALUE_OK || repair_is_suspect(c, v.s, v.n))) {
		err = mend(c, &v, row, batch, &refused);
		fault = fault_of(c, &v);
	}
	if (err || refused)
		return err;
	if (c->required && v.n == 0)
		return is_missing(c, row, batch);
	if (fault != VALUE_OK)
		return value_error(c, fault, row, batch);
	if (c->kind == COLUMN_MAPPED)
		return take_mapped(c, &v, row, batch);
	if (c->kind == COLUMN_CONSTANT && strcmp(c->value, v.s) != 0) {
		row->foreign = true;
		return row_error_add(batch, row, false, "E0005", c->item,
				     "決められた値 (%s) ではありません。", c->value);
	}
	if (c->field != IN_NONE)
		row->field[c->field] = v;
	return 0;
}

/* Constants that are not in the file. */
static void take_constants(const struct layout *l, struct in_row *row)
{
	for (size_t i = 0; i < l->n_columns; i++)
		if (!l->columns[i].item)
			set(row, l->columns[i].field, &l->columns[i], l->columns[i].value);
}

static void clear(struct in_row *row, uint32_t number)
{
	row->row = number;
	for (int f = 0; f < IN_FIELDS; f++)
		row->field[f] = (struct in_value){.s = ""};
	row->n_carried = 0;
	row->listed = 0;
	row->bad = row->foreign = false;
	memset(row->wrong_number, 0, sizeof row->wrong_number);
}

static bool all_empty(const struct csv_field *fields, size_t from, size_t n)
{
	for (size_t i = from; i < n && i < MAX_COLUMNS; i++)
		if (fields[i].n > 0)
			return false;
	return n <= MAX_COLUMNS;
}

/* Two files that were put together: the second's header stands among the rows. */
static bool is_header(const struct binding *b, const struct csv_field *fields)
{
	size_t same = 0;

	for (size_t i = 0; i < b->n && same < 2; i++) {
		const struct column *c = b->column[i];
		if (!c)
			continue;
		if (strcmp(fields[i].s, c->item) != 0 &&
		    (!c->id || strcmp(fields[i].s, c->id) != 0))
			return false;
		same++;
	}
	return same == 2;
}

/* Commas that a spreadsheet left at the end of a row carry nothing; anything else that does not
 * fit the header may stand under any heading. */
static int check_shape(const struct binding *b, const struct csv_field *fields, size_t *n,
		       struct in_row *row, struct row_batch *batch)
{
	if (all_empty(fields, 0, *n))
		return row_error_add(batch, row, false, "E0001", "行",
				     "すべての項目が空の行です。");
	if (*n > b->n && all_empty(fields, b->n, *n)) {
		bool said = *n == b->n + b->spare; /* by the header */
		*n = b->n;
		if (!said)
			return row_error_add(batch, row, true, "E0004", "行",
					     "行の終わりの余分なカンマを除きました。");
	}
	if (*n != b->n)
		return row_error_add(batch, row, false, "E0004", "行",
				     "項目の数が見出しと違います (見出し %zu、この行 %zu)。", b->n,
				     *n);
	if (is_header(b, fields))
		return row_error_add(
		    batch, row, false, "E0004", "行",
		    "見出しの行がもう一度あります。ファイルをつないだのではありませ"
		    "んか。");
	return 0;
}

static int (*const adders[LAYOUT_KINDS])(const struct layout *l, struct in_row *row,
					 struct row_batch *batch) = {
    [LAYOUT_TARGETS] = targets_add,         [LAYOUT_PAYMENTS] = payments_add,
    [LAYOUT_WITHDRAWALS] = withdrawals_add, [LAYOUT_EXCLUSIONS] = exclusions_add,
    [LAYOUT_KEY_CHANGES] = key_changes_add, [LAYOUT_HOLDS_IN] = holds_add,
    [LAYOUT_NUMBERS_IN] = numbers_add,
};

int rows_add(const struct layout *l, const struct binding *b, uint32_t number,
	     const struct csv_field *fields, size_t n, struct row_batch *batch)
{
	struct in_row row;
	int err = 0;

	clear(&row, number);
	err = check_shape(b, fields, &n, &row, batch);
	if (err || row.bad)
		return err;
	take_constants(l, &row);
	for (size_t i = 0; !err && i < n; i++)
		if (b->column[i])
			err = take_value(b->column[i],
					 (struct in_value){.s = fields[i].s,
							   .n = fields[i].n,
							   .column = b->column[i]},
					 &row, batch);
	if (!err && !row.bad)
		err = adders[l->kind](l, &row, batch);
	if (!err && row.bad && l->kind == LAYOUT_PAYMENTS)
		err = payments_doubt(&row, batch);
	return err;
}

int rows_room(void **list, size_t size)
{
	if (!*list)
		*list = malloc(MAX_BATCH_ROWS * size);
	return *list ? 0 : E_NOMEM;
}

int rows_choice(const struct in_row *row, enum in_field field, int otherwise)
{
	const struct in_value *v = &row->field[field];
	int i = v->n ? field_value_index(field, v->s) : -1;
	return i < 0 ? otherwise : i;
}

int32_t rows_day(const struct in_row *row, enum in_field field)
{
	const struct in_value *v = &row->field[field];
	int32_t day;

	if (v->n != 10 || memcmp(v->s, "0000", 4) == 0 || memcmp(v->s, "9999", 4) == 0 ||
	    civil_parse_date(v->s, &day))
		return DAY_NONE;
	return day;
}

const char *rows_text(const struct in_row *row, enum in_field field, struct row_batch *batch)
{
	return text_keep(batch->arena, row->field[field].s, row->field[field].n);
}

const char *rows_item(const struct in_row *row, enum in_field field)
{
	const struct column *c = row->field[field].column;
	return c && c->item ? c->item : "行";
}

static const char *dup_value(struct arena *arena, const struct in_value *v)
{
	return text_keep(arena, v->s, v->n);
}

int rows_key(const struct in_row *row, struct row_batch *batch, struct debt_key *ret_key)
{
	const struct in_value *fuka = &row->field[IN_FUKA_YEAR],
			      *chotei = &row->field[IN_CHOTEI_YEAR];
	struct debt_key key = {
	    .person = dup_value(batch->arena, &row->field[IN_PERSON]),
	    .gyomu = dup_value(batch->arena, &row->field[IN_GYOMU]),
	    .tax = dup_value(batch->arena, &row->field[IN_TAX]),
	    .fuka_year = dup_value(batch->arena, fuka->n ? fuka : chotei),
	    .chotei_year = dup_value(batch->arena, chotei->n ? chotei : fuka),
	    .period = dup_value(batch->arena, &row->field[IN_PERIOD]),
	    .notice = dup_value(batch->arena, &row->field[IN_NOTICE]),
	};

	if (!key.person || !key.gyomu || !key.tax || !key.fuka_year || !key.chotei_year ||
	    !key.period || !key.notice)
		return E_NOMEM;
	*ret_key = key;
	return 0;
}
