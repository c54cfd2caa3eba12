/*
 * `scenario.check`, `scenario.export`, `scenario.editions`, `scenario.diff`, in the reader
 * threads: what somebody needs who hands a scenario in, and what became of it before.
 *
 * scenario.check reads a document in the reader's own thread, as long as its walk takes,
 * and has its new sentences read by the synthesiser, MOST_SAID of them, one reader at a
 * time (E_AGAIN: somebody else listens now). Whoever imports one without it hears of what
 * is wrong from the import.
 */
#include "engine/spec_in.h"
#include "engine/turn/edit.h"
#include "engine/turn/edition_reads.h"
#include "engine/turn/engine.h"
#include "engine/turn/reads.h"
#include "engine/turn/sample.h"
#include "engine/turn/scenario_edit.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SAID = 20 };

/* ---- scenario.check ---- */

/* Some prompt of the document in force says that already: it was read before. */
static bool is_said(const struct scenario *s, const struct sample *sample, const char *text)
{
	bool found = false;
	for (size_t i = 0; i < scenario_prompts(s) && !found; i++) {
		struct prompt_texts t = {0};
		if (scenario_prompt_texts(s, i, &sample->vars, &t) == 0 && t.n)
			found = strcmp(t.text[0], text) == 0;
		prompt_texts_free(&t);
	}
	return found;
}

static int read_aloud(struct engine *e, const struct prompt_texts *t, char bad[8])
{
	struct prompt prompt = {0};
	int err = sample_say(e, t, &prompt, NULL, 0, bad);
	prompt_clear(&prompt);
	return err;
}

/* New sentences that lose a character, as they would be said to the sample. */
static int check_readings(struct engine *e, const struct campaign *c, const struct scenario *old,
			  const struct scenario *fresh, struct problems *problems)
{
	struct sample sample;
	size_t said = 0;
	int err = 0;
	sample_of(e, c, &sample);
	for (size_t i = 0; i < scenario_prompts(fresh) && !err; i++) {
		struct prompt_texts t = {0};
		char bad[8] = "";
		int made = scenario_prompt_texts(fresh, i, &sample.vars, &t);
		if (!made && t.n && !is_said(old, &sample, t.text[0])) {
			if (said++ == MOST_SAID) {
				problems_warn(problems, c->scenario, 0,
					      "more than %d sentences are new: the readings of the "
					      "rest were not checked; listen to them",
					      MOST_SAID);
				err = E_FULL;
			} else {
				err = read_aloud(e, &t, bad);
			}
		}
		if (err == E_INVALID) {
			problems_error(problems, c->scenario, scenario_prompt_line(fresh, i),
				       "\"%s\" cannot be read: write it in kana, or add it to the "
				       "lexicon",
				       bad);
			err = 0;
		}
		prompt_texts_free(&t);
	}
	return err == E_FULL ? 0 : err;
}

/* The synthesiser is there or not under its lock alone: channels_stop() takes it away. */
static int check_aloud(struct engine *e, const struct campaign *c, const struct scenario *old,
		       const struct scenario *fresh, struct problems *problems)
{
	if (pthread_mutex_trylock(&e->speech_lock) != 0)
		return E_AGAIN;
	int err = e->speech ? check_readings(e, c, old, fresh, problems) : 0;
	pthread_mutex_unlock(&e->speech_lock);
	return err;
}

static int check(struct engine *e, const struct campaign *c, const struct scenario *old, int file,
		 struct problems *problems)
{
	struct scenario *fresh = NULL;
	char *bytes = NULL;
	size_t n = 0;
	int err = spec_in_bytes(file, &bytes, &n);
	if (!err)
		err = e->ports->scenario->load_bytes(
		    c->scenario, bytes, n, specs_scenario_words(e->specs), problems, &fresh);
	if (!err)
		scenario_fits(e, c->scenario, fresh, problems);
	if (!err)
		err = check_aloud(e, c, old, fresh, problems);
	scenario_unref(fresh);
	free(bytes);
	return err;
}

int read_scenario_check(const struct query *q, struct answer *a)
{
	struct engine *e = q->ctx;
	const struct campaign *c;
	struct scenario *s;
	struct problems problems;
	int err = sample_find(q, a, &c, &s);
	if (err)
		return err;
	problems_init(&problems);
	err = check(e, c, s, q->file, &problems);
	if (err == E_AGAIN)
		err = answer_refuse(a, err, "somebody else listens now: try again");
	else if (err && !problems.errors)
		err = answer_refuse(a, err == E_LIMIT ? E_INVALID : err,
				    "a scenario is a regular file of text, at most %u kB",
				    MAX_EDIT_BYTES >> 10);
	else
		err = answer_problems(q, a, &problems);
	problems_free(&problems);
	return err;
}

/* ---- editions ---- */

int read_scenario_editions(const struct query *q, struct answer *a)
{
	const struct campaign *c;
	struct scenario *s;
	int err = sample_find(q, a, &c, &s);
	if (err)
		return err;
	answer_put(a, "scenario", json_new_str(c->scenario));
	return editions_list(q, a, EDITION_SCENARIO, c->scenario, scenario_source(s),
			     edition_put_bytes);
}

int read_scenario_export(const struct query *q, struct answer *a)
{
	const struct campaign *c;
	struct scenario *s;
	int err = sample_find(q, a, &c, &s);
	if (err)
		return err;
	const struct edition_of of = {EDITION_SCENARIO, c->scenario, "scenario"};
	return edition_export(q, a, &of, scenario_source(s));
}

int read_scenario_diff(const struct query *q, struct answer *a)
{
	const struct campaign *c;
	struct scenario *s;
	int err = sample_find(q, a, &c, &s);
	if (err)
		return err;
	const struct edition_of of = {EDITION_SCENARIO, c->scenario, "scenario"};
	return edition_diff_lines(q, a, &of);
}
