/*
 * The steps of a file that comes in: effects, idempotent by intake id. For
 * incoming.c and incoming_recover.c only.
 */
#ifndef ENGINE_TURN_STEPS_H
#define ENGINE_TURN_STEPS_H

#include "engine/turn/engine.h"

/* While such a file is being read nobody new is contacted: what it says may be about anybody. */
bool kind_changes_debts(enum layout_kind kind);

int step_move_later(struct engine *e, const struct intake_rec *in, enum spool_kind from,
		    enum spool_kind to) MUST_CHECK;
int step_archive_later(struct engine *e, const struct intake_rec *in,
		       enum spool_kind at) MUST_CHECK;
/* The copy of a fetch whose file is known already. */
int step_remove_copy_later(struct engine *e, uint32_t id, const char *name) MUST_CHECK;
/* The engine's counts of files under way, up or down by `by`. */
int step_count_later(struct engine *e, const struct intake_rec *in, int by) MUST_CHECK;
/* To the intake thread; E_NOTFOUND: its layout is not in the specs. */
int step_load_later(struct engine *e, const struct intake_rec *in, bool check) MUST_CHECK;
/* The key of alerts about this file: another one that ends well says nothing about it. */
#define INTAKE_ALERT 24
const char *intake_alert(uint32_t id, char key[INTAKE_ALERT]);
/* It could not be read: an alert, and it is loaded again soon. */
int step_trouble(struct engine *e, const struct intake_rec *in, int err) MUST_CHECK;
/* `again`: the same file was put back after its move, so its place there is taken. */
int step_remote_move_later(struct engine *e, const struct intake_rec *in, bool again) MUST_CHECK;

#endif
