/* See manifest.h. Reading is strict: a line that we would not have written is an error, so that
 * nothing in a signed text can mean one thing to us and another to sha256sum. */
#include "engine/archive/manifest.h"

#include "spool/name.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEX = 64, LINE_MOST = HEX + 2 + MAX_ID + MAX_FILE_NAME + 2 };

void manifest_init(struct manifest *m, int32_t day)
{
	*m = (struct manifest){.day = day, .previous_day = DAY_NONE};
}

void manifest_free(struct manifest *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->lines[i].path);
	free(m->lines);
	m->lines = NULL;
	m->n = m->cap = 0;
}

/* ---- adding ---- */

static int grow(struct manifest *m)
{
	if (m->n == MAX_ARCHIVE_FILES)
		return E_LIMIT;
	if (m->n < m->cap)
		return 0;
	size_t cap = m->cap ? m->cap * 2 : 64;
	struct manifest_line *lines = realloc(m->lines, cap * sizeof *lines);
	if (!lines)
		return E_NOMEM;
	m->lines = lines;
	m->cap = cap;
	return 0;
}

static int count_class(struct manifest *m, const char *path, int64_t size)
{
	size_t n = strcspn(path, "/");
	struct manifest_class *c = m->classes;
	for (; c < m->classes + m->n_classes; c++)
		if (strlen(c->name) == n && memcmp(c->name, path, n) == 0)
			break;
	if (c == m->classes + m->n_classes) {
		if (m->n_classes == MAX_ARCHIVE_CLASSES)
			return E_LIMIT;
		*c = (struct manifest_class){.files = 0};
		memcpy(c->name, path, n);
		m->n_classes++;
	}
	c->files++;
	c->bytes += (uint64_t)size;
	return 0;
}

/* "class/name", both harmless. */
static bool path_ok(const char *path)
{
	char class_name[MAX_ID];
	const char *slash = strchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;
	if (n == 0 || n >= sizeof class_name)
		return false;
	memcpy(class_name, path, n);
	class_name[n] = '\0';
	return name_is_safe(class_name) && !strchr(class_name, ' ') && name_is_safe(slash + 1);
}

static int add_line(struct manifest *m, const char *path, int64_t size, const char *sha256)
{
	int err = path_ok(path) ? grow(m) : E_INVALID;
	if (err)
		return err;
	struct manifest_line *l = &m->lines[m->n];
	l->path = strdup(path);
	if (!l->path)
		return E_NOMEM;
	l->size = size;
	memcpy(l->sha256, sha256, HEX);
	l->sha256[HEX] = '\0';
	m->n++;
	return 0;
}

int manifest_add(struct manifest *m, const char *path, int64_t size, const char *sha256)
{
	int err = add_line(m, path, size, sha256);
	if (err)
		return err;
	m->bytes += (uint64_t)size;
	return m->deletion ? 0 : count_class(m, path, size);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct manifest_line *)a)->path,
		      ((const struct manifest_line *)b)->path);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct manifest_class *)a)->name,
		      ((const struct manifest_class *)b)->name);
}

void manifest_sort(struct manifest *m)
{
	if (m->n)
		qsort(m->lines, m->n, sizeof *m->lines, by_path);
	qsort(m->classes, m->n_classes, sizeof *m->classes, by_name);
}

static int line_is(const void *path, const void *line)
{
	return strcmp(path, ((const struct manifest_line *)line)->path);
}

const struct manifest_line *manifest_find(const struct manifest *m, const char *path)
{
	return m->n ? bsearch(path, m->lines, m->n, sizeof *m->lines, line_is) : NULL;
}

/* ---- writing ---- */

static void write_head(const struct manifest *m, FILE *to)
{
	char day[11], at[26];
	civil_format_date(m->day, day);
	fprintf(to, "# osame archive %s 1\n# day %s\n", m->deletion ? "deletion" : "manifest", day);
	if (m->deletion) {
		civil_format_instant(m->at_ms, at);
		fprintf(to, "# class %s\n# manifest %s\n# kept %s\n# at %s\n# by %s\n",
			m->class_name, m->of, m->kept, at, m->by);
	} else if (m->previous_day == DAY_NONE) {
		fputs("# previous none\n", to);
	} else {
		civil_format_date(m->previous_day, day);
		fprintf(to, "# previous %s %s\n", day, m->previous);
	}
	fprintf(to, "# files %zu\n# bytes %" PRIu64 "\n", m->n, m->bytes);
	for (size_t i = 0; i < m->n_classes; i++)
		fprintf(to, "# class %s %" PRIu64 " %" PRIu64 "\n", m->classes[i].name,
			m->classes[i].files, m->classes[i].bytes);
}

int manifest_write(const struct manifest *m, char **ret_text, size_t *ret_n)
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);
	if (!to)
		return E_NOMEM;
	write_head(m, to);
	for (size_t i = 0; i < m->n; i++)
		fprintf(to, "%s  %s\n", m->lines[i].sha256, m->lines[i].path);
	if (fclose(to) != 0) {
		free(text);
		return E_NOMEM;
	}
	*ret_text = text;
	*ret_n = n;
	return 0;
}

/* ---- reading ---- */

struct reader {
	const char *at, *end;
	char line[LINE_MOST];
	size_t number;
};

/* False at the end and at a line that is too long, has no end, or has a NUL in it. */
static bool next(struct reader *r)
{
	const char *end = memchr(r->at, '\n', (size_t)(r->end - r->at));
	size_t n = end ? (size_t)(end - r->at) : 0;
	r->number++;
	if (!end || n >= sizeof r->line || memchr(r->at, '\0', n))
		return false;
	memcpy(r->line, r->at, n);
	r->line[n] = '\0';
	r->at = end + 1;
	return true;
}

/* The rest of the next line, which must begin so; NULL if it does not. */
static const char *expect(struct reader *r, const char *begin)
{
	size_t n = strlen(begin);
	return next(r) && strncmp(r->line, begin, n) == 0 ? r->line + n : NULL;
}

static bool is_hex(const char *s)
{
	return strspn(s, "0123456789abcdef") >= HEX;
}

static bool copy_word(const char *s, char *out, size_t size)
{
	size_t n = s ? strlen(s) : 0;
	if (n == 0 || n >= size)
		return false;
	memcpy(out, s, n + 1);
	return true;
}

static bool read_hash(const char *s, char out[65])
{
	return s && is_hex(s) && copy_word(s, out, 65);
}

/* As it is written: a manifest has one form, so that reading and writing gives the same bytes. */
static bool read_number(const char *s, uint64_t *ret)
{
	char *end;
	if (!s || *s < '0' || *s > '9' || strlen(s) > 18 || (*s == '0' && s[1] != '\0'))
		return false;
	*ret = strtoull(s, &end, 10);
	return *end == '\0';
}

static bool read_day(const char *s, int32_t *ret)
{
	return s && civil_parse_date(s, ret) == 0;
}

static bool read_previous(const char *s, struct manifest *m)
{
	char day[11];
	if (!s)
		return false;
	if (strcmp(s, "none") == 0)
		return true;
	if (strlen(s) != 11 + HEX || s[10] != ' ')
		return false;
	memcpy(day, s, 10);
	day[10] = '\0';
	return read_day(day, &m->previous_day) && m->previous_day < m->day &&
	       read_hash(s + 11, m->previous);
}

/* "YYYY-MM-DDTHH:MM:SS+09:00" */
static bool read_instant(const char *s, int64_t *ret)
{
	char day[11], again[26];
	int32_t d;
	unsigned h, min, sec;
	if (!s || strlen(s) != 25 || sscanf(s + 10, "T%2u:%2u:%2u", &h, &min, &sec) != 3)
		return false;
	memcpy(day, s, 10);
	day[10] = '\0';
	if (!read_day(day, &d))
		return false;
	*ret = civil_day_start(d) + ((int64_t)h * 3600 + min * 60 + sec) * 1000;
	civil_format_instant(*ret, again);
	return strcmp(again, s) == 0;
}

static bool read_certificate_head(struct reader *r, struct manifest *m)
{
	return copy_word(expect(r, "# class "), m->class_name, sizeof m->class_name) &&
	       read_hash(expect(r, "# manifest "), m->of) &&
	       copy_word(expect(r, "# kept "), m->kept, sizeof m->kept) &&
	       read_instant(expect(r, "# at "), &m->at_ms) &&
	       copy_word(expect(r, "# by "), m->by, sizeof m->by);
}

static bool read_class(struct manifest *m, const char *s)
{
	const char *a = strchr(s, ' '), *b = a ? strchr(a + 1, ' ') : NULL;
	char files[24];
	if (!b || m->n_classes == MAX_ARCHIVE_CLASSES || a - s >= MAX_ID || b - a > 20)
		return false;
	struct manifest_class *c = &m->classes[m->n_classes++];
	memcpy(c->name, s, (size_t)(a - s));
	c->name[a - s] = '\0';
	memcpy(files, a + 1, (size_t)(b - a - 1));
	files[b - a - 1] = '\0';
	return read_number(files, &c->files) && read_number(b + 1, &c->bytes);
}

static bool read_head(struct reader *r, struct manifest *m, uint64_t *ret_files)
{
	const char *kind = expect(r, "# osame archive ");
	m->deletion = kind && strcmp(kind, "deletion 1") == 0;
	if (!kind || (!m->deletion && strcmp(kind, "manifest 1") != 0) ||
	    !read_day(expect(r, "# day "), &m->day))
		return false;
	if (m->deletion ? !read_certificate_head(r, m)
			: !read_previous(expect(r, "# previous "), m))
		return false;
	if (!read_number(expect(r, "# files "), ret_files) ||
	    !read_number(expect(r, "# bytes "), &m->bytes))
		return false;
	while (!m->deletion && r->at < r->end && *r->at == '#')
		if (!next(r) || strncmp(r->line, "# class ", 8) != 0 || !read_class(m, r->line + 8))
			return false;
	return true;
}

static int read_line(struct manifest *m, const char *s)
{
	if (!is_hex(s) || strlen(s) < HEX + 2 || s[HEX] != ' ' || s[HEX + 1] != ' ')
		return E_INVALID;
	if (m->n && strcmp(m->lines[m->n - 1].path, s + HEX + 2) >= 0)
		return E_INVALID; /* twice, or not in order */
	return add_line(m, s + HEX + 2, -1, s);
}

int manifest_read(const char *text, size_t n, struct manifest *m, size_t *ret_line)
{
	struct reader r = {.at = text, .end = text + n};
	uint64_t files = 0;
	manifest_init(m, 0);
	int err = read_head(&r, m, &files) ? 0 : E_INVALID;
	while (!err && r.at < r.end)
		err = next(&r) ? read_line(m, r.line) : E_INVALID;
	if (!err && files != m->n)
		err = E_INVALID;
	*ret_line = r.number;
	return err;
}
