/*
 * See xmlfile.h. The bytes are read by us and parsed from memory: the digest, the
 * parser and the schema see the same ones, and libxml2 opens nothing by itself.
 *
 * A DOCTYPE is refused when its first token is seen, before any entity of it is
 * declared: neither expansion (the "billion laughs") nor external entities exist
 * for us. XML_PARSE_NONET and the missing NOENT and DTDLOAD stand behind that.
 */
#include "adapters/exchange/xmlfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/sign/digest.h"

struct parse {
	const char *path;
	struct problems *problems;
	size_t errors;
};

/* libxml2's sentence without its namespaces and final newline. */
static void tidy(const char *message, char *out, size_t size)
{
	size_t n = 0;

	for (const char *s = message ? message : "?"; *s && n + 1 < size; s++) {
		const char *end = *s == '{' && strncmp(s, "{urn:", 5) == 0 ? strchr(s, '}') : NULL;
		if (end)
			s = end;
		else
			out[n++] = *s == '\n' ? ' ' : *s;
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

static void on_error(void *arg, xmlError *e)
{
	struct parse *p = arg;
	char words[512];

	tidy(e->message, words, sizeof words);
	p->errors++;
	problems_error(p->problems, p->path, e->line, "%s", words);
}

static void on_doctype(void *arg, const xmlChar *name, const xmlChar *external,
		       const xmlChar *system)
{
	xmlParserCtxt *ctxt = arg;
	struct parse *p = ctxt->_private;

	(void)name;
	(void)external;
	(void)system;
	p->errors++;
	problems_error(p->problems, p->path, ctxt->input ? ctxt->input->line : 0,
		       "a DOCTYPE is not allowed here: remove it");
	xmlStopParser(ctxt);
}

/* SAX2 passes its structured errors the user data, which is the context. */
static void on_parse_error(void *arg, xmlError *e)
{
	xmlParserCtxt *ctxt = arg;
	struct parse *p = ctxt->_private;
	if (e->code != XML_ERR_USER_STOP && !ctxt->disableSAX)
		on_error(p, e);
	else if (p->errors == 0)
		on_error(p, e);
}

static xmlDoc *parse(struct parse *p, const char *bytes, size_t n)
{
	xmlParserCtxt *ctxt = xmlNewParserCtxt();
	xmlDoc *doc;

	if (!ctxt)
		return NULL;
	ctxt->_private = p;
	ctxt->sax->internalSubset = on_doctype;
	ctxt->sax->serror = on_parse_error;
	doc = xmlCtxtReadMemory(ctxt, bytes, (int)n, p->path, NULL,
				XML_PARSE_NONET | XML_PARSE_BIG_LINES | XML_PARSE_NOBLANKS);
	if (p->errors > 0 || !ctxt->wellFormed) {
		xmlFreeDoc(doc);
		doc = NULL;
	}
	xmlFreeParserCtxt(ctxt);
	return doc;
}

static int read_whole(const char *path, char **ret_bytes, size_t *ret_n)
{
	char *bytes = NULL;
	size_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno == ENOENT ? E_NOTFOUND : E_IO;
	bytes = malloc(MAX_SPEC_BYTES + 2); /* one more shows that it is larger; the NUL */
	if (!bytes)
		err = E_NOMEM;
	while (!err && n <= MAX_SPEC_BYTES) {
		ssize_t r = read(fd, bytes + n, MAX_SPEC_BYTES + 1 - n);
		if (r == 0)
			break;
		if (r < 0 && errno != EINTR)
			err = E_IO;
		if (r > 0)
			n += (size_t)r;
	}
	close(fd); /* it was only read */
	if (!err && n > MAX_SPEC_BYTES)
		err = E_LIMIT;
	if (err) {
		free(bytes);
		return err;
	}
	bytes[n] = '\0';
	char *fit = realloc(bytes, n + 1); /* it may be kept */
	*ret_bytes = fit ? fit : bytes;
	*ret_n = n;
	return 0;
}

static void validate(struct parse *p, xmlDoc *doc, const char *schema_path)
{
	xmlDoc *schema_doc = xmlReadFile(schema_path, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
	xmlSchemaParserCtxt *pctxt = schema_doc ? xmlSchemaNewDocParserCtxt(schema_doc) : NULL;
	struct parse own = {.path = schema_path, .problems = p->problems};
	xmlSchema *schema = NULL;
	xmlSchemaValidCtxt *vctxt = NULL;

	if (pctxt) {
		xmlSchemaSetParserStructuredErrors(pctxt, on_error, &own);
		schema = xmlSchemaParse(pctxt);
	}
	if (schema)
		vctxt = xmlSchemaNewValidCtxt(schema);
	if (vctxt) {
		xmlSchemaSetValidStructuredErrors(vctxt, on_error, p);
		if (xmlSchemaValidateDoc(vctxt, doc) < 0)
			problems_error(p->problems, p->path, 0, "could not be checked against %s",
				       schema_path);
	} else {
		problems_error(p->problems, schema_path, 0,
			       "the schema cannot be read: the installation is incomplete");
	}
	xmlSchemaFreeValidCtxt(vctxt);
	xmlSchemaFree(schema);
	xmlSchemaFreeParserCtxt(pctxt);
	xmlFreeDoc(schema_doc);
}

static void hash(const char *bytes, size_t n, char out[65])
{
	struct sha256_state s;
	uint8_t sum[32];

	digest_sodium.sha256_begin(&s);
	digest_sodium.sha256_add(&s, bytes, n);
	digest_sodium.sha256_end(&s, sum);
	digest_hex(sum, sizeof sum, out);
}

/* Takes `bytes`. */
static int open_bytes(const char *path, char *bytes, size_t n, const char *schema_dir,
		      const char *schema, struct problems *problems, struct xmlfile *ret_file)
{
	struct parse p = {.path = path, .problems = problems};
	char schema_path[1024];
	struct xmlfile f = {.path = path, .problems = problems, .bytes = bytes};

	hash(bytes, n, f.version);
	f.doc = parse(&p, bytes, n);
	if (!f.doc) {
		if (p.errors == 0)
			problems_error(problems, path, 0, "is not well-formed XML");
		xmlfile_close(&f);
		return E_INVALID;
	}
	snprintf(schema_path, sizeof schema_path, "%s/%s", schema_dir, schema);
	validate(&p, f.doc, schema_path);
	*ret_file = f;
	return 0;
}

static int refused(const char *path, int err, struct problems *problems)
{
	if (err == E_LIMIT)
		problems_error(problems, path, 0, "is larger than %d bytes: split it",
			       MAX_SPEC_BYTES);
	else
		problems_error(problems, path, 0, "cannot be read: %s", err_str(err));
	return err;
}

int xmlfile_open(const char *path, const char *schema_dir, const char *schema,
		 struct problems *problems, struct xmlfile *ret_file)
{
	char *bytes = NULL;
	size_t n = 0;
	int err = read_whole(path, &bytes, &n);
	return err ? refused(path, err, problems)
		   : open_bytes(path, bytes, n, schema_dir, schema, problems, ret_file);
}

int xmlfile_open_bytes(const char *path, const char *bytes, size_t n, const char *schema_dir,
		       const char *schema, struct problems *problems, struct xmlfile *ret_file)
{
	char *copy = n <= MAX_SPEC_BYTES ? malloc(n + 1) : NULL;
	if (!copy)
		return refused(path, n <= MAX_SPEC_BYTES ? E_NOMEM : E_LIMIT, problems);
	memcpy(copy, bytes, n);
	copy[n] = '\0';
	return open_bytes(path, copy, n, schema_dir, schema, problems, ret_file);
}

void xmlfile_close(struct xmlfile *f)
{
	xmlFreeDoc(f->doc);
	f->doc = NULL;
	free(f->bytes);
	f->bytes = NULL;
}

bool xmlfile_is(const xmlNode *node, const char *name)
{
	return node && strcmp((const char *)node->name, name) == 0;
}

static const xmlNode *element_from(const xmlNode *node)
{
	while (node && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}

const xmlNode *xmlfile_first(const xmlNode *parent)
{
	return parent ? element_from(parent->children) : NULL;
}

const xmlNode *xmlfile_next(const xmlNode *node)
{
	return element_from(node->next);
}

const char *xmlfile_attr(const xmlNode *node, const char *name)
{
	for (const xmlAttr *a = node->properties; a; a = a->next)
		if (strcmp((const char *)a->name, name) == 0)
			/* without a DTD an attribute is one text node, or none if it is empty */
			return a->children && a->children->content
				   ? (const char *)a->children->content
				   : "";
	return NULL;
}

int xmlfile_line(const xmlNode *node)
{
	return node ? (int)xmlGetLineNo(node) : 0;
}

void xmlfile_error(const struct xmlfile *f, const xmlNode *node, const char *fmt, ...)
{
	char words[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	problems_error(f->problems, f->path, xmlfile_line(node), "%s", words);
}

void xmlfile_warn(const struct xmlfile *f, const xmlNode *node, const char *fmt, ...)
{
	char words[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	problems_warn(f->problems, f->path, xmlfile_line(node), "%s", words);
}
