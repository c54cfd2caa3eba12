/*
 * A configuration for eyes that may not see its secrets: the file's own text, with
 * the value of each secret key (keys.h) replaced. The line stays, so that one sees
 * that there is a password, and when it came.
 */
#include "engine/config/load.h"

#include "engine/archive/days.h"

#include <stdlib.h>
#include <string.h>

static bool is_secret(const char *key, size_t n)
{
	for (enum section s = 0; s < SECTIONS; s++) {
		int k = load_key(s, key, n);
		if (k >= 0 && config_sections[s].keys[k].type == V_SECRET)
			return true;
	}
	return false;
}

static void redact_line(const char *line, size_t n, FILE *to)
{
	const char *equal = memchr(line, '=', n);
	const char *key = line;
	size_t len = equal ? (size_t)(equal - line) : 0;
	while (len > 0 && (*key == ' ' || *key == '\t')) {
		key++;
		len--;
	}
	while (len > 0 && (key[len - 1] == ' ' || key[len - 1] == '\t'))
		len--;
	if (len > 0 && is_secret(key, len))
		fprintf(to, "%.*s = (secret)\n", (int)len, key);
	else
		fprintf(to, "%.*s\n", (int)n, line);
}

int config_redacted(const char *path, char **ret_text, size_t *ret_n)
{
	char *text = NULL;
	size_t n;
	int err = day_slurp(path, CONFIG_MOST_BYTES, &text, &n);
	if (err)
		return err;
	FILE *to = open_memstream(ret_text, ret_n);
	if (to) {
		for (const char *p = text; *p;) {
			size_t len = strcspn(p, "\n");
			redact_line(p, len, to);
			p += len + (p[len] == '\n');
		}
		err = fclose(to) == 0 ? 0 : E_NOMEM;
	} else {
		err = E_NOMEM;
	}
	explicit_bzero(text, n);
	free(text);
	return err;
}
