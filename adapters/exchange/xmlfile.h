/*
 * An XML file that people wrote (a layout, a campaign), or that they hand in, read with
 * care: at most MAX_SPEC_BYTES, no DOCTYPE (so no entities), no network, checked against a
 * schema of ours. All that is wrong goes to `problems` with its line.
 */
#ifndef ADAPTERS_EXCHANGE_XMLFILE_H
#define ADAPTERS_EXCHANGE_XMLFILE_H

#include "engine/problems.h"
#include <libxml/tree.h>

#define MAX_SPEC_BYTES (1 << 20)

struct xmlfile {
	const char *path; /* the caller's */
	xmlDoc *doc;      /* NULL: was not well-formed */
	char version[65]; /* SHA-256 of the bytes that were parsed, hex */
	char *bytes;      /* these, NUL behind them; who takes them leaves NULL */
	struct problems *problems;
};

/* E_NOTFOUND, E_IO, E_LIMIT; E_INVALID (problems say why, and doc is NULL): not well-formed. A file
 * that only the schema refuses is 0, and counts as an error in `problems`: the checks by meaning go
 * on and find the rest. */
int xmlfile_open(const char *path, const char *schema_dir, const char *schema,
		 struct problems *problems, struct xmlfile *ret_file) MUST_CHECK;
/* The same of these bytes, which are copied; `path` is what messages call them. */
int xmlfile_open_bytes(const char *path, const char *bytes, size_t n, const char *schema_dir,
		       const char *schema, struct problems *problems,
		       struct xmlfile *ret_file) MUST_CHECK;
void xmlfile_close(struct xmlfile *f);

bool xmlfile_is(const xmlNode *node, const char *name); /* an element of this local name */
const xmlNode *xmlfile_first(const xmlNode *parent);    /* first child element, or NULL */
const xmlNode *xmlfile_next(const xmlNode *node);       /* next element beside it, or NULL */
/* An attribute's value, or NULL; it lives as long as the file. */
const char *xmlfile_attr(const xmlNode *node, const char *name);
int xmlfile_line(const xmlNode *node);
void xmlfile_error(const struct xmlfile *f, const xmlNode *node, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
void xmlfile_warn(const struct xmlfile *f, const xmlNode *node, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

#endif
