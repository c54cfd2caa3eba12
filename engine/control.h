/*
 * Control: how operators speak to the engine. JSON-RPC 2.0, one message a line of
 * at most 64 kB, over a Unix socket. Who calls is what the kernel says (the peer's
 * uid, mapped by the [user] sections); what he may do is decided here, by one
 * table of methods.
 *
 * One thread owns the socket and its clients, four more run reads. A command (a
 * method that writes) goes to the engine's mailbox as EV_COMMAND; the engine
 * answers by control_reply() from its own thread, once its transaction is on disk.
 * A read runs on a snapshot, for at most MAX_READ_ROWS rows and READ_MOST_MS, and
 * is resumed by its key. No command waits behind a read; nothing blocks the engine.
 */
#ifndef ENGINE_CONTROL_H
#define ENGINE_CONTROL_H

#include "engine/config/config.h"
#include "engine/digest.h"
#include "engine/json.h"
#include "engine/mailbox.h"
#include "engine/signin.h"
#include "engine/store.h"

#define READ_MOST_MS 50

/* Who asks. The department is a wall: handlers show and change only what is of who->department. */
struct caller {
	char user[MAX_ID]; /* of [user NAME] */
	char name[MAX_NAME_BYTES];
	char department[MAX_ID];
	unsigned roles; /* enum role */
	unsigned uid;   /* the operators' socket; CALLER_NO_UID: the console's */
	char from[48];  /* the console's word for the client's address; "" on the other socket */
};
#define CALLER_NO_UID UINT32_MAX

/* ---- the table ---- */

enum method_kind {
	METHOD_READ,    /* runs in a reader thread, on a snapshot */
	METHOD_COMMAND, /* runs in the engine's turn */
	METHOD_SESSION, /* answered by control itself, of the session */
};

/* Of the methods of the console's socket that have to do with passwords. */
enum method_secret {
	SECRET_NO,
	SECRET_CHECK, /* `password` of `user` is checked before the engine sees the command */
	SECRET_MAKE,  /* a hash of `password` is made for the engine */
};

enum param_type {
	PARAM_ID,   /* a-z A-Z 0-9 - _ . */
	PARAM_TEXT, /* UTF-8 without control characters; most: bytes */
	PARAM_INT,  /* least … most */
	PARAM_BOOL,
	PARAM_CHOICE, /* one of "a|b|c" */
};
struct param {
	const char *name;
	enum param_type type;
	bool required;
	bool secret; /* not in the audit log */
	int64_t least, most;
	const char *choices;
	const char *words;
};

struct method {
	const char *name; /* "run.approve" */
	const char *words;
	enum method_kind kind;
	unsigned roles;  /* any of these; 0: nobody */
	bool not_root;   /* approvals: a person's own user, never uid 0 */
	bool takes_file; /* one descriptor comes with the line (SCM_RIGHTS) */
	bool console;    /* only on the console's socket */
	bool no_session; /* there, without one */
	bool link;       /* it shows a link's token, which is guessed at as passwords are */
	bool ends;       /* once it is done, the sessions of its parameter `user` end */
	enum method_secret secret;
	bool look;    /* a read that shows people: on record before it is shown */
	bool listing; /* takes `after` and `limit` too; answers rows and next */
	const struct param *params;
	size_t n_params;
};

/* ---- commands: the engine's side ---- */

/* Belongs to control. The engine may use it from EV_COMMAND until its control_reply(). */
struct command {
	const struct method *method;
	struct caller who;
	const struct json
	    *params;     /* checked by the table; NULL: none were sent (json_get takes it) */
	int file;        /* method->takes_file: control closes it after the reply; else -1 */
	int64_t real_ms; /* when it came, by the machine's clock: codes and accounts go by that */
	/* SECRET_CHECK: the stored hash that the password fits, or ""; SECRET_MAKE: the new hash,
	 * or
	 * "" if may_hash() said no */
	char hash[SIGNIN_HASH];
	char certificate[65]; /* SECRET_CHECK: the client's, as the console says, or "" */
	const char *unfit;    /* SECRET_MAKE: why it is not taken, in words that stay; or NULL */
	char note[64]; /* for the audit log: why it was refused, more than the caller is told */
	bool stranger; /* of no account of ours: the audit log, which keeps for ever, is not his */
	struct caller opened; /* session.open: the engine says who signed in */
};

/* What the answer will be: the last of these that was said before control_reply (a batch that runs
 * again says it again); none: true. The result is taken. */
void command_result(struct command *c, struct json *result);
/* `err` is E_NOTFOUND, E_STATE, E_DENIED …; the words are for the operator. Returns err. */
int command_refuse(struct command *c, int err, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* It ends with this error: unless it was refused in words, err's own are the answer. An error is
 * never answered as success. */
void command_fail(struct command *c, int err);
/* Sends it. Never blocks, cannot fail; the command is not the engine's any more. */
void control_reply(struct command *c);

/* ---- reads: handlers, in a reader thread ---- */

struct query {
	const struct method *method;
	const struct caller *who;
	const struct json
	    *params; /* checked by the table; NULL: none were sent (json_get takes it) */
	void *ctx;   /* control_config.read_ctx */
	const struct store_ops *store;
	struct store_txn *snapshot; /* ended by control; NULL if there is no store */
	int file;                   /* method->takes_file: control closes it; else -1 */
};
struct answer;

/* 0: what was put into the answer is sent. E_*: refused, with the words of answer_refuse() if it
 * was called. */
typedef int (*read_fn)(const struct query *q, struct answer *a);

int answer_refuse(struct answer *a, int err, const char *fmt, ...)
    PRINTF_LIKE(3, 4); /* returns err */
/* The whole result, or, for a listing, one more member beside its rows. Takes the value. */
void answer_set(struct answer *a, struct json *result);
void answer_put(struct answer *a, const char *name, struct json *value);

/* A listing goes over keys of the store that begin with `prefix`:
 *
 *	err = answer_from(a, q, prefix, &from);      where to begin: the client's `after`, or prefix
 *	in the scan's callback, for each key:
 *		if (answer_look(a, key)) return 1;   the page is full: this key is where the next
 *begins … a row that the caller may not see or did not ask for: return 0 return answer_row(a, row);
 *0, or 1 when it does not fit any more
 */
int answer_from(struct answer *a, const struct query *q, struct bytes prefix,
		struct bytes *ret_from) MUST_CHECK;
int answer_look(struct answer *a, struct bytes key) MUST_CHECK;
int answer_row(struct answer *a, struct json *row) MUST_CHECK; /* takes the row */
/* What takes time is done, and the rest lies in memory, with an end: a page of it goes on to its
 * rows' limit. Else a handler that works for long before its first row would answer that row alone.
 */
void answer_untimed(struct answer *a);

/* ---- the threads ---- */

struct control_config {
	const char *path;                /* of the socket */
	const char *group;               /* that may connect; "": the engine's own */
	const struct config_user *users; /* stay as long as control */
	size_t n_users;
	const struct method *methods;
	const read_fn *reads; /* one for each METHOD_READ, at its place in `methods` */
	size_t n_methods;
	void *read_ctx;
	const struct store_ops *store_ops; /* may be NULL */
	struct store *store;
	struct mailbox *to_engine; /* EV_COMMAND */
	/* The console's socket; path NULL or "": there is none. */
	struct {
		const char *path, *group;
		unsigned uid; /* that alone may connect */
		int64_t idle_ms, most_ms;
		const struct digest_ops *digest;
		const struct signin_ops *signin;
		/* Any thread, on a snapshot: the hash that the store has for an account that may
		 * sign in, or "". */
		int (*hash_of)(const struct store_ops *ops, struct store_txn *snapshot,
			       const char *user, char out[SIGNIN_HASH]);
		/* Any thread, before the hash of a new password is made: is there a link that lets
		 * this command choose one, and may it be this one? E_DENIED: no hash is made, and
		 * the engine says why (from *ret_unfit, if the password is what is wrong). */
		int (*may_hash)(void *ctx, const struct store_ops *ops, struct store_txn *snapshot,
				const struct command *cmd, const char **ret_unfit);
	} console;
	int64_t stall_ms; /* a client that neither reads nor ends its line is closed; 0: 30 s */
};

struct control;
/* Opens the socket last, so that nobody is heard before all stands. E_INVALID: a read has no
 * handler; E_EXISTS: another engine listens there; E_IO, E_NOMEM. What went wrong is logged. */
int control_start(const struct control_config *config, struct control **ret) MUST_CHECK;
/* Hears nobody any more, ends the reads, answers what is open with "the engine stops", and waits
 * for the threads. From here on every struct command is gone: call it when the engine's thread
 * takes no more events (or from that thread). NULL is fine. */
void control_stop(struct control *c);

#endif
