/* See reads.h: how new the payments are, and who must not be contacted. */
#include "engine/turn/reads.h"

#include "engine/turn/engine.h"
#include "engine/turn/identities.h"
#include "engine/turn/outlook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA = 16 << 20 };

/* ---- payments ---- */

static struct json *payments_json(const struct fresh *f, int64_t since_ms)
{
	char why[MAX_WORDS] = "";
	struct json *j = json_new_object();
	bool fresh = fresh_enough(f, since_ms, why);
	json_put_str(j, "drop", f->drop);
	json_put_bool(j, "fresh", fresh);
	read_put_time(j, "taken", f->taken_ms);
	read_put_time(j, "refused", f->refused_ms);
	read_put_time(j, "wanted_since", since_ms);
	json_put_str(j, "why", why);
	return j;
}

static const struct fresh *fresh_of(const struct engine_status *s, const char *drop,
				    struct fresh *none)
{
	for (size_t i = 0; i < s->n_fresh; i++)
		if (strcmp(s->fresh[i].drop, drop) == 0)
			return &s->fresh[i];
	*none = (struct fresh){0};
	snprintf(none->drop, sizeof none->drop, "%s", drop);
	return none;
}

int read_payments(const struct query *q, struct answer *a)
{
	struct engine *e = q->ctx;
	const struct config_department *d = config_department(engine_config(e), q->who->department);
	struct engine_status *s = malloc(sizeof *s);
	struct fresh none;

	if (!s)
		return E_NOMEM;
	engine_status(e, s);
	int64_t since = d ? fresh_since(d, specs_calendar(engine_specs(e)), s->now_ms) : 0;
	for (size_t i = 0; i < s->n_drops; i++)
		if (answer_row(a, payments_json(fresh_of(s, s->drops[i].id, &none), since)))
			break;
	free(s);
	return 0;
}

/* ---- exclusions ---- */

struct reading {
	const struct query *q;
	struct answer *a;
	struct tx tx;
	const char *person; /* wanted; NULL: all */
	char last[MAX_PERSON];
	bool mine; /* of the last person */
};

struct wall {
	struct reading *r;
	uint32_t last_run;
};

/* A person shows to a department that has, or had, a debt of his in a run. */
static int debt_found(void *arg, struct bytes key, struct bytes value)
{
	struct wall *w = arg;
	struct run_rec run;
	uint32_t id, row;
	(void)value;
	if (key.n < 8)
		return E_CORRUPT;
	key_identity_row_read(key, &id, &row);
	if (id == w->last_run)
		return 0;
	w->last_run = id;
	int err = db_run_get(&w->r->tx, id, &run);
	if (err)
		return err == E_NOTFOUND ? 0 : err;
	w->r->mine = strcmp(run.department, w->r->q->who->department) == 0;
	return w->r->mine;
}

static int may_see(struct reading *r, const char *person)
{
	char prefix[MAX_PERSON + 1];
	struct wall w = {.r = r};
	if (strcmp(r->last, person) == 0)
		return 0;
	snprintf(r->last, sizeof r->last, "%s", person);
	r->mine = false;
	size_t n = key_person(prefix, person);
	return identities_scan(&r->tx, prefix, n, debt_found, &w);
}

static void put_day(struct json *j, const char *name, int32_t day)
{
	char text[11] = "";
	if (day != DAY_NONE)
		civil_format_date(day, text);
	json_put_str(j, name, text);
}

static struct json *exclusion_json(const struct exclusion_rec *x)
{
	struct json *j = json_new_object();
	json_put_str(j, "person", x->key.person);
	json_put_str(j, "gyomu", x->key.gyomu);
	json_put_str(j, "tax", x->key.tax);
	json_put_str(j, "year", x->key.fuka_year);
	json_put_str(j, "period", x->key.period);
	json_put_str(j, "notice", x->key.notice);
	json_put_str(j, "reason", exclusion_name(x->reason));
	json_put_str(j, "reason_words", exclusion_words(x->reason));
	put_day(j, "from", x->from_day);
	put_day(j, "until", x->until_day);
	read_put_time(j, "recorded", x->at_ms);
	json_put_int(j, "intake", x->intake);
	json_put_bool(j, "override", x->department[0] != '\0');
	json_put_str(j, "by", x->by);
	json_put_str(j, "words", x->words);
	return j;
}

static int exclusion_found(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct exclusion_rec x;
	if (answer_look(r->a, key))
		return 1;
	arena_reset(r->tx.arena);
	int err = db_exclusion_read(&r->tx, value, &x);
	if (err)
		return err;
	/* Another department's override is its own affair. */
	if (x.department[0] && strcmp(x.department, r->q->who->department) != 0)
		return 0;
	err = may_see(r, x.key.person);
	return err || !r->mine ? err : answer_row(r->a, exclusion_json(&x));
}

int read_exclusions(const struct query *q, struct answer *a)
{
	struct reading r = {.q = q, .a = a, .tx = {.ops = q->store, .txn = q->snapshot}};
	char prefix[MAX_PERSON + 1];
	struct bytes of = {"", 0}, from;
	int err = arena_new(ARENA, &r.tx.arena);
	if (err)
		return err;
	json_get_str(q->params, "person", &r.person);
	if (r.person)
		of = (struct bytes){prefix, key_person(prefix, r.person)};
	err = answer_from(a, q, of, &from);
	if (!err)
		err = q->store->scan(q->snapshot, T_EXCLUSION, from, of, 0, exclusion_found, &r);
	arena_free(r.tx.arena);
	return err;
}
