/*
 * Columns are bound by name (or item ID), never by position: a core system that
 * adds or moves a column must not make us read a postal code as an amount. What
 * does not fit refuses the file whole.
 */
#include "adapters/exchange/reader.h"

#include <string.h>

static const char *header_of(const struct layout *l, const struct column *c)
{
	return l->header_ids ? c->id : c->item;
}

static const struct column *column_named(const struct layout *l, const char *name)
{
	for (size_t i = 0; i < l->n_columns; i++) {
		const char *own = header_of(l, &l->columns[i]);
		if (l->columns[i].item && own && strcmp(own, name) == 0)
			return &l->columns[i];
	}
	return NULL;
}

static bool is_bound(const struct binding *b, const struct column *c)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->column[i] == c)
			return true;
	return false;
}

/* A name of the header goes into a sentence for people: no control bytes, and not all of it. */
static void shorten(const char *name, char out[64])
{
	size_t n = value_cut(name, strlen(name), 15);

	if (n > 63)
		n = 0;
	memcpy(out, name, n);
	out[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)out[i] < 0x20 || out[i] == 0x7f)
			out[i] = '?';
}

static const char *const blanks[] = {" ", "\t", "　"};

/* Skips one blank at s; false: there is none. */
static bool skip_blank(const char **s)
{
	for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++)
		if (strncmp(*s, blanks[i], strlen(blanks[i])) == 0) {
			*s += strlen(blanks[i]);
			return true;
		}
	return false;
}

static size_t blank_at_end(const char *s, size_t n)
{
	for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++) {
		size_t len = strlen(blanks[i]);
		if (n >= len && memcmp(s + n - len, blanks[i], len) == 0)
			return len;
	}
	return 0;
}

/* A name with blanks around it is the name. */
static const struct column *column_trimmed(const struct layout *l, const char *s)
{
	char name[256];
	size_t n, blank;

	while (skip_blank(&s))
		;
	n = strlen(s);
	while ((blank = blank_at_end(s, n)) > 0)
		n -= blank;
	if (n == 0 || n >= sizeof name)
		return NULL;
	memcpy(name, s, n);
	name[n] = '\0';
	return column_named(l, name);
}

static int bind_one(const struct layout *l, const struct csv_field *f, struct binding *b,
		    struct refusal *why)
{
	const struct column *c = column_named(l, f->s);
	char name[64];

	if (!c && (c = column_trimmed(l, f->s)) != NULL)
		b->trimmed = true;
	shorten(f->s, name);
	if (memmem(f->s, f->n, "\xef\xbb\xbf", 3)) {
		refusal_set(why, "E0002", 0,
			    "見出しの途中に BOM (U+FEFF) があります。ファイルをつないだのではありま"
			    "せんか。");
		return E_INVALID;
	}
	if (item_is_forbidden(f->s)) {
		refusal_set(why, "E0004", 0,
			    "個人番号の項目「%"
			    "s」があります。個人番号は受け取れません。項目を除いてください。",
			    name);
		return E_INVALID;
	}
	if (!c && !l->ignore_extra) {
		refusal_set(why, "E0004", 0, "レイアウト %s にない項目「%s」があります。", l->id,
			    name);
		return E_INVALID;
	}
	if (c && is_bound(b, c)) {
		refusal_set(why, "E0004", 0, "項目「%s」が二度あります。", name);
		return E_INVALID;
	}
	b->column[b->n++] = c;
	return 0;
}

int binding_make(const struct layout *l, const struct csv_field *header, size_t n,
		 struct binding *ret_binding, struct refusal *why)
{
	struct binding b = {.n = 0};

	while (n > 1 && n <= MAX_COLUMNS && header[n - 1].n == 0) {
		b.spare++;
		n--;
	}
	if (n == 1 && memchr(header->s, '\t', header->n)) {
		refusal_set(why, "E0004", 0, "区切りがタブです。カンマで区切ってください。");
		return E_INVALID;
	}
	if (n > MAX_COLUMNS) {
		refusal_set(why, "E0003", 0, "項目の数が上限 (%d) を超えています。", MAX_COLUMNS);
		return E_INVALID;
	}
	for (size_t i = 0; i < n; i++)
		if (bind_one(l, &header[i], &b, why))
			return E_INVALID;
	for (size_t i = 0; i < l->n_columns; i++)
		if (l->columns[i].item && !l->columns[i].optional &&
		    !is_bound(&b, &l->columns[i])) {
			refusal_set(why, "E0001", 0, "項目「%s」がありません (レイアウト %s)。",
				    header_of(l, &l->columns[i]), l->id);
			return E_INVALID;
		}
	*ret_binding = b;
	return 0;
}
