/* Who is heard at our SIP ports: the trunks' addresses alone. */
#ifndef ADAPTERS_VOICE_GATE_H
#define ADAPTERS_VOICE_GATE_H

#include "engine/err.h"

#include <stddef.h>
#include <stdint.h>

#define GATE_ADDRESSES 64

/* The sockets bound to `bind` and one of the ports hear only these addresses (network order) from
 * now on, and the connections that come to them. E_DENIED: where the kernel lets us, that is all
 * but TCP without CAP_NET_ADMIN. E_NOTFOUND: there is no such socket. E_IO: the kernel did not take
 * it. */
int gate_shut(const char *bind, const int ports[2], const uint32_t *addresses, size_t n) MUST_CHECK;

#endif
