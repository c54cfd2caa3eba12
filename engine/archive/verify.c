/* See verify.h. */
#include "engine/archive/verify.h"

#include "engine/archive/days.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *finding_word(enum finding_kind k)
{
	static const char *const words[FINDING_KINDS] = {
	    [FOUND_MISSING] = "missing",
	    [FOUND_CHANGED] = "changed",
	    [FOUND_ADDED] = "added",
	    [FOUND_UNREADABLE] = "unreadable",
	    [FOUND_MANIFEST] = "manifest",
	    [FOUND_NO_MANIFEST] = "no-manifest",
	    [FOUND_UNSIGNED] = "unsigned",
	    [FOUND_SIGNATURE] = "signature",
	    [FOUND_OTHER_KEY] = "other-key",
	    [FOUND_CHAIN] = "chain",
	    [FOUND_CERTIFICATE] = "certificate",
	    [FOUND_HASH] = "hash",
	};
	return (unsigned)k < FINDING_KINDS ? words[k] : "?";
}

struct check {
	const struct verify_config *c;
	struct verify_result *result;
	struct verify_day day;
	struct manifest manifest;
	/* the sealed day before */
	int32_t previous_day;
	char previous[65];
	bool hash_found;
	size_t n_certificates;
	struct manifest certificates[MAX_ARCHIVE_CLASSES]; /* that hold */
};

static void found(struct check *k, enum finding_kind kind, const char *path, const char *words)
{
	struct finding f = {.kind = kind, .day = k->day.day, .path = path, .words = words};
	k->day.findings++;
	k->result->findings++;
	k->c->on_finding(k->c->arg, &f);
}

/* ---- signatures ---- */

/* Of a text in the day's folder. True if it holds, or nobody asks. */
static bool signature_ok(struct check *k, const char *name, const char *text, size_t n)
{
	char with_suffix[MAX_FILE_NAME], path[MAX_PATH_BYTES], *signature = NULL;
	size_t n_signature;
	snprintf(with_suffix, sizeof with_suffix, "%.200s" SIGNATURE_SUFFIX, name);
	int err = day_path(k->c->root, k->day.day, with_suffix, path);
	if (!err)
		err = day_slurp(path, SIGN_TEXT, &signature, &n_signature);
	bool there = !err;
	if (!err && k->c->key)
		err = k->c->sign->verify(k->c->key, text, n, signature);
	free(signature);
	if (strcmp(name, MANIFEST_NAME) == 0)
		k->day.is_signed = there;
	if (!k->c->key)
		return true;
	if (!there)
		found(k, FOUND_UNSIGNED, name, "there is no signature, or it cannot be read");
	else if (err == E_NOTFOUND)
		found(k, FOUND_OTHER_KEY, name, "signed by another key than the one given");
	else if (err)
		found(k, FOUND_SIGNATURE, name, "the signature does not fit");
	return there && !err;
}

/* ---- the manifest ---- */

/* 0, or E_NOTFOUND: the day is open, or E_INVALID: it was said what is wrong. */
static int read_manifest(struct check *k)
{
	char path[MAX_PATH_BYTES], words[64], *text = NULL;
	size_t n, line;
	int err = day_path(k->c->root, k->day.day, MANIFEST_NAME, path);
	if (!err)
		err = day_slurp(path, MAX_MANIFEST_BYTES, &text, &n);
	if (err == E_NOTFOUND || err == E_NOMEM)
		return err;
	if (err) {
		found(k, FOUND_MANIFEST, MANIFEST_NAME, "cannot be read");
		return E_INVALID;
	}
	sum_bytes(k->c->sum.digest, text, n, k->day.sha256);
	signature_ok(k, MANIFEST_NAME, text, n);
	err = manifest_read(text, n, &k->manifest, &line);
	if (err == E_INVALID || err == E_LIMIT) {
		snprintf(words, sizeof words, "line %zu is no line of a manifest", line);
		found(k, FOUND_MANIFEST, MANIFEST_NAME, words);
		err = E_INVALID;
	} else if (!err && (k->manifest.deletion || k->manifest.day != k->day.day)) {
		found(k, FOUND_MANIFEST, MANIFEST_NAME, "is of another day");
		err = E_INVALID;
	}
	free(text);
	return err;
}

static void check_chain(struct check *k)
{
	const struct manifest *m = &k->manifest;
	char words[160], named[11], before[11];
	if (m->previous_day != DAY_NONE)
		civil_format_date(m->previous_day, named);
	if (k->previous_day != DAY_NONE)
		civil_format_date(k->previous_day, before);
	if (m->previous_day == k->previous_day) {
		if (m->previous_day == DAY_NONE || strcmp(m->previous, k->previous) == 0)
			return;
		snprintf(words, sizeof words, "the manifest of %s is not the one it names", named);
	} else if (m->previous_day == DAY_NONE) {
		snprintf(words, sizeof words, "it says that it is the first, but %s has a manifest",
			 before);
	} else if (k->previous_day == DAY_NONE || k->previous_day < m->previous_day) {
		snprintf(words, sizeof words, "it names the manifest of %s, which is not there",
			 named);
	} else {
		snprintf(words, sizeof words,
			 "it names the manifest of %s, but %s has one in between", named, before);
	}
	found(k, FOUND_CHAIN, MANIFEST_NAME, words);
}

/* ---- certificates ---- */

/* Every line must be the manifest's own. */
static bool certificate_fits(struct check *k, const struct manifest *cert, const char *class_name)
{
	size_t n = strlen(class_name);
	if (!cert->deletion || cert->day != k->day.day || strcmp(cert->of, k->day.sha256) != 0 ||
	    strcmp(cert->class_name, class_name) != 0)
		return false;
	for (size_t i = 0; i < cert->n; i++) {
		const struct manifest_line *l = manifest_find(&k->manifest, cert->lines[i].path);
		if (!l || strcmp(l->sha256, cert->lines[i].sha256) != 0 ||
		    strncmp(l->path, class_name, n) != 0 || l->path[n] != '/')
			return false;
	}
	return true;
}

static int read_certificate(struct check *k, const char *class_name)
{
	struct manifest *cert = &k->certificates[k->n_certificates];
	char name[MAX_FILE_NAME], path[MAX_PATH_BYTES], *text = NULL;
	size_t n, line;
	snprintf(name, sizeof name, CERTIFICATE_PREFIX "%s" CERTIFICATE_SUFFIX, class_name);
	int err = day_path(k->c->root, k->day.day, name, path);
	if (!err)
		err = day_slurp(path, MAX_MANIFEST_BYTES, &text, &n);
	if (err == E_NOMEM)
		return err;
	if (err) {
		found(k, FOUND_CERTIFICATE, name, "cannot be read");
		return 0;
	}
	bool ok = signature_ok(k, name, text, n);
	err = manifest_read(text, n, cert, &line);
	free(text);
	if (err == E_NOMEM) {
		manifest_free(cert);
		return err;
	}
	bool fits = !err && certificate_fits(k, cert, class_name);
	if (!fits)
		found(k, FOUND_CERTIFICATE, name, "is not of this day's manifest");
	if (fits && ok)
		k->n_certificates++;
	else
		manifest_free(cert);
	return 0;
}

static int read_certificates(struct check *k)
{
	struct day_classes classes;
	int err = day_certificates(k->c->root, k->day.day, &classes);
	for (size_t i = 0; i < classes.n && !err; i++)
		err = read_certificate(k, classes.list[i]);
	return err;
}

static bool is_deleted(const struct check *k, const char *path)
{
	for (size_t i = 0; i < k->n_certificates; i++)
		if (manifest_find(&k->certificates[i], path))
			return true;
	return false;
}

/* ---- files ---- */

static int check_file(struct check *k, const struct manifest_line *l)
{
	char path[MAX_PATH_BYTES], hex[65];
	int64_t size = 0;
	int err = day_path(k->c->root, k->day.day, l->path, path);
	if (!err)
		err = sum_file(&k->c->sum, path, hex, &size);
	if (err == E_IO || err == E_NOTFOUND || err == E_INVALID) {
		found(k, err == E_INVALID ? FOUND_CHANGED : FOUND_UNREADABLE, l->path,
		      err == E_INVALID ? "is no file any more" : "cannot be read");
		return 0;
	}
	if (err)
		return err;
	k->day.files++;
	k->day.bytes += (uint64_t)size;
	if (strcmp(hex, l->sha256) != 0)
		found(k, FOUND_CHANGED, l->path, "its bytes are not those of the manifest");
	return 0;
}

static void absent(struct check *k, const struct manifest_line *l)
{
	if (is_deleted(k, l->path))
		k->day.deleted++;
	else
		found(k, FOUND_MISSING, l->path, "is not there");
}

/* Both lists are in the order of paths. */
static int check_files(struct check *k)
{
	const struct manifest *m = &k->manifest;
	struct day_files files;
	int err = day_files(k->c->root, k->day.day, &files);
	size_t i = 0, j = 0;
	while (!err && (i < m->n || j < files.n)) {
		int order = i == m->n      ? 1
			    : j == files.n ? -1
					   : strcmp(m->lines[i].path, files.list[j].path);
		if (order < 0)
			absent(k, &m->lines[i]);
		else if (order > 0)
			found(k, FOUND_ADDED, files.list[j].path, "is in no manifest");
		else
			err = check_file(k, &m->lines[i]);
		i += order <= 0;
		j += order >= 0;
	}
	day_files_free(&files);
	return err;
}

/* ---- days ---- */

static bool in_range(const struct verify_config *c, int32_t day)
{
	return (c->from == DAY_NONE || day >= c->from) && (c->to == DAY_NONE || day <= c->to);
}

/* Of a day outside the range only the hash counts: the next one names it. */
static int pass_by(struct check *k, int32_t day)
{
	char path[MAX_PATH_BYTES], hex[65];
	int64_t size;
	int err = day_path(k->c->root, day, MANIFEST_NAME, path);
	if (!err)
		err = sum_file(&k->c->sum, path, hex, &size);
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	k->previous_day = day;
	memcpy(k->previous, hex, sizeof k->previous);
	return 0;
}

static int check_sealed(struct check *k)
{
	check_chain(k);
	int err = read_certificates(k);
	if (!err)
		err = check_files(k);
	for (size_t i = 0; i < k->n_certificates; i++)
		manifest_free(&k->certificates[i]);
	k->n_certificates = 0;
	return err;
}

static void count_day(struct check *k)
{
	struct verify_result *r = k->result;
	r->days += !k->day.open;
	r->open += k->day.open;
	r->files += k->day.files;
	r->deleted += k->day.deleted;
	r->bytes += k->day.bytes;
	k->c->on_day(k->c->arg, &k->day);
	if (k->day.open || !k->day.sha256[0])
		return;
	r->last_day = k->previous_day = k->day.day;
	memcpy(k->previous, k->day.sha256, sizeof k->previous);
	memcpy(r->last_sha256, k->day.sha256, sizeof r->last_sha256);
	if (k->c->hash && strcmp(k->c->hash, k->day.sha256) == 0)
		k->hash_found = true;
}

static int check_day(struct check *k, int32_t day, bool last)
{
	k->day = (struct verify_day){.day = day};
	int err = read_manifest(k);
	if (err == E_NOTFOUND) {
		struct day_files files;
		k->day.open = true;
		err = day_files(k->c->root, day, &files);
		if (!err && files.n == 0)
			return 0; /* an empty folder: nothing was ever there, or was sealed */
		day_files_free(&files);
		if (!err && !last)
			found(k, FOUND_NO_MANIFEST, MANIFEST_NAME,
			      "there is none, though a later day has one");
	} else if (!err) {
		err = check_sealed(k);
	} else if (err == E_INVALID) {
		err = 0;
	}
	manifest_free(&k->manifest);
	if (!err)
		count_day(k);
	return err;
}

/* The place behind the last day that has a manifest. */
static size_t sealed_end(const struct verify_config *c, const struct days *days)
{
	char path[MAX_PATH_BYTES], *text;
	size_t n, i = days->n;
	for (; i > 0; i--) {
		if (day_path(c->root, days->list[i - 1], MANIFEST_NAME, path) != 0)
			continue;
		text = NULL;
		int err = day_slurp(path, MAX_MANIFEST_BYTES, &text, &n);
		free(text);
		if (err != E_NOTFOUND)
			break;
	}
	return i;
}

int verify_archive(const struct verify_config *c, struct verify_result *ret)
{
	struct days days;
	struct check *k = calloc(1, sizeof *k);
	if (!k)
		return E_NOMEM;
	*ret = (struct verify_result){.last_day = DAY_NONE};
	k->c = c;
	k->result = ret;
	k->previous_day = DAY_NONE;
	int err = days_list(c->root, &days);
	size_t end = err ? 0 : sealed_end(c, &days);
	for (size_t i = 0; !err && i < days.n; i++)
		err = in_range(c, days.list[i]) ? check_day(k, days.list[i], i >= end)
						: pass_by(k, days.list[i]);
	if (!err && c->hash && !k->hash_found) {
		k->day = (struct verify_day){.day = ret->last_day};
		found(k, FOUND_HASH, "", "no day that was looked at has a manifest of this hash");
	}
	if (!err)
		days_free(&days);
	free(k);
	return err;
}
