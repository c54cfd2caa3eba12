/* Ids, variables and expressions of a document. */
#include "adapters/scenario/build.h"

#include "engine/utf8.h"

#include <stdio.h>
#include <string.h>

bool is_item(const xmlNode *n)
{
	return is_vxml(n, "block") || is_vxml(n, "field") || is_vxml(n, "transfer") ||
	       is_vxml(n, "record");
}

static bool is_dialog(const xmlNode *n)
{
	return is_vxml(n, "form") || is_vxml(n, "menu");
}

static bool is_good_name(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n < MAX_ID && !strpbrk(name, " \t\r\n.()[]'\"!=<>&|?:+-*/%,;#$") &&
	       !(name[0] >= '0' && name[0] <= '9') && !utf8_has_control(name, n);
}

static bool is_reserved(const char *name)
{
	static const char *const words[] = {"target", "campaign",  "department", "true",
					    "false",  "undefined", "session",    "application"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i], name) == 0)
			return true;
	return false;
}

static void check_name(struct build *b, const xmlNode *n, const char *name)
{
	if (!is_good_name(name))
		wrong(b, n, "\"%.60s\" is not a name: letters, digits and _, at most %d bytes",
		      name, MAX_ID - 1);
	else if (is_reserved(name))
		wrong(b, n, "\"%s\" is a word of the language: take another name", name);
	for (size_t i = 0; i < b->n_declared; i++)
		if (strcmp(b->declared[i].name, name) == 0 &&
		    (b->declared[i].dialog == b->dialog || b->declared[i].dialog == SIZE_MAX))
			wrong(b, n, "\"%.60s\" is declared twice", name);
}

static void declare(struct build *b, const xmlNode *n, bool item, size_t index)
{
	const char *name = item ? attr(b, n, "name") : attr_must(b, n, "name");
	size_t k = b->n_declared;

	if (k >= MAX_DECLARED) {
		wrong(b, n, "there are too many variables, fields and blocks: at most %d",
		      MAX_DECLARED);
		return;
	}
	if (name && *name)
		check_name(b, n, name);
	name = name ? name : "";
	b->declared[k] = (struct declared){
	    .name = name,
	    .dialog = b->dialog,
	    .slot = (int)k,
	    .item = item,
	    .block = is_vxml(n, "block"),
	    .index = index,
	};
	b->n_declared++;
	b->s->slots[k].name = name;
	b->s->n_slots = b->n_declared;
}

static void declare_dialog(struct build *b, xmlNode *n)
{
	struct model_dialog *d = &b->s->dialogs[b->dialog];
	const char *id = attr(b, n, "id");

	d->id = id ? id : "";
	d->line = line_of(n);
	if (id && !is_good_name(id))
		wrong(b, n, "id=\"%.60s\" is not a name", id);
	for (size_t i = 0; id && i < b->dialog; i++)
		if (strcmp(b->s->dialogs[i].id, id) == 0)
			wrong(b, n, "there is another dialog with the id \"%.60s\"", id);
	if (is_vxml(n, "menu"))
		declare(b, n, true, d->n_items++); /* its one item; <menu> has no name */
	for (xmlNode *c = n->children; c; c = c->next) {
		if (is_vxml(c, "var"))
			declare(b, c, false, 0);
		else if (is_item(c) && is_vxml(n, "form"))
			declare(b, c, true, d->n_items++);
	}
	if (d->n_items > MAX_ITEMS)
		wrong(b, n, "this form has too many blocks and fields: at most %d", MAX_ITEMS);
	d->items = get(b, (d->n_items ? d->n_items : 1) * sizeof *d->items);
}

void declare_all(struct build *b, xmlNode *root)
{
	size_t dialogs = 0;

	b->dialog = SIZE_MAX;
	for (xmlNode *c = root->children; c; c = c->next) {
		dialogs += is_dialog(c);
		if (is_vxml(c, "var"))
			declare(b, c, false, 0);
	}
	if (dialogs == 0 || dialogs > MAX_DIALOGS) {
		wrong(b, root, "a scenario has 1 to %d forms and menus: this has %zu", MAX_DIALOGS,
		      dialogs);
		return;
	}
	b->s->dialogs = get(b, dialogs * sizeof *b->s->dialogs);
	for (xmlNode *c = root->children; c && !b->no_memory; c = c->next) {
		if (!is_dialog(c))
			continue;
		b->dialog = b->s->n_dialogs;
		declare_dialog(b, c);
		b->s->n_dialogs++;
	}
	b->dialog = SIZE_MAX;
}

/* The dialog's own first, then the document's. */
const struct declared *find_declared(const struct build *b, const char *name)
{
	const struct declared *outer = NULL;

	for (size_t i = 0; i < b->n_declared && *name; i++) {
		if (strcmp(b->declared[i].name, name) != 0)
			continue;
		if (b->declared[i].dialog == b->dialog)
			return &b->declared[i];
		if (b->declared[i].dialog == SIZE_MAX)
			outer = &b->declared[i];
	}
	return outer;
}

size_t find_dialog(struct build *b, const xmlNode *n, const char *next)
{
	if (*next != '#') {
		if (*next)
			wrong(b, n,
			      "next=\"%.60s\": only dialogs of this document can be gone to, "
			      "as #id",
			      next);
		return SIZE_MAX;
	}
	for (size_t i = 0; i < b->s->n_dialogs; i++)
		if (next[1] && strcmp(b->s->dialogs[i].id, next + 1) == 0)
			return i;
	wrong(b, n, "there is no form or menu with the id \"%.60s\"", next + 1);
	return SIZE_MAX;
}

static int find_slot(void *context, const char *name, size_t n)
{
	char text[MAX_ID];

	if (n >= sizeof text)
		return -1;
	memcpy(text, name, n);
	text[n] = '\0';
	const struct declared *d = find_declared(context, text);
	return d ? d->slot : -1;
}

struct births {
	struct build *b;
	const xmlNode *node;
	const struct expr *root;
	bool may;
};

static void see_birth(const struct expr *e, void *context)
{
	struct births *f = context;
	struct build *b = f->b;

	if (e->op != EXPR_MATCHES_BIRTH)
		return;
	if (!f->may || e != f->root)
		wrong(b, f->node,
		      "[birth-stays-secret] matches_birth() stands alone in the cond of <if> or "
		      "<elseif>, so that its two branches are plain to see");
	if (b->n_births >= MAX_FIELDS) {
		wrong(b, f->node, "matches_birth() is asked too often: at most %d times",
		      MAX_FIELDS);
		return;
	}
	b->births[b->n_births].slot = e->a->slot;
	b->births[b->n_births++].line = line_of(f->node);
}

static struct expr *parse(struct build *b, const xmlNode *n, const char *name, bool branch)
{
	const struct expr_scope scope = {find_slot, b};
	const char *text = attr(b, n, name);
	struct expr *e = NULL;
	char why[EXPR_WHY];
	int err;

	if (!text)
		return NULL;
	err = expr_parse(b->s->arena, text, &scope, &e, why);
	if (err == E_INVALID)
		wrong(b, n, "%s=\"%.60s\": %s", name, text, why);
	else if (err)
		b->no_memory = true;
	if (err)
		return NULL;
	struct births f = {b, n, e, branch};
	expr_walk(e, see_birth, &f);
	return e;
}

struct expr *attr_expr(struct build *b, const xmlNode *n, const char *name)
{
	return parse(b, n, name, false);
}

struct expr *attr_branch(struct build *b, const xmlNode *n, const char *name)
{
	return parse(b, n, name, true);
}
