/*
 * The engine's part of the archive: which day a file belongs to, when a day is
 * sealed, what is recorded of it, and the records of who commanded what. The long
 * work is the archiver's (archiver.h).
 *
 * Days are days in Japan by the engine's clock. A day is sealed when it has been
 * over for `settle`, and what its records name is there (expect.h); days that passed
 * while the engine was down are sealed after the start. A file gets its day from the
 * instant of its record, which is this turn's: so none can come into a day that is
 * over, but by a clock that went back; such a file goes to the first day that is
 * neither sealed nor being sealed.
 *
 * Crash windows: a day that was sealed and not recorded is found sealed and recorded
 * at the next start; the note of a command that its commit outlived is made again
 * from the run's record.
 */
#include "engine/turn/engine.h"

#include "engine/archive/days.h"
#include "engine/clock.h"
#include "engine/json.h"
#include "engine/log.h"
#include "engine/turn/purge.h"
#include "engine/turn/found.h"
#include "engine/turn/sounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RETRY_MS = 10 * 60 * 1000 };

/* ---- the key ---- */

int archive_key_load(struct engine *e, struct problems *problems)
{
	const struct config_archive *c = &e->config->archive;
	char *text = NULL;
	size_t n;
	if (!*c->key_file)
		return 0;
	int err = day_slurp(c->key_file, SIGN_KEY_TEXT, &text, &n);
	if (!err)
		err = e->ports->sign->secret_read(text, *c->key_password ? c->key_password : NULL,
						  &e->archive.key);
	if (err)
		problems_error(problems, c->key_file, 0, "%s",
			       err == E_AUTH    ? "its password is wrong: [archive] key_password"
			       : err == E_NOMEM ? "there is not enough memory to open it (1 GiB)"
						: "is no secret key of minisign's: make one with "
						  "`osame archive keygen`");
	if (text)
		explicit_bzero(text, n);
	free(text);
	return err ? E_INVALID : 0;
}

/* ---- files ---- */

int32_t archive_day(const struct engine *e, int64_t ms)
{
	int32_t day = civil_day_at(ms);
	if (e->archive.day != DAY_NONE && day <= e->archive.day)
		day = e->archive.day + 1;
	if (e->archive.sealing != DAY_NONE && day <= e->archive.sealing)
		day = e->archive.sealing + 1;
	return day;
}

void archive_day_folder(int32_t day, char out[16])
{
	day_folder(day, out);
}

static void day_of(const struct engine *e, int64_t ms, char out[16])
{
	day_folder(archive_day(e, ms), out);
}

int archive_file(struct engine *e, int64_t ms, const char *class_name, const char *path,
		 const char *name)
{
	char day[16];
	day_of(e, ms, day);
	return spool_archive(e->spool, day, class_name, path, name);
}

int archive_text(struct engine *e, int64_t ms, const char *class_name, const char *name,
		 const void *p, size_t n)
{
	char day[16];
	day_of(e, ms, day);
	return spool_archive_text(e->spool, day, class_name, name, p, n);
}

/* ---- who commanded what ---- */

struct note {
	int64_t at_ms;
	bool again; /* made again from the record */
	char name[MAX_FILE_NAME];
	char *text;
	size_t n;
};

static void note_free(void *arg)
{
	struct note *note = arg;
	free(note->text);
	free(note);
}

static void note_run(struct engine *e, void *arg)
{
	struct note *note = arg;
	int err = archive_text(e, note->at_ms, CLASS_APPROVALS, note->name, note->text, note->n);
	/* The note that stands was made by the command itself, and knows more. */
	if (err && !(err == E_EXISTS && note->again))
		alert_raise(e, "archive",
			    "the record %s is not in the archive (%s): it is made again at the "
			    "next start",
			    note->name, err_str(err));
	note_free(note);
}

static void put_hash(struct json *j, const char *name, const char *value)
{
	if (*value)
		json_put_str(j, name, value);
}

static int note_text(const struct run_rec *run, const char *verb, const char *user, int64_t at_ms,
		     bool again, struct note *note)
{
	struct json *j = json_new_object();
	char at[26];
	civil_format_instant(at_ms, at);
	json_put_str(j, "command", verb);
	json_put_str(j, "at", at);
	json_put_str(j, "user", user);
	json_put_int(j, "run", run->id);
	json_put_str(j, "state", run_state_word(run->state));
	json_put_str(j, "campaign", run->campaign);
	json_put_str(j, "department", run->department);
	json_put_int(j, "intake", run->intake);
	json_put_int(j, "debts", run->debts);
	json_put_int(j, "targets", run->targets);
	put_hash(j, "campaign_sha256", run->campaign_version);
	put_hash(j, "scenario_sha256", run->scenario_version);
	put_hash(j, "approval_sha256", run->approval);
	json_put_str(j, "submitted_by", run->submitter);
	json_put_str(j, "approved_by", run->approver);
	json_put_bool(j, "approved_by_submitter", run->self_approved);
	json_put_bool(j, "rehearsal", run->rehearsal);
	if (again)
		json_put_bool(j, "made_again_after_a_crash", true);
	int err = json_text(j, &note->text, &note->n);
	json_free(j);
	return err;
}

static int note_later(struct engine *e, const struct run_rec *run, const char *verb,
		      const char *user, int64_t at_ms, bool again)
{
	struct civil t = civil_from_ms(at_ms);
	struct note *note = calloc(1, sizeof *note);
	if (!note)
		return E_NOMEM;
	note->at_ms = at_ms;
	note->again = again;
	snprintf(note->name, sizeof note->name, "run-%010u-%04d%02d%02dT%02d%02d%02d.%03d-%s.json",
		 run->id, t.year, t.month, t.day, t.hour, t.minute, t.second, (int)(at_ms % 1000),
		 verb);
	int err = note_text(run, verb, user, at_ms, again, note);
	if (err) {
		note_free(note);
		return err;
	}
	return effect_add(e, note_run, note, note_free);
}

int archive_note_later(struct engine *e, const struct run_rec *run, const char *verb,
		       const char *user, int64_t at_ms)
{
	return note_later(e, run, verb, user, at_ms, false);
}

int archive_record_later(struct engine *e, const char *name, const char *text, int64_t at_ms,
			 bool again)
{
	struct note *note = calloc(1, sizeof *note);
	if (!note)
		return E_NOMEM;
	note->at_ms = at_ms;
	note->again = again;
	snprintf(note->name, sizeof note->name, "%s", name);
	note->n = strlen(text);
	note->text = strdup(text);
	if (!note->text) {
		note_free(note);
		return E_NOMEM;
	}
	return effect_add(e, note_run, note, note_free);
}

/* ---- sealing ---- */

static void take(struct engine *e, int32_t day, const char *sha256)
{
	e->archive.day = day;
	snprintf(e->archive.sha256, sizeof e->archive.sha256, "%s", sha256);
}

/* The last day that may be sealed now. */
static int32_t last_over(const struct engine *e, int64_t now_ms)
{
	return civil_day_at(now_ms - e->config->archive.settle) - 1;
}

void archive_work(struct engine *e)
{
	struct archive_view *a = &e->archive;
	bool sounds = sounds_work(e);
	int64_t now = clock_now_ms(), boot = clock_boot_ms();
	int32_t last = last_over(e, now);

	if (!e->settle_boot_ms && (last <= a->asked || (a->day != DAY_NONE && last <= a->day)))
		retention_daily(e, now);
	/* After a jump of the clock nobody knows what day it is. */
	if (a->jobs || sounds || e->stopping || e->settle_boot_ms || boot < a->not_before_boot ||
	    (a->day != DAY_NONE && last <= a->day) || last <= a->asked)
		return;
	struct archive_job job = {
	    .kind = ARCHIVE_SEAL, .day = last, .after = a->day, .now_ms = now};
	if (archiver_post(e->archiver, &job))
		return; /* the next turn */
	a->sealing = last;
	a->jobs++;
}

static int record(struct engine *e, const struct archive_done *d)
{
	struct archive_rec rec;
	int err = db_archive_get(&e->tx, &rec);
	if (err || (rec.day != DAY_NONE && rec.day >= d->day))
		return err;
	rec = (struct archive_rec){.day = d->day, .sha256 = d->sha256, .sealed_ms = e->now_ms};
	return db_archive_put(&e->tx, &rec);
}

int on_archive(struct engine *e, const struct event *ev)
{
	const struct archive_done *d = ev->archive;
	if (d->kind == ARCHIVE_SOUND)
		return sounds_filed(e, d);
	if (d->kind == ARCHIVE_GIVE)
		return sound_given(e, d);
	if (d->kind == ARCHIVE_SEAL && !d->ended && !d->err)
		return record(e, d);
	return d->kind == ARCHIVE_DELETE && d->plan ? retention_mark(e, d) : 0;
}

static void one_sealed(struct engine *e, const struct archive_done *d)
{
	char day[11];
	civil_format_date(d->day, day);
	take(e, d->day, d->sha256);
	if (!e->archive.key)
		alert_raise(e, "archive-key",
			    "%s was sealed without a signature: make a key (osame archive keygen), "
			    "name it in [archive] key_file, restart",
			    day);
	if (d->odd)
		alert_raise(e, "archive-odd",
			    "%zu things in the archive of %s are none of ours (first: %.200s): "
			    "they are in no manifest; find out who put them there",
			    d->odd, day, d->words);
}

static void job_ended(struct engine *e, const struct archive_done *d)
{
	const char *key = d->kind == ARCHIVE_SEAL ? "archive-day" : "archive-versions";
	char day[11];
	civil_format_date(d->day, day);
	e->archive.jobs -= e->archive.jobs > 0;
	if (d->kind == ARCHIVE_PLAN || d->kind == ARCHIVE_DELETE) {
		retention_ended(e, d);
		return;
	}
	if (d->kind == ARCHIVE_SEAL) {
		if (!d->err)
			e->archive.asked = e->archive.sealing;
		e->archive.sealing = DAY_NONE;
	}
	if (!d->err) {
		alert_clear(e, key);
		return;
	}
	e->archive.not_before_boot = clock_boot_ms() + RETRY_MS;
	alert_raise(e, key, "%s %s (%.300s); %s",
		    d->kind == ARCHIVE_SEAL ? "the archive cannot be sealed for"
					    : "configuration and specs cannot be kept of",
		    day, d->words,
		    d->kind == ARCHIVE_SEAL ? "it is tried again every 10 minutes"
					    : "they are at the next start");
}

void archive_done(struct engine *e, const struct event *ev)
{
	const struct archive_done *d = ev->archive;
	if (d->kind == ARCHIVE_SOUND)
		sounds_filed_memory(e, d);
	else if (d->kind == ARCHIVE_GIVE)
		return;
	else if (d->ended)
		job_ended(e, d);
	else if (d->kind == ARCHIVE_SEAL)
		one_sealed(e, d);
	else
		retention_answer(e, d);
}

/* ---- at start ---- */

struct recovering {
	struct engine *e;
	int32_t sealed;
	int err;
};

static int note_again(struct recovering *r, const struct run_rec *run, const char *verb,
		      const char *user, int64_t at_ms)
{
	if (r->err || at_ms == 0 || (r->sealed != DAY_NONE && civil_day_at(at_ms) <= r->sealed))
		return 0;
	r->err = note_later(r->e, run, verb, user, at_ms, true);
	return r->err;
}

/* What the record still knows of its commands, of days that are not sealed. Who started or stopped
 * a run is not in it. */
static int run_found(void *arg, struct bytes key, struct bytes value)
{
	struct recovering *r = arg;
	struct run_rec run;
	(void)key;
	if (found_run(value, &run))
		return E_CORRUPT;
	int err = note_again(r, &run, "submit", run.submitter, run.submitted_ms);
	if (!err)
		err = note_again(r, &run, "approve", run.approver, run.approved_ms);
	if (!err)
		err = note_again(r, &run, "start", "", run.started_ms);
	if (!err && run.state == RUN_STOPPED)
		err = note_again(r, &run, "stop", "", run.ended_ms);
	return err;
}

void archive_keep(struct engine *e)
{
	struct archive_job job = {
	    .kind = ARCHIVE_KEEP, .now_ms = e->now_ms, .day = civil_day_at(e->now_ms)};
	if (e->archive.day != DAY_NONE && job.day <= e->archive.day)
		job.day = e->archive.day + 1;
	if (archiver_post(e->archiver, &job))
		alert_raise(e, "archive-versions",
			    "configuration and specs were not kept: they are at the next start");
	else
		e->archive.jobs++;
}

static void keep_at_start(struct engine *e, void *arg)
{
	(void)arg;
	archive_keep(e);
}

int archive_recover(struct engine *e)
{
	struct archive_rec rec;
	struct recovering r = {.e = e};
	int err = db_archive_get(&e->tx, &rec);
	if (err)
		return err;
	take(e, rec.day, rec.sha256);
	e->archive.sealing = e->archive.asked = DAY_NONE;
	r.sealed = rec.day;
	err = db_scan(&e->tx, T_RUN, "", 0, 0, 0, run_found, &r);
	if (!err)
		err = purge_recover(e);
	return err ? err : effect_add(e, keep_at_start, NULL, NULL);
}
