/* See fake_exchange.h. */
#include "tests/support/fake_exchange.h"

#include "adapters/exchange/campaign.h"
#include "adapters/exchange/holidays.h"
#include "engine/arena.h"
#include "tests/support/fake_rows.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct layout {
	const char *id, *pattern;
	enum layout_kind kind;
};
struct layouts {
	int none;
};
struct exchange_reader {
	const struct layout *layout;
	FILE *f;
	const struct exchange_order *order;
	uint32_t row; /* done */
};
enum { ORDER_MOST = 4096 };
struct exchange_order {
	uint64_t print;
	uint32_t n;
	struct ordered {
		char person[16];
		long at;
		uint32_t row;
	} row[ORDER_MOST];
};
struct exchange_writer {
	int (*sink)(void *arg, const void *p, size_t n);
	void *arg;
};

static const struct layout list[] = {
    {"targets", "targets-*", LAYOUT_TARGETS},
    {"payments", "pay-*", LAYOUT_PAYMENTS},
    {"contacts", "none", LAYOUT_CONTACTS},
    {"results", "none", LAYOUT_RESULTS},
    {"corrections", "none", LAYOUT_CORRECTIONS},
    {"errors", "none", LAYOUT_ERRORS},
    {"receipt", "none", LAYOUT_RECEIPT},
    {"withdrawals", "back-*", LAYOUT_WITHDRAWALS},
    {"exclusions", "not-*", LAYOUT_EXCLUSIONS},
    {"key-changes", "key-*", LAYOUT_KEY_CHANGES},
    {"holds-in", "hold-*", LAYOUT_HOLDS_IN},
    {"numbers-in", "num-*", LAYOUT_NUMBERS_IN},
    {"holds", "none", LAYOUT_HOLDS},
    {"numbers", "none", LAYOUT_NUMBERS},
};
enum { LAYOUTS = sizeof list / sizeof *list, LINE = 4096 };
static struct layouts all;
static size_t batch_rows = MAX_BATCH_ROWS;
static atomic_uint fail_row;
static _Atomic uint64_t order_is;
static atomic_int fail_err;
static char head[64], completion[16], completion_out[16];

void fake_exchange_batch(size_t rows)
{
	batch_rows = rows;
}

void fake_exchange_order(uint64_t print)
{
	order_is = print;
}

void fake_exchange_fail_at(unsigned row, int err)
{
	fail_err = err;
	fail_row = row;
}

void fake_exchange_completion(const char *suffix)
{
	snprintf(completion, sizeof completion, "%s", suffix);
}

void fake_exchange_completion_out(const char *suffix)
{
	snprintf(completion_out, sizeof completion_out, "%s", suffix);
}

void fake_exchange_head(const char *text)
{
	snprintf(head, sizeof head, "%s", text);
}

/* ---- layouts ---- */

static int layouts_load(const char *dir, const char *schema_dir, struct problems *problems,
			struct layouts **ret)
{
	(void)dir;
	(void)schema_dir;
	(void)problems;
	*ret = &all;
	return 0;
}

static void layouts_free(struct layouts *l)
{
	(void)l;
}

static const struct layout *layout_at(const struct layouts *l, size_t n)
{
	(void)l;
	return n < LAYOUTS ? &list[n] : NULL;
}

static const struct layout *layout_find(const struct layouts *l, const char *id)
{
	(void)l;
	for (size_t i = 0; i < LAYOUTS; i++)
		if (strcmp(list[i].id, id) == 0)
			return &list[i];
	return NULL;
}

static enum layout_kind layout_kind(const struct layout *l)
{
	return l->kind;
}

static const char *layout_id(const struct layout *l)
{
	return l->id;
}

static const char *layout_pattern(const struct layout *l)
{
	return l->pattern;
}

static bool layout_incoming(const struct layout *l)
{
	return strcmp(l->pattern, "none") != 0;
}

static bool layout_holds(const struct layout *out, const struct layout *in)
{
	return out != in;
}

static bool layout_carries(const struct layout *l, const char *item)
{
	return l->kind == LAYOUT_TARGETS && strcmp(item, "memo") == 0;
}

static const char *layout_completion(const struct layout *l)
{
	return l->kind == LAYOUT_TARGETS ? completion : layout_incoming(l) ? "" : completion_out;
}

static size_t layouts_person_width(struct layouts *l, int width, bool zeros)
{
	(void)l;
	(void)width;
	(void)zeros;
	return 0;
}

static int layout_describe(const struct layout *l, FILE *to)
{
	return fputs(l->id, to) < 0 ? E_IO : 0;
}

/* ---- reading ---- */

static bool next_line(FILE *f, char *line)
{
	if (!fgets(line, LINE, f))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static int check(const struct layout *l, const char *path, uint32_t *ret_rows, struct refusal *why)
{
	char line[LINE];
	uint32_t n = 0;
	FILE *f = fopen(path, "r");
	(void)l;
	if (!f)
		return E_IO;
	while (next_line(f, line)) {
		if (line[0] == 'X') {
			snprintf(why->code, sizeof why->code, "%.5s", line + 2);
			snprintf(why->words, sizeof why->words, "%.400s", line + 8);
			why->row = 0;
			fclose(f);
			return E_INVALID;
		}
		n++;
	}
	fclose(f);
	*ret_rows = n;
	return 0;
}

static int by_first_person(const void *x, const void *y)
{
	const struct ordered *a = x, *b = y;
	int c = strcmp(a->person, b->person);
	return c ? c : a->row < b->row ? -1 : 1;
}

static int check_order(const struct layout *l, const char *path, uint32_t *ret_rows,
		       struct exchange_order **ret, struct refusal *why)
{
	char line[LINE];
	int err = check(l, path, ret_rows, why);
	*ret = NULL;
	if (err || !order_is || l->kind != LAYOUT_TARGETS)
		return err;
	struct exchange_order *o = calloc(1, sizeof *o);
	FILE *f = fopen(path, "r");
	if (!o || !f)
		abort();
	o->print = order_is;
	for (long at = 0; o->n < ORDER_MOST && next_line(f, line); at = ftell(f)) {
		struct ordered *row = &o->row[o->n++];
		*row = (struct ordered){.at = at, .row = o->n};
		if (line[0] == 'T')
			snprintf(row->person, sizeof row->person, "%.*s",
				 (int)strcspn(line + 2, ";"), line + 2);
	}
	fclose(f);
	qsort(o->row, o->n, sizeof *o->row, by_first_person);
	*ret = o;
	return 0;
}

static uint64_t order_print(const struct exchange_order *o)
{
	return o ? o->print : 0;
}

static void order_free(struct exchange_order *o)
{
	free(o);
}

static int reader_open_order(const struct layout *l, const char *path,
			     const struct exchange_order *order, uint32_t skip,
			     struct exchange_reader **ret, struct refusal *why)
{
	char line[LINE];
	struct exchange_reader *r = calloc(1, sizeof *r);
	(void)why;
	if (!r)
		return E_NOMEM;
	r->layout = l;
	r->order = order;
	r->f = fopen(path, "r");
	if (!r->f) {
		free(r);
		return E_IO;
	}
	while (!order && r->row < skip && next_line(r->f, line))
		r->row++;
	if (order)
		r->row = skip;
	*ret = r;
	return 0;
}

static int reader_open(const struct layout *l, const char *path, uint32_t skip,
		       struct exchange_reader **ret, struct refusal *why)
{
	return reader_open_order(l, path, NULL, skip, ret, why);
}

/* The next line in the reader's order, and which of the file it is. */
static bool reader_line(struct exchange_reader *r, char *line, uint32_t *ret_row)
{
	*ret_row = r->row + 1;
	if (!r->order)
		return next_line(r->f, line);
	if (r->row == r->order->n)
		return false;
	*ret_row = r->order->row[r->row].row;
	return fseek(r->f, r->order->row[r->row].at, SEEK_SET) == 0 && next_line(r->f, line);
}

static int by_person(const void *x, const void *y)
{
	const struct target_row *a = x, *b = y;
	int c = strcmp(a->key.person, b->key.person);
	return c ? c : a->row < b->row ? -1 : 1;
}

static int reader_next(struct exchange_reader *r, struct row_batch **ret)
{
	char line[LINE];
	struct arena *arena;
	struct row_batch *b = calloc(1, sizeof *b);
	if (!b || arena_new(64 << 20, &arena))
		abort();
	b->arena = arena;
	b->kind = r->layout->kind;
	b->targets = calloc(batch_rows, sizeof *b->targets);
	b->payments = calloc(batch_rows, sizeof *b->payments);
	b->errors = calloc(batch_rows, sizeof *b->errors);
	b->withdrawals = calloc(batch_rows, sizeof *b->withdrawals);
	b->exclusions = calloc(batch_rows, sizeof *b->exclusions);
	b->key_changes = calloc(batch_rows, sizeof *b->key_changes);
	if (!b->withdrawals || !b->exclusions || !b->key_changes)
		abort();
	b->holds = calloc(batch_rows, sizeof *b->holds);
	b->numbers = calloc(batch_rows, sizeof *b->numbers);
	if (!b->targets || !b->payments || !b->errors || !b->holds || !b->numbers)
		abort();
	b->first_row = r->row + 1;
	uint32_t row;
	while (r->row - b->first_row + 1 < batch_rows && reader_line(r, line, &row)) {
		r->row++;
		if (fail_row && r->row == fail_row) {
			fail_row = 0;
			row_batch_free(b);
			return fail_err;
		}
		fake_row(b, line, row, r->row);
	}
	b->last_row = r->row;
	if (b->last_row < b->first_row) {
		row_batch_free(b);
		return E_NOTFOUND;
	}
	qsort(b->targets, b->kind == LAYOUT_TARGETS ? b->n : 0, sizeof *b->targets, by_person);
	*ret = b;
	return 0;
}

static void reader_close(struct exchange_reader *r)
{
	fclose(r->f);
	free(r);
}

/* ---- writing ---- */

static int writer_open(const struct layout *l, int (*sink)(void *arg, const void *p, size_t n),
		       void *arg, struct exchange_writer **ret)
{
	char line[128];
	struct exchange_writer *w = calloc(1, sizeof *w);
	if (!w)
		return E_NOMEM;
	w->sink = sink;
	w->arg = arg;
	*ret = w;
	int n = snprintf(line, sizeof line, "#%s%s\n", l->id, head);
	return sink(arg, line, (size_t)n);
}

static int writer_row(struct exchange_writer *w, const struct out_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int err = w->sink(w->arg, fields[i].name, strlen(fields[i].name));
		if (!err)
			err = w->sink(w->arg, "=", 1);
		if (!err)
			err = w->sink(w->arg, fields[i].value, strlen(fields[i].value));
		if (!err)
			err = w->sink(w->arg, i + 1 < n ? "\t" : "\n", 1);
		if (err)
			return err;
	}
	return 0;
}

static unsigned writer_replaced(const struct exchange_writer *w)
{
	(void)w;
	return 0;
}

static int writer_close(struct exchange_writer *w)
{
	free(w);
	return 0;
}

static int file_name(const struct layout *l, uint32_t number, int64_t stamp_ms, const char *city,
		     char out[MAX_FILE_NAME])
{
	(void)stamp_ms;
	(void)city;
	snprintf(out, MAX_FILE_NAME, "%s-%u.txt", l->id, number);
	return 0;
}

const struct exchange_ops exchange_fake = {
    .name = "fake",
    .layouts_load = layouts_load,
    .layouts_free = layouts_free,
    .layout_find = layout_find,
    .layout_kind = layout_kind,
    .layout_id = layout_id,
    .layout_pattern = layout_pattern,
    .layout_path = layout_id,
    .layout_incoming = layout_incoming,
    .layout_holds = layout_holds,
    .layout_carries = layout_carries,
    .layout_completion = layout_completion,
    .layouts_person_width = layouts_person_width,
    .layout_describe = layout_describe,
    .layout_at = layout_at,
    .campaign_load = campaign_file_load,
    .campaign_load_bytes = campaign_bytes_load,
    .holidays_load = holidays_file_load,
    .check = check,
    .check_order = check_order,
    .order_print = order_print,
    .order_free = order_free,
    .reader_open = reader_open,
    .reader_open_order = reader_open_order,
    .reader_next = reader_next,
    .reader_close = reader_close,
    .writer_open = writer_open,
    .writer_row = writer_row,
    .writer_replaced = writer_replaced,
    .writer_close = writer_close,
    .file_name = file_name,
};
