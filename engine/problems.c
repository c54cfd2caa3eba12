/* See problems.h. On lack of memory a problem still counts; only its words are lost. */
#include "engine/problems.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void problems_init(struct problems *p)
{
	memset(p, 0, sizeof *p);
}

void problems_free(struct problems *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->list[i].file);
		free(p->list[i].what);
	}
	free(p->list);
	problems_init(p);
}

static void add(struct problems *p, enum problem_kind kind, const char *file, int line,
		const char *fmt, va_list ap)
{
	char *what;

	if (kind == PROBLEM_ERROR)
		p->errors++;
	else
		p->warnings++;
	if (p->n >= PROBLEMS_MOST)
		return;
	if (p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 8;
		struct problem *list = realloc(p->list, cap * sizeof *list);
		if (!list)
			return;
		p->list = list;
		p->cap = cap;
	}
	char buf[1024];
	vsnprintf(buf, sizeof buf, fmt, ap);
	what = strdup(buf);
	char *name = strdup(file ? file : "");
	if (!what || !name) {
		free(what);
		free(name);
		return;
	}
	p->list[p->n++] = (struct problem){.kind = kind, .file = name, .line = line, .what = what};
}

void problems_error(struct problems *p, const char *file, int line, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	add(p, PROBLEM_ERROR, file, line, fmt, ap);
	va_end(ap);
}

void problems_warn(struct problems *p, const char *file, int line, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	add(p, PROBLEM_WARNING, file, line, fmt, ap);
	va_end(ap);
}

void problems_print(const struct problems *p, FILE *to)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct problem *one = &p->list[i];
		if (one->line > 0)
			fprintf(to, "%s:%d: ", one->file, one->line);
		else if (*one->file)
			fprintf(to, "%s: ", one->file);
		fprintf(to, "%s: %s\n", one->kind == PROBLEM_ERROR ? "error" : "warning",
			one->what);
	}
	size_t all = p->errors + p->warnings;
	if (all > p->n)
		fprintf(to, "... and %zu more\n", all - p->n);
}
