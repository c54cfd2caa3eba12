/* The console's socket: who calls is whoever the session says, not the Unix user. */
#ifndef ENGINE_CONTROL_DOOR_H
#define ENGINE_CONTROL_DOOR_H

#include "engine/control/inner.h"

/* What the console's calls need: NULL if the configuration has no console. */
int door_new(const struct control_config *config, struct door **ret) MUST_CHECK;
void door_stop(struct door *d); /* ends its threads; what they had comes back. NULL is fine */
void door_free(struct door *d); /* NULL is fine */

/* Who calls, by the line's `session`, `csrf` and `from`. 0, or an rpc_code with its sentence. */
int door_caller(struct control *c, const struct rpc *rpc, const struct method *m,
		struct caller *ret, char why[MAX_WORDS]) MUST_CHECK;
/* Before a command with a password: is it a guess too many? 0, or an rpc_code. */
int door_may_guess(struct control *c, const struct rpc *rpc, const struct method *m,
		   const struct caller *who, char why[MAX_WORDS]) MUST_CHECK;
/* To a hasher; E_FULL, and then the try does not count. */
int door_hash(struct control *c, struct request *r, const struct method *m) MUST_CHECK;
/* session.show: the answer as a line. NULL: no memory. */
char *door_show(struct control *c, const struct rpc *rpc, size_t *ret_n);
/* A command came back from the engine: sessions begin and end by it. May set r->text. */
void door_done(struct control *c, struct request *r);

#endif
