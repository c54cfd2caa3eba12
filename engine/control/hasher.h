/*
 * Passwords are hashed here, in threads of their own: a hash takes a tenth of a
 * second and 64 MiB, which neither the engine, the control thread nor a reader has.
 * A bounded queue; when it is full, whoever signs in is asked to try again.
 */
#ifndef ENGINE_CONTROL_HASHER_H
#define ENGINE_CONTROL_HASHER_H

#include "engine/control/reader.h"

#define HASHERS 2
/* Far fewer in all than the console has connections: the rest stay free for who is signed in. */
#define HASHES_WAITING 6
#define HASHES_AN_ADDRESS 8 /* of one client address in hand at once, of the 14 in all */

struct hasher {
	struct mailbox *box;
	const struct control_config *config;
	pthread_t thread;
	bool started;
};
int hasher_start(struct hasher *h, const struct control_config *config) MUST_CHECK;
void hasher_stop(struct hasher *h); /* waits; what was not begun comes back as E_CLOSED */
/* The request comes back through its `done`: command.hash is filled, or err is set. E_FULL. */
int hasher_give(struct hasher *h, struct request *r) MUST_CHECK;

#endif
