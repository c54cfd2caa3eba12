/* See expect.h. Both tables have a record a file, not a row: they are read from end to end, in
 * snapshots of a thousand records. */
#include "engine/turn/expect.h"

#include "engine/archive/days.h"
#include "engine/plan/civil.h"
#include "engine/turn/db.h"
#include "engine/turn/found.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 1000 };

struct item {
	int32_t day;
	uint32_t id;
	enum spool_kind first, second; /* where in the spool it may be */
	char *path;                    /* "class/name" in the archive */
	char *name;                    /* the sender's, or ours: what spool_path() wants */
	char sha256[65];
};

struct expected {
	int32_t after, to;
	size_t n, cap;
	struct item *list;
	char key[8]; /* where the next chunk begins */
	size_t n_key, seen;
	bool more;
};

void expected_free(struct expected *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->n; i++) {
		free(x->list[i].path);
		free(x->list[i].name);
	}
	free(x->list);
	free(x);
}

static int add(struct expected *x, const struct item *item, const char *class_name,
	       const char *in_archive, const char *name, const char *sha256)
{
	size_t size = strlen(class_name) + strlen(in_archive) + 2;
	if (x->n == x->cap) {
		size_t cap = x->cap ? x->cap * 2 : 64;
		struct item *list = realloc(x->list, cap * sizeof *list);
		if (!list)
			return E_NOMEM;
		x->list = list;
		x->cap = cap;
	}
	struct item *it = &x->list[x->n];
	*it = *item;
	it->path = malloc(size);
	it->name = strdup(name);
	x->n++;
	if (!it->path || !it->name)
		return E_NOMEM;
	snprintf(it->path, size, "%s/%s", class_name, in_archive);
	snprintf(it->sha256, sizeof it->sha256, "%s", sha256);
	return 0;
}

static bool in_range(const struct expected *x, int64_t ms)
{
	int32_t day = civil_day_at(ms);
	return day > x->after && day <= x->to;
}

/* One more of this chunk; 1: it is full, and the next begins here. */
static int next(struct expected *x, struct bytes key)
{
	if (key.n > sizeof x->key)
		return E_CORRUPT;
	if (x->seen++ == CHUNK) {
		memcpy(x->key, key.p, key.n);
		x->n_key = key.n;
		x->more = true;
		return 1;
	}
	return 0;
}

static int intake_found(void *arg, struct bytes key, struct bytes value)
{
	struct expected *x = arg;
	struct intake_rec in;
	char local[NAME_LOCAL_MOST];
	int stop = next(x, key);
	if (stop)
		return stop;
	if (found_intake(value, &in))
		return E_CORRUPT;
	if ((in.state != FILE_TAKEN && in.state != FILE_REFUSED) || !in_range(x, in.ended_ms))
		return 0;
	if (in.lost)
		return 0; /* there are no bytes; its errors file, which went out, says so */
	struct item item = {.day = civil_day_at(in.ended_ms),
			    .id = in.id,
			    .first = in.state == FILE_TAKEN ? SPOOL_TAKEN : SPOOL_REFUSED,
			    .second = SPOOL_RECEIVED};
	name_local(in.id, in.name, local);
	return add(x, &item, CLASS_IN, local, in.name, in.sha256);
}

static int outfile_found(void *arg, struct bytes key, struct bytes value)
{
	struct expected *x = arg;
	struct outfile f;
	int stop = next(x, key);
	if (stop)
		return stop;
	if (found_outfile(value, &f))
		return E_CORRUPT;
	if (f.state != OUTFILE_DELIVERED || !in_range(x, f.delivered_ms))
		return 0;
	struct item item = {.day = civil_day_at(f.delivered_ms),
			    .id = f.number,
			    .first = SPOOL_SENT,
			    .second = SPOOL_OUTGOING};
	return add(x, &item, CLASS_OUT, f.name, f.name, f.sha256);
}

static int read_table(const struct archiver_config *c, enum store_table t, store_scan_fn fn,
		      struct expected *x)
{
	int err = 0;
	x->n_key = 0;
	x->more = true;
	while (!err && x->more) {
		struct tx tx = {.ops = c->ports->store};
		x->more = false;
		x->seen = 0;
		err = tx.ops->snapshot(c->store, &tx.txn);
		if (err)
			return err;
		err = db_scan(&tx, t, x->key, x->n_key, 0, 0, fn, x);
		tx.ops->abort(tx.txn);
	}
	return err;
}

int expected_read(const struct archiver_config *c, int32_t after, int32_t to, struct expected **ret)
{
	struct expected *x = calloc(1, sizeof *x);
	if (!x)
		return E_NOMEM;
	x->after = after;
	x->to = to;
	int err = read_table(c, T_INTAKE, intake_found, x);
	if (!err)
		err = read_table(c, T_OUTFILE, outfile_found, x);
	if (err) {
		expected_free(x);
		return err;
	}
	*ret = x;
	return 0;
}

static int fill_from(const struct archiver_config *c, const struct item *it, enum spool_kind kind)
{
	char from[MAX_PATH_BYTES], day[16], class_name[MAX_ID];
	const char *slash = strchr(it->path, '/');
	snprintf(class_name, sizeof class_name, "%.*s", (int)(slash - it->path), it->path);
	day_folder(it->day, day);
	int err = spool_path(c->spool, kind, it->id, it->name, from);
	return err ? err : spool_archive(c->spool, day, class_name, from, slash + 1);
}

int expected_fill(const struct archiver_config *c, const struct expected *x, char why[MAX_WORDS])
{
	char root[MAX_PATH_BYTES], path[MAX_PATH_BYTES];
	snprintf(root, sizeof root, "%s/%s", spool_root(c->spool), spool_kind_name(SPOOL_ARCHIVE));
	for (size_t i = 0; i < x->n; i++) {
		const struct item *it = &x->list[i];
		int err = day_path(root, it->day, it->path, path);
		if (!err && access(path, F_OK) == 0)
			continue;
		if (!err)
			err = fill_from(c, it, it->first);
		if (err == E_NOTFOUND)
			err = fill_from(c, it, it->second);
		if (err) {
			snprintf(why, MAX_WORDS,
				 "%.300s is not there and cannot be copied from the spool: %s",
				 path, err_str(err));
			return err;
		}
	}
	return 0;
}

int expected_check(void *arg, int32_t day, const char *path, const char *sha256)
{
	const struct expected *x = arg;
	for (size_t i = 0; i < x->n; i++)
		if (x->list[i].day == day && strcmp(x->list[i].path, path) == 0)
			return strcmp(x->list[i].sha256, sha256) == 0 ? 0 : E_INVALID;
	return 0; /* an approval, a version of the specs, a file of a clock that went back */
}

int expected_place(const struct archiver_config *c, const struct expected *x, int32_t day,
		   const char *path, char out[MAX_PATH_BYTES])
{
	for (size_t i = 0; i < x->n; i++)
		if (x->list[i].day == day && strcmp(x->list[i].path, path) == 0)
			return spool_path(c->spool, x->list[i].first, x->list[i].id,
					  x->list[i].name, out);
	return E_NOTFOUND;
}
