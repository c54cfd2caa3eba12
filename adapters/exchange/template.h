/*
 * "{city}_{number:6}.csv": fixed text and names in braces, with a width that
 * number is padded to with zeros. "{{" is a brace. For composed columns and for
 * the names of outgoing files. In columns "[…]" is a part that is left out where one
 * of its names has no value: "[{promise_words}。]"; "[[" and "]]" are brackets.
 */
#ifndef ADAPTERS_EXCHANGE_TEMPLATE_H
#define ADAPTERS_EXCHANGE_TEMPLATE_H

#include "engine/arena.h"
#include <stdbool.h>

#define TEMPLATE_PARTS 64

struct template_part {
	const char *text; /* fixed text, or NULL */
	const char *name; /* of a value, or NULL */
	unsigned width;   /* 0: as it is */
	unsigned group;   /* the how manieth […] it stands in; 0: none */
};
struct template
{
	size_t n;
	struct template_part *parts;
};

/* E_INVALID: *ret_why says what is wrong. Strings live in the arena. */
int template_parse(const char *s, bool groups, struct arena *arena, struct template *ret_template,
		   const char **ret_why) MUST_CHECK;
/* n bytes of s and a NUL, in the arena; NULL: no memory. */
char *text_keep(struct arena *arena, const char *s, size_t n);
/* Appends to out[at…size): the new end, or size if it does not fit. out stays NUL-terminated. */
size_t template_append(char *out, size_t at, size_t size, const char *value, unsigned width);

#endif
