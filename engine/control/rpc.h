/* JSON-RPC 2.0: one line into a call, an answer into one line. Pure. */
#ifndef ENGINE_CONTROL_RPC_H
#define ENGINE_CONTROL_RPC_H

#include "engine/control.h"

/* Codes of JSON-RPC, and ours. docs/control.md lists them. */
enum rpc_code {
	RPC_PARSE = -32700,
	RPC_REQUEST = -32600,
	RPC_METHOD = -32601,
	RPC_PARAMS = -32602,
	RPC_INTERNAL = -32603,
	RPC_FAILED = -32000,   /* any other failure; data.err says which */
	RPC_STRANGER = -32001, /* the Unix user is nobody's */
	RPC_DENIED = -32002,
	RPC_BUSY = -32003, /* try again */
	RPC_NOTFOUND = -32004,
	RPC_STATE = -32005, /* not in this state */
	RPC_STOPPING = -32006,
	RPC_TOO_LONG = -32007, /* a line over 64 kB, in or out */
	RPC_TOO_MANY = -32008, /* clients */
	RPC_SIGNIN = -32010,   /* the console's socket: nobody is signed in by that session */
	RPC_WRONG = -32011,    /* name, password or code is wrong */
	RPC_WAIT = -32012,     /* too many tries */
	RPC_INVALID = -32009,  /* what the method works on is wrong: a campaign, a file */
};

#define RPC_ID 80 /* an id as JSON text: an integer or a short string */

struct rpc {
	char id[RPC_ID];
	char method[MAX_ID];
	struct json *root;
	const struct json *params; /* an object inside root, or NULL */
};

/* 0, or an rpc_code with its sentence; `ret->id` is "null" if it could not be read. */
int rpc_parse(const char *line, size_t n, struct rpc *ret, char why[MAX_WORDS]) MUST_CHECK;
void rpc_free(struct rpc *rpc);

/* A line with its end, malloc'ed. `result`: JSON text. NULL: no memory. */
char *rpc_result(const char *id, const char *result, size_t result_n, size_t *ret_n);
char *rpc_error(const char *id, int code, const char *words, int err, size_t *ret_n);
/* The code that tells E_*. */
int rpc_code_of(int err);

/* 0, or RPC_PARAMS with a sentence. */
int param_check(const struct method *m, const struct json *params, char why[MAX_WORDS]) MUST_CHECK;
/* The parameters that every listing takes. */
extern const struct param param_listing[2];
#define LIST_KEY_MOST 256 /* bytes of a key that a listing goes on from */

/* The method of that name, or NULL. */
const struct method *method_find(const struct method *methods, size_t n, const char *name);

#endif
