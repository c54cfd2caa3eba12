/* Every end of a call is exactly one outcome. */
#include "adapters/voice/call.h"
#include "adapters/voice/map.h"
#include "adapters/voice/staff.h"
#include "tests/support/unit.h"

static const struct {
	const char *what;
	struct map_end end;
	enum outcome outcome;
} ends[] = {
    {"busy here", {.sip_status = 486}, OUT_BUSY},
    {"busy everywhere", {.sip_status = 600}, OUT_BUSY},
    {"user busy by its cause alone", {.sip_status = 500, .q850 = 17}, OUT_BUSY},
    {"temporarily unavailable", {.sip_status = 480}, OUT_NO_ANSWER},
    {"no user responding", {.sip_status = 480, .q850 = 18}, OUT_NO_ANSWER},
    {"no answer, user alerted", {.sip_status = 480, .q850 = 19}, OUT_NO_ANSWER},
    {"time-out on the way after ringing", {.sip_status = 408, .rang = true}, OUT_NO_ANSWER},
    {"our ring time", {.sip_status = 487, .cancelled = true, .heard_trunk = true}, OUT_NO_ANSWER},
    {"our ring time, and the peer never ends the call",
     {.cancelled = true, .heard_trunk = true},
     OUT_NO_ANSWER},
    {"our ring time, ended by Sofia itself",
     {.sip_status = 408, .local = true, .cancelled = true, .heard_trunk = true},
     OUT_NO_ANSWER},
    {"given up while the trunk asked who we are",
     {.sip_status = 407, .cancelled = true, .heard_trunk = true},
     OUT_NO_ANSWER},
    {"487 without a CANCEL of ours", {.sip_status = 487, .heard_trunk = true}, OUT_NO_ANSWER},
    {"the answer crossed our CANCEL",
     {.sip_status = 200, .cancelled = true, .heard_trunk = true},
     OUT_NO_ANSWER},
    {"busy crossed our CANCEL",
     {.sip_status = 486, .cancelled = true, .heard_trunk = true},
     OUT_BUSY},
    {"subscriber absent", {.sip_status = 480, .q850 = 20}, OUT_UNREACHABLE},
    {"destination out of order", {.sip_status = 502, .q850 = 27}, OUT_UNREACHABLE},
    {"time-out on the way, never rang", {.sip_status = 408}, OUT_UNREACHABLE},
    {"decline", {.sip_status = 603}, OUT_REJECTED},
    {"unwanted", {.sip_status = 607}, OUT_REJECTED},
    {"rejected for the callee", {.sip_status = 608}, OUT_REJECTED},
    {"anonymity disallowed", {.sip_status = 433}, OUT_REJECTED},
    {"call rejected by its cause", {.sip_status = 403, .q850 = 21}, OUT_REJECTED},
    {"forbidden: the trunk's own no", {.sip_status = 403}, OUT_LINE_FAULT},
    {"not found", {.sip_status = 404}, OUT_DEAD_NUMBER},
    {"gone", {.sip_status = 410}, OUT_DEAD_NUMBER},
    {"address incomplete", {.sip_status = 484}, OUT_DEAD_NUMBER},
    {"ambiguous", {.sip_status = 485}, OUT_DEAD_NUMBER},
    {"does not exist anywhere", {.sip_status = 604}, OUT_DEAD_NUMBER},
    {"unallocated by its cause", {.sip_status = 503, .q850 = 1}, OUT_DEAD_NUMBER},
    {"number changed by its cause", {.sip_status = 500, .q850 = 22}, OUT_DEAD_NUMBER},
    {"invalid format by its cause", {.sip_status = 400, .q850 = 28}, OUT_DEAD_NUMBER},
    {"service unavailable", {.sip_status = 503}, OUT_CONGESTION},
    {"no circuit", {.sip_status = 500, .q850 = 34}, OUT_CONGESTION},
    {"switching congestion", {.sip_status = 500, .q850 = 42}, OUT_CONGESTION},
    {"circuit not available", {.sip_status = 486, .q850 = 44}, OUT_CONGESTION},
    {"resource unavailable", {.sip_status = 500, .q850 = 47}, OUT_CONGESTION},
    {"network out of order", {.sip_status = 503, .q850 = 38}, OUT_LINE_FAULT},
    {"temporary failure", {.sip_status = 503, .q850 = 41}, OUT_LINE_FAULT},
    {"a cause that says nothing more", {.sip_status = 404, .q850 = 31}, OUT_DEAD_NUMBER},
    {"server error", {.sip_status = 500}, OUT_LINE_FAULT},
    {"server time-out", {.sip_status = 504}, OUT_LINE_FAULT},
    {"not acceptable", {.sip_status = 488}, OUT_LINE_FAULT},
    {"wrong credentials", {.sip_status = 407}, OUT_LINE_FAULT},
    {"a redirection, not followed", {.sip_status = 302}, OUT_LINE_FAULT},
    {"no answer from the trunk at all", {.sip_status = 408, .local = true}, OUT_LINE_FAULT},
    {"transport failure", {.sip_status = 503, .local = true}, OUT_LINE_FAULT},
    {"a local failure with a cause that nobody sent",
     {.sip_status = 503, .q850 = 17, .local = true},
     OUT_LINE_FAULT},
    {"given up, and not even 100 came", {.cancelled = true}, OUT_LINE_FAULT},
    {"Sofia's own error", {.sip_status = 0, .local = true}, OUT_LINE_FAULT},
    {"answered, but its audio is none that we can do",
     {.sip_status = 200, .local = true},
     OUT_LINE_FAULT},
};

START_TEST(table)
{
	ck_assert_msg(map_outcome(&ends[_i].end) == ends[_i].outcome, "%s: %d", ends[_i].what,
		      (int)map_outcome(&ends[_i].end));
}
END_TEST

static const struct {
	const char *what;
	struct interp_result result;
	enum outcome outcome;
} talks[] = {
    {"to its end", {.opened = true, .finished = true}, OUT_ANSWERED},
    {"heard, then hung up", {.opened = true, .heard = true}, OUT_ANSWERED},
    {"hung up in the middle", {.opened = true}, OUT_CUT},
    {"hung up during the first prompt", {.opened = false}, OUT_CUT_AT_START},
    {"did not match", {.opened = true, .finished = true, .code = OUT_MISMATCH}, OUT_MISMATCH},
    {"wrong number", {.opened = true, .code = OUT_WRONG_NUMBER}, OUT_WRONG_NUMBER},
    {"another person",
     {.opened = true, .finished = true, .code = OUT_OTHER_PERSON},
     OUT_OTHER_PERSON},
    {"a machine that has our message",
     {.finished = true, .code = OUT_MACHINE_LEFT},
     OUT_MACHINE_LEFT},
    {"a machine that hung up", {.code = OUT_MACHINE}, OUT_MACHINE},
    {"a fax", {.code = OUT_FAX}, OUT_FAX},
    {"a screening device", {.code = OUT_SCREENED}, OUT_SCREENED},
};

START_TEST(conversations)
{
	struct map_end end = {.sip_status = 200, .answered = true, .result = &talks[_i].result};
	ck_assert_msg(map_outcome(&end) == talks[_i].outcome, "%s", talks[_i].what);
	end.cancelled = end.local = true; /* neither changes what was said */
	ck_assert_msg(map_outcome(&end) == talks[_i].outcome, "%s", talks[_i].what);
}
END_TEST

static bool is_unanswered(enum outcome o)
{
	return o == OUT_NO_ANSWER || o == OUT_BUSY || o == OUT_UNREACHABLE || o == OUT_REJECTED ||
	       o == OUT_DEAD_NUMBER || o == OUT_LINE_FAULT || o == OUT_CONGESTION;
}

START_TEST(every_final_answer_has_an_outcome)
{
	for (int status = 300; status < 700; status++)
		for (int cause = 0; cause < 128; cause++)
			for (int flags = 0; flags < 16; flags++) {
				struct map_end end = {
				    .sip_status = status,
				    .q850 = cause,
				    .local = flags & 1,
				    .heard_trunk = flags & 2,
				    .rang = flags & 4,
				    .cancelled = flags & 8,
				};
				/* Check writes down each assertion: 800,000 of them took minutes.
				 */
				if (!is_unanswered(map_outcome(&end)))
					ck_abort_msg("status %d, cause %d, flags %d", status, cause,
						     flags);
			}
}
END_TEST

START_TEST(moves_of_a_call)
{
	/* rows: from; columns: to, in the order of enum call_state */
	static const char *legal[CALL_STATES] = {
	    [CALL_WAITING] = ".x....x..",  [CALL_CALLING] = "..xxxxx..",
	    [CALL_RINGING] = "...xxxx..",  [CALL_CANCELLING] = ".....xx..",
	    [CALL_TALKING] = ".....xx..",  [CALL_ENDING] = "......x..",
	    [CALL_ENDED] = ".........",    [CALL_OFFERED] = "......x.x",
	    [CALL_ACCEPTED] = "....xxx..",
	};
	for (int from = 0; from < CALL_STATES; from++)
		for (int to = 0; to < CALL_STATES; to++)
			ck_assert_msg(call_may_move((enum call_state)from, (enum call_state)to) ==
					  (legal[from][to] == 'x'),
				      "%d to %d", from, to);
	ck_assert(!call_may_move(CALL_STATES, CALL_ENDED));
}
END_TEST

START_TEST(moves_of_staffs_leg)
{
	static const char *legal[STAFF_STATES] = {
	    [STAFF_ASKED] = ".x...x",      [STAFF_CALLING] = "..xxxx", [STAFF_TALKING] = "....xx",
	    [STAFF_CANCELLING] = "....xx", [STAFF_ENDING] = ".....x",  [STAFF_GONE] = "......",
	};
	for (int from = 0; from < STAFF_STATES; from++)
		for (int to = 0; to < STAFF_STATES; to++)
			ck_assert_msg(
			    staff_may_move((enum staff_state)from, (enum staff_state)to) ==
				(legal[from][to] == 'x'),
			    "%d to %d", from, to);
	ck_assert(!staff_may_move(STAFF_STATES, STAFF_GONE));
}
END_TEST

static const struct {
	int status, q850;
	bool local, cancelled, heard, rang;
	enum transfer_result result;
} staff_ends[] = {
    {486, 0, false, false, true, true, TRANSFER_BUSY},
    {600, 0, false, false, true, false, TRANSFER_BUSY},
    {500, 17, false, false, true, true, TRANSFER_BUSY},
    {480, 0, false, false, true, true, TRANSFER_NOANSWER},
    {408, 0, false, false, true, true, TRANSFER_NOANSWER},
    {480, 20, false, false, true, true, TRANSFER_NOANSWER},
    {487, 0, false, true, true, true, TRANSFER_NOANSWER},
    {503, 0, false, false, true, false, TRANSFER_NETWORK_BUSY},
    {503, 34, false, false, true, false, TRANSFER_NETWORK_BUSY},
    {408, 0, true, false, false, false, TRANSFER_NETWORK_BUSY}, /* the trunk is silent */
    {403, 0, false, false, true, false, TRANSFER_NETWORK_BUSY},
    {603, 0, false, false, true, true, TRANSFER_UNKNOWN},
    {404, 1, false, false, true, false, TRANSFER_UNKNOWN},
};

START_TEST(staffs_leg_ends_as)
{
	struct map_end end = {.sip_status = staff_ends[_i].status,
			      .q850 = staff_ends[_i].q850,
			      .local = staff_ends[_i].local,
			      .cancelled = staff_ends[_i].cancelled,
			      .heard_trunk = staff_ends[_i].heard,
			      .rang = staff_ends[_i].rang};
	ck_assert_int_eq(map_transfer(&end), staff_ends[_i].result);
}
END_TEST

START_TEST(an_illegal_move_aborts)
{
	struct call c = {.state = CALL_ENDED};
	call_move(&c, CALL_TALKING);
}
END_TEST

START_TEST(what_may_stand_in_a_uri)
{
	ck_assert(place_is_number("0265784111"));
	ck_assert(!place_is_number(""));
	ck_assert(!place_is_number("0265 784111"));
	ck_assert(!place_is_number("0265784111@evil.example"));
	ck_assert(!place_is_number("0265784111\r\nX: y"));
	ck_assert(!place_is_number("1234567890123456")); /* no end within MAX_NUMBER */
}
END_TEST

static TCase *map_case(void)
{
	TCase *t = tcase_create("map");
	tcase_add_loop_test(t, table, 0, sizeof ends / sizeof *ends);
	tcase_add_loop_test(t, conversations, 0, sizeof talks / sizeof *talks);
	tcase_add_test(t, every_final_answer_has_an_outcome);
	tcase_add_test(t, moves_of_a_call);
	tcase_add_test(t, moves_of_staffs_leg);
	tcase_add_loop_test(t, staffs_leg_ends_as, 0,
			    (int)(sizeof staff_ends / sizeof *staff_ends));
	tcase_add_test_raise_signal(t, an_illegal_move_aborts, 6);
	tcase_add_test(t, what_may_stand_in_a_uri);
	return t;
}

UNIT_MAIN("voice map", map_case)
