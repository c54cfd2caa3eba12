/* See account.h. The rules for changing a record's bytes are record.c's. */
#include "engine/turn/account.h"

#include "engine/log.h"
#include "engine/full_io.h"
#include "engine/turn/password.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EASY_MOST_BYTES 65536

const char *account_state_word(enum account_state s)
{
	static const char *const words[ACCOUNT_STATES] = {"invited", "active", "disabled"};
	return (unsigned)s < ACCOUNT_STATES ? words[s] : "?";
}

/* ---- accounts ---- */

static void account_fields(struct codec *c, struct account_rec *r)
{
	int roles = (int)r->roles;
	codec_str(c, &r->user);
	codec_str(c, &r->name);
	codec_str(c, &r->department);
	codec_int(c, &roles);
	if (!c->writing)
		r->roles = (unsigned)roles & ROLES_ALL;
	CODEC_ENUM(c, r->state, ACCOUNT_STATES);
	codec_str(c, &r->password);
	codec_str(c, &r->totp);
	codec_i64(c, &r->step);
	codec_str(c, &r->invite);
	codec_i64(c, &r->invite_until_ms);
	codec_i64(c, &r->made_ms);
	codec_i64(c, &r->seen_ms);
	codec_str(c, &r->made_by);
	codec_i32(c, &r->until_day);
	if (!codec_has(c, 10)) {
		r->certificate = "";
		return;
	}
	CODEC_ENUM(c, r->token, ACCOUNT_TOKENS);
	codec_int(c, &r->digits);
	codec_int(c, &r->step_s);
	codec_str(c, &r->certificate);
}

int account_read(struct bytes value, struct account_rec *ret)
{
	struct codec c;
	*ret = (struct account_rec){0};
	codec_read(&c, value, DB_RECORD_VERSION);
	account_fields(&c, ret);
	return codec_end(&c);
}

int db_account_get(struct tx *tx, const char *user, struct account_rec *ret)
{
	struct codec c;
	size_t n = strnlen(user, MAX_ID);
	if (n == 0 || n == MAX_ID)
		return E_NOTFOUND;
	int err = db_bytes_get(tx, T_ACCOUNT, user, n, &c);
	if (err)
		return err;
	*ret = (struct account_rec){0};
	account_fields(&c, ret);
	return codec_end(&c);
}

int db_account_put(struct tx *tx, const struct account_rec *r)
{
	char buf[4096];
	struct account_rec copy = *r;
	copy.certificate = r->certificate ? r->certificate : "";
	struct codec c;
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	account_fields(&c, &copy);
	return db_bytes_put(tx, T_ACCOUNT, r->user, strlen(r->user), &c);
}

int account_hash_of(const struct store_ops *ops, struct store_txn *snapshot, const char *user,
		    char out[SIGNIN_HASH])
{
	struct bytes value;
	struct account_rec r;
	out[0] = '\0';
	if (!*user)
		return 0;
	int err = ops->get(snapshot, T_ACCOUNT, (struct bytes){user, strlen(user)}, &value);
	if (err == E_NOTFOUND)
		return 0;
	if (!err)
		err = account_read(value, &r);
	if (!err && r.state == ACCOUNT_ACTIVE)
		snprintf(out, SIGNIN_HASH, "%s", r.password);
	return err;
}

const char *account_token_word(enum account_token t)
{
	static const char *const words[ACCOUNT_TOKENS] = {"phone", "totp", "hotp"};
	return (unsigned)t < ACCOUNT_TOKENS ? words[t] : "?";
}

/* ---- links ---- */

void account_token_hash(const struct digest_ops *d, const char *token, char out[65])
{
	struct sha256_state s;
	uint8_t hash[32];
	d->sha256_begin(&s);
	d->sha256_add(&s, token, strlen(token));
	d->sha256_end(&s, hash);
	digest_hex(hash, sizeof hash, out);
}

bool account_token_user(const char *token, char user[MAX_ID])
{
	size_t n = strlen(token), tail = (size_t)2 * ACCOUNT_TOKEN_BYTES;
	if (n < tail + 2 || n - tail - 1 >= MAX_ID || token[n - tail - 1] != '.' ||
	    strspn(token + n - tail, "0123456789abcdef") != tail)
		return false;
	snprintf(user, MAX_ID, "%.*s", (int)(n - tail - 1), token);
	return true;
}

const char *account_link_wrong(const struct digest_ops *d, const struct account_rec *r,
			       const char *token, int64_t now_ms)
{
	char hash[65];
	account_token_hash(d, token + strlen(token) - (size_t)2 * ACCOUNT_TOKEN_BYTES, hash);
	if (r->state != ACCOUNT_INVITED || strlen(r->invite) != 64 ||
	    !d->equal(hash, r->invite, 64))
		return "link used, or another";
	return now_ms < r->invite_until_ms ? NULL : "link too old";
}

/* The list is read each time: an installation edits it, and a new password is rare. */
static int easy_words(const struct engine *e, char **ret)
{
	char path[MAX_PATH_BYTES + 32], *text = malloc(EASY_MOST_BYTES + 1);
	size_t n = 0;
	snprintf(path, sizeof path, "%s/passwords/easy", e->config->engine.specs);
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = text ? 0 : E_NOMEM;
	if (!err)
		err = fd < 0 ? E_IO : read_full(fd, text, EASY_MOST_BYTES, &n);
	if (fd >= 0)
		close(fd);
	if (err) {
		log_error("event=passwords path=%s err=%s what=\"no password is taken without "
			  "the list\"",
			  path, err_str(err));
		free(text);
		return err;
	}
	text[n] = '\0';
	*ret = text;
	return 0;
}

int account_may_hash(void *engine, const struct store_ops *ops, struct store_txn *snapshot,
		     const struct command *cmd, const char **ret_unfit)
{
	const struct engine *e = engine;
	const char *token = "", *password = "";
	char user[MAX_ID], *easy = NULL;
	struct bytes value;
	struct account_rec r;
	json_get_str(cmd->params, "token", &token);
	json_get_str(cmd->params, "password", &password);
	if (!account_token_user(token, user))
		return E_DENIED;
	int err = ops->get(snapshot, T_ACCOUNT, (struct bytes){user, strlen(user)}, &value);
	if (!err)
		err = account_read(value, &r);
	if (err)
		return err == E_NOTFOUND ? E_DENIED : err;
	if (account_link_wrong(e->ports->digest, &r, token, cmd->real_ms))
		return E_DENIED;
	err = easy_words(e, &easy);
	if (err)
		return err;
	*ret_unfit = password_unfit(password, user, easy);
	free(easy);
	return *ret_unfit ? E_DENIED : 0;
}

/* ---- the audit log ---- */

size_t key_audit(char *k, uint64_t row)
{
	return key_u64(k, UINT64_MAX - row);
}

static void audit_fields(struct codec *c, struct audit_rec *r)
{
	codec_u64(c, &r->row);
	codec_i64(c, &r->at_ms);
	codec_str(c, &r->user);
	codec_str(c, &r->department);
	codec_str(c, &r->from);
	codec_str(c, &r->method);
	codec_str(c, &r->params);
	codec_str(c, &r->result);
	codec_str(c, &r->before);
	codec_str(c, &r->hash);
}

int audit_read(struct bytes value, struct audit_rec *ret)
{
	struct codec c;
	*ret = (struct audit_rec){0};
	codec_read(&c, value, DB_RECORD_VERSION);
	audit_fields(&c, ret);
	return codec_end(&c);
}

/* Text, so that the chain can be computed again by anything: no field holds a tab or a line feed
 * (the table's parameters hold no control characters, JSON writes none). */
void audit_hash(const struct digest_ops *d, const struct audit_rec *r, char out[AUDIT_HASH])
{
	const char *parts[] = {r->user, r->department, r->from, r->method, r->params, r->result};
	struct sha256_state s;
	uint8_t hash[32];
	char head[128];
	d->sha256_begin(&s);
	int n = snprintf(head, sizeof head, "%s\n%llu\t%lld", r->before, (unsigned long long)r->row,
			 (long long)r->at_ms);
	d->sha256_add(&s, head, (size_t)n);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		d->sha256_add(&s, "\t", 1);
		d->sha256_add(&s, parts[i], strlen(parts[i]));
	}
	d->sha256_end(&s, hash);
	digest_hex(hash, sizeof hash, out);
}

static const char top_key[] = "audit";

int db_audit_top(struct tx *tx, uint64_t *ret_row, char hash[AUDIT_HASH])
{
	struct codec c;
	int err = db_bytes_get(tx, T_META, top_key, sizeof top_key - 1, &c);
	*ret_row = 0;
	memset(hash, '0', AUDIT_HASH - 1);
	hash[AUDIT_HASH - 1] = '\0';
	if (err == E_NOTFOUND)
		return 0;
	if (err)
		return err;
	codec_u64(&c, ret_row);
	codec_chars(&c, hash, AUDIT_HASH);
	return codec_end(&c);
}

static int put_top(struct tx *tx, uint64_t row, char hash[AUDIT_HASH])
{
	char buf[128];
	struct codec c;
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	codec_u64(&c, &row);
	codec_chars(&c, hash, AUDIT_HASH);
	return db_bytes_put(tx, T_META, top_key, sizeof top_key - 1, &c);
}

static int append(struct engine *e, struct audit_rec *r)
{
	char key[8], before[AUDIT_HASH], hash[AUDIT_HASH], buf[8192];
	struct codec c;
	int err = db_audit_top(&e->tx, &r->row, before);
	if (err)
		return err;
	r->row++;
	r->before = before;
	audit_hash(e->ports->digest, r, hash);
	r->hash = hash;
	codec_write(&c, buf, sizeof buf, DB_RECORD_VERSION);
	audit_fields(&c, r);
	err = db_bytes_put(&e->tx, T_AUDIT, key, key_audit(key, r->row), &c);
	return err ? err : put_top(&e->tx, r->row, hash);
}

struct shown {
	const struct method *m;
	struct json *to;
};

static int show_one(void *arg, const char *name, const struct json *value)
{
	struct shown *s = arg;
	for (size_t i = 0; i < s->m->n_params; i++)
		if (s->m->params[i].secret && strcmp(s->m->params[i].name, name) == 0)
			return 0;
	if (json_kind(value) == JSON_KIND_STR)
		json_put_str(s->to, name, json_str(value));
	else if (json_kind(value) == JSON_KIND_INT)
		json_put_int(s->to, name, json_int(value));
	else if (json_kind(value) == JSON_KIND_BOOL)
		json_put_bool(s->to, name, json_bool_of(value));
	return 0;
}

/* In the arena. The table bounds each parameter; all together are far below the limit here. */
static int params_text(struct engine *e, const struct command *cmd, const char **ret)
{
	struct shown s = {cmd->method, json_new_object()};
	char *text = NULL;
	size_t n = 0;
	json_each(cmd->params, show_one, &s);
	int err = json_text(s.to, &text, &n);
	if (!err)
		*ret = arena_str(e->arena, n < 6000 ? text : "{\"cut\":true}");
	if (!err && !*ret)
		err = E_NOMEM;
	free(text);
	json_free(s.to);
	return err;
}

int audit_command(struct engine *e, const struct command *cmd, int refused, bool later)
{
	char from[64], result[128];
	if (cmd->stranger)
		return 0;
	struct audit_rec r = {.at_ms = e->now_ms,
			      .user = cmd->who.user,
			      .department = cmd->who.department,
			      .from = from,
			      .method = cmd->method->name,
			      .result = result};
	if (*cmd->who.from)
		snprintf(from, sizeof from, "%s", cmd->who.from);
	else
		snprintf(from, sizeof from, "uid %u", cmd->who.uid);
	if (refused)
		snprintf(result, sizeof result, "refused: %s",
			 *cmd->note ? cmd->note : err_str(refused));
	else
		snprintf(result, sizeof result, "%s",
			 cmd->method->kind == METHOD_READ ? "looked"
			 : later                          ? "begun"
							  : "done");
	int err = params_text(e, cmd, &r.params);
	return err ? err : append(e, &r);
}
