/*
 * Events: names become numbers, so that the interpreter compares none of them; what
 * catches an event is found here, once. A <catch> for something that nothing throws is
 * refused: it is a word mistyped, and would be noticed in a call only.
 */
#include "adapters/scenario/build.h"

#include <string.h>

static const char *const ours[EVENTS_OF_OURS] = {
    [EVENT_ALL] = "",
    [EVENT_NOINPUT] = "noinput",
    [EVENT_NOMATCH] = "nomatch",
    [EVENT_STALE] = "osame.stale",
    [EVENT_HELP] = "help",
    [EVENT_CANCEL] = "cancel",
    [EVENT_EXIT] = "exit",
    [EVENT_SEMANTIC] = "error.semantic",
};

/* `first` is `name`, or its first parts up to a dot. */
static bool is_first_part(const char *first, const char *name)
{
	size_t n = strlen(first);

	return n == 0 || (strncmp(first, name, n) == 0 && (name[n] == '\0' || name[n] == '.'));
}

static int add_event(struct build *b, const char *name, int line)
{
	struct scenario *s = b->s;
	size_t at = s->n_events++;

	s->events[at] = (struct model_event){.name = name, .line = line};
	for (size_t i = 0; i <= at; i++) {
		if (is_first_part(name, s->events[i].name))
			s->events[i].caught_by |= 1ull << at;
		if (is_first_part(s->events[i].name, name))
			s->events[at].caught_by |= 1ull << i;
	}
	return (int)at;
}

void declare_events(struct build *b)
{
	for (int i = 0; i < EVENTS_OF_OURS; i++) {
		add_event(b, ours[i], 0);
		/* The last two are thrown by the document alone. */
		b->s->events[i].thrown = i != EVENT_ALL && i != EVENT_CANCEL && i != EVENT_EXIT;
	}
}

static bool is_event_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-.";
	size_t n = strlen(name);

	return n > 0 && n < MAX_ID && strspn(name, letters) == n && name[0] != '.' &&
	       name[n - 1] != '.' && !strstr(name, "..");
}

/* `name` must live as long as the scenario. */
static int event_of(struct build *b, const xmlNode *n, const char *name)
{
	for (size_t i = 1; i < b->s->n_events; i++)
		if (strcmp(b->s->events[i].name, name) == 0)
			return (int)i;
	if (!is_event_name(name)) {
		wrong(b, n, "\"%.60s\" is not an event's name: words of letters, dots between them",
		      name);
		return EVENT_ALL;
	}
	if (b->s->n_events == MAX_EVENTS) {
		wrong(b, n, "there are too many different events: at most %d",
		      MAX_EVENTS - EVENTS_OF_OURS);
		return EVENT_ALL;
	}
	return add_event(b, name, line_of(n));
}

int thrown_event(struct build *b, const xmlNode *n, const char *name)
{
	int event = *name ? event_of(b, n, name) : EVENT_ALL;

	/* What we throw ourselves means that something is so; a document cannot make it so. */
	if (strncmp(name, "osame.", 6) == 0 || strncmp(name, "connection.", 11) == 0)
		wrong(b, n, "the event \"%.60s\" cannot be thrown by a document", name);
	if (event != EVENT_ALL)
		b->s->events[event].thrown = true;
	return event;
}

static uint64_t caught_events(struct build *b, const xmlNode *n, const char *list)
{
	uint64_t names = 0;

	while (*(list += strspn(list, " \t\r\n"))) {
		size_t length = strcspn(list, " \t\r\n");
		const char *name = model_text(b->s, list, length);
		if (!name) {
			b->no_memory = true;
			return names;
		}
		names |= 1ull << event_of(b, n, name);
		list += length;
	}
	return names ? names : 1ull << EVENT_ALL;
}

/* <help> is <catch event="help">, and so on (5.2.3). */
static int shorthand(const xmlNode *n)
{
	return is_vxml(n, "noinput")   ? EVENT_NOINPUT
	       : is_vxml(n, "nomatch") ? EVENT_NOMATCH
	       : is_vxml(n, "help")    ? EVENT_HELP
				       : EVENT_ALL;
}

bool is_handler(const xmlNode *n)
{
	return shorthand(n) != EVENT_ALL || is_vxml(n, "error") || is_vxml(n, "catch");
}

struct model_handler *build_handler(struct build *b, xmlNode *n)
{
	struct model_handler *h = get(b, sizeof *h);
	bool is_catch = is_vxml(n, "catch");
	const char *list = is_catch ? attr(b, n, "event") : is_vxml(n, "error") ? "error" : NULL;

	check_attrs(b, n, (const char *const[]){"count", "cond", is_catch ? "event" : NULL, NULL});
	if (!h)
		return NULL;
	h->line = line_of(n);
	h->names = shorthand(n) != EVENT_ALL ? 1ull << shorthand(n)
					     : caught_events(b, n, list ? list : "");
	h->count = attr_count(b, n);
	h->cond = attr_expr(b, n, "cond");
	h->body = build_nodes(b, first_child(b, n));
	return h;
}

/* The name is caught somewhere, since it is known; does anything throw what it catches? */
void check_events(struct build *b)
{
	const struct scenario *s = b->s;

	for (size_t name = EVENTS_OF_OURS; name < s->n_events; name++) {
		bool thrown = false;
		for (size_t e = 0; e < s->n_events; e++)
			thrown |= s->events[e].thrown && s->events[e].caught_by & 1ull << name;
		if (!thrown)
			problems_error(
			    b->problems, b->file, s->events[name].line,
			    "nothing throws the event \"%.60s\": noinput, nomatch, "
			    "error.semantic and osame.stale come by themselves, others by "
			    "<throw> and <choice event>",
			    s->events[name].name);
	}
}
