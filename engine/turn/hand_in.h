/*
 * Documents that staff hand in as a file, or take back, whatever they are: read and checked
 * by a thread of its own (engine/spec_in.h), and saved as every document is (edit.h):
 *
 *	command -> hand_in_begin() -> EV_SPEC_READ -> the kind's save() -> edit_begin()
 *	        -> EV_SPEC_WRITTEN -> answered
 *
 * Nothing is kept of one that does not pass. Savings go on while it is read, so save()
 * asks again what hand_in_begin() asked.
 *
 * Crash windows: before edit_begin() nothing was saved; behind it edit.c has it.
 */
#ifndef ENGINE_TURN_HAND_IN_H
#define ENGINE_TURN_HAND_IN_H

#include "engine/control.h"
#include "engine/spec_in.h"
#include "engine/turn/edition.h"
#include "engine/turn/engine.h"

struct hand_in;
struct hand_in_kind {
	struct spec_in_kind in;
	enum edition_kind kind;
	const char *word, *end; /* "scenario", ".vxml" */
	/* It was read: the edit_order, or a refusal. `doc` is not its own. */
	int (*save)(struct engine *e, const struct hand_in *h, void *doc);
};

/* One that is being read. */
struct hand_in {
	struct hand_in *next;
	uint64_t id;
	const struct hand_in_kind *kind;
	struct command *command;
	char doc[MAX_ID], version[65]; /* of the document that it is to replace */
	uint32_t from;                 /* the edition that is taken back, or 0 */
	struct spec_in_job *job;       /* until it is posted */
};

/* What it is to replace, which the caller found for its department. */
struct hand_in_old {
	const char *doc, *version, *source;
};
/* `restore`: an older edition, else the command's descriptor. 0: it is answered later. */
int hand_in_begin(struct engine *e, struct command *cmd, const struct hand_in_kind *kind,
		  const struct hand_in_old *old, bool restore) MUST_CHECK;
int on_hand_in_read(struct engine *e, const struct event *ev) MUST_CHECK;
void hand_ins_free(struct engine *e);

/* For save(). The document there is now; E_STATE if it is not the one that was looked at, or
 * nothing may be saved now; E_INVALID if `bytes` is what it says already. */
int hand_in_still(struct engine *e, const struct hand_in *h, const struct hand_in_old *now,
		  const char *bytes) MUST_CHECK;
/* 0, or the first error in words. */
int hand_in_refuse(struct command *cmd, const struct problems *problems) MUST_CHECK;

#endif
