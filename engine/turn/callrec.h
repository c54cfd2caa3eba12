/*
 * What is kept of calls that came in: the callback record of each, and the index of
 * who may be meant by a number. Records, keys and bytes, as record.h has them for runs.
 *
 * A callback's id comes from the counter of attempts: where an attempt stands beside it
 * (somebody who was meant heard something), both have the same.
 */
#ifndef ENGINE_TURN_CALLREC_H
#define ENGINE_TURN_CALLREC_H

#include "engine/plan/callback.h"
#include "engine/turn/db.h"

/*
 *   ringing ──▶ answering ──▶ answered ──▶ ended
 *      │            │  │          │
 *      │            │  └──────────┴──▶ ended | unknown
 *      └────────────┴──▶ missed
 */
enum callback_state {
	CALLBACK_NEW = 0,   /* never stored */
	CALLBACK_RINGING,   /* nothing was ordered */
	CALLBACK_ANSWERING, /* the order is out: it says what */
	CALLBACK_ANSWERED,  /* he is on the line */
	CALLBACK_ENDED,
	CALLBACK_MISSED,  /* never answered: he gave up, or was refused */
	CALLBACK_UNKNOWN, /* a crash */
	CALLBACK_STATES
};
bool callback_may(enum callback_state from, enum callback_state to);
int callback_set(enum callback_state *state, enum callback_state to) MUST_CHECK; /* E_STATE */
const char *callback_state_word(enum callback_state s);

/* T_CALLBACK */
struct callback_rec {
	uint64_t id;
	enum callback_state state;
	enum caller_kind kind;
	const char *digits, *called; /* "" if it is no number */
	const char *department;      /* that answers: whose number was dialled, else the first */
	enum callback_match match;
	uint32_t run, target; /* match ONE; else 0 */
	const char *person;
	enum callback_say say;
	enum callback_why why;
	int64_t came_ms, answered_ms, ended_ms;
	int64_t limit_ms; /* how long it may last, for recovery */
	enum outcome code;
	enum reached reached;
	bool heard;
	int sip_status;
	uint32_t talk_ms;
	size_t n_replies;
	struct {
		const char *name, *value;
	} replies[MAX_REPLIES];
	bool note; /* somebody of the staff should look */
	int64_t done_ms;
	const char *done_by, *done_why; /* … and did */
	int64_t cost_sen;
	/* Since version 9: an open note stands for all calls of its caller that bring nothing
	 * new; theirs say whose it is. */
	uint32_t times;  /* a note: how many calls it stands for; before: 0, for one */
	int64_t last_ms; /* … the last of them */
	uint64_t joined; /* the callback whose note this call was counted to, or 0 */
};

size_t key_caller_number(char *k, const char *digits); /* prefix of all of a number */
/* Newer runs come first. */
size_t key_caller(char *k, const char *digits, uint32_t run, uint32_t target);
int key_caller_read(struct bytes key, uint32_t *ret_run, uint32_t *ret_target) MUST_CHECK;

void callback_fields(struct codec *c, struct callback_rec *r);

/* T_NOTE */
size_t key_note(char *k, const struct callback_rec *r);
int db_note_get(struct tx *tx, const struct callback_rec *r, uint64_t *ret_id) MUST_CHECK;
int db_note_put(struct tx *tx, const struct callback_rec *r, uint64_t id) MUST_CHECK;
int db_note_del(struct tx *tx, const struct callback_rec *r) MUST_CHECK; /* absent is fine */

int db_callback_get(struct tx *tx, uint64_t id, struct callback_rec *ret) MUST_CHECK;
int db_callback_put(struct tx *tx, const struct callback_rec *r) MUST_CHECK;

/* T_CALLER: the value is the ids of the callbacks of that number and target, the last
 * CALLER_IDS of them. */
#define CALLER_IDS 32
struct caller_ids {
	size_t n;
	uint64_t id[CALLER_IDS];
};
int db_caller_get(struct tx *tx, const char *digits, uint32_t run, uint32_t target,
		  struct caller_ids *ret) MUST_CHECK; /* E_NOTFOUND */
/* Makes the entry; one that is there stays as it is. */
int db_caller_add(struct tx *tx, const char *digits, uint32_t run, uint32_t target) MUST_CHECK;
/* The callback `id` was his. */
int db_caller_note(struct tx *tx, const char *digits, uint32_t run, uint32_t target,
		   uint64_t id) MUST_CHECK;

#endif
