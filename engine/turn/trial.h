/*
 * Trials (試し送り): an SMS of a campaign's text to a telephone of the staff, because somebody of
 * the department asked for it. docs/trial.md has the rules.
 *
 * Promises: only to a [trial] section of the caller's department; the text is made of the campaign
 * and of samples, no resident's record is read; the intent is on disk before the channel has it;
 * and what it brings changes nothing but its own record and the money. On failure nothing was
 * sent, or its record says that nobody knows (90), and it is not repeated.
 */
#ifndef ENGINE_TURN_TRIAL_H
#define ENGINE_TURN_TRIAL_H

#include "engine/turn/engine.h"

/* trial.c: `text.trial` */
int on_trial_text(struct engine *e, struct command *cmd) MUST_CHECK;
/* An effect: what the channels have of trials and did not send yet is called back. */
int trials_recall_later(struct engine *e) MUST_CHECK;

/* trial_end.c: what the channels say */
/* Is this under way, and a trial? */
bool trial_flies(const struct engine *e, uint64_t id);
int on_trial(struct engine *e, const struct event *ev) MUST_CHECK;
/* What came for no attempt; *ret_known: it was for a trial that is over. */
int trial_late(struct engine *e, const struct event *ev, bool *ret_known) MUST_CHECK;
/* Its receipt did not come. */
int trial_expire(struct engine *e, uint64_t id) MUST_CHECK;
/* At start: intents without an outcome. */
int trials_recover(struct engine *e) MUST_CHECK;

#endif
