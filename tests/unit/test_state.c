/* Every pair of states of every machine, against the diagrams of design: written here once more as
 * lists of legal moves, so that a slip in a table of engine/turn/state.c is seen. */
#include "engine/turn/state.h"
#include "tests/support/unit.h"

#include <string.h>

struct legal {
	int from, to;
};

static bool listed(const struct legal *list, size_t n, int from, int to)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].from == from && list[i].to == to)
			return true;
	return false;
}

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* May and set agree with the list for every pair, those out of range too; a refused set changes
 * nothing. */
#define WALK(machine, states, list)                                                                \
	for (int from = -1; from <= (states) + 1; from++)                                          \
		for (int to = -1; to <= (states) + 1; to++) {                                      \
			bool want = listed(list, COUNT(list), from, to);                           \
			enum machine##_state state = (enum machine##_state)from;                   \
			ck_assert_msg(machine##_may(state, (enum machine##_state)to) == want,      \
				      "%d -> %d", from, to);                                       \
			ck_assert_int_eq(machine##_set(&state, (enum machine##_state)to),          \
					 want ? 0 : E_STATE);                                      \
			ck_assert_int_eq((int)state, want ? to : from);                            \
		}

START_TEST(files)
{
	static const struct legal list[] = {
	    {FILE_ARRIVING, FILE_RECEIVED}, {FILE_RECEIVED, FILE_CHECKED},
	    {FILE_RECEIVED, FILE_REFUSED},  {FILE_CHECKED, FILE_TAKEN},
	    {FILE_CHECKED, FILE_REFUSED},
	};
	WALK(file, FILE_STATES, list)
}
END_TEST

START_TEST(outgoing_files)
{
	static const struct legal list[] = {{OUTFILE_ASSIGNED, OUTFILE_SENDING},
					    {OUTFILE_SENDING, OUTFILE_DELIVERED},
					    {OUTFILE_DELIVERED, OUTFILE_SENDING}};
	WALK(outfile, OUTFILE_STATES, list)
}
END_TEST

START_TEST(runs)
{
	static const struct legal list[] = {
	    {RUN_DRAFT, RUN_SUBMITTED}, {RUN_SUBMITTED, RUN_APPROVED}, {RUN_APPROVED, RUN_RUNNING},
	    {RUN_RUNNING, RUN_PAUSED},  {RUN_PAUSED, RUN_RUNNING},     {RUN_SUBMITTED, RUN_DRAFT},
	    {RUN_APPROVED, RUN_DRAFT},  {RUN_DRAFT, RUN_CLOSED},       {RUN_SUBMITTED, RUN_CLOSED},
	    {RUN_APPROVED, RUN_CLOSED}, {RUN_RUNNING, RUN_CLOSED},     {RUN_PAUSED, RUN_CLOSED},
	    {RUN_DRAFT, RUN_STOPPED},   {RUN_SUBMITTED, RUN_STOPPED},  {RUN_APPROVED, RUN_STOPPED},
	    {RUN_RUNNING, RUN_STOPPED}, {RUN_PAUSED, RUN_STOPPED},
	};
	WALK(run, RUN_STATES, list)
	for (int s = RUN_DRAFT; s < RUN_STATES; s++)
		ck_assert_int_eq(run_is_open((enum run_state)s),
				 s != RUN_CLOSED && s != RUN_STOPPED);
}
END_TEST

START_TEST(targets)
{
	static const struct legal list[] = {{TARGET_WAITING, TARGET_IN_ATTEMPT},
					    {TARGET_WAITING, TARGET_DONE},
					    {TARGET_IN_ATTEMPT, TARGET_WAITING},
					    {TARGET_IN_ATTEMPT, TARGET_DONE}};
	WALK(target, TARGET_STATES, list)
}
END_TEST

static void walk_attempts(enum channel channel, const struct legal *list, size_t n)
{
	for (int from = -1; from <= ATTEMPT_STATES + 1; from++)
		for (int to = -1; to <= ATTEMPT_STATES + 1; to++) {
			bool want = listed(list, n, from, to);
			enum attempt_state state = (enum attempt_state)from;
			ck_assert_msg(attempt_may(channel, state, (enum attempt_state)to) == want,
				      "channel %d: %d -> %d", (int)channel, from, to);
			ck_assert_int_eq(attempt_set(channel, &state, (enum attempt_state)to),
					 want ? 0 : E_STATE);
			ck_assert_int_eq((int)state, want ? to : from);
		}
}

START_TEST(attempts)
{
	static const struct legal voice[] = {
	    {ATTEMPT_INTENDED, ATTEMPT_DROPPED}, {ATTEMPT_INTENDED, ATTEMPT_PLACED},
	    {ATTEMPT_INTENDED, ATTEMPT_ENDED},   {ATTEMPT_INTENDED, ATTEMPT_UNKNOWN},
	    {ATTEMPT_PLACED, ATTEMPT_ANSWERED},  {ATTEMPT_PLACED, ATTEMPT_ENDED},
	    {ATTEMPT_PLACED, ATTEMPT_UNKNOWN},   {ATTEMPT_ANSWERED, ATTEMPT_ENDED},
	    {ATTEMPT_ANSWERED, ATTEMPT_UNKNOWN},
	};
	static const struct legal sms[] = {
	    {ATTEMPT_INTENDED, ATTEMPT_DROPPED}, {ATTEMPT_INTENDED, ATTEMPT_SUBMITTED},
	    {ATTEMPT_INTENDED, ATTEMPT_ENDED},   {ATTEMPT_INTENDED, ATTEMPT_UNKNOWN},
	    {ATTEMPT_SUBMITTED, ATTEMPT_ENDED},
	};
	walk_attempts(CHANNEL_VOICE, voice, COUNT(voice));
	walk_attempts(CHANNEL_SMS, sms, COUNT(sms));
}
END_TEST

START_TEST(words)
{
	ck_assert_str_eq(target_state_word(TARGET_IN_ATTEMPT), "in attempt");
	ck_assert_str_eq(run_state_word(RUN_STOPPED), "stopped");
	ck_assert_str_eq(file_state_word((enum file_state)0), "?");
	ck_assert_str_eq(attempt_state_word((enum attempt_state)99), "?");
	ck_assert_str_eq(outfile_state_word(OUTFILE_SENDING), "sending");
}
END_TEST

static TCase *state_case(void)
{
	TCase *t = tcase_create("state");
	tcase_add_test(t, files);
	tcase_add_test(t, outgoing_files);
	tcase_add_test(t, runs);
	tcase_add_test(t, targets);
	tcase_add_test(t, attempts);
	tcase_add_test(t, words);
	return t;
}

UNIT_MAIN("state", state_case)
