/* See fields.h. */
#include "engine/turn/fields.h"
#include "engine/plan/person_words.h"
#include "engine/turn/transfer.h"

#include <stdio.h>
#include <string.h>

const char *number_kind_words(enum number_kind kind)
{
	switch (kind) {
	case KIND_HOME:
		return "自宅";
	case KIND_MOBILE:
		return "携帯";
	case KIND_WORK:
		return "勤務先";
	case KIND_OTHER:
		break;
	}
	return "その他";
}

/* ---- small helpers ---- */

static void put(struct fields *f, const char *name, const char *value)
{
	if (f->n < MAX_OUT_FIELDS)
		f->list[f->n++] = (struct out_field){name, value ? value : ""};
}

static void put_int(struct tx *tx, struct fields *f, const char *name, long long v)
{
	put(f, name, arena_printf(tx->arena, "%lld", v));
}

static const char *date(struct tx *tx, int64_t ms)
{
	struct civil c = civil_from_ms(ms);
	return arena_printf(tx->arena, "%04d-%02d-%02d", c.year, c.month, c.day);
}

static const char *time_of_day(struct tx *tx, int64_t ms)
{
	struct civil c = civil_from_ms(ms);
	return arena_printf(tx->arena, "%02d:%02d:%02d", c.hour, c.minute, c.second);
}

static const char *day(struct tx *tx, int32_t d)
{
	char text[11] = "";
	if (d != DAY_NONE)
		civil_format_date(d, text);
	return arena_str(tx->arena, text);
}

void fields_head(struct tx *tx, struct file_facts *facts)
{
	struct fields *f = &facts->head;

	f->n = 0;
	put(f, "city", facts->config->engine.city);
	put_int(tx, f, "file_number", facts->file->number);
	put(f, "stamp_date", date(tx, facts->file->stamp_ms));
	put(f, "stamp_time", time_of_day(tx, facts->file->stamp_ms));
	put(f, "operator", "OSAME");
	if (!facts->run)
		return;
	put(f, "campaign", facts->run->campaign);
	put(f, "campaign_title", facts->campaign_title);
	put(f, "department", facts->run->department);
	put_int(tx, f, "run", facts->run->id);
}

/* Begins a row. */
static void put_file(struct fields *f, const struct file_facts *facts)
{
	f->n = facts->head.n;
	memcpy(f->list, facts->head.list, f->n * sizeof *f->list);
}

static void put_debt(struct tx *tx, struct fields *f, const struct debt *d)
{
	put(f, "person", d->key.person);
	put(f, "gyomu", d->key.gyomu);
	put(f, "tax", d->key.tax);
	put(f, "tax_words", d->tax_words);
	put(f, "fuka_year", d->key.fuka_year);
	put(f, "chotei_year", d->key.chotei_year);
	put(f, "period", d->key.period);
	put(f, "notice", d->key.notice);
	put(f, "due_date", day(tx, d->due_day));
	put(f, "pay_method", pay_method_word(d->pay_method));
	put(f, "demand_sent", day(tx, d->demand_sent_day));
	put(f, "slip_until", day(tx, d->slip_until_day));
	put_int(tx, f, "late_charge", d->late_charge);
	for (size_t i = 0; i < d->n_carried; i++) {
		const char *name = arena_printf(tx->arena, "carried.%s", d->carried_name[i]);
		if (name)
			put(f, name, d->carried[i]);
	}
}

static void put_outcome(struct tx *tx, struct fields *f, const char *name, const char *words,
			enum outcome code)
{
	put(f, name, code == OUT_NONE ? "" : arena_printf(tx->arena, "%d", (int)code));
	put(f, words, outcome_words(code));
}

/* ---- contacts ---- */

const char *replies_line(struct arena *arena, const struct attempt *a, bool tasks)
{
	const char *line = "";
	for (size_t i = 0; i < a->n_replies && line; i++) {
		bool is_task = strcmp(a->replies[i].name, "task") == 0;
		if (is_task != tasks)
			continue;
		const char *sep = line[0] ? ";" : "";
		line = tasks ? arena_printf(arena, "%s%s%s", line, sep, a->replies[i].value)
			     : arena_printf(arena, "%s%s%s=%s", line, sep, a->replies[i].name,
					    a->replies[i].value);
	}
	return line ? line : "";
}

/* ---- the parts of 交渉内容 ---- */

static const char *channel_words(const struct attempt *a)
{
	if (a->inbound)
		return "折返し着信";
	return a->channel == CHANNEL_VOICE ? "自動音声" : "SMS";
}

static const char *contact_words(const struct attempt *a, enum outcome code)
{
	return a->reached > REACHED_OPENING ? reached_words(a->reached) : outcome_words(code);
}

static bool is_promise(const struct attempt *a, size_t i, int32_t *ret_day)
{
	return strcmp(a->replies[i].name, "promise") == 0 &&
	       civil_parse_date(a->replies[i].value, ret_day) == 0;
}

/* 「1月15日納付予定」, of the last date that was given; "" if none was. */
static const char *promise_words(struct arena *arena, const struct attempt *a)
{
	const char *words = "";
	int32_t promised;

	for (size_t i = 0; i < a->n_replies && words; i++)
		if (is_promise(a, i, &promised)) {
			struct civil c = civil_from_day(promised);
			words = arena_printf(arena, "%d月%d日納付予定", c.month, c.day);
		}
	return words ? words : "";
}

static const char *tasks_words(struct arena *arena, const struct attempt *a)
{
	const char *words = "";

	for (size_t i = 0; i < a->n_replies && words; i++)
		if (strcmp(a->replies[i].name, "task") == 0)
			words = arena_printf(arena, "%s%s%s", words, *words ? "、" : "",
					     a->replies[i].value);
	return words ? words : "";
}

/* What else was keyed or said, under the scenario's own names. */
static const char *other_answers(struct arena *arena, const struct attempt *a)
{
	const char *words = "";
	int32_t ignored;

	for (size_t i = 0; i < a->n_replies && words; i++)
		if (strcmp(a->replies[i].name, "task") != 0 && !is_promise(a, i, &ignored))
			words = arena_printf(arena, "%s%s%s:%s", words, *words ? "、" : "",
					     a->replies[i].name, a->replies[i].value);
	return words ? words : "";
}

static const char *sentence_add(struct arena *arena, const char *line, const char *part)
{
	return !line || !*part ? line : arena_printf(arena, "%s%s。", line, part);
}

/* What matters most first: a layout with less room cuts the end. */
const char *contact_sentence(struct arena *arena, const struct attempt *a, enum outcome code)
{
	const char *line = arena_printf(arena, "%s(%s)。%s。", channel_words(a),
					number_kind_words(a->number_kind), contact_words(a, code));
	line = sentence_add(arena, line, promise_words(arena, a));
	line = sentence_add(arena, line, tasks_words(arena, a));
	line = sentence_add(arena, line, a->heard ? "要旨案内済" : "");
	line = sentence_add(arena, line, other_answers(arena, a));
	return line ? line : "";
}

/* A contact covers all debts of its target: the first names the person's account. */
static int first_debt(struct tx *tx, const struct attempt *a, struct debt *ret)
{
	struct target t;
	int err = db_target_get(tx, a->run, a->target, &t);
	if (!err)
		err = t.n_debts ? db_debt_get(tx, a->run, t.debts[0], ret) : E_CORRUPT;
	return err;
}

int fields_contact(struct tx *tx, const struct file_facts *facts, const struct outrow *row,
		   struct fields *ret)
{
	struct attempt a;
	struct debt d;
	struct transfer_rec t;
	int err = db_attempt_get(tx, row->attempt, &a);
	if (!err)
		err = first_debt(tx, &a, &d);
	if (!err)
		err = transfer_last(tx, a.id, &t);
	if (err)
		return err;
	put_file(ret, facts);
	put_debt(tx, ret, &d);
	put(ret, "contact_date", date(tx, row->at_ms));
	put(ret, "contact_time", time_of_day(tx, row->at_ms));
	put(ret, "channel", a.channel == CHANNEL_VOICE ? "voice" : "sms");
	put(ret, "number_kind", number_kind_words(a.number_kind));
	put_outcome(tx, ret, "outcome", "outcome_words", row->code);
	put_int(tx, ret, "reached", (int)row->reached);
	put(ret, "reached_words", reached_words(row->reached));
	put(ret, "heard", row->heard ? "1" : "0");
	put(ret, "replies", replies_line(tx->arena, &a, false));
	put(ret, "tasks", replies_line(tx->arena, &a, true));
	put(ret, "channel_words", channel_words(&a));
	put(ret, "inbound", a.inbound ? "1" : "0");
	put(ret, "contact_words", contact_words(&a, row->code));
	put(ret, "promise_words", promise_words(tx->arena, &a));
	put(ret, "tasks_words", tasks_words(tx->arena, &a));
	put(ret, "heard_words", a.heard ? "要旨案内済" : "");
	put(ret, "answers", other_answers(tx->arena, &a));
	put(ret, "transfer", t.n ? arena_printf(tx->arena, "%d", (int)t.result) : "");
	put(ret, "transfer_words", transfer_words(t.result));
	put(ret, "sentence",
	    sentence_add(tx->arena, contact_sentence(tx->arena, &a, row->code),
			 t.n ? arena_printf(tx->arena, "職員へ転送(%s)", transfer_words(t.result))
			     : ""));
	put_int(tx, ret, "attempt", (long long)a.id);
	put_int(tx, ret, "sip_status", a.channel == CHANNEL_VOICE ? a.sip_status : a.gateway_code);
	put_int(tx, ret, "q850", a.q850);
	return 0;
}

/* ---- results and corrections ---- */

/* What the resident answered, in the last attempt that has an answer; of those that there were
 * when the row was made. A target that is done may get more of them (who rings back, a message that
 * staff send again), and the same file number always has the same bytes. */
static int read_replies(struct tx *tx, const struct debt *d, size_t attempts, const char **ret_line)
{
	struct target t;
	struct attempt a;
	const char *line = "";

	int err = db_target_get(tx, d->run, d->target, &t);
	size_t n = err ? 0 : t.n_past < attempts ? t.n_past : attempts;
	for (size_t i = n; !err && i > 0 && !line[0]; i--) {
		err = db_attempt_get(tx, t.past[i - 1].id, &a);
		if (!err)
			line = replies_line(tx->arena, &a, false);
	}
	*ret_line = line;
	return err;
}

static int put_replies(struct tx *tx, struct fields *f, const struct debt *d, size_t attempts,
		       struct file_facts *facts)
{
	int err = 0;
	if (facts->last.target != d->target || facts->last.run != d->run ||
	    facts->last.attempts != attempts) {
		fields_forget(facts);
		err = read_replies(tx, d, attempts, &facts->last.replies);
	}
	if (err)
		return err;
	facts->last.run = d->run;
	facts->last.target = d->target;
	facts->last.attempts = attempts;
	put(f, "replies", facts->last.replies);
	return 0;
}

int fields_result(struct tx *tx, struct file_facts *facts, const struct outrow *row,
		  struct fields *ret)
{
	struct debt d;
	int err = db_debt_get(tx, row->run, row->row, &d);
	if (err)
		return err;
	put_file(ret, facts);
	put_debt(tx, ret, &d);
	put_int(tx, ret, "row", d.file_row);
	put_int(tx, ret, "amount", row->amount);
	put_outcome(tx, ret, "result", "result_words", row->code);
	put(ret, "reason", exclusion_name(row->reason));
	put(ret, "reason_words", exclusion_words(row->reason));
	put(ret, "result_date", date(tx, row->at_ms));
	put_int(tx, ret, "attempts", row->attempts);
	put_int(tx, ret, "intake", facts->run ? facts->run->intake : 0);
	err = put_replies(tx, ret, &d, row->attempts, facts);
	if (err)
		return err;
	if (row->kind == KIND_CORRECTIONS) {
		put_outcome(tx, ret, "old_result", "old_result_words", row->old_code);
		put_outcome(tx, ret, "new_result", "new_result_words", row->code);
	}
	return 0;
}

/* ---- errors and receipt ---- */

static void put_intake(struct tx *tx, struct fields *f, const struct intake_rec *in)
{
	put_int(tx, f, "intake", in->id);
	put(f, "file_name", in->name);
}

int fields_error(struct tx *tx, const struct file_facts *facts, const struct intake_rec *in,
		 const struct rowerr *row, struct fields *ret)
{
	put_file(ret, facts);
	put_intake(tx, ret, in);
	put_int(tx, ret, "row", row->row);
	put(ret, "item", row->item);
	put(ret, "code", row->code);
	put(ret, "words", row->words);
	put(ret, "state", row->warning ? "warning" : "refused");
	return 0;
}

int fields_receipt(struct tx *tx, const struct file_facts *facts, const struct intake_rec *in,
		   struct fields *ret)
{
	put_file(ret, facts);
	put_intake(tx, ret, in);
	put(ret, "state", file_state_word(in->state));
	put_int(tx, ret, "rows_total", in->rows_total);
	put_int(tx, ret, "rows_taken", in->rows_taken);
	put_int(tx, ret, "rows_refused", in->rows_refused);
	put_int(tx, ret, "rows_warned", in->rows_warned);
	put_int(tx, ret, "runs", in->run != 0);
	/* No number is "no run": all rows were repeats, or there were none. */
	put(ret, "run", in->run ? arena_printf(tx->arena, "%u", in->run) : "");
	put(ret, "code", in->code);
	put(ret, "words", in->why);
	put(ret, "archive_hash", facts->file->archive_hash);
	return 0;
}
