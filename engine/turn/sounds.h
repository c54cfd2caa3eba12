/*
 * Sound that is kept of calls, in the engine's turn: the record with the outcome, the
 * file by the archiver, what staff type, and the file given to staff.
 */
#ifndef ENGINE_TURN_SOUNDS_H
#define ENGINE_TURN_SOUNDS_H

#include "engine/turn/engine.h"

/* A call ended: what is kept of it is on record, and goes to the archiver after the commit. */
int sounds_keep(struct engine *e, const struct event *ev) MUST_CHECK;
/* The archiver wrote one, or could not. */
int sounds_filed(struct engine *e, const struct archive_done *d) MUST_CHECK; /* transaction */
void sounds_filed_memory(struct engine *e, const struct archive_done *d);
/* Memory, each turn: what waits for the archiver. True: something still does. */
bool sounds_work(struct engine *e);
/* At the end, before the archiver stops: it gets what it takes. */
void sounds_close(struct engine *e);

/* sound_cmd.c: recording.type, recording.fetch */
bool is_sound_command(int method);
/* 0 and M_RECORDING_FETCH: it is answered later, by sound_given(). */
int on_sound_command(struct engine *e, struct command *cmd, int method) MUST_CHECK;
int sound_given(struct engine *e, const struct archive_done *d) MUST_CHECK;

#endif
