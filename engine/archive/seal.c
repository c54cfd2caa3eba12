/* See seal.h. */
#include "engine/archive/seal.h"

#include "engine/archive/days.h"
#include "spool/afile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int PRINTF_LIKE(3, 4) because(int err, char why[MAX_WORDS], const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why, MAX_WORDS, fmt, ap);
	va_end(ap);
	return err;
}

/* ---- a text and its signature ---- */

static int same_text(const char *path, const char *text, size_t n)
{
	char *there = NULL;
	size_t n_there;
	int err = day_slurp(path, MAX_MANIFEST_BYTES, &there, &n_there);
	if (!err && (n_there != n || memcmp(there, text, n) != 0))
		err = E_EXISTS;
	free(there);
	return err;
}

/* There already with these bytes is done, and synced again. */
static int put_new(const char *path, const char *text, size_t n)
{
	int err = afile_put(path, text, n, 0600, AFILE_NEW);
	if (err != E_EXISTS)
		return err;
	err = same_text(path, text, n);
	if (err)
		return err;
	char folder[MAX_PATH_BYTES];
	snprintf(folder, sizeof folder, "%s", path);
	*strrchr(folder, '/') = '\0';
	return afile_fsync_dir(folder);
}

int seal_put(const struct seal_config *c, int32_t day, const char *name, const char *text, size_t n,
	     const char *comment)
{
	char path[MAX_PATH_BYTES], signature[SIGN_TEXT], with_suffix[MAX_FILE_NAME];
	int err = day_path(c->root, day, name, path);
	if (!err)
		err = put_new(path, text, n);
	if (err || !c->key)
		return err;
	if (snprintf(with_suffix, sizeof with_suffix, "%s" SIGNATURE_SUFFIX, name) >=
	    (int)sizeof with_suffix)
		return E_LIMIT;
	err = c->sign->sign(c->key, text, n, comment, signature);
	if (!err)
		err = day_path(c->root, day, with_suffix, path);
	return err ? err : put_new(path, signature, strlen(signature));
}

/* Is the text signed by our own key? */
static int check_signature(const struct seal_config *c, int32_t day, const char *text, size_t n)
{
	char path[MAX_PATH_BYTES], *signature = NULL;
	struct sign_public public;
	size_t n_signature;
	int err = day_path(c->root, day, MANIFEST_NAME SIGNATURE_SUFFIX, path);
	if (!err)
		err = day_slurp(path, SIGN_TEXT, &signature, &n_signature);
	if (!err) {
		c->sign->public_of(c->key, &public);
		err = c->sign->verify(&public, text, n, signature);
		/* made by the key that we had before: a sealed day all the same */
		if (err == E_NOTFOUND)
			err = 0;
		else if (err)
			err = E_AUTH;
	}
	free(signature);
	return err;
}

int seal_read(const struct seal_config *c, int32_t day, struct manifest *ret, char ret_sha256[65])
{
	char path[MAX_PATH_BYTES], *text = NULL;
	size_t n, line;
	int err = day_path(c->root, day, MANIFEST_NAME, path);
	if (!err)
		err = day_slurp(path, MAX_MANIFEST_BYTES, &text, &n);
	if (err)
		return err;
	err = manifest_read(text, n, ret, &line);
	if (!err && (ret->deletion || ret->day != day))
		err = E_INVALID;
	if (!err && c->key) {
		err = check_signature(c, day, text, n);
		err = err == E_NOTFOUND ? E_AUTH : err;
	}
	sum_bytes(c->sum.digest, text, n, ret_sha256);
	free(text);
	if (err)
		manifest_free(ret);
	return err;
}

/* ---- making a manifest ---- */

static int is_there(const char *path, bool *ret)
{
	char *text = NULL;
	size_t n;
	int err = day_slurp(path, MAX_MANIFEST_BYTES, &text, &n);
	*ret = !err;
	free(text);
	return err == E_NOTFOUND ? 0 : err;
}

/* The hash of the latest earlier manifest. */
static int find_previous(const struct seal_config *c, struct manifest *m)
{
	char path[MAX_PATH_BYTES];
	struct days days;
	int64_t size;
	bool found = false;
	int err = days_list(c->root, &days);
	for (size_t i = err ? 0 : days.n; !err && !found && i > 0; i--) {
		if (days.list[i - 1] >= m->day)
			continue;
		err = day_path(c->root, days.list[i - 1], MANIFEST_NAME, path);
		if (!err)
			err = is_there(path, &found);
		if (!err && found) {
			m->previous_day = days.list[i - 1];
			err = sum_file(&c->sum, path, m->previous, &size);
		}
	}
	days_free(&days);
	return err;
}

/* A crash while a file was put here left it. Nobody writes into a day that is over. */
static int remove_temporary(const struct seal_config *c, int32_t day, const char *name)
{
	char path[MAX_PATH_BYTES];
	int err = day_path(c->root, day, name, path);
	if (!err)
		err = afile_remove_durable(path);
	return err == E_NOTFOUND ? 0 : err;
}

int seal_sweep(const struct seal_config *c, int32_t day)
{
	struct day_files files;
	int err = day_files(c->root, day, &files);
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	for (size_t i = 0; i < files.n && !err; i++)
		if (files.list[i].temporary)
			err = remove_temporary(c, day, files.list[i].path);
	day_files_free(&files);
	return err;
}

static void note_odd(struct sealed *ret, const char *path)
{
	if (ret->odd++ == 0)
		snprintf(ret->first_odd, sizeof ret->first_odd, "%s", path);
}

static int add_file(const struct seal_config *c, struct manifest *m, const char *name,
		    char why[MAX_WORDS])
{
	char path[MAX_PATH_BYTES], hex[65];
	int64_t size;
	int err = day_path(c->root, m->day, name, path);
	if (!err)
		err = sum_file(&c->sum, path, hex, &size);
	if (!err && c->check && c->check(c->check_arg, m->day, name, hex))
		return because(E_INVALID, why,
			       "%.400s is not as it was recorded: put the right file back", path);
	if (!err)
		err = manifest_add(m, name, size, hex);
	return err ? because(err, why, "%.400s: %s", path, err_str(err)) : 0;
}

static int make(const struct seal_config *c, struct manifest *m, struct sealed *ret,
		char why[MAX_WORDS])
{
	struct day_files files;
	int err = day_files(c->root, m->day, &files);
	if (err == E_NOTFOUND)
		return 0;
	if (err)
		return because(err, why, "the day's folder cannot be listed: %s", err_str(err));
	for (size_t i = 0; i < files.n && !err; i++) {
		const struct day_file *f = &files.list[i];
		if (f->odd)
			note_odd(ret, f->path);
		else
			err = add_file(c, m, f->path, why);
	}
	day_files_free(&files);
	if (!err)
		err = find_previous(c, m);
	manifest_sort(m);
	return err;
}

/* A pure function of the manifest, so that signing again gives the same bytes. */
static void comment_of(const struct manifest *m, const char *sha256, char out[SIGN_COMMENT])
{
	char day[11];
	civil_format_date(m->day, day);
	snprintf(out, SIGN_COMMENT,
		 "timestamp:%lld\tfile:" MANIFEST_NAME "\thashed\tday:%s\tfiles:%zu\tsha256:%s",
		 (long long)(civil_day_start(m->day + 1) / 1000), day, m->n, sha256);
}

static void report(const struct manifest *m, struct sealed *ret)
{
	ret->files = m->n;
	ret->bytes = m->bytes;
}

static int seal_new(const struct seal_config *c, int32_t day, struct sealed *ret,
		    char why[MAX_WORDS])
{
	char comment[SIGN_COMMENT], *text = NULL;
	struct manifest m;
	size_t n;
	manifest_init(&m, day);
	int err = make(c, &m, ret, why);
	ret->empty = m.n == 0;
	if (err || ret->empty)
		goto out;
	err = manifest_write(&m, &text, &n);
	if (err)
		goto out;
	sum_bytes(c->sum.digest, text, n, ret->sha256);
	comment_of(&m, ret->sha256, comment);
	err = seal_put(c, day, MANIFEST_NAME, text, n, comment);
	if (err == E_EXISTS)
		because(err, why,
			"the day has a manifest already that is not of what lies there now, or "
			"another signature: look with `osame archive verify`");
	else if (err)
		because(err, why, "the manifest cannot be written: %s", err_str(err));
	report(&m, ret);
	ret->fresh = true;
out:
	manifest_free(&m);
	free(text);
	return err;
}

int seal_day(const struct seal_config *c, int32_t day, struct sealed *ret, char why[MAX_WORDS])
{
	struct manifest m;
	*ret = (struct sealed){.empty = false};
	why[0] = '\0';
	int err = seal_sweep(c, day);
	if (err)
		return because(err, why, "the day's folder: %s", err_str(err));
	err = seal_read(c, day, &m, ret->sha256);
	if (!err) {
		report(&m, ret);
		manifest_free(&m);
		return 0;
	}
	/* None yet; or without a signature, which is compared and signed; or with a wrong one,
	 * which seal_put() will not overwrite. */
	if (err == E_NOTFOUND || err == E_AUTH)
		return seal_new(c, day, ret, why);
	return because(err == E_INVALID ? E_EXISTS : err, why, "the day's manifest: %s",
		       err_str(err));
}
