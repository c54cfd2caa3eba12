/* See settings.h. Values are parsed by the engine's own types (engine/config/value.h). */
#include "console/settings.h"

#include "engine/config/value.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LINE 4096

#define KEY(key, m, type, when, value, least, most, choices, words)                                \
	{#key,                                                                                     \
	 V_##type,                                                                                 \
	 WHEN_##when,                                                                              \
	 value,                                                                                    \
	 least,                                                                                    \
	 most,                                                                                     \
	 choices,                                                                                  \
	 words,                                                                                    \
	 offsetof(struct settings, m),                                                             \
	 sizeof(((struct settings *)0)->m)},
static const struct config_key keys[] = {CONSOLE_KEYS(KEY)};
enum { KEYS_N = sizeof keys / sizeof *keys };

struct reading {
	const char *path;
	char folder[MAX_PATH_BYTES];
	struct problems *problems;
	struct settings *s;
	int line, at[KEYS_N];
	bool inside; /* after [console] */
};

static int key_of(const char *name)
{
	for (int i = 0; i < KEYS_N; i++)
		if (strcmp(keys[i].name, name) == 0)
			return i;
	return -1;
}

static int set(struct reading *r, int k, const char *text)
{
	char why[MAX_WORDS] = "";
	if (value_parse(&keys[k], r->folder, text, (char *)r->s + keys[k].offset, why) == 0)
		return 0;
	problems_error(r->problems, r->path, r->line, "%s: %s", keys[k].name, why);
	return E_INVALID;
}

static char *trimmed(char *s)
{
	s += strspn(s, " \t");
	size_t n = strlen(s);
	while (n > 0 && strchr(" \t\r\n", s[n - 1]))
		s[--n] = '\0';
	return s;
}

static void one_line(struct reading *r, char *line)
{
	char *s = trimmed(line), *eq = strchr(s, '=');
	if (*s == '\0' || *s == '#')
		return;
	if (*s == '[') {
		r->inside = strcmp(s, "[console]") == 0;
		if (!r->inside)
			problems_error(r->problems, r->path, r->line,
				       "only the section [console] stands here");
		return;
	}
	if (!r->inside || !eq) {
		problems_error(r->problems, r->path, r->line,
			       "a line is KEY = VALUE, after [console]");
		return;
	}
	*eq = '\0';
	int k = key_of(trimmed(s));
	if (k < 0) {
		problems_error(r->problems, r->path, r->line, "there is no key \"%s\"", trimmed(s));
	} else if (r->at[k]) {
		problems_error(r->problems, r->path, r->line, "%s stands in line %d already",
			       keys[k].name, r->at[k]);
	} else {
		r->at[k] = r->line;
		(void)!set(r, k, trimmed(eq + 1)); /* counted among the problems */
	}
}

static void rest(struct reading *r)
{
	r->line = 0;
	for (int i = 0; i < KEYS_N; i++) {
		if (r->at[i])
			continue;
		if (keys[i].when == WHEN_REQUIRED)
			problems_error(r->problems, r->path, 0, "%s is missing: %s", keys[i].name,
				       keys[i].words);
		else if (*keys[i].value)
			(void)!set(r, i, keys[i].value);
	}
	if (r->at[key_of("url")] && strncmp(r->s->url, "https://", 8) != 0)
		problems_error(r->problems, r->path, r->at[key_of("url")],
			       "url begins with https:// : passwords pass here");
	else if (r->at[key_of("url")] && strchr(r->s->url + strlen("https://"), '/'))
		problems_error(r->problems, r->path, r->at[key_of("url")],
			       "url ends after the host (and port): pages are at the top");
}

int settings_load(const char *path, struct problems *problems, struct settings *ret)
{
	struct reading r = {.path = path, .problems = problems, .s = ret};
	char line[MOST_LINE];
	size_t before = problems->errors;
	const char *slash = strrchr(path, '/');
	FILE *from = fopen(path, "re");
	*ret = (struct settings){0};
	if (!from) {
		problems_error(problems, path, 0, "cannot be read: %s", strerror(errno));
		return E_INVALID;
	}
	snprintf(r.folder, sizeof r.folder, "%.*s", slash ? (int)(slash - path) : 1,
		 slash ? path : ".");
	while (fgets(line, sizeof line, from)) {
		r.line++;
		if (!strchr(line, '\n') && !feof(from)) {
			problems_error(problems, path, r.line, "the line is too long");
			break;
		}
		one_line(&r, line);
	}
	fclose(from);
	rest(&r);
	return problems->errors == before ? 0 : E_INVALID;
}

void settings_dump(FILE *to)
{
	fputs("# console.conf: every key of osame-console\n[console]\n", to);
	for (int i = 0; i < KEYS_N; i++)
		fprintf(to, "# %s\n%s%s = %s\n", keys[i].words,
			keys[i].when == WHEN_REQUIRED ? "" : "# ", keys[i].name, keys[i].value);
}
