/*
 * A record out of the value that a scan found: found_run(value, &run), found_hold(value, &h) …
 * 0 or E_CORRUPT; the callback of the scan passes that on. Strings of the record lie in the value,
 * so they last as long as that step of the scan: what is kept is copied.
 */
#ifndef ENGINE_TURN_FOUND_H
#define ENGINE_TURN_FOUND_H

#include "engine/err.h"
#include "engine/turn/callrec.h"
#include "engine/turn/codec.h"
#include "engine/turn/holdrec.h"
#include "engine/turn/record.h"
#include "engine/turn/trialrec.h"

#define FOUND(NAME, TYPE)                                                                          \
	MUST_CHECK static inline int found_##NAME(struct bytes value, struct TYPE *ret)            \
	{                                                                                          \
		struct codec c;                                                                    \
		*ret = (struct TYPE){0};                                                           \
		codec_read(&c, value, DB_RECORD_VERSION);                                          \
		NAME##_fields(&c, ret);                                                            \
		return codec_end(&c) ? E_CORRUPT : 0;                                              \
	}

FOUND(attempt, attempt)
FOUND(bookrow, bookrow)
FOUND(callback, callback_rec)
FOUND(debt, debt)
FOUND(hold, hold_rec)
FOUND(intake, intake_rec)
FOUND(mark, mark_rec)
FOUND(outfile, outfile)
FOUND(run, run_rec)
FOUND(target, target)
FOUND(trial, trial_rec)

#undef FOUND

#endif
