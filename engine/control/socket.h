/* The operators' Unix socket: made, and who is on the other end. */
#ifndef ENGINE_CONTROL_SOCKET_H
#define ENGINE_CONTROL_SOCKET_H

#include "engine/err.h"

#include <stdbool.h>

/* A bound socket, mode 0660, that does not listen yet. A socket that nobody listens on any more (of
 * an engine that was killed) is replaced. E_EXISTS: somebody listens there. */
int socket_bind(const char *path, const char *group, int *ret_fd) MUST_CHECK;
/* E_IO: the kernel did not say. */
int socket_peer_uid(int fd, unsigned *ret_uid) MUST_CHECK;

#endif
