/* The inside of control: shared by engine/control.c and engine/control/dispatch.c alone. */
#ifndef ENGINE_CONTROL_INNER_H
#define ENGINE_CONTROL_INNER_H

#include "engine/control/client.h"
#include "engine/control/reader.h"

struct control {
	struct control_config config;
	int listen_fd, console_fd, stop_fd;
	struct door *door; /* of the console; NULL: there is none */
	pthread_t thread;
	struct mailbox *done;
	struct reader readers[READERS];
	struct client *clients[MAX_CONTROL_CLIENTS];
	uint64_t serial;
	struct request *requests; /* all in hand */
	size_t n_requests;
	struct request *queue, **queue_end; /* reads that wait */
	int64_t accept_after_ms;
	bool stopping;
};

/* ---- dispatch.c ---- */
/* Takes as many whole lines as the client's bounds allow. An error breaks the connection. */
int dispatch_client(struct control *c, struct client *client) MUST_CHECK;
/* A request that came back and has more before it goes on: true; it is not to be answered. */
bool dispatch_on(struct control *c, struct request *r);
/* Gives waiting reads to idle readers, in order. */
void dispatch_reads(struct control *c);
void request_forget(struct control *c, struct request *r);

#endif
