/*
 * A scenario as the interpreter and the checker see it: dialogs of form items,
 * executable nodes, prompts made of pieces. Built once by a loader, then never
 * changed. Everything lies in the scenario's arena.
 *
 * A <menu> is a dialog of one item whose choices lead to other dialogs.
 */
#ifndef ENGINE_SCENARIO_MODEL_H
#define ENGINE_SCENARIO_MODEL_H

#include "engine/arena.h"
#include "engine/plan/campaign.h"
#include "engine/scenario.h"
#include "engine/scenario/expr.h"
#include "engine/scenario/level.h"
#include <stdatomic.h>

#define MAX_ITEMS 64 /* form items of one dialog: the checker keeps them in a 64-bit set */
#define MAX_DIALOGS 200
#define MAX_OPTIONS 12 /* 0-9 * # */
#define MAX_PIECES 64  /* of one prompt */
#define MODEL_ARENA_BYTES (16u << 20)

enum say_as { SAY_TEXT, SAY_CURRENCY, SAY_DATE, SAY_TELEPHONE, SAY_DIGITS, SAY_NAME, SAY_TIME };

/* A file of the announcements folder, read when the document was. */
struct model_sound {
	const char *name;
	struct audio *audio; /* a reference; NULL: it is not there yet, its words are spoken */
};

struct model_piece {
	enum say_as as;
	int line;
	const char *text; /* literal words, or NULL; of a recording: what it says */
	const struct model_sound *sound;
	struct expr *expr; /* a value */
};

struct model_prompt {
	size_t index; /* IA_PLAY's number */
	int line;
	int count; /* counts from 1: played when the item's prompt counter got there */
	struct expr *cond;
	bool bargein;
	int rate;            /* per cent of the voice's own speed; 0: 100 */
	uint32_t timeout_ms; /* 0: the item's */
	const char *nameless;
	int keyed_days;    /* it speaks a keyed date: of today and so many days ahead; 0: none */
	size_t first_date; /* IA_PLAY's number of today's sentence; tomorrow's is the next */
	size_t n_pieces;
	struct model_piece *pieces;
	struct model_prompt *next;
	/* found by the checker */
	int level;           /* what the call's level must be at least */
	bool secret;         /* speaks of a debt: never after IE_STALE */
	const char *because; /* of the level, in words */
};

enum node_kind {
	NODE_PROMPT,
	NODE_IF,
	NODE_ASSIGN,
	NODE_CLEAR, /* slot = -1: all items of the dialog */
	NODE_REPROMPT,
	NODE_GOTO,     /* another dialog */
	NODE_NEXTITEM, /* an item of this dialog */
	NODE_EXIT,     /* exit and disconnect */
	NODE_THROW,
	NODE_SMS,
	NODE_REPLY,
	NODE_TASK,
	NODE_LEVEL,
	NODE_REACHED,
	NODE_HEARD,
};

struct model_node;
struct model_branch {
	int line;
	struct expr *cond; /* NULL: else */
	struct model_node *body;
	struct model_branch *next;
};
struct model_node {
	enum node_kind kind;
	int line;
	struct model_node *next;
	struct model_prompt *prompt;   /* NODE_PROMPT */
	struct model_branch *branches; /* NODE_IF */
	struct expr *expr;             /* NODE_ASSIGN, NODE_REPLY */
	int slot;                      /* NODE_ASSIGN, NODE_CLEAR */
	const char *text;              /* NODE_SMS, NODE_TASK, NODE_REPLY: its name */
	size_t target;                 /* NODE_GOTO: dialog; NODE_NEXTITEM: item */
	int number;                    /* NODE_LEVEL, NODE_REACHED; NODE_THROW: the event */
};

/* Names of events that this document throws or catches; each has a number, the first ones are ours.
 * A handler catches an event by its whole name or by its first parts ("error" catches
 * "error.semantic"), and by no name at all everything. */
#define MAX_EVENTS 64 /* a set of them is 64 bits */
enum {
	EVENT_ALL, /* "": what a <catch> without a name catches; it is never thrown */
	EVENT_NOINPUT,
	EVENT_NOMATCH,
	EVENT_STALE,
	EVENT_HELP,
	EVENT_CANCEL,
	EVENT_EXIT,
	EVENT_SEMANTIC, /* an expression that has no value: a debt that is not there */
	EVENTS_OF_OURS
};
struct model_event {
	const char *name;
	int line;           /* where it is named first */
	bool thrown;        /* something may throw it */
	uint64_t caught_by; /* names that catch it: its own, its first parts, EVENT_ALL */
};
struct model_handler {
	int line;
	uint64_t names; /* of events, by number */
	int count;
	struct expr *cond;
	struct model_node *body;
	struct model_handler *next;
};

struct model_option {
	int line;
	char key; /* 0: none, spoken only */
	const char *value;
	bool jumps; /* a menu's choice: on to `dialog` */
	size_t dialog;
	int event;        /* a menu's choice that throws; 0: it does not */
	const char *next; /* its id, until it is resolved */
};

struct model_word {
	const char *text; /* as the document has it */
	size_t option;
	enum level_word kind;
};

enum item_kind { ITEM_BLOCK, ITEM_FIELD, ITEM_TRANSFER, ITEM_RECORD, ITEM_KINDS };
struct model_item {
	enum item_kind kind;
	int line;
	const char *name; /* "" if it has none */
	int slot;         /* its form item variable */
	struct expr *cond;
	struct model_node *body; /* a block's contents, a field's <filled> */
	/* fields */
	struct model_prompt *prompts;
	struct model_handler *handlers;
	size_t n_options;
	struct model_option *options;
	int min_digits, max_digits; /* 0, 0: options only */
	uint32_t timeout_ms, interdigit_ms;
	char termchar;                /* 0: none */
	bool birth;                   /* asked by matches_birth: its digits go nowhere else */
	struct transfer_ask transfer; /* of a transfer; its options are keys that end it */
	size_t whom; /* of the document's transfers[]; o:optional: only if he is there */
	bool optional;
	struct record_ask record;
	/* spoken answers */
	bool voice;   /* its words are listened for */
	bool no_keys; /* inputmodes="voice": keys are taken only where nobody can listen */
	size_t n_words;
	struct model_word words[MAX_SPOKEN_WORDS];
	struct recognise_words *grammar; /* the same words as kana; NULL: none */
	int confirms;                    /* the slot of the field whose word it asks about; -1 */
	const char *confirms_name;       /* until it is resolved */
	/* found by the checker: at which levels a call may come here */
	bool visited;
	unsigned char least_level, most_level;
};

struct model_var {
	int slot;
	int line;
	struct expr *init; /* NULL: undefined */
	struct model_var *next;
};

/* A <filled> of the form. Those of fields are the item's body. */
struct model_filled {
	int line;
	size_t at;      /* how many items stand before it: all are executed in this order */
	bool all;       /* mode: all of its fields are filled; else one of them just now */
	uint64_t items; /* by index */
	struct model_node *body;
	struct model_filled *next;
};

struct model_dialog {
	const char *id;
	int line;
	size_t n_items;
	struct model_item *items;
	struct model_filled *filled;
	struct model_var *vars;
	struct model_handler *handlers;
};

struct model_slot {
	const char *name;
	int level; /* the highest of what may be in it */
};

/* Where a call may go from an item, and by what: found by the checker as it walks the paths, for
 * whoever draws them. */
enum arrow_by {
	ARROW_NONE,     /* not drawn */
	ARROW_ON,       /* by itself */
	ARROW_KEY,      /* of option `which` */
	ARROW_WORD,     /* a word of option `which` */
	ARROW_DIGITS,   /* the number that was keyed */
	ARROW_EVENT,    /* event `which` */
	ARROW_TRANSFER, /* it ended as `which`, an enum transfer_result */
	ARROW_RECORD,   /* a message was taken, or none */
};
#define MAX_ARROWS 4000
#define ARROW_END UINT16_MAX /* to_dialog: the call ends */
struct model_arrow {
	uint16_t dialog, item, to_dialog, to_item;
	uint8_t by, which;
};

struct scenario {
	atomic_int refs;
	struct arena *arena;
	char version[65];
	char *file;   /* as the user named it */
	char *source; /* the document itself */
	enum campaign_kind kind;
	size_t n_dialogs;
	struct model_dialog *dialogs;
	struct model_var *vars;
	struct model_handler *handlers;
	size_t n_events;
	struct model_event events[MAX_EVENTS];
	size_t n_slots;
	struct model_slot slots[MAX_FIELDS * 4];
	size_t n_prompts;
	struct model_prompt *prompts[MAX_PROMPTS];
	size_t n_sounds;
	struct model_sound sounds[MAX_SOUNDS];
	/* What a machine hears instead of the dialogs; NULL: nothing. */
	struct model_prompt *machine, *screening;
	/* That what is said is kept; NULL: then nothing is. */
	struct model_prompt *announce;
	size_t n_records; /* <record>s */
	size_t n_dates;   /* sentences with a keyed date: numbered behind the prompts */
	size_t n_sms;
	const char *sms[MAX_FIELDS]; /* each text that it may send, once */
	size_t n_transfers;
	const char *transfers[MAX_FIELDS]; /* whom it may transfer to, likewise */
	uint64_t transfers_needed;         /* those that some <transfer> cannot do without */
	size_t n_arrows; /* at most MAX_ARROWS: there may be more ways than are drawn */
	struct model_arrow *arrows;
};

int scenario_new(struct scenario **ret_scenario) MUST_CHECK;
/* Zeroed; NULL: no memory, or over MODEL_ARENA_BYTES. */
void *model_get(struct scenario *s, size_t bytes);
char *model_text(struct scenario *s, const char *text, size_t n);
/* Is the <filled> due, now that item `just` is filled? `filled`: all items that are, by index. */
bool model_filled_due(const struct model_filled *f, size_t just, uint64_t filled);
/* Does the handler catch that event? */
bool model_catches(const struct scenario *s, const struct model_handler *h, int event);
void model_walk_nodes(const struct model_node *n,
		      void (*fn)(const struct model_node *n, void *context), void *context);

#endif
