/* See state.h: the tables of legal moves, one bit a target state. */
#include "engine/turn/state.h"

#define TO(state) (1u << (state))

static const unsigned file_moves[FILE_STATES] = {
    [FILE_ARRIVING] = TO(FILE_RECEIVED),
    [FILE_RECEIVED] = TO(FILE_CHECKED) | TO(FILE_REFUSED),
    [FILE_CHECKED] = TO(FILE_TAKEN) | TO(FILE_REFUSED),
};

static const unsigned outfile_moves[OUTFILE_STATES] = {
    [OUTFILE_ASSIGNED] = TO(OUTFILE_SENDING),
    [OUTFILE_SENDING] = TO(OUTFILE_DELIVERED),
    [OUTFILE_DELIVERED] = TO(OUTFILE_SENDING),
};

static const unsigned run_moves[RUN_STATES] = {
    [RUN_DRAFT] = TO(RUN_SUBMITTED) | TO(RUN_CLOSED) | TO(RUN_STOPPED),
    [RUN_SUBMITTED] = TO(RUN_DRAFT) | TO(RUN_APPROVED) | TO(RUN_CLOSED) | TO(RUN_STOPPED),
    [RUN_APPROVED] = TO(RUN_DRAFT) | TO(RUN_RUNNING) | TO(RUN_CLOSED) | TO(RUN_STOPPED),
    [RUN_RUNNING] = TO(RUN_PAUSED) | TO(RUN_CLOSED) | TO(RUN_STOPPED),
    [RUN_PAUSED] = TO(RUN_RUNNING) | TO(RUN_CLOSED) | TO(RUN_STOPPED),
};

static const unsigned target_moves[TARGET_STATES] = {
    [TARGET_WAITING] = TO(TARGET_IN_ATTEMPT) | TO(TARGET_DONE),
    [TARGET_IN_ATTEMPT] = TO(TARGET_WAITING) | TO(TARGET_DONE),
};

static const unsigned voice_moves[ATTEMPT_STATES] = {
    [ATTEMPT_INTENDED] =
	TO(ATTEMPT_DROPPED) | TO(ATTEMPT_PLACED) | TO(ATTEMPT_ENDED) | TO(ATTEMPT_UNKNOWN),
    [ATTEMPT_PLACED] = TO(ATTEMPT_ANSWERED) | TO(ATTEMPT_ENDED) | TO(ATTEMPT_UNKNOWN),
    [ATTEMPT_ANSWERED] = TO(ATTEMPT_ENDED) | TO(ATTEMPT_UNKNOWN),
};

static const unsigned sms_moves[ATTEMPT_STATES] = {
    [ATTEMPT_INTENDED] =
	TO(ATTEMPT_DROPPED) | TO(ATTEMPT_SUBMITTED) | TO(ATTEMPT_ENDED) | TO(ATTEMPT_UNKNOWN),
    [ATTEMPT_SUBMITTED] = TO(ATTEMPT_ENDED),
};

static bool may(const unsigned *moves, int states, int from, int to)
{
	return from > 0 && from < states && to > 0 && to < states && (moves[from] & TO(to));
}

bool file_may(enum file_state from, enum file_state to)
{
	return may(file_moves, FILE_STATES, from, to);
}

bool outfile_may(enum outfile_state from, enum outfile_state to)
{
	return may(outfile_moves, OUTFILE_STATES, from, to);
}

bool run_may(enum run_state from, enum run_state to)
{
	return may(run_moves, RUN_STATES, from, to);
}

bool target_may(enum target_state from, enum target_state to)
{
	return may(target_moves, TARGET_STATES, from, to);
}

bool attempt_may(enum channel channel, enum attempt_state from, enum attempt_state to)
{
	return may(channel == CHANNEL_VOICE ? voice_moves : sms_moves, ATTEMPT_STATES, from, to);
}

/* The one setter of each machine. */
#define SETTER(machine)                                                                            \
	int machine##_set(enum machine##_state *state, enum machine##_state to)                    \
	{                                                                                          \
		if (!machine##_may(*state, to))                                                    \
			return E_STATE;                                                            \
		*state = to;                                                                       \
		return 0;                                                                          \
	}
SETTER(file)
SETTER(outfile)
SETTER(run)
SETTER(target)

int attempt_set(enum channel channel, enum attempt_state *state, enum attempt_state to)
{
	if (!attempt_may(channel, *state, to))
		return E_STATE;
	*state = to;
	return 0;
}

#define WORD(machine, states, ...)                                                                 \
	const char *machine##_state_word(enum machine##_state s)                                   \
	{                                                                                          \
		static const char *const words[states] = {__VA_ARGS__};                            \
		return (int)s > 0 && (int)s < states ? words[s] : "?";                             \
	}
WORD(file, FILE_STATES, [FILE_ARRIVING] = "arriving", [FILE_RECEIVED] = "received",
     [FILE_CHECKED] = "checked", [FILE_TAKEN] = "taken", [FILE_REFUSED] = "refused")
WORD(outfile, OUTFILE_STATES, [OUTFILE_ASSIGNED] = "assigned", [OUTFILE_SENDING] = "sending",
     [OUTFILE_DELIVERED] = "delivered")
WORD(run, RUN_STATES, [RUN_DRAFT] = "draft", [RUN_SUBMITTED] = "submitted",
     [RUN_APPROVED] = "approved", [RUN_RUNNING] = "running", [RUN_PAUSED] = "paused",
     [RUN_CLOSED] = "closed", [RUN_STOPPED] = "stopped")
WORD(target, TARGET_STATES, [TARGET_WAITING] = "waiting", [TARGET_IN_ATTEMPT] = "in attempt",
     [TARGET_DONE] = "done")
WORD(attempt, ATTEMPT_STATES, [ATTEMPT_INTENDED] = "intended", [ATTEMPT_PLACED] = "placed",
     [ATTEMPT_ANSWERED] = "answered", [ATTEMPT_SUBMITTED] = "submitted",
     [ATTEMPT_DROPPED] = "dropped", [ATTEMPT_ENDED] = "ended", [ATTEMPT_UNKNOWN] = "unknown")

bool run_is_open(enum run_state s)
{
	return s >= RUN_DRAFT && s <= RUN_PAUSED;
}
