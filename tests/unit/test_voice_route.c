/* Which trunk takes a call, its pace, and when a call may go by another one: tables. */
#include "adapters/voice/route.h"
#include "tests/support/unit.h"

#define S 1000000LL

START_TEST(the_trunk_that_takes_a_call)
{
	static const struct {
		const char *what;
		struct route r[3];
		size_t n;
		unsigned tried;
		enum route_answer answer;
		size_t place;
	} cases[] = {
	    {"no trunk at all", {{0}}, 0, 0, ROUTE_NONE, 0},
	    {"the only one is down", {{.lines = 2}}, 1, 0, ROUTE_NONE, 0},
	    {"the only one", {{.up = true}}, 1, 0, ROUTE_NOW, 0},
	    {"the only one was tried", {{.up = true}}, 1, 1, ROUTE_NONE, 0},
	    {"the only one is full", {{.up = true, .lines = 2, .used = 2}}, 1, 0, ROUTE_LATER, 0},
	    {"full and tried is no hope",
	     {{.up = true, .lines = 2, .used = 2}},
	     1,
	     1,
	     ROUTE_NONE,
	     0},
	    {"paced", {{.up = true, .per_second = 1, .next_us = 11 * S}}, 1, 0, ROUTE_LATER, 0},
	    {"its moment came",
	     {{.up = true, .per_second = 1, .next_us = 10 * S}},
	     1,
	     0,
	     ROUTE_NOW,
	     0},
	    {"an old pace of a trunk without one",
	     {{.up = true, .next_us = 11 * S}},
	     1,
	     0,
	     ROUTE_NOW,
	     0},
	    {"the lower number first",
	     {{.up = true, .priority = 10}, {.up = true, .priority = 5}},
	     2,
	     0,
	     ROUTE_NOW,
	     1},
	    {"the lower number is down",
	     {{.up = true, .priority = 10}, {.priority = 5}},
	     2,
	     0,
	     ROUTE_NOW,
	     0},
	    {"the lower number is full: the next, not a wait",
	     {{.up = true, .priority = 10}, {.up = true, .priority = 5, .lines = 1, .used = 1}},
	     2,
	     0,
	     ROUTE_NOW,
	     0},
	    {"the lower number was tried",
	     {{.up = true, .priority = 5}, {.up = true, .priority = 10}},
	     2,
	     1,
	     ROUTE_NOW,
	     1},
	    {"equal ones share: the emptier",
	     {{.up = true, .used = 2, .lines = 4}, {.up = true, .used = 1, .lines = 4}},
	     2,
	     0,
	     ROUTE_NOW,
	     1},
	    {"… for its lines",
	     {{.up = true, .used = 3, .lines = 10}, {.up = true, .used = 1, .lines = 2}},
	     2,
	     0,
	     ROUTE_NOW,
	     0},
	    {"equal in all: the first written",
	     {{.up = true, .lines = 4}, {.up = true, .lines = 4}},
	     2,
	     0,
	     ROUTE_NOW,
	     0},
	    {"three: one down, one paced, one tried",
	     {{.priority = 1}, {.up = true, .per_second = 5, .next_us = 99 * S}, {.up = true}},
	     3,
	     4,
	     ROUTE_LATER,
	     0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t place = 99;
		enum route_answer a =
		    route_pick(cases[i].r, cases[i].n, cases[i].tried, 10 * S, &place);
		ck_assert_msg(a == cases[i].answer, "%s: %d", cases[i].what, (int)a);
		ck_assert_msg(place == (a == ROUTE_NOW ? cases[i].place : 99), "%s: %zu",
			      cases[i].what, place);
	}
}
END_TEST

/* Asked each 20 ms, now and then late: over a minute never more than the rate, nor much less. */
START_TEST(the_pace_is_held)
{
	for (int rate = 1; rate <= 200; rate += rate < 10 ? 1 : 19) {
		struct route r = {.up = true, .per_second = rate};
		int64_t now = 1000 * S;
		int calls = 0;
		size_t place;
		for (int tick = 0; now < 1060 * S; tick++) {
			while (route_pick(&r, 1, 0, now, &place) == ROUTE_NOW) {
				r.next_us = route_paced(&r, now);
				calls++;
			}
			now += tick % 50 == 0 ? 60000 : 20000;
		}
		ck_assert_msg(calls <= rate * 60 + rate / 20 + 1, "%d a second: %d", rate, calls);
		ck_assert_msg(calls >= rate * 60 * 95 / 100, "%d a second: %d", rate, calls);
	}
}
END_TEST

START_TEST(a_trunk_without_a_pace_of_its_own)
{
	ck_assert_int_eq(route_paced(&(struct route){.next_us = 7}, 5 * S), 0);
}
END_TEST

#define UDP .sent = true, .datagram = true
#define TCP .sent = true

static const struct {
	const char *what;
	struct route_try t;
	bool another;
} tries[] = {
    {"never sent", {.sent = false}, true},
    {"never sent, though recalled: the caller looks at that", {.ours = true}, true},
    {"503 at once", {UDP, .status = 503, .ms = 5}, true},
    {"503 after a while, still without any word of ringing",
     {TCP, .status = 503, .ms = 9000},
     true},
    {"503 after it rang", {UDP, .status = 503, .provisional = true}, false},
    {"503, no circuit", {UDP, .status = 503, .q850 = 34}, true},
    {"503, network out of order", {UDP, .status = 503, .q850 = 38}, true},
    {"503, congestion", {UDP, .status = 503, .q850 = 42}, true},
    {"503, but the callee was busy", {UDP, .status = 503, .q850 = 17}, false},
    {"503, but nobody answered there", {UDP, .status = 503, .q850 = 19}, false},
    {"503, but the telephone is out of order", {UDP, .status = 503, .q850 = 27}, false},
    {"503 that crossed our CANCEL", {UDP, .status = 503, .ours = true}, false},
    {"our ring time", {UDP, .status = 487, .ours = true}, false},
    {"wrong credentials", {TCP, .status = 407}, true},
    {"wrong credentials (401)", {TCP, .status = 401}, true},
    {"wrong credentials after ringing cannot be", {TCP, .status = 401, .provisional = true}, false},
    {"UDP: the first copy bounced", {UDP, .local = true, .status = 503, .ms = 3}, true},
    {"UDP: a later copy bounced, an earlier one may have arrived",
     {UDP, .local = true, .status = 503, .ms = 600},
     false},
    {"UDP: bounced after it rang",
     {UDP, .local = true, .status = 503, .ms = 3, .provisional = true},
     false},
    {"TCP: the connection failed, before the INVITE or after it",
     {TCP, .local = true, .status = 503, .ms = 3},
     false},
    {"silence", {UDP, .local = true, .status = 408, .ms = 32000}, false},
    {"a quick local 408 is no proof", {UDP, .local = true, .status = 408, .ms = 3}, false},
    {"Sofia's own errors", {UDP, .local = true, .status = 900, .ms = 3}, false},
    {"no status at all", {UDP}, false},
};

START_TEST(another_trunk_or_not)
{
	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++)
		ck_assert_msg(route_reached_nobody(&tries[i].t) == tries[i].another, "%s",
			      tries[i].what);
}
END_TEST

/* Every final answer that may come from somebody's telephone ends the attempt's tries. */
START_TEST(no_other_status_tries_again)
{
	for (int status = 200; status < 700; status++)
		for (int q850 = 0; q850 < 128; q850++) {
			struct route_try t = {UDP, .status = status, .q850 = q850, .ms = 1};
			if (status != 503 && status != 401 && status != 407)
				ck_assert_msg(!route_reached_nobody(&t), "%d %d", status, q850);
			t.provisional = true;
			ck_assert_msg(!route_reached_nobody(&t), "%d %d after ringing", status,
				      q850);
		}
}
END_TEST

START_TEST(rests)
{
	ck_assert_int_eq(route_rest_ms(0), 0);
	ck_assert_int_eq(route_rest_ms(7), 7000);
	ck_assert_int_eq(route_rest_ms(300), 300000);
	ck_assert_int_eq(route_rest_ms(86400), 300000);
	ck_assert_int_eq(route_rest_ms(UINT64_MAX), 300000);
}
END_TEST

static TCase *route_case(void)
{
	TCase *t = tcase_create("route");
	tcase_add_test(t, the_trunk_that_takes_a_call);
	tcase_add_test(t, the_pace_is_held);
	tcase_add_test(t, a_trunk_without_a_pace_of_its_own);
	tcase_add_test(t, another_trunk_or_not);
	tcase_add_test(t, no_other_status_tries_again);
	tcase_add_test(t, rests);
	return t;
}

UNIT_MAIN("voice route", route_case)
