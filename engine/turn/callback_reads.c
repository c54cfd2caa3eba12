/*
 * `callback.list`, in the reader threads: calls that came in for the reader's own
 * department. Numbers are shortened unless the caller asks for them whole; somebody
 * who is to ring back has to.
 */
#include "engine/turn/callrec.h"
#include "engine/turn/reads.h"
#include "engine/turn/found.h"

#include "engine/log.h"

#include <stdio.h>
#include <string.h>

struct reading {
	const struct query *q;
	struct answer *a;
	bool open, whole;
	int64_t run;
};

static const char *who(const struct callback_rec *r, bool whole, char masked[20])
{
	return r->kind == CALLER_WITHHELD ? "withheld"
	       : r->kind != CALLER_KNOWN  ? "unknown"
	       : whole || !r->digits[0]   ? r->digits
					  : log_number(r->digits, masked);
}

/* "name=value;name=value", tasks or all but tasks; bounded by what a call may reply. */
static void put_replies(struct json *j, const char *member, const struct callback_rec *r,
			bool tasks)
{
	char line[MAX_REPLIES * (MAX_ID + MAX_REPLY_BYTES)] = "";
	size_t n = 0;
	for (size_t i = 0; i < r->n_replies; i++) {
		if ((strcmp(r->replies[i].name, "task") == 0) != tasks)
			continue;
		int k = snprintf(line + n, sizeof line - n, "%s%s%s%s", n ? ";" : "",
				 tasks ? "" : r->replies[i].name, tasks ? "" : "=",
				 r->replies[i].value);
		if (k < 0 || (size_t)k >= sizeof line - n)
			break;
		n += (size_t)k;
	}
	json_put_str(j, member, line);
}

struct json *callback_json(const struct callback_rec *r, bool whole)
{
	char masked[20];
	struct json *j = json_new_object();
	json_put_int(j, "callback", (int64_t)r->id);
	read_put_time(j, "came", r->came_ms);
	json_put_str(j, "from", who(r, whole, masked));
	json_put_str(j, "called", r->called);
	json_put_str(j, "state", callback_state_word(r->state));
	json_put_str(j, "said", callback_say_word(r->say));
	json_put_str(j, "why", callback_why_word(r->why));
	json_put_int(j, "run", r->match == CALLBACK_ONE ? r->run : 0);
	json_put_str(j, "person", r->person);
	json_put_int(j, "outcome", (int64_t)r->code);
	json_put_str(j, "outcome_words", outcome_words(r->code));
	json_put_str(j, "reached_words", reached_words(r->reached));
	json_put_bool(j, "heard", r->heard);
	put_replies(j, "replies", r, false);
	put_replies(j, "tasks", r, true);
	json_put_int(j, "seconds", (int64_t)r->talk_ms / 1000);
	json_put_str(j, "note", !r->note ? "" : r->done_ms ? "done" : "open");
	json_put_int(j, "times", r->note ? (r->times ? r->times : 1) : 0);
	read_put_time(j, "last", r->note && r->last_ms ? r->last_ms : r->came_ms);
	json_put_int(j, "joined", (int64_t)r->joined);
	json_put_str(j, "done_by", r->done_by);
	json_put_str(j, "done_reason", r->done_why);
	return j;
}

static int found(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct callback_rec rec;
	if (answer_look(r->a, key))
		return 1;
	if (found_callback(value, &rec))
		return E_CORRUPT;
	if (strcmp(rec.department, r->q->who->department) != 0 ||
	    (r->open && (!rec.note || rec.done_ms)) ||
	    (r->run && (rec.match != CALLBACK_ONE || rec.run != r->run)))
		return 0;
	return answer_row(r->a, callback_json(&rec, r->whole));
}

int read_callbacks(const struct query *q, struct answer *a)
{
	struct reading r = {.q = q, .a = a};
	struct bytes from, all = {"", 0};
	json_get_bool(q->params, "open", &r.open);
	json_get_int(q->params, "run", &r.run);
	int err = read_whole(q, a, &r.whole);
	if (!err)
		err = answer_from(a, q, all, &from);
	return err ? err : q->store->scan(q->snapshot, T_CALLBACK, from, all, 0, found, &r);
}
