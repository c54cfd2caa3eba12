/*
 * The file's lines: `[section]`, `[section name]`, `key = value`, comments that
 * stand on a line of their own ('#' or ';'). A value may be put in double quotes
 * to keep spaces at its ends or a " #" inside.
 *
 * Everything is refused that could be read in two ways: a key twice, a section
 * twice, a comment behind a value, a key before any section.
 */
#include "engine/config/load.h"
#include "engine/config/value.h"

#include "engine/utf8.h"

#include <stdarg.h>
#include <string.h>

#define LINE_MOST 4096

static void PRINTF_LIKE(2, 3) here(struct load *l, const char *fmt, ...)
{
	char words[MAX_WORDS];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	problems_error(l->problems, l->path, l->line, "%s", words);
}

/* How far two words are apart: insertions, deletions, changes. For "did you mean". */
static size_t distance(const char *a, const char *b)
{
	size_t row[64];
	size_t nb = strlen(b);
	if (strlen(a) > 60 || nb > 60)
		return 99;
	for (size_t j = 0; j <= nb; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);
			best = row[j] + 1 < best ? row[j] + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[nb];
}

static void unknown_key(struct load *l, const char *name)
{
	const struct config_section *s = &config_sections[l->section];
	const char *near = NULL;
	size_t best = 3;
	for (size_t i = 0; i < s->n; i++) {
		size_t d = distance(name, s->keys[i].name);
		if (d < best) {
			best = d;
			near = s->keys[i].name;
		}
	}
	if (near)
		here(l, "unknown key \"%s\" in [%s]: did you mean \"%s\"?", name, s->name, near);
	else
		here(l, "unknown key \"%s\" in [%s]: `osamed --dump` lists the keys", name,
		     s->name);
}

/* ---- sections ---- */

static bool name_ok(const char *s)
{
	size_t n = strlen(s);
	return n > 0 && n < MAX_ID &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == n;
}

static void open_named(struct load *l, const struct config_section *s, const char *name)
{
	size_t n = load_count(l, l->section);
	if (!name_ok(name)) {
		here(l, "[%s] needs a name of a-z, A-Z, 0-9, '-', '_' and '.': write [%s %s]",
		     s->name, s->name, s->example);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (strcmp((char *)config_base(l->c, s, i) + s->id, name) != 0)
			continue;
		here(l, "section [%s %s] stands twice, first in line %d: make them one", s->name,
		     name, l->seen[l->section][i].line);
		return;
	}
	if (n == s->most) {
		here(l, "too many [%s] sections: at most %zu", s->name, s->most);
		return;
	}
	snprintf((char *)config_base(l->c, s, n) + s->id, MAX_ID, "%s", name);
	l->seen[l->section][n].line = l->line;
	l->index = n++;
	memcpy((char *)l->c + s->count, &n, sizeof n);
	l->skip = false;
}

static void open_single(struct load *l, const struct config_section *s, const char *name)
{
	struct seen *seen = l->seen[l->section];
	if (*name) {
		here(l, "[%s] takes no name: write [%s]", s->name, s->name);
	} else if (seen->line) {
		here(l, "section [%s] stands twice, first in line %d: make them one", s->name,
		     seen->line);
	} else {
		seen->line = l->line;
		l->index = 0;
		l->skip = false;
	}
}

/* An unknown or refused section's keys are skipped: one mistake, one message. */
static void section_line(struct load *l, char *s)
{
	size_t n = strlen(s);
	l->skip = true;
	l->section = SECTIONS;
	if (s[n - 1] != ']') {
		here(l, "a section must end with ]");
		return;
	}
	s[n - 1] = '\0';
	char *kind = s + 1 + strspn(s + 1, " \t");
	char *name = kind + strcspn(kind, " \t");
	if (*name)
		*name++ = '\0';
	name += strspn(name, " \t");
	for (enum section i = 0; i < SECTIONS; i++) {
		const struct config_section *one = &config_sections[i];
		if (strcmp(one->name, kind) != 0)
			continue;
		l->section = i;
		if (one->stride)
			open_named(l, one, name);
		else
			open_single(l, one, name);
		return;
	}
	here(l, "unknown section [%s]: `osamed --dump` lists the sections", kind);
}

/* ---- keys ---- */

/* Puts a secret's file's first line in its place. */
static void from_file(struct load *l, const struct config_key *k, const char *words, void *member)
{
	static const struct config_key as_path = {.type = V_PATH, .size = MAX_PATH_BYTES};
	char why[MAX_WORDS], path[MAX_PATH_BYTES] = "";
	int err = value_parse(&as_path, l->folder, words, path, why);
	if (err == 0)
		err = secret_file_read(path, member, k->size, why);
	if (err != 0)
		here(l, "%s_file: %s", k->name, why);
}

static void secret(struct load *l, const struct config_key *k, bool file, const char *words,
		   void *member)
{
	char why[MAX_WORDS];
	if (file) {
		from_file(l, k, words, member);
		return;
	}
	if (l->others_read)
		here(l,
		     "holds a secret, and everybody may read this file: chmod o-r it, or use "
		     "%s_file",
		     k->name);
	if (value_parse(k, l->folder, words, member, why) != 0)
		here(l, "%s %s", k->name, why);
}

static void store(struct load *l, int key, bool file, const char *words)
{
	const struct config_section *s = &config_sections[l->section];
	const struct config_key *k = &s->keys[key];
	struct seen *seen = &l->seen[l->section][l->index];
	char *member = (char *)config_base(l->c, s, l->index) + k->offset;
	char why[MAX_WORDS];
	if (seen->key[key]) {
		here(l, "\"%s\" stands twice, first in line %d: remove one", k->name,
		     seen->key[key]);
		return;
	}
	seen->key[key] = l->line;
	seen->from_file[key] = file;
	if (!*words)
		here(l, "\"%s\" has no value: write one, or remove the line", k->name);
	else if (k->type == V_SECRET)
		secret(l, k, file, words, member);
	else if (value_parse(k, l->folder, words, member, why) != 0)
		here(l, "%s = %s %s", k->name, words, why);
}

/* Unquotes in place. NULL: an error was added. */
static char *value_of(struct load *l, char *s)
{
	size_t n = strlen(s);
	if (*s == '"') {
		if (n < 2 || s[n - 1] != '"') {
			here(l, "the closing \" is missing");
			return NULL;
		}
		s[n - 1] = '\0';
		return s + 1;
	}
	if (strstr(s, " #") || strstr(s, "\t#") || strstr(s, " ;") || strstr(s, "\t;")) {
		here(l, "a comment must stand on a line of its own; a value with \" #\" in it, in "
			"double quotes");
		return NULL;
	}
	return s;
}

static void key_line(struct load *l, char *s)
{
	char *equals = strchr(s, '=');
	if (!equals) {
		here(l, "is neither [section] nor key = value nor a comment (#)");
		return;
	}
	if (l->skip)
		return;
	char *end = equals;
	while (end > s && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	char *words = value_of(l, equals + 1 + strspn(equals + 1, " \t"));
	if (!words)
		return;
	size_t n = strlen(s);
	int key = load_key(l->section, s, n);
	bool file = key < 0 && n > 5 && strcmp(s + n - 5, "_file") == 0;
	if (file) {
		key = load_key(l->section, s, n - 5);
		if (key >= 0 && config_sections[l->section].keys[key].type != V_SECRET)
			key = -1;
	}
	if (key < 0)
		unknown_key(l, s);
	else
		store(l, key, file, words);
}

/* ---- lines ---- */

/* Trims in place and checks the bytes. NULL: nothing to do with this line any more. */
static char *clean(struct load *l, char *s, size_t n)
{
	size_t at;
	if (n > LINE_MOST) {
		here(l, "line is too long: at most %d bytes", LINE_MOST);
		return NULL;
	}
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t' || s[n - 1] == '\r'))
		n--;
	s[n] = '\0';
	if (!utf8_valid(s, n, &at)) {
		here(l, "is not UTF-8 (byte %zu of the line): save the file as UTF-8", at + 1);
		return NULL;
	}
	for (size_t i = 0; i < n; i++) {
		if (((unsigned char)s[i] < ' ' && s[i] != '\t') || s[i] == 0x7f) {
			here(l, "has a control character (byte %zu of the line): remove it", i + 1);
			return NULL;
		}
	}
	s += strspn(s, " \t");
	return *s == '\0' || *s == '#' || *s == ';' ? NULL : s;
}

void read_text(struct load *l, char *text, size_t n)
{
	char *s = text, *end = text + n;
	bool in_section = false;
	if (n >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		s += 3; /* editors of Windows write one */
	while (s < end) {
		char *nl = memchr(s, '\n', (size_t)(end - s));
		char *stop = nl ? nl : end;
		l->line++;
		char *line = clean(l, s, (size_t)(stop - s));
		if (line && *line == '[') {
			in_section = true;
			section_line(l, line);
		} else if (line && !in_section) {
			here(l, "stands before any section: begin with [engine]");
		} else if (line) {
			key_line(l, line);
		}
		s = stop + 1;
	}
}
