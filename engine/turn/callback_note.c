/*
 * Notes: calls that came in and that staff should look at.
 *
 * One open note a caller, for the same target: somebody who rings a hundred times, or a
 * machine with its number withheld, fills one line of the list, which says how often and
 * when last. What a call brings that is new (a wish, a date) is never hidden in
 * another's line: it gets a note of its own. Callers without a number have one open note
 * a department, whatever they keyed: nobody can ring them back, so there is nothing to
 * do about one of them; their calls stay on record one by one.
 */
#include "engine/turn/callback.h"

#include "engine/control.h"
#include "engine/log.h"

#include <string.h>

static bool says_the_same(const struct callback_rec *new, const struct callback_rec *open)
{
	bool same = new->n_replies == open->n_replies;
	for (size_t i = 0; i < new->n_replies &&same; i++)
		same = strcmp(new->replies[i].name, open->replies[i].name) == 0 &&
		       strcmp(new->replies[i].value, open->replies[i].value) == 0;
	return new->n_replies == 0 || same;
}

static bool may_join(const struct callback_rec *new, const struct callback_rec *open)
{
	return open->note && !open->done_ms && open->id != new->id && open->run == new->run &&
	       open->target == new->target &&
	       (new->kind != CALLER_KNOWN || says_the_same(new, open));
}

/* The caller's open note; E_NOTFOUND: none, or one that this call is not counted to. */
static int find_open(struct engine *e, const struct callback_rec *r, struct callback_rec *ret)
{
	uint64_t id;
	int err = db_note_get(&e->tx, r, &id);
	if (!err)
		err = db_callback_get(&e->tx, id, ret); /* its data may be deleted */
	return err ? err : may_join(r, ret) ? 0 : E_NOTFOUND;
}

int callback_note_open(struct engine *e, struct callback_rec *r)
{
	struct callback_rec open;

	if (r->note || r->joined)
		return 0; /* it has one: recovery runs again */
	int err = find_open(e, r, &open);
	if (err == E_NOTFOUND) {
		r->note = true;
		r->times = 1;
		r->last_ms = r->came_ms;
		return db_note_put(&e->tx, r, r->id);
	}
	if (err)
		return err;
	r->joined = open.id;
	open.times = (open.times ? open.times : 1) + 1;
	open.last_ms = r->came_ms;
	return db_callback_put(&e->tx, &open);
}

/* ---- staff ---- */

static int close_note(struct engine *e, const struct callback_rec *r)
{
	uint64_t id;
	int err = db_note_get(&e->tx, r, &id);
	if (err)
		return err == E_NOTFOUND ? 0 : err; /* of a version without the index */
	return id == r->id ? db_note_del(&e->tx, r) : 0;
}

int callback_note_done(struct engine *e, struct command *cmd)
{
	struct callback_rec r;
	const char *reason = "";
	int64_t id = 0;
	json_get_int(cmd->params, "callback", &id);
	json_get_str(cmd->params, "reason", &reason);
	int err = db_callback_get(&e->tx, (uint64_t)id, &r);
	bool theirs = !err && strcmp(r.department, cmd->who.department) == 0;
	if (err == E_NOTFOUND || (!err && !theirs))
		return command_refuse(cmd, E_NOTFOUND,
				      "there is no callback %lld of yours: see "
				      "osame callbacks",
				      (long long)id);
	if (err)
		return err;
	if (r.joined)
		return command_refuse(cmd, E_STATE,
				      "its note is that of callback %llu, an earlier call of the "
				      "same caller",
				      (unsigned long long)r.joined);
	if (!r.note || r.done_ms)
		return command_refuse(cmd, E_STATE,
				      r.note ? "it is done already" : "it has no note");
	r.done_ms = e->now_ms;
	r.done_by = cmd->who.user;
	r.done_why = reason;
	log_info("event=callback-done id=%llu user=%s", (unsigned long long)r.id, cmd->who.user);
	err = close_note(e, &r);
	if (!err)
		err = db_callback_put(&e->tx, &r);
	if (!err)
		command_result(cmd, json_new_object());
	return err;
}
