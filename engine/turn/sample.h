/*
 * The invented resident to whom scenarios are said on a screen: nobody sees or hears
 * anybody's debts there. For the reads of reads_scenario.c and reads_tryout.c.
 */
#ifndef ENGINE_TURN_SAMPLE_H
#define ENGINE_TURN_SAMPLE_H

#include "engine/control.h"
#include "engine/scenario.h"
#include "engine/turn/specs.h"

struct engine;

struct sample {
	struct scenario_debt debt;
	struct scenario_vars vars;
};

void sample_of(const struct engine *e, const struct campaign *c, struct sample *s);
/* The campaign of the query's parameters and its scenario, behind the department's wall. */
int sample_find(const struct query *q, struct answer *a, const struct campaign **ret_c,
		struct scenario **ret_s) MUST_CHECK;
/* `words`: the prompt as it is spoken to it, recordings by a mark of their own; "": it has no
 * meaning for the sample. */
void sample_put_words(struct json *j, const struct scenario *s, const struct sample *sample,
		      size_t prompt);
/* The first of the texts that can be read, as in a call. With e->speech_lock held, and e->speech
 * there. `reading` may be NULL, `bad` too: the character that is in no lexicon. E_INVALID: none
 * can. */
int sample_say(struct engine *e, const struct prompt_texts *texts, struct prompt *ret,
	       char *reading, size_t size, char bad[8]) MUST_CHECK;

#endif
