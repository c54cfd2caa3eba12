/* Addresses and networks, IPv4 and IPv6. Pure. */
#ifndef CONSOLE_NET_H
#define CONSOLE_NET_H

#include "engine/err.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define MAX_NETWORKS 64
#define NET_TEXT INET6_ADDRSTRLEN

struct network {
	int family; /* AF_INET, AF_INET6 */
	unsigned char bytes[16];
	unsigned bits;
};
struct networks {
	size_t n;
	struct network list[MAX_NETWORKS];
};

/* "10.0.0.0/8 2001:db8::/32 192.0.2.7". E_INVALID: `bad` is the word that is none. */
int networks_parse(const char *text, struct networks *ret, char bad[64]) MUST_CHECK;
bool networks_have(const struct networks *n, const struct network *address);
/* An IPv4 address in IPv6's clothes (::ffff:…) is the IPv4 address. */
int net_of_sockaddr(const struct sockaddr *addr, struct network *ret) MUST_CHECK;
int net_of_text(const char *text, struct network *ret) MUST_CHECK; /* one address; E_INVALID */
void net_text(const struct network *address, char out[NET_TEXT]);

#endif
