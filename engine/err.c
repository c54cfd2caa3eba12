/* Words for engine/err.h: one table, so that logs and the command line agree. */
#include "engine/err.h"

#include <stddef.h>

static const char *const words[] = {
    [-E_OK] = "ok",
    [-E_NOMEM] = "out of memory",
    [-E_IO] = "input/output error",
    [-E_AGAIN] = "not now, try again",
    [-E_FULL] = "queue full",
    [-E_NOTFOUND] = "not found",
    [-E_EXISTS] = "exists already",
    [-E_INVALID] = "invalid",
    [-E_LIMIT] = "over a limit",
    [-E_REFUSED] = "refused by the peer",
    [-E_UNKNOWN] = "not known whether it happened",
    [-E_DEADLOCK] = "deadlock, run again",
    [-E_NOSPC] = "disk full",
    [-E_AUTH] = "authentication failed",
    [-E_PROTO] = "protocol error",
    [-E_CORRUPT] = "record does not decode",
    [-E_TIMEOUT] = "timed out",
    [-E_CLOSED] = "closed",
    [-E_STATE] = "not allowed in this state",
    [-E_DENIED] = "permission denied",
};

const char *err_str(int err)
{
	size_t i = (size_t)(err < 0 ? -err : err);
	return i < sizeof words / sizeof *words && words[i] ? words[i] : "unknown error";
}
