/*
 * osame layout: checks layouts, describes them, and tries a sample file with one,
 * without an engine. `try` goes through the same adapter as the intake, so that
 * what it says of a row is what the engine would have said.
 *
 * Exit status of `try`: 0 every row is good (warnings are shown); 1 some rows are
 * refused; 4 the file is refused whole, or the layout is wrong.
 */
#include "engine/cli/cli.h"
#include "engine/cli/rowview.h"

#include "engine/registry.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Layouts are loaded by folder, since they are checked against each other; what concerns another
 * file of the folder is left out. */
static void only_of(const char *file, const struct problems *all, struct problems *ret)
{
	const char *name = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
	for (size_t i = 0; i < all->n; i++) {
		const struct problem *p = &all->list[i];
		const char *slash = strrchr(p->file, '/');
		if (strcmp(slash ? slash + 1 : p->file, name) != 0)
			continue;
		if (p->kind == PROBLEM_ERROR)
			problems_error(ret, p->file, p->line, "%s", p->what);
		else
			problems_warn(ret, p->file, p->line, "%s", p->what);
	}
}

static const struct layout *layout_of(const struct exchange_ops *x, const struct layouts *all,
				      const char *file)
{
	const char *name = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
	const struct layout *l;

	for (size_t i = 0; (l = x->layout_at(all, i)) != NULL; i++) {
		const char *slash = strrchr(x->layout_path(l), '/');
		if (strcmp(slash ? slash + 1 : x->layout_path(l), name) == 0)
			return l;
	}
	return NULL;
}

/* A folder of layouts, and the one of this file in it; NULL where a mistake anywhere in the folder
 * keeps them from loading. Its problems are added to `mine`. */
struct loaded {
	struct layouts *all;
	const struct layout *layout;
};

static int load(const struct cli *cli, const struct exchange_ops *x, const char *file,
		struct problems *mine, struct loaded *ret)
{
	struct problems all;
	char copy[MAX_PATH_BYTES];

	problems_init(&all);
	snprintf(copy, sizeof copy, "%s", file);
	int err = x->layouts_load(dirname(copy), cli_schemas(cli), &all, &ret->all);
	only_of(file, &all, mine);
	if (err != 0 && all.errors == 0)
		cli_note(mine, file, err);
	if (err == 0)
		ret->layout = layout_of(x, ret->all, file);
	problems_free(&all);
	return err;
}

/* The engine reads none by another name, and neither does the check of a folder: to call such a
 * file good would be a lie. */
static enum cli_status may_be_layout(const char *file)
{
	const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
	size_t n = strlen(name);

	if (access(file, R_OK) != 0)
		return cli_fail(CLI_BAD_FILE, "%s: %s", file, strerror(errno));
	if (name[0] == '.' || n <= 4 || strcmp(name + n - 4, ".xml") != 0)
		return cli_fail(CLI_BAD_FILE,
				"%s: is not read as a layout: give it a name that ends with .xml",
				file);
	return CLI_OK;
}

static enum cli_status check(const struct cli *cli, const struct exchange_ops *x, const char *file)
{
	struct problems mine;
	struct loaded l = {NULL, NULL};
	enum cli_status status = may_be_layout(file);

	if (status != CLI_OK)
		return status;
	problems_init(&mine);
	int ignored = load(cli, x, file, &mine, &l);
	(void)ignored; /* a mistake of another file of the folder is not this one's */
	x->layouts_free(l.all);
	return cli_report(&mine, file);
}

/* Loads it or says why not. */
static enum cli_status need(const struct cli *cli, const struct exchange_ops *x, const char *file,
			    struct loaded *ret)
{
	struct problems mine;
	enum cli_status status = may_be_layout(file);

	if (status != CLI_OK)
		return status;
	problems_init(&mine);
	int err = load(cli, x, file, &mine, ret);
	problems_print(&mine, stderr);
	size_t errors = mine.errors;
	problems_free(&mine);
	if (errors > 0)
		return CLI_BAD_FILE;
	if (err != 0 || !ret->layout)
		return cli_fail(CLI_BAD_FILE,
				"%s: another layout of its folder is wrong: osame layout check",
				file);
	return CLI_OK;
}

static enum cli_status describe(const struct cli *cli, const struct exchange_ops *x,
				const char *file)
{
	struct loaded l = {NULL, NULL};
	enum cli_status status = need(cli, x, file, &l);

	if (status == CLI_OK && x->layout_describe(l.layout, stdout) != 0)
		status = cli_fail(CLI_REFUSED, "cannot write");
	x->layouts_free(l.all);
	return status;
}

/* ---- try ---- */

static enum cli_status refused(const struct cli *cli, const struct refusal *why)
{
	rowview_refusal(cli->json, why);
	return CLI_BAD_FILE;
}

static int try_rows(const struct cli *cli, const struct exchange_ops *x, struct exchange_reader *r,
		    struct rowview_counts *counts)
{
	struct row_batch *b;
	int err;

	while ((err = x->reader_next(r, &b)) == 0) {
		err = rowview_batch(cli->json, b, counts);
		row_batch_free(b);
		if (err)
			return err;
	}
	return err == E_NOTFOUND ? 0 : err;
}

static enum cli_status try_file(const struct cli *cli, const struct exchange_ops *x,
				const struct layout *l, const char *file)
{
	struct exchange_reader *r = NULL;
	struct rowview_counts counts = {0};
	struct refusal why;
	uint32_t rows;

	if (access(file, R_OK) != 0)
		return cli_fail(CLI_BAD_FILE, "%s: %s", file, strerror(errno));
	int err = x->check(l, file, &rows, &why);
	if (!err)
		err = x->reader_open(l, file, 0, &r, &why);
	if (err == E_INVALID || err == E_LIMIT)
		return refused(cli, &why);
	if (!err)
		err = try_rows(cli, x, r, &counts);
	x->reader_close(r);
	if (err)
		return cli_fail(CLI_BAD_FILE, "%s: %s", file, err_str(err));
	rowview_counts(cli->json, &counts);
	return counts.refused > 0 ? CLI_REFUSED : CLI_OK;
}

static enum cli_status try_all(const struct cli *cli, const struct exchange_ops *x, int n,
			       char **files)
{
	struct loaded l = {NULL, NULL};
	enum cli_status status = need(cli, x, files[0], &l);

	if (status == CLI_OK && !x->layout_incoming(l.layout))
		status = cli_fail(
		    CLI_USAGE, "%s: is a layout of files that go out: nothing to read", files[0]);
	bool good = status == CLI_OK;
	for (int i = 1; good && i < n; i++) {
		if (n > 2)
			rowview_file(cli->json, files[i]);
		enum cli_status one = try_file(cli, x, l.layout, files[i]);
		if (one > status)
			status = one;
	}
	x->layouts_free(l.all);
	return status;
}

enum cli_status cli_layout(const struct cli *cli, int n, char **words)
{
	const struct ports *ports = registry();
	const struct exchange_ops *x = ports->exchange;
	const char *verb = n > 1 ? words[1] : "";
	enum cli_status status = CLI_OK, one;
	bool is_try = strcmp(verb, "try") == 0, is_describe = strcmp(verb, "describe") == 0;

	if (!is_try && !is_describe && strcmp(verb, "check") != 0)
		return cli_fail(CLI_USAGE,
				"layout check FILE..., layout try FILE SAMPLE..., or layout "
				"describe FILE...");
	if (n < 3 || (is_try && n < 4))
		return cli_fail(CLI_USAGE,
				is_try ? "layout try needs a layout and a sample"
				       : "layout %s needs one or several files",
				verb);
	if (ports->digest->init() != 0)
		return cli_fail(CLI_REFUSED, "layout %s: no digests", verb);
	if (is_try)
		return try_all(cli, x, n - 2, words + 2);
	for (int i = 2; i < n; i++) {
		one = is_describe ? describe(cli, x, words[i]) : check(cli, x, words[i]);
		if (one != CLI_OK)
			status = one;
	}
	return status;
}
