/* A scenario's sentences for one resident: text, reading, and sound if asked for. */
#ifndef ENGINE_CLI_SAY_H
#define ENGINE_CLI_SAY_H

#include "engine/scenario.h"
#include "engine/speech.h"

/* Prints each prompt's text and reading; `out` (may be NULL): a folder for prompt-N.wav. `specs`:
 * for its lexicon. A sentence that cannot be read is an error among the problems. */
int say_scenario(const struct speech_ops *speech, struct scenario *s, const char *specs,
		 const struct scenario_vars *vars, const char *out,
		 struct problems *problems) MUST_CHECK;

#endif
