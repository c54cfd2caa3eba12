/*
 * <record> (VoiceXML 2.0, 2.3.6): a short message of the resident's. Where it goes, how
 * long it is kept and who may hear it is no matter of the document: so there is no type,
 * no expr, and nothing to submit it to. It is announced by <o:announce>, without which a
 * document with a <record> is refused.
 */
#include "adapters/scenario/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FINAL_MS = 3000, FINAL_LEAST_MS = 500, FINAL_MOST_MS = 10000 };

static uint32_t between(struct build *b, const xmlNode *n, const char *name, uint32_t otherwise,
			uint32_t least, uint32_t most)
{
	const char *text = attr(b, n, name);
	uint32_t ms = text ? parse_time(b, n, text) : otherwise;

	if (ms >= least && ms <= most)
		return ms;
	wrong(b, n, "%s=\"%.20s\": from %u ms to %u s", name, text, least, most / 1000);
	return otherwise;
}

void build_record(struct build *b, xmlNode *n, struct model_item *item)
{
	check_attrs(b, n,
		    (const char *const[]){"name", "cond", "maxtime", "finalsilence", "beep",
					  "dtmfterm", NULL});
	item->cond = attr_expr(b, n, "cond");
	item->record = (struct record_ask){
	    .most_ms = between(b, n, "maxtime", MAX_RECORD_MS, 1000, MAX_RECORD_MS),
	    .final_ms = between(b, n, "finalsilence", FINAL_MS, FINAL_LEAST_MS, FINAL_MOST_MS),
	    .timeout_ms = item->timeout_ms,
	    .beep = parse_bool(b, n, "beep", false),
	    .keys = parse_bool(b, n, "dtmfterm", true)};
	snprintf(item->record.name, sizeof item->record.name, "%s", attr_must(b, n, "name"));
	b->s->n_records++;
	for (xmlNode *c = first_child(b, n); c && !b->no_memory; c = next_sibling(b, c)) {
		if (is_vxml(c, "filled"))
			add_filled(b, c, item);
		else if (!take_asking(b, c, item))
			refuse(b, c);
	}
	if (!item->prompts)
		wrong(b, n, "<record> asks nothing: give it a <prompt>");
}

void finish_records(struct build *b)
{
	for (size_t d = 0; d < b->s->n_dialogs && !b->s->announce; d++)
		for (size_t k = 0; k < b->s->dialogs[d].n_items; k++)
			if (b->s->dialogs[d].items[k].kind == ITEM_RECORD)
				problems_error(
				    b->problems, b->file, b->s->dialogs[d].items[k].line,
				    "[record-is-announced] nobody is recorded without being "
				    "told: add <o:announce><prompt>この通話のお答えは、記録します。"
				    "</prompt></o:announce> to the document");
}
