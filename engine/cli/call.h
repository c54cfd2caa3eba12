/* The command line's end of the operators' socket: one call, one answer. */
#ifndef ENGINE_CLI_CALL_H
#define ENGINE_CLI_CALL_H

#include "engine/json.h"

#define CALL_WAIT_MS 30000

struct line {
	int fd;
	char *in;
	size_t in_n;
	int64_t id;
};

/* E_IO (nobody listens there, or we may not), E_LIMIT; errno is connect's. */
int line_open(const char *path, struct line *ret) MUST_CHECK;
void line_close(struct line *l);

/* The whole answer message (an object with result or error). params: an object, or NULL; not taken.
 * E_CLOSED: the engine went away; E_TIMEOUT: no answer, the call may have been carried out;
 * E_PROTO: nonsense. */
int line_call(struct line *l, const char *method, const struct json *params,
	      struct json **ret) MUST_CHECK;
/* The same with a descriptor beside the line; it stays the caller's. */
int line_call_file(struct line *l, const char *method, const struct json *params, int file,
		   struct json **ret) MUST_CHECK;

#endif
