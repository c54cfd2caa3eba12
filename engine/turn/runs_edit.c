/*
 * What the change of a document does to runs: see edit.h. A run that is submitted or
 * approved goes back to a draft, since what was read there is not what would be sent;
 * one that runs is never changed under way.
 */
#include "engine/turn/edit.h"

#include "engine/turn/message.h"

#include <string.h>

static int take_back(struct engine *e, const struct command *cmd, struct run_rec *run)
{
	int err = run_set(&run->state, RUN_DRAFT);
	if (err)
		return err;
	run_touch(e, run);
	return archive_note_later(e, run, "changed", cmd->who.user, e->now_ms);
}

int runs_may_change(struct engine *e, struct command *cmd, edit_uses_fn uses, const char *doc)
{
	for (size_t i = 0; i < e->n_runs; i++) {
		const struct campaign *c = e->runs[i]->campaign;
		struct run_rec *run;
		if (!c || !uses(e, c, doc))
			continue;
		int err = run_work(e, e->runs[i]->id, &run);
		if (err)
			return err;
		if (run->state == RUN_RUNNING || run->state == RUN_PAUSED)
			return command_refuse(cmd, E_STATE,
					      "run %u of campaign %s is %s with it: change it when "
					      "the run is over, or close the run first",
					      run->id, c->id, run_state_word(run->state));
	}
	return 0;
}

int runs_take_back(struct engine *e, const struct command *cmd, edit_uses_fn uses, const char *doc,
		   size_t *ret_n)
{
	size_t n = 0;
	for (size_t i = 0; i < e->n_runs; i++) {
		const struct campaign *c = e->runs[i]->campaign;
		struct run_rec *run;
		if (!c || !uses(e, c, doc))
			continue;
		int err = run_work(e, e->runs[i]->id, &run);
		if (!err && (run->state == RUN_SUBMITTED || run->state == RUN_APPROVED)) {
			err = take_back(e, cmd, run);
			n++;
		}
		if (err)
			return err;
	}
	*ret_n = n;
	return 0;
}

int edit_blocks(struct engine *e, struct command *cmd, const struct campaign *c)
{
	const char *text;
	bool writing = false;
	int err =
	    c->scenario[0] ? edit_is_writing(&e->tx, EDITION_SCENARIO, c->scenario, &writing) : 0;
	for (size_t i = 0; !err && !writing && (text = message_text_at(e->specs, c, i)); i++)
		err = *text ? edit_is_writing(&e->tx, EDITION_TEXT, text, &writing) : 0;
	if (!err && !writing)
		err = edit_is_writing(&e->tx, EDITION_CAMPAIGN, c->id, &writing);
	if (!err && writing)
		err =
		    command_refuse(cmd, E_STATE,
				   "campaign %s, its scenario or a text of it is being saved just "
				   "now: try again",
				   c->id);
	return err;
}
