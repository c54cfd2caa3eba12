/*
 * See edit.h. The engine's thread decides and records; the disk is another thread's.
 *
 * Crash windows: before the first commit nothing happened, and whoever saved hears that
 * the engine went away. After it the file may hold the old bytes or the new; the next
 * start looks which, and the edition's record says so; approvals of the old document fall
 * there too (runs_recover()). Memory changes last, so that what is sent is never newer than
 * what is on disk.
 */
#include "engine/turn/edit.h"

#include "engine/log.h"
#include "engine/spec_in.h"
#include "engine/spec_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct edit {
	struct edit *next;
	uint64_t id;
	struct command *command;
	enum edition_kind kind;
	char doc[MAX_ID];
	uint32_t n;
	struct spec_file_job *job; /* until it is posted */
	void *fresh;
	void (*adopt)(struct engine *e, const char *doc, void *fresh);
	void (*drop)(void *fresh);
	edit_uses_fn uses;
	struct json *result;
	size_t drafts;
	bool unsynced;
};

void edit_hash(const struct digest_ops *d, const char *bytes, char out[65])
{
	struct sha256_state s;
	uint8_t raw[32];
	d->sha256_begin(&s);
	d->sha256_add(&s, bytes, strlen(bytes));
	d->sha256_end(&s, raw);
	digest_hex(raw, sizeof raw, out);
}

static void edit_free(void *arg)
{
	struct edit *t = arg;
	if (t->fresh)
		t->drop(t->fresh);
	json_free(t->result);
	spec_file_job_free(t->job);
	free(t);
}

void edits_free(struct engine *e)
{
	while (e->edits) {
		struct edit *t = e->edits;
		e->edits = t->next;
		edit_free(t); /* its command is control's: it answers that the engine stops */
	}
}

/* ---- saved: on record ---- */

int edit_is_writing(struct tx *tx, enum edition_kind kind, const char *doc, bool *ret)
{
	struct edition_rec r;
	int err = db_edition_newest(tx, kind, doc, &r);
	if (err && err != E_NOTFOUND)
		return err;
	*ret = !err && r.state == EDITION_WRITING;
	return 0;
}

/* What stands in the file and nobody saved here has an edition too: it is what the next one is
 * compared with, and what can be taken back. */
static int put_found(struct engine *e, const struct edit_order *o, const char *sha256,
		     uint32_t *ret_n)
{
	struct edition_rec newest, kept;
	int err = db_edition_newest(&e->tx, o->kind, o->doc, &newest);
	uint32_t n = err ? 0 : newest.n;
	if (!err || err == E_NOTFOUND)
		err = db_edition_kept(&e->tx, o->kind, o->doc, &kept);
	if (err && err != E_NOTFOUND)
		return err;
	*ret_n = n + 1;
	if (!err && strcmp(kept.sha256, sha256) == 0)
		return 0;
	struct edition_rec found = {.kind = o->kind,
				    .doc = o->doc,
				    .n = n + 1,
				    .state = EDITION_KEPT,
				    .at_ms = e->now_ms,
				    .user = "",
				    .name = "",
				    .sha256 = sha256,
				    .before = err ? "" : kept.sha256,
				    .note = "",
				    .bytes = o->before};
	*ret_n = n + 2;
	return db_edition_put(&e->tx, &found);
}

static int put_edition(struct engine *e, const struct command *cmd, const struct edit_order *o,
		       const char *before, const char *after, uint32_t *ret_n)
{
	int err = put_found(e, o, before, ret_n);
	struct edition_rec r = {.kind = o->kind,
				.doc = o->doc,
				.n = *ret_n,
				.state = EDITION_WRITING,
				.at_ms = e->now_ms,
				.user = cmd->who.user,
				.name = cmd->who.name,
				.sha256 = after,
				.before = before,
				.from = o->from,
				.note = o->note,
				.bytes = o->bytes};
	return err ? err : db_edition_put(&e->tx, &r);
}

static struct spec_file_job *job_of(const struct engine *e, const struct edit_order *o,
				    const char *before)
{
	struct spec_file_job *j = calloc(1, sizeof *j);
	if (!j)
		return NULL;
	snprintf(j->path, sizeof j->path, "%.700s/%s/%s%s", e->config->engine.specs, o->folder,
		 o->doc, o->end);
	snprintf(j->before, sizeof j->before, "%s", before);
	j->n = strlen(o->bytes);
	j->bytes = strdup(o->bytes);
	if (j->bytes)
		return j;
	spec_file_job_free(j);
	return NULL;
}

/* Memory. */
static void post(struct engine *e, void *arg)
{
	struct edit *t = arg;
	t->id = t->job->id = ++e->next_edit;
	t->next = e->edits;
	e->edits = t;
	e->n_edits++;
	int err = spec_files_post(e->spec_files, t->job);
	BUG_IF(err); /* it has room for as many as may be under way */
	t->job = NULL;
}

static bool has_room(const struct engine *e, enum edition_kind kind)
{
	return kind == EDITION_TEXT       ? specs_text_room(e->specs)
	       : kind == EDITION_SCENARIO ? specs_scenario_room(e->specs)
					  : specs_campaign_room(e->specs);
}

int edit_may_begin(struct engine *e, struct command *cmd, enum edition_kind kind, const char *doc,
		   const char *before)
{
	bool writing = false;
	if (e->n_edits + e->edits_now)
		return command_refuse(
		    cmd, E_STATE,
		    "a text, a scenario or a campaign is being saved just now: try "
		    "again");
	int err = edit_is_writing(&e->tx, kind, doc, &writing);
	if (err)
		return err;
	if (writing)
		return command_refuse(cmd, E_STATE, "%s is being saved just now: try again", doc);
	if (!has_room(e, kind))
		return command_refuse(cmd, E_LIMIT,
				      "too many of its kind were saved since the engine started: "
				      "restart it");
	if (strlen(before) > MAX_EDIT_BYTES)
		return command_refuse(cmd, E_LIMIT,
				      "the file of %s has more than %u kB, which no edition keeps: "
				      "who keeps the machine changes it",
				      doc, MAX_EDIT_BYTES >> 10);
	return 0;
}

static int begin(struct engine *e, struct command *cmd, const struct edit_order *o, struct edit *t)
{
	char before[65], after[65];

	int err = edit_may_begin(e, cmd, o->kind, o->doc, o->before);
	if (!err)
		err = runs_may_change(e, cmd, o->uses, o->doc);
	if (err)
		return err;
	edit_hash(e->ports->digest, o->before, before);
	edit_hash(e->ports->digest, o->bytes, after);
	err = put_edition(e, cmd, o, before, after, &t->n);
	if (err)
		return err;
	t->command = cmd;
	t->kind = o->kind;
	snprintf(t->doc, sizeof t->doc, "%s", o->doc);
	t->job = job_of(e, o, before);
	if (!t->job)
		return E_NOMEM;
	json_put_int(t->result, "edition", t->n);
	json_put_str(t->result, "sha256", after);
	return 0;
}

int edit_begin(struct engine *e, struct command *cmd, const struct edit_order *o)
{
	struct edit *t = calloc(1, sizeof *t);
	if (!t) {
		o->drop(o->fresh);
		json_free(o->result);
		return E_NOMEM;
	}
	t->fresh = o->fresh;
	t->adopt = o->adopt;
	t->drop = o->drop;
	t->uses = o->uses;
	t->result = o->result;
	int err = begin(e, cmd, o, t);
	if (err) {
		edit_free(t);
		return err;
	}
	e->edits_now++;
	return effect_add(e, post, t, edit_free);
}

/* ---- written ---- */

static const char *words_of(int err)
{
	switch (err) {
	case E_STATE:
		return "its file was changed beside the console, or is gone: restart the engine, "
		       "which reads it, and look at it again. Nothing was saved";
	case E_NOSPC:
		return "no room on the disk of the specs folder: nothing was saved";
	default:
		return "its file cannot be written: the specs folder must belong to the engine's "
		       "user. Nothing was saved";
	}
}

static struct edit *take_out(struct engine *e, struct edit *t)
{
	for (struct edit **at = &e->edits; *at; at = &(*at)->next)
		if (*at == t) {
			*at = t->next;
			e->n_edits--;
			break;
		}
	return t;
}

static void kept(struct engine *e, void *arg)
{
	struct edit *t = take_out(e, arg);
	t->adopt(e, t->doc, t->fresh);
	t->fresh = NULL;
	archive_keep(e);
	if (t->unsynced)
		alert_raise(e, "spec-file",
			    "%s was saved, but its folder could not be synced: after a power cut "
			    "look whether it is the new one; check the disk",
			    t->doc);
	log_info("event=edited doc=%s edition=%u user=%s", t->doc, t->n, t->command->who.user);
	json_put_int(t->result, "drafts", (int64_t)t->drafts);
	command_result(t->command, t->result);
	t->result = NULL;
	control_reply(t->command);
	edit_free(t);
}

static void lost(struct engine *e, void *arg)
{
	struct edit *t = take_out(e, arg);
	control_reply(t->command);
	edit_free(t);
}

int on_spec_written(struct engine *e, const struct event *ev)
{
	struct edition_rec r;
	struct edit *t = e->edits;
	bool there = ev->spec.err == 0 || ev->spec.err == E_UNKNOWN;
	while (t && t->id != ev->spec.id)
		t = t->next;
	if (!t)
		return 0;
	int err = db_edition_get(&e->tx, t->kind, t->doc, t->n, &r);
	if (err)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	r.state = there ? EDITION_KEPT : EDITION_LOST;
	err = db_edition_put(&e->tx, &r);
	if (err)
		return err;
	if (!there) {
		log_warn("event=edited doc=%s edition=%u err=\"%s\" next=nothing-saved", t->doc,
			 t->n, err_str(ev->spec.err));
		command_refuse(t->command, ev->spec.err == E_STATE ? E_STATE : E_IO, "%s",
			       words_of(ev->spec.err));
		return effect_add(e, lost, t, NULL);
	}
	t->unsynced = ev->spec.err == E_UNKNOWN;
	err = runs_take_back(e, t->command, t->uses, t->doc, &t->drafts);
	if (err)
		return err;
	return effect_add(e, kept, t, NULL);
}

/* ---- at start ---- */

int edit_recover(struct engine *e, enum edition_kind kind, const char *doc, const char *bytes)
{
	struct edition_rec r;
	char now[65];
	int err = db_edition_newest(&e->tx, kind, doc, &r);
	if (err || r.state != EDITION_WRITING)
		return err == E_NOTFOUND ? 0 : err;
	edit_hash(e->ports->digest, bytes, now);
	r.state = strcmp(now, r.sha256) == 0 ? EDITION_KEPT : EDITION_LOST;
	log_info("event=edited doc=%s edition=%u found=%s", doc, r.n, edition_state_word(r.state));
	return db_edition_put(&e->tx, &r);
}
