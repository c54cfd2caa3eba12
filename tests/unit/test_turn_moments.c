/*
 * Files about debts that change, through the whole engine: each kind at each moment
 * of a target's way (docs/payments.md has the same table).
 */
#include "tests/unit/turn_rig.inc"

enum moment {
	WAITING,  /* not due yet */
	PREPARED, /* its prompts are made, the line is busy_call */
	INTENDED, /* the channel has it, nothing is sent */
	RINGING,
	ANSWERED,
	BETWEEN,  /* after an attempt, before the next */
	DONE,     /* its result is made and in no file yet */
	REPORTED, /* … is delivered */
	CLOSED,   /* and its run is closed */
	MOMENTS
};
static const char *const moment_words[MOMENTS] = {"waiting", "prepared", "intended",
						  "ringing", "answered", "between attempts",
						  "done",    "reported", "closed"};

struct kind {
	const char *words;
	const char *file[2], *rows[2];
	/* before the report */
	enum outcome code;
	int64_t amount;
	bool called; /* still, at some time */
	/* after it: from 21 */
	int corrections;
	enum outcome last;
	int64_t last_amount;
};

static const struct kind kinds[] = {
    {"full", {"pay-1"}, {"P " KEY ";full\n"}, OUT_PAID, 0, false, 1, OUT_PAID, 0},
    {"part", {"pay-1"}, {"P " KEY ";5000\n"}, OUT_BUSY, 5000, true, 1, OUT_BUSY, 5000},
    {"preliminary", {"pay-1"}, {"P " KEY ";prelim\n"}, OUT_PAID, 0, false, 1, OUT_PAID, 0},
    {"preliminary, taken back",
     {"pay-1", "pay-2"},
     {"P " KEY ";prelim\n", "P " KEY ";void\n"},
     OUT_BUSY,
     12000,
     true,
     2,
     OUT_BUSY,
     12000},
    {"debit awaited", {"pay-1"}, {"P " KEY ";debit\n"}, OUT_BUSY, 12000, true, 0, OUT_BUSY, 12000},
    {"reassessed", {"pay-1"}, {"P " KEY ";now7000\n"}, OUT_BUSY, 7000, true, 1, OUT_BUSY, 7000},
    {"reassessed to nothing",
     {"pay-1"},
     {"P " KEY ";now0\n"},
     OUT_WITHDRAWN,
     0,
     false,
     1,
     OUT_WITHDRAWN,
     0},
    {"withdrawn",
     {"back-1"},
     {"B " KEY "\n"},
     OUT_WITHDRAWN,
     12000,
     false,
     1,
     OUT_WITHDRAWN,
     12000},
    {"excluded",
     {"not-1"},
     {"N " KEY ";instalment;set;\n"},
     OUT_EXCLUDED,
     12000,
     false,
     1,
     OUT_EXCLUDED,
     12000},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static bool with_nine; /* somebody else keeps the line, or the run open */

static struct fake_call call_of(enum moment m)
{
	if (m == INTENDED)
		return (struct fake_call){.kind = FAKE_WAIT};
	if (m == RINGING)
		return (struct fake_call){.kind = FAKE_HOLD};
	return m == ANSWERED ? hold_call : busy_call;
}

static void come_to(enum moment m)
{
	bool reported = m >= DONE;
	with_nine = m == PREPARED || m == DONE || m == REPORTED;
	start_rig((struct rig){.waves = reported ? one_try : NULL, .lines = m == PREPARED ? 1 : 4});
	script(P9, hold_call);
	script(P1, call_of(m));
	run_file("targets-1a", m == PREPARED ? NINE ONE : with_nine ? ONE NINE : ONE, 1);
	if (m != WAITING)
		go_to(at(7, 9, 0));
	if (m == REPORTED)
		go_to(at(7, 9, 15));
	settle_drop();
	ck_assert_uint_eq(dialled(P1), m >= RINGING);
	ck_assert_uint_eq(map_count(e->ready), m == PREPARED);
	ck_assert_int_eq(target_of(1, "p1").state, m >= DONE ? TARGET_DONE
						   : m >= INTENDED && m < BETWEEN
						       ? TARGET_IN_ATTEMPT
						       : TARGET_WAITING);
	ck_assert_uint_eq(out_rows("results", "result=21"), m >= REPORTED);
	ck_assert_int_eq(run_of(1).state, m == CLOSED ? RUN_CLOSED : RUN_RUNNING);
}

/* What flies ends, and the campaign's days pass. */
static void go_on(void)
{
	uint64_t id = flying(1, "p1");
	script(P1, busy_call);
	if (id)
		fake_voice_end(e->voice, id, OUT_BUSY);
	settle();
	script(P9, busy_call);
	id = with_nine ? flying(1, "p0") : 0;
	if (id)
		fake_voice_end(e->voice, id, OUT_BUSY);
	static const struct {
		int day, hour;
	} stops[] = {{10, 12}, {12, 12}};
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
		if (clock_now_ms() < at(stops[i].day, stops[i].hour, 0))
			go_to(at(stops[i].day, stops[i].hour, 0));
	settle_drop();
}

static void check_kind(const struct kind *k, enum moment m)
{
	struct debt d;
	size_t before = dialled(P1);
	for (int i = 0; i < 2 && k->file[i]; i++)
		give(k->file[i], k->rows[i]);
	if (!k->called && m < RINGING)
		before = dialled(P1);
	go_on();
	d = debt_of(1, m == PREPARED ? 2 : 1);
	bool late = m >= DONE;
#define SAY "%s, %s: "
	ck_assert_msg(d.result == (late ? k->last : k->code), SAY "result %d", k->words,
		      moment_words[m], (int)d.result);
	ck_assert_msg(d.amount == (late ? k->last_amount : k->amount), SAY "amount %lld", k->words,
		      moment_words[m], (long long)d.amount);
	ck_assert_msg((dialled(P1) > before) == (k->called && !late), SAY "dialled %zu after %zu",
		      k->words, moment_words[m], dialled(P1), before);
	ck_assert_msg(out_rows("corrections", "new_result=") == (size_t)(late ? k->corrections : 0),
		      SAY "corrections %zu", k->words, moment_words[m],
		      out_rows("corrections", "new_result="));
	ck_assert_msg(out_rows("results", "result=") == 1 + (size_t)with_nine, SAY "results %zu",
		      k->words, moment_words[m], out_rows("results", "result="));
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	if (d.result == OUT_EXCLUDED)
		ck_assert_int_ne(d.reason, EXCLUSION_NONE);
}

START_TEST(each_kind_at_each_moment)
{
	for (enum moment m = 0; m < MOMENTS; m++) {
		come_to(m);
		check_kind(&kinds[_i], m);
		end_rig();
	}
}
END_TEST

static TCase *table(void)
{
	TCase *t = tcase_create("table");
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, each_kind_at_each_moment, 0, KINDS);
	return t;
}

UNIT_MAIN("turn_moments", table)
