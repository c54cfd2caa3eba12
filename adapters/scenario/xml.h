/*
 * An XML document from outside, read so that it can do no harm: no DOCTYPE (and so
 * no entities of its own), no network, no XInclude, UTF-8 only, size, node and depth
 * limits before anything recurses over it. And its schema.
 */
#ifndef ADAPTERS_SCENARIO_XML_H
#define ADAPTERS_SCENARIO_XML_H

#include "engine/problems.h"

#include <libxml/tree.h>

/* E_INVALID: `problems` says why. */
int xml_parse(const char *file, const char *bytes, size_t n, struct problems *problems,
	      xmlDoc **ret_doc) MUST_CHECK;
/* Checks against schemas/scenario.rng, which is built into the program: what a document may look
 * like belongs to the release, not to the installation. E_INVALID as above. */
int xml_check_schema(const char *file, xmlDoc *doc, struct problems *problems) MUST_CHECK;

#endif
