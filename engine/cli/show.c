/* See show.h. */
#include "engine/cli/show.h"
#include "engine/cli/width.h"

#include "engine/utf8.h"

#include <ctype.h>
#include <string.h>

#define CELL 1024
#define GAP 2

/* One value as a cell: a list of plain values with commas, no lists of objects. */
static const char *cell_of(const struct json *value, char out[CELL])
{
	size_t n = 0;
	switch (json_kind(value)) {
	case JSON_KIND_NULL:
		return "-";
	case JSON_KIND_BOOL:
		return json_bool_of(value) ? "yes" : "no";
	case JSON_KIND_INT:
		snprintf(out, CELL, "%lld", (long long)json_int(value));
		return out;
	case JSON_KIND_REAL:
		snprintf(out, CELL, "%g", json_real_of(value));
		return out;
	case JSON_KIND_STR:
		return *json_str(value) ? json_str(value) : "-";
	case JSON_KIND_OBJECT:
		return "…";
	case JSON_KIND_ARRAY:
		break;
	}
	out[0] = '\0';
	for (size_t i = 0; i < json_count(value) && n < CELL - 64; i++) {
		char one[CELL];
		const char *s = cell_of(json_at(value, i), one);
		n += (size_t)snprintf(out + n, CELL - n, "%s%.60s", i ? ", " : "", s);
	}
	return n ? out : "-";
}

static void print_clean(const char *s, FILE *to)
{
	size_t n = strlen(s);
	while (n > 0) {
		uint32_t cp = 0;
		size_t len = utf8_next(s, n, &cp);
		if (len == 0 || cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
			fputc('?', to);
		else
			fwrite(s, 1, len, to);
		s += len ? len : 1;
		n -= len ? len : 1;
	}
}

static void spaces(size_t n, FILE *to)
{
	while (n-- > 0)
		fputc(' ', to);
}

/* Cut in the middle of a character by a %.60s above: the rest counts as '?', as it is printed. */
static void print_cell(const char *s, size_t width, bool right, bool last, FILE *to)
{
	size_t w = width_of(s), pad = w < width ? width - w : 0;
	if (right)
		spaces(pad, to);
	print_clean(s, to);
	if (!right && !last)
		spaces(pad, to);
	if (!last)
		spaces(GAP, to);
}

/* ---- tables ---- */

static int add_column(void *arg, const char *name, const struct json *value)
{
	struct table *t = arg;
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->name[i], name) == 0)
			return 0;
	if (t->n == TABLE_COLUMNS || strlen(name) >= sizeof t->name[0])
		return 0;
	snprintf(t->name[t->n], sizeof t->name[0], "%s", name);
	t->width[t->n] = width_of(name);
	t->right[t->n] = json_kind(value) == JSON_KIND_INT || json_kind(value) == JSON_KIND_REAL;
	t->n++;
	return 0;
}

/* Columns: the members of the first rows, in the order in which they come. */
static void measure(struct table *t, const struct json *rows)
{
	char cell[CELL];
	for (size_t i = 0; i < json_count(rows); i++)
		json_each(json_at(rows, i), add_column, t);
	for (size_t i = 0; i < json_count(rows); i++) {
		for (size_t k = 0; k < t->n; k++) {
			size_t w = width_of(cell_of(json_get(json_at(rows, i), t->name[k]), cell));
			if (w > t->width[k])
				t->width[k] = w;
		}
	}
}

static void heading(const struct table *t, FILE *to)
{
	for (size_t k = 0; k < t->n; k++) {
		char name[64];
		size_t i = 0;
		for (const char *s = t->name[k]; *s; s++)
			name[i++] = (char)(*s == '_' ? ' ' : toupper((unsigned char)*s));
		name[i] = '\0';
		print_cell(name, t->width[k], t->right[k], k + 1 == t->n, to);
	}
	fputc('\n', to);
}

void table_rows(struct table *t, const struct json *rows, FILE *to)
{
	char cell[CELL];
	if (json_count(rows) == 0)
		return;
	if (t->rows == 0) {
		measure(t, rows);
		heading(t, to);
	}
	for (size_t i = 0; i < json_count(rows); i++) {
		for (size_t k = 0; k < t->n; k++)
			print_cell(cell_of(json_get(json_at(rows, i), t->name[k]), cell),
				   t->width[k], t->right[k], k + 1 == t->n, to);
		fputc('\n', to);
		t->rows++;
	}
}

/* ---- objects ---- */

struct level {
	FILE *to;
	size_t indent, width;
};

static int widest(void *arg, const char *name, const struct json *value)
{
	struct level *l = arg;
	(void)value;
	if (width_of(name) > l->width)
		l->width = width_of(name);
	return 0;
}

static void object_at(const struct json *object, size_t indent, FILE *to);

static int member(void *arg, const char *name, const struct json *value)
{
	struct level *l = arg;
	char cell[CELL];
	bool objects =
	    json_kind(value) == JSON_KIND_ARRAY && json_kind(json_at(value, 0)) == JSON_KIND_OBJECT;
	spaces(l->indent, l->to);
	print_clean(name, l->to);
	fputc(':', l->to);
	if (json_kind(value) == JSON_KIND_OBJECT) {
		fputc('\n', l->to);
		object_at(value, l->indent + 4, l->to);
	} else if (objects) {
		struct table t = {0};
		fputc('\n', l->to);
		table_rows(&t, value, l->to);
	} else {
		spaces(l->width - width_of(name) + 1, l->to);
		print_clean(cell_of(value, cell), l->to);
		fputc('\n', l->to);
	}
	return 0;
}

static void object_at(const struct json *object, size_t indent, FILE *to)
{
	struct level l = {.to = to, .indent = indent};
	json_each(object, widest, &l);
	json_each(object, member, &l);
}

void show_object(const struct json *object, FILE *to)
{
	object_at(object, 0, to);
}
