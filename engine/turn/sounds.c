/*
 * See sounds.h. The record is written with the call's outcome, whatever becomes of the
 * sound: an outcome never waits for a disk, and is never lost with it. The bytes follow
 * by the archiver, a job each, in the order of the calls; what cannot be written is
 * recorded as lost, with the reason, and an alert says so. They are not tried again: the
 * disk that was full for them is full for all else too, and memory is no place to keep
 * voices in.
 *
 * Crash window: after the commit and before the file is there. The record then names a
 * file that is not there, and whoever reads it is told that it was lost (sound_reads.c).
 *
 * A day must not be sealed while a file of it waits here: archive.c asks sounds_work().
 */
#include "engine/turn/sounds.h"

#include "engine/log.h"
#include "engine/turn/callrec.h"
#include "engine/turn/soundrec.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
	WITH_ARCHIVER = 8,  /* at most; its other jobs find room */
	CLOSE_STEP_MS = 10, /* at an orderly end, until the archiver has room … */
	CLOSE_STEPS = 3000, /* … half a minute: service managers wait longer */
};

static int department_of(struct engine *e, const struct event *ev, const char **ret)
{
	struct callback_rec r;
	struct attempt a;
	struct run_rec *run;
	uint32_t id;
	int err;
	if (ev->inbound) {
		err = db_callback_get(&e->tx, ev->attempt, &r);
		*ret = r.department;
		id = err ? 0 : r.run;
	} else {
		err = db_attempt_get(&e->tx, ev->attempt, &a);
		id = err ? 0 : a.run;
	}
	if (err || !id)
		return err == E_NOTFOUND ? E_CORRUPT : err;
	err = run_work(e, id, &run);
	if (!err)
		*ret = run->department;
	return err;
}

/* ---- after the commit ---- */

static void add(struct engine *e, void *arg)
{
	struct sound_file *f = arg, **end = &e->sounds.list;
	while (*end)
		end = &(*end)->next;
	*end = f;
	e->sounds.bytes += f->n;
	if (e->sounds.day != f->day) {
		e->sounds.day = f->day;
		e->sounds.of_day = 0;
	}
	e->sounds.of_day++;
	sounds_work(e);
}

static void drop(void *arg)
{
	sound_file_free(arg);
}

bool sounds_work(struct engine *e)
{
	while (e->sounds.list && e->sounds.posted < WITH_ARCHIVER) {
		struct sound_file *f = e->sounds.list, *next = f->next;
		struct archive_job job = {.kind = ARCHIVE_SOUND, .day = f->day, .sound = f};
		if (archiver_post(e->archiver, &job))
			break;
		e->sounds.list = next; /* the archiver has f, and may be done with it */
		e->sounds.posted++;
	}
	return e->sounds.list != NULL;
}

void sounds_close(struct engine *e)
{
	/* What was posted before is done or in its queue: the queue alone is the limit now. */
	for (int i = 0; i < CLOSE_STEPS; i++) {
		e->sounds.posted = 0;
		if (!sounds_work(e))
			break;
		poll(NULL, 0, CLOSE_STEP_MS);
	}
	if (e->sounds.list)
		log_warn("event=recordings lost=\"the engine ended before they were written\"");
	while (e->sounds.list) {
		struct sound_file *f = e->sounds.list;
		e->sounds.list = f->next;
		sound_file_free(f);
	}
}

static int file_later(struct engine *e, const struct sound_rec *r, const struct sound *s)
{
	struct sound_file *f = calloc(1, sizeof *f);
	if (!f)
		return E_NOMEM;
	f->call = r->call;
	f->number = r->n;
	f->day = r->day;
	sound_name(r, f->name);
	int err = sound_wav(s, &f->bytes, &f->n);
	if (err) {
		sound_file_free(f);
		return err;
	}
	return effect_add(e, add, f, drop);
}

/* ---- a call ended ---- */

static int keep_one(struct engine *e, const struct sound *s, struct sound_rec *r)
{
	bool room = e->sounds.bytes + s->n <= MAX_KEPT_BYTES;
	int32_t day = archive_day(e, e->now_ms);
	bool many = e->sounds.day == day && e->sounds.of_day >= MAX_ARCHIVE_FILES / 2;
	r->field = s->field;
	r->message = s->message;
	r->at_ms = s->at_ms;
	r->ms = sound_ms(s);
	r->lost = s->lost ? "no memory was free for it"
		  : !room ? "the archive is too slow"
		  : !many ? ""
			  : "the day's archive takes no more files";
	r->day = day;
	if (r->lost[0])
		alert_raise(e, "recordings", "sound of call %llu was lost: %s",
			    (unsigned long long)r->call, r->lost);
	int err = db_sound_put(&e->tx, r);
	return err || r->lost[0] ? err : file_later(e, r, s);
}

int sounds_keep(struct engine *e, const struct event *ev)
{
	struct sound_rec r = {
	    .call = ev->attempt, .ended_ms = e->now_ms, .typed = "", .typed_by = ""};
	const struct sound *s = ev->call->sounds;
	int err = s ? department_of(e, ev, &r.department) : 0;
	for (; s && !err && r.n < MAX_KEPT; s = s->next) {
		r.n++;
		err = keep_one(e, s, &r);
	}
	if (r.n && !err)
		log_info("event=recordings call=%llu n=%u", (unsigned long long)r.call, r.n);
	return err;
}

/* ---- the archiver's answer ---- */

int sounds_filed(struct engine *e, const struct archive_done *d)
{
	struct sound_rec r;
	if (!d->err)
		return 0;
	int err = db_sound_get(&e->tx, d->call, d->number, &r);
	if (err) /* its run's data were deleted meanwhile */
		return err == E_NOTFOUND ? 0 : err;
	r.lost = d->err == E_NOSPC ? "the disk was full" : "it could not be written";
	return db_sound_put(&e->tx, &r);
}

void sounds_filed_memory(struct engine *e, const struct archive_done *d)
{
	e->sounds.posted -= e->sounds.posted > 0;
	e->sounds.bytes -= d->bytes < e->sounds.bytes ? d->bytes : e->sounds.bytes;
	if (d->err)
		alert_raise(e, "recordings",
			    "sound of call %llu was lost (%s): its outcome is recorded; make room",
			    (unsigned long long)d->call, err_str(d->err));
	else
		alert_clear(e, "recordings");
}
