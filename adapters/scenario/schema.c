/*
 * The second, independent look at a document: RELAX NG by libxml2. The builder's own
 * messages are better, so this runs after it, on documents that it found good; what
 * the builder forgot to refuse ends here.
 *
 * The schema is put into the object by the assembler, from the repository's root (the
 * Makefile's folder): so the file that people read is the one that is used.
 */
#include "adapters/scenario/xml.h"

#include <libxml/relaxng.h>
#include <string.h>

__asm__(".pushsection .rodata\n"
	".global osame_scenario_rng\n"
	".hidden osame_scenario_rng\n"
	".global osame_scenario_rng_end\n"
	".hidden osame_scenario_rng_end\n"
	"osame_scenario_rng:\n"
	".incbin \"schemas/scenario.rng\"\n"
	"osame_scenario_rng_end:\n"
	".byte 0\n"
	".popsection\n");
extern const char osame_scenario_rng[] __attribute__((visibility("hidden")));
extern const char osame_scenario_rng_end[] __attribute__((visibility("hidden")));

struct said {
	const char *file;
	struct problems *problems;
};

static void on_error(void *context, xmlErrorPtr e)
{
	struct said *said = context;
	size_t n = e->message ? strcspn(e->message, "\r\n") : 0;

	problems_error(said->problems, said->file, e->line, "the schema says: %.*s",
		       n > 300 ? 300 : (int)n, e->message ? e->message : "");
}

int xml_check_schema(const char *file, xmlDoc *doc, struct problems *problems)
{
	struct said said = {file, problems};
	xmlRelaxNGParserCtxt *parser = NULL;
	xmlRelaxNG *schema = NULL;
	xmlRelaxNGValidCtxt *valid = NULL;
	int err = E_NOMEM;

	parser = xmlRelaxNGNewMemParserCtxt(osame_scenario_rng,
					    (int)(osame_scenario_rng_end - osame_scenario_rng));
	if (!parser)
		goto out;
	xmlRelaxNGSetParserStructuredErrors(parser, on_error, &said);
	schema = xmlRelaxNGParse(parser);
	if (!schema) {
		err = E_INVALID; /* our own schema: the tests load it */
		goto out;
	}
	valid = xmlRelaxNGNewValidCtxt(schema);
	if (!valid)
		goto out;
	xmlRelaxNGSetValidStructuredErrors(valid, on_error, &said);
	err = xmlRelaxNGValidateDoc(valid, doc) == 0 ? 0 : E_INVALID;
out:
	xmlRelaxNGFreeValidCtxt(valid);
	xmlRelaxNGFree(schema);
	xmlRelaxNGFreeParserCtxt(parser);
	return err;
}
