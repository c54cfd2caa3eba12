/*
 * The configuration: one file of `[section name]` and `key = value`, read and
 * checked as a whole. All that is wrong is added to `problems`, with file, line
 * and what to do; with one error nothing is returned, so nothing starts.
 *
 * The structs' members come from the list in keys.h, or are those of a port.
 * Immutable after loading, so any thread may read it.
 */
#ifndef ENGINE_CONFIG_CONFIG_H
#define ENGINE_CONFIG_CONFIG_H

#include "engine/config/keys.h"
#include "engine/drop.h"
#include "engine/limits.h"
#include "engine/plan/money.h"
#include "engine/problems.h"
#include "engine/recognise.h"
#include "engine/speech.h"
#include "engine/text.h"
#include "engine/voice.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CONFIG_MOST_DROPS 8
#define CONFIG_MOST_EXPECTS 32
#define CONFIG_MOST_DEPARTMENTS 64
#define CONFIG_MOST_USERS 256
#define CONFIG_MOST_TRANSFERS 32
#define CONFIG_MOST_TRIALS 128
#define CONFIG_MOST_BYTES (1 << 20)

/* Bits of config_user.roles, in the order of CONFIG_ROLE_WORDS. A set, not a ladder. */
enum role {
	ROLE_ADMINISTRATOR = 1 << 0,
	ROLE_MANAGER = 1 << 1,
	ROLE_STAFF = 1 << 2,
	ROLE_OPERATOR = 1 << 3,
	ROLE_AUDITOR = 1 << 4,
	ROLE_VENDOR = 1 << 5,
};
#define ROLES_ALL 0x3fu

/* The C type of each TYPE of the list, for the structs that are ours. */
#define CONFIG_C_PATH(m) char m[MAX_PATH_BYTES]
#define CONFIG_C_KEY_FILE(m) char m[MAX_PATH_BYTES]
#define CONFIG_C_TEXT(m) char m[MAX_NAME_BYTES]
#define CONFIG_C_SECRET(m) char m[128]
#define CONFIG_C_ID(m) char m[MAX_ID]
#define CONFIG_C_CHOICE(m) char m[16]
#define CONFIG_C_CITY(m) char m[8]
#define CONFIG_C_PHONE(m) char m[MAX_NUMBER]
#define CONFIG_C_INT(m) int m
#define CONFIG_C_LEVEL(m) int m
#define CONFIG_C_ROLES(m) int m
#define CONFIG_C_BOOL(m) bool m
#define CONFIG_C_MS(m) int64_t m
#define CONFIG_C_INSTANT(m) int64_t m
#define CONFIG_C_YEN(m) int64_t m /* sen */
#define CONFIG_C_SIZE(m) size_t m
#define CONFIG_MEMBER(key, m, type, when, value, least, most, choices, words) CONFIG_C_##type(m);

struct config_engine {
	CONFIG_ENGINE(CONFIG_MEMBER) /* durations in ms; rehearsal_start: UTC ms, or 0 */
};
struct config_store {
	CONFIG_STORE(CONFIG_MEMBER)
};
struct config_archive {
	CONFIG_ARCHIVE(CONFIG_MEMBER)
};
struct config_retention {
	CONFIG_RETENTION(CONFIG_MEMBER) /* ms; 0: kept */
};
struct config_console {
	CONFIG_CONSOLE(CONFIG_MEMBER) /* ms */
};
struct config_department {
	char id[MAX_ID];
	CONFIG_DEPARTMENT(CONFIG_MEMBER)
	struct text_order order; /* of its gateways */
};
struct config_expect {
	char id[MAX_ID];
	CONFIG_EXPECT(CONFIG_MEMBER)
};
struct config_transfer {
	char id[MAX_ID];
	CONFIG_TRANSFER(CONFIG_MEMBER)
};
struct config_trial {
	char id[MAX_ID];
	CONFIG_TRIAL(CONFIG_MEMBER)
};
struct config_user {
	char id[MAX_ID];
	CONFIG_USER(CONFIG_MEMBER)
};

/* [money]: its tariffs are the plan's struct; the rest is here. */
struct config_money {
	int64_t limit; /* sen a month; 0: none */
	int alert, answer_rate;
	int64_t talk_time;
};

struct config {
	struct config_engine engine;
	struct config_store store;
	struct config_archive archive;
	struct config_retention retention;
	struct config_console console;
	struct voice_config voice;
	struct text_config sms;
	struct speech_config speech;
	struct recognise_config recognise;
	struct tariff tariff;
	struct config_money money;
	CONFIG_SMS_OWN(CONFIG_MEMBER)
	size_t n_drops, n_expects, n_departments, n_transfers, n_trials, n_users;
	struct drop_config drop[CONFIG_MOST_DROPS];
	struct config_expect expect[CONFIG_MOST_EXPECTS];
	struct config_department department[CONFIG_MOST_DEPARTMENTS];
	struct config_transfer transfer[CONFIG_MOST_TRANSFERS];
	struct config_trial trial[CONFIG_MOST_TRIALS];
	struct config_user user[CONFIG_MOST_USERS];
	char path[MAX_PATH_BYTES];       /* of the file */
	uint8_t account_key[32];         /* config_account_key() */
	bool account_key_missing;        /* there is none yet, or none any more, or it is no key */
	char account_key_why[MAX_WORDS]; /* why the file that is there is no key; "": none is there
					  */
};

/* E_INVALID: `problems` has errors. E_NOMEM. Warnings may be added all the same. */
int config_load(const char *path, struct problems *problems, struct config **ret) MUST_CHECK;
/* The file's text with every secret's value replaced. E_NOTFOUND: there is no such file. The caller
 * frees it. */
int config_redacted(const char *path, char **ret_text, size_t *ret_n) MUST_CHECK;
void config_free(struct config *c); /* forgets the secrets first; NULL is fine */

const struct config_department *config_department(const struct config *c,
						  const char *id);                     /* or NULL */
const struct config_transfer *config_transfer(const struct config *c, const char *id); /* or NULL */
const struct config_trial *config_trial(const struct config *c, const char *id);       /* or NULL */
const struct config_user *config_user_by_uid(const struct config *c, unsigned uid);    /* or NULL */

/* Puts the key of receipt URLs into c->sms.receipt_key: from its file, or, if none is named and
 * receipt.key under engine.var does not exist, makes that (mode 0600, on disk before it returns).
 * For the daemon, at start, when engine.var exists. E_INVALID or what afile_put answers; problems
 * say it. */
int config_receipt_key(struct config *c, void (*random)(void *p, size_t n),
		       struct problems *problems) MUST_CHECK;

/* seal_key.c: c->account_key, which seals the secrets of accounts' codes, from [console]
 * seal_key_file, or accounts.key under engine.var. If none is named and that file does not exist,
 * account_key_missing is set and nothing is made: whether one may be made, the store tells. A file
 * there that cannot be read or holds no key is missing too, with account_key_why: no fault of a
 * backup that was put back keeps residents from being called. One that is named is E_INVALID. */
int config_account_key(struct config *c, struct problems *problems) MUST_CHECK;
/* Makes accounts.key (mode 0600, on disk before it returns), or reads it if somebody else did. */
int config_account_key_make(const struct config *c, void (*random)(void *p, size_t n),
			    uint8_t key[32], struct problems *problems) MUST_CHECK;
/* Notes, in accounts.id under engine.var, which key is the right one: a hash of it, no secret. */
struct digest_ops;
int config_account_key_note(const struct config *c, const struct digest_ops *digest,
			    const uint8_t key[32]) MUST_CHECK;
/* For `osamed --check`, without the store: a key that is gone, or is not the one that was noted. */
int config_account_key_check(struct config *c, const struct digest_ops *digest,
			     struct problems *problems) MUST_CHECK;

/* [speech] without a configuration, for the offline checks: defaults, and the lexicon of `specs`.
 */
int config_speech_default(const char *specs, struct speech_config *ret) MUST_CHECK;

/* Every key with its meaning and its default or an example: itself a valid file. */
void config_dump(FILE *to);
/* The same as tables, in Markdown: the made part of docs/configuration.md. */
void config_manual(FILE *to);
/* The words of a set of roles, "manager operator", into out; returns out. */
const char *config_role_words(unsigned roles, char out[96]);

#endif
