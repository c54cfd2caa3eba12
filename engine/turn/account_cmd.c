/*
 * What is commanded about accounts: administrators make, change and disable them, a
 * link lets somebody choose a password, a password and a code let him in.
 *
 * All times here are the machine's (command.real_ms), under the rehearsal clock too:
 * people and their telephones live by that one.
 *
 * A failed sign-in has one answer whatever was wrong; the audit log has the reason.
 */
#include "engine/turn/account.h"

#include "engine/config/value.h"
#include "engine/control/methods.h"
#include "engine/plan/civil.h"
#include "engine/turn/password.h"
#include "engine/utf8.h"

#include <stdio.h>
#include <string.h>

bool is_account_command(int m)
{
	return m == M_USER_ADD || m == M_USER_CHANGE || m == M_USER_RESET || m == M_USER_DISABLE ||
	       m == M_USER_ENABLE || m == M_USER_TOKEN || m == M_USER_CERTIFICATE ||
	       m == M_SESSION_OPEN || m == M_SESSION_CLOSE || m == M_INVITE_LOOK ||
	       m == M_INVITE_TAKE;
}

static const char *text(const struct command *cmd, const char *name)
{
	const char *s = "";
	json_get_str(cmd->params, name, &s);
	return s;
}

static const char *keep_str(struct engine *e, const char *s)
{
	const char *copy = arena_str(e->arena, s);
	return copy ? copy : "";
}

/* ---- links ---- */

/* A hardware token stays his until another is imported, unless it is said to be lost, or its seed
 * can be read no more: then the link shows a secret for a telephone. */
static bool keeps_token(const struct engine *e, const struct command *cmd,
			const struct account_rec *r)
{
	char secret[SIGNIN_SEED];
	bool drop = false;
	json_get_bool(cmd->params, "lost", &drop);
	if (drop || r->token == TOKEN_PHONE)
		return false;
	int err = e->account_key_gone ? 0 : account_secret(e, r, secret);
	explicit_bzero(secret, sizeof secret);
	return err == 0;
}

/* A new link for this account; the answer shows it, and nobody can make it again. */
static int invite(struct engine *e, struct command *cmd, struct account_rec *r)
{
	uint8_t random[ACCOUNT_TOKEN_BYTES];
	char token[2 * ACCOUNT_TOKEN_BYTES + 1], hash[65];
	const struct config_console *console = &e->config->console;
	e->ports->digest->random(random, sizeof random);
	digest_hex(random, sizeof random, token);
	account_token_hash(e->ports->digest, token, hash);
	r->state = ACCOUNT_INVITED;
	r->password = "";
	if (!keeps_token(e, cmd, r)) {
		r->token = TOKEN_PHONE;
		r->totp = "";
		r->step = 0;
		r->digits = r->step_s = 0;
	}
	r->invite = keep_str(e, hash);
	r->invite_until_ms = cmd->real_ms + console->invite_for;
	int err = db_account_put(&e->tx, r);
	if (err)
		return err;
	struct json *j = json_new_object();
	const char *link =
	    arena_printf(e->arena, "%s/#invite=%s.%s",
			 *console->url ? console->url : "https://CONSOLE", r->user, token);
	json_put_str(j, "user", r->user);
	json_put_str(j, "link", link ? link : "");
	json_put_int(j, "good_for_hours", console->invite_for / 3600000);
	command_result(cmd, j);
	return 0;
}

/* ---- administrators ---- */

static int roles_of(struct command *cmd, const char *words, unsigned *ret)
{
	const struct config_key key = {
	    .name = "role", .type = V_ROLES, .choices = CONFIG_ROLE_WORDS, .size = sizeof(int)};
	char why[MAX_WORDS] = "";
	int bits = 0;
	if (value_parse(&key, "/", words, &bits, why) != 0)
		return command_refuse(cmd, E_INVALID, "role: %s", why);
	*ret = (unsigned)bits;
	return 0;
}

/* What of an account was given with the command; the rest stays. */
static int given(struct engine *e, struct command *cmd, struct account_rec *r)
{
	const char *department = text(cmd, "department"), *role = text(cmd, "role");
	const char *until = text(cmd, "until");
	if (*text(cmd, "name"))
		r->name = text(cmd, "name");
	if (*department) {
		if (!config_department(e->config, department))
			return command_refuse(cmd, E_NOTFOUND, "there is no department %s",
					      department);
		r->department = department;
	}
	int err = *role ? roles_of(cmd, role, &r->roles) : 0;
	if (err)
		return err;
	if (*until && civil_parse_date(until, &r->until_day) != 0)
		return command_refuse(cmd, E_INVALID, "until: there is no day %s; write YYYY-MM-DD",
				      until);
	if (r->roles & ROLE_VENDOR && r->until_day == DAY_NONE)
		return command_refuse(cmd, E_INVALID,
				      "a vendor's account has a last day: until YYYY-MM-DD");
	return 0;
}

static int add(struct engine *e, struct command *cmd)
{
	struct account_rec old, r = {.user = text(cmd, "user"),
				     .password = "",
				     .totp = "",
				     .invite = "",
				     .made_ms = cmd->real_ms,
				     .seen_ms = cmd->real_ms,
				     .made_by = cmd->who.user,
				     .until_day = DAY_NONE};
	int err = db_account_get(&e->tx, r.user, &old);
	if (!err)
		return command_refuse(cmd, E_STATE,
				      "there is an account %s already: reset it, or "
				      "take another name",
				      r.user);
	if (err != E_NOTFOUND)
		return err;
	err = given(e, cmd, &r);
	return err ? err : invite(e, cmd, &r);
}

/* The only administrator who lost his telephone has nobody else to ask: at the operators' socket,
 * where the kernel says who he is, he gives himself a new link or goes on. Not through the console:
 * who has a session of his there is not he for sure. */
static bool may_own(const struct command *cmd, int method)
{
	return cmd->who.uid != CALLER_NO_UID && (method == M_USER_RESET || method == M_USER_ENABLE);
}

/* Nobody takes the ground from under himself: the last administrator would be gone. */
static int other(struct engine *e, struct command *cmd, int method, struct account_rec *r)
{
	const char *user = text(cmd, "user");
	int err = db_account_get(&e->tx, user, r);
	if (err == E_NOTFOUND)
		return command_refuse(cmd, E_NOTFOUND, "there is no account %s", user);
	if (!err && strcmp(user, cmd->who.user) == 0 && !may_own(cmd, method))
		err = command_refuse(cmd, E_DENIED,
				     "%s is your own account: another "
				     "administrator does that",
				     user);
	return err;
}

static int no_key(struct command *cmd)
{
	return command_refuse(cmd, E_STATE,
			      "accounts.key is gone: no secret of codes can be sealed until it is "
			      "back");
}

/* The seed of a hardware token. The next link's page asks for its code instead of showing a secret;
 * an account that is in use goes on with its password and this token. */
static int import(struct engine *e, struct command *cmd, struct account_rec *r)
{
	char seed[SIGNIN_SEED];
	int64_t digits = 6, step = SIGNIN_STEP_S, counter = 0;
	bool hotp = strcmp(text(cmd, "kind"), "hotp") == 0;
	bool hex = strcmp(text(cmd, "form"), "base32") != 0;
	json_get_int(cmd->params, "digits", &digits);
	json_get_int(cmd->params, "step", &step);
	json_get_int(cmd->params, "counter", &counter);
	if (digits != 6 && digits != 8)
		return command_refuse(cmd, E_INVALID, "digits: a token shows 6 or 8");
	if (e->ports->signin->seed(text(cmd, "seed"), hex, seed) != 0)
		return command_refuse(cmd, E_INVALID,
				      "seed: it is no %s of 16 to 64 bytes; --form says which",
				      hex ? "hex" : "base32");
	r->token = hotp ? TOKEN_HOTP : TOKEN_TOTP;
	r->digits = (int)digits;
	r->step_s = (int)step;
	r->step = hotp ? counter - 1 : 0;
	int err = account_seal(e, r, seed);
	explicit_bzero(seed, sizeof seed);
	return err == E_STATE ? no_key(cmd) : err;
}

/* A fingerprint as programs write it, with colons or without; "-": none any more. */
static int bind_certificate(struct engine *e, struct command *cmd, struct account_rec *r)
{
	char print[65];
	size_t n = 0;
	const char *s = text(cmd, "fingerprint");
	if (strcmp(s, "-") == 0) {
		r->certificate = "";
		return 0;
	}
	for (; *s && n < sizeof print - 1; s++)
		if (*s != ':')
			print[n++] = *s >= 'A' && *s <= 'F' ? (char)(*s - 'A' + 'a') : *s;
	print[n] = '\0';
	if (*s || (n != 40 && n != 64) || strspn(print, "0123456789abcdef") != n)
		return command_refuse(cmd, E_INVALID,
				      "fingerprint: SHA-1 or SHA-256 of the certificate in hex, as "
				      "the proxy says it; - unbinds");
	r->certificate = keep_str(e, print);
	return 0;
}

static int administer(struct engine *e, struct command *cmd, int method)
{
	struct account_rec r;
	int err = other(e, cmd, method, &r);
	if (err)
		return err;
	switch (method) {
	case M_USER_CHANGE:
		err = given(e, cmd, &r);
		break;
	case M_USER_RESET:
		err = invite(e, cmd, &r);
		return err ? err : account_seal_again(e);
	case M_USER_CERTIFICATE:
		err = bind_certificate(e, cmd, &r);
		break;
	case M_USER_TOKEN:
		err = import(e, cmd, &r);
		break;
	case M_USER_DISABLE:
		r.state = ACCOUNT_DISABLED;
		r.invite = "";
		break;
	default: /* M_USER_ENABLE: who had no password yet needs a new link */
		if (!*r.password)
			return command_refuse(cmd, E_STATE, "%s has no password: reset it", r.user);
		r.state = ACCOUNT_ACTIVE;
		r.seen_ms = cmd->real_ms;
		break;
	}
	if (!err)
		err = db_account_put(&e->tx, &r);
	return err ? err : account_seal_again(e);
}

/* ---- the link's page ---- */

static int no_link(struct command *cmd, const char *note)
{
	snprintf(cmd->note, sizeof cmd->note, "%s", note);
	return command_refuse(cmd, E_NOTFOUND,
			      "the link is not good, or not any more: ask for a "
			      "new one");
}

static int invited(struct engine *e, struct command *cmd, struct account_rec *r)
{
	char user[MAX_ID];
	const char *token = text(cmd, "token");
	if (!account_token_user(token, user)) {
		cmd->stranger = true;
		return no_link(cmd, "no link");
	}
	int err = db_account_get(&e->tx, user, r);
	cmd->stranger = err == E_NOTFOUND;
	if (err == E_NOTFOUND)
		return no_link(cmd, "no such account");
	if (err)
		return err;
	snprintf(cmd->who.user, sizeof cmd->who.user, "%s", r->user);
	snprintf(cmd->who.department, sizeof cmd->who.department, "%s", r->department);
	const char *wrong = account_link_wrong(e->ports->digest, r, token, cmd->real_ms);
	return wrong ? no_link(cmd, wrong) : 0;
}

/* Each look makes a new secret: who saw an earlier one has nothing. */
static int look(struct engine *e, struct command *cmd)
{
	struct account_rec r = {.user = "", .totp = ""};
	char secret[SIGNIN_SECRET];
	int err = invited(e, cmd, &r);
	if (err)
		return err;
	struct json *j = json_new_object();
	json_put_str(j, "user", r.user);
	json_put_str(j, "name", r.name);
	json_put_str(j, "token", account_token_word(r.token));
	json_put_int(j, "password_least", PASSWORD_LEAST);
	if (r.token != TOKEN_PHONE) { /* the device makes his codes: there is nothing to show */
		json_put_int(j, "digits", r.digits);
		command_result(cmd, j);
		return 0;
	}
	e->ports->signin->secret(secret);
	err = account_seal(e, &r, secret);
	if (!err)
		err = db_account_put(&e->tx, &r);
	if (err) {
		json_free(j);
		return err == E_STATE ? no_key(cmd) : err;
	}
	const char *uri = arena_printf(e->arena,
				       "otpauth://totp/Osame:%s?secret=%s&issuer=Osame&digits=%d"
				       "&period=%d",
				       r.user, secret, SIGNIN_CODE_DIGITS, SIGNIN_STEP_S);
	json_put_str(j, "secret", secret);
	json_put_str(j, "uri", uri ? uri : "");
	command_result(cmd, j);
	return 0;
}

static int take(struct engine *e, struct command *cmd)
{
	struct account_rec r = {.user = "", .totp = ""};
	int err = invited(e, cmd, &r);
	if (err)
		return err;
	if (cmd->unfit)
		return command_refuse(cmd, E_INVALID, "%s", cmd->unfit);
	if (!*cmd->hash) /* the link was made between the look at it and now */
		return no_link(cmd, "link not there when the password was looked at");
	if (account_code(e, &r, text(cmd, "code"), cmd->real_ms / 1000, &r.step) != 0)
		return command_refuse(cmd, E_AUTH,
				      "the code is not the one of now: is the "
				      "telephone's clock right?");
	r.state = ACCOUNT_ACTIVE;
	r.password = cmd->hash;
	r.invite = "";
	r.seen_ms = cmd->real_ms;
	return db_account_put(&e->tx, &r);
}

/* ---- signing in ---- */

static const char *why_not(struct engine *e, const struct command *cmd, const struct account_rec *r,
			   int64_t *ret_step)
{
	int64_t unused = cmd->real_ms - r->seen_ms;
	if (r->state != ACCOUNT_ACTIVE)
		return account_state_word(r->state);
	if (!*cmd->hash || strcmp(cmd->hash, r->password) != 0)
		return "password";
	/* the certificate that is bound to him stands for the code */
	if (*r->certificate && strcmp(cmd->certificate, r->certificate) == 0)
		*ret_step = r->step;
	else if (account_code(e, r, text(cmd, "code"), cmd->real_ms / 1000, ret_step) != 0)
		return "code";
	else if (*ret_step <= r->step)
		return "code used before";
	if (r->until_day != DAY_NONE && civil_day_at(cmd->real_ms) > r->until_day)
		return "its last day is over";
	if (unused >= e->config->console.unused_for)
		return "unused too long";
	return NULL;
}

static int sign_in(struct engine *e, struct command *cmd)
{
	struct account_rec r;
	int64_t step = 0;
	const char *why = "no such account";
	int err = db_account_get(&e->tx, text(cmd, "user"), &r);
	if (err && err != E_NOTFOUND)
		return err;
	if (!err) {
		snprintf(cmd->who.department, sizeof cmd->who.department, "%s", r.department);
		why = why_not(e, cmd, &r, &step);
	}
	if (why) {
		snprintf(cmd->note, sizeof cmd->note, "%s", why);
		return command_refuse(cmd, E_AUTH, "name, password or code is wrong");
	}
	r.step = step;
	r.seen_ms = cmd->real_ms;
	cmd->opened = (struct caller){.roles = r.roles, .uid = CALLER_NO_UID};
	snprintf(cmd->opened.user, sizeof cmd->opened.user, "%s", r.user);
	snprintf(cmd->opened.name, sizeof cmd->opened.name, "%s", r.name);
	snprintf(cmd->opened.department, sizeof cmd->opened.department, "%s", r.department);
	snprintf(cmd->who.user, sizeof cmd->who.user, "%s", r.user);
	return db_account_put(&e->tx, &r);
}

int on_account_command(struct engine *e, struct command *cmd, int method)
{
	switch (method) {
	case M_USER_ADD:
		return add(e, cmd);
	case M_SESSION_OPEN:
		return sign_in(e, cmd);
	case M_SESSION_CLOSE:
		return 0; /* on record; control ends it */
	case M_INVITE_LOOK:
		return look(e, cmd);
	case M_INVITE_TAKE:
		return take(e, cmd);
	default:
		return administer(e, cmd, method);
	}
}
