/*
 * All layouts of a folder: *.xml in the order of their names. One bad file keeps
 * all from being used (the caller shows every problem, then nothing starts): a
 * campaign whose answers' layout is missing would find that out at night.
 */
#include "adapters/exchange/layout.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct layouts {
	size_t n;
	struct layout *list[MAX_LAYOUTS];
};

static int is_xml(const struct dirent *e)
{
	size_t n = strlen(e->d_name);
	return e->d_name[0] != '.' && n > 4 && strcmp(e->d_name + n - 4, ".xml") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Two layouts that take the same files: which one is meant cannot be known. Targets files are found
 * by their campaign's pattern, not by the layout's. */
static bool finds_files(const struct layout *l)
{
	return layout_is_incoming(l->kind) && l->kind != LAYOUT_TARGETS;
}

static bool are_rivals(const struct layout *a, const struct layout *b)
{
	return finds_files(a) && finds_files(b) && strcmp(a->pattern, b->pattern) == 0;
}

static void check_against_others(const struct layouts *all, const struct layout *l,
				 struct problems *problems)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct layout *o = all->list[i];
		if (strcmp(o->id, l->id) == 0)
			problems_error(problems, l->path, 1, "id \"%s\" is that of %s already",
				       l->id, o->path);
		if (are_rivals(o, l))
			problems_error(problems, l->path, 1, "its pattern \"%s\" is that of %s too",
				       l->pattern, o->path);
	}
}

static int load_one(struct layouts *all, const char *dir, const char *name, const char *schema_dir,
		    struct problems *problems)
{
	char path[MAX_PATH_BYTES];
	struct layout *l = NULL;
	int n = snprintf(path, sizeof path, "%s/%s", dir, name), err;

	if (n < 0 || (size_t)n >= sizeof path || all->n == MAX_LAYOUTS) {
		problems_error(problems, dir, 0, "at most %d layouts, with paths up to %d bytes",
			       MAX_LAYOUTS, MAX_PATH_BYTES);
		return E_INVALID;
	}
	err = layout_load(path, schema_dir, problems, &l);
	if (err)
		return err == E_NOMEM ? err : 0; /* the others' problems are wanted too */
	check_against_others(all, l, problems);
	all->list[all->n++] = l;
	return 0;
}

int exchange_layouts_load(const char *dir, const char *schema_dir, struct problems *problems,
			  struct layouts **ret_layouts)
{
	struct layouts *all = calloc(1, sizeof *all);
	struct dirent **names = NULL;
	size_t before = problems->errors;
	int n = -1, err = all ? 0 : E_NOMEM;

	if (err)
		goto out;
	n = scandir(dir, &names, is_xml, by_name);
	if (n < 0) {
		problems_error(problems, dir, 0, "the folder of layouts cannot be read: %s",
			       strerror(errno));
		err = E_INVALID;
	}
	for (int i = 0; !err && i < n; i++)
		err = load_one(all, dir, names[i]->d_name, schema_dir, problems);
	if (!err && problems->errors > before)
		err = E_INVALID;
	if (!err) {
		*ret_layouts = all;
		all = NULL;
	}
out:
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	exchange_layouts_free(all);
	return err;
}

void exchange_layouts_free(struct layouts *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++)
		layout_free(l->list[i]);
	free(l);
}

const struct layout *exchange_layout_find(const struct layouts *l, const char *id)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->list[i]->id, id) == 0)
			return l->list[i];
	return NULL;
}

const struct layout *exchange_layout_at(const struct layouts *l, size_t n)
{
	return n < l->n ? l->list[n] : NULL;
}

static bool is_open_person(const struct column *c)
{
	bool person = c->field == IN_PERSON || c->field == IN_NEW_PERSON;
	bool counted = c->type.kind == VALUE_X || c->type.kind == VALUE_9;
	return person && counted && c->kind == COLUMN_VALUE && !c->fixed;
}

/* A width that is longer than the column would refuse every row: the column's own limit stays. */
size_t exchange_layouts_person_width(struct layouts *l, int width, bool zeros)
{
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < l->list[i]->n_columns; k++) {
			struct column *c = &l->list[i]->columns[k];
			if (!layout_is_incoming(l->list[i]->kind) || !is_open_person(c))
				continue;
			n++;
			if (width == 0 || (size_t)width > c->type.length)
				continue;
			c->type.length = (unsigned)width;
			c->fixed = true;
			c->pad = zeros;
		}
	return n;
}
