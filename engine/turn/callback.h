/*
 * Calls that come in, in the engine's turn. See docs/inbound.md.
 *
 *   callback.c         what the channel reports: somebody rings, is gone, was answered,
 *                      is over; and what a crash left
 *   callback_look.c    who is meant and what stands in the way, from the records
 *   callback_answer.c  the order: what is said is on record before it is given
 *   callback_voice.c   the prompts: of announcements, and of who rings
 *   callback_end.c     what a call that came in means for its target
 *   callback_note.c    what staff should look at: one open note a caller
 */
#ifndef ENGINE_TURN_CALLBACK_H
#define ENGINE_TURN_CALLBACK_H

#include "engine/turn/callrec.h"
#include "engine/turn/engine.h"

/* Somebody rings, and no order was given yet. In memory only: a crash makes it a missed call. */
struct ringing {
	struct ringing *next;
	uint64_t id, inbound; /* ours; the channel's */
	size_t department;    /* place in the configuration: whose announcements */
	int64_t until_boot_ms;
	/* the prompts of his scenario */
	uint64_t job; /* of the pool, or 0 */
	bool done;
	int err;
	struct prompt_set *set;
	uint64_t debts_version, print;
	int32_t day;
};

struct announced {
	uint64_t job; /* under way, or 0 */
	struct prompt_set *set;
	int64_t again_boot_ms; /* it failed: not asked for before */
	bool hopeless;         /* it cannot be spoken */
};

struct callbacks {
	struct ringing *list;
	size_t talking; /* calls that came in and were answered: flights */
	struct announced announced[CONFIG_MOST_DEPARTMENTS][ANNOUNCEMENTS];
};

/* What of the records decides; in the turn's arena. */
struct callback_case {
	struct callback_facts facts;
	size_t department; /* place in the configuration */
	struct target target;
	struct run_rec *run;  /* NULL: nobody is meant */
	struct run_view view; /* id, campaign and scenario only; lent */
	struct asked asked;
	uint64_t print;
};

/* ---- callback.c ---- */
int callbacks_new(struct engine *e) MUST_CHECK;
void callbacks_free(struct engine *e);
int on_inbound(struct engine *e, const struct event *ev) MUST_CHECK;
int on_inbound_gone(struct engine *e, const struct event *ev) MUST_CHECK;
/* EV_DROPPED, EV_PLACED, EV_ANSWERED, EV_CALL_ENDED of a call that came in. */
int on_callback(struct engine *e, const struct event *ev) MUST_CHECK;
/* At start, for an id of the open list. False: it is no call that came in. */
int callback_recover(struct engine *e, uint64_t id, bool *ret_known, bool *ret_attempt,
		     struct callback_rec *ret) MUST_CHECK;

/* ---- callback_look.c ---- */
/* The target's numbers may be rung back from: with its first attempt. */
int callback_index(struct engine *e, const struct target *t) MUST_CHECK;
/* Which department's number was dialled; false: nobody's, *ret is the first. */
bool callback_department(const struct engine *e, const char *called, size_t *ret);
/* Fills match, run, target and person of a record whose caller and department are known. */
int callback_match(struct engine *e, struct callback_rec *r) MUST_CHECK;
/* Everything but the prompts (speakable and ready are true). */
int callback_look(struct engine *e, const struct callback_rec *r,
		  struct callback_case *ret) MUST_CHECK;

/* ---- callback_answer.c ---- */
/* Each turn: who rings and can be answered now. */
int callbacks_look(struct engine *e) MUST_CHECK;
bool callbacks_wait(const struct engine *e); /* somebody rings: look again soon */
/* An effect: the channel is told to refuse. */
int callback_refuse(struct engine *e, uint64_t inbound, int status) MUST_CHECK;
/* It was never answered. The record is put; what it held is free. */
int callback_missed(struct engine *e, struct callback_rec *r) MUST_CHECK;
/* Its number is free again. */
int callback_release(struct engine *e, const struct callback_rec *r) MUST_CHECK;

/* ---- callback_voice.c ---- */
/* Memory, each turn: announcements that are not there yet. */
void announcements_ask(struct engine *e);
/* An effect: the prompts of this case for who rings. `r` may not be in the list yet. */
int callback_ask(struct engine *e, uint64_t id, const struct callback_case *c) MUST_CHECK;
/* Memory: the pool's answer. False: it was not ours. */
bool callback_rendered(struct engine *e, struct event *ev);
struct ringing *ringing_find(struct engine *e, uint64_t id);
void ringing_free(struct ringing *r);

/* ---- callback_note.c ---- */
/* Somebody of the staff should look at it: its own note, or one more of its caller's open one. The
 * caller puts the record. */
int callback_note_open(struct engine *e, struct callback_rec *r) MUST_CHECK;
int callback_note_done(struct engine *e, struct command *cmd) MUST_CHECK; /* `callback.done` */

/* ---- callback_end.c ---- */
/* Its attempt speaks for the target: the person was there and heard the main message. */
bool callback_counts(const struct attempt *a);
/* o:sms in a call that came in: into the target's next window, or a word about it. */
int callback_sms(struct engine *e, struct attempt *a, struct target *t, const char *text,
		 int number) MUST_CHECK;
/* Debts of a target changed: who speaks about them now is told. */
int callback_stale(struct engine *e, const struct target *t) MUST_CHECK;

#endif
