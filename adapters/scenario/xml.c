/* See xml.h. */
#include "adapters/scenario/xml.h"

#include "engine/limits.h"
#include "engine/utf8.h"

#include <libxml/parser.h>
#include <string.h>

/* The document is forced to be UTF-8 whatever its declaration says, so the bytes that this looks
 * for cannot hide in another encoding. */
static int check_bytes(const char *file, const char *bytes, size_t n, struct problems *problems)
{
	size_t bad;

	if (n > MAX_SCENARIO_BYTES) {
		problems_error(problems, file, 0, "the file is too large: at most %d bytes",
			       MAX_SCENARIO_BYTES);
	} else if (n == 0) {
		problems_error(problems, file, 0, "the file is empty");
	} else if (!utf8_valid(bytes, n, &bad) || memchr(bytes, '\0', n)) {
		problems_error(problems, file, 0, "the file is not UTF-8 text: save it as UTF-8");
	} else if (memmem(bytes, n, "<!DOCTYPE", 9) || memmem(bytes, n, "<!ENTITY", 8)) {
		/* Entities read files and multiply without end. */
		problems_error(problems, file, 0,
			       "a DOCTYPE is not taken: delete it (the word must not stand in a "
			       "comment either)");
	} else {
		return 0;
	}
	return E_INVALID;
}

static xmlNode *next_in_order(xmlNode *n, int *depth)
{
	if (n->type == XML_ELEMENT_NODE && n->children) {
		(*depth)++;
		return n->children;
	}
	while (n && !n->next) {
		n = n->parent;
		(*depth)--;
		if (!n || n->type == XML_DOCUMENT_NODE)
			return NULL;
	}
	return n ? n->next : NULL;
}

/* Without recursion: the depth is not known yet. */
static int check_size(const char *file, xmlDoc *doc, struct problems *problems)
{
	int depth = 0, elements = 0;

	for (xmlNode *n = xmlDocGetRootElement(doc); n; n = next_in_order(n, &depth)) {
		if (n->type != XML_ELEMENT_NODE)
			continue;
		if (++elements > MAX_SCENARIO_NODES) {
			problems_error(problems, file, (int)xmlGetLineNo(n),
				       "there are too many elements: at most %d",
				       MAX_SCENARIO_NODES);
			return E_INVALID;
		}
		if (depth > MAX_SCENARIO_DEPTH) {
			problems_error(problems, file, (int)xmlGetLineNo(n),
				       "elements are nested too deeply: at most %d",
				       MAX_SCENARIO_DEPTH);
			return E_INVALID;
		}
	}
	return 0;
}

static void say_parse_error(const char *file, xmlParserCtxt *ctxt, struct problems *problems)
{
	const xmlError *e = xmlCtxtGetLastError(ctxt);
	size_t n = e && e->message ? strcspn(e->message, "\r\n") : 0;

	if (n > 0)
		problems_error(problems, file, e->line, "this is not well-formed XML: %.*s",
			       n > 300 ? 300 : (int)n, e->message);
	else
		problems_error(problems, file, 0, "this is not well-formed XML");
}

int xml_parse(const char *file, const char *bytes, size_t n, struct problems *problems,
	      xmlDoc **ret_doc)
{
	const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
			    XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES;
	xmlParserCtxt *ctxt = NULL;
	xmlDoc *doc = NULL;
	int err = check_bytes(file, bytes, n, problems);

	if (err)
		return err;
	ctxt = xmlNewParserCtxt();
	if (!ctxt)
		return E_NOMEM;
	doc = xmlCtxtReadMemory(ctxt, bytes, (int)n, NULL, "UTF-8", options);
	if (!doc) {
		say_parse_error(file, ctxt, problems);
		err = E_INVALID;
	} else if (doc->intSubset || doc->extSubset) {
		problems_error(problems, file, 0, "a DOCTYPE is not taken: delete it");
		err = E_INVALID;
	} else {
		err = check_size(file, doc, problems);
	}
	xmlFreeParserCtxt(ctxt);
	if (err) {
		xmlFreeDoc(doc);
		return err;
	}
	*ret_doc = doc;
	return 0;
}
