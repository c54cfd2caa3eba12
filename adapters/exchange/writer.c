/*
 * See writer.h. Nothing here asks a clock or a locale: a file that is written
 * again after a crash must come out the same byte for byte.
 *
 * A value that does not fit its column is E_INVALID, and the file is not built:
 * silently shortened values are how a core system records the wrong thing. Only
 * a column whose layout says cut="yes" is shortened, between characters.
 * Exchange files are never altered otherwise: no trimming, no guarding against
 * spreadsheets (exports for people do that elsewhere).
 */
#include "adapters/exchange/writer.h"

#include "adapters/exchange/cp932.h"
#include "engine/plan/civil.h"
#include "engine/utf8.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

struct exchange_writer {
	const struct layout *l;
	int (*sink)(void *arg, const void *p, size_t n);
	void *arg;
	size_t n;                        /* bytes in line */
	unsigned char hint[MAX_COLUMNS]; /* where each column's field stood in the last row */
	unsigned replaced;               /* characters that became 〓 */
	char line[MAX_ROW_BYTES + MAX_COLUMNS * 4];
	char encoded[MAX_ROW_BYTES + MAX_COLUMNS * 4];
	char scratch[MAX_FIELD_BYTES + 1];
	char cut[MAX_FIELD_BYTES + 4];
};

static int put(struct exchange_writer *w, const char *s, size_t n)
{
	bool quote = w->l->quote == QUOTE_ALL || strcspn(s, ",\"\r\n") < n ||
		     (n > 0 && (*s == ' ' || s[n - 1] == ' '));
	size_t room = sizeof w->line - w->n;

	if (2 * n + 4 > room)
		return E_LIMIT;
	if (quote) {
		w->n += csv_write(w->line + w->n, room, s, n);
	} else {
		memcpy(w->line + w->n, s, n);
		w->n += n;
	}
	return 0;
}

static int end_line(struct exchange_writer *w)
{
	const char *out = w->line;
	size_t n;
	int err = 0;

	if (w->l->crlf)
		w->line[w->n++] = '\r';
	w->line[w->n++] = '\n';
	n = w->n;
	w->n = 0;
	if (w->l->encoding == ENCODING_CP932) {
		out = w->encoded;
		err = cp932_encode(w->line, n, w->encoded, &n, w->l->geta ? &w->replaced : NULL);
	} else {
		n = cp932_unmark(w->line, n); /* which of two codes it had means nothing here */
	}
	return err ? err : w->sink(w->arg, out, n);
}

static int put_header(struct exchange_writer *w)
{
	int err = 0;

	if (w->l->bom == BOM_YES) {
		memcpy(w->line, "\xef\xbb\xbf", 3);
		w->n = 3;
	}
	for (size_t i = 0; !err && i < w->l->n_columns; i++) {
		const struct column *c = &w->l->columns[i];
		const char *name = w->l->header_ids ? c->id : c->item;
		if (i > 0)
			w->line[w->n++] = ',';
		err = put(w, name, strlen(name));
	}
	return err ? err : end_line(w);
}

int exchange_writer_open(const struct layout *l, int (*sink)(void *arg, const void *p, size_t n),
			 void *arg, struct exchange_writer **ret_writer)
{
	struct exchange_writer *w;
	int err;

	if (layout_is_incoming(l->kind))
		return E_STATE;
	w = calloc(1, sizeof *w);
	if (!w)
		return E_NOMEM;
	w->l = l;
	w->sink = sink;
	w->arg = arg;
	err = put_header(w);
	if (err) {
		free(w);
		return err;
	}
	*ret_writer = w;
	return 0;
}

/* Rows give their fields in the same order mostly: look where it was the last time. */
static const char *field_value(struct exchange_writer *w, size_t column, const char *name,
			       const struct out_field *fields, size_t n)
{
	size_t at = w->hint[column];

	if (at < n && strcmp(fields[at].name, name) == 0)
		return fields[at].value;
	for (size_t i = 0; i < n; i++)
		if (strcmp(fields[i].name, name) == 0) {
			w->hint[column] = i <= UINT8_MAX ? (unsigned char)i : 0;
			return fields[i].value;
		}
	return "";
}

static const char *named(const char *name, const struct out_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(fields[i].name, name) == 0)
			return fields[i].value;
	return "";
}

/* A […] is there only if each of its names has a value. */
static bool group_is_full(const struct template *t, unsigned group, const struct out_field *fields,
			  size_t n)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->parts[i].group == group && t->parts[i].name &&
		    !*named(t->parts[i].name, fields, n))
			return false;
	return true;
}

static int compose(struct exchange_writer *w, const struct column *c,
		   const struct out_field *fields, size_t n)
{
	unsigned group = 0;
	bool there = true;
	size_t at = 0;

	w->scratch[0] = '\0';
	for (size_t i = 0; i < c->composed.n; i++) {
		const struct template_part *part = &c->composed.parts[i];
		if (part->group != group) {
			group = part->group;
			there = group == 0 || group_is_full(&c->composed, group, fields, n);
		}
		if (!there)
			continue;
		at = template_append(w->scratch, at, sizeof w->scratch,
				     part->text ? part->text : named(part->name, fields, n),
				     part->width);
		if (at == sizeof w->scratch)
			return E_LIMIT;
	}
	return 0;
}

/* The longest beginning that fits, with … where the type has it: a reader sees that more was said.
 * What matters most stands first in a template. */
static const char *shorten(struct exchange_writer *w, const struct column *c, const char *value,
			   size_t *n)
{
	static const char more[] = "…";
	bool text =
	    c->type.kind == VALUE_N || c->type.kind == VALUE_XN || c->type.kind == VALUE_ANY;
	size_t whole = value_cut(value, *n, c->type.length);

	if (whole == *n || !text) {
		*n = whole;
		return value;
	}
	*n = value_cut(value, *n, c->type.length - 1);
	memcpy(w->cut, value, *n);
	memcpy(w->cut + *n, more, sizeof more);
	*n += sizeof more - 1;
	return w->cut;
}

static int value_of(struct exchange_writer *w, size_t column, const struct out_field *fields,
		    size_t n, const char **ret_value)
{
	const struct column *c = &w->l->columns[column];
	const char *value;

	switch (c->kind) {
	case COLUMN_CONSTANT:
		*ret_value = c->value;
		return 0;
	case COLUMN_COMPOSED:
		*ret_value = w->scratch;
		return compose(w, c, fields, n);
	case COLUMN_VALUE:
	case COLUMN_CARRIED:
		*ret_value = field_value(w, column, c->out_name, fields, n);
		return 0;
	case COLUMN_MAPPED:
		break;
	}
	value = field_value(w, column, c->out_name, fields, n);
	*ret_value = value;
	for (size_t i = 0; i < c->n_codes; i++)
		if (strcmp(c->codes[i].value, value) == 0) {
			*ret_value = c->codes[i].code;
			return 0;
		}
	return *value ? E_INVALID : 0;
}

static int put_value(struct exchange_writer *w, const struct column *c, const char *value)
{
	size_t n = strlen(value);
	enum value_fault fault;

	if (n > MAX_FIELD_BYTES || !utf8_valid(value, n, NULL))
		return E_INVALID;
	if (n == 0)
		return c->required ? E_INVALID : put(w, value, 0);
	if (c->cut)
		value = shorten(w, c, value, &n);
	/* what was carried is the core system's own: it goes back as it came */
	fault = c->kind == COLUMN_CARRIED ? VALUE_OK : value_check(&c->type, value, n);
	return fault == VALUE_OK ? put(w, value, n) : E_INVALID;
}

int exchange_writer_row(struct exchange_writer *w, const struct out_field *fields, size_t n)
{
	const char *value = "";
	int err = 0;

	w->n = 0; /* a row that failed before leaves nothing behind */
	for (size_t i = 0; !err && i < w->l->n_columns; i++) {
		if (i > 0)
			w->line[w->n++] = ',';
		err = value_of(w, i, fields, n, &value);
		if (!err)
			err = put_value(w, &w->l->columns[i], value);
	}
	if (err) {
		w->n = 0;
		return err;
	}
	return end_line(w);
}

unsigned exchange_writer_replaced(const struct exchange_writer *w)
{
	return w->replaced;
}

int exchange_writer_close(struct exchange_writer *w)
{
	free(w); /* every row went to the sink when it came: nothing is left to fail */
	return 0;
}

static int name_value(const struct layout *l, const char *name, uint32_t number, int64_t stamp_ms,
		      const char *city, char out[32])
{
	struct civil t = civil_from_ms(stamp_ms);
	int n;

	if (strcmp(name, "gyomu") == 0)
		n = snprintf(out, 32, "%s", l->gyomu);
	else if (strcmp(name, "city") == 0)
		n = snprintf(out, 32, "%s", city);
	else if (strcmp(name, "number") == 0)
		n = snprintf(out, 32, "%u", number);
	else
		n = snprintf(out, 32, "%04d%02d%02d%02d%02d%02d", t.year, t.month, t.day, t.hour,
			     t.minute, t.second);
	return n < 0 || n >= 32 || strpbrk(out, "/\\") ? E_INVALID : 0;
}

int exchange_file_name(const struct layout *l, uint32_t number, int64_t stamp_ms, const char *city,
		       char out[MAX_FILE_NAME])
{
	char name[MAX_FILE_NAME] = "", value[32];
	size_t at = 0;
	int err = l->name.n ? 0 : E_STATE;

	for (size_t i = 0; !err && i < l->name.n; i++) {
		const struct template_part *part = &l->name.parts[i];
		if (!part->text)
			err = name_value(l, part->name, number, stamp_ms, city, value);
		if (!err)
			at = template_append(name, at, sizeof name, part->text ? part->text : value,
					     part->text ? 0 : part->width);
		if (!err && at == sizeof name)
			err = E_LIMIT;
	}
	if (!err)
		memcpy(out, name, sizeof name);
	return err;
}
