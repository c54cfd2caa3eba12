/* Transfers to staff through the whole engine on fakes: what is on record before they are called,
 * what they cost and hold, what is refused, and what a crash leaves. */
#include "tests/unit/callback_rig.inc"
#include "tests/unit/turn_read.inc"
#include "engine/turn/transfer.h"

#define STAFF "0265784199"

/* 8.80 yen a minute begun; a call may last 5 minutes, a transfer 10. */
static const struct tariff tariff = {.talk_sen = 880, .step_ms = 60000};
enum { CALL_MOST = 5 * 880, STAFF_MOST = 5 * 880 };

static const struct fake_call with_staff = {.kind = FAKE_END,
					    .answered = true,
					    .code = OUT_ANSWERED,
					    .heard = true,
					    .transfer_to = "window",
					    .transfer = TRANSFER_FAR_END,
					    .transfer_ms = 61000};
static const struct fake_call speaking = {.kind = FAKE_HOLD,
					  .answered = true,
					  .code = OUT_ANSWERED,
					  .heard = true,
					  .transfer_to = "window"};

static void staff_are(const char *name, int lines, int64_t most_ms)
{
	struct config_transfer *t = &conf.transfer[conf.n_transfers++];
	snprintf(t->id, sizeof t->id, "%s", name);
	snprintf(t->number, sizeof t->number, STAFF);
	t->lines = lines;
	t->most = most_ms;
}

/* The people of run 1 are called at nine. */
static void called_as(struct rig rig, const char *people, const struct fake_call *call)
{
	rig.inbound = true;
	start_rig(rig);
	staff_are("window", 2, 280000); /* with 20 s of ringing: 5 minutes */
	fake_voice_script(e->voice, NULL, call);
	run_file("targets-1a", people, 1);
	go_to(at(7, 9, 0));
}

static struct transfer_list transfers(uint64_t call)
{
	struct transfer_list all;
	ck_assert_int_eq(LOOK(db_transfer_list(&tx, call, &all)), 0);
	return all;
}

static struct transfer_rec the_transfer(uint64_t call)
{
	struct transfer_list all = transfers(call);
	ck_assert_uint_eq(all.n, 1);
	return all.list[0];
}

static int64_t spent_sen(void)
{
	struct money_rec m;
	ck_assert_int_eq(LOOK(db_money_get(&tx, MONEY_CITY, 202612, "", &m)), 0);
	return m.sen;
}

/* What is set aside for what is under way; a run that is over has no view any more. */
static int64_t reserved(void)
{
	return e->n_runs ? e->runs[0]->reserved_sen : 0;
}

static size_t staff_dialled(void)
{
	const struct fake_dialled *list;
	size_t n = fake_voice_dialled(e->voice, &list), staff = 0;
	for (size_t i = 0; i < n; i++) {
		if (!list[i].staff)
			continue;
		staff++;
		ck_assert_str_eq(list[i].number, STAFF);
		ck_assert_str_eq(list[i].caller, "0265784111");
	}
	return staff;
}

START_TEST(staff_answer)
{
	called_as((struct rig){.tariff = tariff}, ONE, &with_staff);
	struct transfer_rec t = the_transfer(1);
	ck_assert_str_eq(t.to, "window");
	ck_assert_str_eq(t.digits, STAFF);
	ck_assert_str_eq(t.department, "zeimu");
	ck_assert_str_eq(t.campaign, "c1");
	ck_assert_int_eq(t.result, TRANSFER_FAR_END);
	ck_assert_int_eq(t.limit_ms, 300000);
	ck_assert_uint_eq(t.talk_ms, 61000);
	ck_assert_int_eq(t.cost_sen, 2 * 880); /* the second minute is begun */
	ck_assert_int_eq(spent_sen(), attempt_of(1).cost_sen + 2 * 880);
	ck_assert_int_eq(attempt_of(1).code, OUT_ANSWERED);
	ck_assert_uint_eq(staff_dialled(), 1);
	ck_assert_int_eq(fake_voice_told(e->voice), TRANSFER_FAR_END);
	ck_assert_uint_eq(e->lines_used, 0);
	ck_assert_int_eq(reserved(), 0);
	end_rig();
}
END_TEST

START_TEST(while_they_speak)
{
	called_as((struct rig){.tariff = tariff}, ONE, &speaking);
	/* On record before their telephone rang; two lines, and both calls' money set aside. */
	ck_assert_int_eq(the_transfer(1).result, TRANSFER_NONE);
	ck_assert_int_eq(the_transfer(1).ended_ms, 0);
	ck_assert_uint_eq(e->lines_used, 2);
	ck_assert_int_eq(reserved(), CALL_MOST + STAFF_MOST);
	/* Staff hang up: their line is free, the call goes on. */
	ck_assert(fake_voice_transferred(e->voice, 1, TRANSFER_FAR_END, 30000));
	settle();
	ck_assert_uint_eq(e->lines_used, 1);
	ck_assert_int_eq(reserved(), CALL_MOST);
	ck_assert_int_eq(spent_sen(), 880);
	ck_assert_int_eq(attempt_of(1).state, ATTEMPT_ANSWERED);
	ck_assert(fake_voice_end(e->voice, 1, OUT_ANSWERED));
	settle();
	must_be_free();
	ck_assert_int_eq(reserved(), 0);
	end_rig();
}
END_TEST

START_TEST(the_resident_hangs_up)
{
	called_as((struct rig){.tariff = tariff}, ONE, &speaking);
	ck_assert(fake_voice_end(e->voice, 1, OUT_ANSWERED));
	settle();
	ck_assert_int_eq(the_transfer(1).result, TRANSFER_NEAR_END);
	ck_assert_int_eq(the_transfer(1).cost_sen, 880);
	must_be_free();
	ck_assert_int_eq(reserved(), 0);
	end_rig();
}
END_TEST

static const struct {
	const char *what, *to;
	int rig_lines, staff_lines;
	int64_t limit_sen;
	enum transfer_result told;
} refusals[] = {
    {"a name that nobody configured", "nobody", 0, 2, 0, TRANSFER_UNKNOWN},
    {"no line", "window", 1, 2, 0, TRANSFER_NETWORK_BUSY},
    {"money for the call alone", "window", 0, 2, CALL_MOST + STAFF_MOST - 1, TRANSFER_NETWORK_BUSY},
    {"money for both", "window", 0, 2, CALL_MOST + STAFF_MOST, TRANSFER_FAR_END},
};

START_TEST(what_is_refused)
{
	struct fake_call call = with_staff;
	call.transfer_to = refusals[_i].to;
	called_as((struct rig){.tariff = tariff,
			       .lines = refusals[_i].rig_lines,
			       .limit_sen = refusals[_i].limit_sen},
		  ONE, &call);
	ck_assert_int_eq(fake_voice_told(e->voice), refusals[_i].told);
	ck_assert_int_eq(the_transfer(1).result, refusals[_i].told);
	ck_assert_int_ne(the_transfer(1).ended_ms, 0);
	bool yes = refusals[_i].told == TRANSFER_FAR_END;
	ck_assert_uint_eq(staff_dialled(), yes);
	ck_assert_int_eq(alert_stands(e, "transfer"), refusals[_i].told == TRANSFER_UNKNOWN);
	ck_assert_int_eq(attempt_of(1).code, OUT_ANSWERED); /* the call went on */
	ck_assert_uint_eq(e->lines_used, 0);
	end_rig();
}
END_TEST

/* Two residents, one telephone at the window: the second is told so. */
START_TEST(staff_have_lines_of_their_own)
{
	start_rig((struct rig){.lines = 8});
	staff_are("window", 1, 280000);
	fake_voice_script(e->voice, NULL, &speaking);
	run_file("targets-1a", ONE TWO, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(staff_dialled(), 1);
	ck_assert_uint_eq(e->lines_used, 3);
	struct transfer_rec t[2] = {the_transfer(1), the_transfer(2)};
	ck_assert(t[0].ended_ms == 0 || t[1].ended_ms == 0);
	ck_assert_int_eq(t[t[0].ended_ms ? 0 : 1].result, TRANSFER_NETWORK_BUSY);
	end_rig();
}
END_TEST

/* A store that took its time: the channel gave up waiting for the first order, and asks again. The
 * first line and its money are not forgotten, and neither is taken twice. */
START_TEST(asked_again_before_it_is_over)
{
	called_as((struct rig){.tariff = tariff, .lines = 8}, ONE, &speaking);
	struct event *ev = event_new(EV_TRANSFER);
	ev->attempt = 1;
	ev->ask.n = 2;
	ev->ask.connect_ms = 20000;
	ev->ask.most_ms = 300000;
	snprintf(ev->ask.to, sizeof ev->ask.to, "window");
	ck_assert_int_eq(mailbox_post(e->inbox, ev), 0);
	settle();
	struct transfer_list all = transfers(1);
	ck_assert_uint_eq(all.n, 2);
	ck_assert_int_eq(all.list[0].ended_ms, 0);
	ck_assert_int_eq(all.list[1].result, TRANSFER_NETWORK_BUSY);
	ck_assert_uint_eq(staff_dialled(), 1);
	ck_assert_uint_eq(e->lines_used, 2);
	ck_assert_int_eq(reserved(), CALL_MOST + STAFF_MOST);
	ck_assert(fake_voice_transferred(e->voice, 1, TRANSFER_FAR_END, 30000));
	settle();
	ck_assert_uint_eq(e->lines_used, 1);
	ck_assert(fake_voice_end(e->voice, 1, OUT_ANSWERED));
	settle();
	must_be_free();
	ck_assert_int_eq(reserved(), 0);
	end_rig();
}
END_TEST

/* Both ask in one turn; there is money for one. */
START_TEST(money_for_one_of_two)
{
	start_rig((struct rig){
	    .tariff = tariff, .lines = 8, .limit_sen = 2 * CALL_MOST + 2 * STAFF_MOST - 1});
	staff_are("window", 2, 280000);
	fake_voice_script(e->voice, NULL, &speaking);
	run_file("targets-1a", ONE TWO, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(staff_dialled(), 1);
	ck_assert_uint_eq(e->lines_used, 3);
	ck_assert_int_eq(reserved(), 2 * CALL_MOST + STAFF_MOST);
	end_rig();
}
END_TEST

/* Nobody knows who rings: what staff's legs may cost is set aside for the department. */
START_TEST(money_for_one_of_two_who_ring)
{
	called_as((struct rig){.tariff = tariff, .lines = 8}, ONE, &away);
	conf.department[0].month_limit = 2 * STAFF_MOST - 1;
	struct callback_rec r[2];
	for (int i = 0; i < 2; i++) {
		r[i] = rings(i ? "0312345679" : "0312345678", &speaking);
		ck_assert_int_eq(the_transfer(r[i].id).result,
				 i ? TRANSFER_NETWORK_BUSY : TRANSFER_NONE);
	}
	ck_assert_uint_eq(staff_dialled(), 1);
	ck_assert_int_eq(e->staff_sen[0], STAFF_MOST);
	for (int i = 0; i < 2; i++)
		ck_assert(fake_voice_end(e->voice, r[i].id, OUT_ANSWERED));
	settle();
	ck_assert_int_eq(e->staff_sen[0], 0);
	must_be_free();
	end_rig();
}
END_TEST

/* kill -9 while they speak: unknown, charged at its most, once; two lines are busy, and the number
 * locked, for as long as both calls could last. */
START_TEST(a_crash)
{
	called_as((struct rig){.tariff = tariff}, ONE, &speaking);
	for (int i = 0; i < 3; i++) {
		crash();
		settle();
		struct transfer_rec t = the_transfer(1);
		ck_assert_int_eq(t.result, TRANSFER_UNKNOWN);
		ck_assert(t.crashed);
		ck_assert_int_eq(t.cost_sen, STAFF_MOST);
		ck_assert_int_eq(attempt_of(1).state, ATTEMPT_UNKNOWN);
		ck_assert_int_eq(spent_sen(), attempt_of(1).cost_sen + STAFF_MOST);
		ck_assert_uint_eq(e->lines_used, 2);
	}
	ck_assert_int_ge(number_of_digits(P1).locked_ms,
			 attempt_of(1).ended_ms + attempt_of(1).limit_ms + 300000);
	/* The clock goes on by itself too: a minute of a slow machine is no difference. */
	go_to(e->now_ms + attempt_of(1).limit_ms + 240000);
	ck_assert_uint_eq(e->lines_used, 2);
	go_to(e->now_ms + 61000);
	ck_assert_uint_eq(e->lines_used, 0);
	end_rig();
}
END_TEST

START_TEST(an_emergency_stop)
{
	start_rig((struct rig){.lines = 8});
	staff_are("window", 2, 280000);
	fake_voice_script(e->voice, P1, &speaking);
	struct fake_call late = speaking;
	late.transfer_to = NULL;
	fake_voice_script(e->voice, P2, &late);
	run_file("targets-1a", ONE TWO, 1);
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(staff_dialled(), 1);
	must(M_RUN_STOP, 1);
	settle();
	/* Who speaks with staff already goes on. */
	ck_assert_int_eq(the_transfer(1).ended_ms, 0);
	ck_assert_uint_eq(e->lines_used, 3);
	struct event *ev = event_new(EV_TRANSFER);
	ev->attempt = 2;
	ev->ask.n = 1;
	snprintf(ev->ask.to, sizeof ev->ask.to, "window");
	ck_assert_int_eq(mailbox_post(e->inbox, ev), 0);
	settle();
	ck_assert_int_eq(the_transfer(2).result, TRANSFER_NETWORK_BUSY);
	ck_assert_uint_eq(staff_dialled(), 1);
	end_rig();
}
END_TEST

/* Somebody rings; nobody knows who: he finds a way to staff. */
START_TEST(who_rings_is_transferred)
{
	called_as(
	    (struct rig){.tariff = {.talk_sen = 880, .step_ms = 60000, .callback_talk_sen = 100}},
	    ONE, &away);
	int64_t before = spent_sen();
	struct callback_rec r = rings("0312345678", &with_staff);
	struct transfer_rec t = the_transfer(r.id);
	ck_assert_int_eq(t.result, TRANSFER_FAR_END);
	ck_assert_str_eq(t.department, "zeimu");
	ck_assert_str_eq(t.campaign, "");
	ck_assert_int_eq(spent_sen() - before, 2 * 880 + callback_of(r.id).cost_sen);
	ck_assert_uint_eq(staff_dialled(), 1);
	must_be_free();
	/* And who is meant, whose attempt it is. */
	r = rings(P1, &with_staff);
	ck_assert_str_eq(the_transfer(r.id).campaign, "c1");
	must_be_free();
	end_rig();
}
END_TEST

START_TEST(the_contact_says_it)
{
	called_as((struct rig){0}, ONE, &with_staff);
	struct tx tx = look_begin();
	struct file_facts facts = {0};
	struct fields f = {0};
	struct outrow row = {.kind = KIND_CONTACTS, .run = 1, .attempt = 1, .code = OUT_ANSWERED};
	ck_assert_int_eq(fields_contact(&tx, &facts, &row, &f), 0);
	const char *code = NULL, *words = NULL, *sentence = NULL;
	for (size_t i = 0; i < f.n; i++) {
		if (!strcmp(f.list[i].name, "transfer"))
			code = f.list[i].value;
		if (!strcmp(f.list[i].name, "transfer_words"))
			words = f.list[i].value;
		if (!strcmp(f.list[i].name, "sentence"))
			sentence = f.list[i].value;
	}
	ck_assert_pstr_eq(code, "5");
	ck_assert_pstr_eq(words, "接続");
	ck_assert_ptr_nonnull(sentence);
	ck_assert_ptr_nonnull(strstr(sentence, "職員へ転送(接続)。"));
	store_fake.abort(tx.txn);
	end_rig();
}
END_TEST

/* The list of attempts has it as one resident's page does; another department sees neither. */
START_TEST(the_list_says_it)
{
	called_as((struct rig){.two_departments = true}, ONE TWO, &speaking);
	HAS(look_as("zeimu", M_ATTEMPT_LIST, "{}"), "\"transfer\":\"window=(0s)\"");
	ck_assert(fake_voice_transferred(e->voice, 1, TRANSFER_BUSY, 0));
	ck_assert(fake_voice_transferred(e->voice, 2, TRANSFER_FAR_END, 61000));
	settle();
	const char *seen = look_as("zeimu", M_ATTEMPT_LIST, "{}");
	HAS(seen, "\"transfer\":\"window=busy(0s)\"");
	HAS(seen, "\"transfer\":\"window=far_end_disconnect(61s)\"");
	HAS_NOT(look_as("kaigo", M_ATTEMPT_LIST, "{}"), "window");
	end_rig();
}
END_TEST

static TCase *transfer_case(void)
{
	TCase *t = tcase_create("transfer");
	tcase_set_timeout(t, 120);
	tcase_add_test(t, staff_answer);
	tcase_add_test(t, while_they_speak);
	tcase_add_test(t, the_resident_hangs_up);
	tcase_add_loop_test(t, what_is_refused, 0, (int)(sizeof refusals / sizeof *refusals));
	tcase_add_test(t, staff_have_lines_of_their_own);
	tcase_add_test(t, asked_again_before_it_is_over);
	tcase_add_test(t, money_for_one_of_two);
	tcase_add_test(t, money_for_one_of_two_who_ring);
	tcase_add_test(t, a_crash);
	tcase_add_test(t, an_emergency_stop);
	tcase_add_test(t, who_rings_is_transferred);
	tcase_add_test(t, the_contact_says_it);
	tcase_add_test(t, the_list_says_it);
	return t;
}

UNIT_MAIN("turn_transfer", transfer_case)
