/*
 * See complete.h. A core system that cannot rename writes NAME first and NAME.end
 * last. Nothing is stored of it: while NAME.end is missing NAME is as good as not
 * there, and once NAME was moved away its NAME.end has done its work and is moved
 * to taken/ too. After a crash the next listing finds both as they are.
 */
#include "engine/turn/complete.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *name, const void *seen)
{
	return strcmp(name, ((const struct seen *)seen)->name);
}

static bool is_here(const struct drop_view *d, const char *name)
{
	const struct seen *s = bsearch(name, d->seen, d->n_seen, sizeof *d->seen, by_name);
	return s && s->here;
}

static const char *suffix_of(struct engine *e, const char *name)
{
	const struct layout *l = incoming_layout(e, name);
	return l ? e->ports->exchange->layout_completion(l) : "";
}

/* NAME of NAME<suffix>, for one of the suffixes in use. */
static bool stem_of(struct engine *e, const char *name, char stem[MAX_FILE_NAME])
{
	const struct exchange_ops *x = e->ports->exchange;
	const struct layout *l;
	size_t n = strlen(name);

	for (size_t i = 0; (l = x->layout_at(specs_layouts(e->specs), i)) != NULL; i++) {
		const char *suffix = x->layout_completion(l);
		size_t tail = strlen(suffix);
		if (tail == 0 || tail >= n || strcmp(name + n - tail, suffix) != 0)
			continue;
		memcpy(stem, name, n - tail);
		stem[n - tail] = '\0';
		if (strcmp(suffix_of(e, stem), suffix) == 0)
			return true;
	}
	return false;
}

enum complete completion_of(struct engine *e, struct drop_view *d, const struct seen *s)
{
	char other[MAX_FILE_NAME];
	const char *suffix;

	if (stem_of(e, s->name, other))
		return is_here(d, other) ? COMPLETE_MARK : COMPLETE_SPENT;
	suffix = suffix_of(e, s->name);
	if (!*suffix)
		return COMPLETE;
	int n = snprintf(other, sizeof other, "%s%s", s->name, suffix);
	return n > 0 && (size_t)n < sizeof other && is_here(d, other) ? COMPLETE : COMPLETE_WAIT;
}
