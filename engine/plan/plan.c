/*
 * See plan.h and docs/planning.md. Three questions, each a small function:
 * what an outcome means for the target (`effects`), which number a wave would use
 * (pick_number), and the first instant at or after a given one that lies in a
 * window of the wave (find_window).
 *
 * Waves are walked in their order, from the one of the last attempt on: a target
 * stays in a wave until its attempts there are used up, an outcome sends it on, or
 * the wave has no instant left. It never goes back to an earlier wave. As time only
 * moves on and numbers only die, a wave without an instant left never has one
 * again; therefore the until_ms of PLAN_WAIT is exact.
 *
 * Nothing fails: input that makes no sense (an attempt of a wave that is not there,
 * a number out of range) ends in less contact, never in more.
 */
#include "engine/plan/plan.h"

#include "engine/plan/phone.h"

#include <string.h>

enum effect {
	RETRY,       /* again in the same wave, after the retry interval */
	LEAVE_WAVE,  /* not again in this wave; a later one may go on */
	KILL_NUMBER, /* as RETRY, and this number is never used again in this run */
	END,         /* no more contact of this target in this run */
};

/* What an outcome does to its target if the main message was not heard. (Heard, whatever the code:
 * END, plan_is_conclusive.) What is not listed ends contact: silence is the safe side. */
static const struct {
	enum outcome code;
	enum effect effect;
} effects[] = {
    /* Answered, but gone before the message: all that we know is that somebody was there. */
    {OUT_ANSWERED, RETRY},
    {OUT_CUT, RETRY},
    {OUT_CUT_AT_START, RETRY},
    /* The message asks to call back; to ring again on the same evening would only annoy. A later
     * wave   may: few people call back. */
    {OUT_MACHINE_LEFT, LEAVE_WAVE},
    {OUT_MACHINE, RETRY},
    /* Household sets answer with a fax tone when nobody is at home, so a fax is not a dead number.
     */
    {OUT_FAX, RETRY},
    {OUT_SCREENED, RETRY},
    {OUT_NO_ANSWER, RETRY},
    {OUT_BUSY, RETRY},
    {OUT_UNREACHABLE, RETRY},
    {OUT_REJECTED, RETRY}, /* presumed only: many networks answer so for other reasons */
    {OUT_DEAD_NUMBER, KILL_NUMBER},
    {OUT_LINE_FAULT, RETRY}, /* ours or the network's, not the resident's */
    {OUT_CONGESTION, RETRY},
    /* Someone who failed to identify himself may be guessing: no second chance by telephone. */
    {OUT_MISMATCH, END},
    /* Not his number. Another number may be: with none left no wave can use any, which ends it. */
    {OUT_WRONG_NUMBER, KILL_NUMBER},
    /* Somebody at the right place was asked to pass it on. More calls would press the family. */
    {OUT_OTHER_PERSON, END},
    /* The message is in his hands, or (61) with the carrier, who keeps trying for days. */
    {OUT_SMS_RECEIVED, END},
    {OUT_SMS_SENT, END},
    {OUT_SMS_OUT_OF_AREA, RETRY},
    {OUT_SMS_FAILED, RETRY},
    /* He or his carrier blocks our messages: the same again changes nothing, but a call may. */
    {OUT_SMS_REFUSED, LEAVE_WAVE},
    /* May have reached him: never repeated in its wave by itself (docs: recovery). An attempt that
     * has no outcome yet is no better known. */
    {OUT_UNKNOWN, LEAVE_WAVE},
    {OUT_NONE, LEAVE_WAVE},
};

static enum effect effect_of(enum outcome code)
{
	for (size_t i = 0; i < sizeof effects / sizeof *effects; i++)
		if (effects[i].code == code)
			return effects[i].effect;
	return END;
}

bool plan_is_conclusive(enum outcome code, bool heard)
{
	return heard || effect_of(code) == END;
}

bool calendar_is_holiday(const struct calendar *cal, int32_t day)
{
	size_t from = 0, to = cal->n;
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		if (cal->holiday[mid] == day)
			return true;
		if (cal->holiday[mid] < day)
			from = mid + 1;
		else
			to = mid;
	}
	return false;
}

/* ---- numbers ---- */

/* Dead by its mark or by an attempt of this run, under this or another index: files repeat numbers.
 */
static bool is_dead(const struct plan_input *in, size_t n)
{
	const char *digits = in->numbers[n].digits;

	for (size_t i = 0; i < in->n_numbers; i++)
		if (in->numbers[i].dead && strcmp(in->numbers[i].digits, digits) == 0)
			return true;
	for (size_t i = 0; i < in->n_past; i++) {
		const struct past_attempt *p = &in->past[i];
		if (effect_of(p->code) == KILL_NUMBER && p->number >= 0 &&
		    (size_t)p->number < in->n_numbers &&
		    strcmp(in->numbers[p->number].digits, digits) == 0)
			return true;
	}
	return false;
}

static bool is_usable(const struct plan_input *in, const struct wave *w, size_t n)
{
	const struct number *number = &in->numbers[n];

	if (is_dead(in, n))
		return false;
	if (w->channel == CHANNEL_SMS
		? !number->sms
		: in->number_no_voice[n] || (number->kind == KIND_WORK && !in->work_allowed))
		return false;
	return w->number != NUMBER_MOBILE || phone_is_mobile(number->digits);
}

/* The index of the number that the wave would use now, or -1. */
static int pick_number(const struct plan_input *in, const struct wave *w)
{
	size_t from = 0;

	if (w->number == NUMBER_IN_ORDER && in->n_past > 0 && in->past[in->n_past - 1].number >= 0)
		from = (size_t)in->past[in->n_past - 1].number + 1;
	for (size_t i = 0; i < in->n_numbers; i++) {
		size_t n = (from + i) % in->n_numbers;
		if (is_usable(in, w, n))
			return (int)n;
	}
	return -1;
}

/* ---- time ---- */

/* The first and last day of a wave, clipped to its campaign; 64 bits, so that no sum overflows. */
static void wave_days(const struct campaign *c, const struct wave *w, int64_t *ret_first,
		      int64_t *ret_last)
{
	int64_t first = (int64_t)c->start_day + (w->from_day > 0 ? w->from_day : 0);
	int64_t last = (int64_t)c->start_day + w->to_day;

	if (last > c->end_day)
		last = c->end_day;
	/* On the day that 督促状 are extracted the core system has taken the case over. */
	if (c->kind == CAMPAIGN_REMINDER && c->demand_day != DAY_NONE && last >= c->demand_day)
		last = (int64_t)c->demand_day - 1;
	*ret_first = first;
	*ret_last = last;
}

static unsigned day_bit(const struct calendar *cal, int32_t day)
{
	if (calendar_is_holiday(cal, day))
		return DAYS_HOLIDAY;
	return 1u << civil_from_day(day).weekday;
}

/* Minutes after midnight that are left out, [from, to); none: both 0. */
struct band {
	int from_min, to_min;
};

struct opening {
	int64_t at, closes;
};

/* What of one piece of a day is still to come; the earliest counts, of several the one that closes
 * last. */
static void take_piece(struct opening *o, int64_t day_start, int from_min, int to_min,
		       int64_t from_ms)
{
	int64_t opens = day_start + from_min * MS_PER_MIN, shuts = day_start + to_min * MS_PER_MIN;
	int64_t t = opens > from_ms ? opens : from_ms;
	if (from_min >= to_min || t >= shuts || t > o->at)
		return;
	if (t < o->at || shuts > o->closes)
		o->closes = shuts;
	o->at = t;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

static int greatest(int a, int b)
{
	return a > b ? a : b;
}

/* The first instant ≥ from_ms in a window of the wave and outside the band, and when that window
 * closes (the latest, where windows overlap). */
static bool find_outside(const struct plan_input *in, const struct wave *w, struct band skip,
			 int64_t from_ms, int64_t *ret_at, int64_t *ret_closes)
{
	int64_t first, last, day = civil_day_at(from_ms);

	wave_days(in->campaign, w, &first, &last);
	if (day < first)
		day = first;
	for (; day <= last; day++) {
		unsigned bit = day_bit(in->calendar, (int32_t)day);
		int64_t start = civil_day_start((int32_t)day);
		struct opening o = {.at = INT64_MAX};
		for (size_t i = 0; i < w->n_windows; i++) {
			const struct window *v = &w->windows[i];
			int from = greatest(v->from_min, 0), to = least(v->to_min, 1440);
			if (!(v->days & bit))
				continue;
			if (skip.to_min == 0) {
				take_piece(&o, start, from, to, from_ms);
				continue;
			}
			take_piece(&o, start, from, least(to, skip.from_min), from_ms);
			take_piece(&o, start, greatest(from, skip.to_min), to, from_ms);
		}
		if (o.at != INT64_MAX) {
			*ret_at = o.at;
			*ret_closes = o.closes;
			return true;
		}
	}
	return false;
}

static bool find_window(const struct plan_input *in, const struct wave *w, int64_t from_ms,
			int64_t *ret_at, int64_t *ret_closes)
{
	return find_outside(in, w, (struct band){0, 0}, from_ms, ret_at, ret_closes);
}

/* Morning, afternoon, evening: who is not at home in one of them may be in another. */
static struct band band_at(int64_t ms)
{
	struct civil c = civil_from_ms(ms);
	if (c.hour < 12)
		return (struct band){0, 12 * 60};
	if (c.hour < 17)
		return (struct band){12 * 60, 17 * 60};
	return (struct band){17 * 60, 1440};
}

/* Nobody was there: not busy (he is, in five minutes), and not a fault of the line. */
static bool was_away(enum outcome code)
{
	return code == OUT_NO_ANSWER || code == OUT_UNREACHABLE || code == OUT_MACHINE;
}

/* As find_window; but after a try of this wave that found nobody, in another band of the day, if
 * there is one until the end of the day after the first opportunity. (Not later: a wave of one band
 * a week would never come round.) As time passes that opportunity only moves on, so what was once
 * chosen stays chosen, and the promise about until_ms holds. */
static bool find_varied(const struct plan_input *in, size_t wave, int64_t from_ms, int64_t *ret_at,
			int64_t *ret_closes)
{
	const struct wave *w = &in->campaign->waves[wave];
	const struct past_attempt *last = in->n_past ? &in->past[in->n_past - 1] : NULL;
	int64_t at, closes;

	if (!find_window(in, w, from_ms, ret_at, ret_closes))
		return false;
	if (!w->vary || !last || last->wave != (int)wave || !was_away(last->code) ||
	    !find_outside(in, w, band_at(last->ended_ms), from_ms, &at, &closes) ||
	    civil_day_at(at) > civil_day_at(*ret_at) + 1)
		return true;
	*ret_at = at;
	*ret_closes = closes;
	return true;
}

bool plan_window(const struct campaign *campaign, const struct calendar *calendar, size_t wave,
		 int64_t from_ms, int64_t *ret_opens_ms, int64_t *ret_closes_ms)
{
	struct plan_input in = {.campaign = campaign, .calendar = calendar, .now_ms = from_ms};
	return wave < campaign->n_waves &&
	       find_window(&in, &campaign->waves[wave], from_ms, ret_opens_ms, ret_closes_ms);
}

/* The retry interval of an attempt, by the rules of the wave that it was made in. */
static int64_t retry_ms(const struct wave *w, enum outcome code)
{
	for (size_t i = 0; i < w->n_retry; i++)
		if (w->retry[i].code == code)
			return w->retry[i].after_ms;
	return w->retry_ms;
}

/* Nothing may start before: the retry interval of the last attempt, in whatever wave it was. */
static int64_t earliest(const struct plan_input *in)
{
	if (in->n_past == 0)
		return in->now_ms;
	const struct past_attempt *last = &in->past[in->n_past - 1];
	if (last->wave < 0 || (size_t)last->wave >= in->campaign->n_waves)
		return in->now_ms;
	int64_t until = last->ended_ms + retry_ms(&in->campaign->waves[last->wave], last->code);
	return until > in->now_ms ? until : in->now_ms;
}

/* ---- the plan ---- */

static bool is_over(const struct plan_input *in)
{
	for (size_t i = 0; i < in->n_past; i++)
		if (plan_is_conclusive(in->past[i].code, in->past[i].heard))
			return true;
	return in->n_past >= MAX_TARGET_ATTEMPTS;
}

/* No attempt is left for the target in this wave. */
static bool is_used_up(const struct plan_input *in, size_t wave)
{
	int made = 0;

	for (size_t i = 0; i < in->n_past; i++) {
		if (in->past[i].wave != (int)wave)
			continue;
		if (effect_of(in->past[i].code) == LEAVE_WAVE)
			return true;
		made++;
	}
	return made >= in->campaign->waves[wave].most_attempts;
}

/* Calls of this run that were made and did not end the contact. */
static int failed_calls(const struct plan_input *in)
{
	int n = 0;
	for (size_t i = 0; i < in->n_past; i++)
		n += in->past[i].channel == CHANNEL_VOICE &&
		     !plan_is_conclusive(in->past[i].code, in->past[i].heard);
	return n;
}

/* An SMS wave that stands beside the others: it opens with a number of failed calls. */
static bool waits_for_calls(const struct plan_input *in, int wave)
{
	return wave >= 0 && (size_t)wave < in->campaign->n_waves &&
	       in->campaign->waves[wave].after_calls > 0;
}

static size_t first_wave(const struct plan_input *in)
{
	int first = 0;
	for (size_t i = 0; i < in->n_past; i++)
		if (in->past[i].wave > first && !waits_for_calls(in, in->past[i].wave))
			first = in->past[i].wave;
	return (size_t)first;
}

/* The target cannot be, or must not be, spoken to; or there are no words to write to it. */
static bool is_mute(const struct plan_input *in, const struct wave *w)
{
	return w->channel == CHANNEL_VOICE ? in->no_voice : in->no_text;
}

static struct plan done(const struct plan_input *in)
{
	struct plan plan = {.what = PLAN_DONE, .code = OUT_NONE};

	if (in->n_past > 0)
		return plan;
	plan.code = OUT_NO_NUMBER;
	for (size_t i = 0; i < in->campaign->n_waves; i++)
		if (!is_mute(in, &in->campaign->waves[i]) &&
		    pick_number(in, &in->campaign->waves[i]) >= 0)
			plan.code = OUT_EXPIRED;
	return plan;
}

/* What wave i could do from from_ms on; false: nothing. */
static bool plan_wave(const struct plan_input *in, size_t i, int64_t from_ms, struct plan *ret)
{
	const struct wave *w = &in->campaign->waves[i];
	int number = pick_number(in, w);
	int64_t at, closes;

	if (is_mute(in, w) || number < 0 || is_used_up(in, i))
		return false;
	/* What speaks of the call just now is not moved to another band of the day. */
	if (waits_for_calls(in, (int)i) ? !find_window(in, w, from_ms, &at, &closes)
					: !find_varied(in, i, from_ms, &at, &closes))
		return false;
	*ret = (struct plan){.what = PLAN_WAIT, .until_ms = at};
	if (at <= in->now_ms)
		*ret = (struct plan){.what = PLAN_NOW, .closes_ms = closes};
	ret->wave = (int)i;
	ret->number = number;
	ret->channel = w->channel;
	return true;
}

/* A message after the n-th failed call goes before all else, and does not wait for the interval
 * between calls: it speaks of the call just now. */
static bool plan_after_calls(const struct plan_input *in, struct plan *ret)
{
	bool called = in->n_past > 0 && in->past[in->n_past - 1].channel == CHANNEL_VOICE;
	int64_t from_ms = called ? in->now_ms : earliest(in);

	for (size_t i = 0; i < in->campaign->n_waves; i++)
		if (waits_for_calls(in, (int)i) &&
		    failed_calls(in) >= in->campaign->waves[i].after_calls &&
		    plan_wave(in, i, from_ms, ret))
			return true;
	return false;
}

struct plan plan_next(const struct plan_input *in)
{
	struct plan plan;

	if (is_over(in))
		return done(in);
	if (plan_after_calls(in, &plan))
		return plan;
	int64_t from_ms = earliest(in);
	for (size_t i = first_wave(in); i < in->campaign->n_waves; i++)
		if (!waits_for_calls(in, (int)i) && plan_wave(in, i, from_ms, &plan))
			return plan;
	return done(in);
}
