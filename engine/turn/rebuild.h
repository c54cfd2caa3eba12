/* Files that went out, once more: see rebuild.c. */
#ifndef ENGINE_TURN_REBUILD_H
#define ENGINE_TURN_REBUILD_H

#include "engine/control.h"
#include "engine/turn/engine.h"

bool is_outfile_command(int method);
/* 0 and M_OUTFILE_REBUILD: it is answered later, by on_rebuilt(). */
int on_outfile_command(struct engine *e, struct command *cmd, int method) MUST_CHECK;
int on_rebuilt(struct engine *e, const struct event *ev) MUST_CHECK;
void rebuilds_free(struct engine *e);

#endif
