/*
 * Retention, the engine's part: who may ask, the daily run, the answer, and the
 * marks of runs whose rows go. The archiver plans and deletes files (retire.h);
 * purge.c removes rows.
 *
 * Who ordered it stands in each certificate, and for runs in a record of the class
 * `certificates`. One order at a time.
 */
#include "engine/turn/engine.h"

#include "engine/archive/days.h"
#include "engine/clock.h"
#include "engine/config/value.h"
#include "engine/control.h"
#include "engine/control/methods.h"
#include "engine/json.h"
#include "engine/log.h"
#include "engine/turn/purge.h"
#include "engine/turn/retire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOKED_BACK 400 /* days; an engine that was off for longer: `osame retention run` */

bool is_retention_command(int m)
{
	return m == M_RETENTION_PLAN || m == M_RETENTION_RUN;
}

static int post(struct engine *e, struct archive_job *job)
{
	job->after = e->archive.day == DAY_NONE ? DAY_NONE : e->archive.day;
	job->day = civil_day_at(job->now_ms);
	if (e->archive.day != DAY_NONE && job->day <= e->archive.day)
		job->day = e->archive.day + 1; /* certificates never go into a sealed day */
	if (e->archive.sealing != DAY_NONE && job->day <= e->archive.sealing)
		job->day = e->archive.sealing + 1;
	int err = archiver_post(e->archiver, job);
	if (!err) {
		e->archive.jobs++;
		e->archive.retiring = true;
	}
	return err;
}

/* ---- commands ---- */

static void post_run(struct engine *e, void *arg)
{
	struct archive_job *job = arg;
	if (post(e, job)) {
		command_refuse(job->command, E_FULL, "the archiver is busy: try again");
		control_reply(job->command);
	}
	free(job);
}

int on_retention_command(struct engine *e, struct command *cmd, int m)
{
	if (e->archive.retiring)
		return command_refuse(cmd, E_STATE,
				      "a plan or a deletion is under way: try again when it ended");
	struct archive_job *job = calloc(1, sizeof *job);
	if (!job)
		return E_NOMEM;
	job->kind = m == M_RETENTION_RUN ? ARCHIVE_DELETE : ARCHIVE_PLAN;
	job->now_ms = e->now_ms;
	job->command = cmd;
	snprintf(job->by, sizeof job->by, "%s", cmd->who.user);
	return effect_add(e, post_run, job, free);
}

/* ---- the daily run ---- */

/* Is there a day whose recordings are over their time? Their folders are looked for, not the store,
 * once a day: what was kept goes also when keeping was switched off since. */
static bool recordings_due(const struct engine *e, int64_t now_ms)
{
	int32_t last = civil_day_at(now_ms - e->config->retention.recordings) - 1;
	for (int32_t day = last; day > last - LOOKED_BACK; day--) {
		char folder[16], path[MAX_PATH_BYTES];
		day_folder(day, folder);
		int n = snprintf(path, sizeof path, "%s/%s/%s/" CLASS_RECORDINGS,
				 spool_root(e->spool), spool_kind_name(SPOOL_ARCHIVE), folder);
		if (n < (int)sizeof path && access(path, F_OK) == 0)
			return true;
	}
	return false;
}

void retention_daily(struct engine *e, int64_t now_ms)
{
	int32_t today = civil_day_at(now_ms);
	if (e->archive.jobs || e->archive.retiring || e->stopping || e->archive.day == DAY_NONE ||
	    e->archive.retired == today)
		return;
	if (!e->config->retention.daily) {
		if (e->archive.looked == today || !recordings_due(e, now_ms)) {
			e->archive.looked = today;
			return;
		}
	}
	/* What residents said goes in any case. */
	struct archive_job job = {.kind = ARCHIVE_DELETE,
				  .now_ms = now_ms,
				  .by = "osamed",
				  .recordings = !e->config->retention.daily};
	if (post(e, &job) == 0)
		e->archive.retired = today;
}

/* ---- the plan comes back ---- */

struct marked {
	uint32_t run;
	int64_t at_ms;
	char by[MAX_ID];
};

/* A record of whose order removes the run's rows; the archive keeps it for ever. */
static void marked_run(struct engine *e, void *arg)
{
	const struct marked *m = arg;
	char name[MAX_FILE_NAME], at[26], *text;
	size_t n;
	civil_format_instant(m->at_ms, at);
	snprintf(name, sizeof name, "run-%010u-%lld.deleted.json", m->run,
		 (long long)(m->at_ms / 1000));
	struct json *j = json_new_object();
	json_put_int(j, "run", m->run);
	json_put_str(j, "at", at);
	json_put_str(j, "by", m->by);
	json_put_str(j, "deleted",
		     "people, debts, attempts, callbacks, rows and errors of the run");
	int err = json_text(j, &text, &n);
	json_free(j);
	if (!err) {
		err = archive_text(e, m->at_ms, CLASS_CERTIFICATES, name, text, n);
		free(text);
	}
	if (err)
		alert_raise(e, "archive", "the record %s is not in the archive (%s)", name,
			    err_str(err));
	purge_add(e, m->run);
	free(arg);
}

int retention_mark(struct engine *e, const struct archive_done *d)
{
	for (size_t i = 0; i < d->plan->n_runs; i++) {
		struct marked *m = calloc(1, sizeof *m);
		if (!m)
			return E_NOMEM;
		m->run = d->plan->runs[i];
		m->at_ms = e->now_ms;
		memcpy(m->by, d->by, sizeof m->by);
		int err = effect_add(e, marked_run, m, free);
		if (!err)
			err = db_purge_put(&e->tx, m->run);
		if (err)
			return err;
	}
	return 0;
}

static struct json *class_json(const struct retire_class *c)
{
	struct json *j = json_new_object();
	char words[32], day[11] = "";
	json_put_str(j, "class", c->name);
	if (c->keep_ms)
		value_duration(c->keep_ms, words);
	json_put_str(j, "kept", c->keep_ms ? words : "for ever");
	json_put_int(j, "days", (int64_t)c->days);
	json_put_int(j, "files", (int64_t)c->files);
	json_put_int(j, "bytes", (int64_t)c->bytes);
	if (c->first != DAY_NONE)
		civil_format_date(c->first, day);
	json_put_str(j, "from", day);
	if (c->last != DAY_NONE)
		civil_format_date(c->last, day);
	json_put_str(j, "to", day);
	json_put_int(j, "held_days", (int64_t)c->held_days);
	return j;
}

static struct json *plan_json(const struct retire_plan *p, bool deleting)
{
	struct json *j = json_new_object(), *classes = json_new_array();
	char words[32];
	json_put_str(j, "state", deleting ? "deleting" : "plan");
	for (int i = 0; i < RETIRE_CLASSES; i++)
		json_add(classes, class_json(&p->list[i]));
	json_put(j, "classes", classes);
	if (p->run_keep_ms)
		value_duration(p->run_keep_ms, words);
	json_put_str(j, "run_data_kept", p->run_keep_ms ? words : "for ever");
	json_put_int(j, "runs", (int64_t)p->n_runs);
	json_put_int(j, "people", (int64_t)p->targets);
	return j;
}

void retention_answer(struct engine *e, const struct archive_done *d)
{
	(void)e;
	if (!d->command)
		return;
	if (d->plan)
		command_result(d->command, plan_json(d->plan, d->kind == ARCHIVE_DELETE));
	else
		command_refuse(d->command, d->err ? d->err : E_IO, "it cannot be planned: %.300s",
			       d->words);
	control_reply(d->command);
}

void retention_ended(struct engine *e, const struct archive_done *d)
{
	e->archive.retiring = false;
	retention_answer(e, d);
	if (d->kind != ARCHIVE_DELETE)
		return;
	if (e->config->retention.run_data && !d->recordings)
		purge_add(e, PURGE_CALLERS);
	if (d->err)
		alert_raise(e, "retention",
			    "not all was deleted that is over its time (%.300s): run it again",
			    d->words);
	else if (d->left)
		alert_raise(e, "retention",
			    "%zu files were not deleted, as they are not as they were sealed: "
			    "`osame archive verify` names them",
			    d->left);
	else
		alert_clear(e, "retention");
	log_info("event=retention files=%zu left=%zu err=\"%s\"", d->files, d->left,
		 err_str(d->err));
}
