/* Files that are handed in by hand (put.c), and what incoming.c does for them. */
#ifndef ENGINE_TURN_PUT_H
#define ENGINE_TURN_PUT_H

#include "engine/control.h"
#include "engine/event.h"
#include "engine/handed.h"
#include "engine/turn/engine.h"

/* ---- put.c ---- */
/* 0: it is answered later, by put.c itself. */
int on_put_command(struct engine *e, struct command *cmd) MUST_CHECK;
int on_handed(struct engine *e, const struct event *ev) MUST_CHECK;
void puttings_free(struct engine *e);

/* ---- incoming.c ---- */
/* No campaign of another department takes a file of that name. */
bool incoming_may_hand(struct engine *e, const char *name, const char *department);
/* The record of a copy in arriving/, or of the same file that came before (*ret_known). */
int incoming_hand(struct engine *e, const char *drop, const struct handed_file *file,
		  const char *by, struct intake_rec *ret, bool *ret_known) MUST_CHECK;

#endif
