/*
 * `hold.list` and `number.list`, in the reader threads. Holds and entries of another
 * department are not shown, though they hold for everybody; what files brought is
 * everybody's. Numbers are shortened unless the caller asks for them whole.
 */
#include "engine/turn/holdrec.h"
#include "engine/turn/reads.h"

#include "engine/config/config.h"
#include "engine/clock.h"
#include "engine/log.h"
#include "engine/plan/phone.h"
#include "engine/turn/turn.h"
#include "engine/turn/found.h"

#include <string.h>

struct reading {
	const struct query *q;
	struct answer *a;
	const char *person;
	bool broken, ended, whole;
	int64_t now_ms;
};

static bool is_mine(const struct reading *r, const char *department)
{
	return department[0] == '\0' || strcmp(department, r->q->who->department) == 0;
}

static void put_day(struct json *j, const char *name, int32_t day)
{
	char words[11] = "";
	if (day != DAY_NONE)
		civil_format_date(day, words);
	json_put_str(j, name, words);
}

static const char *state_of(const struct hold_rec *h, int64_t now_ms)
{
	return h->ended_ms ? "ended" : hold_lasts(h->until_ms, now_ms) ? "holds" : "over";
}

static struct json *hold_json(const struct hold_rec *h, int64_t now_ms)
{
	struct json *j = json_new_object();
	json_put_str(j, "person", h->person);
	json_put_int(j, "hold", h->id);
	json_put_str(j, "kind", hold_kind_word(h->kind));
	json_put_str(j, "kind_words", hold_kind_words(h->kind));
	json_put_str(j, "state", state_of(h, now_ms));
	put_day(j, "until", h->until_ms == HOLD_NO_END ? DAY_NONE : civil_day_at(h->until_ms - 1));
	put_day(j, "promised", h->promised_day);
	json_put_str(j, "promise", promise_word(h->promise));
	json_put_str(j, "gyomu", h->gyomu);
	json_put_str(j, "origin", origin_word(h->origin));
	json_put_int(j, "run", h->run);
	json_put_int(j, "attempt", (int64_t)h->attempt);
	json_put_int(j, "intake", h->intake);
	read_put_time(j, "made", h->made_ms);
	json_put_str(j, "by", h->user);
	json_put_str(j, "reason", h->reason);
	read_put_time(j, "ended", h->ended_ms);
	json_put_str(j, "ended_by", h->ended_by);
	json_put_str(j, "ended_reason", h->ended_why);
	return j;
}

static int hold_found(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct hold_rec h;
	if (answer_look(r->a, key))
		return 1;
	if (found_hold(value, &h))
		return E_CORRUPT;
	bool over = h.ended_ms || !hold_lasts(h.until_ms, r->now_ms);
	if (!is_mine(r, h.department) ||
	    (r->broken ? h.promise != PROMISE_BROKEN : over && !r->ended))
		return 0;
	return answer_row(r->a, hold_json(&h, r->now_ms));
}

static void open_reading(struct reading *r, const struct query *q, struct answer *a)
{
	*r = (struct reading){.q = q, .a = a, .person = ""};
	json_get_str(q->params, "person", &r->person);
	json_get_bool(q->params, "broken", &r->broken);
	json_get_bool(q->params, "ended", &r->ended);
	r->now_ms = clock_now_ms();
}

int read_holds(const struct query *q, struct answer *a)
{
	struct reading r;
	struct bytes from;
	char prefix[MAX_KEY_BYTES];
	const char *city = engine_config(q->ctx)->engine.city;
	open_reading(&r, q, a);
	size_t n = r.person[0] ? key_hold_person(prefix, city, r.person) : 0;
	struct bytes wanted = {prefix, n};
	int err = answer_from(a, q, wanted, &from);
	return err ? err : q->store->scan(q->snapshot, T_HOLD, from, wanted, 0, hold_found, &r);
}

/* ---- numbers ---- */

static int mark_found(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct mark_rec m;
	char number[20];
	if (answer_look(r->a, key))
		return 1;
	if (found_mark(value, &m))
		return E_CORRUPT;
	if (!is_mine(r, m.department) || (m.ended_ms && !r->ended) ||
	    (r->person[0] && strcmp(r->person, m.person) != 0))
		return 0;
	struct json *j = json_new_object();
	json_put_str(j, "number", r->whole ? m.digits : log_number(m.digits, number));
	json_put_str(j, "person", m.person);
	json_put_str(j, "mark", mark_word(m.mark));
	json_put_str(j, "mark_words", mark_words(m.mark));
	json_put_str(j, "channel", m.voice && m.sms ? "both" : m.voice ? "voice" : "sms");
	json_put_str(j, "state", m.ended_ms ? "ended" : "stands");
	json_put_int(j, "times", m.times);
	json_put_str(j, "origin", origin_word(m.origin));
	json_put_int(j, "run", m.run);
	json_put_int(j, "intake", m.intake);
	read_put_time(j, "made", m.made_ms);
	json_put_str(j, "by", m.user);
	json_put_str(j, "reason", m.reason);
	read_put_time(j, "ended", m.ended_ms);
	json_put_str(j, "ended_by", m.ended_by);
	json_put_str(j, "ended_reason", m.ended_why);
	return answer_row(r->a, j);
}

int read_numbers(const struct query *q, struct answer *a)
{
	struct reading r;
	struct bytes from;
	char prefix[MAX_KEY_BYTES], digits[MAX_NUMBER];
	const char *number = "";
	size_t n = 0;
	open_reading(&r, q, a);
	int err = read_whole(q, a, &r.whole);
	if (err)
		return err;
	if (json_get_str(q->params, "number", &number)) {
		if (phone_normalise(number, digits) != PHONE_OK)
			return answer_refuse(a, E_INVALID,
					     "number: not a Japanese telephone number");
		n = key_mark_number(prefix, digits);
	}
	struct bytes wanted = {prefix, n};
	err = answer_from(a, q, wanted, &from);
	return err ? err : q->store->scan(q->snapshot, T_MARK, from, wanted, 0, mark_found, &r);
}
