/* The checker's walk, shared by its files: secrecy.c (dialogs, items, events), flow.c (executable
 * contents) and arrows.c (what was seen on the way). Nobody else includes it. */
#ifndef ENGINE_SCENARIO_WALK_H
#define ENGINE_SCENARIO_WALK_H

#include "engine/scenario/check.h"
#include "engine/scenario/level.h"
#include "engine/scenario/places.h"

#define MAX_SAID 512

/* What the walk does now, and what it has seen. */
struct arrows {
	struct model_arrow now; /* from where and by what; ARROW_NONE: nothing that is drawn */
	size_t n;
	struct model_arrow list[MAX_ARROWS];
	uint16_t table[MAX_ARROWS * 2]; /* open addressing over `list`: index + 1 */
};

struct walk {
	struct scenario *s; /* what is found is written into it */
	struct problems *problems;
	struct set seen; /* also the work list: [next, seen.n) is to be done */
	size_t next;
	size_t *table; /* open addressing over `seen`: index + 1 */
	bool *visited; /* dialogs */
	/* While a <filled> is walked: which option was taken. Its conditions are about that, and a
	 * word leads elsewhere than a key. */
	int answered; /* slot; -1: unknown */
	struct value slots[MAX_FIELDS * 4];
	uint16_t visiting;   /* the item whose contents are walked; NONE: the dialog's own */
	bool catches_errors; /* a handler would show that an expression has no value */
	bool in_stale;       /* a stale handler's own exit is not followed by another one */
	struct arrows *arrows;
	int err;
	size_t n_said;
	struct {
		int line;
		const char *rule;
	} said[MAX_SAID];
};

/* secrecy.c */
void walk_set_add(struct walk *w, struct set *set, const struct place *p);
/* A state to walk from, unless it was seen. */
void walk_push(struct walk *w, const struct place *p);
void walk_push_dialog(struct walk *w, size_t dialog, struct level level);
/* One message a line and rule, however many paths lead there: false, it was said. */
bool walk_say(struct walk *w, int line, const char *rule);
/* What is queued still plays after the end, and a debt may change meanwhile. */
void walk_stale_at_end(struct walk *w, struct place p);

/* flow.c */
/* What falls through at the end stays in the set; what jumps is pushed. */
void walk_flow(struct walk *w, const struct model_node *n, struct set *set);
/* Which ways a condition may go. */
void walk_ways(struct walk *w, int line, const struct expr *cond, const struct level *level,
	       bool *ret_yes, bool *ret_no);
void walk_prompt(struct walk *w, const struct model_prompt *p, const struct level *level);
/* Handlers are walked later, as a state of their own: one that throws again ends too. */
void walk_throw(struct walk *w, int event, const struct place *p);
/* Behind a spoken word something would be recorded, or done. */
void walk_say_needs_yes(struct walk *w, int line);
/* arrows.c */
/* From here on it is from this item, by that. */
void arrows_from(struct walk *w, size_t dialog, size_t item);
void arrows_by(struct walk *w, enum arrow_by by, size_t which);
/* A way leads to where selection goes on from p; to the end. */
void arrows_to(struct walk *w, const struct place *p);
void arrows_to_end(struct walk *w);
/* The call comes to this item. */
void arrows_visit(struct walk *w, const struct place *p, size_t item);
/* Into the scenario. */
int arrows_keep(struct walk *w) MUST_CHECK;

/* flow.c, once more */
/* An expression that may have no value. */
void walk_may_fail(struct walk *w, int line, const struct expr *e, const struct set *set);

#endif
