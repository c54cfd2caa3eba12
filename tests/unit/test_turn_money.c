/*
 * Files about debts that change, through the whole engine: each kind at each moment
 * of a target's way (docs/payments.md has the same table), and what only some kinds do.
 */
#include "engine/turn/fullfile.h"
#include "engine/turn/outlook.h"
#include "tests/unit/turn_rig.inc"

#define P1 "09011112222"
#define P9 "09099998888"
#define ONE "T p1;14;kotei;2026;3;n1;12000;長野太郎;503;" P1 "m\n"
#define TWO "T p1;14;kotei;2026;4;n1;3000;長野太郎;503;" P1 "m\n"
#define NINE "T p0;14;kotei;2026;3;n9;900;伊那花子;1224;" P9 "m\n"
#define KEY "p1;14;kotei;2026;3;n1"

static const struct fake_call busy = {.kind = FAKE_END, .code = OUT_BUSY, .sip_status = 486};
static const struct fake_call hold_call = {
    .kind = FAKE_HOLD, .answered = true, .code = OUT_ANSWERED};

static const char one_try[] =
    "<wave id=\"a\" channel=\"voice\" from-day=\"0\" to-day=\"4\" attempts=\"1\">"
    "<window days=\"all\" from=\"9:00\" to=\"19:00\"/></wave>";

/* ---- each kind at each moment ---- */

enum moment {
	WAITING,  /* not due yet */
	PREPARED, /* its prompts are made, the line is busy */
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

static void come_to(enum moment m)
{
	bool reported = m >= DONE;
	with_nine = m == PREPARED || m == DONE || m == REPORTED;
	start_rig((struct rig){.waves = reported ? one_try : NULL, .lines = m == PREPARED ? 1 : 4});
	script(P9, hold_call);
	script(P1, m == INTENDED   ? (struct fake_call){.kind = FAKE_WAIT}
		   : m == RINGING  ? (struct fake_call){.kind = FAKE_HOLD}
		   : m == ANSWERED ? hold_call
				   : busy);
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
	script(P1, busy);
	if (id)
		fake_voice_end(e->voice, id, OUT_BUSY);
	settle();
	script(P9, busy);
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

/* ---- what only some kinds do ---- */

START_TEST(a_debit_is_awaited_for_its_days)
{
	start_rig((struct rig){0});
	script(P1, busy);
	run_file("targets-1a", ONE, 1);
	give("pay-1", "P " KEY ";debit\n"); /* on the 7th at 8: three days */
	go_to(at(9, 12, 0));
	ck_assert_uint_eq(dialled(P1), 0);
	ck_assert_uint_eq(out_rows("results", "result="), 0);
	go_to(at(10, 7, 59));
	ck_assert_uint_eq(dialled(P1), 0);
	go_to(at(10, 9, 0));
	ck_assert_uint_eq(dialled(P1), 1);
	end_rig();
}
END_TEST

START_TEST(a_preliminary_payment_is_final_after_its_days)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	give("pay-1", "P " KEY ";prelim\n");
	ck_assert_int_eq(target_of(1, "p1").state, TARGET_WAITING);
	crash();
	go_to(at(8, 9, 0));
	ck_assert_int_eq(run_of(1).state, RUN_RUNNING);
	go_to(at(9, 9, 0)); /* two days are over */
	ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID);
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	give("pay-2", "P " KEY ";void\n"); /* too late for a call: a correction */
	ck_assert_uint_eq(out_rows("corrections", "new_result=83"), 1);
	ck_assert_int_eq(debt_of(1, 1).amount, 12000);
	ck_assert_uint_eq(dialled(NULL), 0);
	end_rig();
}
END_TEST

START_TEST(what_waits_in_a_draft_is_called_when_it_runs)
{
	static const char *const rows[][2] = {{"P " KEY ";prelim\n", "P " KEY ";void\n"},
					      {"P " KEY ";debit\n", "P " KEY ";failed\n"}};
	for (int i = 0; i < 2; i++) {
		start_rig((struct rig){0});
		give("targets-1a", ONE);
		give("pay-1", rows[i][0]);
		ck_assert_int_eq(target_of(1, "p1").state, TARGET_WAITING);
		crash();
		give("pay-2", rows[i][1]);
		must(M_RUN_SUBMIT, 1);
		must(M_RUN_APPROVE, 1);
		must(M_RUN_START, 1);
		go_to(at(7, 9, 0));
		ck_assert_uint_eq(dialled(P1), 1);
		end_rig();
	}
}
END_TEST

START_TEST(the_other_debt_is_called_about_and_each_has_its_own_result)
{
	static const struct {
		const char *file, *rows;
		enum outcome code;
	} cases[] = {{"pay-1", "P " KEY ";full\n", OUT_PAID},
		     {"back-1", "B " KEY "\n", OUT_WITHDRAWN},
		     {"not-1", "N " KEY ";instalment;set;\n", OUT_EXCLUDED}};
	for (size_t i = 0; i < 3; i++) {
		start_rig((struct rig){0});
		run_file("targets-1a", ONE TWO, 1);
		give(cases[i].file, cases[i].rows);
		ck_assert_int_eq(target_of(1, "p1").state, TARGET_WAITING);
		go_to(at(7, 9, 0)); /* answered and heard */
		settle_drop();
		ck_assert_uint_eq(dialled(NULL), 1);
		ck_assert_int_eq(debt_of(1, 1).result, cases[i].code);
		ck_assert_int_eq(debt_of(1, 2).result, OUT_ANSWERED);
		ck_assert_uint_eq(out_rows("results", "reason_words=分納"), i == 2);
		end_rig();
	}
}
END_TEST

START_TEST(protection_takes_all_debts_whatever_the_row_names)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE TWO, 1);
	give("not-1", "N " KEY ";protected;set;\n");
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_int_eq(debt_of(1, 2).result, OUT_EXCLUDED);
	ck_assert_int_eq(debt_of(1, 2).reason, EXCLUSION_PROTECTED);
	end_rig();
}
END_TEST

START_TEST(exclusions_outlive_runs_until_they_are_lifted)
{
	start_rig((struct rig){0});
	give("not-1", "N p1;;;;;;lawyer;set;\n"); /* nobody knows this person yet */
	ck_assert_uint_eq(records(T_EXCLUSION), 1);
	crash();
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	ck_assert_int_eq(debt_of(1, 1).result, OUT_EXCLUDED);
	ck_assert_int_eq(debt_of(1, 1).reason, EXCLUSION_LAWYER);
	give("not-2", "N p1;;;;;;lawyer;lift;\nN p1;;;;;;lawyer;lift;\n");
	ck_assert_uint_eq(records(T_EXCLUSION), 0);
	ck_assert_uint_eq(intake_of(3).rows_matched, 1);
	ck_assert_uint_eq(intake_of(3).rows_warned, 1); /* there is nothing left to lift */
	ck_assert_uint_eq(out_rows("corrections", "result="), 0);
	give("targets-1b", ONE); /* the next run of the campaign */
	must(M_RUN_SUBMIT, 2);
	must(M_RUN_APPROVE, 2);
	must(M_RUN_START, 2);
	settle();
	ck_assert_uint_eq(dialled(P1), 1);
	end_rig();
}
END_TEST

START_TEST(an_exclusion_with_a_last_day_only_waits)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE, 1);
	give("not-1", "N p1;;;;;;deferred;set;8\n");
	go_to(at(8, 18, 0));
	ck_assert_uint_eq(dialled(NULL), 0);
	ck_assert_int_eq(target_of(1, "p1").state, TARGET_WAITING);
	go_to(at(9, 9, 0));
	ck_assert_uint_eq(dialled(P1), 1);
	end_rig();
}
END_TEST

START_TEST(lifted_while_it_rings_he_is_called_again)
{
	start_rig((struct rig){0});
	script(P1, (struct fake_call){.kind = FAKE_HOLD});
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	give("not-1", "N p1;;;;;;staff;set;\n");
	give("not-2", "N p1;;;;;;staff;lift;\n");
	script(P1, busy);
	fake_voice_end(e->voice, flying(1, "p1"), OUT_NO_ANSWER);
	settle();
	ck_assert_int_eq(target_of(1, "p1").state, TARGET_WAITING);
	go_to(at(7, 15, 0));
	ck_assert_uint_eq(dialled(P1), 2);
	end_rig();
}
END_TEST

START_TEST(the_daily_list_again_changes_nothing)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE TWO, 1);
	give("not-1", "N " KEY ";appeal;set;\n");
	uint64_t version = target_of(1, "p1").debts_version;
	give("not-2", "N " KEY ";appeal;set;\n");
	ck_assert_uint_eq(target_of(1, "p1").debts_version, version);
	ck_assert_uint_eq(intake_of(3).rows_matched, 0);
	ck_assert_uint_eq(intake_of(3).rows_taken, 1);
	end_rig();
}
END_TEST

START_TEST(an_exclusion_of_an_old_run_corrects_nothing)
{
	start_rig((struct rig){.waves = one_try});
	script(P1, busy);
	run_file("targets-1a", ONE, 1);
	go_to(at(7, 9, 0));
	settle_drop();
	go_to(at(11, 9, 0)); /* 96 hours after its end */
	give("not-1", "N p1;;;;;;welfare;set;\n");
	ck_assert_uint_eq(out_rows("corrections", "result="), 0);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_BUSY);
	end_rig();
}
END_TEST

START_TEST(a_payment_before_its_debt)
{
	static const struct {
		const char *rows;
		enum settled settled;
		int64_t amount;
		const char *words;
	} cases[] = {
	    {"P " KEY ";full\n", SETTLED_PAID, 0, "full"},
	    {"P " KEY ";4000\n", SETTLED_NO, 4000, "part"},
	    {"P p1;14;kotei;2026;3;;full\n", SETTLED_PAID, 0, "without notice number"},
	    {"P " KEY ";prelim\nP " KEY ";void\n", SETTLED_NO, 12000, "taken back"},
	    {"P " KEY ";full\nP " KEY ";now500\n", SETTLED_PAID, 0, "paid is the last word"},
	    {"P " KEY ";now500\n", SETTLED_NO, 500, "reassessed"},
	    {"P p1;14;kotei;2026;4;n1;full\n", SETTLED_NO, 12000, "of another debt"},
	    {"P p2;14;kotei;2026;3;n1;full\n", SETTLED_NO, 12000, "of another person"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		start_rig((struct rig){0});
		give("pay-1", cases[i].rows);
		crash();
		give("targets-1a", ONE);
		struct debt d = debt_of(1, 1);
		ck_assert_msg(d.settled == cases[i].settled && d.amount == cases[i].amount,
			      "%s: %d %lld", cases[i].words, (int)d.settled, (long long)d.amount);
		end_rig();
	}
}
END_TEST

START_TEST(kept_payments_are_forgotten_after_their_days)
{
	start_rig((struct rig){0});
	give("pay-1", "P " KEY ";full\n");
	ck_assert_uint_eq(records(T_PAYMENT), 1);
	go_to(at(21, 9, 0));
	e->expire.due_boot_ms = 0; /* the hourly sweep */
	settle();
	ck_assert_uint_eq(records(T_PAYMENT), 0);
	end_rig();
}
END_TEST

START_TEST(a_key_that_changed_is_found_by_either)
{
	static const char *const rows[] = {"P " KEY ";full\n", "P p1;14;kotei;2027;3;n1;full\n",
					   "P p7;14;kotei;2027;3;n1;full\n",
					   "P p7;14;kotei;2027;;n1;full\n"};
	for (size_t i = 0; i < 4; i++) {
		start_rig((struct rig){0});
		run_file("targets-1a", ONE, 1);
		give("key-1", "K " KEY ";p1;14;kotei;2027;3;n1\n");
		give("key-2", "K p1;14;kotei;2027;3;n1;p7;14;kotei;2027;3;n1\n"); /* 名寄せ */
		ck_assert_uint_eq(intake_of(3).rows_matched, 1);
		crash();
		give("pay-1", rows[i]);
		ck_assert_uint_eq(intake_of(4).rows_matched, 1);
		settle_drop();
		ck_assert_int_eq(debt_of(1, 1).result, OUT_PAID);
		/* what goes back has the key that came in */
		ck_assert_uint_eq(out_rows("results", "person=p1"), 1);
		ck_assert_uint_eq(out_rows("results", "chotei_year=2026"), 1);
		end_rig();
	}
}
END_TEST

START_TEST(exclusions_and_kept_payments_follow_a_key_change)
{
	start_rig((struct rig){0});
	give("not-1", "N p1;;;;;;protected;set;\nN p2;14;kotei;2026;3;n1;suspended;set;\n");
	give("pay-1", "P p3;14;kotei;2026;3;n1;full\n");
	give("key-1", "K p1;14;kotei;2026;3;n1;p4;14;kotei;2027;3;n1\n"
		      "K p2;14;kotei;2026;3;n1;p2;14;kotei;2027;3;n1\n"
		      "K p3;14;kotei;2026;3;n1;p3;14;kotei;2027;3;n1\n");
	run_file("targets-1a",
		 "T p4;14;juumin;2026;1;n8;100;甲;503;09011110004m\n" /* any debt of the person */
		 "T p2;14;kotei;2027;3;n1;100;乙;503;09011110002m\n"
		 "T p3;14;kotei;2027;3;n1;100;丙;503;09011110003m\n",
		 1);
	go_to(at(7, 9, 0));
	ck_assert_int_eq(debt_of(1, 1).reason, EXCLUSION_PROTECTED);
	ck_assert_int_eq(debt_of(1, 2).reason, EXCLUSION_SUSPENDED);
	ck_assert_int_eq(debt_of(1, 3).result, OUT_PAID);
	ck_assert_uint_eq(dialled(NULL), 0);
	/* and the other way: what comes for the new number reaches the old one's debts */
	give("not-2", "N p4;;;;;;deceased;set;\n");
	ck_assert_uint_eq(records(T_EXCLUSION), 6);
	end_rig();
}
END_TEST

START_TEST(a_row_that_fits_several_debts)
{
	start_rig((struct rig){0});
	run_file("targets-1a", ONE TWO, 1);
	give("key-1", "K p1;14;kotei;2026;;n1;p1;14;kotei;2027;;n1\n");
	ck_assert_uint_eq(intake_of(2).rows_refused, 1);
	ck_assert(!debt_of(1, 1).held); /* a key change changes nothing */
	give("back-1", "B p1;14;kotei;2026;;n1\n");
	ck_assert_uint_eq(intake_of(3).rows_refused, 1);
	ck_assert(debt_of(1, 1).held && debt_of(1, 2).held);
	ck_assert_int_eq(debt_of(1, 1).result, OUT_HELD);
	end_rig();
}
END_TEST

START_TEST(a_withdrawal_of_nothing_is_a_warning)
{
	start_rig((struct rig){0});
	give("back-1", "B p1;;;;;\n");
	ck_assert_uint_eq(intake_of(1).rows_taken, 1);
	ck_assert_uint_eq(intake_of(1).rows_warned, 1);
	run_file("targets-1a", ONE, 1); /* the newer word */
	ck_assert_int_eq(debt_of(1, 1).settled, SETTLED_NO);
	end_rig();
}
END_TEST

/* The process ends after each number of turns while a file is applied: it is applied once. */
START_TEST(a_crash_at_each_turn_of_a_file)
{
	for (int n = 0; n <= 8; n++) {
		start_rig((struct rig){.waves = one_try});
		script(P1, busy);
		run_file("targets-1a", ONE, 1);
		go_to(at(7, 9, 0));
		settle_drop();
		put_file("drop/in/pay-1", "P " KEY ";4000\n");
		put_file("drop/in/not-1", "N p1;;;;;;returned;set;\n");
		e->drops[0].poll_real = 0;
		turns(n);
		crash();
		settle_drop();
		ck_assert_int_eq(debt_of(1, 1).result, OUT_EXCLUDED);
		ck_assert_uint_eq(run_of(1).next_row[KIND_CORRECTIONS], 2);
		ck_assert_uint_eq(records(T_EXCLUSION), 1);
		end_rig();
	}
}
END_TEST

/* ---- fresh payments ---- */

START_TEST(no_start_without_fresh_payments)
{
	start_rig((struct rig){.payments_check = PAYMENTS_BUSINESS_DAY + 1});
	give("targets-1a", ONE);
	must(M_RUN_SUBMIT, 1);
	must(M_RUN_APPROVE, 1);
	struct said s = command_as("kacho", M_RUN_START, 1);
	ck_assert_int_eq(s.err, E_STATE);
	ck_assert_msg(strstr(s.why, "since 2026-12-04 18:00") && strstr(s.why, "never"), "%s",
		      s.why);
	give("pay-1", ""); /* nothing was paid: that is news too */
	crash();
	must(M_RUN_START, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(P1), 1);
	end_rig();
}
END_TEST

START_TEST(a_run_stands_still_until_newer_payments_come)
{
	start_rig((struct rig){.payments_check = PAYMENTS_BUSINESS_DAY + 1});
	script(P1, busy);
	give("pay-1", "");
	run_file("targets-1a", ONE NINE, 1);
	script(P9, (struct fake_call){.kind = FAKE_END, .code = OUT_NO_ANSWER});
	go_to(at(7, 9, 0));
	go_to(at(7, 18, 30)); /* over the hour: the day goes on as it began */
	ck_assert_uint_eq(dialled(P1), 2);
	ck_assert(!alerted("payments-core"));
	go_to(at(8, 7, 0));
	ck_assert(!alerted("payments-core")); /* it may still come */
	go_to(at(8, 8, 0));
	ck_assert(alerted("payments-core"));
	crash();
	go_to(at(8, 12, 0));
	ck_assert(alerted("payments-core"));
	ck_assert_uint_eq(dialled(NULL), 0);
	give("pay-2", "P p0;14;kotei;2026;3;n9;full\n");
	ck_assert(!alerted("payments-core"));
	go_to(at(8, 12, 10)); /* by itself */
	ck_assert_uint_eq(dialled(P1), 1);
	ck_assert_uint_eq(dialled(P9), 0); /* it had come for a reason */
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	end_rig();
}
END_TEST

START_TEST(refused_payments_stop_everybody_until_good_ones_come)
{
	for (int off = 0; off < 2; off++) {
		start_rig((struct rig){.payments_check = off ? 0 : PAYMENTS_AGE + 1});
		script(P1, busy);
		give("pay-1", "");
		run_file("targets-1a", ONE, 1);
		go_to(at(7, 8, 30));
		give("pay-2", "X E0002 列の数が違います\n");
		ck_assert_int_eq(intake_of(3).state, FILE_REFUSED);
		ck_assert(alerted("payments-core"));
		go_to(at(7, 9, 0));
		ck_assert_uint_eq(dialled(P1), 0);
		crash();
		go_to(at(7, 9, 10));
		ck_assert_uint_eq(dialled(P1), 0);
		give("pay-3", "P " KEY ";4000\n");
		ck_assert(!alerted("payments-core"));
		ck_assert_uint_ge(dialled(P1), 1);
		end_rig();
	}
}
END_TEST

START_TEST(without_payments_a_campaign_still_ends)
{
	start_rig((struct rig){.payments_check = PAYMENTS_BUSINESS_DAY + 1});
	script(P1, busy);
	give("pay-1", "");
	run_file("targets-1a", ONE, 1);
	go_to(at(8, 12, 0));
	go_to(at(12, 12, 0)); /* its windows are over */
	ck_assert_int_eq(run_of(1).state, RUN_CLOSED);
	end_rig();
}
END_TEST

/* ---- an operator's override ---- */

static struct said exclusion_command(const char *user, enum control_method m, const char *reason)
{
	struct json *params = json_new_object();
	json_put_str(params, "person", "p1");
	json_put_str(params, "reason", reason);
	json_put_str(params, "words", "本人の希望");
	return ask_as(user, m, params);
}

START_TEST(an_override_is_of_its_department_and_never_of_protection)
{
	static const char *const reasons[] = {"instalment", "protected", "deceased"};
	for (int i = 0; i < 3; i++) {
		char row[128];
		snprintf(row, sizeof row, "N p1;;;;;;%s;set;30\n", reasons[i]);
		start_rig((struct rig){0});
		run_file("targets-1a", ONE, 1);
		ck_assert_int_eq(exclusion_command("kacho", M_EXCLUSION_OVERRIDE, "instalment").err,
				 E_NOTFOUND);
		give("not-1", row);
		struct said s = exclusion_command("kacho", M_EXCLUSION_OVERRIDE, reasons[i]);
		ck_assert_int_eq(s.err, i == 0 ? 0 : E_DENIED);
		if (i > 0) { /* even if it stood in the store */
			struct exclusion_rec x = {
			    .key = {"p1", "", "", "", "", "", ""},
			    .reason =
				(enum exclusion)(i == 1 ? EXCLUSION_PROTECTED : EXCLUSION_DECEASED),
			    .department = "zeimu"};
			struct debt d = debt_of(1, 1);
			struct exclusion_rec list[2] = {x, x};
			list[0].department = "";
			list[0].from_day = list[0].until_day = DAY_NONE;
			ck_assert_int_eq(standing_of(&d, list, 2, "zeimu", e->now_ms).code,
					 OUT_EXCLUDED);
		}
		crash();
		go_to(at(7, 9, 0));
		ck_assert_uint_eq(dialled(P1), i == 0);
		end_rig();
	}
}
END_TEST

START_TEST(an_override_is_taken_back)
{
	start_rig((struct rig){0});
	script(P1, busy);
	give("not-1", "N p1;;;;;;staff;set;30\n");
	run_file("targets-1a", ONE, 1);
	ck_assert_int_eq(exclusion_command("kacho", M_EXCLUSION_OVERRIDE, "staff").err, 0);
	ck_assert_uint_eq(records(T_EXCLUSION), 2);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(P1), 1);
	ck_assert_int_eq(exclusion_command("kacho", M_EXCLUSION_RESTORE, "staff").err, 0);
	ck_assert_uint_eq(records(T_EXCLUSION), 1);
	go_to(at(8, 9, 0));
	ck_assert_uint_eq(dialled(P1), 1);
	ck_assert_int_eq(exclusion_command("kacho", M_EXCLUSION_RESTORE, "staff").err, E_NOTFOUND);
	end_rig();
}
END_TEST

/* ---- full files ---- */

#define PERSON(n, yen) "T p" n ";14;kotei;2026;3;n" n ";" yen ";甲;503;0901111000" n "m\n"
#define SIX                                                                                        \
	PERSON("1", "1000")                                                                        \
	PERSON("2", "2000")                                                                        \
	PERSON("3", "3000") PERSON("4", "4000") PERSON("5", "5000") PERSON("6", "6000")

static struct said full_command(enum control_method m, uint32_t intake)
{
	struct json *params = json_new_object();
	json_put_int(params, "intake", intake);
	return ask_as("kacho", m, params);
}

START_TEST(a_full_file_withdraws_what_it_lacks)
{
	/* at each turn of its way the process ends once; -1: never */
	for (int n = -1; n <= 10; n += 1 + (n >= 0)) {
		start_rig((struct rig){0});
		script(NULL, busy);
		run_file("targets-1a", SIX, 1);
		give("pay-1", "P p6;14;kotei;2026;3;n6;full\n"); /* paid: may be missing */
		put_file("drop/in/targets-1-all",
			 PERSON("1", "1000") PERSON("2", "2500") PERSON("3", "3000")
			     PERSON("4", "4000") PERSON("7", "7000"));
		if (n >= 0) {
			e->drops[0].poll_real = 0;
			turns(n);
			crash();
		}
		settle_drop();
		struct intake_rec in = intake_of(3);
		ck_assert_int_eq(in.state, FILE_TAKEN);
		ck_assert_int_eq(in.full, FULL_DONE);
		ck_assert_uint_eq(in.rows_taken, 5);
		ck_assert_uint_eq(in.rows_matched, 4);
		ck_assert_uint_eq(in.full_missing, 1);
		ck_assert_uint_eq(run_of(2).debts, 1);
		ck_assert_int_eq(debt_of(1, 5).result, OUT_WITHDRAWN);
		ck_assert_int_eq(debt_of(1, 6).result, OUT_PAID);
		ck_assert_int_eq(debt_of(1, 2).amount, 2500);
		for (uint32_t row = 1; row <= 4; row++)
			ck_assert_int_eq(debt_of(1, row).settled, SETTLED_NO);
		ck_assert(!full_stops(e, "c1"));
		script(NULL, busy);
		go_to(at(7, 9, 0));
		ck_assert_uint_eq(dialled(NULL), 4);
		end_rig();
	}
}
END_TEST

START_TEST(a_sharp_fall_waits_for_a_word)
{
	static const struct {
		const char *rows;
		uint32_t missing;
	} cases[] = {{PERSON("1", "1000") PERSON("2", "2000"), 4}, {"", 6}};
	for (int i = 0; i < 4; i++) {
		bool keep_them = i % 2;
		start_rig((struct rig){0});
		script(NULL, busy);
		run_file("targets-1a", SIX, 1);
		give("targets-1-all", cases[i / 2].rows);
		ck_assert_int_eq(intake_of(2).full, FULL_ASK);
		ck_assert_uint_eq(intake_of(2).full_missing, cases[i / 2].missing);
		ck_assert(alerted("full-file"));
		crash();
		settle();
		ck_assert(alerted("full-file"));
		go_to(at(7, 9, 0));
		ck_assert_uint_eq(dialled(NULL), 0);
		ck_assert_int_eq(full_command(M_INTAKE_KEEP, 1).err, E_STATE);
		ck_assert_int_eq(full_command(M_INTAKE_KEEP, 9).err, E_NOTFOUND);
		ck_assert_int_eq(full_command(keep_them ? M_INTAKE_KEEP : M_INTAKE_WITHDRAW, 2).err,
				 0);
		script(NULL, busy);
		settle_drop();
		ck_assert(!alerted("full-file"));
		ck_assert_int_eq(intake_of(2).state, FILE_TAKEN);
		ck_assert_int_eq(debt_of(1, 6).settled, keep_them ? SETTLED_NO : SETTLED_WITHDRAWN);
		ck_assert_uint_eq(dialled(NULL), keep_them ? 6 : 6 - cases[i / 2].missing);
		end_rig();
	}
}
END_TEST

START_TEST(a_difference_withdraws_nothing)
{
	start_rig((struct rig){0});
	run_file("targets-1a", SIX, 1);
	give("targets-1b", PERSON("7", "7000"));
	ck_assert_int_eq(intake_of(2).full, FULL_NO);
	ck_assert_uint_eq(run_of(1).done, 0);
	end_rig();
}
END_TEST

static TCase *others(void)
{
	TCase *t = tcase_create("others");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, an_override_is_of_its_department_and_never_of_protection);
	tcase_add_test(t, an_override_is_taken_back);
	tcase_add_test(t, a_full_file_withdraws_what_it_lacks);
	tcase_add_test(t, a_sharp_fall_waits_for_a_word);
	tcase_add_test(t, a_difference_withdraws_nothing);
	return t;
}

static TCase *special(void)
{
	TCase *t = tcase_create("special");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, a_debit_is_awaited_for_its_days);
	tcase_add_test(t, a_preliminary_payment_is_final_after_its_days);
	tcase_add_test(t, what_waits_in_a_draft_is_called_when_it_runs);
	tcase_add_test(t, the_other_debt_is_called_about_and_each_has_its_own_result);
	tcase_add_test(t, protection_takes_all_debts_whatever_the_row_names);
	tcase_add_test(t, exclusions_outlive_runs_until_they_are_lifted);
	tcase_add_test(t, an_exclusion_with_a_last_day_only_waits);
	tcase_add_test(t, lifted_while_it_rings_he_is_called_again);
	tcase_add_test(t, the_daily_list_again_changes_nothing);
	tcase_add_test(t, an_exclusion_of_an_old_run_corrects_nothing);
	tcase_add_test(t, a_payment_before_its_debt);
	tcase_add_test(t, kept_payments_are_forgotten_after_their_days);
	tcase_add_test(t, a_key_that_changed_is_found_by_either);
	tcase_add_test(t, exclusions_and_kept_payments_follow_a_key_change);
	tcase_add_test(t, a_row_that_fits_several_debts);
	tcase_add_test(t, a_withdrawal_of_nothing_is_a_warning);
	tcase_add_test(t, a_crash_at_each_turn_of_a_file);
	return t;
}

static TCase *fresh(void)
{
	TCase *t = tcase_create("fresh");
	tcase_set_timeout(t, 90);
	tcase_add_test(t, no_start_without_fresh_payments);
	tcase_add_test(t, a_run_stands_still_until_newer_payments_come);
	tcase_add_test(t, refused_payments_stop_everybody_until_good_ones_come);
	tcase_add_test(t, without_payments_a_campaign_still_ends);
	return t;
}

UNIT_MAIN("turn_money", table, special, others, fresh)
