/*
 * What is remembered of people and numbers beyond runs: holds (保留), the number
 * book (番号台帳), and the rows about both that go back to the core system. Records,
 * keys and bytes, as record.h has them for runs.
 *
 * A hold is keyed by the city and 宛名番号, so it holds for every run of every
 * department. A mark is keyed by the number and 宛名番号 ("" = whosever it is).
 * Neither is ever deleted here: an ended one says who ended it and why.
 */
#ifndef ENGINE_TURN_HOLDREC_H
#define ENGINE_TURN_HOLDREC_H

#include "engine/plan/hold.h"
#include "engine/turn/db.h"

/* Who made it. */
enum origin {
	ORIGIN_REPLY,   /* what a resident keyed or said */
	ORIGIN_OUTCOME, /* what the line did */
	ORIGIN_STAFF,
	ORIGIN_FILE,
	ORIGINS
};
const char *origin_word(enum origin o);

/* What became of a promised day. */
enum promise {
	PROMISE_NONE,   /* no promise, or of no day */
	PROMISE_OPEN,   /* its day and the days of grace are not over */
	PROMISE_KEPT,   /* everything that was owed is settled */
	PROMISE_BROKEN, /* something is still unpaid */
	PROMISE_PASSED, /* over, and we know of no debt of his */
	PROMISES
};
const char *promise_word(enum promise p);

/* T_HOLD */
struct hold_rec {
	uint32_t id;
	const char *city, *person;
	const char *gyomu; /* only debts of this 業務; "": all contact */
	enum hold_kind kind;
	enum promise promise;
	int32_t promised_day;      /* or DAY_NONE */
	int64_t made_ms, until_ms; /* until_ms: see hold_until() */
	enum origin origin;
	const char *department; /* whose staff see it; "": everybody's (files) */
	const char *user;       /* ORIGIN_STAFF */
	const char *reason;
	uint64_t attempt; /* ORIGIN_REPLY: the call */
	uint32_t run;     /* … and its run */
	uint32_t intake;  /* ORIGIN_FILE */
	int64_t ended_ms; /* somebody ended it; 0: nobody */
	const char *ended_by, *ended_why;
	/* version 5 */
	int64_t check_ms; /* PROMISE_OPEN: its key in T_PROMISE; 0: by the terms of today */
};

/* T_MARK: an entry of the number book. */
struct mark_rec {
	const char *digits, *person;
	enum number_mark mark;
	bool voice, sms; /* what it stops; dead and wrong numbers: both */
	int64_t made_ms;
	enum origin origin;
	const char *department, *user, *reason;
	uint64_t attempt;
	uint32_t run, intake;
	uint32_t times;   /* how often it was made: a lifted one may be found again */
	int64_t ended_ms; /* lifted; 0: it stands */
	const char *ended_by, *ended_why;
};

/* What happened, in rows that go back. */
enum book_event { BOOK_SET, BOOK_LIFT, BOOK_BROKEN, BOOK_KEPT, BOOK_EVENTS };
const char *book_event_word(enum book_event ev);

/* T_OUTROW, kinds KIND_HOLDS and KIND_NUMBERS, run 0: a copy of all that its file says, since the
 * records change and a file's bytes must not. */
struct bookrow {
	enum out_kind kind;
	uint64_t seq;
	int64_t at_ms;
	enum book_event event;
	const char *person, *gyomu, *digits, *reason, *department;
	int what; /* enum hold_kind or number_mark */
	uint32_t hold;
	int32_t promised_day;
	int64_t made_ms, until_ms;
	enum origin origin;
	bool voice, sms;
	const char *drop; /* whose core system it is for: version 6; "" before */
};

/* ---- keys ---- */
size_t key_hold_person(char *k, const char *city, const char *person); /* prefix of his holds */
size_t key_hold(char *k, const char *city, const char *person, uint32_t id);
size_t key_promise(char *k, int64_t check_ms, uint32_t id);
size_t key_mark_number(char *k, const char *digits); /* prefix of all marks of a number */
size_t key_mark(char *k, const char *digits, const char *person, enum number_mark mark);

/* ---- bytes ---- */
void hold_fields(struct codec *c, struct hold_rec *r);
void mark_fields(struct codec *c, struct mark_rec *r);
void bookrow_fields(struct codec *c, struct bookrow *r);

/* ---- store: 0, E_NOTFOUND, E_CORRUPT, or what the store answered ---- */
int db_hold_get(struct tx *tx, const char *city, const char *person, uint32_t id,
		struct hold_rec *ret) MUST_CHECK;
int db_hold_put(struct tx *tx, const struct hold_rec *r) MUST_CHECK;
int db_promise_put(struct tx *tx, int64_t check_ms, const struct hold_rec *r) MUST_CHECK;
int db_promise_del(struct tx *tx, int64_t check_ms, uint32_t id) MUST_CHECK; /* absent is fine */
int db_mark_get(struct tx *tx, const char *digits, const char *person, enum number_mark mark,
		struct mark_rec *ret) MUST_CHECK;
int db_mark_put(struct tx *tx, const struct mark_rec *r) MUST_CHECK;
int db_bookrow_put(struct tx *tx, const struct bookrow *r) MUST_CHECK;

#endif
