/* See giveup.h. */
#include "engine/turn/giveup.h"
#include "engine/turn/fullfile.h"
#include "engine/turn/steps.h"

#include "engine/archive/sum.h"
#include "engine/control/methods.h"
#include "engine/log.h"

#include <string.h>
#include <unistd.h>

/* It waits for its next try, or for its layout. While it is being read nobody can say how far it
 * will have come. */
static bool stands(struct engine *e, const struct intake_rec *in)
{
	for (const struct again *a = e->reload; a; a = a->next)
		if (a->number == in->id)
			return true;
	return !e->ports->exchange->layout_find(specs_layouts(e->specs), in->layout);
}

/* Is there no copy with the bytes that were recorded? One that is cut, altered or cannot be read
 * must not be archived: its day could never be sealed. Its bytes are read once more in this turn,
 * while nobody new is contacted and a person waits for the answer. */
static int find_copy(struct engine *e, struct intake_rec *in)
{
	const enum spool_kind folders[] = {SPOOL_RECEIVED, SPOOL_ARRIVING};
	const struct sum sum = {.digest = e->ports->digest};
	char path[MAX_PATH_BYTES], hex[65];
	int64_t size;

	in->lost = true;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		if (spool_path(e->spool, folders[i], in->id, in->name, path) != 0 ||
		    access(path, F_OK) != 0)
			continue;
		in->lost = sum_file(&sum, path, hex, &size) != 0 || strcmp(hex, in->sha256) != 0;
		/* A move that failed is one of the reasons why a file stands. */
		return folders[i] == SPOOL_ARRIVING
			   ? step_move_later(e, in, SPOOL_ARRIVING, SPOOL_RECEIVED)
			   : 0;
	}
	return 0;
}

/* Why it is not given up; 0: it may be. */
static int may(struct engine *e, struct command *cmd, const struct intake_rec *in)
{
	struct run_rec *run;

	if (in->state != FILE_RECEIVED && in->state != FILE_CHECKED)
		return command_refuse(cmd, E_STATE, "intake %u is %s already", in->id,
				      file_state_word(in->state));
	if (in->rows_done >= in->rows_total && full_is_open(in))
		return command_refuse(cmd, E_STATE,
				      "intake %u is read to its end, its missing debts are looked "
				      "at: osame intake keep or withdraw",
				      in->id);
	if (!stands(e, in))
		return command_refuse(cmd, E_STATE,
				      "intake %u is being read (row %u of %u): one that stands is "
				      "tried every few seconds, ask again",
				      in->id, in->rows_done, in->rows_total);
	if (!in->run)
		return 0;
	int err = run_work(e, in->run, &run);
	if (!err && run->targets)
		return command_refuse(cmd, E_STATE,
				      "%u rows are debts of run %u already, which is contacted by "
				      "nobody before it is whole: put the same bytes back into "
				      "received/",
				      in->rows_done, in->run);
	return err;
}

/* What whoever sent it must know comes first: the errors file cuts long words. */
static const char *words_of(struct engine *e, const struct intake_rec *in, const char *reason)
{
	const char *applied =
	    in->rows_done == 0
		? "1行も適用していません"
		: arena_printf(e->arena, "最初の%u行は適用済みで、残りの%u行は適用していません",
			       in->rows_done, in->rows_total - in->rows_done);
	return applied ? arena_printf(e->arena,
				      "職員が受付を取りやめました。%s。送り直すときは別のファイル名"
				      "にしてください%s。理由: %s",
				      applied, in->lost ? "(手元の写しは失われました)" : "", reason)
		       : NULL;
}

int on_giveup_command(struct engine *e, struct command *cmd)
{
	const char *reason = "";
	struct intake_rec in;
	int64_t id = 0;

	json_get_int(cmd->params, "intake", &id);
	json_get_str(cmd->params, "reason", &reason);
	int err = db_intake_get(&e->tx, (uint32_t)id, &in);
	const struct campaign *c = err ? NULL : specs_campaign(e->specs, in.campaign);
	if (err == E_NOTFOUND || (c && strcmp(c->department, cmd->who.department) != 0))
		return command_refuse(cmd, E_NOTFOUND, "there is no intake %lld", (long long)id);
	if (!err)
		err = may(e, cmd, &in);
	if (err)
		return err;
	err = find_copy(e, &in);
	if (err)
		return err;
	const char *words = words_of(e, &in, reason);
	if (!words)
		return E_NOMEM;
	log_warn("event=give-up intake=%u done=%u rows=%u lost=%d user=%s", in.id, in.rows_done,
		 in.rows_total, in.lost, cmd->who.user);
	err = incoming_give_up(e, &in, words);
	if (err)
		return err;
	struct json *j = json_new_object();
	json_put_int(j, "intake", in.id);
	json_put_str(j, "state", file_state_word(in.state));
	json_put_int(j, "applied", in.rows_done);
	json_put_int(j, "rows", in.rows_total);
	json_put_bool(j, "lost", in.lost);
	command_result(cmd, j);
	return 0;
}
