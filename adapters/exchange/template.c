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

/* A mark written twice is the character itself. */
static bool is_doubled(const char *s, bool groups)
{
	return s[0] == s[1] && (*s == '{' || (groups && (*s == '[' || *s == ']')));
}

static bool is_mark(const char *s, bool groups)
{
	return *s == '{' || (groups && (*s == '[' || *s == ']'));
}

/* "[" or "]": where the parts that follow stand. */
static int turn_group(char c, unsigned *group, unsigned *groups_so_far, const char **ret_why)
{
	if (c == '[' ? *group != 0 : *group == 0) {
		*ret_why = "[ and ] come in pairs, none inside another (write [[ or ]] for the "
			   "characters themselves)";
		return E_INVALID;
	}
	*group = c == '[' ? ++*groups_so_far : 0;
	return 0;
}

/* Fixed text up to the next mark; a doubled mark is one character. */
static int text_part(const char **s, bool groups, struct arena *arena, struct template *t)
{
	size_t n = 0;

	if (is_doubled(*s, groups)) {
		++*s;
		n = 1;
	}
	while (n == 0 || ((*s)[n] && !is_mark(*s + n, groups)))
		n++;
	const char *text = text_keep(arena, *s, n);
	*s += n;
	return text ? add(t, (struct template_part){.text = text}) : E_NOMEM;
}

int template_parse(const char *s, bool groups, struct arena *arena, struct template *ret_template,
		   const char **ret_why)
{
	struct template t = {.parts = arena_take(arena, TEMPLATE_PARTS * sizeof *t.parts)};
	unsigned group = 0, groups_so_far = 0;
	int err = t.parts ? 0 : E_NOMEM;

	*ret_why = "too many parts";
	while (!err && *s) {
		size_t before = t.n;
		if (groups && (*s == '[' || *s == ']') && s[1] != *s) {
			err = turn_group(*s++, &group, &groups_so_far, ret_why);
		} else if (*s == '{' && s[1] != '{') {
			const char *end = strchr(s, '}');
			if (!end) {
				*ret_why = "a '{' has no '}' (write {{ for the character itself)";
				return E_INVALID;
			}
			err = name_part(s + 1, (size_t)(end - s - 1), arena, &t, ret_why);
			s = end + 1;
		} else {
			err = text_part(&s, groups, arena, &t);
		}
		if (!err && t.n > before)
			t.parts[before].group = group;
	}
	if (!err && group != 0) {
		*ret_why = "a [ has no ]";
		return E_INVALID;
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
