/*
 * What staff command about exclusions: a department may override one, for its own
 * runs, with a reason that is recorded with who gave it; and take that back. Never
 * 支援措置 and 死亡: no role may, and the store's record would not be looked at
 * (standing.h).
 */
#include "engine/turn/engine.h"
#include "engine/turn/exclude.h"
#include "engine/turn/names.h"
#include "engine/turn/outlook.h"

#include "engine/control.h"
#include "engine/control/methods.h"
#include "engine/log.h"

#include <string.h>

bool is_exclusion_command(int method)
{
	return method == M_EXCLUSION_OVERRIDE || method == M_EXCLUSION_RESTORE;
}

static enum exclusion reason_of(const struct command *cmd)
{
	const char *name = "";
	json_get_str(cmd->params, "reason", &name);
	for (int i = 1; i < EXCLUSIONS; i++)
		if (strcmp(exclusion_name((enum exclusion)i), name) == 0)
			return (enum exclusion)i;
	return EXCLUSION_NONE;
}

/* Does the caller's department have to do with this person at all? */
static int is_known(struct engine *e, const char *person, const char *department, bool *ret)
{
	struct matches m;
	struct debt_key key = {person, "", "", "", "", "", ""};
	int err = matches_find(e, &key, &m);
	*ret = err == E_LIMIT; /* so many debts: somebody's, and the wall is in the list already */
	for (size_t i = 0; i < m.n && !err && !*ret; i++) {
		struct run_rec *run;
		err = run_work(e, m.list[i].run, &run);
		*ret = !err && strcmp(run->department, department) == 0;
	}
	return err == E_NOTFOUND || err == E_LIMIT ? 0 : err;
}

static int override_one(struct engine *e, const struct command *cmd,
			const struct exclusion_rec *exclusion)
{
	struct exclusion_rec rec = *exclusion;
	const char *words = "";
	json_get_str(cmd->params, "words", &words);
	rec.department = cmd->who.department;
	rec.at_ms = e->now_ms;
	rec.intake = rec.row = 0;
	rec.words = words;
	rec.by = cmd->who.user;
	return db_exclusion_put(&e->tx, &rec);
}

/* *ret_n grows by the exclusions (or overrides) of that reason that were changed. */
static int change(struct engine *e, const struct command *cmd, bool restore,
		  struct exclusion_rec *list, size_t n, enum exclusion reason, size_t *ret_n)
{
	int err = 0;
	for (size_t i = 0; i < n && !err; i++) {
		const char *of = list[i].department;
		if (list[i].reason != reason || strcmp(of, restore ? cmd->who.department : "") != 0)
			continue;
		++*ret_n;
		err = restore ? db_exclusion_del(&e->tx, &list[i]) : override_one(e, cmd, &list[i]);
	}
	return err;
}

/* He, and whoever is him: an exclusion of another of his 宛名番号 is looked at with his own. */
static int change_all(struct engine *e, const struct command *cmd, bool restore, const char *person,
		      enum exclusion reason, size_t *ret_changed, size_t *ret_reached)
{
	const char *names[MOST_NAMES];
	size_t n, n_list, reached;
	int err = names_of(e, person, names, &n);
	*ret_changed = *ret_reached = 0;
	for (size_t i = 0; i < n && !err; i++) {
		struct exclusion_rec *list;
		err = exclusions_of(&e->tx, names[i], &list, &n_list);
		if (!err)
			err = change(e, cmd, restore, list, n_list, reason, ret_changed);
	}
	for (size_t i = 0; i < n && !err && *ret_changed; i++) {
		err = exclusion_reached(e, &(struct debt_key){names[i], "", "", "", "", "", ""},
					!restore, cmd->who.department, &reached);
		*ret_reached += reached;
	}
	return err;
}

int on_exclusion_command(struct engine *e, struct command *cmd, int method)
{
	bool restore = method == M_EXCLUSION_RESTORE, known;
	enum exclusion reason = reason_of(cmd);
	const char *person = "";
	size_t changed = 0, reached = 0;

	json_get_str(cmd->params, "person", &person);
	if (!restore && exclusion_is_absolute(reason))
		return command_refuse(cmd, E_DENIED, "%s: nobody may override this",
				      exclusion_words(reason));
	int err = is_known(e, person, cmd->who.department, &known);
	if (!err && known)
		err = change_all(e, cmd, restore, person, reason, &changed, &reached);
	if (err)
		return err;
	if (changed == 0)
		return command_refuse(cmd, E_NOTFOUND, "there is no %s \"%s\" of this person",
				      restore ? "override of" : "exclusion",
				      exclusion_words(reason));
	log_info("event=exclusion method=%s user=%s reason=%s targets=%zu", cmd->method->name,
		 cmd->who.user, exclusion_name(reason), reached);
	struct json *j = json_new_object();
	json_put_int(j, "exclusions", (int64_t)changed);
	json_put_int(j, "targets", (int64_t)reached);
	command_result(cmd, j);
	return 0;
}
