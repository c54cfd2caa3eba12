/*
 * The saving of a document of the specs folder (engine/turn/edition.h), whatever it is:
 *
 *	1. its own command asks edit_may_begin(), checks it, and hands it here in an edit_order;
 *	2. one transaction: no run that has it is running or paused, and the edition is on
 *	   record as `writing`;
 *	3. a thread of its own writes the file (engine/spec_file.h);
 *	4. one transaction: the edition is `kept`, and runs that had the old one in their
 *	   approval are drafts again (runs_take_back()); or it is `lost`, and nothing else.
 *	   Then memory goes on with the new document, and whoever saved it is answered.
 *
 * Approvals fall in 4, not in 2: a file that cannot be written costs nobody one. So between
 * 2 and 4 no run that has the document is submitted, approved, started or resumed
 * (edit_blocks()). A crash in between: edit_recover(); runs whose approval is of the old
 * document become drafts at the start then (runs_recover()).
 *
 * One saving at a time, whatever the document is: texts, scenarios and campaigns are checked
 * against each other as they are in memory, and two on their way would each pass by the other's old
 * one. The next start would find that they do not fit, and not start.
 */
#ifndef ENGINE_TURN_EDIT_H
#define ENGINE_TURN_EDIT_H

#include "engine/control.h"
#include "engine/turn/edition.h"
#include "engine/turn/engine.h"

struct edit_order {
	enum edition_kind kind;
	const char *doc;    /* its id */
	const char *folder; /* "texts" */
	const char *end;    /* ".txt" */
	const char *bytes;  /* the new file */
	const char *before; /* the file as the engine read it */
	const char *note;
	uint32_t from; /* the edition that is taken back, or 0 */
	void *fresh;   /* the document, for adopt() */
	/* Memory, once it is on disk: the engine goes on with `fresh`, which it owns then. */
	void (*adopt)(struct engine *e, const char *doc, void *fresh);
	void (*drop)(void *fresh);
	/* A campaign has it: runs of it lose their approval. */
	bool (*uses)(const struct engine *e, const struct campaign *c, const char *doc);
	struct json *result; /* what its own command answers; version and sha256 come to it */
};

/* May a saving of it begin in this transaction? Asked before anything is checked or written, since
 * what a refused command wrote is committed. E_STATE, E_LIMIT: refused in words. */
int edit_may_begin(struct engine *e, struct command *cmd, enum edition_kind kind, const char *doc,
		   const char *before) MUST_CHECK;
/* Takes fresh and result, whatever it answers. 0: it is answered later, by edit.c itself. */
int edit_begin(struct engine *e, struct command *cmd, const struct edit_order *order) MUST_CHECK;
int on_spec_written(struct engine *e, const struct event *ev) MUST_CHECK;
void edits_free(struct engine *e);
/* Is a saving of it under way? In this transaction, whatever began it. */
int edit_is_writing(struct tx *tx, enum edition_kind kind, const char *doc, bool *ret) MUST_CHECK;
/* At start: the file of this document holds `bytes`. */
int edit_recover(struct engine *e, enum edition_kind kind, const char *doc,
		 const char *bytes) MUST_CHECK;
void edit_hash(const struct digest_ops *d, const char *bytes, char out[65]);

/* ---- runs_edit.c ---- */
typedef bool (*edit_uses_fn)(const struct engine *e, const struct campaign *c, const char *doc);
/* A document is about to change. E_STATE: a run of a campaign that has it is running or paused. */
int runs_may_change(struct engine *e, struct command *cmd, edit_uses_fn uses,
		    const char *doc) MUST_CHECK;
/* It changed: nobody may be contacted with what nobody approved. Runs that are submitted or
 * approved become drafts; *ret_n: how many. */
int runs_take_back(struct engine *e, const struct command *cmd, edit_uses_fn uses, const char *doc,
		   size_t *ret_n) MUST_CHECK;
/* A run of this campaign is not submitted, approved, started or resumed while one of its documents
 * is on its way. E_STATE. */
int edit_blocks(struct engine *e, struct command *cmd, const struct campaign *c) MUST_CHECK;

#endif
