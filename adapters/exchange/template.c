/* See template.h. */
#include "adapters/exchange/template.h"

#include <string.h>

enum { MOST_WIDTH = 18 };

char *text_keep(struct arena *arena, const char *s, size_t n)
{
	char *copy = arena_take(arena, n + 1);

	if (copy) {
		memcpy(copy, s, n);
		copy[n] = '\0';
	}
	return copy;
}

static int add(struct template *t, struct template_part part)
{
	if (t->n == TEMPLATE_PARTS)
		return E_LIMIT;
	t->parts[t->n++] = part;
	return 0;
}

/* "name" or "name:6" between braces. */
static int name_part(const char *s, size_t n, struct arena *arena, struct template *t,
		     const char **ret_why)
{
	const char *colon = memchr(s, ':', n);
	size_t len = colon ? (size_t)(colon - s) : n;
	struct template_part part = {.name = text_keep(arena, s, len)};

	for (const char *p = colon ? colon + 1 : s + n; p < s + n; p++) {
		part.width = part.width * 10 + (unsigned)(*p - '0');
		if (*p < '0' || *p > '9' || part.width > MOST_WIDTH) {
			*ret_why = "a width after ':' is a number from 1 to 18";
			return E_INVALID;
		}
	}
	if (len == 0 || (colon && part.width == 0)) {
		*ret_why = "a name is missing between { and }, or its width after ':'";
		return E_INVALID;
	}
	return part.name ? add(t, part) : E_NOMEM;
}

/* Fixed text up to the next name; "{{" is one brace. */
static size_t text_length(const char *s)
{
	return *s == '{' ? 1 : strcspn(s, "{");
}

int template_parse(const char *s, struct arena *arena, struct template *ret_template,
		   const char **ret_why)
{
	struct template t = {.parts = arena_take(arena, TEMPLATE_PARTS * sizeof *t.parts)};
	int err = t.parts ? 0 : E_NOMEM;

	*ret_why = "too many parts";
	while (!err && *s) {
		if (*s == '{' && s[1] != '{') {
			const char *end = strchr(s, '}');
			if (!end) {
				*ret_why = "a '{' has no '}' (write {{ for the character itself)";
				return E_INVALID;
			}
			err = name_part(s + 1, (size_t)(end - s - 1), arena, &t, ret_why);
			s = end + 1;
		} else {
			if (*s == '{')
				s++;
			size_t n = text_length(s);
			char *text = text_keep(arena, s, n);
			err = text ? add(&t, (struct template_part){.text = text}) : E_NOMEM;
			s += n;
		}
	}
	if (!err)
		*ret_template = t;
	return err == E_LIMIT ? E_INVALID : err;
}

size_t template_append(char *out, size_t at, size_t size, const char *value, unsigned width)
{
	size_t n = strlen(value), pad = n < width ? width - n : 0;

	if (at >= size || n + pad >= size - at)
		return size;
	memset(out + at, '0', pad);
	memcpy(out + at + pad, value, n + 1);
	return at + pad + n;
}
