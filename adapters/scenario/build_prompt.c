/*
 * <prompt>: text, values, typed values, pauses. A prompt is rendered before the call,
 * so its values come from the closed list of names only: what is keyed during the
 * call cannot be spoken back, by construction.
 */
#include "adapters/scenario/build.h"

#include "engine/scenario/say.h"
#include "engine/scenario/words.h"
#include "engine/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pieces {
	struct build *b;
	size_t n;
	int rate;
	struct model_piece list[MAX_PIECES];
};

static void check_characters(struct build *b, const xmlNode *n, const char *words)
{
	if (utf8_has_control(words, strlen(words)) || strstr(words, PROMPT_SOUND))
		wrong(b, n, "a prompt holds control characters (or U+FFFC): take them out");
}

static void add(struct pieces *to, const xmlNode *n, struct model_piece piece)
{
	if (to->n >= MAX_PIECES) {
		wrong(to->b, n, "this prompt has too many parts: at most %d, make it two",
		      MAX_PIECES);
		return;
	}
	piece.line = line_of(n);
	to->list[to->n++] = piece;
}

/* Blanks that hold a line break are the XML's layout and vanish (Japanese has no spaces); others
 * become one space. */
static char *collapsed(struct build *b, const char *text)
{
	char *out = get(b, strlen(text) + 1), *to = out;

	if (!out)
		return NULL;
	while (*text) {
		size_t blanks = strspn(text, " \t\r\n");
		if (blanks > 0) {
			bool layout = memchr(text, '\n', blanks) || memchr(text, '\r', blanks);
			if (!layout)
				*to++ = ' ';
			text += blanks;
			continue;
		}
		*to++ = *text++;
	}
	*to = '\0';
	return out;
}

static void add_text(struct pieces *to, const xmlNode *n, const char *text)
{
	char *words = collapsed(to->b, text);

	if (!words || !*words)
		return;
	check_characters(to->b, n, words);
	add(to, n, (struct model_piece){.as = SAY_TEXT, .text = words});
}

struct value_check {
	struct build *b;
	const xmlNode *node;
};

static void check_value_node(const struct expr *e, void *context)
{
	struct value_check *c = context;

	/* Where values are composed, such a string would make the call's set unspeakable (85). */
	if (e->op == EXPR_LITERAL && e->literal.type == VALUE_STRING)
		check_characters(c->b, c->node, e->literal.string);
	if (e->op == EXPR_SLOT || e->op == EXPR_MATCHES_BIRTH || e->op == EXPR_BIRTH_KNOWN ||
	    e->op == EXPR_LEVEL || e->op == EXPR_IS_MONTH_DAY || e->op == EXPR_INBOUND ||
	    e->op == EXPR_OPEN || e->op == EXPR_DATE_OF)
		wrong(c->b, c->node,
		      "[prompt-before-call] prompts are made before the call: a value may name "
		      "target.*, campaign.* and department.* only; of what is keyed, a date alone "
		      "can be spoken: <say-as interpret-as=\"date\"><value expr=\"date_of(field, "
		      "30)\"/></say-as>");
}

static struct expr *value_of(struct build *b, xmlNode *n)
{
	struct value_check check = {b, n};
	struct expr *e;

	check_attrs(b, n, (const char *const[]){"expr", NULL});
	must_be_empty(b, n);
	attr_must(b, n, "expr");
	e = attr_expr(b, n, "expr");
	if (!e || e->op != EXPR_DATE_OF)
		expr_walk(e, check_value_node, &check);
	return e;
}

/* What a name must be said as; SAY_TEXT: as it is. */
static enum say_as type_of(const struct expr *e)
{
	if (e->op == EXPR_DATE_OF)
		return SAY_DATE;
	if (e->op != EXPR_NAME)
		return SAY_TEXT;
	switch (e->name->id) {
	case NAME_TARGET_NAME:
	case NAME_TARGET_KANA:
		return SAY_NAME;
	case NAME_TARGET_TOTAL:
	case NAME_DEBT_AMOUNT:
	case NAME_DEBT_LATE_CHARGE:
		return SAY_CURRENCY;
	case NAME_DEBT_DUE:
	case NAME_DEBT_DEMAND_SENT:
	case NAME_DEBT_SLIP_UNTIL:
	case NAME_CAMPAIGN_DUE_DATE:
	case NAME_CAMPAIGN_BASE_DATE:
		return SAY_DATE;
	case NAME_CAMPAIGN_CALLER:
	case NAME_DEPARTMENT_PHONE:
		return SAY_TELEPHONE;
	default:
		return SAY_TEXT;
	}
}

static const char *const as_words[] = {
    [SAY_TEXT] = "",         [SAY_CURRENCY] = "currency",
    [SAY_DATE] = "date",     [SAY_TELEPHONE] = "telephone",
    [SAY_DIGITS] = "digits", [SAY_NAME] = "name",
    [SAY_TIME] = "time",
};

struct person_check {
	struct build *b;
	const xmlNode *node;
};

static void see_person(const struct expr *e, void *context)
{
	struct person_check *c = context;

	if (e->op == EXPR_NAME && e->name->person)
		wrong(c->b, c->node,
		      "a name is said by <say-as interpret-as=\"name\"><value "
		      "expr=\"target.name\"/></say-as>, so that its reading is used");
}

static void add_value(struct pieces *to, xmlNode *n, enum say_as as)
{
	struct expr *e = value_of(to->b, n);
	struct person_check check = {to->b, n};

	if (!e)
		return;
	if (as == SAY_NAME) {
		if (e->op != EXPR_NAME || e->name->id != NAME_TARGET_NAME)
			wrong(to->b, n,
			      "interpret-as=\"name\" takes <value expr=\"target.name\"/>");
	} else {
		expr_walk(e, see_person, &check);
		if (type_of(e) != as && type_of(e) != SAY_TEXT && type_of(e) != SAY_NAME)
			wrong(to->b, n,
			      "this value would be misread: put it into <say-as "
			      "interpret-as=\"%s\">",
			      as_words[type_of(e)]);
	}
	add(to, n, (struct model_piece){.as = as, .expr = e});
}

static bool parse_as(const char *text, enum say_as *ret_as)
{
	for (int as = SAY_CURRENCY; as <= SAY_TIME; as++) {
		if (strcmp(as_words[as], text) == 0) {
			*ret_as = (enum say_as)as;
			return true;
		}
	}
	return false;
}

/* Literal words of a type are put into their spoken form now, once. */
static void add_typed_text(struct pieces *to, xmlNode *n, enum say_as as)
{
	xmlChar *content = xmlNodeGetContent(n);
	char *text = content ? collapsed(to->b, (const char *)content) : NULL;
	char spoken[SAY_BYTES], *copy;

	xmlFree(content);
	if (!text)
		return;
	if (as == SAY_NAME || say_value(as, value_string(text), spoken) != 0) {
		wrong(to->b, n,
		      "\"%.60s\" is not a %s: dates are 2025-12-25, times 17:15, money and "
		      "telephone numbers digits",
		      text, as_words[as]);
		return;
	}
	copy = model_text(to->b->s, spoken, strlen(spoken));
	if (!copy)
		to->b->no_memory = true;
	else
		add(to, n, (struct model_piece){.as = SAY_TEXT, .text = copy});
}

static void add_say_as(struct pieces *to, xmlNode *n)
{
	const char *text;
	enum say_as as;
	xmlNode *value = NULL;

	check_attrs(to->b, n, (const char *const[]){"interpret-as", NULL});
	text = attr_must(to->b, n, "interpret-as");
	if (!parse_as(text, &as)) {
		if (*text)
			wrong(to->b, n,
			      "interpret-as=\"%.40s\" is not known: currency, date, "
			      "telephone, digits, name or time",
			      text);
		return;
	}
	for (xmlNode *c = n->children; c; c = c->next)
		if (c->type == XML_ELEMENT_NODE)
			value = c;
	if (!value) {
		add_typed_text(to, n, as);
		return;
	}
	value = first_child(to->b, n); /* reports words beside it */
	if (!value || !is_vxml(value, "value") || next_sibling(to->b, value))
		wrong(to->b, n, "<say-as> holds one <value>, or words alone");
	else
		add_value(to, value, as);
}

/* A sentence's end is a pause already; elsewhere a comma makes one. */
static void add_break(struct pieces *to, xmlNode *n)
{
	static const char *const pauses[] = {"。", "、", "？", "！"};
	const char *time, *last = to->n > 0 ? to->list[to->n - 1].text : NULL;
	size_t have = last ? strlen(last) : 0;

	check_attrs(to->b, n, (const char *const[]){"time", "strength", NULL});
	must_be_empty(to->b, n);
	time = attr(to->b, n, "time");
	if (time)
		parse_time(to->b, n, time);
	for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++)
		if (have >= strlen(pauses[i]) &&
		    strcmp(last + have - strlen(pauses[i]), pauses[i]) == 0)
			return;
	add(to, n, (struct model_piece){.as = SAY_TEXT, .text = "、"});
}

/* Its words stand for the recording wherever somebody wants to know what is said. */
static void add_audio(struct pieces *to, xmlNode *n)
{
	bool optional = false;
	const char *text = attr_osame(to->b, n, "optional");
	const struct model_sound *sound;
	xmlChar *content = xmlNodeGetContent(n);
	char *words = content ? collapsed(to->b, (const char *)content) : NULL;

	xmlFree(content);
	check_attrs(to->b, n, (const char *const[]){"src", "o:optional", NULL});
	if (text && strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		wrong(to->b, n, "o:optional=\"%.20s\" is neither true nor false", text);
	optional = text && strcmp(text, "true") == 0;
	sound = build_sound(to->b, n, optional);
	if (!words || !sound)
		return;
	for (xmlNode *c = n->children; c; c = c->next)
		if (c->type == XML_ELEMENT_NODE)
			wrong(to->b, c, "<audio> holds the words of the recording alone");
	if (strspn(words, " ") == strlen(words))
		wrong(to->b, n,
		      "[audio] write into <audio> what %s says: secrecy is judged by these words",
		      sound->name);
	check_characters(to->b, n, words);
	add(to, n,
	    (struct model_piece){
		.as = SAY_TEXT, .text = words, .sound = sound->audio ? sound : NULL});
}

static void add_child(struct pieces *to, xmlNode *c);

/* Around all of the prompt: one prompt has one speed. */
static void add_prosody(struct pieces *to, xmlNode *n)
{
	bool alone = true;

	check_attrs(to->b, n, (const char *const[]){"rate", NULL});
	for (const xmlNode *c = n->parent->children; c; c = c->next)
		alone &= c == n || c->type == XML_COMMENT_NODE || xmlIsBlankNode(c);
	if (!alone || !is_vxml(n->parent, "prompt"))
		wrong(to->b, n, "<prosody> holds all of the <prompt>: make it two prompts");
	to->rate = parse_rate(to->b, n, attr_must(to->b, n, "rate"));
	for (xmlNode *c = n->children; c; c = c->next)
		add_child(to, c);
}

static void add_child(struct pieces *to, xmlNode *c)
{
	if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE)
		add_text(to, c, (const char *)c->content);
	else if (c->type == XML_COMMENT_NODE)
		return;
	else if (is_vxml(c, "value"))
		add_value(to, c, SAY_TEXT);
	else if (is_vxml(c, "say-as"))
		add_say_as(to, c);
	else if (is_vxml(c, "break"))
		add_break(to, c);
	else if (is_vxml(c, "audio"))
		add_audio(to, c);
	else if (is_vxml(c, "prosody"))
		add_prosody(to, c);
	else if (c->type == XML_ELEMENT_NODE)
		refuse(to->b, c);
	else
		wrong(to->b, c, "a prompt holds words and elements only");
}

static void keep_pieces(struct build *b, const xmlNode *n, const struct pieces *from,
			struct model_prompt *p)
{
	bool says = false;

	for (size_t i = 0; i < from->n; i++)
		says |= from->list[i].expr ||
			strspn(from->list[i].text, " ") < strlen(from->list[i].text);
	if (!says)
		wrong(b, n, "this prompt says nothing: fill it, or take it out");
	p->rate = from->rate;
	p->n_pieces = from->n;
	p->pieces = get(b, (from->n ? from->n : 1) * sizeof *p->pieces);
	if (p->pieces && from->n > 0)
		memcpy(p->pieces, from->list, from->n * sizeof *p->pieces);
}

/* One sentence for each date that may be keyed: they are rendered before the call, too. */
static void number_dates(struct build *b, const xmlNode *n, struct model_prompt *p)
{
	for (size_t i = 0; i < p->n_pieces; i++) {
		const struct expr *e = p->pieces[i].expr;
		if (!e || e->op != EXPR_DATE_OF)
			continue;
		if (p->keyed_days > 0)
			wrong(b, n, "a prompt speaks one keyed date at most: make it two prompts");
		p->keyed_days = (int)e->literal.number;
	}
	if (p->keyed_days == 0)
		return;
	/* Behind all prompts, whose number is not known yet: build_document() adds it. */
	p->first_date = b->s->n_dates;
	b->s->n_dates += (size_t)p->keyed_days + 1;
	if (b->s->n_dates > MAX_PROMPT_SLOTS - MAX_PROMPTS)
		wrong(b, n,
		      "too many dates would have to be spoken before each call: at most %d in all; "
		      "let date_of() reach less far, or say it in fewer prompts",
		      MAX_PROMPT_SLOTS - MAX_PROMPTS);
}

struct model_prompt *build_prompt(struct build *b, xmlNode *n)
{
	struct model_prompt *p = get(b, sizeof *p);
	struct pieces *pieces = calloc(1, sizeof *pieces);
	const char *text;

	if (!p || !pieces) {
		b->no_memory = true;
		free(pieces);
		return NULL;
	}
	pieces->b = b;
	pieces->rate = b->props.rate;
	check_attrs(
	    b, n, (const char *const[]){"count", "cond", "bargein", "timeout", "o:nameless", NULL});
	p->line = line_of(n);
	p->count = attr_count(b, n);
	p->cond = attr_expr(b, n, "cond");
	p->bargein = parse_bool(b, n, "bargein", b->props.bargein);
	if ((text = attr(b, n, "timeout")) != NULL)
		p->timeout_ms = parse_time(b, n, text);
	p->nameless = attr_osame(b, n, "nameless");
	if (p->nameless)
		check_characters(b, n, p->nameless);
	for (xmlNode *c = n->children; c; c = c->next)
		add_child(pieces, c);
	keep_pieces(b, n, pieces, p);
	free(pieces);
	if (b->s->n_prompts >= MAX_PROMPTS) {
		wrong(b, n, "there are too many prompts: at most %d", MAX_PROMPTS);
		return p;
	}
	p->index = b->s->n_prompts;
	b->s->prompts[b->s->n_prompts++] = p;
	number_dates(b, n, p);
	return p;
}
