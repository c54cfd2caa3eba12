/* One connection: bytes in to lines, lines out to bytes. Non-blocking, bounded. */
#ifndef ENGINE_CONTROL_CLIENT_H
#define ENGINE_CONTROL_CLIENT_H

#include "engine/control.h"

#define CLIENT_IN_FLIGHT 8 /* calls of one client that are not answered yet */
#define CLIENT_FILES 4     /* descriptors that came and no call took yet */
#define CLIENT_OUT_BYTES                                                                           \
	(2 * MAX_CONTROL_LINE) /* unsent answers: over it, nothing more is read                    \
				*/

struct client {
	int fd;
	uint64_t serial;   /* a slot is used again, a serial never */
	struct caller who; /* the console's clients: only its uid */
	bool console;      /* came by the console's socket: each line says who calls */
	char in[MAX_CONTROL_LINE];
	size_t in_at, in_n; /* [in_at, in_n) is not used yet */
	char *out;
	size_t out_at, out_n, out_size;
	int file[CLIENT_FILES]; /* in the order in which they came */
	size_t n_files;
	unsigned in_flight;
	int64_t moved_ms; /* bytes last went in or out */
	bool ended;       /* the peer sends no more */
	bool closing;     /* send what is there, then close */
};

/* Takes fd, also on failure. */
int client_new(int fd, uint64_t serial, const struct caller *who, int64_t now_ms,
	       struct client **ret) MUST_CHECK;
void client_free(struct client *c); /* NULL is fine */

bool client_may_call(const struct client *c);  /* one more call may be taken from it */
bool client_wants_in(const struct client *c);  /* poll for reading */
bool client_wants_out(const struct client *c); /* poll for writing */
/* All is said and sent, and the peer sends no more. */
bool client_is_done(const struct client *c);
bool client_is_stalled(const struct client *c, int64_t now_ms, int64_t stall_ms);

/* Reads what is there. E_CLOSED: the connection is broken. */
int client_fill(struct client *c, int64_t now_ms) MUST_CHECK;
/* The next whole line without its end, inside c->in until the next fill. E_NOTFOUND: none yet;
 * E_LIMIT: over MAX_CONTROL_LINE. */
int client_line(struct client *c, char **ret_line, size_t *ret_n) MUST_CHECK;
/* The descriptor that came first, or -1: none came. The caller closes it. */
int client_take_file(struct client *c);
/* Takes the line; NULL (no memory for an answer) breaks the connection: silence would be worse. */
int client_put(struct client *c, char *line, size_t n) MUST_CHECK;
int client_flush(struct client *c, int64_t now_ms) MUST_CHECK; /* E_CLOSED */

#endif
