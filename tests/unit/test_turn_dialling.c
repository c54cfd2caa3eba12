/*
 * Which number is dialled, when again, for how long it may ring, and what of that counts
 * over all departments: in the whole engine, as a campaign says or leaves it.
 */
#include "tests/unit/turn_rig.inc"

#define ALL_DAY "<window days=\"all\" from=\"9:00\" to=\"19:00\"/>"
#define WAVE(more)                                                                                 \
	"<wave id=\"a\" channel=\"voice\" from-day=\"0\" to-day=\"4\" " more ">" ALL_DAY "</wave>"
#define OF_KAIGO                                                                                   \
	"T q1;14;kotei;2026;1;m1;1000;箕輪太郎;101;" P1 "m\n" /* another person, same number */

static const struct fake_call away = {.kind = FAKE_END, .code = OUT_NO_ANSWER, .sip_status = 480};

static const struct fake_call rings = {.kind = FAKE_HOLD, .code = OUT_NO_ANSWER};

/* What was dialled until then, minute by minute: hours, minutes and numbers, in order. */
struct tried {
	int hour, minute;
	const char *number;
};

static void must_try(const struct tried *want, size_t n, int until_hour)
{
	size_t seen = 0;
	for (int minute = 9 * 60; minute < until_hour * 60; minute += 5) {
		go_to(at(7, minute / 60, minute % 60));
		const struct fake_dialled *list;
		for (size_t had = fake_voice_dialled(e->voice, &list); seen < had; seen++) {
			ck_assert_msg(seen < n, "at %d:%02d %s, too", minute / 60, minute % 60,
				      list[seen].number);
			int late = minute - (want[seen].hour * 60 + want[seen].minute);
			/* from the last one's end: a step later each, on a slow machine */
			ck_assert_msg(late >= 0 && late <= 5 * (int)(seen ? seen : 1),
				      "try %zu is at %d:%02d", seen, minute / 60, minute % 60);
			ck_assert_str_eq(list[seen].number, want[seen].number);
		}
	}
	ck_assert_uint_eq(seen, n);
}

/* ---- again ---- */

static const struct {
	const char *what, *waves;
	struct fake_call line;
	size_t n;
	struct tried want[4];
} agains[] = {
    {"busy: in 5 minutes, unless the campaign says so",
     WAVE("attempts=\"3\""),
     {.kind = FAKE_END, .code = OUT_BUSY, .sip_status = 486},
     3,
     {{9, 0, P1}, {9, 5, P1}, {9, 10, P1}}},
    {"no answer: in an hour",
     WAVE("attempts=\"3\""),
     {.kind = FAKE_END, .code = OUT_NO_ANSWER, .sip_status = 480},
     3,
     {{9, 0, P1}, {10, 0, P1}, {11, 0, P1}}},
    {"no answer, bands of the day varied: morning, afternoon, evening",
     WAVE("attempts=\"3\" vary=\"yes\""),
     {.kind = FAKE_END, .code = OUT_NO_ANSWER, .sip_status = 480},
     3,
     {{9, 0, P1}, {12, 0, P1}, {17, 0, P1}}},
    {"busy is not varied: he is there",
     WAVE("attempts=\"2\" vary=\"yes\""),
     {.kind = FAKE_END, .code = OUT_BUSY, .sip_status = 486},
     2,
     {{9, 0, P1}, {9, 5, P1}}},
    {"as the campaign says",
     "<wave id=\"a\" channel=\"voice\" from-day=\"0\" to-day=\"4\" attempts=\"3\">" ALL_DAY
     "<retry outcome=\"21\" after=\"20 min\"/><retry outcome=\"other\" after=\"2 h\"/></wave>",
     {.kind = FAKE_END, .code = OUT_BUSY, .sip_status = 486},
     3,
     {{9, 0, P1}, {9, 20, P1}, {9, 40, P1}}},
    {"three a day and number, whatever the campaign says",
     WAVE("attempts=\"5\""),
     {.kind = FAKE_END, .code = OUT_BUSY, .sip_status = 486},
     3,
     {{9, 0, P1}, {9, 5, P1}, {9, 10, P1}}},
};

START_TEST(when_it_is_tried_again)
{
	start_rig((struct rig){.waves = agains[_i].waves});
	fake_voice_script(e->voice, NULL, &agains[_i].line);
	run_file("targets-1a", ONE, 1);
	must_try(agains[_i].want, agains[_i].n, agains[_i].want[agains[_i].n - 1].hour + 2);
	end_rig();
}
END_TEST

/* ---- which number ---- */

static const struct {
	const char *what, *waves, *numbers;
	size_t n;
	struct tried want[5];
} orders[] = {
    {"up to three, in order, round",
     WAVE("attempts=\"4\" number=\"in-order\""),
     P1 "m," P2 "h," P9 "m",
     4,
     {{9, 0, P1}, {10, 0, P2}, {11, 0, P9}, {12, 0, P1}}},
    {"never the one at work",
     WAVE("attempts=\"4\" number=\"in-order\""),
     P1 "w," P2 "h," P9 "m",
     4,
     {{9, 0, P2}, {10, 0, P9}, {11, 0, P2}, {12, 0, P9}}},
    {"nor if it is the only one", WAVE("attempts=\"3\""), P1 "w", 0, {{0}}},
    {"the first that is not at work, without an order",
     WAVE("attempts=\"2\""),
     P1 "w," P2 "h," P9 "m",
     2,
     {{9, 0, P2}, {10, 0, P2}}},
};

START_TEST(which_number_is_dialled)
{
	char text[256];
	snprintf(text, sizeof text, "T " KEY ";12000;長野太郎;503;%s\n", orders[_i].numbers);
	start_rig((struct rig){.waves = orders[_i].waves});
	fake_voice_script(e->voice, NULL, &away);
	run_file("targets-1a", text, 1);
	must_try(orders[_i].want, orders[_i].n, 13);
	if (orders[_i].n == 0)
		ck_assert_int_eq(target_of(1, "p1").why, OUT_NO_NUMBER);
	end_rig();
}
END_TEST

/* ---- how long ---- */

START_TEST(each_wave_rings_for_its_time)
{
	static const char waves[] =
	    "<wave id=\"a\" channel=\"voice\" from-day=\"0\" to-day=\"0\" attempts=\"1\" "
	    "ring=\"20 s\">" ALL_DAY "</wave>"
	    "<wave id=\"b\" channel=\"voice\" from-day=\"1\" to-day=\"1\" attempts=\"1\" "
	    "ring=\"45 s\">" ALL_DAY "</wave>"
	    "<wave id=\"c\" channel=\"voice\" from-day=\"2\" to-day=\"2\" attempts=\"1\">" ALL_DAY
	    "</wave>";
	const struct fake_dialled *list;
	start_rig((struct rig){.waves = waves});
	fake_voice_script(e->voice, NULL, &away);
	run_file("targets-1a", ONE, 1);
	for (int day = 7; day <= 9; day++)
		go_to(at(day, 9, 0));
	ck_assert_uint_eq(fake_voice_dialled(e->voice, &list), 3);
	ck_assert_uint_eq(list[0].ring_ms, 20000);
	ck_assert_uint_eq(list[1].ring_ms, 45000);
	ck_assert_uint_eq(list[2].ring_ms, 25000); /* what docs/campaigns.md says */
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(list[i].limit_ms, 5 * MS_PER_MIN); /* the campaign's */
	end_rig();
}
END_TEST

/* ---- over all departments ---- */

static void both(void)
{
	run_file("targets-1a", ONE, 1);
	run_file("targets-2a", OF_KAIGO, 2);
	ck_assert_str_eq(run_of(1).department, "zeimu");
	ck_assert_str_eq(run_of(2).department, "kaigo");
}

START_TEST(never_two_calls_at_once)
{
	const struct fake_dialled *list;
	start_rig((struct rig){.two_departments = true});
	script(P1, rings);
	both();
	go_to(at(7, 9, 0));
	ck_assert_uint_eq(dialled(NULL), 1);
	go_to(at(7, 12, 0));
	ck_assert_uint_eq(dialled(NULL), 1);
	fake_voice_dialled(e->voice, &list);
	script(P1, away);
	ck_assert(fake_voice_end(e->voice, list[0].attempt, OUT_NO_ANSWER));
	go_to(at(7, 12, 2));
	ck_assert_uint_eq(dialled(NULL), 2);
	end_rig();
}
END_TEST

START_TEST(nor_while_a_crash_leaves_it_open)
{
	start_rig((struct rig){.two_departments = true});
	script(P1, rings);
	both();
	go_to(at(7, 9, 0));
	crash(); /* its call may go on for the campaign's longest time */
	script(P1, away);
	go_to(at(7, 9, 4));
	ck_assert_uint_eq(attempts(), 1);
	go_to(at(7, 9, 6));
	ck_assert_uint_eq(attempts(), 2);
	end_rig();
}
END_TEST

START_TEST(three_attempts_a_day_in_all)
{
	size_t n[3] = {0};
	start_rig((struct rig){.two_departments = true});
	script(P1, busy_call);
	both();
	for (int minute = 9 * 60; minute < 19 * 60; minute += minute < 9 * 60 + 15 ? 1 : 60)
		go_to(at(7, minute / 60, minute % 60));
	ck_assert_uint_eq(dialled(NULL), 3);
	for (uint64_t id = 1; id <= e->counters.next_attempt; id++)
		n[attempt_of(id).run]++;
	ck_assert(n[1] > 0 && n[2] > 0); /* and one of them is not the other's alone */
	go_to(at(8, 9, 0));
	go_to(at(8, 9, 5));
	ck_assert_uint_gt(dialled(NULL), 3);
	end_rig();
}
END_TEST

START_TEST(one_conversation_a_day_in_all)
{
	start_rig((struct rig){.two_departments = true});
	script(P1, heard_call);
	both();
	for (int hour = 9; hour < 19; hour++)
		go_to(at(7, hour, 0));
	ck_assert_uint_eq(dialled(NULL), 1);
	go_to(at(8, 9, 0));
	go_to(at(8, 9, 1));
	ck_assert_uint_eq(dialled(NULL), 2);
	end_rig();
}
END_TEST

static TCase *dialling(void)
{
	TCase *t = tcase_create("dialling");
	tcase_set_timeout(t, 300);
	tcase_add_loop_test(t, when_it_is_tried_again, 0, sizeof agains / sizeof *agains);
	tcase_add_loop_test(t, which_number_is_dialled, 0, sizeof orders / sizeof *orders);
	tcase_add_test(t, each_wave_rings_for_its_time);
	tcase_add_test(t, never_two_calls_at_once);
	tcase_add_test(t, nor_while_a_crash_leaves_it_open);
	tcase_add_test(t, three_attempts_a_day_in_all);
	tcase_add_test(t, one_conversation_a_day_in_all);
	return t;
}

UNIT_MAIN("turn_dialling", dialling)
