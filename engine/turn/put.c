/*
 * `intake.put`: a file that staff hand in (osame intake put). The bytes come as a
 * descriptor, are copied by the thread of engine/handed.c, and then take the way of
 * every file: the same checks, the same receipt in the drop. The command is answered
 * when the intake record is on disk, not before.
 *
 * The same file again (name, size, content) is the same intake: the same answer, and
 * nothing is done twice. Crash windows: before the record the copy is a stray that
 * the next start removes, and whoever handed it in hears that the engine went away;
 * after it the record goes on by itself.
 */
#include "engine/turn/put.h"

#include "engine/control/methods.h"
#include "engine/log.h"
#include "engine/utf8.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct putting {
	struct putting *next;
	struct command *command;
	uint32_t intake;
	char drop[MAX_ID], name[MAX_FILE_NAME];
};

/* ---- the command ---- */

static bool is_name(const char *s)
{
	size_t n = strlen(s);
	return n > 0 && n < MAX_FILE_NAME && s[0] != '.' && !strpbrk(s, "/\\") &&
	       utf8_valid(s, n, NULL) && !utf8_has_control(s, n);
}

static int drop_of(struct engine *e, struct command *cmd, const char **ret_id)
{
	const char *id = "";
	if (!json_get_str(cmd->params, "drop", &id)) {
		if (e->n_drops != 1)
			return command_refuse(
			    cmd, E_INVALID,
			    "there are %zu drops: say which (--drop ID), its core "
			    "system gets the receipt",
			    e->n_drops);
		id = e->drops[0].config->id;
	}
	*ret_id = id;
	return drop_by_id(e, id) ? 0 : command_refuse(cmd, E_NOTFOUND, "there is no drop %s", id);
}

static void reply_now(struct engine *e, struct putting *p, int err, const char *words)
{
	(void)e;
	command_refuse(p->command, err, "%s", words);
	control_reply(p->command);
	free(p);
}

/* Memory: an id above all that are given, as a fetch has. */
static void put_begin(struct engine *e, void *arg)
{
	struct putting *p = arg;
	struct handed_job job = {.fd = -1};
	if (e->next_intake < e->counters.next_intake)
		e->next_intake = e->counters.next_intake;
	p->intake = job.intake = ++e->next_intake;
	snprintf(job.name, sizeof job.name, "%s", p->name);
	int err = spool_path(e->spool, SPOOL_ARRIVING, job.intake, job.name, job.path);
	if (!err)
		job.fd = fcntl(p->command->file, F_DUPFD_CLOEXEC, 0);
	if (!err && job.fd < 0)
		err = E_LIMIT;
	if (!err)
		err = e->handed ? handed_post(e->handed, &job) : E_CLOSED;
	if (err) {
		reply_now(e, p, err == E_FULL ? E_AGAIN : err, err_str(err));
		return;
	}
	p->next = e->puttings;
	e->puttings = p;
}

int on_put_command(struct engine *e, struct command *cmd)
{
	const char *drop = "", *name = "";
	json_get_str(cmd->params, "name", &name);
	int err = drop_of(e, cmd, &drop);
	if (err)
		return err;
	if (!is_name(name))
		return command_refuse(cmd, E_INVALID,
				      "a file's name has 1 to 255 bytes, no / or \\, no control "
				      "characters, and no dot in front");
	if (!incoming_may_hand(e, name, cmd->who.department))
		return command_refuse(cmd, E_DENIED, "a campaign of another department takes %s",
				      name);
	struct putting *p = calloc(1, sizeof *p);
	if (!p)
		return E_NOMEM;
	p->command = cmd;
	snprintf(p->drop, sizeof p->drop, "%s", drop);
	snprintf(p->name, sizeof p->name, "%s", name);
	return effect_add(e, put_begin, p, free);
}

/* ---- copied ---- */

static struct putting *putting_of(struct engine *e, uint32_t intake)
{
	struct putting *p = e->puttings;
	while (p && p->intake != intake)
		p = p->next;
	return p;
}

/* The record is on disk (or nothing is): answered, and forgotten. */
static void put_end(struct engine *e, void *arg)
{
	struct putting *p = arg;
	for (struct putting **at = &e->puttings; *at; at = &(*at)->next)
		if (*at == p) {
			*at = p->next;
			break;
		}
	control_reply(p->command);
	free(p);
}

static const char *words_of(int err)
{
	switch (err) {
	case E_INVALID:
		return "what was handed in is no regular file";
	case E_AGAIN:
		return "the file changed while it was read: hand it in again when it is whole";
	case E_LIMIT:
		return "the file is over 4 GiB";
	case E_NOSPC:
		return "no room in the spool for the file";
	default:
		return err_str(err);
	}
}

int on_handed(struct engine *e, const struct event *ev)
{
	struct putting *p = putting_of(e, ev->handed.intake);
	struct intake_rec in;
	bool known = false;
	if (!p)
		return 0;
	int err = ev->handed.err;
	if (err) {
		command_refuse(p->command, err, "%s", words_of(err));
		return effect_add(e, put_end, p, NULL);
	}
	err = incoming_hand(e, p->drop, &ev->handed, p->command->who.user, &in, &known);
	if (err)
		return err;
	struct json *j = json_new_object();
	json_put_int(j, "intake", in.id);
	json_put_str(j, "name", in.name);
	json_put_str(j, "drop", in.drop);
	json_put_str(j, "state", file_state_word(in.state));
	json_put_bool(j, "known", known);
	json_put_str(j, "sha256", in.sha256);
	command_result(p->command, j);
	return effect_add(e, put_end, p, NULL);
}

void puttings_free(struct engine *e)
{
	while (e->puttings) {
		struct putting *p = e->puttings;
		e->puttings = p->next;
		free(p); /* their commands are control's: it answers that the engine stops */
	}
}
