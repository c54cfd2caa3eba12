/*
 * The intake thread: reads files of our spool through the exchange port, first once
 * from end to end for what refuses a file whole, then in batches. It never writes
 * to the store and moves no file; the engine owns both.
 */
#ifndef ENGINE_INTAKE_H
#define ENGINE_INTAKE_H

#include "engine/exchange.h"
#include "engine/mailbox.h"

struct intake_job {
	uint32_t intake;
	char path[MAX_PATH_BYTES];
	const struct layout *layout; /* stays as long as the thread */
	uint32_t skip_rows;          /* rows that the engine has already (after a crash) */
	bool check;                  /* EV_INTAKE_CHECKED first; false: that was done before */
	uint64_t order; /* without `check`: the order that the verdict named; another is E_IO */
};

struct intake;

/* EV_INTAKE_CHECKED goes to `to_engine`; EV_ROWS and, last, EV_INTAKE_END to `rows`. After a
 * refusal there is no EV_INTAKE_END. While a mailbox is full the thread waits. */
int intake_start(const struct exchange_ops *exchange, struct mailbox *to_engine,
		 struct mailbox *rows, struct intake **ret_intake) MUST_CHECK;
/* Copies the job; never blocks; E_FULL. Jobs run one after the other. */
int intake_post(struct intake *in, const struct intake_job *job) MUST_CHECK;
/* Ends the job under way where it stands (the engine's record says how far it came). NULL is fine.
 */
void intake_stop(struct intake *in);

#endif
