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

enum { MOST_LISTED = 2048 };

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
	*ret = m.cut; /* so many debts: somebody's, and the wall is in the list already */
	for (size_t i = 0; i < m.n && !err && !*ret; i++) {
		struct run_rec *run;
		err = run_work(e, m.list[i].run, &run);
		*ret = !err && strcmp(run->department, department) == 0;
	}
	return err == E_NOTFOUND ? 0 : err;
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

/* Of all his names: the exclusions that are overridden, or the overrides that are taken back. */
struct wanted {
	size_t n_names, n[MOST_NAMES];
	const char *names[MOST_NAMES];
	struct exclusion_rec *list[MOST_NAMES];
};

/* E_LIMIT: his list would be longer than can be read (outlook.c), or one fits no key. */
static int is_room(const struct exclusion_rec *list, size_t n, size_t n_all, const char *department)
{
	char key[MAX_KEY_BYTES];
	size_t len;
	int err = n_all + n > MOST_LISTED ? E_LIMIT : 0;
	for (size_t i = 0; i < n && !err; i++) {
		struct exclusion_rec rec = list[i];
		rec.department = department;
		err = key_exclusion(key, &len, &rec);
	}
	return err;
}

/* He, and whoever is him: an exclusion of another of his 宛名番号 is looked at with his own. All is
 * read and checked before the first write: a refusal leaves nothing behind. */
static int look_up(struct engine *e, const struct command *cmd, bool restore, const char *person,
		   enum exclusion reason, struct wanted *ret)
{
	const char *department = cmd->who.department;
	int err = names_of(e, person, ret->names, &ret->n_names);
	for (size_t i = 0; i < ret->n_names && !err; i++) {
		struct exclusion_rec *list = NULL;
		size_t n_all = 0, n = 0;
		err = exclusions_of(&e->tx, ret->names[i], &list, &n_all);
		for (size_t k = 0; k < n_all && !err; k++)
			if (list[k].reason == reason &&
			    strcmp(list[k].department, restore ? department : "") == 0)
				list[n++] = list[k];
		if (!err && !restore)
			err = is_room(list, n, n_all, department);
		ret->list[i] = list;
		ret->n[i] = n;
	}
	return err;
}

static int change_all(struct engine *e, const struct command *cmd, bool restore,
		      const struct wanted *w, size_t *ret_reached)
{
	int err = 0;
	for (size_t i = 0; i < w->n_names; i++)
		for (size_t k = 0; k < w->n[i] && !err; k++)
			err = restore ? db_exclusion_del(&e->tx, &w->list[i][k])
				      : override_one(e, cmd, &w->list[i][k]);
	for (size_t i = 0; i < w->n_names && !err; i++) {
		struct debt_key all = {w->names[i], "", "", "", "", "", ""};
		size_t reached;
		err = exclusion_reached(e, &all, !restore, cmd->who.department, &reached);
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
	struct wanted w = {0};

	json_get_str(cmd->params, "person", &person);
	if (!restore && exclusion_is_absolute(reason))
		return command_refuse(cmd, E_DENIED, "%s: nobody may override this",
				      exclusion_words(reason));
	int err = is_known(e, person, cmd->who.department, &known);
	if (!err && known)
		err = look_up(e, cmd, restore, person, reason, &w);
	if (err == E_LIMIT)
		return command_refuse(cmd, E_LIMIT, "too many exclusions of this person");
	for (size_t i = 0; i < w.n_names && !err; i++)
		changed += w.n[i];
	if (!err && changed)
		err = change_all(e, cmd, restore, &w, &reached);
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
