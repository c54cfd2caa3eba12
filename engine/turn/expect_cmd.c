/*
 * What staff see and command about expected files: `osame expect` lists the rules with
 * the number that came last; `osame expect reset` sets it, when the core system begins
 * anew (a new year, a restored system) or says that a missing number will never come.
 *
 * Who did it, when and why are kept in T_META beside the number, in the same
 * transaction; the archive's record is made from that text, and made again at a start
 * while its day is not sealed: a crash between the two loses nothing.
 */
#include "engine/turn/expects.h"
#include "engine/turn/reads.h"

#include "engine/control.h"
#include "engine/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "reset:<rule>" -> at u64, then the record's JSON. */
static size_t reset_key(char key[MAX_KEY_BYTES], const char *rule)
{
	int n = snprintf(key, MAX_KEY_BYTES, "reset:%s", rule);
	return n > 0 && n < MAX_KEY_BYTES ? (size_t)n : 0;
}

static void record_name(const char *rule, int64_t at_ms, char out[MAX_FILE_NAME])
{
	struct civil t = civil_from_ms(at_ms);
	snprintf(out, MAX_FILE_NAME, "expect-%.63s-%04d%02d%02dT%02d%02d%02d.%03d-reset.json", rule,
		 t.year, t.month, t.day, t.hour, t.minute, t.second, (int)(at_ms % 1000));
}

/* ---- the command ---- */

static struct json *record(struct engine *e, const struct command *cmd,
			   const struct config_expect *c, uint64_t before, int64_t number)
{
	struct json *j = json_new_object();
	const char *reason = "";
	char at[26];
	json_get_str(cmd->params, "reason", &reason);
	civil_format_instant(e->now_ms, at);
	json_put_str(j, "command", "expect.reset");
	json_put_str(j, "at", at);
	json_put_str(j, "user", cmd->who.user);
	json_put_str(j, "expect", c->id);
	json_put_str(j, "drop", c->drop);
	json_put_int(j, "before", (int64_t)before);
	json_put_int(j, "number", number);
	json_put_str(j, "reason", reason);
	return j;
}

static int keep_record(struct engine *e, const char *rule, const char *text, size_t n)
{
	char key[MAX_KEY_BYTES], name[MAX_FILE_NAME];
	size_t n_key = reset_key(key, rule);
	char *value = arena_take(e->arena, n + 8);
	if (!value)
		return E_NOMEM;
	key_u64(value, (uint64_t)e->now_ms);
	memcpy(value + 8, text, n);
	e->tx.dirty = true;
	int err = e->tx.ops->put(e->tx.txn, T_META, (struct bytes){key, n_key},
				 (struct bytes){value, n + 8});
	if (err)
		return err;
	record_name(rule, e->now_ms, name);
	return archive_record_later(e, name, text, e->now_ms, false);
}

int on_expect_reset(struct engine *e, struct command *cmd)
{
	const char *id = "";
	int64_t number = 0;
	size_t i = 0, n;
	struct expect_came was;
	char *text;

	json_get_str(cmd->params, "expect", &id);
	json_get_int(cmd->params, "number", &number);
	while (i < e->config->n_expects && strcmp(e->config->expect[i].id, id) != 0)
		i++;
	if (i == e->config->n_expects)
		return command_refuse(cmd, E_NOTFOUND, "the configuration has no [expect %s]", id);
	const struct config_expect *c = &e->config->expect[i];
	if (!strstr(c->pattern, "{n}"))
		return command_refuse(cmd, E_STATE,
				      "[expect %s] has no {n} in its pattern: there "
				      "is no number to set",
				      id);
	int err = expect_came_get(e->tx.ops, e->tx.txn, c->id, &was);
	if (!err)
		err = expects_set(e, i, (uint64_t)number);
	if (err)
		return err;
	struct json *j = record(e, cmd, c, was.last_n, number);
	err = json_text(j, &text, &n);
	if (!err) {
		err = keep_record(e, c->id, text, n);
		free(text);
	}
	if (err) {
		json_free(j);
		return err;
	}
	log_info("event=expect-reset expect=%s before=%llu number=%lld user=%s", c->id,
		 (unsigned long long)was.last_n, (long long)number, cmd->who.user);
	command_result(cmd, j);
	return 0;
}

/* ---- at start ---- */

static int record_again(struct engine *e, const char *rule, int32_t sealed)
{
	char key[MAX_KEY_BYTES], name[MAX_FILE_NAME];
	struct bytes value;
	size_t n = reset_key(key, rule);
	int err = e->tx.ops->get(e->tx.txn, T_META, (struct bytes){key, n}, &value);
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	if (value.n < 8)
		return E_CORRUPT;
	int64_t at_ms = (int64_t)read_u64(value.p);
	if (sealed != DAY_NONE && civil_day_at(at_ms) <= sealed)
		return 0;
	char *text = arena_take(e->arena, value.n - 8 + 1);
	if (!text)
		return E_NOMEM;
	memcpy(text, (const char *)value.p + 8, value.n - 8);
	text[value.n - 8] = '\0';
	record_name(rule, at_ms, name);
	return archive_record_later(e, name, text, at_ms, true);
}

int expect_resets_recover(struct engine *e)
{
	struct archive_rec sealed;
	int err = db_archive_get(&e->tx, &sealed);
	for (size_t i = 0; i < e->config->n_expects && !err; i++)
		err = record_again(e, e->config->expect[i].id, sealed.day);
	return err;
}

/* ---- the listing ---- */

/* Which of a rule's alerts stand. */
static void put_alerts(struct json *j, const struct engine_status *s, const char *rule)
{
	static const char *const kinds[] = {"gap", "again", "set", "stale", "missing"};
	char words[64] = "", key[MAX_ID];
	size_t n = 0;
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		snprintf(key, sizeof key, "%s-%.40s", kinds[k], rule);
		for (size_t i = 0; i < s->n_alerts; i++)
			if (!s->alerts[i].cleared && strcmp(s->alerts[i].key, key) == 0 &&
			    n < sizeof words)
				n += (size_t)snprintf(words + n, sizeof words - n, "%s%s",
						      n ? " " : "", kinds[k]);
	}
	json_put_str(j, "alerts", words);
}

/* Who set the number last; the record is our own text. */
static int put_reset(struct json *j, const struct query *q, const char *rule)
{
	char key[MAX_KEY_BYTES];
	struct bytes value;
	struct json *was = NULL;
	const char *user = "", *reason = "";
	size_t n = reset_key(key, rule);
	int64_t at_ms = 0;
	int err = q->store->get(q->snapshot, T_META, (struct bytes){key, n}, &value);
	if (err && err != E_NOTFOUND)
		return err;
	if (!err && value.n > 8) {
		at_ms = (int64_t)read_u64(value.p);
		err = json_parse((const char *)value.p + 8, value.n - 8, JSON_DEPTH, &was);
		if (err)
			return E_CORRUPT;
		json_get_str(was, "user", &user);
		json_get_str(was, "reason", &reason);
	}
	read_put_time(j, "reset", at_ms);
	json_put_str(j, "reset_by", user);
	json_put_str(j, "reset_reason", reason);
	json_free(was);
	return 0;
}

static int one_row(const struct query *q, struct answer *a, const struct engine_status *s,
		   const struct config_expect *c)
{
	struct expect_came came;
	int err = expect_came_get(q->store, q->snapshot, c->id, &came);
	if (err)
		return err;
	struct json *j = json_new_object();
	json_put_str(j, "expect", c->id);
	json_put_str(j, "drop", c->drop);
	json_put_str(j, "pattern", c->pattern);
	json_put_int(j, "last", (int64_t)came.last_n);
	read_put_time(j, "came", came.last_ms);
	json_put_str(j, "gap", strstr(c->pattern, "{n}") ? c->gap : "");
	json_put_str(j, "by", c->by);
	put_alerts(j, s, c->id);
	err = put_reset(j, q, c->id);
	if (err) {
		json_free(j);
		return err;
	}
	return answer_row(a, j);
}

int read_expects(const struct query *q, struct answer *a)
{
	const struct config *config = engine_config(q->ctx);
	struct engine_status *s = malloc(sizeof *s);
	int err = s ? 0 : E_NOMEM;
	if (!err)
		engine_status(q->ctx, s);
	for (size_t i = 0; i < config->n_expects && !err; i++) /* at most 32: one page */
		err = one_row(q, a, s, &config->expect[i]);
	free(s);
	return err < 0 ? err : 0;
}
