/*
 * Who may sign in to the console (T_ACCOUNT), and the log of who did and saw what
 * (T_AUDIT): records, keys and bytes, as record.h has them for runs.
 *
 * An account is never deleted: what it did bears its name. A row of the log holds
 * the hash of the one before and its own, so that nothing can be changed, left out or
 * put between without all that follow being made anew.
 */
#ifndef ENGINE_TURN_ACCOUNT_H
#define ENGINE_TURN_ACCOUNT_H

#include "engine/turn/db.h"
#include "engine/turn/engine.h"

#include "engine/control.h"

enum account_state {
	ACCOUNT_INVITED, /* a link was made; no password yet, or it is to be made anew */
	ACCOUNT_ACTIVE,
	ACCOUNT_DISABLED,
	ACCOUNT_STATES
};
const char *account_state_word(enum account_state s);

struct account_rec {
	const char *user, *name, *department;
	unsigned roles; /* enum role */
	enum account_state state;
	const char *password; /* its hash; "" */
	const char *totp;     /* the secret of codes, sealed ("sealed:…"; base32 of old); "" */
	int64_t step;       /* of the last code that was taken: each is good once; HOTP: counter */
	const char *invite; /* SHA-256 of the link's token in hex; "" */
	int64_t invite_until_ms;
	int64_t made_ms, seen_ms; /* seen: last sign-in, or when it was made or enabled */
	const char *made_by;
	int32_t until_day; /* last day of a vendor's account; DAY_NONE */
	/* Makes his codes: a telephone that got its secret from the link's page, or a hardware
	 * token whose seed an administrator imported. */
	enum account_token { TOKEN_PHONE, TOKEN_TOTP, TOKEN_HOTP, ACCOUNT_TOKENS } token;
	int digits, step_s;      /* of a hardware token's codes */
	const char *certificate; /* SHA-256 of the client certificate bound to him, hex; "" */
};
const char *account_token_word(enum account_token t);

/* account_seal.c. At the start: is the key of the seal there, and the right one? Makes it if
 * nothing is sealed yet; seals what is not. */
struct problems;
int account_seal_recover(struct engine *e, struct problems *problems) MUST_CHECK;
/* After an account changed: its alert ends when the key opens all that there is. */
int account_seal_again(struct engine *e) MUST_CHECK;
/* The secret of his codes, for one use: wipe it. E_AUTH: it is not of our key, or was changed. */
int account_secret(const struct engine *e, const struct account_rec *r,
		   char out[SIGNIN_SEED]) MUST_CHECK;
/* Puts a secret into the record, sealed; its text lives in the arena. E_STATE: the key is gone. */
int account_seal(struct engine *e, struct account_rec *r, const char *secret) MUST_CHECK;
/* The step of a code that may be used now. E_AUTH: it is wrong, or there is no secret. */
int account_code(const struct engine *e, const struct account_rec *r, const char *code,
		 int64_t unix_s, int64_t *ret_step) MUST_CHECK;
int db_account_get(struct tx *tx, const char *user, struct account_rec *ret) MUST_CHECK;
int db_account_put(struct tx *tx, const struct account_rec *r) MUST_CHECK;
int account_read(struct bytes value, struct account_rec *ret) MUST_CHECK; /* strings in `value` */

/* For control, in its own threads: see control_config. */
int account_hash_of(const struct store_ops *ops, struct store_txn *snapshot, const char *user,
		    char out[SIGNIN_HASH]) MUST_CHECK;

int account_may_hash(void *engine, const struct store_ops *ops, struct store_txn *snapshot,
		     const struct command *cmd, const char **ret_unfit) MUST_CHECK;

/* A link's token is "USER.HEX". False: it is none. */
bool account_token_user(const char *token, char user[MAX_ID]);
/* NULL: this link lets the account's person choose a password now. Else why not, for the log. */
const char *account_link_wrong(const struct digest_ops *d, const struct account_rec *r,
			       const char *token, int64_t now_ms);
#define ACCOUNT_TOKEN_BYTES 32
void account_token_hash(const struct digest_ops *d, const char *token, char out[65]);

#define AUDIT_HASH 65 /* hex, with the NUL */
struct audit_rec {
	uint64_t row; /* 1… */
	int64_t at_ms;
	const char *user, *department, *from, *method, *params, *result;
	const char *before, *hash; /* of the row before; its own */
};
size_t key_audit(char *k, uint64_t row); /* inverted: the newest first */
int audit_read(struct bytes value, struct audit_rec *ret) MUST_CHECK; /* strings in `value` */
void audit_hash(const struct digest_ops *d, const struct audit_rec *r, char out[AUDIT_HASH]);
/* The newest row's number and hash; 0 and 64 zeros if there is none. */
int db_audit_top(struct tx *tx, uint64_t *ret_row, char hash[AUDIT_HASH]) MUST_CHECK;

/* In the command's own transaction: what it was and what became of it. */
int audit_command(struct engine *e, const struct command *cmd, int err, bool later) MUST_CHECK;

bool is_account_command(int method);
int on_account_command(struct engine *e, struct command *cmd, int method) MUST_CHECK;

#endif
