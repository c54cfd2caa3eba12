/*
 * `recording.list`, in the reader threads: what was kept of calls of the reader's own
 * department. Whether the sound is still there is seen by looking for its file, since
 * nothing is written when a class of the archive goes.
 */
#include "engine/turn/engine.h"
#include "engine/turn/reads.h"
#include "engine/clock.h"
#include "engine/turn/soundrec.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct reading {
	const struct query *q;
	struct answer *a;
	struct engine *e;
	bool untyped;
};

static bool is_there(const struct engine *e, const struct sound_rec *r)
{
	char name[SOUND_NAME], day[16], path[MAX_PATH_BYTES];
	sound_name(r, name);
	archive_day_folder(r->day, day);
	int n = snprintf(path, sizeof path, "%s/%s/%s/" CLASS_RECORDINGS "/%s",
			 spool_root(e->spool), spool_kind_name(SPOOL_ARCHIVE), day, name);
	return n < (int)sizeof path && access(path, F_OK) == 0;
}

/* Its class goes some time after the day's end. */
static const char *state_of(const struct engine *e, const struct sound_rec *r, int64_t now_ms)
{
	if (r->lost[0])
		return "lost";
	if (is_there(e, r))
		return "kept";
	return civil_day_start(r->day + 1) + e->config->retention.recordings <= now_ms ? "deleted"
										       : "missing";
}

static struct json *row(const struct reading *r, const struct sound_rec *s)
{
	struct json *j = json_new_object();
	const char *state = state_of(r->e, s, clock_now_ms());
	json_put_int(j, "call", (int64_t)s->call);
	json_put_int(j, "n", s->n);
	json_put_str(j, "kind", s->message ? "message" : "answer");
	json_put_str(j, "field", s->field);
	read_put_time(j, "call_ended", s->ended_ms);
	json_put_int(j, "at_ms", s->at_ms);
	json_put_int(j, "ms", s->ms);
	json_put_str(j, "sound", state);
	json_put_str(j, "lost", s->lost);
	read_put_time(j, "kept_until",
		      civil_day_start(s->day + 1) + r->e->config->retention.recordings);
	json_put_str(j, "typed", s->typed);
	json_put_str(j, "typed_by", s->typed_by);
	read_put_time(j, "typed_at", s->typed_ms);
	return j;
}

static int found(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct sound_rec s;
	if (answer_look(r->a, key))
		return 1;
	if (found_sound(value, &s))
		return E_CORRUPT;
	if (strcmp(s.department, r->q->who->department) != 0 || (r->untyped && s.typed[0]))
		return 0;
	return answer_row(r->a, row(r, &s));
}

int read_recordings(const struct query *q, struct answer *a)
{
	struct reading r = {.q = q, .a = a, .e = q->ctx};
	char key[12];
	int64_t call = 0;
	struct bytes from, prefix = {key, 0};
	json_get_bool(q->params, "untyped", &r.untyped);
	if (json_get_int(q->params, "call", &call))
		prefix.n = key_sound(key, (uint64_t)call);
	int err = answer_from(a, q, prefix, &from);
	return err ? err : q->store->scan(q->snapshot, T_SOUND, from, prefix, 0, found, &r);
}
