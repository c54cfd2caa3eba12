/*
 * Files that come in, at start: each goes on where its record stands, and a copy
 * without a record is removed, as its original is still in the drop.
 *
 * Every step is one that may have been made before the crash; all are idempotent.
 */
#include "engine/turn/fullfile.h"
#include "engine/turn/steps.h"

#include "spool/afile.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int intake_found(void *arg, struct bytes key, struct bytes value)
{
	(void)value;
	return key.n == 4 ? ids_add(arg, read_u32(key.p)) : E_CORRUPT;
}

static bool stands_in(const struct engine *e, const struct intake_rec *in, enum spool_kind folder)
{
	char path[MAX_PATH_BYTES];
	return spool_path(e->spool, folder, in->id, in->name, path) == 0 && access(path, F_OK) == 0;
}

bool incoming_copy_stands(const struct engine *e, const struct intake_rec *in)
{
	return stands_in(e, in, SPOOL_ARRIVING) || stands_in(e, in, SPOOL_RECEIVED);
}

/* It ended, but not all steps of its way were made. A copy that is lost is moved if there is one
 * that is damaged; it is never archived. */
static int recover_ended(struct engine *e, struct intake_rec *in)
{
	enum spool_kind folder = in->state == FILE_TAKEN ? SPOOL_TAKEN : SPOOL_REFUSED;
	bool stands = incoming_copy_stands(e, in);
	int err = 0;

	/* One that was handed in has no remote move to tell that it is done with. */
	if (in->moved || (in->by[0] && !stands))
		return 0;
	/* Refused by its name, in the transaction that recorded it: no step of its way was made. */
	if (stands_in(e, in, SPOOL_ARRIVING))
		err = step_move_later(e, in, SPOOL_ARRIVING, SPOOL_RECEIVED);
	if (!err && (stands || !in->lost))
		err = step_move_later(e, in, SPOOL_RECEIVED, folder);
	if (!err && !in->lost)
		err = step_archive_later(e, in, folder);
	return err ? err : step_remote_move_later(e, in, false);
}

static int recover_one(struct engine *e, struct intake_rec *in)
{
	int err = 0;
	switch (in->state) {
	case FILE_RECEIVED:
		err = step_move_later(e, in, SPOOL_ARRIVING, SPOOL_RECEIVED);
		if (!err)
			err = step_count_later(e, in, 1);
		if (!err)
			err = step_load_later(e, in, true);
		break;
	case FILE_CHECKED:
		err = step_count_later(e, in, 1);
		if (!err)
			err = step_load_later(e, in, false);
		break;
	default:
		err = recover_ended(e, in);
	}
	if (err == E_NOTFOUND) {
		char key[INTAKE_ALERT];
		alert_raise(e, intake_alert(in->id, key),
			    "intake %u: its layout %s is not in the specs any more: put it back "
			    "and restart%s",
			    in->id, in->layout,
			    kind_changes_debts(in->kind)
				? "; nobody is called until this file is read"
				: "");
		return 0;
	}
	return err;
}

struct stray {
	struct engine *e;
	size_t n;
	char path[64][MAX_PATH_BYTES];
};

static int stray_found(void *arg, uint32_t id, const char *path)
{
	struct stray *s = arg;
	struct intake_rec in;
	int err = db_intake_get(&s->e->tx, id, &in);
	if (err == E_NOTFOUND && s->n < sizeof s->path / sizeof *s->path)
		snprintf(s->path[s->n++], MAX_PATH_BYTES, "%s", path);
	return err == E_NOTFOUND ? 0 : err;
}

/* A copy without a record: the original is still in the drop, and is fetched again. */
static int remove_strays(struct engine *e)
{
	struct stray *s = calloc(1, sizeof *s);
	if (!s)
		return E_NOMEM;
	s->e = e;
	int err = spool_each(e->spool, SPOOL_ARRIVING, stray_found, s);
	for (size_t i = 0; i < s->n && !err; i++)
		err = afile_remove_durable(s->path[i]);
	free(s);
	return err;
}

int incoming_recover(struct engine *e)
{
	struct ids s = {0};
	int err = db_scan(&e->tx, T_INTAKE, "", 0, 0, 0, intake_found, &s);
	for (size_t i = 0; i < s.n && !err; i++) {
		struct intake_rec in;
		struct arena_mark one = arena_mark(e->arena); /* years of files are on record */
		err = db_intake_get(&e->tx, (uint32_t)s.list[i], &in);
		if (!err) {
			fresh_note(e, &in);
			err = recover_one(e, &in);
		}
		if (!err && in.state == FILE_CHECKED && in.rows_done >= in.rows_total &&
		    full_is_open(&in)) {
			err = full_begin(e, &in); /* before anybody of its campaign is contacted */
		}
		arena_release(e->arena, one);
	}
	ids_free(&s);
	return err ? err : remove_strays(e);
}
