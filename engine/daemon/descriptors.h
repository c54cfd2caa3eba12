/*
 * Room for open files and sockets. A call is a socket, and the usual soft limit of
 * 1,024 would let the 1,000th call of a morning fail: the limit is raised to what the
 * configuration can use before anything is touched, or nothing starts.
 */
#ifndef ENGINE_DAEMON_DESCRIPTORS_H
#define ENGINE_DAEMON_DESCRIPTORS_H

#include "engine/config/config.h"

size_t descriptors_wanted(const struct config *config);
/* Raises the soft limit where it is lower. E_LIMIT: the hard limit is lower too; ret_most is it,
 * and nothing was changed. */
int descriptors_raise(size_t wanted, size_t *ret_most) MUST_CHECK;

#endif
