/* The requests in hand, and the four threads that run reads. */
#ifndef ENGINE_CONTROL_READER_H
#define ENGINE_CONTROL_READER_H

#include "engine/control.h"
#include "engine/control/rpc.h"

#include <pthread.h>

#define READERS 4
#define MAX_REQUESTS 512 /* in hand at once, over all clients */

/* What a request that comes back has behind it. */
enum request_stage {
	STAGE_DONE, /* its answer is there */
	STAGE_HASH, /* a password was looked at: now to the engine */
	STAGE_LOOK, /* the engine has it on record: now to a reader */
};

/* A call from its line to its answer. Owned by the control thread; lent to a reader or, as a
 * command, to the engine, until it comes back through `done`. */
struct request {
	struct command command; /* first: a command is its request */
	struct mailbox *done;
	struct rpc rpc;
	uint64_t client; /* serial */
	read_fn read;
	size_t reader; /* which has it */
	enum request_stage stage;
	bool reading; /* a reader has it */
	int err;
	char why[MAX_WORDS];
	char *text; /* the result */
	size_t text_n;
	struct request *next, *prev; /* all in hand */
	struct request *queue;       /* reads that wait for a reader */
};
void request_free(struct request *r); /* NULL is fine */

struct reader {
	struct mailbox *box;
	const struct control_config *config;
	pthread_t thread;
	bool started, busy;
};
int reader_start(struct reader *r, const struct control_config *config) MUST_CHECK;
void reader_stop(struct reader *r); /* waits for its thread; a reader never started is fine */
/* Only to a reader that is not busy. */
void reader_give(struct reader *r, struct request *request);

#endif
