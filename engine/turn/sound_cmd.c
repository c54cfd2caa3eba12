/*
 * What staff do with sound that was kept: type what they heard, and take the file. What
 * is typed is marked with who and when, stands beside the sound and outlives it; it never
 * becomes an answer of the resident's. Both are in the audit log, the typed words are
 * not. The department is a wall.
 *
 * The file is copied by the archiver into the caller's descriptor, which must be a file:
 * a pipe that nobody reads would hold up the archive.
 */
#include "engine/turn/sounds.h"

#include "engine/control/methods.h"
#include "engine/log.h"
#include "engine/turn/soundrec.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool is_sound_command(int method)
{
	return method == M_RECORDING_FETCH || method == M_RECORDING_TYPE;
}

static int find(struct engine *e, struct command *cmd, struct sound_rec *r)
{
	int64_t call = 0, n = 0;
	json_get_int(cmd->params, "call", &call);
	json_get_int(cmd->params, "n", &n);
	int err = db_sound_get(&e->tx, (uint64_t)call, (uint32_t)n, r);
	if (err == E_NOTFOUND || (!err && strcmp(r->department, cmd->who.department) != 0))
		return command_refuse(cmd, E_NOTFOUND,
				      "there is no recording %lld of call %lld that you may hear",
				      (long long)n, (long long)call);
	return err;
}

/* ---- typed ---- */

static int type(struct engine *e, struct command *cmd)
{
	struct sound_rec r;
	const char *words = "";
	int err = find(e, cmd, &r);
	if (err)
		return err;
	json_get_str(cmd->params, "words", &words);
	r.typed = words;
	r.typed_by = cmd->who.user;
	r.typed_ms = e->now_ms;
	log_info("event=recording-typed call=%llu n=%u user=%s", (unsigned long long)r.call, r.n,
		 cmd->who.user);
	return db_sound_put(&e->tx, &r);
}

/* ---- given ---- */

static void begin(struct engine *e, void *arg)
{
	struct archive_job *job = arg;
	struct command *cmd = job->command;
	job->fd = fcntl(cmd->file, F_DUPFD_CLOEXEC, 0);
	int err = job->fd < 0 ? E_LIMIT : archiver_post(e->archiver, job);
	if (err) {
		if (job->fd >= 0)
			close(job->fd);
		command_refuse(cmd, err, "%s", err_str(err));
		control_reply(cmd);
	}
	free(job);
}

static int fetch(struct engine *e, struct command *cmd)
{
	struct sound_rec r;
	struct stat st;
	int err = find(e, cmd, &r);
	if (err)
		return err;
	if (r.lost[0])
		return command_refuse(cmd, E_NOTFOUND, "this recording was lost: %s", r.lost);
	if (fstat(cmd->file, &st) != 0 || !S_ISREG(st.st_mode))
		return command_refuse(cmd, E_INVALID, "a recording goes into a regular file");
	struct archive_job *job = calloc(1, sizeof *job);
	if (!job)
		return E_NOMEM;
	job->kind = ARCHIVE_GIVE;
	job->day = r.day;
	job->command = cmd;
	sound_name(&r, job->name);
	log_info("event=recording-fetched call=%llu n=%u user=%s", (unsigned long long)r.call, r.n,
		 cmd->who.user);
	return effect_add(e, begin, job, free);
}

static void answer(struct engine *e, void *arg)
{
	(void)e;
	control_reply(arg);
}

int sound_given(struct engine *e, const struct archive_done *d)
{
	if (d->err == E_NOTFOUND)
		command_refuse(d->command, E_NOTFOUND,
			       "its sound is not there: it is over its time, or was lost");
	else if (d->err)
		command_refuse(d->command, d->err, "it cannot be given: %s", err_str(d->err));
	else
		command_result(d->command, json_new_object());
	return effect_add(e, answer, d->command, NULL);
}

int on_sound_command(struct engine *e, struct command *cmd, int method)
{
	return method == M_RECORDING_TYPE ? type(e, cmd) : fetch(e, cmd);
}
