/*
 * See tts_lexicon.h. Both tables are one structure: entries in buckets by the
 * first character, the longest first within a bucket, so that the first match is
 * the longest. A word that stands twice is refused rather than one of them
 * silently winning.
 */
#include "adapters/speech/tts_lexicon.h"

#include "adapters/speech/tts_fold.h"
#include "engine/limits.h"
#include "engine/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 256 };

struct entry {
	char *from, *to;
	size_t from_n;
	unsigned bucket;
	int line;
};

struct table {
	struct entry *list;
	size_t n, cap;
	size_t first[BUCKETS + 1];
};

struct tts_lexicon {
	struct table variants, replacements;
};

struct reader {
	const char *file;
	struct problems *problems;
	struct table *table;
	bool single; /* `from` is one character, and not folded */
	int line;
};

static unsigned bucket_of(const char *s, size_t n)
{
	uint32_t cp = 0;
	size_t len = utf8_next(s, n, &cp);
	return len ? (unsigned)(cp % BUCKETS) : 0;
}

static int by_bucket_then_longest(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	if (x->bucket != y->bucket)
		return x->bucket < y->bucket ? -1 : 1;
	if (x->from_n != y->from_n)
		return x->from_n > y->from_n ? -1 : 1;
	int order = strcmp(x->from, y->from);
	return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int table_add(struct table *t, char *from, char *to, int line)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 128;
		struct entry *grown = realloc(t->list, cap * sizeof *grown);
		if (!grown)
			return E_NOMEM;
		t->list = grown;
		t->cap = cap;
	}
	t->list[t->n++] = (struct entry){
	    .from = from,
	    .to = to,
	    .from_n = strlen(from),
	    .bucket = bucket_of(from, strlen(from)),
	    .line = line,
	};
	return 0;
}

static void table_free(struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->list[i].from);
		free(t->list[i].to);
	}
	free(t->list);
}

static void table_close(struct table *t, const struct reader *r)
{
	size_t at = 0;

	if (t->n > 0)
		qsort(t->list, t->n, sizeof *t->list, by_bucket_then_longest);
	for (size_t b = 0; b <= BUCKETS; b++) {
		while (at < t->n && t->list[at].bucket < b)
			at++;
		t->first[b] = at;
	}
	for (size_t i = 1; i < t->n; i++)
		if (strcmp(t->list[i].from, t->list[i - 1].from) == 0)
			problems_error(r->problems, r->file, t->list[i].line,
				       "\"%s\" stands already in line %d: keep one of them",
				       t->list[i].from, t->list[i - 1].line);
}

static const struct entry *table_find(const struct table *t, const char *s, size_t n)
{
	unsigned b = bucket_of(s, n);
	for (size_t i = t->first[b]; i < t->first[b + 1]; i++)
		if (t->list[i].from_n <= n && memcmp(t->list[i].from, s, t->list[i].from_n) == 0)
			return &t->list[i];
	return NULL;
}

static int table_apply(const struct table *t, const char *text, size_t n, struct tts_buffer *to)
{
	uint32_t cp;
	int err = 0;

	for (size_t i = 0; i < n && !err;) {
		const struct entry *e = table_find(t, text + i, n - i);
		size_t len = e ? e->from_n : utf8_next(text + i, n - i, &cp);
		if (len == 0)
			return E_INVALID;
		err = e ? tts_buffer_add(to, e->to, strlen(e->to))
			: tts_buffer_add(to, text + i, len);
		i += len;
	}
	return err;
}

int tts_lexicon_variants(const struct tts_lexicon *l, const char *text, size_t n,
			 struct tts_buffer *to)
{
	return table_apply(&l->variants, text, n, to);
}

int tts_lexicon_replace(const struct tts_lexicon *l, const char *text, size_t n,
			struct tts_buffer *to)
{
	return table_apply(&l->replacements, text, n, to);
}

static void wrong(const struct reader *r, const char *what)
{
	problems_error(r->problems, r->file, r->line, "%s", what);
}

static int read_pair(const struct reader *r, const char *from, size_t from_n, const char *to,
		     size_t to_n)
{
	char *f = NULL, *t = NULL;
	int err;

	if (from_n == 0 || to_n == 0 || from_n > TTS_LEXICON_WORD || to_n > TTS_LEXICON_WORD) {
		wrong(r, "write both columns, each of at most 192 bytes");
		return 0;
	}
	if (r->single && utf8_chars(from, from_n) != 1) {
		wrong(r, "the first column must be one character");
		return 0;
	}
	err = r->single ? ((f = strndup(from, from_n)) ? 0 : E_NOMEM) : tts_fold(from, from_n, &f);
	if (!err)
		err = tts_fold(to, to_n, &t);
	if (!err && (!*f || !*t)) {
		wrong(r, "nothing is left of a column after NFKC: write visible characters");
		goto out;
	}
	if (!err)
		err = table_add(r->table, f, t, r->line);
	if (!err)
		f = t = NULL;
out:
	free(f);
	free(t);
	return err;
}

static int read_line(const struct reader *r, const char *p, size_t n)
{
	const char *tab;

	if (n > 0 && p[n - 1] == '\r')
		n--;
	if (n == 0 || p[0] == '#')
		return 0;
	if (!utf8_valid(p, n, NULL) || memchr(p, 0, n)) {
		wrong(r, "this line is not UTF-8: save the file as UTF-8");
		return 0;
	}
	tab = memchr(p, '\t', n);
	if (!tab || memchr(tab + 1, '\t', n - (size_t)(tab + 1 - p))) {
		wrong(r, "write two columns with one tab between them");
		return 0;
	}
	if (utf8_has_control(p, (size_t)(tab - p)) ||
	    utf8_has_control(tab + 1, n - (size_t)(tab + 1 - p))) {
		wrong(r, "there is a control character: take it out");
		return 0;
	}
	if (r->table->n >= TTS_LEXICON_ENTRIES) {
		wrong(r, "too many entries: at most 4,000 in a file");
		return E_LIMIT;
	}
	return read_pair(r, p, (size_t)(tab - p), tab + 1, n - (size_t)(tab + 1 - p));
}

static int read_lines(struct reader *r, const char *p, size_t n)
{
	if (n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) { /* Windows editors add it */
		p += 3;
		n -= 3;
	}
	for (r->line = 1; n > 0; r->line++) {
		const char *end = memchr(p, '\n', n);
		size_t len = end ? (size_t)(end - p) : n;
		int err = read_line(r, p, len);
		if (err)
			return err;
		p += len + (end != NULL);
		n -= len + (end != NULL);
	}
	return 0;
}

static int load_file(struct reader *r)
{
	char *bytes = malloc(TTS_LEXICON_BYTES + 1);
	FILE *f = fopen(r->file, "re");
	size_t n;
	int err = 0;

	if (!bytes) {
		err = E_NOMEM;
		goto out;
	}
	if (!f) {
		problems_error(r->problems, r->file, 0, "cannot be read: %s", strerror(errno));
		goto out;
	}
	n = fread(bytes, 1, TTS_LEXICON_BYTES + 1, f);
	if (ferror(f))
		problems_error(r->problems, r->file, 0, "cannot be read");
	else if (n > TTS_LEXICON_BYTES)
		problems_error(r->problems, r->file, 0, "is too long: at most 256 kB");
	else
		err = read_lines(r, bytes, n);
	if (err == E_LIMIT)
		err = 0; /* said already */
	table_close(r->table, r);
out:
	if (f)
		fclose(f);
	free(bytes);
	return err;
}

int tts_lexicon_load(const char *dir, struct problems *problems, struct tts_lexicon **ret_lexicon)
{
	struct tts_lexicon *l = calloc(1, sizeof *l);
	size_t before = problems->errors;
	char file[MAX_PATH_BYTES];
	struct reader r = {.file = file, .problems = problems};
	int err = l ? 0 : E_NOMEM;

	if (!err && (size_t)snprintf(file, sizeof file, "%s/variants", dir) >= sizeof file)
		err = E_LIMIT;
	if (!err) {
		r.table = &l->variants;
		r.single = true;
		err = load_file(&r);
	}
	if (!err && (size_t)snprintf(file, sizeof file, "%s/replacements", dir) >= sizeof file)
		err = E_LIMIT;
	if (!err) {
		r.table = &l->replacements;
		r.single = false;
		err = load_file(&r);
	}
	if (!err && problems->errors > before)
		err = E_INVALID;
	if (err) {
		tts_lexicon_free(l);
		return err;
	}
	*ret_lexicon = l;
	return 0;
}

void tts_lexicon_free(struct tts_lexicon *lexicon)
{
	if (!lexicon)
		return;
	table_free(&lexicon->variants);
	table_free(&lexicon->replacements);
	free(lexicon);
}
