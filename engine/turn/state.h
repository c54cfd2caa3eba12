/*
 * The states of files, runs, targets and attempts, and the only functions that
 * move them. Each: a diagram, an enum, one table of legal moves, one setter that
 * refuses the rest with E_STATE. tests/unit/test_state.c walks all pairs.
 */
#ifndef ENGINE_TURN_STATE_H
#define ENGINE_TURN_STATE_H

#include "engine/err.h"
#include "engine/plan/campaign.h"
#include <stdbool.h>

/*
 * An exchange file that came in. Until an intake record exists the folder is the
 * truth (`arriving`); from then on the record is.
 *
 *   arriving -> received -> checked -> taken
 *                  |           |
 *                  +-----------+-----> refused
 */
enum file_state {
	FILE_ARRIVING = 1, /* being fetched: no record yet */
	FILE_RECEIVED,     /* recorded; our copy is whole */
	FILE_CHECKED,      /* read once from end to end; its rows are being loaded */
	FILE_TAKEN,        /* every row is a debt, a payment or an error */
	FILE_REFUSED,      /* as a whole, with its reason */
	FILE_STATES
};

/*
 * A file that goes out.
 *
 *   assigned -> sending <-> delivered
 *
 * Back to sending: staff asked for it once more (osame results rebuild N --again).
 */
enum outfile_state {
	OUTFILE_ASSIGNED = 1, /* its rows belong to this number; bytes may be made */
	OUTFILE_SENDING,      /* name, size and hash are recorded: the same bytes for ever */
	OUTFILE_DELIVERED,    /* the peer has it under its name */
	OUTFILE_STATES
};

/*
 * A run.
 *
 *   draft -> submitted -> approved -> running <-> paused
 *     ^          |            |          |          |
 *     +----------+------------+          +----------+--> closed | stopped
 *
 * Any change after submission returns it to draft. Emergency stop reaches every
 * open run, also a draft.
 */
enum run_state {
	RUN_DRAFT = 1,
	RUN_SUBMITTED,
	RUN_APPROVED,
	RUN_RUNNING,
	RUN_PAUSED,
	RUN_CLOSED,
	RUN_STOPPED,
	RUN_STATES
};

/*
 * A target. `preparing` is not a state: it is a mark in memory.
 *
 *   waiting <-> in attempt
 *      |            |
 *      +------------+--> done
 */
enum target_state { TARGET_WAITING = 1, TARGET_IN_ATTEMPT, TARGET_DONE, TARGET_STATES };

/*
 * An attempt.
 *
 *   voice: intended -> dropped | placed | ended       SMS: intended -> dropped | submitted | ended
 *          placed -> answered | ended                      submitted -> ended
 *          answered -> ended
 *          intended | placed | answered -> unknown         intended -> unknown
 *
 * dropped: the channel certifies that nothing was sent; it does not count.
 * unknown: it may have been; it counts, and is never repeated by itself.
 */
enum attempt_state {
	ATTEMPT_INTENDED = 1,
	ATTEMPT_PLACED,
	ATTEMPT_ANSWERED,
	ATTEMPT_SUBMITTED,
	ATTEMPT_DROPPED,
	ATTEMPT_ENDED,
	ATTEMPT_UNKNOWN,
	ATTEMPT_STATES
};

bool file_may(enum file_state from, enum file_state to);
bool outfile_may(enum outfile_state from, enum outfile_state to);
bool run_may(enum run_state from, enum run_state to);
bool target_may(enum target_state from, enum target_state to);
bool attempt_may(enum channel channel, enum attempt_state from, enum attempt_state to);

int file_set(enum file_state *state, enum file_state to) MUST_CHECK;
int outfile_set(enum outfile_state *state, enum outfile_state to) MUST_CHECK;
int run_set(enum run_state *state, enum run_state to) MUST_CHECK;
int target_set(enum target_state *state, enum target_state to) MUST_CHECK;
int attempt_set(enum channel channel, enum attempt_state *state, enum attempt_state to) MUST_CHECK;

const char *file_state_word(enum file_state s);
const char *outfile_state_word(enum outfile_state s);
const char *run_state_word(enum run_state s);
const char *target_state_word(enum target_state s);
const char *attempt_state_word(enum attempt_state s);
/* draft, submitted, approved, running, paused */
bool run_is_open(enum run_state s);

#endif
