/* Prompts as words: see scenario_prompt_texts in engine/scenario.h. */
#ifndef ENGINE_SCENARIO_TEXTS_H
#define ENGINE_SCENARIO_TEXTS_H

#include "engine/scenario/model.h"
#include "engine/scenario/say.h"

/* False: a value of it is not there for this target (a debt that he does not have): it is neither
 * rendered nor played. */
bool texts_has_meaning(const struct model_prompt *p, const struct scenario_vars *vars);

/* The prompt behind IA_PLAY's number, and which day after today it speaks of (-1: none). NULL:
 * there is no such number. */
const struct model_prompt *texts_prompt_at(const struct scenario *s, size_t number, int *ret_ahead);

#endif
