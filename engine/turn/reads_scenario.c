/*
 * `scenario.show`: what a campaign's calls say and ask, box by box, said to an invented
 * resident, so nobody sees anybody's debts here.
 *
 * A box is a form item of the document (a menu is one box). Where it leads and by what, at
 * which levels a call comes to it and which level each sentence needs is what the checker
 * found on its walk over all paths: nothing is worked out a second time.
 */
#include "engine/scenario/model.h"
#include "engine/turn/engine.h"
#include "engine/turn/reads.h"
#include "engine/turn/sample.h"

#include <stdio.h>
#include <string.h>

struct drawing {
	const struct scenario *s;
	const struct sample *sample;
	const char *when; /* "", or the event whose handler is walked */
	struct json *says, *does;
};

static void add_prompt(const struct drawing *d, const struct model_prompt *p)
{
	struct json *j = json_new_object();
	json_put_int(j, "prompt", (int64_t)p->index);
	json_put_str(j, "when", d->when);
	json_put_int(j, "level", p->level);
	json_put_str(j, "because", p->because ? p->because : "");
	json_put_bool(j, "secret", p->secret);
	json_put_bool(j, "conditional", p->cond != NULL);
	json_put_int(j, "count", p->count);
	sample_put_words(j, d->s, d->sample, p->index);
	json_add(d->says, j);
}

static void add_does(const struct drawing *d, const char *what, const char *words)
{
	struct json *j = json_new_object();
	json_put_str(j, "what", what);
	json_put_str(j, "words", words ? words : "");
	json_put_str(j, "when", d->when);
	json_add(d->does, j);
}

static void add_node(const struct model_node *n, void *context)
{
	const struct drawing *d = context;
	static const char *const levels[] = {"L0", "L1", "L2"};
	switch (n->kind) {
	case NODE_PROMPT:
		add_prompt(d, n->prompt);
		break;
	case NODE_EXIT:
		add_does(d, "exit", "");
		break;
	case NODE_SMS:
		add_does(d, "sms", n->text);
		break;
	case NODE_REPLY:
		add_does(d, "reply", n->text);
		break;
	case NODE_TASK:
		add_does(d, "task", n->text);
		break;
	case NODE_LEVEL:
		add_does(d, "level", n->number >= 0 && n->number <= 2 ? levels[n->number] : "");
		break;
	case NODE_REACHED:
		add_does(d, "reached", reached_words((enum reached)n->number));
		break;
	default:
		break;
	}
}

static struct json *keys_of(const struct scenario *s, const struct model_item *item)
{
	struct json *list = json_new_array();
	for (size_t i = 0; i < item->n_options; i++) {
		const struct model_option *o = &item->options[i];
		struct json *j = json_new_object(), *words = json_new_array();
		char key[2] = {o->key, '\0'};
		json_put_str(j, "key", key);
		json_put_str(j, "value", o->value ? o->value : "");
		json_put_str(j, "event", o->event ? s->events[o->event].name : "");
		for (size_t k = 0; item->voice && k < item->n_words; k++)
			if (item->words[k].option == i)
				json_add(words, json_new_str(item->words[k].text));
		json_put(j, "words", words);
		json_add(list, j);
	}
	return list;
}

/* As scenario.try counts them. */
static struct json *words_of(const struct model_item *item)
{
	struct json *words = json_new_array();
	for (size_t i = 0; item->voice && i < item->n_words; i++)
		json_add(words, json_new_str(item->words[i].text));
	return words;
}

/* The words of an option, as one. */
static void put_option_words(struct json *j, const struct model_item *item, size_t option)
{
	char words[MAX_WORDS] = "";
	for (size_t k = 0, n = 0; k < item->n_words; k++) {
		if (item->words[k].option != option)
			continue;
		if (n + strlen(item->words[k].text) + sizeof "、" > sizeof words)
			break; /* a word more or less on a drawing */
		n += (size_t)snprintf(words + n, sizeof words - n, "%s%s", n ? "、" : "",
				      item->words[k].text);
	}
	json_put_str(j, "by", words);
}

static void put_by(struct json *j, const struct scenario *s, const struct model_item *item,
		   const struct model_arrow *a)
{
	char key[2] = "";
	switch (a->by) {
	case ARROW_KEY:
		key[0] = item->options[a->which].key;
		json_put_str(j, "by", key);
		break;
	case ARROW_WORD:
		put_option_words(j, item, a->which);
		break;
	case ARROW_EVENT:
		json_put_str(j, "by", s->events[a->which].name);
		break;
	case ARROW_TRANSFER:
		json_put_str(j, "by", transfer_words((enum transfer_result)a->which));
		break;
	default:
		json_put_str(j, "by", "");
		break;
	}
}

static struct json *goes_of(const struct scenario *s, size_t dialog, size_t item)
{
	static const char *const by[] = {
	    [ARROW_ON] = "on",         [ARROW_KEY] = "key",     [ARROW_WORD] = "word",
	    [ARROW_DIGITS] = "digits", [ARROW_EVENT] = "event", [ARROW_TRANSFER] = "transfer",
	    [ARROW_RECORD] = "record"};
	struct json *list = json_new_array();
	for (size_t i = 0; i < s->n_arrows; i++) {
		const struct model_arrow *a = &s->arrows[i];
		if (a->dialog != dialog || a->item != item)
			continue;
		bool end = a->to_dialog == ARROW_END;
		struct json *j = json_new_object();
		json_put_str(j, "how", by[a->by]);
		put_by(j, s, &s->dialogs[dialog].items[item], a);
		json_put_str(j, "to", end ? "" : s->dialogs[a->to_dialog].id);
		json_put_int(j, "box", end ? 0 : (int64_t)a->to_item + 1);
		json_add(list, j);
	}
	return list;
}

static void add_handlers(struct drawing *d, const struct model_handler *h)
{
	for (; h; h = h->next) {
		d->when = h->names & 1u << EVENT_NOINPUT   ? "noinput"
			  : h->names & 1u << EVENT_NOMATCH ? "nomatch"
							   : "event";
		model_walk_nodes(h->body, add_node, d);
	}
	d->when = "";
}

static struct drawing drawing_of(const struct scenario *s, const struct sample *sample)
{
	return (struct drawing){.s = s,
				.sample = sample,
				.when = "",
				.says = json_new_array(),
				.does = json_new_array()};
}

static struct json *item_json(const struct scenario *s, const struct sample *sample, size_t dialog,
			      size_t place)
{
	static const char *const kinds[] = {[ITEM_BLOCK] = "block",
					    [ITEM_FIELD] = "field",
					    [ITEM_TRANSFER] = "transfer",
					    [ITEM_RECORD] = "record"};
	_Static_assert(sizeof kinds / sizeof *kinds == ITEM_KINDS, "each kind has its word");
	const struct model_item *item = &s->dialogs[dialog].items[place];
	struct drawing d = drawing_of(s, sample);
	struct json *j = json_new_object();

	json_put_str(j, "dialog", s->dialogs[dialog].id);
	json_put_int(j, "box", (int64_t)place + 1);
	json_put_str(j, "kind", kinds[item->kind]);
	json_put_str(j, "name", item->name ? item->name : "");
	json_put_int(j, "line", item->line);
	json_put_bool(j, "visited", item->visited);
	json_put_int(j, "least_level", item->least_level);
	json_put_int(j, "most_level", item->most_level);
	json_put_int(j, "least_digits", item->min_digits);
	json_put_int(j, "most_digits", item->max_digits);
	json_put_bool(j, "birth", item->birth);
	for (const struct model_prompt *p = item->prompts; p; p = p->next)
		add_prompt(&d, p);
	json_put(j, "keys", keys_of(s, item));
	json_put(j, "spoken", words_of(item));
	model_walk_nodes(item->body, add_node, &d);
	add_handlers(&d, item->handlers);
	json_put(j, "says", d.says);
	json_put(j, "does", d.does);
	json_put(j, "goes", goes_of(s, dialog, place));
	return j;
}

/* What is no item: what machines hear, and what is done at any place of a dialog, or of all. */
static struct json *beside_json(const struct scenario *s, const struct sample *sample,
				const char *dialog, const char *kind,
				const struct model_prompt *prompts,
				const struct model_handler *handlers)
{
	struct drawing d = drawing_of(s, sample);
	struct json *j = json_new_object();

	json_put_str(j, "dialog", dialog);
	json_put_int(j, "box", 0);
	json_put_str(j, "kind", kind);
	for (const struct model_prompt *p = prompts; p; p = p->next)
		add_prompt(&d, p);
	add_handlers(&d, handlers);
	json_put(j, "says", d.says);
	json_put(j, "does", d.does);
	return j;
}

/* Rows in their order: the boxes of a dialog, what is done anywhere in it; then of the document. */
enum { BESIDE_DIALOG = MAX_ITEMS, DOCUMENT = MAX_DIALOGS };
enum { BESIDE_MACHINE, BESIDE_SCREENING, BESIDE_ANNOUNCE, BESIDE_EVENTS, BESIDES };

/* NULL: there is none of this number. */
static struct json *row_of(const struct scenario *s, const struct sample *sample, size_t dialog,
			   size_t place)
{
	const struct model_prompt *const said[] = {s->machine, s->screening, s->announce, NULL};
	static const char *const kinds[] = {"machine", "screening", "announce", "events"};
	_Static_assert(sizeof kinds / sizeof *kinds == BESIDES, "each has its word");

	if (dialog == DOCUMENT) {
		if (place >= BESIDES)
			return NULL;
		const struct model_handler *h = place == BESIDE_EVENTS ? s->handlers : NULL;
		return said[place] || h ? beside_json(s, sample, "", kinds[place], said[place], h)
					: NULL;
	}
	if (dialog >= s->n_dialogs)
		return NULL;
	const struct model_dialog *d = &s->dialogs[dialog];
	if (place == BESIDE_DIALOG && d->handlers)
		return beside_json(s, sample, d->id, "events", NULL, d->handlers);
	return place < d->n_items ? item_json(s, sample, dialog, place) : NULL;
}

int read_scenario(const struct query *q, struct answer *a)
{
	const struct campaign *c;
	struct scenario *s;
	struct sample sample;
	struct bytes from;
	int err = sample_find(q, a, &c, &s);
	if (!err)
		err = answer_from(a, q, (struct bytes){"", 0}, &from);
	if (err)
		return err;
	sample_of(q->ctx, c, &sample);
	answer_put(a, "scenario", json_new_str(c->scenario));
	answer_put(a, "sha256", json_new_str(scenario_version(s)));
	for (size_t i = 0; i <= DOCUMENT; i++)
		for (size_t k = 0; k <= BESIDE_DIALOG; k++) {
			const unsigned char key[2] = {(unsigned char)i, (unsigned char)k};
			if (from.n == sizeof key && memcmp(key, from.p, sizeof key) < 0)
				continue; /* of an earlier page */
			struct json *row = row_of(s, &sample, i, k);
			if (!row)
				continue;
			if (answer_look(a, (struct bytes){key, sizeof key})) {
				json_free(row);
				return 0;
			}
			if (answer_row(a, row))
				return 0;
		}
	return 0;
}
