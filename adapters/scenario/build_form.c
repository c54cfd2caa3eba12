/* The document, its forms and menus, their fields, choices and handlers. */
#include "adapters/scenario/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- properties and handlers ---- */

static bool take_property(struct build *b, xmlNode *n, struct props *props)
{
	const char *name, *value;

	if (!is_vxml(n, "property"))
		return false;
	check_attrs(b, n, (const char *const[]){"name", "value", NULL});
	must_be_empty(b, n);
	name = attr_must(b, n, "name");
	value = attr(b, n, "value");
	value = value ? value : "";
	if (strcmp(name, "timeout") == 0)
		props->timeout_ms = parse_time(b, n, value);
	else if (strcmp(name, "interdigittimeout") == 0)
		props->interdigit_ms = parse_time(b, n, value);
	else if (strcmp(name, "termchar") == 0 && strlen(value) <= 1 &&
		 (!*value || strchr("#*", *value)))
		props->termchar = *value;
	else if (strcmp(name, "termchar") == 0)
		wrong(b, n, "termchar is # or *, or empty for none");
	else if (strcmp(name, "inputmodes") == 0)
		take_inputmodes(b, n, value, props);
	else if (strcmp(name, "osame.rate") == 0)
		props->rate = parse_rate(b, n, value);
	else if (strcmp(name, "bargein") == 0)
		props->bargein = parse_bool(b, n, "value", true);
	else if (*name)
		wrong(b, n,
		      "the property \"%.40s\" is not built: timeout, interdigittimeout, "
		      "termchar, inputmodes, bargein, osame.rate are",
		      name);
	return true;
}

static bool take_handler(struct build *b, xmlNode *n, struct model_handler **list)
{
	if (!is_handler(n))
		return false;
	while (*list)
		list = &(*list)->next;
	*list = build_handler(b, n);
	return true;
}

void add_prompt(struct build *b, xmlNode *n, struct model_prompt **list)
{
	struct model_prompt *p = build_prompt(b, n);

	while (*list)
		list = &(*list)->next;
	*list = p;
}

/* <o:machine>, <o:screening>: what is said to no person. <o:announce>: that words are kept. */
static bool take_message(struct build *b, xmlNode *n)
{
	struct model_prompt **list = is_osame(n, "machine")     ? &b->s->machine
				     : is_osame(n, "screening") ? &b->s->screening
				     : is_osame(n, "announce")  ? &b->s->announce
								: NULL;

	if (!list)
		return false;
	check_attrs(b, n, (const char *const[]){NULL});
	if (*list)
		wrong(b, n, "<o:%s> stands twice: put all its prompts into one",
		      (const char *)n->name);
	for (xmlNode *c = first_child(b, n); c && !b->no_memory; c = next_sibling(b, c)) {
		if (is_vxml(c, "prompt"))
			add_prompt(b, c, list);
		else
			refuse(b, c);
	}
	if (!*list)
		wrong(b, n, "<o:%s> says nothing: give it a <prompt>, or take it out",
		      (const char *)n->name);
	return true;
}

/* ---- options and choices ---- */

static void build_choice(struct build *b, const xmlNode *n, struct model_option *o)
{
	const char *next = attr(b, n, "next"), *event = attr(b, n, "event");

	if (!next == !event)
		wrong(b, n, "<choice> takes next=\"#id\" or event=\"name\", one of them");
	else if (event)
		o->event = thrown_event(b, n, event);
	else
		o->dialog = find_dialog(b, n, next);
	o->jumps = next != NULL;
}

void add_option(struct build *b, xmlNode *n, struct model_item *item)
{
	bool choice = is_vxml(n, "choice");
	const char *given = attr(b, n, "dtmf");
	const char *key = given ? given : "";
	const char *value = choice ? key : attr_must(b, n, "value");
	struct model_option *o;

	check_attrs(b, n,
		    (const char *const[]){"dtmf", choice ? "next" : "value",
					  choice ? "event" : NULL, NULL});
	if (given && (strlen(key) != 1 || !strchr("0123456789*#", *key))) {
		wrong(b, n, "dtmf=\"%.20s\": one key, 0 to 9, * or #", key);
		return;
	}
	if (!given && !n->children)
		wrong(b, n, "<%s> needs the attribute \"dtmf\", or words that are spoken",
		      (const char *)n->name);
	for (size_t i = 0; given && i < item->n_options; i++)
		if (item->options[i].key == *key)
			wrong(b, n, "the key %s stands twice here", key);
	if (item->n_options >= MAX_OPTIONS) {
		wrong(b, n, "there are too many answers here: at most %d", MAX_OPTIONS);
		return;
	}
	if (strlen(value) >= MAX_ID)
		wrong(b, n, "value is too long: at most %d bytes", MAX_ID - 1);
	o = &item->options[item->n_options++];
	*o = (struct model_option){
	    .line = line_of(n), .key = *key, .value = value, .dialog = SIZE_MAX};
	if (choice)
		build_choice(b, n, o);
	add_words(b, n, item, item->n_options - 1);
}

/* "digits", "digits?length=4", "digits?minlength=1;maxlength=8" */
static void parse_digits(struct build *b, const xmlNode *n, const char *type,
			 struct model_item *item)
{
	int least = 1, most = MAX_DIGITS, length, end = 0;

	if (sscanf(type, "digits?length=%2d%n", &length, &end) == 1 && !type[end])
		least = most = length;
	else if (sscanf(type, "digits?minlength=%2d;maxlength=%2d%n", &least, &most, &end) == 2 &&
		 !type[end])
		;
	else if (strcmp(type, "digits") != 0)
		least = 0;
	if (least < 1 || most < least || most > MAX_DIGITS) {
		wrong(b, n,
		      "type=\"%.40s\" is not built: write digits?length=4 or "
		      "digits?minlength=1;maxlength=8 (at most %d), or use <option>",
		      type, MAX_DIGITS);
		return;
	}
	item->min_digits = least;
	item->max_digits = most;
}

static void check_answers(struct build *b, const xmlNode *n, const struct model_item *item)
{
	if (item->n_options == 0 && item->max_digits == 0)
		wrong(b, n, "<%s> takes no answer: give it %s", (const char *)n->name,
		      is_vxml(n, "menu") ? "<choice dtmf=… next=…/>"
					 : "<option dtmf=… value=…/> or type=\"digits?length=4\"");
	if (!item->prompts)
		wrong(b, n, "<%s> asks nothing: give it a <prompt>", (const char *)n->name);
	for (size_t i = 0; i < item->n_options && item->max_digits > 0; i++)
		if (item->options[i].key >= '0' && item->options[i].key <= '9')
			wrong(b, n,
			      "in a field of digits an option is the key * or #: %c is a digit",
			      item->options[i].key);
}

/* ---- items ---- */

static void start_item(struct build *b, const xmlNode *n, struct model_item *item,
		       enum item_kind kind, size_t index)
{
	*item = (struct model_item){
	    .kind = kind,
	    .line = line_of(n),
	    .timeout_ms = b->props.timeout_ms,
	    .interdigit_ms = b->props.interdigit_ms,
	    .termchar = b->props.termchar,
	    .confirms = -1,
	};
	for (size_t i = 0; i < b->n_declared; i++)
		if (b->declared[i].dialog == b->dialog && b->declared[i].item &&
		    b->declared[i].index == index) {
			item->slot = b->declared[i].slot;
			item->name = b->declared[i].name;
		}
	if (kind != ITEM_BLOCK)
		item->options = get(b, MAX_OPTIONS * sizeof *item->options);
}

static void build_block(struct build *b, xmlNode *n, struct model_item *item)
{
	check_attrs(b, n, (const char *const[]){"name", "cond", NULL});
	item->cond = attr_expr(b, n, "cond");
	item->body = build_nodes(b, first_child(b, n));
}

void add_filled(struct build *b, xmlNode *n, struct model_item *item)
{
	struct model_node **end = &item->body;

	check_attrs(b, n, (const char *const[]){NULL});
	while (*end)
		end = &(*end)->next;
	*end = build_nodes(b, first_child(b, n));
}

/* Properties hold for the whole element, wherever they stand in it. The outer ones come back by
 * the caller. */
static void take_properties(struct build *b, const xmlNode *n)
{
	for (xmlNode *c = n->children; c; c = c->next)
		take_property(b, c, &b->props);
}

bool take_asking(struct build *b, xmlNode *n, struct model_item *item)
{
	if (is_vxml(n, "prompt"))
		add_prompt(b, n, &item->prompts);
	else if (!is_vxml(n, "property"))
		return take_handler(b, n, &item->handlers);
	return true;
}

static void build_field(struct build *b, xmlNode *n, struct model_item *item)
{
	const char *type = attr(b, n, "type");

	check_attrs(b, n, (const char *const[]){"name", "cond", "type", "o:confirms", NULL});
	attr_must(b, n, "name");
	item->confirms_name = attr_osame(b, n, "confirms");
	item->cond = attr_expr(b, n, "cond");
	if (type)
		parse_digits(b, n, type, item);
	for (xmlNode *c = first_child(b, n); c && !b->no_memory; c = next_sibling(b, c)) {
		if (is_vxml(c, "option"))
			add_option(b, c, item);
		else if (is_vxml(c, "filled"))
			add_filled(b, c, item);
		else if (!take_asking(b, c, item))
			refuse(b, c);
	}
	check_answers(b, n, item);
	finish_spoken(b, n, item, &b->props);
}

static void build_menu(struct build *b, xmlNode *n, struct model_item *item)
{
	check_attrs(b, n, (const char *const[]){"id", "o:confirms", NULL});
	item->confirms_name = attr_osame(b, n, "confirms");
	for (xmlNode *c = first_child(b, n); c && !b->no_memory; c = next_sibling(b, c)) {
		if (is_vxml(c, "choice"))
			add_option(b, c, item);
		else if (!take_asking(b, c, item))
			refuse(b, c);
	}
	check_answers(b, n, item);
	finish_spoken(b, n, item, &b->props);
}

static void add_var(struct build *b, xmlNode *n, struct model_var **list)
{
	const char *name = attr(b, n, "name");
	const struct declared *d = find_declared(b, name ? name : "");
	struct model_var *v = get(b, sizeof *v);

	check_attrs(b, n, (const char *const[]){"name", "expr", NULL});
	must_be_empty(b, n);
	if (!v)
		return;
	while (*list)
		list = &(*list)->next;
	*list = v;
	v->line = line_of(n);
	v->slot = d ? d->slot : 0;
	v->init = attr_expr(b, n, "expr");
}

static void name_items(struct build *b, const xmlNode *n, struct model_filled *f, const char *list)
{
	char name[MAX_ID];

	while (*(list += strspn(list, " \t\r\n"))) {
		size_t length = strcspn(list, " \t\r\n");
		const struct declared *d = NULL;
		if (length < sizeof name) {
			memcpy(name, list, length);
			name[length] = '\0';
			d = find_declared(b, name);
		}
		if (!d || !d->item || d->dialog != b->dialog || d->block)
			wrong(b, n, "namelist: \"%.*s\" is no field of this form",
			      length > 60 ? 60 : (int)length, list);
		else
			f->items |= 1ull << d->index;
		list += length;
	}
}

/* <filled> of a form (2.4): `at` items stand before it. */
static void add_form_filled(struct build *b, xmlNode *n, struct model_dialog *d, size_t at)
{
	const char *mode = attr(b, n, "mode"), *list = attr(b, n, "namelist");
	struct model_filled *f = get(b, sizeof *f), **end = &d->filled;

	check_attrs(b, n, (const char *const[]){"mode", "namelist", NULL});
	if (!f)
		return;
	if (mode && strcmp(mode, "all") != 0 && strcmp(mode, "any") != 0)
		wrong(b, n, "mode=\"%.20s\": all or any", mode);
	f->line = line_of(n);
	f->at = at;
	f->all = !mode || strcmp(mode, "any") != 0;
	for (size_t i = 0; i < b->n_declared && !list; i++)
		if (b->declared[i].dialog == b->dialog && b->declared[i].item &&
		    !b->declared[i].block)
			f->items |= 1ull << b->declared[i].index;
	if (list)
		name_items(b, n, f, list);
	if (!f->items)
		wrong(b, n, "<filled> is about no field: put one into the form, or take it out");
	f->body = build_nodes(b, first_child(b, n));
	while (*end)
		end = &(*end)->next;
	*end = f;
}

static void build_item(struct build *b, xmlNode *n, struct model_dialog *d, size_t index)
{
	const struct props outer = b->props;
	struct model_item *item = &d->items[index];
	enum item_kind kind = is_vxml(n, "block")      ? ITEM_BLOCK
			      : is_vxml(n, "transfer") ? ITEM_TRANSFER
			      : is_vxml(n, "record")   ? ITEM_RECORD
						       : ITEM_FIELD;

	if (kind == ITEM_FIELD || kind == ITEM_RECORD)
		take_properties(b, n);
	start_item(b, n, item, kind, index);
	if (kind == ITEM_BLOCK)
		build_block(b, n, item);
	else if (kind == ITEM_TRANSFER)
		build_transfer(b, n, item);
	else if (kind == ITEM_RECORD)
		build_record(b, n, item);
	else if (is_vxml(n, "menu"))
		build_menu(b, n, item);
	else
		build_field(b, n, item);
	b->props = outer;
}

static void build_form(struct build *b, xmlNode *n, struct model_dialog *d)
{
	size_t k = 0;

	check_attrs(b, n, (const char *const[]){"id", NULL});
	take_properties(b, n);
	for (xmlNode *c = first_child(b, n); c && !b->no_memory; c = next_sibling(b, c)) {
		if (is_item(c) && k < d->n_items)
			build_item(b, c, d, k++);
		else if (is_vxml(c, "var"))
			add_var(b, c, &d->vars);
		else if (is_vxml(c, "filled"))
			add_form_filled(b, c, d, k);
		else if (!is_vxml(c, "property") && !take_handler(b, c, &d->handlers))
			refuse(b, c);
	}
}

/* ---- the document ---- */

static void check_root(struct build *b, xmlNode *root)
{
	const char *version = attr(b, root, "version");
	const char *kind = attr_osame(b, root, "kind");

	check_attrs(b, root, (const char *const[]){"version", "o:kind", NULL});
	if (!version || strcmp(version, "2.1") != 0)
		wrong(b, root, "write version=\"2.1\": that is the VoiceXML that is read here");
	b->s->kind = CAMPAIGN_REMINDER; /* the strictest, until it is known */
	if (kind && strcmp(kind, "notice") == 0)
		b->s->kind = CAMPAIGN_NOTICE;
	else if (kind && strcmp(kind, "general") == 0)
		b->s->kind = CAMPAIGN_GENERAL;
	else if (!kind || strcmp(kind, "reminder") != 0)
		wrong(b, root,
		      "write o:kind=\"notice\", \"reminder\" or \"general\": the secrecy "
		      "rules depend on it");
}

/* Fields that matches_birth() asks: four digits, and marked, so that they go nowhere else. */
static void mark_births(struct build *b)
{
	for (size_t i = 0; i < b->n_births; i++) {
		bool found = false;
		for (size_t d = 0; d < b->s->n_dialogs; d++)
			for (size_t k = 0; k < b->s->dialogs[d].n_items; k++) {
				struct model_item *item = &b->s->dialogs[d].items[k];
				if (item->slot != b->births[i].slot || item->min_digits != 4 ||
				    item->max_digits != 4)
					continue;
				item->birth = true;
				found = true;
			}
		if (!found)
			problems_error(b->problems, b->file, b->births[i].line,
				       "[birth-stays-secret] matches_birth() takes a field of "
				       "type=\"digits?length=4\" and nothing else");
	}
}

static void build_dialogs(struct build *b, xmlNode *root)
{
	const struct props outer = b->props;
	size_t at = 0;

	for (xmlNode *c = first_child(b, root); c && !b->no_memory; c = next_sibling(b, c)) {
		if (!is_vxml(c, "form") && !is_vxml(c, "menu"))
			continue;
		struct model_dialog *d = &b->s->dialogs[at];
		b->dialog = at++;
		if (is_vxml(c, "form"))
			build_form(b, c, d);
		else
			build_item(b, c, d, 0);
		b->props = outer;
	}
	b->dialog = SIZE_MAX;
}

void build_document(struct build *b, xmlNode *root)
{
	b->props = (struct props){
	    .timeout_ms = 5000, .interdigit_ms = 3000, .termchar = '#', .bargein = true};
	check_root(b, root);
	declare_events(b);
	declare_all(b, root);
	if (b->no_memory || b->problems->errors > 0)
		return; /* the rest would only repeat it */
	take_properties(b, root);
	for (xmlNode *c = first_child(b, root); c && !b->no_memory; c = next_sibling(b, c)) {
		if (is_vxml(c, "var"))
			add_var(b, c, &b->s->vars);
		else if (!is_vxml(c, "form") && !is_vxml(c, "menu") && !is_vxml(c, "property") &&
			 !take_message(b, c) && !take_handler(b, c, &b->s->handlers))
			refuse(b, c);
	}
	build_dialogs(b, root);
	for (size_t i = 0; i < b->s->n_prompts; i++)
		b->s->prompts[i]->first_date += b->s->n_prompts;
	if (b->no_memory)
		return;
	mark_births(b);
	resolve_confirms(b);
	finish_records(b);
	check_events(b);
}
