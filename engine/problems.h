/*
 * What is wrong with a file that people wrote: a list of "file, line, what, what
 * to do". Checkers add all that they find and the caller shows them all, then
 * nothing starts. Bounded: after the limit only a count is kept.
 */
#ifndef ENGINE_PROBLEMS_H
#define ENGINE_PROBLEMS_H

#include "engine/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum problem_kind { PROBLEM_WARNING, PROBLEM_ERROR };

struct problem {
	enum problem_kind kind;
	char *file; /* as the user named it */
	int line;   /* 1…, or 0 where there is none */
	char *what; /* a sentence: what is wrong, and what to do */
};

struct problems {
	struct problem *list;
	size_t n, cap;
	size_t errors, warnings; /* counts beyond the list's limit too */
};

#define PROBLEMS_MOST 200

void problems_init(struct problems *p);
void problems_free(struct problems *p);
void problems_error(struct problems *p, const char *file, int line, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
void problems_warn(struct problems *p, const char *file, int line, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* "file:line: error: what" lines, as compilers print them. */
void problems_print(const struct problems *p, FILE *to);

#endif
