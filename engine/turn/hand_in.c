/* See hand_in.h. */
#include "engine/turn/hand_in.h"

#include "engine/turn/edit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void hand_in_free(void *arg)
{
	struct hand_in *h = arg;
	if (h)
		spec_in_job_free(h->job);
	free(h);
}

/* ---- the command ---- */

/* The bytes of an older edition. */
static int take_edition(struct engine *e, struct command *cmd, struct hand_in *h)
{
	struct edition_rec old;
	int64_t n = 0;
	json_get_int(cmd->params, "edition", &n);
	int err = db_edition_get(&e->tx, h->kind->kind, h->doc, (uint32_t)n, &old);
	if (err == E_NOTFOUND || (!err && old.state != EDITION_KEPT))
		return command_refuse(cmd, E_NOTFOUND, "%s %s has no edition %lld", h->kind->word,
				      h->doc, (long long)n);
	if (err)
		return err;
	h->from = old.n;
	h->job->n = strlen(old.bytes);
	h->job->bytes = strdup(old.bytes);
	return h->job->bytes ? 0 : E_NOMEM;
}

static int take_file(struct command *cmd, struct hand_in *h)
{
	h->job->fd = fcntl(cmd->file, F_DUPFD_CLOEXEC, 0);
	return h->job->fd < 0 ? command_refuse(cmd, E_LIMIT, "no descriptor is left: try again")
			      : 0;
}

/* Memory. */
static void post(struct engine *e, void *arg)
{
	struct hand_in *h = arg;
	h->id = h->job->id = ++e->next_hand_in;
	if (spec_in_post(e->spec_in, h->job)) {
		command_refuse(h->command, E_AGAIN, "too much is being saved: try again");
		control_reply(h->command);
		hand_in_free(h);
		return;
	}
	h->job = NULL;
	h->next = e->hand_ins;
	e->hand_ins = h;
}

static struct hand_in *hand_in_new(struct command *cmd, const struct hand_in_kind *kind,
				   const struct hand_in_old *old)
{
	struct hand_in *h = calloc(1, sizeof *h);
	if (!h)
		return NULL;
	h->kind = kind;
	h->command = cmd;
	snprintf(h->doc, sizeof h->doc, "%s", old->doc);
	snprintf(h->version, sizeof h->version, "%s", old->version);
	h->job = calloc(1, sizeof *h->job);
	if (!h->job) {
		free(h);
		return NULL;
	}
	h->job->fd = -1;
	h->job->kind = &kind->in;
	snprintf(h->job->name, sizeof h->job->name, "%s%.6s", h->doc, kind->end);
	return h;
}

int hand_in_begin(struct engine *e, struct command *cmd, const struct hand_in_kind *kind,
		  const struct hand_in_old *old, bool restore)
{
	const char *seen;
	if (json_get_str(cmd->params, "sha256", &seen) && strcmp(seen, old->version) != 0)
		return command_refuse(cmd, E_STATE,
				      "%s %s is not what you looked at: somebody saved it "
				      "meanwhile. Look at it again",
				      kind->word, old->doc);
	int err = edit_may_begin(e, cmd, kind->kind, old->doc, old->source);
	if (err)
		return err;
	struct hand_in *h = hand_in_new(cmd, kind, old);
	if (!h)
		return E_NOMEM;
	err = restore ? take_edition(e, cmd, h) : take_file(cmd, h);
	if (err) {
		hand_in_free(h);
		return err;
	}
	return effect_add(e, post, h, hand_in_free);
}

/* ---- read ---- */

int hand_in_still(struct engine *e, const struct hand_in *h, const struct hand_in_old *now,
		  const char *bytes)
{
	if (!now->version || strcmp(now->version, h->version) != 0)
		return command_refuse(h->command, E_STATE,
				      "somebody else saved %s %s meanwhile: look at it again",
				      h->kind->word, h->doc);
	int err = edit_may_begin(e, h->command, h->kind->kind, h->doc, now->source);
	if (!err && strcmp(now->source, bytes) == 0)
		err = command_refuse(h->command, E_INVALID, "%s %s says that already",
				     h->kind->word, h->doc);
	return err;
}

int hand_in_refuse(struct command *cmd, const struct problems *problems)
{
	const char *what = "it does not fit";
	if (!problems->errors)
		return 0;
	for (size_t i = problems->n; i-- > 0;)
		if (problems->list[i].kind == PROBLEM_ERROR)
			what = problems->list[i].what;
	return command_refuse(cmd, E_INVALID, "%s. Nothing was saved", what);
}

static void take_out(struct engine *e, struct hand_in *h)
{
	for (struct hand_in **at = &e->hand_ins; *at; at = &(*at)->next)
		if (*at == h) {
			*at = h->next;
			break;
		}
}

/* Memory: edit.c has the command now. */
static void handed_on(struct engine *e, void *arg)
{
	take_out(e, arg);
	hand_in_free(arg);
}

/* Memory. */
static void refused(struct engine *e, void *arg)
{
	struct hand_in *h = arg;
	take_out(e, h);
	control_reply(h->command);
	hand_in_free(h);
}

static int unfit(const struct hand_in *h, const struct spec_read *read)
{
	if (read->err == E_LIMIT && !read->errors)
		return command_refuse(h->command, E_INVALID,
				      "a %s has at most %u kB. Nothing was saved", h->kind->word,
				      MAX_EDIT_BYTES >> 10);
	if (!read->errors)
		return command_refuse(h->command, read->err == E_INVALID ? E_INVALID : E_IO,
				      "what was handed in cannot be read: %s. Nothing was saved",
				      err_str(read->err));
	return command_refuse(h->command, E_INVALID, "%s%s Nothing was saved", read->why,
			      read->errors > 1 ? " (and more)." : ".");
}

int on_hand_in_read(struct engine *e, const struct event *ev)
{
	const struct spec_read *read = ev->read;
	struct hand_in *h = e->hand_ins;
	while (h && h->id != read->id)
		h = h->next;
	if (!h)
		return 0;
	int err = read->err ? unfit(h, read) : h->kind->save(e, h, read->doc);
	bool is_answer =
	    !err || err == E_INVALID || err == E_STATE || err == E_LIMIT || err == E_IO;
	if (!is_answer || (err == E_IO && !read->err))
		return err; /* the store's: the turn is run again */
	if (err)
		command_fail(h->command, err);
	return effect_add(e, err ? refused : handed_on, h, NULL);
}

void hand_ins_free(struct engine *e)
{
	while (e->hand_ins) {
		struct hand_in *h = e->hand_ins;
		e->hand_ins = h->next;
		hand_in_free(h); /* its command is control's: it answers that the engine stops */
	}
}
