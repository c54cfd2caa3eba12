/*
 * See sms.h and docs/sms.md. A loaded text is a list of pieces, literals and
 * values; composing copies them. Everything is checked twice: the template when it
 * is loaded, with file and line for the person who wrote it, and the finished text
 * (sms_check.c) before it is sent, because a value (a department's name) may bring in
 * what the template did not have.
 *
 * GSM-7 is not attempted: it would save nothing for Japanese texts, and its
 * segment limits differ by the gateway's idea of the alphabet. What we count is
 * what is sent.
 */
#include "engine/sms.h"

#include "engine/plan/civil.h"
#include "engine/scenario/words.h"
#include "engine/utf8.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FILE = 16384, MOST_PIECES = 64, MOST_VALUE = 256 };

/* ITEM: a carried column, of a type. */
enum piece_kind { LITERAL, DUE_DATE, PHONE, CALLER, DEPARTMENT, CITY, NAMED, ITEM = NAMED };

static const char *const names[NAMED] = {
    [DUE_DATE] = "due_date",     [PHONE] = "phone", [CALLER] = "caller",
    [DEPARTMENT] = "department", [CITY] = "city",
};

struct piece {
	enum piece_kind kind;
	char *literal;           /* LITERAL; ITEM: its name. Owned */
	enum sms_item_type type; /* ITEM */
};

struct sms_text {
	size_t n;
	struct piece pieces[MOST_PIECES];
	char *source;   /* the whole file */
	char *template; /* its lines of text, joined */
};

struct sms_words {
	struct scenario_words *words; /* WORDS_SECRET only */
};

/* ---- reading ---- */

/* A small file whole, with a NUL. */
static int read_file(const char *path, struct problems *problems, char **ret_bytes)
{
	int err = 0;
	char *bytes = malloc(MOST_FILE + 2);
	FILE *f = fopen(path, "re");
	size_t n = 0, bad = 0;

	if (!f) {
		err = errno == ENOENT ? E_NOTFOUND : E_IO;
		problems_error(problems, path, 0, "cannot be opened: %s", strerror(errno));
		goto out;
	}
	if (!bytes) {
		err = E_NOMEM;
		goto out;
	}
	n = fread(bytes, 1, MOST_FILE + 1, f);
	bytes[n] = '\0';
	if (ferror(f)) {
		err = E_IO;
		problems_error(problems, path, 0, "cannot be read");
	} else if (n > MOST_FILE) {
		err = E_INVALID;
		problems_error(problems, path, 0, "is longer than %d bytes", (int)MOST_FILE);
	} else if (strlen(bytes) != n || !utf8_valid(bytes, n, &bad)) {
		err = E_INVALID;
		problems_error(problems, path, 0,
			       "is not UTF-8 text (at byte %zu): save it as UTF-8", bad);
	}
out:
	if (f)
		fclose(f);
	if (err == 0) {
		*ret_bytes = bytes;
		bytes = NULL;
	}
	free(bytes);
	return err;
}

/* Cuts the next line off *at, without its end (LF or CRLF); NULL at the end of the bytes. */
static char *next_line(char **at)
{
	char *line = *at;
	if (*line == '\0')
		return NULL;
	size_t n = strcspn(line, "\n");
	*at = line + n + (line[n] == '\n' ? 1 : 0);
	line[n] = '\0';
	if (n > 0 && line[n - 1] == '\r')
		line[n - 1] = '\0';
	return line;
}

/* Where the next one goes; the caller made room for all of them. */
static char *append(char *to, const char *s)
{
	size_t n = strlen(s);
	memcpy(to, s, n + 1);
	return to + n;
}

static bool has_control(const char *s)
{
	return utf8_has_control(s, strlen(s));
}

/* ---- templates ---- */

static int add_piece(struct sms_text *t, enum piece_kind kind, const char *s, size_t n)
{
	char *literal = NULL;

	if (t->n == MOST_PIECES)
		return E_LIMIT;
	if (kind == LITERAL && n == 0)
		return 0;
	if (s) {
		literal = strndup(s, n);
		if (!literal)
			return E_NOMEM;
	}
	t->pieces[t->n++] = (struct piece){.kind = kind, .literal = literal};
	return 0;
}

static enum piece_kind kind_of(const char *name, size_t n)
{
	for (int k = DUE_DATE; k < NAMED; k++)
		if (strlen(names[k]) == n && memcmp(names[k], name, n) == 0)
			return (enum piece_kind)k;
	return LITERAL; /* no such value */
}

/* {date 予約日}: false: it is none. */
static bool is_item(const char *s, size_t n, enum sms_item_type *ret_type, size_t *ret_name)
{
	size_t word = 0;
	while (word < n && s[word] != ' ')
		word++;
	*ret_name = word + 1;
	return word + 1 < n && n - word - 1 < MAX_ID && s[word + 1] != ' ' && s[n - 1] != ' ' &&
	       sms_item_type(s, word, ret_type);
}

static int add_value(struct sms_text *t, const char *s, size_t n, const char *path, int line,
		     struct problems *problems)
{
	enum piece_kind kind = kind_of(s, n);
	enum sms_item_type type = SMS_DATE;
	size_t name = 0;

	if (kind != LITERAL)
		return add_piece(t, kind, NULL, 0);
	if (!is_item(s, n, &type, &name)) {
		problems_error(problems, path, line,
			       "{%.*s} is no value of an SMS; there are {due_date}, {phone}, "
			       "{caller}, {department} and {city}, and of what the file carries "
			       "{date NAME}, {time NAME}, {digits NAME} and {words NAME}",
			       (int)(n > 40 ? 40 : n), s);
		return 0;
	}
	int err = add_piece(t, ITEM, s + name, n - name);
	if (!err)
		t->pieces[t->n - 1].type = type;
	return err;
}

/* One line of text into pieces; what is wrong with it goes to problems, and reading goes on. */
static int parse_line(struct sms_text *t, const char *s, const char *path, int line,
		      struct problems *problems)
{
	int err = 0;

	while (err == 0 && *s) {
		size_t n = strcspn(s, "{}");
		err = add_piece(t, LITERAL, s, n);
		s += n;
		if (err || *s == '\0')
			break;
		size_t name = *s == '{' ? strcspn(s + 1, "{}") : 0;
		if (*s == '}' || s[1 + name] != '}') {
			problems_error(problems, path, line,
				       "a brace without its partner: write {name}");
			return 0;
		}
		err = add_value(t, s + 1, name, path, line, problems);
		s += name + 2;
	}
	return err;
}

static int parse(struct sms_text *t, char *bytes, const char *path, struct problems *problems)
{
	size_t errors = problems->errors;
	int err = 0, number = 0;
	char *line, *end = t->template; /* it has as much room as the file */

	while (err == 0 && (line = next_line(&bytes)) != NULL) {
		number++;
		if (*line == '#')
			continue;
		end = append(end, line);
		if (has_control(line))
			problems_error(problems, path, number,
				       "a control character (a tab?): remove it");
		err = parse_line(t, line, path, number, problems);
	}
	if (err == E_LIMIT)
		problems_error(problems, path, number, "more than %d parts", (int)MOST_PIECES);
	if (err == 0 && t->n == 0 && problems->errors == errors)
		problems_error(problems, path, 0, "holds no text");
	return err;
}

/* Takes the bytes. */
static int from_bytes(char *bytes, const char *path, struct problems *problems,
		      struct sms_text **ret_text)
{
	size_t errors = problems->errors;
	struct sms_text *t = calloc(1, sizeof *t);
	int err = t ? 0 : E_NOMEM;
	if (!err) {
		t->source = strdup(bytes); /* reading cuts the bytes into lines */
		t->template = calloc(1, strlen(bytes) + 1);
		err = t->source && t->template ? parse(t, bytes, path, problems) : E_NOMEM;
	}
	if (err == E_LIMIT || (err == 0 && problems->errors > errors))
		err = E_INVALID;
	free(bytes);
	if (err) {
		sms_text_free(t);
		return err;
	}
	*ret_text = t;
	return 0;
}

int sms_text_load(const char *path, struct problems *problems, struct sms_text **ret_text)
{
	char *bytes = NULL;
	int err = read_file(path, problems, &bytes);
	return err ? err : from_bytes(bytes, path, problems, ret_text);
}

int sms_text_of(const char *text, struct problems *problems, struct sms_text **ret_text)
{
	char *bytes = strdup(text);
	return bytes ? from_bytes(bytes, "text", problems, ret_text) : E_NOMEM;
}

void sms_text_free(struct sms_text *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		free(t->pieces[i].literal);
	free(t->source);
	free(t->template);
	free(t);
}

const char *sms_text_item(const struct sms_text *t, size_t n)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->pieces[i].kind == ITEM && n-- == 0)
			return t->pieces[i].literal;
	return NULL;
}

const char *sms_text_template(const struct sms_text *t)
{
	return t->template;
}

const char *sms_text_source(const struct sms_text *t)
{
	return t->source;
}

int sms_text_rewrite(const struct sms_text *t, const char *template, char **ret_file)
{
	size_t n = strlen(t->source) + strlen(template) + 3;
	char *file, *lines, *at, *line, *end;

	if (*template == '#' || has_control(template))
		return E_INVALID;
	if (n > MOST_FILE)
		return E_LIMIT;
	end = file = calloc(1, n);
	at = lines = strdup(t->source);
	if (!file || !lines) {
		free(file);
		free(lines);
		return E_NOMEM;
	}
	while ((line = next_line(&at)) != NULL)
		if (*line == '#')
			end = append(append(end, line), "\n");
	append(append(end, template), "\n");
	free(lines);
	*ret_file = file;
	return 0;
}

/* ---- composing ---- */

static bool is_number(const char *s)
{
	return *s && s[strspn(s, "0123456789-")] == '\0';
}

/* The value as it is written, or NULL if it is missing or not of its kind. */
static const char *value_of(const struct piece *p, const struct sms_values *v, char out[MOST_VALUE])
{
	const char *s = NULL;

	switch (p->kind) {
	case LITERAL:
		return p->literal;
	case DUE_DATE:
		if (v->due_day == DAY_NONE)
			return NULL;
		struct civil c = civil_from_day(v->due_day);
		snprintf(out, MOST_VALUE, "%d月%d日", c.month, c.day);
		return out;
	case PHONE:
	case CALLER:
		s = p->kind == PHONE ? v->phone : v->caller;
		return s && is_number(s) ? s : NULL;
	case DEPARTMENT:
	case CITY:
		s = p->kind == CITY ? v->city : v->department;
		return s && *s && strlen(s) < MOST_VALUE ? s : NULL;
	case ITEM:
		if (v->sample)
			return sms_item_sample(p->type);
		for (size_t i = 0; !s && i < v->n_items; i++)
			if (strcmp(v->items[i].name, p->literal) == 0)
				s = v->items[i].value;
		return s && sms_item_write(p->type, s, out, MOST_VALUE) ? out : NULL;
	}
	return NULL;
}

int sms_text_compose(const struct sms_text *t, const struct sms_values *values, char *buf,
		     size_t size)
{
	size_t used = 0;
	int err = size > 0 ? 0 : E_LIMIT;

	for (size_t i = 0; err == 0 && i < t->n; i++) {
		char value[MOST_VALUE];
		const char *s = value_of(&t->pieces[i], values, value);
		size_t n = s ? strlen(s) : 0;
		if (!s) {
			err = E_INVALID;
		} else if (n >= size - used) {
			err = E_LIMIT;
		} else {
			memcpy(buf + used, s, n + 1);
			used += n;
		}
	}
	if (size > 0 && (err || used == 0))
		buf[0] = '\0';
	return err;
}

/* ---- words ---- */

int sms_words_load(const char *path, struct problems *problems, struct sms_words **ret_words)
{
	char *bytes = NULL, *line, *at;
	struct sms_words *w = NULL;
	int number = 0, err = read_file(path, problems, &bytes);

	if (err)
		goto out;
	w = calloc(1, sizeof *w);
	err = w ? words_new(&w->words) : E_NOMEM;
	at = bytes;
	while (err == 0 && (line = next_line(&at)) != NULL) {
		number++;
		line += strspn(line, " \t");
		if (*line == '#' || *line == '\0')
			continue;
		err = words_add(w->words, WORDS_SECRET, line);
		if (err == E_LIMIT || err == E_INVALID) {
			problems_error(problems, path, number,
				       err == E_LIMIT ? "more than %d words"
						      : "no word (of at most %d)",
				       MAX_LEXICON_WORDS);
			err = E_INVALID;
		}
	}
	if (err == 0) {
		*ret_words = w;
		w = NULL;
	}
out:
	free(bytes);
	sms_words_free(w);
	return err;
}

void sms_words_free(struct sms_words *w)
{
	if (!w)
		return;
	words_free(w->words);
	free(w);
}

const struct scenario_words *sms_words_list(const struct sms_words *w)
{
	return w->words;
}

size_t sms_segments(const char *text)
{
	size_t n = strlen(text);
	if (!utf8_valid(text, n, NULL))
		return 0;
	size_t units = utf8_utf16_units(text, n);
	return units <= 70 ? units > 0 : (units + 66) / 67;
}
