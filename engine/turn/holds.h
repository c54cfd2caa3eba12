/*
 * Holds (保留) and the number book (番号台帳) in the engine's transaction: made, ended,
 * and asked right before an intent is written. See docs/holds.md.
 *
 * A hold that is made reaches who is being called: what waits is planned anew, what
 * flies is recalled. One that is ended lets who still waits be called.
 */
#ifndef ENGINE_TURN_HOLDS_H
#define ENGINE_TURN_HOLDS_H

#include "engine/turn/engine.h"
#include "engine/turn/holdrec.h"

struct command;

/* ---- holds.c ---- */
/* May this person not be contacted now? *ret_until_ms: 0 he may; when it is over otherwise
 * (INT64_MAX: when somebody ends it). A hold made by the call `but` does not count: the message
 * that the same call asked for is part of it. */
int hold_stops(struct engine *e, const struct target *t, const struct debt *debts, size_t n,
	       uint64_t but, int64_t *ret_until_ms) MUST_CHECK;
/* Gives it its number and makes it; replies and files renew a hold of the same kind that still
 * lasts. Everything of `h` but id, city, promise and until_ms is the caller's; until_day: DAY_NONE
 * for the kind's own term. `self`: the target whose attempt is being ended, or NULL. */
int hold_make(struct engine *e, struct hold_rec *h, int32_t until_day,
	      const struct target *self) MUST_CHECK;
int hold_end(struct engine *e, struct hold_rec *h, const char *by, const char *why) MUST_CHECK;
/* What a call's replies ask for: holds, and the stop of its number. May add a task to them. */
int holds_by_reply(struct engine *e, struct attempt *a, const struct target *t) MUST_CHECK;
/* Each turn: promises whose days are over are kept, or broken. */
int promises_look(struct engine *e) MUST_CHECK;
int64_t promises_next_due(const struct engine *e);
/* At start: the filters, and when to look at promises first. */
int holds_recover(struct engine *e) MUST_CHECK;

/* ---- numbers.c ---- */
/* Marks in a copy of a target's numbers what must not be used for him. */
int numbers_usable(struct engine *e, const char *person, struct number *numbers, size_t n,
		   bool no_voice[MAX_NUMBERS]) MUST_CHECK;
/* May this one be used? For what was planned before. */
int number_stopped(struct engine *e, const char *digits, const char *person, enum channel channel,
		   bool *ret_stopped) MUST_CHECK;
/* Makes the entry, or renews it. All but times, made_ms and the end is the caller's. */
int mark_make(struct engine *e, struct mark_rec *m) MUST_CHECK;
int mark_end(struct engine *e, struct mark_rec *m, const char *by, const char *why) MUST_CHECK;
/* What an outcome says of its number: 30, 51. */
int mark_by_outcome(struct engine *e, const struct attempt *a, const char *department) MUST_CHECK;
int numbers_recover(struct engine *e) MUST_CHECK;

/* ---- bookrows.c: rows of both that go back ---- */
int bookrow_hold(struct engine *e, const struct hold_rec *h, enum book_event event) MUST_CHECK;
int bookrow_mark(struct engine *e, const struct mark_rec *m, enum book_event event) MUST_CHECK;
int bookrows_cut(struct engine *e) MUST_CHECK;
int64_t bookrows_next_due(const struct engine *e);
void bookrows_committed(struct engine *e); /* memory: what waits for a file */

/* ---- hold_cmd.c ---- */
bool is_hold_command(int method);
int on_hold_command(struct engine *e, struct command *cmd, int method) MUST_CHECK;

/* ---- hold_files.c: rows of files ---- */
int load_holds(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
	       struct load_counts *counts) MUST_CHECK;
int load_numbers(struct engine *e, struct intake_rec *in, const struct row_batch *batch,
		 struct load_counts *counts) MUST_CHECK;

#endif
