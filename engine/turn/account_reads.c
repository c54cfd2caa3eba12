/*
 * `user.list`, `audit.list`, `audit.check`, in the reader threads. Hashes of
 * passwords and secrets of codes never leave the store.
 */
#include "engine/turn/account.h"
#include "engine/turn/reads.h"

#include "engine/clock.h"
#include "engine/log.h"
#include "engine/plan/civil.h"

#include <stdio.h>
#include <string.h>

struct reading {
	const struct query *q;
	struct answer *a;
	const char *user;
	const char *before; /* audit.check: what the newer row says of the one that comes */
	char expected[AUDIT_HASH];
	uint64_t next;
	int64_t looked;
};

static int one_user(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct account_rec rec;
	char roles[96], day[11] = "";
	if (answer_look(r->a, key))
		return 1;
	int err = account_read(value, &rec);
	if (err)
		return err;
	if (rec.until_day != DAY_NONE)
		civil_format_date(rec.until_day, day);
	struct json *j = json_new_object();
	json_put_str(j, "user", rec.user);
	json_put_str(j, "name", rec.name);
	json_put_str(j, "department", rec.department);
	json_put_str(j, "roles", config_role_words(rec.roles, roles));
	json_put_str(j, "state", account_state_word(rec.state));
	const struct engine *e = r->q->ctx;
	json_put_bool(j, "unused",
		      rec.state == ACCOUNT_ACTIVE &&
			  clock_real_ms() - rec.seen_ms >= e->config->console.unused_for);
	read_put_time(j, "seen", rec.seen_ms);
	json_put_str(j, "until", day);
	json_put_str(j, "token", account_token_word(rec.token));
	json_put_bool(j, "certificate", *rec.certificate != '\0');
	char secret[SIGNIN_SEED];
	json_put_bool(j, "locked_out", *rec.totp && account_secret(e, &rec, secret) != 0);
	explicit_bzero(secret, sizeof secret);
	return answer_row(r->a, j);
}

int read_users(const struct query *q, struct answer *a)
{
	struct reading r = {.q = q, .a = a};
	struct bytes from, all = {"", 0};
	int err = answer_from(a, q, all, &from);
	return err ? err : q->store->scan(q->snapshot, T_ACCOUNT, from, all, 0, one_user, &r);
}

/* A number that somebody typed stands in the log whole, and under its hash; a listing shows it as
 * all listings do. (A quotation mark inside of another parameter is escaped: this finds the
 * member.)
 */
static const char *params_shown(const char *params, char *out, size_t size)
{
	static const char member[] = "\"number\":\"";
	char digits[64], masked[20];
	const char *at = strstr(params, member);
	if (!at)
		return params;
	at += sizeof member - 1;
	size_t n = strcspn(at, "\"");
	snprintf(digits, sizeof digits, "%.*s", n < sizeof digits ? (int)n : 0, at);
	snprintf(out, size, "%.*s%s%s", (int)(at - params), params, log_number(digits, masked),
		 at + n);
	return out;
}

static struct json *audit_json(const struct audit_rec *rec)
{
	char params[8192]; /* the record's own limit */
	struct json *j = json_new_object();
	json_put_int(j, "row", (int64_t)rec->row);
	read_put_time(j, "time", rec->at_ms);
	json_put_str(j, "user", rec->user);
	json_put_str(j, "from", rec->from);
	json_put_str(j, "method", rec->method);
	json_put_str(j, "params", params_shown(rec->params, params, sizeof params));
	json_put_str(j, "result", rec->result);
	json_put_str(j, "hash", rec->hash);
	return j;
}

static int one_audit(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct audit_rec rec;
	if (answer_look(r->a, key))
		return 1;
	int err = audit_read(value, &rec);
	if (err)
		return err;
	if (strcmp(rec.department, r->q->who->department) != 0 ||
	    (*r->user && strcmp(rec.user, r->user) != 0))
		return 0;
	return answer_row(r->a, audit_json(&rec));
}

int read_audit(const struct query *q, struct answer *a)
{
	struct reading r = {.q = q, .a = a, .user = ""};
	struct bytes from, all = {"", 0};
	json_get_str(q->params, "user", &r.user);
	int err = answer_from(a, q, all, &from);
	return err ? err : q->store->scan(q->snapshot, T_AUDIT, from, all, 0, one_audit, &r);
}

static int wrong(struct reading *r, uint64_t row, const char *what)
{
	struct json *j = json_new_object();
	json_put_int(j, "row", (int64_t)row);
	json_put_str(j, "what", what);
	return answer_row(r->a, j);
}

/* From the newest on: each row is the one that its successor names, and its hash is its own. */
static int check_one(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct audit_rec rec;
	char own[AUDIT_HASH];
	const struct engine *e = r->q->ctx;
	if (answer_look(r->a, key))
		return 1;
	int err = audit_read(value, &rec);
	if (err == E_CORRUPT)
		return wrong(r, r->next, "cannot be read");
	if (err)
		return err;
	audit_hash(e->ports->digest, &rec, own);
	r->looked++;
	int full = 0;
	if (rec.row != r->next)
		full = wrong(r, rec.row, "rows before this one in time are missing, or come twice");
	else if (strcmp(own, rec.hash) != 0)
		full = wrong(r, rec.row, "was changed");
	else if (strcmp(rec.hash, r->expected) != 0)
		full = wrong(r, rec.row, "is not the row that the next one follows");
	if (full)
		return full;
	memcpy(r->expected, rec.before,
	       strlen(rec.before) < AUDIT_HASH ? strlen(rec.before) + 1 : 1);
	r->next = rec.row - 1;
	return 0;
}

/* What is expected at the first row of this page: of the whole log's end, or of the row after. */
static int expected(const struct query *q, struct bytes from, struct reading *r)
{
	struct tx tx = {.ops = q->store, .txn = q->snapshot};
	struct audit_rec rec;
	struct bytes value;
	char key[8];
	int err = arena_new(1 << 20, &tx.arena);
	if (!err)
		err = db_audit_top(&tx, &r->next, r->expected);
	arena_free(tx.arena);
	if (err || from.n != 8)
		return err;
	uint64_t row = UINT64_MAX - read_u64(from.p);
	if (row >= r->next)
		return 0;
	err = q->store->get(q->snapshot, T_AUDIT, (struct bytes){key, key_audit(key, row + 1)},
			    &value);
	if (!err)
		err = audit_read(value, &rec);
	if (err)
		return err;
	r->next = row;
	memcpy(r->expected, rec.before,
	       strlen(rec.before) < AUDIT_HASH ? strlen(rec.before) + 1 : 1);
	return 0;
}

int read_audit_check(const struct query *q, struct answer *a)
{
	struct reading r = {.q = q, .a = a};
	struct bytes from, all = {"", 0};
	int err = answer_from(a, q, all, &from);
	if (!err)
		err = expected(q, from, &r);
	if (!err && from.n == 0)
		answer_put(a, "newest", json_new_str(r.expected));
	if (!err)
		err = q->store->scan(q->snapshot, T_AUDIT, from, all, 0, check_one, &r);
	answer_put(a, "checked", json_new_int(r.looked));
	return err;
}
