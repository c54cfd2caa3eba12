/*
 * Holds (保留), as pure rules: what a kind is called, until when it lasts, which day
 * a resident means who keys four digits. Time is an argument.
 */
#ifndef ENGINE_PLAN_HOLD_H
#define ENGINE_PLAN_HOLD_H

#include "engine/exchange.h"

/* How long a hold lasts where nobody says it. */
struct hold_terms {
	int promise_days; /* after the promised day: money needs days to reach our books */
	int paid_days;    /* after somebody said that he has paid */
	int promise_most; /* a promised day may lie so many days ahead */
};

#define HOLD_NO_END 0 /* until_ms of a hold that lasts until somebody ends it */

const char *hold_kind_word(enum hold_kind kind);  /* "promise", as commands and layouts say it */
const char *hold_kind_words(enum hold_kind kind); /* 納付約束 */
bool hold_kind_of(const char *word, enum hold_kind *ret_kind); /* of either form */
const char *mark_word(enum number_mark mark);                  /* "dead" */
const char *mark_words(enum number_mark mark);                 /* 欠番 */
bool mark_of(const char *word, enum number_mark *ret_mark);

/* The day that "1225", "2026-12-25" or "20261225" means when it is said on `today`: of four digits
 * the next such day, today included. False: no day, before today, or more than `most` days ahead.
 */
bool hold_promised_day(const char *said, int32_t today, int most, int32_t *ret_day);

/* The first instant at which the hold is over: the end of until_day (inclusive) if there is one,
 * else by its kind; promised: HOLD_PROMISE's day. HOLD_NO_END: somebody must end it. */
int64_t hold_until(enum hold_kind kind, const struct hold_terms *terms, int32_t made_day,
		   int32_t promised_day, int32_t until_day);
/* Does a hold that was not ended by anybody still stop contact? */
bool hold_lasts(int64_t until_ms, int64_t now_ms);

/* What a call's replies and tasks ask for besides. */
struct reply_meaning {
	bool holds;
	enum hold_kind hold;
	bool stops; /* 停止要望: the number */
};
/* By the name of the reply ("promise_md"), or the kind of task (納付済申告). */
struct reply_meaning hold_meaning(const char *name, const char *value);

#endif
