/*
 * See expects.h. A file that may not be fetched stays in the drop, where the core
 * system's people see it; nothing of it is recorded, so a crash changes nothing. Only
 * alerts speak of it, each ended by the file's being taken or going away.
 */
#include "engine/turn/expects.h"

#include "engine/clock.h"
#include "engine/plan/expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* T_META: "expect:<rule>" -> last number u64, last arrival u64;
 * "came:<rule>\x1f<name>" -> arrival u64, for sets. */
enum { KEPT_MS_DAYS = 40, MORE_FILES = MAX_SEEN + MAX_CAME };

struct came {
	char name[MAX_FILE_NAME];
	int64_t ms;
};

struct expect_view {
	uint64_t last_n;
	int64_t last_ms;
	size_t n_came, at_came; /* a ring: the oldest gives way */
	struct came *came;
};

static struct expect_rule rule_of(const struct config_expect *c)
{
	int hour = 0, minute = 0;
	bool by = c->by[0] && sscanf(c->by, "%2d:%2d", &hour, &minute) == 2;
	return (struct expect_rule){.name = c->id,
				    .pattern = c->pattern,
				    .waits = strcmp(c->gap, "wait") == 0,
				    .with = c->with,
				    .parts = c->parts,
				    .by_min = by ? hour * 60 + minute : -1,
				    .every_day = strcmp(c->days, "all") == 0,
				    .stale_ms = c->stale};
}

static bool has_set(const struct config_expect *c)
{
	return c->with[0] || c->parts > 0 || strstr(c->pattern, "{set}");
}

static size_t key_of(char key[MAX_KEY_BYTES], const char *kind, const char *rule, const char *name)
{
	int n = snprintf(key, MAX_KEY_BYTES, "%s:%s%s%s", kind, rule, name ? "\x1f" : "",
			 name ? name : "");
	return n > 0 && n < MAX_KEY_BYTES ? (size_t)n : 0;
}

/* ---- what came ---- */

static void remember(struct expect_view *v, const char *name, int64_t ms)
{
	if (!v->came)
		return;
	struct came *c = &v->came[v->at_came];
	v->at_came = (v->at_came + 1) % MAX_CAME;
	v->n_came += v->n_came < MAX_CAME;
	snprintf(c->name, sizeof c->name, "%s", name);
	c->ms = ms;
}

struct arrival {
	size_t rule;
	uint64_t n;
	int64_t ms;
	char name[MAX_FILE_NAME];
};

static void alert_key(const struct config_expect *c, const char *what, char key[MAX_ID])
{
	snprintf(key, MAX_ID, "%s-%.40s", what, c->id);
}

static void clear(struct engine *e, const struct config_expect *c, const char *what)
{
	char key[MAX_ID];
	alert_key(c, what, key);
	alert_clear(e, key);
}

static void arrived(struct engine *e, void *arg)
{
	struct arrival *a = arg;
	const struct config_expect *c = &e->config->expect[a->rule];
	struct expect_view *v = &e->expects[a->rule];
	if (a->n > v->last_n)
		v->last_n = a->n;
	v->last_ms = a->ms;
	if (has_set(c))
		remember(v, a->name, a->ms);
	clear(e, c, "missing");
	clear(e, c, "gap");
	clear(e, c, "set");
	free(a);
}

static int put_u64s(struct engine *e, const char *key, size_t n, uint64_t a, uint64_t b)
{
	char value[16];
	if (n == 0)
		return E_LIMIT;
	size_t len = key_u64(value, a);
	len += key_u64(value + len, b);
	e->tx.dirty = true;
	return e->tx.ops->put(e->tx.txn, T_META, (struct bytes){key, n},
			      (struct bytes){value, len});
}

static int came(struct engine *e, size_t rule, const struct intake_rec *in,
		const struct expect_name *x)
{
	const struct config_expect *c = &e->config->expect[rule];
	const struct expect_view *v = &e->expects[rule];
	char key[MAX_KEY_BYTES];
	struct arrival *a = calloc(1, sizeof *a);
	if (!a)
		return E_NOMEM;
	a->rule = rule;
	a->n = x->has_n && x->n > v->last_n ? x->n : v->last_n;
	a->ms = in->received_ms;
	snprintf(a->name, sizeof a->name, "%s", in->name);
	int err = effect_add(e, arrived, a, free);
	if (!err)
		err = put_u64s(e, key, key_of(key, "expect", c->id, NULL), a->n, (uint64_t)a->ms);
	if (!err && has_set(c))
		err = put_u64s(e, key, key_of(key, "came", c->id, in->name), (uint64_t)a->ms, 0);
	return err;
}

int expects_came(struct engine *e, const struct intake_rec *in)
{
	struct expect_name x;
	int err = 0;
	for (size_t i = 0; i < e->config->n_expects && !err; i++) {
		const struct config_expect *c = &e->config->expect[i];
		if (strcmp(c->drop, in->drop) == 0 && expect_match(c->pattern, in->name, &x))
			err = came(e, i, in, &x);
	}
	return err;
}

/* ---- set by hand ---- */

struct setting {
	size_t rule;
	uint64_t n;
};

static void set_run(struct engine *e, void *arg)
{
	struct setting *s = arg;
	const struct config_expect *c = &e->config->expect[s->rule];
	e->expects[s->rule].last_n = s->n;
	clear(e, c, "gap"); /* raised anew at the next listing, if it still holds */
	clear(e, c, "again");
	free(s);
}

int expects_set(struct engine *e, size_t rule, uint64_t n)
{
	const struct config_expect *c = &e->config->expect[rule];
	char key[MAX_KEY_BYTES];
	struct expect_came was;
	struct setting *s = malloc(sizeof *s);
	if (!s)
		return E_NOMEM;
	*s = (struct setting){rule, n};
	int err = effect_add(e, set_run, s, free);
	if (!err)
		err = expect_came_get(e->tx.ops, e->tx.txn, c->id, &was);
	return err ? err
		   : put_u64s(e, key, key_of(key, "expect", c->id, NULL), n, (uint64_t)was.last_ms);
}

/* ---- may it be fetched? ---- */

static void say(struct engine *e, const struct config_expect *c, const char *what, const char *name,
		const char *words)
{
	char key[MAX_ID];
	alert_key(c, what, key);
	alert_raise(e, key, "drop %s, %.120s: %s%s%.100s", c->drop, name, words,
		    c->contact[0] ? "; ring " : "", c->contact);
}

static bool allowed(struct engine *e, const struct config_expect *c, const char *name,
		    enum expect_verdict verdict, uint64_t missing)
{
	char words[MAX_WORDS];
	switch (verdict) {
	case EXPECT_TAKE:
		return true;
	case EXPECT_GAP:
		snprintf(words, sizeof words,
			 "number %llu is missing before it; it is taken all the same",
			 (unsigned long long)missing);
		say(e, c, "gap", name, words);
		return true;
	case EXPECT_WAIT:
		snprintf(words, sizeof words,
			 "number %llu is missing before it; it waits. Have that file sent, or "
			 "hand this one in (osame intake put)",
			 (unsigned long long)missing);
		say(e, c, "gap", name, words);
		return false;
	case EXPECT_AGAIN:
		say(e, c, "again", name,
		    "its number came already; it is left there. Another file under an old number? "
		    "Have it sent under a new one, or hand it in (osame intake put)");
		return false;
	case EXPECT_SET:
		say(e, c, "set", name, "not all files that belong to it are there; it waits");
		return false;
	case EXPECT_STALE:
		say(e, c, "stale", name,
		    "it is too old to be today's; it is left there. Move it away, or hand it in "
		    "(osame intake put)");
		return false;
	}
	return false;
}

/* All that lies in this drop, and what of sets came before. */
static size_t gather(struct engine *e, const struct drop_view *d, struct expect_file *files)
{
	size_t n = 0;
	for (size_t i = 0; i < d->n_seen; i++)
		if (d->seen[i].here)
			files[n++] =
			    (struct expect_file){d->seen[i].name, d->seen[i].mtime_s * 1000};
	for (size_t i = 0; i < e->config->n_expects; i++)
		for (size_t k = 0; k < e->expects[i].n_came && n < MORE_FILES; k++)
			files[n++] = (struct expect_file){e->expects[i].came[k].name,
							  e->expects[i].came[k].ms};
	return n;
}

static size_t place_of(const struct expect_file *files, size_t n, const struct seen *s)
{
	for (size_t i = 0; i < n; i++)
		if (files[i].name == s->name)
			return i;
	return n;
}

bool expects_may_fetch(struct engine *e, const struct drop_view *d, const struct seen *s)
{
	static const size_t most = CONFIG_MOST_EXPECTS;
	struct expect_rule rules[CONFIG_MOST_EXPECTS];
	struct expect_name x;
	bool may = true;
	size_t n_rules = e->config->n_expects < most ? e->config->n_expects : most;

	if (n_rules == 0)
		return true;
	struct expect_file *files = calloc(MORE_FILES, sizeof *files);
	if (!files)
		return false; /* no memory: the next listing looks again */
	struct expect_question q = {
	    .rules = rules, .n_rules = n_rules, .files = files, .now_ms = clock_now_ms()};
	for (size_t i = 0; i < n_rules; i++)
		rules[i] = rule_of(&e->config->expect[i]);
	q.n_files = gather(e, d, files);
	q.file = place_of(files, q.n_files, s);
	for (size_t i = 0; i < n_rules && q.file < q.n_files; i++) {
		const struct config_expect *c = &e->config->expect[i];
		uint64_t missing;
		if (strcmp(c->drop, d->config->id) != 0 || !expect_match(c->pattern, s->name, &x))
			continue;
		q.rule = i;
		q.last_n = e->expects[i].last_n;
		/* Before the call: arguments are evaluated in any order, and this one is written.
		 */
		enum expect_verdict verdict = expect_judge(&q, &missing);
		may = allowed(e, c, s->name, verdict, missing) && may;
	}
	free(files);
	return may;
}

/* ---- late ---- */

void expects_look(struct engine *e)
{
	for (size_t i = 0; i < e->config->n_expects; i++) {
		const struct config_expect *c = &e->config->expect[i];
		struct expect_rule rule = rule_of(c);
		char key[MAX_ID];
		if (!expect_is_late(&rule, specs_calendar(e->specs), e->now_ms,
				    e->expects[i].last_ms))
			continue;
		alert_key(c, "missing", key);
		if (alert_stands(e, key))
			continue; /* said once a deadline, not once a turn */
		alert_raise(
		    e, key,
		    "drop %s: no file %.120s has come by %s. Look whether the core system's "
		    "job ran and the drop is reached%s%.100s",
		    c->drop, c->pattern, c->by, c->contact[0] ? "; ring " : "", c->contact);
	}
}

/* ---- at start ---- */

int expect_came_get(const struct store_ops *ops, struct store_txn *txn, const char *rule,
		    struct expect_came *ret)
{
	char key[MAX_KEY_BYTES];
	struct bytes value;
	size_t n = key_of(key, "expect", rule, NULL);
	*ret = (struct expect_came){0};
	int err = ops->get(txn, T_META, (struct bytes){key, n}, &value);
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	if (value.n != 16)
		return E_CORRUPT;
	ret->last_n = read_u64(value.p);
	ret->last_ms = (int64_t)read_u64((const char *)value.p + 8);
	return 0;
}

struct came_scan {
	struct expect_view *view;
	size_t n_prefix;
	int64_t after_ms;
};

static int came_found(void *arg, struct bytes key, struct bytes value)
{
	struct came_scan *s = arg;
	char name[MAX_FILE_NAME];
	size_t n = key.n - s->n_prefix;
	if (value.n != 16 || n >= sizeof name)
		return E_CORRUPT;
	int64_t ms = (int64_t)read_u64(value.p);
	memcpy(name, (const char *)key.p + s->n_prefix, n);
	name[n] = '\0';
	if (ms > s->after_ms)
		remember(s->view, name, ms);
	return 0;
}

static int recover_one(struct engine *e, size_t i)
{
	const struct config_expect *c = &e->config->expect[i];
	struct expect_view *v = &e->expects[i];
	struct expect_came was;
	char key[MAX_KEY_BYTES];
	if (has_set(c)) {
		v->came = calloc(MAX_CAME, sizeof *v->came);
		if (!v->came)
			return E_NOMEM;
	}
	int err = expect_came_get(e->tx.ops, e->tx.txn, c->id, &was);
	v->last_n = was.last_n;
	v->last_ms = was.last_ms;
	if (err || !v->came)
		return err;
	size_t n = key_of(key, "came", c->id, "");
	struct came_scan s = {v, n, e->now_ms - KEPT_MS_DAYS * MS_PER_DAY};
	return db_scan(&e->tx, T_META, key, n, n, 0, came_found, &s);
}

int expects_recover(struct engine *e)
{
	int err = 0;
	if (e->config->n_expects == 0)
		return 0;
	if (!e->expects)
		e->expects = calloc(e->config->n_expects, sizeof *e->expects);
	if (!e->expects)
		return E_NOMEM;
	for (size_t i = 0; i < e->config->n_expects && !err; i++) {
		free(e->expects[i].came);
		e->expects[i] = (struct expect_view){0};
		err = recover_one(e, i);
	}
	return err ? err : expect_resets_recover(e);
}

void expects_free(struct engine *e)
{
	for (size_t i = 0; e->expects && i < e->config->n_expects; i++)
		free(e->expects[i].came);
	free(e->expects);
	e->expects = NULL;
}
