/*
 * The key that seals the secrets of accounts' codes: read, made, and told from another.
 *
 * A key that was lost must not be replaced in silence: a new one opens nothing, and the
 * old one, found again, would not open what was sealed meanwhile. So it is made only
 * when the engine knows that nothing is sealed yet. Which key is the right one is
 * noted beside it (accounts.id), so that `osamed --check` can tell without the store.
 * The note is a help for people and decides nothing: the engine asks the store.
 */
#include "engine/config/load.h"

#include "engine/digest.h"
#include "spool/afile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETTING "[console] seal_key_file"
#define OWN "accounts.key"
#define NOTE "accounts.id"

static void own_path(const struct config *c, const char *name, char out[MAX_PATH_BYTES + 16])
{
	snprintf(out, MAX_PATH_BYTES + 16, "%s/%s", c->engine.var, name);
}

static bool gone(const char *path)
{
	return access(path, F_OK) != 0 && errno == ENOENT;
}

static int own_key(struct config *c)
{
	struct problems why;
	problems_init(&why);
	int err = secret_key_load(c, "", OWN, SETTING, NULL, c->account_key, &why);
	if (err && err != E_NOMEM) {
		c->account_key_missing = true;
		explicit_bzero(c->account_key, sizeof c->account_key);
		snprintf(c->account_key_why, sizeof c->account_key_why, "%s",
			 why.n ? why.list[0].what : err_str(err));
		err = 0;
	}
	problems_free(&why);
	return err;
}

int config_account_key(struct config *c, struct problems *problems)
{
	char path[MAX_PATH_BYTES + 16];
	if (*c->console.seal_key_file)
		return secret_key_load(c, c->console.seal_key_file, OWN, SETTING, NULL,
				       c->account_key, problems);
	own_path(c, OWN, path);
	c->account_key_missing = gone(path);
	return c->account_key_missing ? 0 : own_key(c);
}

int config_account_key_make(const struct config *c, void (*random)(void *, size_t), uint8_t key[32],
			    struct problems *problems)
{
	return secret_key_load(c, "", OWN, SETTING, random, key, problems);
}

/* The words before the key: this hash is good for nothing else. */
static void id_of(const struct digest_ops *d, const uint8_t key[32], char out[65])
{
	static const char what[] = "Osame accounts key\n";
	struct sha256_state s;
	uint8_t hash[32];
	d->sha256_begin(&s);
	d->sha256_add(&s, what, sizeof what - 1);
	d->sha256_add(&s, key, 32);
	d->sha256_end(&s, hash);
	digest_hex(hash, sizeof hash, out);
}

int config_account_key_note(const struct config *c, const struct digest_ops *d,
			    const uint8_t key[32])
{
	char path[MAX_PATH_BYTES + 16], hex[66], noted[65] = "", why[MAX_WORDS];
	own_path(c, NOTE, path);
	id_of(d, key, hex);
	if (!gone(path) && secret_file_read(path, noted, sizeof noted, why) == 0 &&
	    strcmp(noted, hex) == 0)
		return 0;
	hex[64] = '\n';
	return afile_put(path, hex, 65, 0600, AFILE_REPLACE);
}

/* The engine's user is whose the note is. root cannot ask as that user, but sees what would be in
 * the way: a key put back by root is root's. */
static int others_check(const struct stat *note, const char *path, struct problems *problems)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return 0; /* not ours to see */
	if (st.st_uid == note->st_uid && (st.st_mode & 077) == 0)
		return 0;
	problems_error(
	    problems, path, 0,
	    "belongs to uid %u and has mode %04o: the engine (uid %u) takes only its own "
	    "that nobody else may use: chown %u, chmod 600",
	    (unsigned)st.st_uid, (unsigned)st.st_mode & 07777, (unsigned)note->st_uid,
	    (unsigned)note->st_uid);
	return E_INVALID;
}

int config_account_key_check(struct config *c, const struct digest_ops *d,
			     struct problems *problems)
{
	char path[MAX_PATH_BYTES + 16], note[MAX_PATH_BYTES + 16], hex[65], noted[65] = "",
									    why[MAX_WORDS];
	struct stat st;
	own_path(c, OWN, path);
	own_path(c, NOTE, note);
	if (stat(note, &st) != 0) /* never started, nothing was ever sealed, or not ours to see */
		return 0;
	if (!*c->console.seal_key_file && gone(path)) {
		problems_error(problems, path, 0,
			       "is gone: without it no code of the console's accounts can be "
			       "checked. Put it back from its backup (docs/console.md, The seal)");
		return E_INVALID;
	}
	if (st.st_uid != geteuid())
		return others_check(
		    &st, *c->console.seal_key_file ? c->console.seal_key_file : path, problems);
	int err = config_account_key(c, problems);
	if (err)
		return err;
	if (*c->account_key_why) {
		problems_error(problems, path, 0, "%s", c->account_key_why);
		return E_INVALID;
	}
	err = secret_file_read(note, noted, sizeof noted, why);
	if (err) {
		problems_error(problems, note, 0, "%s", why);
		return err;
	}
	id_of(d, c->account_key, hex);
	if (strcmp(noted, hex) == 0)
		return 0;
	problems_error(problems, *c->console.seal_key_file ? c->console.seal_key_file : path, 0,
		       "is not the key that sealed the secrets of the console's accounts: put the "
		       "right one back from its backup (docs/console.md, The seal)");
	return E_INVALID;
}
