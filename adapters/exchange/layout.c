/*
 * A layout file (specs/layouts/NAME.xml) into struct layout. The schema has been
 * asked before; this reader still trusts nothing it said, since it goes on after
 * a schema error to find the rest: what is missing becomes "" or a default, and
 * is not complained of a second time.
 */
#include "adapters/exchange/layout.h"

#include "adapters/exchange/cp932.h"
#include "adapters/exchange/xmlfile.h"

#include <stdlib.h>
#include <string.h>

struct loading {
	struct xmlfile file;
	struct layout *l;
	int err; /* the first lack of memory */
};

static const char *const kind_words[LAYOUT_KINDS] = {
    [LAYOUT_TARGETS] = "targets",
    [LAYOUT_PAYMENTS] = "payments",
    [LAYOUT_CONTACTS] = "contacts",
    [LAYOUT_RESULTS] = "results",
    [LAYOUT_CORRECTIONS] = "corrections",
    [LAYOUT_ERRORS] = "errors",
    [LAYOUT_RECEIPT] = "receipt",
    [LAYOUT_WITHDRAWALS] = "withdrawals",
    [LAYOUT_EXCLUSIONS] = "exclusions",
    [LAYOUT_KEY_CHANGES] = "key-changes",
    [LAYOUT_HOLDS_IN] = "holds-in",
    [LAYOUT_NUMBERS_IN] = "numbers-in",
    [LAYOUT_HOLDS] = "holds",
    [LAYOUT_NUMBERS] = "numbers",
};

bool layout_is_incoming(enum layout_kind kind)
{
	switch (kind) {
	case LAYOUT_TARGETS:
	case LAYOUT_PAYMENTS:
	case LAYOUT_WITHDRAWALS:
	case LAYOUT_EXCLUSIONS:
	case LAYOUT_KEY_CHANGES:
	case LAYOUT_HOLDS_IN:
	case LAYOUT_NUMBERS_IN:
		return true;
	case LAYOUT_CONTACTS:
	case LAYOUT_RESULTS:
	case LAYOUT_CORRECTIONS:
	case LAYOUT_ERRORS:
	case LAYOUT_RECEIPT:
	case LAYOUT_HOLDS:
	case LAYOUT_NUMBERS:
	case LAYOUT_KINDS:
		break;
	}
	return false;
}

const char *layout_kind_word(enum layout_kind kind)
{
	return kind_words[kind];
}

static const char *keep(struct loading *ld, const char *s)
{
	char *copy = text_keep(ld->l->arena, s ? s : "", s ? strlen(s) : 0);
	if (!copy) {
		ld->err = E_NOMEM;
		return "";
	}
	return copy;
}

static const char *attr_or(const xmlNode *node, const char *name, const char *otherwise)
{
	const char *value = xmlfile_attr(node, name);
	return value ? value : otherwise;
}

static bool attr_is(const xmlNode *node, const char *name, const char *word)
{
	return strcmp(attr_or(node, name, ""), word) == 0;
}

/* "12", or "7,2" for 9V. */
static void read_type(struct loading *ld, const xmlNode *node, struct column *c)
{
	const char *name = xmlfile_attr(node, "type"), *length = attr_or(node, "length", "");
	bool fixed;
	char *end;

	c->type = (struct value_type){.kind = name ? value_kind_of(name) : VALUE_ANY,
				      .length = MAX_FIELD_BYTES};
	if (c->type.kind == VALUE_KINDS) {
		c->type.kind = VALUE_ANY; /* the schema complained */
		return;
	}
	fixed =
	    c->type.kind == VALUE_YEAR || c->type.kind == VALUE_DATE || c->type.kind == VALUE_TIME;
	if (!*length) {
		if (name && !fixed)
			xmlfile_error(&ld->file, node, "a column of type %s needs length=\"…\"",
				      name);
		return;
	}
	c->type.length = (unsigned)strtoul(length, &end, 10);
	if (c->type.kind == VALUE_9V) {
		c->type.fraction = *end == ',' ? (unsigned)strtoul(end + 1, &end, 10) : 0;
		if (c->type.fraction == 0 || c->type.fraction >= c->type.length)
			xmlfile_error(
			    &ld->file, node,
			    "the length of a 9V column is \"n,m\" (n digits in all, m of them "
			    "after the point): give both, m less than n");
	} else if (*end == ',') {
		xmlfile_error(&ld->file, node, "only a 9V column has a length of two numbers");
	}
	if (c->type.length == 0 || c->type.length > MAX_FIELD_BYTES)
		xmlfile_error(&ld->file, node, "length must be from 1 to %d", MAX_FIELD_BYTES);
}

static void read_field(struct loading *ld, const xmlNode *node, struct column *c)
{
	const char *field = attr_or(node, "field", ""), *words = xmlfile_attr(node, "words");

	if (c->kind == COLUMN_CARRIED || c->kind == COLUMN_COMPOSED)
		return;
	if (!layout_is_incoming(ld->l->kind)) {
		c->out_name = keep(ld, field);
		if (*field && !field_is_out(field))
			xmlfile_error(&ld->file, node,
				      "no field is called \"%s\" (docs/layouts.md lists them)",
				      field);
		return;
	}
	c->field = field_in(field);
	if (*field && !field_is_for(c->field, ld->l->kind))
		xmlfile_error(&ld->file, node,
			      "a %s layout has no field called \"%s\" (docs/layouts.md lists them)",
			      layout_kind_word(ld->l->kind), field);
	if (!words)
		return;
	c->words_field = field_in(words);
	if (!field_is_for(c->words_field, ld->l->kind))
		xmlfile_error(&ld->file, node, "a %s layout has no field called \"%s\"",
			      layout_kind_word(ld->l->kind), words);
}

static void read_codes(struct loading *ld, const xmlNode *node, struct column *c)
{
	c->codes = arena_take(ld->l->arena, MAX_CODES * sizeof *c->codes);
	if (!c->codes) {
		ld->err = E_NOMEM;
		return;
	}
	for (const xmlNode *m = xmlfile_first(node); m; m = xmlfile_next(m)) {
		const char *code = attr_or(m, "code", ""), *words = xmlfile_attr(m, "words");
		if (!xmlfile_is(m, "map"))
			continue; /* the schema complained */
		if (c->n_codes == MAX_CODES) {
			xmlfile_error(&ld->file, m, "a code table has at most %d entries",
				      MAX_CODES);
			return;
		}
		for (size_t i = 0; i < c->n_codes; i++)
			if (strcmp(c->codes[i].code, code) == 0)
				xmlfile_error(&ld->file, m,
					      "code \"%s\" stands twice in this table", code);
		if (c->words_field != IN_NONE && !words)
			xmlfile_error(&ld->file, m,
				      "words=\"…\" is missing: the column fills %s by it",
				      field_in_name(c->words_field));
		c->codes[c->n_codes++] = (struct code){
		    .code = keep(ld, code),
		    .value = keep(ld, attr_or(m, "value", code)),
		    .words = words ? keep(ld, words) : NULL,
		};
	}
}

static void read_composed(struct loading *ld, const xmlNode *node, struct column *c)
{
	const char *why;
	int err =
	    template_parse(attr_or(node, "template", ""), true, ld->l->arena, &c->composed, &why);

	if (err == E_INVALID)
		xmlfile_error(&ld->file, node, "template: %s", why);
	else if (err)
		ld->err = err;
	for (size_t i = 0; !err && i < c->composed.n; i++)
		if (c->composed.parts[i].name && !field_is_out(c->composed.parts[i].name))
			xmlfile_error(
			    &ld->file, node,
			    "template: no field is called \"%s\" (docs/layouts.md lists them)",
			    c->composed.parts[i].name);
}

static bool column_kind_of(const xmlNode *node, enum column_kind *ret_kind)
{
	static const char *const names[] = {
	    [COLUMN_VALUE] = "value",     [COLUMN_CONSTANT] = "constant",
	    [COLUMN_MAPPED] = "mapped",   [COLUMN_COMPOSED] = "composed",
	    [COLUMN_CARRIED] = "carried",
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (xmlfile_is(node, names[i])) {
			*ret_kind = (enum column_kind)i;
			return true;
		}
	return false;
}

/* carried.<item>: what writers are given carried items under. */
static const char *carried_name(struct loading *ld, const xmlNode *node, const char *item)
{
	char name[8 + MAX_ID * 4];
	snprintf(name, sizeof name, "carried.%s", attr_or(node, "name", item));
	return keep(ld, name);
}

static void read_column(struct loading *ld, const xmlNode *node, enum column_kind kind)
{
	struct column *c = &ld->l->columns[ld->l->n_columns++];
	const char *item = xmlfile_attr(node, "item"), *id = xmlfile_attr(node, "id");

	*c = (struct column){.kind = kind,
			     .line = xmlfile_line(node),
			     .item = item ? keep(ld, item) : NULL,
			     .id = id ? keep(ld, id) : NULL,
			     .required = attr_is(node, "required", "yes"),
			     .cut = attr_is(node, "cut", "yes"),
			     .fixed = attr_is(node, "width", "fixed"),
			     .pad = attr_is(node, "pad", "zeros"),
			     .optional = attr_is(node, "optional", "yes"),
			     .field = IN_NONE,
			     .words_field = IN_NONE};
	read_type(ld, node, c);
	read_field(ld, node, c);
	if (kind == COLUMN_CONSTANT)
		c->value = keep(ld, attr_or(node, "value", ""));
	if (kind == COLUMN_MAPPED)
		read_codes(ld, node, c);
	if (kind == COLUMN_COMPOSED)
		read_composed(ld, node, c);
	if (kind == COLUMN_CARRIED) {
		c->out_name = carried_name(ld, node, item ? item : "");
		ld->l->n_carried++;
	}
}

static void read_columns(struct loading *ld, const xmlNode *columns)
{
	enum column_kind kind;

	ld->l->columns = arena_take(ld->l->arena, MAX_COLUMNS * sizeof *ld->l->columns);
	if (!ld->l->columns) {
		ld->err = E_NOMEM;
		return;
	}
	for (const xmlNode *n = xmlfile_first(columns); n; n = xmlfile_next(n)) {
		if (!column_kind_of(n, &kind))
			continue;
		if (ld->l->n_columns == MAX_COLUMNS) {
			xmlfile_error(&ld->file, n, "a layout has at most %d columns", MAX_COLUMNS);
			return;
		}
		read_column(ld, n, kind);
	}
}

/* What an outgoing name may be made of. */
static void check_name(struct loading *ld, const xmlNode *node)
{
	static const char *const names[] = {"gyomu", "city", "number", "stamp"};
	bool has_number = false;

	for (size_t i = 0; i < ld->l->name.n; i++) {
		const char *name = ld->l->name.parts[i].name, *text = ld->l->name.parts[i].text;
		bool known = !name;
		for (size_t k = 0; name && k < sizeof names / sizeof *names; k++)
			known = known || strcmp(name, names[k]) == 0;
		if (!known)
			xmlfile_error(
			    &ld->file, node,
			    "name: {%s} is not known: use {gyomu} {city} {number:6} {stamp}", name);
		if (text && (strpbrk(text, "/\\*?[]") || (i == 0 && *text == '.')))
			xmlfile_error(
			    &ld->file, node,
			    "name: a file name has no / \\ * ? [ ] and begins with no dot");
		has_number = has_number || (name && strcmp(name, "number") == 0);
	}
	if (!has_number)
		xmlfile_error(&ld->file, node,
			      "name: {number:6} is missing: each file's name must hold its number");
}

/* An outgoing layout's pattern: its name with each {…} replaced by *. */
static const char *pattern_of(struct loading *ld)
{
	char out[MAX_FILE_NAME] = "";
	size_t at = 0;

	for (size_t i = 0; i < ld->l->name.n; i++) {
		const char *text = ld->l->name.parts[i].text;
		at = template_append(out, at, sizeof out, text ? text : "*", 0);
	}
	return keep(ld, out);
}

static void read_name(struct loading *ld, const xmlNode *node)
{
	const char *name = xmlfile_attr(node, "name"), *pattern = xmlfile_attr(node, "pattern"),
		   *why;
	int err;

	if (layout_is_incoming(ld->l->kind)) {
		ld->l->pattern = keep(ld, pattern);
		if (!pattern || !*pattern)
			xmlfile_error(
			    &ld->file, node,
			    "pattern=\"…\" is missing: which files of in/ have this layout?");
		if (name)
			xmlfile_error(&ld->file, node, "name is for outgoing layouts: use pattern");
		return;
	}
	if (!name || pattern) {
		xmlfile_error(&ld->file, node,
			      "an outgoing layout has name=\"…{number:6}…\", and no pattern");
		return;
	}
	err = template_parse(name, false, ld->l->arena, &ld->l->name, &why);
	if (err == E_INVALID) {
		xmlfile_error(&ld->file, node, "name: %s", why);
	} else if (err) {
		ld->err = err;
	} else {
		check_name(ld, node);
		ld->l->pattern = pattern_of(ld);
	}
}

static void read_file(struct loading *ld, const xmlNode *node)
{
	const char *encoding = attr_or(node, "encoding", "UTF-8");

	if (strcmp(encoding, "CP932") == 0)
		ld->l->encoding = ENCODING_CP932;
	if (ld->l->encoding == ENCODING_CP932 && cp932_init())
		xmlfile_error(&ld->file, node,
			      "the C library of this machine does not know CP932 (gconv of libc6)");
	if (ld->l->encoding == ENCODING_CP932 && attr_is(node, "bom", "yes"))
		xmlfile_error(&ld->file, node, "CP932 has no BOM: leave bom out");
	ld->l->completion = keep(ld, attr_or(node, "completion", ""));
	ld->l->geta = attr_is(node, "missing", "geta");
	if (xmlfile_attr(node, "missing") &&
	    (layout_is_incoming(ld->l->kind) || ld->l->encoding == ENCODING_UTF8))
		xmlfile_error(&ld->file, node,
			      "missing is for outgoing CP932: UTF-8 lacks no character");
	ld->l->bom = attr_is(node, "bom", "yes")  ? BOM_YES
		     : attr_is(node, "bom", "no") ? BOM_NO
						  : BOM_EITHER;
	ld->l->quote = attr_is(node, "quote", "needed") ? QUOTE_NEEDED : QUOTE_ALL;
	ld->l->crlf = !attr_is(node, "newline", "lf");
	ld->l->header_ids = attr_is(node, "header", "ids");
	ld->l->ignore_extra = attr_is(node, "extra", "ignore");
	read_name(ld, node);
}

static void read_layout(struct loading *ld, const xmlNode *root)
{
	const char *kind = attr_or(root, "kind", "");
	bool known = false;

	for (size_t i = 0; i < sizeof kind_words / sizeof *kind_words; i++)
		if (strcmp(kind_words[i], kind) == 0) {
			ld->l->kind = (enum layout_kind)i;
			known = true;
		}
	ld->l->id = keep(ld, xmlfile_attr(root, "id"));
	ld->l->title = keep(ld, xmlfile_attr(root, "title"));
	ld->l->gyomu = keep(ld, attr_or(root, "gyomu", "000"));
	ld->l->pattern = ld->l->completion = "";
	ld->l->no_debts = attr_is(root, "debts", "no");
	if (!known)
		return; /* the schema complained; what the columns mean is not known */
	for (const xmlNode *n = xmlfile_first(root); n; n = xmlfile_next(n)) {
		if (xmlfile_is(n, "file"))
			read_file(ld, n);
		else if (xmlfile_is(n, "columns"))
			read_columns(ld, n);
	}
	layout_check(ld->l, ld->file.problems);
}

int layout_load(const char *path, const char *schema_dir, struct problems *problems,
		struct layout **ret_layout)
{
	struct loading ld = {.file = {.doc = NULL}};
	size_t before = problems->errors;
	int err = xmlfile_open(path, schema_dir, "layout.xsd", problems, &ld.file);

	if (err)
		goto out;
	err = E_NOMEM;
	ld.l = calloc(1, sizeof *ld.l);
	if (!ld.l || arena_new(8 * MAX_SPEC_BYTES, &ld.l->arena))
		goto out;
	ld.l->path = keep(&ld, path);
	read_layout(&ld, xmlDocGetRootElement(ld.file.doc));
	err = ld.err ? ld.err : problems->errors > before ? E_INVALID : 0;
	if (!err) {
		*ret_layout = ld.l;
		ld.l = NULL;
	}
out:
	layout_free(ld.l);
	xmlfile_close(&ld.file);
	return err;
}

void layout_free(struct layout *l)
{
	if (!l)
		return;
	arena_free(l->arena);
	free(l);
}
