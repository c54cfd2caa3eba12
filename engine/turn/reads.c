/* See reads.h: what is in the store. */
#include "engine/turn/reads.h"

#include "engine/log.h"
#include "engine/turn/callrec.h"
#include "engine/turn/db.h"
#include "engine/turn/fields.h"
#include "engine/turn/specs.h"
#include "engine/turn/turn.h"
#include "engine/turn/transfer.h"

#include <stdio.h>
#include <string.h>

enum { ARENA = 16 << 20 };

struct reading {
	const struct query *q;
	struct answer *a;
	struct tx tx;
	/* wanted, for the callbacks */
	int64_t run;
	const char *state, *person;
	bool open;
};

static int open_reading(struct reading *r, const struct query *q, struct answer *a)
{
	*r = (struct reading){.q = q, .a = a};
	int err = arena_new(ARENA, &r->tx.arena);
	r->tx.ops = q->store;
	r->tx.txn = q->snapshot;
	return err;
}

static int close_reading(struct reading *r, int err)
{
	arena_free(r->tx.arena);
	return err;
}

void read_put_time(struct json *j, const char *name, int64_t ms)
{
	char text[32] = "";
	if (ms) {
		struct civil c = civil_from_ms(ms);
		snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day,
			 c.hour, c.minute, c.second);
	}
	json_put_str(j, name, text);
}

static void put_date(struct json *j, const char *name, int32_t day)
{
	char text[11] = "";
	if (day != DAY_NONE)
		civil_format_date(day, text);
	json_put_str(j, name, text);
}

/* A record in a scan's callback: decoded where it lies, used before the callback returns. */
#define DECODE(fields, value, rec)                                                                 \
	struct codec codec_;                                                                       \
	codec_read(&codec_, (value), DB_RECORD_VERSION);                                           \
	fields(&codec_, &(rec));                                                                   \
	int bad = codec_end(&codec_);                                                              \
	if (bad)                                                                                   \
	return bad

/* ---- runs ---- */

static bool of_department(const struct reading *r, const struct run_rec *run)
{
	return strcmp(run->department, r->q->who->department) == 0;
}

/* Rows that are made and not in a file yet: only when this is 0 do the listed files hold all. */
static int64_t rows_waiting(const struct run_rec *run)
{
	uint64_t rows = 0;
	for (enum out_kind k = 0; k < RUN_KINDS; k++)
		rows += run->next_row[k] - run->filed[k];
	return (int64_t)rows;
}

static struct json *run_json(const struct run_rec *run)
{
	struct json *j = json_new_object();
	json_put_int(j, "run", run->id);
	json_put_str(j, "campaign", run->campaign);
	json_put_str(j, "state", run->loaded ? run_state_word(run->state) : "loading");
	json_put_int(j, "debts", run->debts);
	json_put_int(j, "targets", run->targets);
	json_put_int(j, "done", run->done);
	json_put_int(j, "calls", (int64_t)run->calls);
	json_put_int(j, "messages", (int64_t)run->messages);
	json_put_int(j, "rows_waiting", rows_waiting(run));
	read_put_time(j, "created", run->created_ms);
	return j;
}

static int run_found(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct run_rec run = {0};
	if (answer_look(r->a, key))
		return 1;
	DECODE(run_fields, value, run);
	if (!of_department(r, &run) ||
	    (r->state && strcmp(r->state, run_state_word(run.state)) != 0))
		return 0;
	return answer_row(r->a, run_json(&run));
}

static int read_runs(const struct query *q, struct answer *a)
{
	struct reading r;
	struct bytes from;
	int err = open_reading(&r, q, a);
	json_get_str(q->params, "state", &r.state);
	if (!err)
		err = answer_from(a, q, (struct bytes){"", 0}, &from);
	if (!err)
		err = q->store->scan(q->snapshot, T_RUN, from, (struct bytes){"", 0}, 0, run_found,
				     &r);
	return close_reading(&r, err);
}

/* The run that the caller named, behind his department's wall. */
static int run_of(struct reading *r, struct run_rec *run)
{
	int64_t id = 0;
	json_get_int(r->q->params, "run", &id);
	int err = db_run_get(&r->tx, (uint32_t)id, run);
	if (err == E_NOTFOUND || (!err && !of_department(r, run)))
		return answer_refuse(r->a, E_NOTFOUND, "there is no run %lld", (long long)id);
	r->run = id;
	return err;
}

static int read_run(const struct query *q, struct answer *a)
{
	struct reading r;
	struct run_rec run;
	int err = open_reading(&r, q, a);
	if (!err)
		err = run_of(&r, &run);
	if (!err) {
		struct json *j = run_json(&run);
		json_put_int(j, "intake", run.intake);
		json_put_int(j, "dropped", (int64_t)run.dropped);
		json_put_str(j, "submitter", run.submitter);
		json_put_str(j, "approver", run.approver);
		json_put_bool(j, "self_approved", run.self_approved);
		json_put_bool(j, "rehearsal", run.rehearsal);
		read_put_time(j, "submitted", run.submitted_ms);
		read_put_time(j, "approved", run.approved_ms);
		read_put_time(j, "started", run.started_ms);
		read_put_time(j, "ended", run.ended_ms);
		read_put_segments(j, q->ctx, &run);
		read_put_forecast(j, q->ctx, &run);
		read_put_time(j, "money_stopped", run.budget_ms);
		json_put_str(j, "approval_sha256", run.approval);
		json_put_str(j, "campaign_sha256", run.campaign_version);
		json_put_str(j, "scenario_sha256", run.scenario_version);
		for (enum out_kind k = KIND_CONTACTS; k <= KIND_CORRECTIONS; k++)
			json_put_int(j, out_kind_word(k), (int64_t)run.next_row[k]);
		answer_set(a, j);
	}
	return close_reading(&r, err);
}

/* ---- targets ---- */

static int target_found(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct target t = {0};
	if (answer_look(r->a, key))
		return 1;
	DECODE(target_fields, value, t);
	if (r->state && strcmp(r->state, target_state_word(t.state)) != 0)
		return 0;
	struct json *j = json_new_object();
	json_put_str(j, "person", t.person);
	json_put_str(j, "state", target_state_word(t.state));
	json_put_int(j, "debts", (int64_t)t.n_debts);
	json_put_int(j, "numbers", (int64_t)t.n_numbers);
	json_put_int(j, "attempts", (int64_t)t.n_past);
	json_put_str(j, "last",
		     t.n_past ? outcome_words(t.past[t.n_past - 1].past.code)
			      : outcome_words(t.why));
	read_put_time(j, "due", t.due_ms > 1 ? t.due_ms : 0);
	return answer_row(r->a, j);
}

static int read_targets(const struct query *q, struct answer *a)
{
	struct reading r;
	struct run_rec run;
	struct bytes from;
	char prefix[4];
	int err = open_reading(&r, q, a);
	json_get_str(q->params, "state", &r.state);
	if (!err)
		err = run_of(&r, &run);
	struct bytes of_run = {prefix, key_u32(prefix, (uint32_t)r.run)};
	if (!err)
		err = answer_from(a, q, of_run, &from);
	if (!err)
		err = q->store->scan(q->snapshot, T_TARGET, from, of_run, 0, target_found, &r);
	return close_reading(&r, err);
}

static struct json *attempt_json(const struct attempt *t)
{
	char number[20];
	struct json *j = json_new_object();
	json_put_int(j, "attempt", (int64_t)t->id);
	json_put_int(j, "run", t->run);
	json_put_str(j, "person", t->person);
	json_put_str(j, "channel", t->channel == CHANNEL_VOICE ? "voice" : "sms");
	json_put_str(j, "number", log_number(t->digits, number));
	json_put_int(j, "wave", t->wave + 1);
	json_put_str(j, "state", attempt_state_word(t->state));
	read_put_time(j, "intended", t->intended_ms);
	read_put_time(j, "ended", t->ended_ms);
	json_put_int(j, "code", (int)t->code);
	json_put_str(j, "outcome", outcome_words(t->code));
	json_put_str(j, "reached", reached_words(t->reached));
	json_put_bool(j, "heard", t->heard);
	json_put_int(j, "peer_code", t->channel == CHANNEL_VOICE ? t->sip_status : t->gateway_code);
	json_put_str(j, "gateway", t->gateway);
	json_put_str(j, "gateway_ref", t->ref);
	json_put_int(j, "segments", t->segments);
	json_put_int(j, "receipts", t->receipts);
	read_put_yen(j, "yen", t->cost_sen);
	json_put_int(j, "resend_of", (int64_t)t->resend_of);
	json_put_bool(j, "inbound", t->inbound != INBOUND_NO);
	json_put_str(j, "reason", t->reason);
	return j;
}

/* Who keyed, who spoke: each reply's way, and each word that was taken for an answer. */
static void put_spoken(struct json *j, struct arena *arena, const struct attempt *t)
{
	static const char *const ways[REPLY_BYS] = {[BY_NOBODY] = "scenario",
						    [BY_KEY] = "key",
						    [BY_WORD_KEY] = "word+key",
						    [BY_WORD_YES] = "word+yes"};
	const char *by = "", *words = "";

	for (size_t i = 0; i < t->n_replies && by; i++)
		by = arena_printf(arena, "%s%s%s=%s", by, *by ? ";" : "", t->replies[i].name,
				  ways[t->replies[i].by]);
	for (size_t i = 0; i < t->n_spoken && words; i++)
		words = arena_printf(arena, "%s%s%s=%s(%d)", words, *words ? ";" : "",
				     t->spoken[i].field, t->spoken[i].word, t->spoken[i].score);
	json_put_str(j, "replied_by", by ? by : "");
	json_put_str(j, "spoken", words ? words : "");
	json_put_str(j, "listener", t->listener);
	json_put_int(j, "unheard", t->unheard);
}

static void put_replies(struct json *j, struct arena *arena, const struct attempt *t)
{
	put_spoken(j, arena, t);
	json_put_str(j, "replies", replies_line(arena, t, false));
	json_put_str(j, "tasks", replies_line(arena, t, true));
}

static int target_debts(struct reading *r, const struct target *t, struct json *list)
{
	for (size_t i = 0; i < t->n_debts; i++) {
		struct debt d;
		int err = db_debt_get(&r->tx, t->run, t->debts[i], &d);
		if (err)
			return err;
		struct json *j = json_new_object();
		json_put_int(j, "row", d.file_row);
		json_put_str(j, "tax", d.tax_words);
		json_put_str(j, "year", d.key.fuka_year);
		json_put_str(j, "period", d.key.period);
		put_date(j, "due", d.due_day);
		json_put_int(j, "amount", d.amount);
		json_put_int(j, "amount_first", d.amount_first);
		read_put_debt(j, &d);
		json_put_str(j, "settled",
			     d.preliminary               ? "preliminary"
			     : d.settled == SETTLED_PAID ? "paid"
			     : d.settled                 ? "withdrawn"
			     : d.held                    ? "held"
							 : "");
		json_put_int(j, "result", (int)d.result);
		json_put_str(j, "result_words", outcome_words(d.result));
		json_add(list, j);
	}
	return 0;
}

static int target_attempts(struct reading *r, const struct target *t, struct json *list)
{
	for (size_t i = 0; i < t->n_past; i++) {
		struct attempt at;
		int err = db_attempt_get(&r->tx, t->past[i].id, &at);
		if (err)
			return err;
		struct json *j = attempt_json(&at);
		put_replies(j, r->tx.arena, &at);
		json_add(list, j);
		err = transfer_show(&r->tx, at.id, j);
		if (err)
			return err;
	}
	return 0;
}

/* Calls of his that came in, from each of his numbers. */
static int target_callbacks(struct reading *r, const struct target *t, struct json *list)
{
	for (size_t i = 0; i < t->n_numbers; i++) {
		struct caller_ids ids;
		struct callback_rec c;
		int err = db_caller_get(&r->tx, t->numbers[i].digits, t->run, t->id, &ids);
		for (size_t k = 0; !err && k < ids.n; k++) {
			err = db_callback_get(&r->tx, ids.id[k], &c);
			if (!err)
				json_add(list, callback_json(&c, false));
		}
		if (err && err != E_NOTFOUND)
			return err;
	}
	return 0;
}

static int read_target(const struct query *q, struct answer *a)
{
	struct reading r;
	struct run_rec run;
	struct target t;
	uint32_t id;
	int err = open_reading(&r, q, a);
	json_get_str(q->params, "person", &r.person);
	if (!err)
		err = run_of(&r, &run);
	if (err)
		return close_reading(
		    &r, err); /* its refusal stands: "no such run", not "no such person" */
	err = db_target_of(&r.tx, (uint32_t)r.run, r.person, &id);
	if (!err)
		err = db_target_get(&r.tx, (uint32_t)r.run, id, &t);
	if (err == E_NOTFOUND)
		return close_reading(&r, answer_refuse(a, err, "run %lld has no person %s",
						       (long long)r.run, r.person));
	if (!err) {
		struct json *j = json_new_object(), *debts = json_new_array(),
			    *attempts = json_new_array(), *callbacks = json_new_array();
		json_put_str(j, "person", t.person);
		json_put_str(j, "name", t.name);
		json_put_str(j, "kana", t.kana);
		read_put_person(j, &t);
		json_put_str(j, "state", target_state_word(t.state));
		read_put_time(j, "due", t.due_ms > 1 ? t.due_ms : 0);
		json_put_str(j, "ended_by", outcome_words(t.why));
		err = target_debts(&r, &t, debts);
		if (!err)
			err = target_attempts(&r, &t, attempts);
		if (!err)
			err = target_callbacks(&r, &t, callbacks);
		json_put(j, "debts", debts);
		json_put(j, "attempts", attempts);
		json_put(j, "callbacks", callbacks);
		answer_set(a, j);
	}
	return close_reading(&r, err);
}

/* ---- attempts ---- */

/* An attempt shows if its run is of the caller's department. Runs come in long rows: the last
 * answer is kept. */
static int may_see(struct reading *r, uint32_t run, bool *ret)
{
	struct run_rec rec;
	int err = db_run_get(&r->tx, run, &rec);
	*ret = !err && of_department(r, &rec);
	return err == E_NOTFOUND ? 0 : err;
}

static int attempt_found(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct attempt t = {0};
	bool mine;
	if (answer_look(r->a, key))
		return 1;
	DECODE(attempt_fields, value, t);
	bool over = t.state >= ATTEMPT_DROPPED;
	if ((r->run && r->run != t.run) || (r->person && strcmp(r->person, t.person) != 0) ||
	    (r->open && over))
		return 0;
	arena_reset(r->tx.arena);
	struct json *j = attempt_json(&t);
	put_replies(j, r->tx.arena, &t);
	int err = may_see(r, t.run, &mine); /* last: it may move the store's memory under `t` */
	if (err || !mine) {
		json_free(j);
		return err;
	}
	return answer_row(r->a, j);
}

static int read_attempts(const struct query *q, struct answer *a)
{
	struct reading r;
	struct bytes from;
	int err = open_reading(&r, q, a);
	json_get_int(q->params, "run", &r.run);
	json_get_str(q->params, "person", &r.person);
	json_get_bool(q->params, "open", &r.open);
	if (!err)
		err = answer_from(a, q, (struct bytes){"", 0}, &from);
	if (!err)
		err = q->store->scan(q->snapshot, T_ATTEMPT, from, (struct bytes){"", 0}, 0,
				     attempt_found, &r);
	return close_reading(&r, err);
}

/* ---- files ---- */

/* A file belongs to whoever owns its campaign; payments, and what no campaign owns, to all. */
static bool file_is_mine(const struct reading *r, const char *campaign)
{
	struct engine *e = r->q->ctx;
	const struct campaign *c = specs_campaign(engine_specs(e), campaign);
	return !campaign[0] || !c || strcmp(c->department, r->q->who->department) == 0;
}

static struct json *intake_json(const struct intake_rec *in)
{
	struct json *j = json_new_object();
	json_put_int(j, "intake", in->id);
	json_put_str(j, "name", in->name);
	json_put_str(j, "layout", in->layout);
	json_put_str(j, "campaign", in->campaign);
	json_put_str(j, "state", file_state_word(in->state));
	json_put_int(j, "rows", in->rows_total);
	json_put_int(j, "done", in->rows_done);
	json_put_int(j, "taken", in->rows_taken);
	json_put_int(j, "refused", in->rows_refused);
	json_put_int(j, "warned", in->rows_warned);
	json_put_int(j, "matched", in->rows_matched);
	json_put_int(j, "run", in->run);
	read_put_time(j, "received", in->received_ms);
	json_put_str(j, "by", in->by);
	return j;
}

static int intake_found(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct intake_rec in = {0};
	if (answer_look(r->a, key))
		return 1;
	DECODE(intake_fields, value, in);
	return file_is_mine(r, in.campaign) ? answer_row(r->a, intake_json(&in)) : 0;
}

static int read_intakes(const struct query *q, struct answer *a)
{
	struct reading r;
	struct bytes from;
	int err = open_reading(&r, q, a);
	if (!err)
		err = answer_from(a, q, (struct bytes){"", 0}, &from);
	if (!err)
		err = q->store->scan(q->snapshot, T_INTAKE, from, (struct bytes){"", 0}, 0,
				     intake_found, &r);
	return close_reading(&r, err);
}

static int rowerr_found(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct rowerr row = {0};
	if (answer_look(r->a, key))
		return 1;
	DECODE(rowerr_fields, value, row);
	struct json *j = json_new_object();
	json_put_int(j, "row", row.row);
	json_put_str(j, "kind", row.warning ? "warning" : "refused");
	json_put_str(j, "code", row.code);
	json_put_str(j, "item", row.item);
	json_put_str(j, "words", row.words);
	return answer_row(r->a, j);
}

static int read_intake(const struct query *q, struct answer *a)
{
	struct reading r;
	struct intake_rec in;
	struct bytes from;
	char prefix[4];
	int64_t id = 0;
	int err = open_reading(&r, q, a);
	json_get_int(q->params, "intake", &id);
	struct bytes of_intake = {prefix, key_u32(prefix, (uint32_t)id)};
	if (!err)
		err = db_intake_get(&r.tx, (uint32_t)id, &in);
	if (err == E_NOTFOUND || (!err && !file_is_mine(&r, in.campaign)))
		return close_reading(
		    &r, answer_refuse(a, E_NOTFOUND, "there is no intake %lld", (long long)id));
	if (!err) {
		struct json *j = intake_json(&in);
		json_put_str(j, "why", in.why);
		json_put_str(j, "sha256", in.sha256);
		json_put_int(j, "bytes", in.size);
		answer_put(a, "intake", j);
		err = answer_from(a, q, of_intake, &from);
	}
	if (!err)
		err = q->store->scan(q->snapshot, T_ROWERR, from, of_intake, 0, rowerr_found, &r);
	return close_reading(&r, err);
}

static int outfile_found(void *arg, struct bytes key, struct bytes value)
{
	struct reading *r = arg;
	struct outfile f = {0};
	bool mine = true;
	if (answer_look(r->a, key))
		return 1;
	DECODE(outfile_fields, value, f);
	if (r->run && r->run != f.run)
		return 0;
	struct json *j = json_new_object();
	json_put_int(j, "file", f.number);
	json_put_str(j, "kind", out_kind_word(f.kind));
	json_put_str(j, "state", outfile_state_word(f.state));
	json_put_int(j, "rows", f.book_rows ? (int64_t)f.book_rows : (int64_t)(f.to - f.from));
	json_put_int(j, "run", f.run);
	json_put_int(j, "intake", f.intake);
	json_put_str(j, "drop", f.drop);
	json_put_str(j, "name", f.name);
	json_put_int(j, "bytes", f.size);
	json_put_str(j, "sha256", f.sha256);
	read_put_time(j, "since", f.stamp_ms);
	read_put_time(j, "delivered", f.delivered_ms);
	json_put_int(j, "tries", f.tries);
	json_put_str(j, "why", f.why);
	int err = f.run ? may_see(r, f.run, &mine) : 0;
	if (err || !mine) {
		json_free(j);
		return err;
	}
	return answer_row(r->a, j);
}

static int read_outfiles(const struct query *q, struct answer *a)
{
	struct reading r;
	struct bytes from;
	int err = open_reading(&r, q, a);
	json_get_int(q->params, "run", &r.run);
	if (!err)
		err = answer_from(a, q, (struct bytes){"", 0}, &from);
	if (!err)
		err = q->store->scan(q->snapshot, T_OUTFILE, from, (struct bytes){"", 0}, 0,
				     outfile_found, &r);
	return close_reading(&r, err);
}

/* clang-format off: an odd number of them would stand one a line */
const read_fn engine_reads[METHODS] = {
    [M_STATUS] = read_status,
    [M_SPOOL_LIST] = read_spool,
    [M_ALERT_LIST] = read_alerts,
    [M_CAMPAIGN_LIST] = read_campaigns,
    [M_CAMPAIGN_SHOW] = read_campaign,
    [M_CAMPAIGN_CHECK] = read_campaign_check,
    [M_RUN_LIST] = read_runs,
    [M_RUN_SHOW] = read_run,
    [M_RUN_COUNT] = read_run_count,
    [M_ATTEMPT_COUNT] = read_attempt_count,
    [M_WINDOW_LIST] = read_windows,
    [M_SCENARIO_SHOW] = read_scenario,
    [M_SCENARIO_SAY] = read_scenario_say,
    [M_TARGET_LIST] = read_targets,
    [M_TARGET_SHOW] = read_target,
    [M_ATTEMPT_LIST] = read_attempts,
    [M_INTAKE_LIST] = read_intakes,
    [M_INTAKE_SHOW] = read_intake,
    [M_OUTFILE_LIST] = read_outfiles,
    [M_CALLBACK_LIST] = read_callbacks,
    [M_HOLD_LIST] = read_holds,
    [M_NUMBER_LIST] = read_numbers,
    [M_PAYMENT_LIST] = read_payments,
    [M_EXCLUSION_LIST] = read_exclusions,
    [M_MONEY_LIST] = read_money,
    [M_EXPECT_LIST] = read_expects,
    [M_USER_LIST] = read_users,
    [M_AUDIT_LIST] = read_audit,
    [M_SETTINGS_LIST] = read_settings,
    [M_HOLIDAY_LIST] = read_holidays,
    [M_INBOUND_LIST] = read_inbound,
    [M_TARGET_UNMASK] = read_unmask,
    [M_TEXT_LIST] = read_texts,
    [M_TEXT_CHECK] = read_text_check,
    [M_TEXT_PREVIEW] = read_text_preview,
    [M_AUDIT_CHECK] = read_audit_check,
    [M_RECORDING_LIST] = read_recordings,
};
/* clang-format on */
