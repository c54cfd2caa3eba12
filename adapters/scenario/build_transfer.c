/*
 * <transfer>: the resident is connected with staff, and stays on our line (bridged).
 * Whom is a name of the configuration, dest="staff:NAME": a document cannot make us
 * dial a number of its own.
 */
#include "adapters/scenario/build.h"

#include <stdlib.h>
#include <string.h>

#define SCHEME "staff:"
enum { CONNECT_MS = 20000, CONNECT_MOST_S = 60, MOST_MS = 300000, MOST_MOST_S = 3600 };

/* As in parse_time, but longer. */
static uint32_t seconds(struct build *b, const xmlNode *n, const char *name, uint32_t otherwise,
			int most_s)
{
	const char *text = attr(b, n, name);
	char *end = NULL;

	if (!text)
		return otherwise;
	long s = *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : 0;
	if (s < 1 || s > most_s || strcmp(end, "s") != 0) {
		wrong(b, n, "%s=\"%.20s\": write whole seconds, from 1s to %ds", name, text,
		      most_s);
		return otherwise;
	}
	return (uint32_t)s * 1000;
}

static const char *staff_of(struct build *b, const xmlNode *n)
{
	const char *dest = attr_must(b, n, "dest");
	size_t scheme = strlen(SCHEME);

	if (!*dest)
		return "";
	const char *name = strncmp(dest, SCHEME, scheme) == 0 ? dest + scheme : "";
	size_t length = strlen(name);
	if (length > 0 && length < MAX_ID &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length)
		return name;
	wrong(b, n,
	      "[transfer-by-name] dest=\"%.60s\": write dest=\"staff:NAME\", NAME being a "
	      "[transfer NAME] of the configuration; a scenario dials no number of its own",
	      dest);
	return "";
}

/* Each name once, for whoever asks which there are. */
static void remember(struct build *b, const xmlNode *n, struct model_item *item)
{
	const char *name = item->transfer.to;
	size_t i = 0;

	if (!*name)
		return;
	while (i < b->s->n_transfers && strcmp(b->s->transfers[i], name) != 0)
		i++;
	if (i == sizeof b->s->transfers / sizeof *b->s->transfers) {
		wrong(b, n, "there are too many different transfers: at most %zu", i);
		return;
	}
	if (i == b->s->n_transfers)
		b->s->transfers[b->s->n_transfers++] = name;
	item->whom = i;
	if (!item->optional)
		b->s->transfers_needed |= 1ull << i;
}

static bool is_optional(struct build *b, xmlNode *n)
{
	const char *text = attr_osame(b, n, "optional");

	if (text && strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		wrong(b, n, "o:optional=\"%.20s\" is neither true nor false", text);
	return text && strcmp(text, "true") == 0;
}

static void check_bridged(struct build *b, const xmlNode *n)
{
	const char *bridge = attr(b, n, "bridge"), *type = attr(b, n, "type");
	bool yes = (bridge && strcmp(bridge, "true") == 0) || (type && strcmp(type, "bridge") == 0);

	if (!yes || (bridge && type))
		wrong(b, n,
		      "write bridge=\"true\" (or type=\"bridge\"): a call is never handed away, "
		      "so that its end is known");
}

static void check_keys(struct build *b, const xmlNode *n, const struct model_item *item)
{
	for (size_t i = 0; i < item->n_options; i++)
		if (!item->options[i].key)
			wrong(b, n,
			      "an <option> of a transfer is a key that ends it: give it a "
			      "dtmf, and no words");
}

void build_transfer(struct build *b, xmlNode *n, struct model_item *item)
{
	check_attrs(b, n,
		    (const char *const[]){"name", "cond", "dest", "bridge", "type",
					  "connecttimeout", "maxtime", "o:optional", NULL});
	attr_must(b, n, "name");
	check_bridged(b, n);
	item->cond = attr_expr(b, n, "cond");
	item->transfer = (struct transfer_ask){
	    .to = staff_of(b, n),
	    .connect_ms = seconds(b, n, "connecttimeout", CONNECT_MS, CONNECT_MOST_S),
	    .most_ms = seconds(b, n, "maxtime", MOST_MS, MOST_MOST_S)};
	item->optional = is_optional(b, n);
	remember(b, n, item);
	for (xmlNode *c = first_child(b, n); c && !b->no_memory; c = next_sibling(b, c)) {
		if (is_vxml(c, "prompt"))
			add_prompt(b, c, &item->prompts);
		else if (is_vxml(c, "option"))
			add_option(b, c, item);
		else if (is_vxml(c, "filled"))
			add_filled(b, c, item);
		else
			refuse(b, c);
	}
	check_keys(b, n, item);
	if (item->n_words > 0)
		wrong(b, n, "a transfer listens to nobody: take the words out of its <option>");
}
