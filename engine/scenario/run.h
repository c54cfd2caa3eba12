/* The interpreter's inside, shared by its files: interp.c (events), run.c (the form interpretation
 * algorithm), catch.c (events of the document), exec.c (executable contents), and for tryout.c,
 * which looks where a call waits. Nobody else includes it. */
#ifndef ENGINE_SCENARIO_RUN_H
#define ENGINE_SCENARIO_RUN_H

#include "engine/scenario/level.h"
#include "engine/scenario/model.h"

#define MAX_QUEUE 64
#define NO_INDEX SIZE_MAX

enum phase {
	PHASE_NEW,      /* IE_START has not come */
	PHASE_WAIT,     /* a field: its prompts play, or a key is awaited */
	PHASE_TRANSFER, /* its prompts play, then the resident is with staff */
	PHASE_RECORD,   /* its prompts play, then the resident speaks */
	PHASE_ENDING,   /* the scenario is through; what is queued still plays */
	PHASE_MACHINE,  /* a machine records: its message plays, then the call ends */
	PHASE_SCREEN,   /* a device was told who calls: a person may come */
	PHASE_OVER,
};
enum flow {
	FLOW_ON,
	FLOW_JUMP,  /* to jump_dialog or jump_item */
	FLOW_THROW, /* the event `thrown` */
	FLOW_END,   /* what is queued still plays */
	FLOW_FAULT, /* our document or our rules were broken: silence */
};

struct queued {
	const struct model_prompt *prompt;
	size_t number;       /* IA_PLAY's */
	unsigned char level; /* the call's level when it was queued */
	bool heard;          /* o:heard stood behind it */
	bool announces;      /* the last of what says that words are kept */
};

struct interp {
	struct scenario *s;
	struct scenario_vars vars;
	void *vars_memory;
	size_t vars_bytes;
	enum phase phase;
	struct level level;
	struct interp_result result;
	int steps;

	struct value slots[MAX_FIELDS * 4];
	char (*texts)[MAX_REPLY_BYTES]; /* of string values, a slot each */

	size_t dialog, item;           /* item: the one that was visited last */
	size_t jump_dialog, jump_item; /* NO_INDEX: none */
	int prompt_count[MAX_ITEMS];
	/* How often an event came that this name catches: a row an item, the last one for the
	 * dialog itself, a column a name. They end at 255: no handler's count is over 100. */
	uint8_t *event_count;
	size_t event_rows;
	int thrown;    /* of FLOW_THROW */
	bool visiting; /* events are the item's; else the dialog's */
	bool reprompt; /* <reprompt> was executed */
	bool hush; /* the last round ended in a handler without <reprompt>: no prompts this time */

	struct queued queue[MAX_QUEUE];
	size_t queue_at, queue_n;
	bool playing;
	bool
	    nothing_said; /* the latest prompt had no meaning: an o:heard after it does not count */
	uint32_t timeout_ms;
	uint32_t said_timeout_ms; /* what the prompt that was queued last asks for; 0: nothing */
	bool timer;
	char digits[MAX_DIGITS + 1];
	size_t n_digits;
	bool stale, stale_thrown;
	bool keyed;        /* somebody pressed a key: no machine is there */
	bool listening;    /* an IA_LISTEN is out */
	bool speaking;     /* an utterance is under way: the field's timer waits for it */
	enum reply_by by;  /* whose the latest answer is */
	bool transferring; /* an IA_TRANSFER is out */
	bool bridged;      /* … and staff answered */
	bool rejoining;    /* … and an IA_REJOIN is out */
	bool announced;    /* the resident heard that his words are kept */
	bool recording;    /* an IA_RECORD is out */
	bool recorded;     /* … and an IA_RECORD_END */

	struct interp_actions *out; /* of the step under way */
};

/* run.c */
/* Rounds of the form interpretation algorithm until it waits or ends. */
void run_from(struct interp *i, enum flow flow);
enum flow run_enter(struct interp *i, size_t dialog);
/* Queues the prompts of an item that is visited. */
enum flow run_prompts(struct interp *i, const struct model_item *item);
/* An event that did not come from executable contents: silence, a debt that changed. */
void run_throw(struct interp *i, int event);
/* Field `item` has its value: what is to be done then, in the document's order. */
enum flow run_filled(struct interp *i, size_t item);
void run_play_next(struct interp *i);
void run_emit(struct interp *i, enum interp_action_kind kind, size_t prompt, uint32_t ms);
void run_flush(struct interp *i);
/* Our document or our rules were broken: nothing more is said. */
void run_fault(struct interp *i);

/* catch.c */
/* The handler of i->thrown, or what happens without one. */
enum flow catch_event(struct interp *i);
/* A debt changed: the handler may say good-bye, and the call ends unless it leads elsewhere. */
enum flow catch_stale(struct interp *i);
/* The item's counters start again; NO_INDEX: all of the dialog's. */
void catch_forget(struct interp *i, size_t item);

/* machine.c */
void machine_event(struct interp *i, enum interp_event_kind kind);
/* The message has played to its end. */
void machine_played(struct interp *i);
/* Silence after a device was told who calls. */
void machine_alone(struct interp *i);
/* Somebody is there after all: the scenario from its beginning. */
void machine_person(struct interp *i);

/* transfer.c */
enum flow transfer_visit(struct interp *i, const struct model_item *item, bool *ret_waits);
/* What was said before it has played. */
void transfer_begin(struct interp *i);
void transfer_event(struct interp *i, const struct interp_event *ev);
void transfer_key(struct interp *i, char key);
/* The resident hung up. */
void transfer_left(struct interp *i);

/* record.c */
/* Queues the prompts of an item that listens (`hush`: without its own), with the announcement,
 * unless that was heard, or nothing is kept. */
enum flow record_prompts(struct interp *i, const struct model_item *item, bool hush);
/* It has played to its end. */
void record_announced(struct interp *i);
/* `hush`: without its prompts. */
enum flow record_visit(struct interp *i, const struct model_item *item, bool hush, bool *ret_waits);
/* What was said before it has played. */
void record_begin(struct interp *i);
void record_event(struct interp *i, const struct interp_event *ev);
void record_key(struct interp *i);
/* The scenario goes elsewhere: what was said is thrown away. */
void record_drop(struct interp *i);

/* spoken.c */
/* Listens for the item's words; NULL, or an item without any: for none. */
void spoken_listen(struct interp *i, const struct model_item *item);
void spoken_event(struct interp *i, const struct interp_event *ev);
/* interp.c */
void interp_answered_by_word(struct interp *i, const struct model_item *item,
			     const struct model_word *word);
void interp_no_match(struct interp *i);
void interp_somebody(struct interp *i);

void run_timer(struct interp *i, uint32_t ms);
void run_over(struct interp *i);

/* exec.c */
enum flow exec_nodes(struct interp *i, const struct model_node *n);
/* False: not evaluable (a debt that is not there); the call must end. */
bool exec_condition(struct interp *i, const struct expr *cond, bool *ret_truth);
bool exec_set(struct interp *i, int slot, struct value v);
bool exec_init(struct interp *i, int slot, const struct expr *init);
enum flow exec_queue(struct interp *i, const struct model_prompt *p);
/* An expression has no value: throws error.semantic. */
enum flow exec_fails(struct interp *i);
/* Counts a step; false: over MAX_CALL_STEPS. */
bool exec_step(struct interp *i);

#endif
