/*
 * What staff command about holds and the number book. The table of methods has
 * checked roles and shapes; here is what only the store knows. Who, when and why are
 * in the record. The department is a wall for ending too: what another department
 * made is not shown, and "there is no hold" is all that is said of it.
 */
#include "engine/turn/holds.h"

#include "engine/control/methods.h"
#include "engine/log.h"
#include "engine/plan/phone.h"
#include "engine/turn/reads.h"

#include <string.h>

bool is_hold_command(int method)
{
	return method == M_HOLD_ADD || method == M_HOLD_END || method == M_NUMBER_ADD ||
	       method == M_NUMBER_END;
}

static const char *text(const struct command *cmd, const char *name)
{
	const char *s = "";
	json_get_str(cmd->params, name, &s);
	return s;
}

static int date(struct command *cmd, const char *name, int32_t *ret_day)
{
	const char *s = text(cmd, name);
	*ret_day = DAY_NONE;
	if (!s[0] || civil_parse_date(s, ret_day) == 0)
		return 0;
	return command_refuse(cmd, E_INVALID, "%s: there is no day %s; write YYYY-MM-DD", name, s);
}

/* ---- holds ---- */

static int add_hold(struct engine *e, struct command *cmd)
{
	int32_t today = civil_day_at(e->now_ms), until, promised;
	struct hold_rec h = {.person = text(cmd, "person"),
			     .gyomu = text(cmd, "gyomu"),
			     .promised_day = DAY_NONE,
			     .origin = ORIGIN_STAFF,
			     .department = cmd->who.department,
			     .user = cmd->who.user,
			     .reason = text(cmd, "reason")};
	if (!hold_kind_of(text(cmd, "kind"), &h.kind))
		return command_refuse(cmd, E_INVALID, "no such kind of hold");
	int err = date(cmd, "until", &until);
	if (!err)
		err = date(cmd, "promise", &promised);
	if (err)
		return err;
	if (until != DAY_NONE && until < today)
		return command_refuse(cmd, E_INVALID, "until: the day is over");
	if ((h.kind == HOLD_PROMISE) != (promised != DAY_NONE))
		return command_refuse(cmd, E_INVALID,
				      "a promise needs its date (--promise YYYY-MM-DD), and "
				      "nothing else has one");
	if (promised != DAY_NONE && promised < today)
		return command_refuse(cmd, E_INVALID, "promise: the day is over");
	h.promised_day = promised;
	err = hold_make(e, &h, until, NULL);
	if (err)
		return err;
	struct json *j = json_new_object();
	json_put_int(j, "hold", h.id);
	json_put_str(j, "person", h.person);
	json_put_str(j, "kind", hold_kind_word(h.kind));
	char day[11] = "";
	if (h.until_ms != HOLD_NO_END)
		civil_format_date(civil_day_at(h.until_ms - 1), day);
	json_put_str(j, "until", day);
	command_result(cmd, j);
	return 0;
}

static bool is_mine(const char *department, const struct command *cmd)
{
	return department[0] == '\0' || strcmp(department, cmd->who.department) == 0;
}

static int end_hold(struct engine *e, struct command *cmd)
{
	int64_t id = 0;
	struct hold_rec h;
	json_get_int(cmd->params, "hold", &id);
	int err =
	    db_hold_get(&e->tx, e->config->engine.city, text(cmd, "person"), (uint32_t)id, &h);
	if (err == E_NOTFOUND || (!err && !is_mine(h.department, cmd)))
		return command_refuse(cmd, E_NOTFOUND, "this person has no hold %lld",
				      (long long)id);
	if (err)
		return err;
	if (h.ended_ms)
		return command_refuse(cmd, E_STATE, "hold %lld was ended by %s already",
				      (long long)id, h.ended_by);
	return hold_end(e, &h, cmd->who.user, text(cmd, "reason"));
}

/* ---- numbers ---- */

static int number_of(struct command *cmd, char digits[MAX_NUMBER])
{
	if (phone_normalise(text(cmd, "number"), digits) == PHONE_OK)
		return 0;
	return command_refuse(cmd, E_INVALID, "number: not a Japanese telephone number");
}

static int add_mark(struct engine *e, struct command *cmd)
{
	char digits[MAX_NUMBER];
	const char *channel = text(cmd, "channel");
	struct mark_rec m = {.person = text(cmd, "person"),
			     .voice = strcmp(channel, "sms") != 0,
			     .sms = strcmp(channel, "voice") != 0,
			     .origin = ORIGIN_STAFF,
			     .department = cmd->who.department,
			     .user = cmd->who.user,
			     .reason = text(cmd, "reason")};
	int err = number_of(cmd, digits);
	if (err)
		return err;
	if (!mark_of(text(cmd, "mark"), &m.mark))
		return command_refuse(cmd, E_INVALID, "no such mark");
	if (m.mark != MARK_STOP && channel[0] && strcmp(channel, "both") != 0)
		return command_refuse(cmd, E_INVALID,
				      "only a stop can be of one channel: a dead or wrong number "
				      "is so for both");
	m.digits = digits;
	return mark_make(e, &m);
}

/* Who sees numbers shortened picks a row and types the number: another's that stands in the book
 * too is not lifted in its place. Asked here, as only here is known what both say. */
static bool is_picked(const struct command *cmd, const struct mark_rec *m)
{
	char number[20], made[READ_TIME];
	const char *shown = text(cmd, "shown"), *when = text(cmd, "made");
	return (!*shown || strcmp(shown, log_number(m->digits, number)) == 0) &&
	       (!*when || strcmp(when, read_time(m->made_ms, made)) == 0);
}

static int end_mark(struct engine *e, struct command *cmd)
{
	char digits[MAX_NUMBER];
	enum number_mark mark;
	struct mark_rec m;
	int err = number_of(cmd, digits);
	if (err)
		return err;
	if (!mark_of(text(cmd, "mark"), &mark))
		return command_refuse(cmd, E_INVALID, "no such mark");
	err = db_mark_get(&e->tx, digits, text(cmd, "person"), mark, &m);
	if (err == E_NOTFOUND || (!err && (m.ended_ms || !is_mine(m.department, cmd))))
		return command_refuse(cmd, E_NOTFOUND,
				      "the number book has no such entry: osame number list shows "
				      "number, mark and person of each");
	if (!err && !is_picked(cmd, &m))
		return command_refuse(cmd, E_NOTFOUND,
				      "the number is not that of the entry that was picked");
	if (err)
		return err;
	return mark_end(e, &m, cmd->who.user, text(cmd, "reason"));
}

int on_hold_command(struct engine *e, struct command *cmd, int method)
{
	switch (method) {
	case M_HOLD_ADD:
		return add_hold(e, cmd);
	case M_HOLD_END:
		return end_hold(e, cmd);
	case M_NUMBER_ADD:
		return add_mark(e, cmd);
	case M_NUMBER_END:
		return end_mark(e, cmd);
	default:
		return command_refuse(cmd, E_NOTFOUND, "no such command");
	}
}
