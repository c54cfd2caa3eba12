/*
 * See gate.h. Sofia keeps what each request needs for 32 s and longer, whoever sent
 * it and whatever it was answered: 8 to 10 kB each. A flood from anywhere would be
 * memory without a bound, and whoever scans the network for telephones would learn
 * that there is one. So the kernel throws away what does not come from a trunk: a
 * socket filter (classic BPF) looks at the source address. It is for datagrams, for
 * the beginning of connections, and inherited by those. For datagrams no privilege is
 * needed; newer kernels (seen: 6.18.44) want CAP_NET_ADMIN for connections.
 *
 * Sofia does not show its sockets: they are found by the address they are bound to.
 * What it cannot do: tell a datagram whose source is forged to be the trunk's. That
 * is the router's part (docs/voice.md).
 */
#include "adapters/voice/gate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define FDS 4096       /* they were opened just now: their numbers are low */
#define IP_SOURCE 12   /* in the IPv4 header */
#define ALL UINT32_MAX /* bytes that pass */

static size_t write_program(struct sock_filter *p, const uint32_t *addresses, size_t n)
{
	size_t at = 0;
	p[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					       (uint32_t)SKF_NET_OFF + IP_SOURCE);
	for (size_t i = 0; i < n; i++)
		p[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						       ntohl(addresses[i]), (uint8_t)(n - i), 0);
	p[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	p[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, ALL);
	return at;
}

static int is_bound(int fd, const struct in_addr *addr, const int ports[2])
{
	struct sockaddr_in at = {0};
	socklen_t size = sizeof at;
	if (getsockname(fd, (struct sockaddr *)&at, &size) || at.sin_family != AF_INET)
		return 0;
	int port = ntohs(at.sin_port);
	return at.sin_addr.s_addr == addr->s_addr && port > 0 &&
	       (port == ports[0] || port == ports[1]);
}

int gate_shut(const char *bind, const int ports[2], const uint32_t *addresses, size_t n)
{
	struct sock_filter code[GATE_ADDRESSES + 3];
	struct in_addr addr;
	int found = 0, denied = 0;
	if (n == 0 || n > GATE_ADDRESSES || inet_pton(AF_INET, bind, &addr) != 1)
		return E_INVALID;
	struct sock_fprog program = {.filter = code};
	program.len = (unsigned short)write_program(code, addresses, n);
	for (int fd = 0; fd < FDS; fd++) {
		if (!is_bound(fd, &addr, ports))
			continue;
		found++;
		if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0)
			continue;
		if (errno != EPERM)
			return E_IO;
		denied++;
	}
	if (denied)
		return E_DENIED;
	return found ? 0 : E_NOTFOUND;
}
