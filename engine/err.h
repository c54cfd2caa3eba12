/*
 * Error numbers of the whole project.
 *
 * A function that can fail returns 0 or one of these (all negative), and is
 * marked MUST_CHECK. Leaf code returns them; the function that decides what
 * happens next logs, once. Adapters turn a peer's answer into this closed list:
 * a time-out after something was sent is E_UNKNOWN, never E_REFUSED.
 */
#ifndef ENGINE_ERR_H
#define ENGINE_ERR_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

enum err {
	E_OK = 0,
	E_NOMEM = -1,     /* no memory, or a limit of ours on memory */
	E_IO = -2,        /* the operating system said no; errno was logged */
	E_AGAIN = -3,     /* not now: try again later, nothing was done */
	E_FULL = -4,      /* a bounded queue or table is full; nothing was done */
	E_NOTFOUND = -5,  /* no such record, file or name */
	E_EXISTS = -6,    /* it is there already */
	E_INVALID = -7,   /* the input is wrong; `problems` says where */
	E_LIMIT = -8,     /* over a limit of engine/limits.h */
	E_REFUSED = -9,   /* the peer refused for good */
	E_UNKNOWN = -10,  /* may or may not have happened: never repeat blindly */
	E_DEADLOCK = -11, /* abort the transaction, run the same batch again */
	E_NOSPC = -12,    /* disk full */
	E_AUTH = -13,     /* sign-in refused, or the peer's key is not the pinned one */
	E_PROTO = -14,    /* the peer speaks nonsense */
	E_CORRUPT = -15,  /* a stored record does not decode */
	E_TIMEOUT = -16,  /* nothing came; nothing had been sent that could act */
	E_CLOSED = -17,   /* the peer or the mailbox is closed */
	E_STATE = -18,    /* an illegal move of a state machine */
	E_DENIED = -19,   /* the caller's role or department may not */
};

/* A short English phrase; never NULL. */
const char *err_str(int err);

#endif
