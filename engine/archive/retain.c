/* See retain.h. */
#include "engine/archive/retain.h"

#include "engine/archive/days.h"
#include "spool/afile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_of(const char *path, const char *class_name)
{
	size_t n = strlen(class_name);
	return strncmp(path, class_name, n) == 0 && path[n] == '/';
}

int retain_look(const char *root, int32_t day, struct retain_day *ret)
{
	char path[MAX_PATH_BYTES];
	struct day_files files;
	ret->n = 0;
	int err = day_path(root, day, MANIFEST_NAME, path);
	if (err || access(path, F_OK) != 0)
		return err;
	err = day_files(root, day, &files);
	for (size_t i = 0; !err && i < files.n; i++) {
		const struct day_file *f = &files.list[i];
		struct retain_class *c = ret->n ? &ret->list[ret->n - 1] : NULL;
		size_t n = strcspn(f->path, "/");
		if (f->odd || n >= MAX_ID)
			continue;
		if (!c || !is_of(f->path, c->name)) { /* in the order of paths */
			if (ret->n == MAX_ARCHIVE_CLASSES)
				break;
			c = &ret->list[ret->n++];
			*c = (struct retain_class){.files = 0};
			memcpy(c->name, f->path, n);
		}
		c->files++;
		c->bytes += (uint64_t)f->size;
	}
	day_files_free(&files);
	return err;
}

/* ---- the certificate ---- */

static void certificate_name(const char *class_name, char out[MAX_FILE_NAME])
{
	snprintf(out, MAX_FILE_NAME, CERTIFICATE_PREFIX "%s" CERTIFICATE_SUFFIX, class_name);
}

/* Files of the class that stand there as they were sealed. */
static int choose(const struct retain_config *c, const struct manifest *m, struct manifest *cert,
		  struct retained *ret)
{
	for (size_t i = 0; i < m->n; i++) {
		char path[MAX_PATH_BYTES], hex[65];
		int64_t size;
		if (!is_of(m->lines[i].path, cert->class_name))
			continue;
		int err = day_path(c->seal.root, m->day, m->lines[i].path, path);
		if (!err)
			err = sum_file(&c->seal.sum, path, hex, &size);
		if (!err && strcmp(hex, m->lines[i].sha256) == 0)
			err = manifest_add(cert, m->lines[i].path, size, hex);
		else if (!err || err == E_NOTFOUND || err == E_INVALID) {
			ret->left++;
			err = 0;
		}
		if (err)
			return err;
	}
	return 0;
}

static int make_certificate(const struct retain_config *c, const struct manifest *m,
			    const char *sha256, struct manifest *cert, struct retained *ret)
{
	cert->deletion = true;
	cert->at_ms = c->at_ms;
	snprintf(cert->of, sizeof cert->of, "%s", sha256);
	snprintf(cert->kept, sizeof cert->kept, "%s", c->kept);
	snprintf(cert->by, sizeof cert->by, "%s", c->by);
	int err = choose(c, m, cert, ret);
	manifest_sort(cert);
	return err;
}

static int put_certificate(const struct retain_config *c, const struct manifest *cert)
{
	char name[MAX_FILE_NAME], comment[SIGN_COMMENT], day[11], *text = NULL;
	size_t n;
	certificate_name(cert->class_name, name);
	civil_format_date(cert->day, day);
	snprintf(comment, sizeof comment, "timestamp:%lld\tfile:%.80s\thashed\tday:%s\tdeleted:%zu",
		 (long long)(cert->at_ms / 1000), name, day, cert->n);
	int err = manifest_write(cert, &text, &n);
	if (!err)
		err = seal_put(&c->seal, cert->day, name, text, n, comment);
	if (!err) {
		char copy[MAX_FILE_NAME];
		snprintf(copy, sizeof copy, "%s.%.200s", day, name);
		err = c->copy(c->arg, copy, text, n);
	}
	free(text);
	return err;
}

/* The one that a crash left, or E_NOTFOUND. */
static int read_certificate(const struct retain_config *c, const struct manifest *m,
			    const char *sha256, struct manifest *cert)
{
	char name[MAX_FILE_NAME], path[MAX_PATH_BYTES], class_name[MAX_ID], *text = NULL;
	size_t n, line;
	memcpy(class_name, cert->class_name, sizeof class_name);
	certificate_name(class_name, name);
	int err = day_path(c->seal.root, m->day, name, path);
	if (!err)
		err = day_slurp(path, MAX_MANIFEST_BYTES, &text, &n);
	if (err)
		return err;
	err = manifest_read(text, n, cert, &line);
	free(text);
	if (!err && (!cert->deletion || cert->day != m->day || strcmp(cert->of, sha256) != 0 ||
		     strcmp(cert->class_name, class_name) != 0))
		err = E_INVALID;
	for (size_t i = 0; !err && i < cert->n; i++) {
		const struct manifest_line *l = manifest_find(m, cert->lines[i].path);
		if (!l || !is_of(l->path, class_name) ||
		    strcmp(l->sha256, cert->lines[i].sha256) != 0)
			err = E_INVALID;
	}
	return err;
}

/* ---- deleting ---- */

static int delete_files(const struct retain_config *c, const struct manifest *cert,
			struct retained *ret)
{
	int err = 0;
	for (size_t i = 0; !err && i < cert->n; i++) {
		char path[MAX_PATH_BYTES];
		err = c->copies(c->arg, cert->day, cert->lines[i].path);
		if (!err)
			err = day_path(c->seal.root, cert->day, cert->lines[i].path, path);
		if (!err)
			err = afile_remove_durable(path);
		if (!err)
			ret->files++;
		if (err == E_NOTFOUND)
			err = 0;
		if (!err && c->seal.sum.step)
			err = c->seal.sum.step(c->seal.sum.arg, 0);
	}
	return err;
}

int retain_delete(const struct retain_config *c, int32_t day, const char *class_name,
		  struct retained *ret)
{
	struct manifest m, cert;
	char sha256[65];
	*ret = (struct retained){0};
	int err = seal_sweep(&c->seal, day);
	if (!err)
		err = seal_read(&c->seal, day, &m, sha256);
	if (err)
		return err;
	manifest_init(&cert, day);
	snprintf(cert.class_name, sizeof cert.class_name, "%s", class_name);
	err = read_certificate(c, &m, sha256, &cert);
	if (err == E_NOTFOUND)
		err = make_certificate(c, &m, sha256, &cert, ret);
	if (!err && cert.n)
		err = put_certificate(c, &cert); /* again: its signature may be missing */
	if (!err)
		err = delete_files(c, &cert, ret);
	ret->bytes = err ? 0 : cert.bytes;
	manifest_free(&cert);
	manifest_free(&m);
	return err;
}
