/*
 * Answers for people: a listing's rows as an aligned table, a single answer as
 * names and values. What is shown is what the engine sent: columns are the members
 * of the rows, so that a new one needs no new command line.
 *
 * Text from outside (a file's name) may hold terminal commands: control
 * characters are printed as '?'.
 */
#ifndef ENGINE_CLI_SHOW_H
#define ENGINE_CLI_SHOW_H

#include "engine/json.h"

#include <stdio.h>

#define TABLE_COLUMNS 24

struct table {
	size_t n;
	char name[TABLE_COLUMNS][64];
	size_t width[TABLE_COLUMNS];
	bool right[TABLE_COLUMNS]; /* numbers */
	size_t rows;               /* printed so far */
};

/* Prints rows (an array of objects), under a heading if they are the table's first. Widths are
 * those of the first rows given; later ones may be wider, and push. */
void table_rows(struct table *t, const struct json *rows, FILE *to);
/* An object: a line each member, objects indented, lists of objects as tables. */
void show_object(const struct json *object, FILE *to);

#endif
