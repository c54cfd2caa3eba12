/*
 * Files that went out, once more: their bytes made again from the store and held
 * against the hash that they were sent with (`outfile.rebuild`), or put into the
 * drop again because the receiver lost them (`outfile.again`). The contract stands:
 * same number, same bytes. What cannot be made the same is not given to anybody.
 */
#include "engine/turn/rebuild.h"

#include "engine/control/methods.h"
#include "engine/log.h"
#include "engine/turn/builder.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct rebuilding {
	struct rebuilding *next;
	struct command *command;
	uint32_t number;
};

bool is_outfile_command(int method)
{
	return method == M_OUTFILE_REBUILD || method == M_OUTFILE_AGAIN;
}

/* ---- whose file is it? ---- */

/* Files of runs are their department's. Those about holds and numbers speak of every department's
 * residents: nobody reads them here, but anyone who may have a file put again may have these. */
static int find(struct engine *e, struct command *cmd, bool reads, struct outfile *f)
{
	struct run_rec run;
	int64_t number = 0;
	json_get_int(cmd->params, "file", &number);
	int err = db_outfile_get(&e->tx, (uint32_t)number, f);
	bool mine = !err && !(reads && f->kind >= RUN_KINDS);
	if (mine && f->run) {
		err = db_run_get(&e->tx, f->run, &run);
		mine = !err && strcmp(run.department, cmd->who.department) == 0;
	}
	if (err == E_NOTFOUND || (!err && !mine))
		return command_refuse(cmd, E_NOTFOUND, "there is no file %lld that you may see",
				      (long long)number);
	return err;
}

/* ---- rebuild ---- */

static void begin(struct engine *e, void *arg)
{
	struct rebuilding *r = arg;
	int fd = fcntl(r->command->file, F_DUPFD_CLOEXEC, 0);
	int err = fd < 0 ? E_LIMIT : builder_rebuild(e->builder, r->number, fd);
	if (err) {
		command_refuse(r->command, err, "%s", err_str(err));
		control_reply(r->command);
		free(r);
		return;
	}
	struct rebuilding **at = &e->rebuilds;
	while (*at)
		at = &(*at)->next;
	*at = r;
}

static int rebuild(struct engine *e, struct command *cmd)
{
	struct outfile f;
	struct stat st;
	int err = find(e, cmd, true, &f);
	if (err)
		return err;
	/* A pipe that nobody reads would keep the builder, and with it all files, for ever. */
	if (fstat(cmd->file, &st) != 0 || !S_ISREG(st.st_mode))
		return command_refuse(cmd, E_INVALID, "a file made again goes into a regular file");
	if (f.state == OUTFILE_ASSIGNED)
		return command_refuse(
		    cmd, E_STATE, "file %u was not made yet: there is nothing to hold it against",
		    f.number);
	struct rebuilding *r = calloc(1, sizeof *r);
	if (!r)
		return E_NOMEM;
	r->command = cmd;
	r->number = f.number;
	return effect_add(e, begin, r, free);
}

static void answer(struct engine *e, void *arg)
{
	struct rebuilding *r = arg;
	for (struct rebuilding **at = &e->rebuilds; *at; at = &(*at)->next)
		if (*at == r) {
			*at = r->next;
			break;
		}
	control_reply(r->command);
	free(r);
}

static void refuse(struct command *cmd, const struct event *ev)
{
	switch (ev->built.err) {
	case E_EXISTS:
		command_refuse(cmd, E_INVALID,
			       "file %u comes out with other bytes than it was sent with: put the "
			       "layout back that it was made with, restart, and ask again. Nothing "
			       "was written",
			       ev->built.number);
		break;
	case E_NOTFOUND:
		command_refuse(cmd, E_NOTFOUND,
			       "what file %u was made of (its layout, or its rows) is not kept any "
			       "more: look into the archive",
			       ev->built.number);
		break;
	case E_CORRUPT:
		command_refuse(cmd, E_NOTFOUND,
			       "rows of file %u are missing in the store: look into the archive",
			       ev->built.number);
		break;
	default:
		command_refuse(cmd, ev->built.err, "file %u: %s", ev->built.number,
			       err_str(ev->built.err));
	}
}

int on_rebuilt(struct engine *e, const struct event *ev)
{
	struct rebuilding *r = e->rebuilds;
	while (r && r->number != ev->built.number)
		r = r->next;
	if (!r)
		return 0;
	if (ev->built.err) {
		refuse(r->command, ev);
	} else {
		struct json *j = json_new_object();
		json_put_int(j, "file", ev->built.number);
		json_put_int(j, "bytes", ev->built.size);
		json_put_str(j, "sha256", ev->built.sha256);
		command_result(r->command, j);
	}
	return effect_add(e, answer, r, NULL);
}

void rebuilds_free(struct engine *e)
{
	while (e->rebuilds) {
		struct rebuilding *r = e->rebuilds;
		e->rebuilds = r->next;
		free(r); /* its command is control's */
	}
}

/* ---- again ---- */

static int again(struct engine *e, struct command *cmd)
{
	struct outfile f;
	const char *reason = "";
	json_get_str(cmd->params, "reason", &reason);
	int err = find(e, cmd, false, &f);
	if (err)
		return err;
	if (outfile_set(&f.state, OUTFILE_SENDING))
		return command_refuse(cmd, E_STATE, "file %u is %s: it goes out by itself",
				      f.number, outfile_state_word(f.state));
	log_info("event=again file=%u user=%s reason=\"%s\"", f.number, cmd->who.user, reason);
	f.tries = 0;
	err = db_outfile_put(&e->tx, &f);
	return err ? err : outgoing_again_now(e, &f);
}

int on_outfile_command(struct engine *e, struct command *cmd, int method)
{
	return method == M_OUTFILE_REBUILD ? rebuild(e, cmd) : again(e, cmd);
}
