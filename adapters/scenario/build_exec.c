/* Executable contents: what blocks, <filled>, handlers and <if> hold. */
#include "adapters/scenario/build.h"

#include <stdlib.h>
#include <string.h>

struct chain {
	struct model_node *first, **end;
};

static struct model_node *append(struct build *b, struct chain *chain, const xmlNode *n,
				 enum node_kind kind)
{
	struct model_node *node = get(b, sizeof *node);

	if (!node)
		return NULL;
	node->kind = kind;
	node->line = line_of(n);
	node->slot = -1;
	*chain->end = node;
	chain->end = &node->next;
	return node;
}

static bool is_branch(const xmlNode *n)
{
	return is_vxml(n, "elseif") || is_vxml(n, "else");
}

/* From `n` up to the next <elseif>, <else> or the end. */
static struct model_node *build_until_branch(struct build *b, xmlNode *n);

static struct model_branch *new_branch(struct build *b, xmlNode *n, bool conditional)
{
	struct model_branch *branch = get(b, sizeof *branch);

	check_attrs(b, n, (const char *const[]){conditional ? "cond" : NULL, NULL});
	if (!branch)
		return NULL;
	branch->line = line_of(n);
	if (conditional) {
		attr_must(b, n, "cond");
		branch->cond = attr_branch(b, n, "cond");
	}
	return branch;
}

static void build_if(struct build *b, struct chain *chain, xmlNode *n)
{
	struct model_node *node = append(b, chain, n, NODE_IF);
	struct model_branch *branch = new_branch(b, n, true);
	bool closed = false;

	if (!node || !branch)
		return;
	node->branches = branch;
	branch->body = build_until_branch(b, first_child(b, n));
	for (xmlNode *c = first_child(b, n); c && !b->no_memory; c = next_sibling(b, c)) {
		if (!is_branch(c))
			continue;
		if (closed)
			wrong(b, c, "nothing may follow <else/> in an <if>");
		closed = is_vxml(c, "else");
		must_be_empty(b, c);
		branch->next = new_branch(b, c, !closed);
		if (!branch->next)
			return;
		branch = branch->next;
		branch->body = build_until_branch(b, next_sibling(b, c));
	}
}

static void build_assign(struct build *b, struct chain *chain, xmlNode *n)
{
	struct model_node *node = append(b, chain, n, NODE_ASSIGN);
	const char *name = attr_must(b, n, "name");
	const struct declared *d = find_declared(b, name);

	check_attrs(b, n, (const char *const[]){"name", "expr", NULL});
	must_be_empty(b, n);
	attr_must(b, n, "expr");
	if (*name && (!d || d->item))
		wrong(
		    b, n,
		    "\"%.60s\" is not a variable: declare it by <var>; fields are set by keys and "
		    "emptied by <clear>",
		    name);
	if (!node)
		return;
	node->slot = d ? d->slot : 0;
	node->expr = attr_expr(b, n, "expr");
}

/* Calls fn for each word of a list of names. */
static void each_name(struct build *b, const xmlNode *n, const char *list, struct chain *chain,
		      void (*fn)(struct build *, struct chain *, const xmlNode *, const char *))
{
	while (*(list += strspn(list, " \t\r\n"))) {
		size_t length = strcspn(list, " \t\r\n");
		const char *name = model_text(b->s, list, length);
		if (!name) {
			b->no_memory = true;
			return;
		}
		fn(b, chain, n, name);
		list += length;
	}
}

static void clear_one(struct build *b, struct chain *chain, const xmlNode *n, const char *name)
{
	const struct declared *d = find_declared(b, name);
	struct model_node *node;

	if (!d) {
		wrong(b, n, "there is no variable or field \"%.60s\"", name);
		return;
	}
	node = append(b, chain, n, NODE_CLEAR);
	if (node)
		node->slot = d->slot;
}

static void build_clear(struct build *b, struct chain *chain, xmlNode *n)
{
	const char *list = attr(b, n, "namelist");

	check_attrs(b, n, (const char *const[]){"namelist", NULL});
	must_be_empty(b, n);
	if (list)
		each_name(b, n, list, chain, clear_one);
	else
		append(b, chain, n, NODE_CLEAR);
}

static void build_goto(struct build *b, struct chain *chain, xmlNode *n)
{
	const char *next = attr(b, n, "next"), *item = attr(b, n, "nextitem");
	struct model_node *node = append(b, chain, n, next ? NODE_GOTO : NODE_NEXTITEM);
	const struct declared *d;

	check_attrs(b, n, (const char *const[]){"next", "nextitem", NULL});
	must_be_empty(b, n);
	if (!node)
		return;
	if (!next == !item) {
		wrong(b, n, "<goto> takes next=\"#id\" or nextitem=\"name\", one of them");
	} else if (next) {
		node->target = find_dialog(b, n, next);
	} else {
		d = find_declared(b, item);
		if (!d || !d->item || d->dialog != b->dialog || b->dialog == SIZE_MAX)
			wrong(b, n, "nextitem=\"%.60s\" is no block or field of this form", item);
		else
			node->target = d->index;
	}
}

static bool is_reply_name(struct build *b, const xmlNode *n, const char *name)
{
	if (strlen(name) >= MAX_ID || strpbrk(name, " \t\r\n"))
		wrong(b, n, "\"%.60s\" is not a reply's name: at most %d bytes, no blanks", name,
		      MAX_ID - 1);
	else if (strcmp(name, "task") == 0)
		wrong(b, n, "a reply cannot be named \"task\": write <o:task kind=\"…\"/>");
	else
		return true;
	return false;
}

static void reply_one(struct build *b, struct chain *chain, const xmlNode *n, const char *name)
{
	const struct declared *d = find_declared(b, name);
	struct model_node *node;
	struct expr *e;

	if (!d || !is_reply_name(b, n, name)) {
		if (!d)
			wrong(b, n, "there is no variable or field \"%.60s\"", name);
		return;
	}
	node = append(b, chain, n, NODE_REPLY);
	e = get(b, sizeof *e);
	if (!node || !e)
		return;
	*e = (struct expr){.op = EXPR_SLOT, .slot = d->slot};
	node->text = name;
	node->expr = e;
}

static void build_exit(struct build *b, struct chain *chain, xmlNode *n)
{
	const char *list = attr(b, n, "namelist");

	check_attrs(b, n, (const char *const[]){is_vxml(n, "exit") ? "namelist" : NULL, NULL});
	must_be_empty(b, n);
	if (list)
		each_name(b, n, list, chain, reply_one);
	append(b, chain, n, NODE_EXIT);
}

static void build_reply(struct build *b, struct chain *chain, xmlNode *n)
{
	const char *name = attr_must(b, n, "name");
	struct model_node *node;

	check_attrs(b, n, (const char *const[]){"name", "expr", NULL});
	attr_must(b, n, "expr");
	if (*name)
		is_reply_name(b, n, name);
	node = append(b, chain, n, NODE_REPLY);
	if (!node)
		return;
	node->text = name;
	node->expr = attr_expr(b, n, "expr");
}

static void build_task(struct build *b, struct chain *chain, xmlNode *n)
{
	static const char *const kinds[] = {"折返し希望", "納付書再発行希望", "相談希望",
					    "納付済申告", "停止要望",         "詐欺疑い"};
	const char *kind = attr_must(b, n, "kind");
	struct model_node *node;
	bool known = false;

	check_attrs(b, n, (const char *const[]){"kind", NULL});
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		known |= strcmp(kinds[i], kind) == 0;
	if (*kind && !known)
		wrong(b, n,
		      "kind=\"%.60s\" is no task: 折返し希望, 納付書再発行希望, 相談希望, "
		      "納付済申告, 停止要望 or 詐欺疑い",
		      kind);
	node = append(b, chain, n, NODE_TASK);
	if (node)
		node->text = kind;
}

static void build_sms(struct build *b, struct chain *chain, xmlNode *n)
{
	const char *text = attr_must(b, n, "text");
	struct model_node *node = append(b, chain, n, NODE_SMS);
	size_t i = 0;

	check_attrs(b, n, (const char *const[]){"text", NULL});
	/* It becomes a file name under specs/texts/: no way out of that folder. */
	if (strlen(text) >= MAX_ID ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_") != strlen(text))
		wrong(b, n, "text=\"%.60s\" is not a text's id: small letters, digits, - and _",
		      text);
	if (node)
		node->text = text;
	while (i < b->s->n_sms && strcmp(b->s->sms[i], text) != 0)
		i++;
	if (i < b->s->n_sms || !*text)
		return;
	if (i == sizeof b->s->sms / sizeof *b->s->sms)
		wrong(b, n, "there are too many different o:sms texts: at most %zu", i);
	else
		b->s->sms[b->s->n_sms++] = text;
}

static void build_level(struct build *b, struct chain *chain, xmlNode *n)
{
	const char *text = attr_must(b, n, "n");
	struct model_node *node = append(b, chain, n, NODE_LEVEL);

	check_attrs(b, n, (const char *const[]){"n", NULL});
	if (*text && strcmp(text, "1") != 0 && strcmp(text, "2") != 0)
		wrong(b, n, "n=\"%.20s\": a level to rise to is 1 or 2", text);
	if (node)
		node->number = *text == '2' ? 2 : 1;
}

static void build_reached(struct build *b, struct chain *chain, xmlNode *n)
{
	static const struct {
		const char *word;
		enum reached reached;
	} codes[] = {
	    {"opening", REACHED_OPENING}, {"self", REACHED_SELF},   {"matched", REACHED_MATCHED},
	    {"other", REACHED_OTHER},     {"wrong", REACHED_WRONG}, {"mismatch", REACHED_MISMATCH},
	};
	const char *text = attr_must(b, n, "code");
	struct model_node *node = append(b, chain, n, NODE_REACHED);
	enum reached reached = REACHED_NOBODY;

	check_attrs(b, n, (const char *const[]){"code", NULL});
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (strcmp(codes[i].word, text) == 0)
			reached = codes[i].reached;
	if (*text && reached == REACHED_NOBODY)
		wrong(b, n,
		      "code=\"%.40s\" is not known: opening, self, matched, other, wrong or "
		      "mismatch",
		      text);
	if (node)
		node->number = reached;
}

static void build_throw(struct build *b, struct chain *chain, xmlNode *n)
{
	struct model_node *node = append(b, chain, n, NODE_THROW);
	const char *event = attr_must(b, n, "event");

	check_attrs(b, n, (const char *const[]){"event", NULL});
	must_be_empty(b, n);
	if (node)
		node->number = thrown_event(b, n, event);
}

static void build_prompt_node(struct build *b, struct chain *chain, xmlNode *n)
{
	struct model_node *node = append(b, chain, n, NODE_PROMPT);
	struct model_prompt *p = build_prompt(b, n);

	if (p && p->count != 1)
		wrong(b, n, "count belongs to the prompts of a field or menu");
	if (node)
		node->prompt = p;
}

static void build_plain(struct build *b, struct chain *chain, xmlNode *n, enum node_kind kind)
{
	check_attrs(b, n, (const char *const[]){NULL});
	append(b, chain, n, kind);
}

static void build_osame(struct build *b, struct chain *chain, xmlNode *n)
{
	must_be_empty(b, n);
	if (is_osame(n, "sms"))
		build_sms(b, chain, n);
	else if (is_osame(n, "reply"))
		build_reply(b, chain, n);
	else if (is_osame(n, "task"))
		build_task(b, chain, n);
	else if (is_osame(n, "level"))
		build_level(b, chain, n);
	else if (is_osame(n, "reached"))
		build_reached(b, chain, n);
	else if (is_osame(n, "heard"))
		build_plain(b, chain, n, NODE_HEARD);
	else
		refuse(b, n);
}

static void build_one(struct build *b, struct chain *chain, xmlNode *n)
{
	if (is_vxml(n, "prompt"))
		build_prompt_node(b, chain, n);
	else if (is_vxml(n, "if"))
		build_if(b, chain, n);
	else if (is_vxml(n, "assign"))
		build_assign(b, chain, n);
	else if (is_vxml(n, "clear"))
		build_clear(b, chain, n);
	else if (is_vxml(n, "reprompt"))
		build_plain(b, chain, n, NODE_REPROMPT);
	else if (is_vxml(n, "goto"))
		build_goto(b, chain, n);
	else if (is_vxml(n, "exit") || is_vxml(n, "disconnect"))
		build_exit(b, chain, n);
	else if (is_vxml(n, "throw"))
		build_throw(b, chain, n);
	else if (is_vxml(n, "var"))
		wrong(b, n, "<var> stands in <vxml> or <form>, before what uses it");
	else if (n->ns && strcmp((const char *)n->ns->href, NS_OSAME) == 0)
		build_osame(b, chain, n);
	else
		refuse(b, n);
}

static struct model_node *build_until_branch(struct build *b, xmlNode *n)
{
	struct chain chain = {.end = &chain.first};

	for (; n && !is_branch(n) && !b->no_memory; n = next_sibling(b, n))
		build_one(b, &chain, n);
	return chain.first;
}

struct model_node *build_nodes(struct build *b, xmlNode *first)
{
	struct chain chain = {.end = &chain.first};

	for (xmlNode *n = first; n && !b->no_memory; n = next_sibling(b, n))
		build_one(b, &chain, n);
	return chain.first;
}
