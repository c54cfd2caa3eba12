/*
 * Planning: when and how a target is next contacted. Pure: time, calendar and
 * history are arguments, nothing is kept, nothing is asked. The engine calls it
 * when a run starts, after each outcome, and again right before an intent.
 *
 * Promise: PLAN_NOW is never answered outside a window of the wave it names.
 */
#ifndef ENGINE_PLAN_PLAN_H
#define ENGINE_PLAN_PLAN_H

#include "engine/plan/campaign.h"
#include <stdbool.h>

/* Holidays: sorted day numbers. */
struct calendar {
	size_t n;
	int32_t holiday[MAX_HOLIDAYS];
};
bool calendar_is_holiday(const struct calendar *cal, int32_t day);

enum number_kind { KIND_HOME, KIND_MOBILE, KIND_WORK, KIND_OTHER }; /* 自宅 携帯 勤務先 その他 */

struct number {
	char digits[MAX_NUMBER]; /* national form, checked: "0265784111" */
	enum number_kind kind;
	bool sms;  /* SMS allowed, and the number is a mobile */
	bool dead; /* found dead (30) or wrong (51) in this run: never again */
};

/* A counted attempt of this target in this run (dropped ones do not count). */
struct past_attempt {
	int wave;   /* index in campaign->waves */
	int number; /* index in numbers */
	enum channel channel;
	enum outcome code;
	bool heard; /* the main message was heard */
	int64_t ended_ms;
};

struct plan_input {
	const struct campaign *campaign;
	const struct calendar *calendar;
	int64_t now_ms;
	const struct number *numbers;
	size_t n_numbers;
	const struct past_attempt *past; /* oldest first */
	size_t n_past;
	bool number_no_voice[MAX_NUMBERS]; /* the number book: not by voice (SMS: its `sms`) */
	bool no_voice;                     /* it cannot be spoken to: voice waves are skipped */
	bool no_text;      /* no message can be made for it: SMS waves are skipped */
	bool work_allowed; /* 勤務先 may be dialled (default: not) */
};

enum plan_what {
	PLAN_NOW,  /* start an attempt now: wave, number, channel */
	PLAN_WAIT, /* nothing before until_ms; ask again then */
	PLAN_DONE, /* no more contact: code says why if nothing was ever tried */
};

struct plan {
	enum plan_what what;
	int wave, number;
	enum channel channel;
	int64_t until_ms;  /* PLAN_WAIT: the next instant at which PLAN_NOW may come */
	int64_t closes_ms; /* PLAN_NOW: the window closes then; an attempt must start before */
	enum outcome code; /* PLAN_DONE: OUT_NONE (contact was made or attempts are used up),
			      OUT_NO_NUMBER, OUT_EXPIRED (nothing was tried and the time is over) */
};

struct plan plan_next(const struct plan_input *in);

/* The first instant ≥ from_ms at which a window of that wave is open, and when it closes. False: no
 * window is left. */
bool plan_window(const struct campaign *campaign, const struct calendar *calendar, size_t wave,
		 int64_t from_ms, int64_t *ret_opens_ms, int64_t *ret_closes_ms);

/* True if the outcome ends all contact of this target in this run: 10 heard, 50, 51 when no other
 * number is left (planned by plan_next), 52, 12, 60, 61 … exactly which: see plan.c's table. */
bool plan_is_conclusive(enum outcome code, bool heard);

/* A debt's result code from what happened to its target: the first of 10 heard, 50-52, 11, 60, 10
 * not heard, 12, 61, 90, 80-82, 86-89, the last code of a counted attempt (voice before SMS),
 * 83-85. `not_tried` is the reason that ended the target (80-89, 83-85) or OUT_NONE. */
enum outcome plan_result(const struct past_attempt *past, size_t n_past, enum outcome not_tried);

#endif
