/*
 * Full files (全件) of targets: a campaign says which names are full. A row whose debt
 * stands in an open run of the campaign confirms it (and brings its amount); what
 * stands in those runs and is not in the file is withdrawn, some debts each turn.
 *
 *   count -> withdraw -> done
 *     +----> ask -> withdraw | keep        (too many are missing)
 *
 * A file that lacks more than `full_missing` per cent of what is open is more likely
 * cut off than true: nothing is withdrawn before a person says so, and until then
 * nobody of the campaign is contacted. The file stays `checked` meanwhile.
 */
#ifndef ENGINE_TURN_FULLFILE_H
#define ENGINE_TURN_FULLFILE_H

#include "engine/turn/match.h"

struct command;
struct early;

/* By its campaign and name. */
bool full_is(struct engine *e, const struct intake_rec *in);
/* Its missing debts are still to be seen to. */
bool full_is_open(const struct intake_rec *in);
/* A row: what is kept of its person, the names of its debt, its amount. */
struct full_row {
	const struct early *early;
	const struct debt_key *keys;
	size_t n_keys;
	int64_t amount;
};
/* It names a debt of an open run. */
int full_seen(struct engine *e, const struct intake_rec *in, struct match where,
	      const struct full_row *row) MUST_CHECK;
/* All of its rows are in: now, or after a crash. */
int full_begin(struct engine *e, struct intake_rec *in) MUST_CHECK;
int full_sweep(struct engine *e) MUST_CHECK; /* each turn: some more */
/* The campaign's people are not contacted: who is still owed for is being found out. */
bool full_stops(const struct engine *e, const char *campaign);

bool is_full_command(int method);
int on_full_command(struct engine *e, struct command *cmd, int method) MUST_CHECK;

#endif
