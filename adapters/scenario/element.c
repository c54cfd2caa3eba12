/* Elements and attributes of the profile: what is known, and what is said of the rest. */
#include "adapters/scenario/build.h"

#include "engine/speech.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_in(const xmlNode *n, const char *ns, const char *name)
{
	return n->type == XML_ELEMENT_NODE && n->ns && n->ns->href &&
	       strcmp((const char *)n->ns->href, ns) == 0 &&
	       strcmp((const char *)n->name, name) == 0;
}

bool is_vxml(const xmlNode *n, const char *name)
{
	return is_in(n, NS_VXML, name);
}

bool is_osame(const xmlNode *n, const char *name)
{
	return is_in(n, NS_OSAME, name);
}

int line_of(const xmlNode *n)
{
	return (int)xmlGetLineNo(n);
}

void wrong(struct build *b, const xmlNode *n, const char *fmt, ...)
{
	char text[MAX_WORDS];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	problems_error(b->problems, b->file, line_of(n), "%s", text);
}

void *get(struct build *b, size_t bytes)
{
	void *p = model_get(b->s, bytes);

	if (!p)
		b->no_memory = true;
	return p;
}

static xmlNode *skip_to_element(struct build *b, xmlNode *n)
{
	for (; n; n = n->next) {
		if (n->type == XML_ELEMENT_NODE)
			return n;
		if (n->type == XML_COMMENT_NODE || xmlIsBlankNode(n))
			continue;
		if (n->type == XML_TEXT_NODE)
			wrong(b, n,
			      "words stand outside a <prompt>: put them into one (spoken "
			      "answers stand in <choice> and <option>)");
		else
			wrong(b, n, "only elements may stand here");
	}
	return NULL;
}

xmlNode *first_child(struct build *b, const xmlNode *n)
{
	return skip_to_element(b, n->children);
}

xmlNode *next_sibling(struct build *b, xmlNode *n)
{
	return skip_to_element(b, n->next);
}

static bool is_known(const xmlAttr *a, const char *const *known)
{
	char full[MAX_ID];
	const char *ns = a->ns ? (const char *)a->ns->href : "";

	if (strcmp(ns, (const char *)XML_XML_NAMESPACE) == 0)
		return strcmp((const char *)a->name, "lang") == 0;
	if (*ns && strcmp(ns, NS_OSAME) != 0)
		return false;
	snprintf(full, sizeof full, "%s%s", *ns ? "o:" : "", (const char *)a->name);
	for (; *known; known++)
		if (strcmp(*known, full) == 0)
			return true;
	return false;
}

void check_attrs(struct build *b, const xmlNode *n, const char *const *known)
{
	for (const xmlAttr *a = n->properties; a; a = a->next)
		if (!is_known(a, known))
			wrong(b, n,
			      "<%.40s> has no attribute \"%.40s\" in this profile: take it out",
			      (const char *)n->name, (const char *)a->name);
}

static const char *kept(struct build *b, xmlChar *value)
{
	char *copy;

	if (!value)
		return NULL;
	copy = model_text(b->s, (const char *)value, strlen((const char *)value));
	xmlFree(value);
	if (!copy)
		b->no_memory = true;
	return copy;
}

const char *attr(struct build *b, const xmlNode *n, const char *name)
{
	return kept(b, xmlGetNoNsProp(n, (const xmlChar *)name));
}

const char *attr_osame(struct build *b, const xmlNode *n, const char *name)
{
	return kept(b, xmlGetNsProp(n, (const xmlChar *)name, (const xmlChar *)NS_OSAME));
}

const char *attr_must(struct build *b, const xmlNode *n, const char *name)
{
	const char *value = attr(b, n, name);

	if (value && *value)
		return value;
	wrong(b, n, "<%.40s> needs the attribute \"%s\"", (const char *)n->name, name);
	return "";
}

int attr_count(struct build *b, const xmlNode *n)
{
	const char *text = attr(b, n, "count");
	char *end;

	if (!text)
		return 1;
	long count = strtol(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || count < 1 || count > 100) {
		wrong(b, n, "count=\"%.20s\" is not a number from 1 to 100", text);
		return 1;
	}
	return (int)count;
}

bool parse_bool(struct build *b, const xmlNode *n, const char *name, bool otherwise)
{
	const char *text = attr(b, n, name);

	if (!text || strcmp(text, "true") == 0)
		return text ? true : otherwise;
	if (strcmp(text, "false") != 0)
		wrong(b, n, "%s=\"%.20s\" is neither true nor false", name, text);
	return false;
}

/* SSML's words and multiples; percentages as later SSML has them. */
int parse_rate(struct build *b, const xmlNode *n, const char *text)
{
	static const struct {
		const char *word;
		int rate;
	} words[] = {{"x-slow", 60}, {"slow", 80},  {"medium", 100},
		     {"default", 0}, {"fast", 120}, {"x-fast", 140}};
	char *end = NULL;
	double d;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].word, text) == 0)
			return words[i].rate;
	d = *text >= '0' && *text <= '9' ? strtod(text, &end) : 0;
	if (end && strcmp(end, "%") == 0)
		d /= 100;
	else if (end && *end)
		d = 0;
	if (d * 100 >= SPEECH_RATE_LEAST && d * 100 <= SPEECH_RATE_MOST)
		return (int)(d * 100 + 0.5);
	wrong(b, n,
	      "\"%.20s\" is no rate: x-slow, slow, medium, fast, x-fast, default, or 0.5 to 2",
	      text);
	return 0;
}

uint32_t parse_time(struct build *b, const xmlNode *n, const char *text)
{
	bool number = *text >= '0' && *text <= '9';
	char *end = NULL;
	double d = number ? strtod(text, &end) : 0;

	if (number && strcmp(end, "s") == 0)
		d *= 1000;
	else if (!number || strcmp(end, "ms") != 0)
		d = 0;
	if (d >= 1 && d <= MAX_PROMPT_MS)
		return (uint32_t)d;
	wrong(b, n, "\"%.20s\" is not a time: write 5s or 800ms, at most %ds", text,
	      MAX_PROMPT_MS / 1000);
	return 1000;
}

void must_be_empty(struct build *b, const xmlNode *n)
{
	xmlNode *child = first_child(b, n);

	if (child)
		wrong(b, child, "<%.40s> holds nothing", (const char *)n->name);
}

/* VoiceXML that the profile leaves out, each with what to do instead. */
static const struct {
	const char *name, *instead;
} left_out[] = {
    {"grammar", "spoken answers stand in <choice> and <option>"},
    {"link", "answers that hold everywhere: write the <option> into each <field>"},
    {"subdialog", "sub-dialogs: use <goto next=\"#…\"/>"},
    {"initial", "spoken answers to several fields"},
    {"enumerate", "spoken lists of choices: write them into the <prompt>"},
};

void refuse(struct build *b, const xmlNode *n)
{
	const char *name = (const char *)n->name;
	const char *ns = n->ns ? (const char *)n->ns->href : "";

	if (strcmp(ns, NS_VXML) != 0 && strcmp(ns, NS_OSAME) != 0) {
		wrong(b, n,
		      "<%.40s> is in no namespace that is known here: xmlns is \"%s\", and "
		      "xmlns:o is \"%s\"",
		      name, NS_VXML, NS_OSAME);
		return;
	}
	for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++) {
		if (strcmp(left_out[i].name, name) == 0 && strcmp(ns, NS_VXML) == 0) {
			wrong(b, n, "<%s> is not in the profile (%s): take it out", name,
			      left_out[i].instead);
			return;
		}
	}
	wrong(b, n,
	      "<%s%.40s> has no place in <%.40s>: docs/scenario.md lists what may stand there",
	      strcmp(ns, NS_OSAME) == 0 ? "o:" : "", name,
	      n->parent && n->parent->type == XML_ELEMENT_NODE ? (const char *)n->parent->name
							       : "the document");
}
