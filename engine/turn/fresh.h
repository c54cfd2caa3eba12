/*
 * Payments must be fresh before anybody is contacted: a file of the run's drop that
 * is newer than the department's rule says (payments_check). Without one a run is
 * not started, and a running one stands still, with an alert an hour before its
 * first window of the day. It goes on by itself as soon as a newer file is taken:
 * nobody has to be there for that. A payments file that was refused stops the runs
 * of its drop until a later one is taken, whatever the rule.
 */
#ifndef ENGINE_TURN_FRESH_H
#define ENGINE_TURN_FRESH_H

#include "engine/turn/record.h"

struct engine;
struct run_view;
struct config_department;

/* What is known of the payments of one drop; of when they were received. */
struct fresh {
	char drop[MAX_ID];
	int64_t taken_ms, refused_ms; /* the newest; 0: none */
};

/* Payments for contact at `at_ms` must have been received at or after this; 0: they are not looked
 * at. Pure. */
int64_t fresh_since(const struct config_department *d, const struct calendar *cal, int64_t at_ms);
/* May people of that drop be contacted at `at_ms`? If not, why. Pure. */
bool fresh_enough(const struct fresh *f, int64_t since_ms, char why[MAX_WORDS]);

/* May this campaign's people, whose files come from `drop`, be contacted at `at_ms`? */
bool fresh_may(struct engine *e, const struct campaign *c, const char *drop, int64_t at_ms,
	       char why[MAX_WORDS]);
/* Memory: a payments file ended so. Clears the drop's alert, or raises it. */
void fresh_note(struct engine *e, const struct intake_rec *in);
int fresh_note_later(struct engine *e, const struct intake_rec *in) MUST_CHECK;
/* The run's first window from now on opens at `opens_ms`. False: it may not use it; *ret_again_ms
 * is when to look again. Raises the alert when it is time. */
bool fresh_gate(struct engine *e, struct run_view *run, int64_t opens_ms, int64_t *ret_again_ms);

#endif
