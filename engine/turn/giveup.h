/*
 * A file that cannot be read to its end is given up by a person (intake.refuse): its copy is
 * lost, its disk is broken, its layout will not come back. Until then one that may stop contact
 * keeps everybody silent (hush.h).
 *
 * Promise: it ends as `refused`, in one transaction with its receipt and its errors file, which
 * say how many of its rows were applied; those stay applied. What the intake thread may still
 * send of it is taken by nobody, as its state says. One that is being read, that was read, or
 * whose rows are debts of a run is not given up. The same drop stays known: the same bytes count
 * as a new file only under another name.
 *
 * A payments file that was given up counts as refused: nobody of that drop is contacted before a
 * good one came (fresh.h). The other kinds have no such guard; that is why a person answers for it.
 */
#ifndef ENGINE_TURN_GIVEUP_H
#define ENGINE_TURN_GIVEUP_H

#include "engine/err.h"

struct command;
struct engine;

int on_giveup_command(struct engine *e, struct command *cmd) MUST_CHECK;

#endif
