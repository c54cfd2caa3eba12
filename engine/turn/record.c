/* See record.h. Adding a field: visit it last, under codec_has(c, N), and raise N's record version
 * in db.c; never change what stands. */
#include "engine/turn/record.h"

#include <string.h>

enum { OUTCOMES = 100 };

const char *out_kind_word(enum out_kind k)
{
	static const char *const words[OUT_KINDS] = {"contacts", "results", "corrections", "errors",
						     "receipt",  "holds",   "numbers"};
	return (unsigned)k < OUT_KINDS ? words[k] : "?";
}

void counters_fields(struct codec *c, struct counters *r)
{
	codec_u64(c, &r->turn);
	codec_u32(c, &r->next_intake);
	codec_u32(c, &r->next_run);
	codec_u32(c, &r->next_file);
	codec_u64(c, &r->next_attempt);
	codec_u32(c, &r->schema);
	if (!codec_has(c, 3))
		return;
	codec_u32(c, &r->next_hold);
	for (int i = 0; i < BOOK_KINDS; i++) {
		codec_u64(c, &r->book_next[i]);
		codec_u64(c, &r->book_filed[i]);
	}
}

void intake_fields(struct codec *c, struct intake_rec *r)
{
	codec_u32(c, &r->id);
	CODEC_ENUM(c, r->state, FILE_STATES);
	CODEC_ENUM(c, r->kind, LAYOUT_KINDS);
	codec_str(c, &r->drop);
	codec_str(c, &r->name);
	codec_i64(c, &r->size);
	codec_i64(c, &r->mtime_s);
	codec_str(c, &r->sha256);
	codec_str(c, &r->arriving);
	codec_str(c, &r->layout);
	codec_str(c, &r->campaign);
	codec_str(c, &r->why);
	codec_str(c, &r->code);
	codec_i64(c, &r->received_ms);
	codec_i64(c, &r->ended_ms);
	codec_u32(c, &r->rows_total);
	codec_u32(c, &r->rows_done);
	codec_u32(c, &r->rows_taken);
	codec_u32(c, &r->rows_refused);
	codec_u32(c, &r->rows_warned);
	codec_u32(c, &r->rows_matched);
	codec_u32(c, &r->run);
	codec_bool(c, &r->moved);
	codec_u32(c, &r->row_errors);
	if (!codec_has(c, 4))
		r->by = "";
	if (!codec_has(c, 3))
		return;
	CODEC_ENUM(c, r->full, FULL_STEPS);
	codec_u32(c, &r->full_run);
	codec_u32(c, &r->full_row);
	codec_u32(c, &r->full_expected);
	codec_u32(c, &r->full_missing);
	if (codec_has(c, 4))
		codec_str(c, &r->by);
	if (codec_has(c, 9))
		codec_u64(c, &r->order);
	if (codec_has(c, 11))
		codec_bool(c, &r->lost);
}

void run_fields(struct codec *c, struct run_rec *r)
{
	codec_u32(c, &r->id);
	CODEC_ENUM(c, r->state, RUN_STATES);
	codec_str(c, &r->campaign);
	codec_str(c, &r->campaign_version);
	codec_str(c, &r->scenario_version);
	codec_str(c, &r->department);
	codec_str(c, &r->layout);
	codec_str(c, &r->drop);
	codec_u32(c, &r->intake);
	codec_bool(c, &r->loaded);
	codec_bool(c, &r->rehearsal);
	codec_i64(c, &r->created_ms);
	codec_i64(c, &r->submitted_ms);
	codec_i64(c, &r->approved_ms);
	codec_i64(c, &r->started_ms);
	codec_i64(c, &r->ended_ms);
	codec_str(c, &r->submitter);
	codec_str(c, &r->approver);
	codec_bool(c, &r->self_approved);
	codec_str(c, &r->approval);
	codec_u32(c, &r->debts);
	codec_u32(c, &r->targets);
	codec_u32(c, &r->done);
	CODEC_ENUM(c, r->ending, OUTCOMES);
	codec_u64(c, &r->calls);
	codec_u64(c, &r->messages);
	codec_u64(c, &r->dropped);
	for (int i = 0; i < RUN_KINDS; i++) {
		codec_u64(c, &r->next_row[i]);
		codec_u64(c, &r->filed[i]);
	}
	if (!codec_has(c, 4))
		return;
	codec_u32(c, &r->sms_targets);
	codec_i64(c, &r->budget_ms);
	if (!codec_has(c, 6))
		return;
	codec_size(c, &r->n_sms_waves, MAX_WAVES);
	for (size_t i = 0; i < r->n_sms_waves && !c->err; i++) {
		struct run_sms *s = &r->sms_wave[i];
		codec_u32(c, &s->fit);
		codec_u32(c, &s->unfit);
		codec_u32(c, &s->least);
		codec_u32(c, &s->most);
		codec_u64(c, &s->segments);
	}
	codec_u64(c, &r->sms_print);
}

static void number_of_target(struct codec *c, struct number *n)
{
	codec_chars(c, n->digits, sizeof n->digits);
	CODEC_ENUM(c, n->kind, KIND_OTHER + 1);
	codec_bool(c, &n->sms);
	codec_bool(c, &n->dead);
}

static void past_fields(struct codec *c, struct target_attempt *a)
{
	codec_u64(c, &a->id);
	codec_int(c, &a->past.wave);
	codec_int(c, &a->past.number);
	CODEC_ENUM(c, a->past.channel, CHANNEL_SMS + 1);
	CODEC_ENUM(c, a->past.code, OUTCOMES);
	codec_bool(c, &a->past.heard);
	codec_i64(c, &a->past.ended_ms);
}

void target_fields(struct codec *c, struct target *r)
{
	codec_u32(c, &r->run);
	codec_u32(c, &r->id);
	codec_str(c, &r->person);
	CODEC_ENUM(c, r->state, TARGET_STATES);
	CODEC_ENUM(c, r->why, OUTCOMES);
	codec_str(c, &r->name);
	codec_str(c, &r->kana);
	codec_int(c, &r->birth_md);
	codec_size(c, &r->n_numbers, MAX_NUMBERS);
	for (size_t i = 0; i < r->n_numbers && !c->err; i++)
		number_of_target(c, &r->numbers[i]);
	codec_size(c, &r->n_debts, MAX_TARGET_DEBTS);
	for (size_t i = 0; i < r->n_debts && !c->err; i++)
		codec_u32(c, &r->debts[i]);
	codec_u64(c, &r->debts_version);
	codec_u64(c, &r->attempt);
	codec_i64(c, &r->due_ms);
	codec_bool(c, &r->unspeakable);
	codec_i64(c, &r->not_before_ms);
	codec_str(c, &r->branch_text);
	codec_int(c, &r->branch_number);
	codec_int(c, &r->branch_wave);
	codec_u32(c, &r->attempt_count);
	codec_size(c, &r->n_past, MAX_TARGET_ATTEMPTS);
	for (size_t i = 0; i < r->n_past && !c->err; i++)
		past_fields(c, &r->past[i]);
	if (!codec_has(c, 2)) {
		r->contact = CONTACT_SELF;
		r->care = CARE_NONE;
		r->owner_name = r->language = r->name_group = r->household = "";
		return;
	}
	CODEC_ENUM(c, r->contact, CONTACT_KINDS);
	codec_str(c, &r->owner_name);
	CODEC_ENUM(c, r->care, CARE_KINDS);
	codec_str(c, &r->language);
	codec_str(c, &r->name_group);
	codec_str(c, &r->household);
	if (codec_has(c, 3))
		codec_bool(c, &r->held);
	if (codec_has(c, 5))
		codec_u64(c, &r->resend);
	if (codec_has(c, 6))
		codec_bool(c, &r->unwritable);
}

void debt_key_fields(struct codec *c, struct debt_key *k)
{
	codec_str(c, &k->person);
	codec_str(c, &k->gyomu);
	codec_str(c, &k->tax);
	codec_str(c, &k->fuka_year);
	codec_str(c, &k->chotei_year);
	codec_str(c, &k->period);
	codec_str(c, &k->notice);
}

void debt_fields(struct codec *c, struct debt *r)
{
	codec_u32(c, &r->run);
	codec_u32(c, &r->row);
	if (!c->writing)
		r->file_row = r->row; /* before version 9 files were loaded in their own order */
	codec_u32(c, &r->target);
	debt_key_fields(c, &r->key);
	codec_str(c, &r->tax_words);
	codec_i32(c, &r->due_day);
	codec_i64(c, &r->amount);
	codec_i64(c, &r->amount_first);
	CODEC_ENUM(c, r->settled, SETTLED_WITHDRAWN + 1);
	codec_i64(c, &r->settled_ms);
	CODEC_ENUM(c, r->result, OUTCOMES);
	codec_bool(c, &r->held);
	codec_size(c, &r->n_carried, MAX_CARRIED);
	for (size_t i = 0; i < r->n_carried && !c->err; i++) {
		codec_str(c, &r->carried_name[i]);
		codec_str(c, &r->carried[i]);
	}
	if (!codec_has(c, 2)) {
		r->pay_method = PAY_UNKNOWN;
		r->demand_sent_day = r->slip_until_day = DAY_NONE;
		r->late_charge = 0;
		r->no_debt = false;
		return;
	}
	CODEC_ENUM(c, r->pay_method, PAY_METHODS);
	codec_i32(c, &r->demand_sent_day);
	codec_i32(c, &r->slip_until_day);
	codec_i64(c, &r->late_charge);
	codec_bool(c, &r->no_debt);
	if (!codec_has(c, 3))
		return;
	codec_bool(c, &r->preliminary);
	codec_i64(c, &r->preliminary_until_ms);
	codec_i64(c, &r->amount_before);
	codec_i64(c, &r->debit_until_ms);
	codec_u64(c, &r->since_attempt);
	CODEC_ENUM(c, r->reason, EXCLUSIONS);
	codec_u32(c, &r->seen);
	if (!codec_has(c, 5))
		return;
	codec_bool(c, &r->stood);
	CODEC_ENUM(c, r->stood_code, OUTCOMES);
	CODEC_ENUM(c, r->stood_reason, EXCLUSIONS);
	codec_u64(c, &r->stood_since);
	if (codec_has(c, 9))
		codec_u32(c, &r->file_row);
}

/* Who keyed and who spoke. */
static void spoken_fields(struct codec *c, struct attempt *r)
{
	if (!codec_has(c, 8)) {
		r->listener = "";
		return;
	}
	codec_str(c, &r->listener);
	codec_int(c, &r->unheard);
	for (size_t i = 0; i < r->n_replies && !c->err; i++)
		CODEC_ENUM(c, r->replies[i].by, REPLY_BYS);
	codec_size(c, &r->n_spoken, MAX_SPOKEN);
	for (size_t i = 0; i < r->n_spoken && !c->err; i++) {
		codec_str(c, &r->spoken[i].field);
		codec_str(c, &r->spoken[i].word);
		codec_int(c, &r->spoken[i].score);
	}
}

void attempt_fields(struct codec *c, struct attempt *r)
{
	codec_u64(c, &r->id);
	codec_u32(c, &r->run);
	codec_u32(c, &r->target);
	codec_str(c, &r->person);
	CODEC_ENUM(c, r->channel, CHANNEL_SMS + 1);
	CODEC_ENUM(c, r->state, ATTEMPT_STATES);
	codec_int(c, &r->wave);
	codec_int(c, &r->number);
	codec_bool(c, &r->branch);
	codec_str(c, &r->digits);
	codec_str(c, &r->text);
	CODEC_ENUM(c, r->number_kind, KIND_OTHER + 1);
	codec_u64(c, &r->debts_version);
	codec_i64(c, &r->intended_ms);
	codec_i64(c, &r->placed_ms);
	codec_i64(c, &r->answered_ms);
	codec_i64(c, &r->ended_ms);
	codec_i64(c, &r->limit_ms);
	CODEC_ENUM(c, r->code, OUTCOMES);
	CODEC_ENUM(c, r->reached, REACHED_MISMATCH + 1);
	codec_bool(c, &r->heard);
	codec_int(c, &r->sip_status);
	codec_int(c, &r->q850);
	codec_int(c, &r->gateway_code);
	codec_bool(c, &r->local);
	codec_bool(c, &r->by_us);
	codec_u32(c, &r->ring_ms);
	codec_u32(c, &r->talk_ms);
	codec_str(c, &r->why);
	codec_size(c, &r->n_replies, MAX_REPLIES);
	for (size_t i = 0; i < r->n_replies && !c->err; i++) {
		codec_str(c, &r->replies[i].name);
		codec_str(c, &r->replies[i].value);
	}
	codec_int(c, &r->receipts);
	codec_bool(c, &r->receipt_final);
	if (!codec_has(c, 4)) {
		r->gateway = r->ref = r->reason = r->listener = "";
		return;
	}
	codec_str(c, &r->gateway);
	codec_str(c, &r->ref);
	codec_u32(c, &r->segments);
	codec_bool(c, &r->charged);
	codec_i64(c, &r->cost_sen);
	codec_u64(c, &r->resend_of);
	codec_str(c, &r->reason);
	if (codec_has(c, 7))
		CODEC_ENUM(c, r->inbound, INBOUNDS);
	spoken_fields(c, r);
}

void number_fields(struct codec *c, struct number_rec *r)
{
	codec_str(c, &r->digits);
	codec_i32(c, &r->day);
	codec_u32(c, &r->attempts);
	codec_u32(c, &r->conversations);
	codec_u64(c, &r->attempt);
	codec_i64(c, &r->locked_ms);
}

void rowerr_fields(struct codec *c, struct rowerr *r)
{
	codec_u32(c, &r->intake);
	codec_u32(c, &r->row);
	codec_u32(c, &r->n);
	codec_bool(c, &r->warning);
	codec_str(c, &r->code);
	codec_str(c, &r->item);
	codec_str(c, &r->words);
}

void outrow_fields(struct codec *c, struct outrow *r)
{
	CODEC_ENUM(c, r->kind, OUT_KINDS);
	codec_u32(c, &r->run);
	codec_u64(c, &r->seq);
	codec_i64(c, &r->at_ms);
	codec_u64(c, &r->attempt);
	codec_u32(c, &r->row);
	CODEC_ENUM(c, r->code, OUTCOMES);
	CODEC_ENUM(c, r->old_code, OUTCOMES);
	CODEC_ENUM(c, r->reached, REACHED_MISMATCH + 1);
	codec_bool(c, &r->heard);
	codec_i64(c, &r->amount);
	codec_u32(c, &r->attempts);
	if (codec_has(c, 3))
		CODEC_ENUM(c, r->reason, EXCLUSIONS);
}

void outfile_fields(struct codec *c, struct outfile *r)
{
	codec_u32(c, &r->number);
	CODEC_ENUM(c, r->kind, OUT_KINDS);
	CODEC_ENUM(c, r->state, OUTFILE_STATES);
	codec_u32(c, &r->run);
	codec_u32(c, &r->intake);
	codec_u64(c, &r->from);
	codec_u64(c, &r->to);
	codec_str(c, &r->layout);
	codec_str(c, &r->drop);
	codec_i64(c, &r->stamp_ms);
	codec_str(c, &r->name);
	codec_str(c, &r->sha256);
	codec_i64(c, &r->size);
	codec_i64(c, &r->delivered_ms);
	codec_u32(c, &r->rows);
	if (codec_has(c, 3))
		codec_str(c, &r->archive_hash);
	else
		r->archive_hash = "";
	if (!codec_has(c, 4)) {
		r->why = r->completion = "";
		return;
	}
	codec_u32(c, &r->tries);
	codec_i64(c, &r->failed_ms);
	codec_str(c, &r->why);
	if (!codec_has(c, 6)) {
		r->completion = "";
		return;
	}
	codec_str(c, &r->completion);
	codec_u32(c, &r->book_rows);
}

void archive_fields(struct codec *c, struct archive_rec *r)
{
	codec_i32(c, &r->day);
	codec_str(c, &r->sha256);
	codec_i64(c, &r->sealed_ms);
}

void payment_fields(struct codec *c, struct payment_rec *r)
{
	debt_key_fields(c, &r->key);
	CODEC_ENUM(c, r->kind, PAYMENT_KINDS);
	codec_i64(c, &r->rest);
	codec_i32(c, &r->wait_day);
	codec_i64(c, &r->at_ms);
	codec_u32(c, &r->intake);
	codec_u32(c, &r->row);
}

void exclusion_fields(struct codec *c, struct exclusion_rec *r)
{
	debt_key_fields(c, &r->key);
	CODEC_ENUM(c, r->reason, EXCLUSIONS);
	codec_str(c, &r->department);
	codec_i32(c, &r->from_day);
	codec_i32(c, &r->until_day);
	codec_u64(c, &r->since_attempt);
	codec_i64(c, &r->at_ms);
	codec_u32(c, &r->intake);
	codec_u32(c, &r->row);
	codec_str(c, &r->words);
	codec_str(c, &r->by);
}

void money_fields(struct codec *c, struct money_rec *r)
{
	CODEC_ENUM(c, r->kind, MONEY_CAMPAIGN + 1);
	codec_int(c, &r->month);
	codec_str(c, &r->id);
	codec_i64(c, &r->sen);
	codec_u64(c, &r->calls);
	codec_u64(c, &r->answered);
	codec_u64(c, &r->steps);
	codec_u64(c, &r->talk_ms);
	codec_u64(c, &r->messages);
	codec_u64(c, &r->segments);
}
