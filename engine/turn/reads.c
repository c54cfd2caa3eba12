/* See reads.h: what is in the store. */
#include "engine/turn/reads.h"
#include "engine/turn/reading.h"

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

int reading_open(struct reading *r, const struct query *q, struct answer *a)
{
	*r = (struct reading){.q = q, .a = a};
	int err = arena_new(ARENA, &r->tx.arena);
	r->tx.ops = q->store;
	r->tx.txn = q->snapshot;
	return err;
}

int reading_close(struct reading *r, int err)
{
	arena_free(r->tx.arena);
	return err;
}

const char *read_time(int64_t ms, char out[READ_TIME])
{
	out[0] = '\0';
	if (ms) {
		struct civil c = civil_from_ms(ms);
		snprintf(out, READ_TIME, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day,
			 c.hour, c.minute, c.second);
	}
	return out;
}

void read_put_time(struct json *j, const char *name, int64_t ms)
{
	char text[READ_TIME];
	json_put_str(j, name, read_time(ms, text));
}

static void put_date(struct json *j, const char *name, int32_t day)
{
	char text[11] = "";
	if (day != DAY_NONE)
		civil_format_date(day, text);
	json_put_str(j, name, text);
}

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
	int err = reading_open(&r, q, a);
	json_get_str(q->params, "state", &r.state);
	if (!err)
		err = answer_from(a, q, (struct bytes){"", 0}, &from);
	if (!err)
		err = q->store->scan(q->snapshot, T_RUN, from, (struct bytes){"", 0}, 0, run_found,
				     &r);
	return reading_close(&r, err);
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
	int err = reading_open(&r, q, a);
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
	return reading_close(&r, err);
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
	int err = reading_open(&r, q, a);
	json_get_str(q->params, "state", &r.state);
	if (!err)
		err = run_of(&r, &run);
	struct bytes of_run = {prefix, key_u32(prefix, (uint32_t)r.run)};
	if (!err)
		err = answer_from(a, q, of_run, &from);
	if (!err)
		err = q->store->scan(q->snapshot, T_TARGET, from, of_run, 0, target_found, &r);
	return reading_close(&r, err);
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
	int err = reading_open(&r, q, a);
	json_get_str(q->params, "person", &r.person);
	if (!err)
		err = run_of(&r, &run);
	if (err)
		return reading_close(
		    &r, err); /* its refusal stands: "no such run", not "no such person" */
	err = db_target_of(&r.tx, (uint32_t)r.run, r.person, &id);
	if (!err)
		err = db_target_get(&r.tx, (uint32_t)r.run, id, &t);
	if (err == E_NOTFOUND)
		return reading_close(&r, answer_refuse(a, err, "run %lld has no person %s",
						       (long long)r.run, r.person));
	if (!err) {
		struct json *j = json_new_object(), *debts = json_new_array(),
			    *attempts = json_new_array(), *callbacks = json_new_array();
		json_put_str(j, "person", t.person);
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
	return reading_close(&r, err);
}

/* ---- attempts ---- */

/* An attempt shows if its run is of the caller's department. Runs come in long rows: the last
 * answer is kept. */
int reading_may_see(struct reading *r, uint32_t run, bool *ret)
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
	/* `t` still has its numbers from here on, but the store's memory may move under its words.
	 */
	int err = reading_may_see(r, t.run, &mine);
	if (!err && mine && t.channel == CHANNEL_VOICE)
		err = transfer_show(&r->tx, t.id, j);
	else
		json_put_str(j, "transfer", "");
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
	int err = reading_open(&r, q, a);
	json_get_int(q->params, "run", &r.run);
	json_get_str(q->params, "person", &r.person);
	json_get_bool(q->params, "open", &r.open);
	if (!err)
		err = answer_from(a, q, (struct bytes){"", 0}, &from);
	if (!err)
		err = q->store->scan(q->snapshot, T_ATTEMPT, from, (struct bytes){"", 0}, 0,
				     attempt_found, &r);
	return reading_close(&r, err);
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
    [M_WINDOW_TRY] = read_window_try,
    [M_CAMPAIGN_VERIFY] = read_campaign_verify,
    [M_CAMPAIGN_EXPORT] = read_campaign_export,
    [M_CAMPAIGN_EDITIONS] = read_campaign_editions,
    [M_CAMPAIGN_DIFF] = read_campaign_diff,
    [M_CAMPAIGN_PARTS] = read_campaign_parts,
    [M_SCENARIO_SHOW] = read_scenario,
    [M_SCENARIO_SAY] = read_scenario_say,
    [M_SCENARIO_TRY] = read_scenario_try,
    [M_SCENARIO_CHECK] = read_scenario_check,
    [M_SCENARIO_EXPORT] = read_scenario_export,
    [M_SCENARIO_EDITIONS] = read_scenario_editions,
    [M_SCENARIO_DIFF] = read_scenario_diff,
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
    [M_TEXT_SHOW] = read_text_show,
    [M_TEXT_EDITIONS] = read_text_editions,
    [M_TEXT_DIFF] = read_text_diff,
    [M_TRIAL_LIST] = read_trials,
    [M_TRIAL_NUMBERS] = read_trial_numbers,
    [M_AUDIT_CHECK] = read_audit_check,
    [M_RECORDING_LIST] = read_recordings,
};
/* clang-format on */
