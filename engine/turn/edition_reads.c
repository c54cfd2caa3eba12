/* See edition_reads.h. */
#include "engine/turn/edition_reads.h"

#include "engine/diff.h"
#include "engine/full_io.h"
#include "engine/spec_in.h"
#include "engine/turn/edit.h"
#include "engine/turn/engine.h"
#include "engine/turn/reads.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- the list ---- */

struct listing {
	struct answer *a;
	char now[65];
	bool found; /* the newest that is in force */
	edition_more_fn more;
};

static int edition_json(const struct edition_rec *r, bool current, edition_more_fn more,
			struct json **ret)
{
	struct json *j = json_new_object();
	json_put_int(j, "edition", r->n);
	json_put_str(j, "state", edition_state_word(r->state));
	json_put_bool(j, "current", current);
	read_put_time(j, "at", r->at_ms);
	json_put_str(j, "user", r->user);
	json_put_str(j, "name", r->name);
	json_put_str(j, "note", r->note);
	json_put_int(j, "from", r->from);
	json_put_str(j, "sha256", r->sha256);
	int err = more(j, r);
	if (err)
		json_free(j);
	else
		*ret = j;
	return err;
}

static int one_edition(void *arg, struct bytes key, struct bytes value)
{
	struct listing *l = arg;
	struct edition_rec r;
	struct json *j;
	int err = edition_read(value, &r);
	if (err)
		return err;
	bool current = !l->found && r.state == EDITION_KEPT && strcmp(r.sha256, l->now) == 0;
	if (answer_look(l->a, key))
		return 1;
	l->found = l->found || current;
	err = edition_json(&r, current, l->more, &j);
	return err ? err : answer_row(l->a, j);
}

int editions_list(const struct query *q, struct answer *a, enum edition_kind kind, const char *doc,
		  const char *in_force, edition_more_fn more)
{
	const struct engine *e = q->ctx;
	struct listing l = {.a = a, .more = more};
	char key[MAX_KEY_BYTES];
	struct bytes from, all = {key, key_editions(key, kind, doc)};
	edit_hash(e->ports->digest, in_force, l.now);
	int err = answer_from(a, q, all, &from);
	return err ? err : q->store->scan(q->snapshot, T_EDITION, from, all, 0, one_edition, &l);
}

int edition_put_bytes(struct json *j, const struct edition_rec *r)
{
	json_put_int(j, "bytes", (int64_t)strlen(r->bytes));
	return 0;
}

/* ---- two of them ---- */

int edition_pair_open(const struct query *q, struct edition_pair *p)
{
	*p = (struct edition_pair){.tx = {.ops = q->store, .txn = q->snapshot}};
	return arena_new(4 * MAX_EDIT_BYTES, &p->tx.arena);
}

/* What it was made from. */
static int one_before(struct edition_pair *p, enum edition_kind kind, const char *doc)
{
	int err = E_NOTFOUND;
	for (uint32_t n = p->new.n; err == E_NOTFOUND &&n > 1 && p->new.n - n < MAX_EDITIONS; n--) {
		err = db_edition_get(&p->tx, kind, doc, n - 1, &p->old);
		if (!err && p->old.state != EDITION_KEPT)
			err = E_NOTFOUND;
	}
	if (err)
		p->old = (struct edition_rec){.bytes = ""};
	return err == E_NOTFOUND ? 0 : err; /* the first one: all of it is new */
}

int edition_pair_read(const struct query *q, struct edition_pair *p, enum edition_kind kind,
		      const char *doc)
{
	int64_t n = 0, against = 0;
	json_get_int(q->params, "edition", &n);
	json_get_int(q->params, "against", &against);
	int err = db_edition_get(&p->tx, kind, doc, (uint32_t)n, &p->new);
	if (err)
		return err;
	return against ? db_edition_get(&p->tx, kind, doc, (uint32_t)against, &p->old)
		       : one_before(p, kind, doc);
}

void edition_pair_close(struct edition_pair *p)
{
	arena_free(p->tx.arena);
}

/* ---- as files ---- */

static int bytes_of(struct edition_pair *p, const struct query *q, struct answer *a,
		    const struct edition_of *of, int64_t n)
{
	int err = edition_pair_open(q, p);
	if (!err)
		err = db_edition_get(&p->tx, of->kind, of->doc, (uint32_t)n, &p->new);
	if (err == E_NOTFOUND)
		err = answer_refuse(a, err, "%s %s has no edition %lld", of->word, of->doc,
				    (long long)n);
	return err;
}

int edition_export(const struct query *q, struct answer *a, const struct edition_of *of,
		   const char *in_force)
{
	const struct engine *e = q->ctx;
	struct stat st;
	struct edition_pair p = {0};
	int64_t n = 0;
	if (fstat(q->file, &st) != 0 || !S_ISREG(st.st_mode))
		return answer_refuse(a, E_INVALID, "the document goes into a regular file");
	json_get_int(q->params, "edition", &n);
	int err = n ? bytes_of(&p, q, a, of, n) : 0;
	const char *bytes = err ? "" : n ? p.new.bytes : in_force;
	if (!err)
		err = write_full(q->file, bytes, strlen(bytes));
	if (!err) {
		char sha256[65];
		struct json *j = json_new_object();
		edit_hash(e->ports->digest, bytes, sha256);
		json_put_str(j, of->word, of->doc);
		json_put_int(j, "bytes", (int64_t)strlen(bytes));
		json_put_str(j, "sha256", sha256);
		answer_set(a, j);
	}
	edition_pair_close(&p);
	return err;
}

struct lines {
	struct answer *a;
	struct bytes from;
	uint32_t row;
	int old, new; /* numbers of the next lines */
	bool full;
};

/* Without its end; a line that no screen shows is cut, behind a whole character. */
static size_t most_of(const char *s, size_t n)
{
	while (n > 0 && (s[n - 1] == '\n' || s[n - 1] == '\r'))
		n--;
	if (n <= MAX_WORDS * 2)
		return n;
	for (n = MAX_WORDS * 2; n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80;)
		n--;
	return n;
}

static int add_line(struct lines *l, enum diff_kind kind, const char *s, size_t n)
{
	unsigned char key[4];
	uint32_t row = l->row++;
	int old = kind == DIFF_NEW ? 0 : l->old++, new = kind == DIFF_GONE ? 0 : l->new ++;
	for (int i = 0; i < 4; i++)
		key[i] = (unsigned char)(row >> (24 - 8 * i));
	if (kind == DIFF_SAME || (l->from.n == sizeof key && memcmp(key, l->from.p, 4) < 0))
		return 0;
	if (answer_look(l->a, (struct bytes){key, sizeof key}))
		return 1;
	struct json *j = json_new_object();
	char *copy = strndup(s, most_of(s, n));
	json_put_str(j, "what", diff_kind_word(kind));
	json_put_int(j, "old", old);
	json_put_int(j, "new", new);
	json_put_str(j, "line", copy ? copy : "");
	free(copy);
	return answer_row(l->a, j);
}

static int add_piece(void *arg, enum diff_kind kind, const char *s, size_t n)
{
	struct lines *l = arg;
	while (n > 0 && !l->full) {
		const char *end = memchr(s, '\n', n);
		size_t len = end ? (size_t)(end - s) + 1 : n;
		l->full = add_line(l, kind, s, len) != 0;
		s += len;
		n -= len;
	}
	return l->full;
}

int edition_diff_lines(const struct query *q, struct answer *a, const struct edition_of *of)
{
	struct lines l = {.a = a, .old = 1, .new = 1};
	struct edition_pair p = {0};
	int err = edition_pair_open(q, &p);
	if (!err)
		err = edition_pair_read(q, &p, of->kind, of->doc);
	if (err == E_NOTFOUND)
		err = answer_refuse(a, err, "%s %s has no such edition", of->word, of->doc);
	if (!err)
		err = answer_from(a, q, (struct bytes){"", 0}, &l.from);
	if (!err) {
		answer_put(a, "edition", json_new_int(p.new.n));
		answer_put(a, "against", json_new_int(p.old.n));
		err = diff_lines(p.old.bytes, p.new.bytes, add_piece, &l);
	}
	edition_pair_close(&p);
	return err > 0 ? 0 : err;
}

/* ---- what is wrong with one that is handed in ---- */

int answer_problems(const struct query *q, struct answer *a, const struct problems *problems)
{
	struct bytes from;
	int err = answer_from(a, q, (struct bytes){"", 0}, &from);
	answer_untimed(a); /* who hands it in must not miss one: PROBLEMS_MOST at most */
	for (size_t i = 0; i < problems->n && !err; i++) {
		const struct problem *p = &problems->list[i];
		const unsigned char key[2] = {(unsigned char)(i >> 8), (unsigned char)i};
		if (from.n == sizeof key && memcmp(key, from.p, sizeof key) < 0)
			continue;
		if (answer_look(a, (struct bytes){key, sizeof key}))
			break;
		struct json *j = json_new_object();
		json_put_int(j, "line", p->line);
		json_put_str(j, "kind", p->kind == PROBLEM_ERROR ? "error" : "warning");
		json_put_str(j, "what", p->what);
		if (answer_row(a, j))
			break;
	}
	answer_put(a, "errors", json_new_int((int64_t)problems->errors));
	return err;
}
