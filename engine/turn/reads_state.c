/* See reads.h: what is in the engine's published state, in the specs and in the spool's folders. */
#include "engine/turn/engine.h"
#include "engine/turn/reads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int status_of(const struct query *q, struct engine_status **ret)
{
	*ret = malloc(sizeof **ret);
	if (!*ret)
		return E_NOMEM;
	engine_status(q->ctx, *ret);
	return 0;
}

static struct json *drops_json(const struct engine_status *s)
{
	struct json *list = json_new_array();
	for (size_t i = 0; i < s->n_drops; i++) {
		struct json *j = json_new_object();
		json_put_str(j, "drop", s->drops[i].id);
		json_put_bool(j, "connected", s->drops[i].up);
		json_add(list, j);
	}
	return list;
}

static struct json *trunks_json(const struct engine_status *s)
{
	struct json *list = json_new_array();
	for (size_t i = 0; i < s->n_trunks; i++) {
		const struct trunk_view *t = &s->trunks[i];
		if (!t->id[0])
			continue;
		struct json *j = json_new_object();
		json_put_str(j, "trunk", t->id);
		json_put_bool(j, "up", t->up);
		json_put_int(j, "status", t->status);
		json_put_str(j, "why", t->why);
		json_add(list, j);
	}
	return list;
}

int read_status(const struct query *q, struct answer *a)
{
	struct engine_status *s;
	size_t alerts = 0;
	int err = status_of(q, &s);
	if (err)
		return err;
	for (size_t i = 0; i < s->n_alerts; i++)
		alerts += !s->alerts[i].cleared;
	struct json *j = json_new_object();
	read_put_time(j, "time", s->now_ms);
	json_put_int(j, "time_ms", s->now_ms);
	json_put_bool(j, "rehearsal", s->rehearsal);
	json_put_bool(j, "starting_attempts", s->starting);
	json_put_bool(j, "trunk_up", s->trunk_up);
	json_put_int(j, "trunk_status", s->trunk_status);
	json_put(j, "trunks", trunks_json(s));
	json_put_int(j, "lines", (int64_t)s->lines);
	json_put_int(j, "lines_used", (int64_t)s->lines_used);
	json_put_int(j, "sms_in_flight", (int64_t)s->sms_in_flight);
	json_put_int(j, "sms_waiting", (int64_t)s->sms_waiting);
	json_put_int(j, "preparing", (int64_t)s->preparing);
	json_put_int(j, "ready", (int64_t)s->ready);
	json_put_int(j, "files_in", (int64_t)s->files_in);
	json_put_int(j, "files_out", (int64_t)s->files_out);
	json_put_int(j, "hushing", (int64_t)s->hushing);
	if (s->hushed_by) {
		json_put_int(j, "hushed_by", s->hushed_by);
		read_put_time(j, "hushed_since", s->hushed_since_ms);
	}
	json_put(j, "drops", drops_json(s));
	json_put_int(j, "alerts", (int64_t)alerts);
	json_put_int(j, "turns", (int64_t)s->turns);
	json_put_int(j, "turn_longest_ms", s->turn_longest_ms);
	free(s);
	/* A vendor sees what the machine does, not what the city spends. */
	if (q->who->roles & ~(unsigned)ROLE_VENDOR)
		err = read_put_month(j, q);
	if (err) {
		json_free(j);
		return err;
	}
	answer_set(a, j);
	return 0;
}

int read_alerts(const struct query *q, struct answer *a)
{
	struct engine_status *s;
	struct bytes from;
	int err = status_of(q, &s);
	if (err)
		return err;
	err = answer_from(a, q, (struct bytes){"", 0}, &from);
	for (size_t i = 0; i < s->n_alerts && !err; i++) {
		char key[16];
		int n = snprintf(key, sizeof key, "%06zu", i);
		if ((size_t)n <= from.n &&
		    memcmp(key, from.p, from.n < (size_t)n ? from.n : (size_t)n) < 0)
			continue;
		if (answer_look(a, (struct bytes){key, (size_t)n}))
			break;
		struct json *j = json_new_object();
		json_put_str(j, "alert", s->alerts[i].key);
		json_put_str(j, "state", s->alerts[i].cleared ? "over" : "now");
		read_put_time(j, "since", s->alerts[i].first_ms);
		read_put_time(j, "last", s->alerts[i].last_ms);
		json_put_int(j, "times", (int64_t)s->alerts[i].count);
		json_put_str(j, "words", s->alerts[i].words);
		if (answer_row(a, j))
			break;
	}
	free(s);
	return err;
}

int read_spool(const struct query *q, struct answer *a)
{
	struct engine *e = q->ctx;
	struct spool_count counts[SPOOL_KINDS];
	int err = spool_counts(e->spool, counts);
	if (err)
		return err;
	for (enum spool_kind k = 0; k < SPOOL_KINDS; k++) {
		if (k == SPOOL_ARCHIVE)
			continue; /* it only grows: not walked */
		struct json *j = json_new_object();
		json_put_str(j, "folder", spool_kind_name(k));
		json_put_int(j, "files", (int64_t)counts[k].files);
		json_put_int(j, "bytes", (int64_t)counts[k].bytes);
		if (answer_row(a, j))
			break;
	}
	return 0;
}
