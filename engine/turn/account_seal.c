/*
 * The secrets of accounts' codes: sealed with a key that is not in the store, opened
 * for one use; and whether the key that is there is the right one.
 *
 * At the start every sealed secret is tried. If the key is gone while something is
 * sealed, or what is there is no key, none is made: nothing is sealed or opened until it is back.
 * If it is another one, the accounts that it does not open cannot sign in by codes. Both are an
 * alert, and the engine starts: residents are called whether or not staff can sign in. Secrets of
 * accounts older than the seal are sealed then.
 */
#include "engine/turn/account.h"

#include "engine/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALERT "account-key"

/* A sealed secret begins with the account's name: who can write the store, and has no key, cannot
 * give one account another's. */
static const char sealed_word[] = "sealed:";

static bool is_sealed(const struct account_rec *r)
{
	return strncmp(r->totp, sealed_word, sizeof sealed_word - 1) == 0;
}

int account_seal(struct engine *e, struct account_rec *r, const char *secret)
{
	char text[MAX_ID + SIGNIN_SEED + 1], sealed[SIGNIN_SEALED];
	if (e->account_key_gone)
		return E_STATE;
	snprintf(text, sizeof text, "%s %s", r->user, secret);
	int err = e->ports->signin->seal(e->account_key, text, sealed);
	explicit_bzero(text, sizeof text);
	if (err)
		return err;
	r->totp = arena_printf(e->arena, "%s%s", sealed_word, sealed);
	return r->totp ? 0 : E_NOMEM;
}

int account_secret(const struct engine *e, const struct account_rec *r, char out[SIGNIN_SEED])
{
	char text[MAX_ID + SIGNIN_SEED + 1];
	size_t n = strlen(r->user), head = sizeof sealed_word - 1;
	if (!is_sealed(r)) { /* written before there was a seal */
		snprintf(out, SIGNIN_SEED, "%s", r->totp);
		return *out ? 0 : E_AUTH;
	}
	if (e->account_key_gone)
		return E_AUTH;
	int err = e->ports->signin->unseal(e->account_key, r->totp + head, text, sizeof text);
	if (err)
		return err;
	if (strncmp(text, r->user, n) != 0 || text[n] != ' ')
		err = E_AUTH;
	else
		snprintf(out, SIGNIN_SEED, "%s", text + n + 1);
	explicit_bzero(text, sizeof text);
	return err;
}

int account_code(const struct engine *e, const struct account_rec *r, const char *code,
		 int64_t unix_s, int64_t *ret_step)
{
	char secret[SIGNIN_SEED];
	bool phone = r->token == TOKEN_PHONE;
	struct signin_token t = {.secret = secret,
				 .counter = r->token == TOKEN_HOTP,
				 .digits = phone ? SIGNIN_CODE_DIGITS : r->digits,
				 .step_s = phone ? SIGNIN_STEP_S : r->step_s,
				 .beside = phone ? 1 : 2, /* a token's clock is nobody's to set */
				 .last = r->step};
	int err = account_secret(e, r, secret);
	if (err) {
		if (*r->totp)
			log_error("event=seal user=%s err=%s what=\"the secret of this account's "
				  "codes cannot be opened: another [console] seal_key_file?\"",
				  r->user, err_str(err));
		return E_AUTH;
	}
	err = e->ports->signin->code(&t, code, unix_s, ret_step);
	explicit_bzero(secret, sizeof secret);
	return err;
}

/* ---- is it the right key? ---- */

struct plain {
	struct plain *next;
	const char *user;
};

struct tried {
	struct engine *e;
	size_t sealed, shut,
	    stopped;        /* stopped: not opened either, of accounts that are disabled */
	char first[MAX_ID]; /* of those that it does not open */
	struct plain *plain;
};

static int try_one(void *arg, struct bytes key, struct bytes value)
{
	struct tried *t = arg;
	struct account_rec r;
	char secret[SIGNIN_SEED];
	(void)key;
	if (account_read(value, &r) != 0 || !*r.totp)
		return 0; /* one that cannot be read keeps nobody else from signing in */
	if (!is_sealed(&r)) {
		struct plain *p = arena_take(t->e->arena, sizeof *p);
		if (p)
			*p = (struct plain){t->plain, arena_str(t->e->arena, r.user)};
		if (!p || !p->user)
			return E_NOMEM;
		t->plain = p;
		return 0;
	}
	t->sealed++;
	int err = account_secret(t->e, &r, secret);
	explicit_bzero(secret, sizeof secret);
	if (err && r.state == ACCOUNT_DISABLED)
		t->stopped++;
	else if (err && t->shut++ == 0)
		snprintf(t->first, sizeof t->first, "%s", r.user);
	return 0;
}

static int try_all(struct engine *e, struct tried *t)
{
	*t = (struct tried){.e = e};
	return db_scan(&e->tx, T_ACCOUNT, "", 0, 0, 0, try_one, t);
}

static int seal_older(struct engine *e, const struct plain *list)
{
	char secret[SIGNIN_SEED];
	size_t n = 0;
	int err = 0;
	for (; list && !err; list = list->next, n++) {
		struct account_rec r;
		err = db_account_get(&e->tx, list->user, &r);
		if (err)
			break;
		snprintf(secret, sizeof secret, "%s", r.totp);
		err = account_seal(e, &r, secret);
		if (!err)
			err = db_account_put(&e->tx, &r);
	}
	explicit_bzero(secret, sizeof secret);
	if (!err && n)
		log_info("event=seal accounts=%zu what=\"secrets of older accounts were sealed\"",
			 n);
	return err;
}

static void say_gone(struct engine *e, const struct tried *t)
{
	if (*e->config->account_key_why) {
		alert_raise(e, ALERT,
			    "accounts.key cannot be used (%s): the codes of %zu accounts cannot be "
			    "checked, and none is made anew. Mend it and restart: docs/console.md, "
			    "The seal",
			    e->config->account_key_why, t->sealed);
		log_error("event=seal key=unusable accounts=%zu why=\"%s\"", t->sealed,
			  e->config->account_key_why);
		return;
	}
	alert_raise(e, ALERT,
		    "accounts.key is gone, and the codes of %zu accounts were sealed with it: they "
		    "cannot sign in to the console. Put it back from its backup and restart; none "
		    "is made anew. Lost for good: docs/console.md, The seal",
		    t->sealed);
	log_error("event=seal key=gone accounts=%zu what=\"put accounts.key back\"", t->sealed);
}

static void say_shut(struct engine *e, const struct tried *t)
{
	alert_raise(
	    e, ALERT,
	    "%zu of %zu accounts (the first: %s) cannot sign in to the console: the secrets "
	    "of their codes were sealed with another key. Put the right accounts.key back "
	    "from its backup and restart, or give each a new link (osame user reset)",
	    t->shut, t->sealed, t->first);
	log_error("event=seal key=other accounts=%zu of=%zu first=%s", t->shut, t->sealed,
		  t->first);
}

/* Only a key that opened all there is (or found nothing sealed) is noted as the right one, and
 * seals what is still in clear. */
static void note(const struct engine *e)
{
	int err = config_account_key_note(e->config, e->ports->digest, e->account_key);
	if (err) /* a help for people: nothing depends on it */
		log_warn("event=seal err=%s what=\"accounts.id cannot be written\"", err_str(err));
}

static void remember(struct engine *e, const struct tried *t)
{
	e->accounts_shut = t->shut;
	e->accounts_stopped = t->stopped;
	if (t->shut == 0 && t->stopped)
		log_warn("event=seal disabled=%zu of=%zu what=\"secrets of disabled accounts were "
			 "sealed with another key\"",
			 t->stopped, t->sealed);
}

int account_seal_recover(struct engine *e, struct problems *problems)
{
	struct tried t;
	memcpy(e->account_key, e->config->account_key, sizeof e->account_key);
	e->account_key_gone = e->config->account_key_missing;
	int err = try_all(e, &t);
	if (!err && e->account_key_gone && t.sealed == 0 && !*e->config->account_key_why) {
		err = config_account_key_make(e->config, e->ports->digest->random, e->account_key,
					      problems);
		e->account_key_gone = err != 0;
	}
	if (err)
		return err;
	if (e->account_key_gone) {
		say_gone(e, &t);
		return 0;
	}
	remember(e, &t);
	if (t.shut)
		say_shut(e, &t);
	if (t.shut || t.stopped)
		return 0;
	note(e);
	return seal_older(e, t.plain);
}

static void looked(struct engine *e, void *arg)
{
	const struct tried *t = arg;
	bool doubt = e->accounts_shut || e->accounts_stopped;
	if (t->shut && t->shut != e->accounts_shut)
		say_shut(e, t);
	if (t->shut == 0)
		alert_clear(e, ALERT);
	remember(e, t);
	if (doubt && !t->shut && !t->stopped)
		note(e);
	free(arg);
}

int account_seal_again(struct engine *e)
{
	if ((e->accounts_shut == 0 && e->accounts_stopped == 0) || e->account_key_gone)
		return 0;
	struct tried *t = malloc(sizeof *t);
	if (!t)
		return E_NOMEM;
	int err = try_all(e, t);
	t->plain = NULL; /* of the arena */
	if (err || (t->shut == e->accounts_shut && t->stopped == e->accounts_stopped)) {
		free(t);
		return err;
	}
	return effect_add(e, looked, t, free);
}
