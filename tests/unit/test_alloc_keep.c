/*
 * What is kept of a call's sound, with each allocation failed in its turn: nothing aborts, what was
 * kept is whole, what could not be kept is said to be lost, the scenario always learns how its
 * <record> ended, and all that was counted is given back.
 *
 * The media thread is this file's: a tape that is an allocation, too. So keep.c is read here once
 * more, under other names: the library's own stands beside it, with the media thread that it calls.
 */
#define media_record fake_record
#define media_known fake_known
#define media_recorded fake_recorded
#define media_record_stop fake_record_stop
#define sip_now_ms fake_now_ms
#define keep_record test_record
#define keep_record_end test_record_end
#define keep_record_drop test_record_drop
#define keep_report test_report
#define keep_utterance test_utterance
#define keep_stop test_stop
#define keep_take test_take
#define keep_free test_free
#include "adapters/voice/keep.c"

#include "adapters/voice/call.h"
#include "adapters/voice/media.h"
#include "tests/support/fallible.h"
#include "tests/support/unit.h"

#include <stdlib.h>

enum { SAMPLES = 1600, ANSWERED_MS = 1000, NOW_MS = 9000 };

static uint8_t *tape; /* what is on it: SAMPLES of sound */
static int tapes;

int64_t sip_now_ms(void)
{
	return NOW_MS;
}

int media_record(struct leg *leg, const struct record_ask *ask, unsigned serial)
{
	(void)leg;
	(void)ask;
	(void)serial;
	free(tape);
	tape = fallible_malloc(SAMPLES);
	if (!tape)
		return E_NOMEM;
	memset(tape, 0x5a, SAMPLES);
	tapes++;
	return 0;
}

void media_known(struct leg *leg)
{
	(void)leg;
}

size_t media_recorded(const struct leg *leg, const uint8_t **ret_ulaw)
{
	(void)leg;
	*ret_ulaw = tape;
	return tape ? SAMPLES : 0;
}

void media_record_stop(struct leg *leg)
{
	(void)leg;
}

struct rig {
	struct voice *voice;
	struct call *call;
	struct voice_intent intent;
};

static void begin(struct rig *r)
{
	*r = (struct rig){.voice = calloc(1, sizeof *r->voice), .call = calloc(1, sizeof *r->call)};
	ck_assert(r->voice && r->call);
	r->voice->config.keep_sound = true;
	r->intent.attempt = 7;
	*r->call = (struct call){.voice = r->voice,
				 .intent = &r->intent,
				 .leg = (struct leg *)r->voice, /* never looked into here */
				 .answered_ms = ANSWERED_MS,
				 .keep = "answer"};
	tapes = 0;
}

static void end(struct rig *r)
{
	keep_free(r->call);
	ck_assert_uint_eq(r->voice->kept_bytes, 0);
	ck_assert_ptr_null(r->call->sounds);
	free(tape);
	tape = NULL;
	free(r->call);
	free(r->voice);
}

/* An answer, a message that he ends, another answer, a message that he leaves by hanging up. */
static void live(struct call *c)
{
	static const struct record_ask ask = {.name = "message", .most_ms = 3000};
	int16_t samples[SAMPLES];

	for (size_t i = 0; i < SAMPLES; i++)
		samples[i] = 8000;
	keep_utterance(c, samples, SAMPLES);
	keep_record(c, &ask);
	if (!c->record_over)
		keep_report(
		    c, &(const struct media_report){.kind = MR_TAPE, .serial = c->record_serial});
	ck_assert(c->record_over); /* the interpreter is owed it, whatever failed */
	ck_assert(c->recorded == RECORDED_TAKEN || c->recorded == RECORDED_LOST);
	ck_assert_ptr_null(c->recording);
	c->record_over = false;
	keep_utterance(c, samples, SAMPLES);
	keep_record(c, &ask);
	keep_stop(c);
}

/* Four are there, or are said to be lost; an entry may be missing where there was no memory for
 * that either. *ret_kept: whole ones. */
static size_t look(const struct call *c, size_t *ret_kept)
{
	size_t n = 0;

	*ret_kept = 0;
	for (const struct sound *s = c->sounds; s; s = s->next, n++) {
		ck_assert_str_eq(s->field, s->message ? "message" : "answer");
		ck_assert_uint_eq(s->n, s->lost ? 0 : SAMPLES);
		ck_assert_uint_eq(s->at_ms, s->message ? NOW_MS - ANSWERED_MS
						       : NOW_MS - ANSWERED_MS - SAMPLES / 8);
		for (size_t i = 0; i < s->n; i++)
			ck_assert_uint_eq(s->ulaw[i], s->message ? 0x5a : rtp_ulaw_of(8000));
		*ret_kept += !s->lost;
	}
	ck_assert_uint_eq(n, c->n_sounds);
	return n;
}

START_TEST(whole_or_lost)
{
	bool struck = true;
	long at;

	log_level_set(LOG_ERROR + 1);
	for (at = 1; struck; at++) {
		struct rig r;
		size_t kept, n;
		begin(&r);
		fallible_arm(at, _i ? FALLIBLE_FEW : FALLIBLE_ONCE);
		live(r.call);
		struck = fallible_disarm();
		n = look(r.call, &kept);
		if (!_i)
			ck_assert_uint_eq(n, 4); /* one failure never takes the entry, too */
		ck_assert_uint_eq(kept, struck ? kept : 4);
		ck_assert(!struck || kept < 4);
		end(&r);
	}
	ck_assert_int_gt(at, 6); /* 4 sounds and 2 tapes */
}
END_TEST

/* All of them: the call goes on, and nothing is counted. */
START_TEST(no_memory_at_all)
{
	struct rig r;
	size_t kept;

	log_level_set(LOG_ERROR + 1);
	begin(&r);
	fallible_arm(1, FALLIBLE_ON);
	live(r.call);
	ck_assert(fallible_disarm());
	ck_assert_uint_eq(look(r.call, &kept), 0);
	ck_assert_int_eq(r.call->recorded, RECORDED_LOST);
	ck_assert_uint_eq(r.voice->kept_bytes, 0);
	end(&r);
}
END_TEST

static TCase *keep_case(void)
{
	TCase *t = tcase_create("alloc_keep");

	tcase_add_loop_test(t, whole_or_lost, 0, 2);
	tcase_add_test(t, no_memory_at_all);
	return t;
}

UNIT_MAIN("alloc_keep", keep_case)
