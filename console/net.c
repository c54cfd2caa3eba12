/* See net.h. */
#include "console/net.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static void unmap(struct network *a)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	if (a->family != AF_INET6 || memcmp(a->bytes, mapped, sizeof mapped) != 0 || a->bits < 96)
		return;
	memmove(a->bytes, a->bytes + 12, 4);
	memset(a->bytes + 4, 0, 12);
	a->family = AF_INET;
	a->bits -= 96;
}

static int as_written(const char *text, struct network *ret)
{
	struct network a = {.family = AF_INET, .bits = 32};
	if (inet_pton(AF_INET, text, a.bytes) != 1) {
		a.family = AF_INET6;
		a.bits = 128;
		if (inet_pton(AF_INET6, text, a.bytes) != 1)
			return E_INVALID;
	}
	*ret = a;
	return 0;
}

int net_of_text(const char *text, struct network *ret)
{
	struct network a;
	int err = as_written(text, &a);
	if (err)
		return err;
	unmap(&a);
	*ret = a;
	return 0;
}

int net_of_sockaddr(const struct sockaddr *addr, struct network *ret)
{
	struct network a = {.family = addr->sa_family};
	if (addr->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)addr;
		memcpy(a.bytes, &in->sin_addr, 4);
		a.bits = 32;
	} else if (addr->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)addr;
		memcpy(a.bytes, &in6->sin6_addr, 16);
		a.bits = 128;
	} else {
		return E_INVALID;
	}
	unmap(&a);
	*ret = a;
	return 0;
}

static int one(const char *word, struct network *ret)
{
	char address[64], *end;
	const char *slash = strchr(word, '/');
	size_t n = slash ? (size_t)(slash - word) : strlen(word);
	if (n >= sizeof address)
		return E_INVALID;
	memcpy(address, word, n);
	address[n] = '\0';
	struct network a;
	int err = as_written(address, &a);
	if (err)
		return err;
	if (!slash) {
		unmap(&a);
		*ret = a;
		return 0;
	}
	unsigned long bits = strtoul(slash + 1, &end, 10);
	if (slash[1] < '0' || slash[1] > '9' || *end || bits > a.bits)
		return E_INVALID;
	/* 10.1.2.3/8: a slip of the pen, and nobody can say which of the two was meant */
	for (size_t i = 0; i < a.bits; i++)
		if (i >= bits && a.bytes[i / 8] & (0x80u >> i % 8))
			return E_INVALID;
	a.bits = (unsigned)bits;
	unmap(&a);
	*ret = a;
	return 0;
}

int networks_parse(const char *text, struct networks *ret, char bad[64])
{
	struct networks list = {.n = 0};
	for (text += strspn(text, " \t"); *text;) {
		char word[64] = "";
		size_t n = strcspn(text, " \t");
		memcpy(word, text, n < sizeof word ? n : sizeof word - 1);
		if (n >= sizeof word || list.n == MAX_NETWORKS || one(word, &list.list[list.n])) {
			memcpy(bad, word, sizeof word);
			return E_INVALID;
		}
		list.n++;
		text += n;
		text += strspn(text, " \t");
	}
	*ret = list;
	return 0;
}

static bool holds(const struct network *net, const struct network *a)
{
	if (net->family != a->family)
		return false;
	unsigned whole = net->bits / 8, left = net->bits % 8;
	unsigned char mask = (unsigned char)(0xff00u >> left);
	return memcmp(net->bytes, a->bytes, whole) == 0 &&
	       (left == 0 || ((net->bytes[whole] ^ a->bytes[whole]) & mask) == 0);
}

bool networks_have(const struct networks *n, const struct network *address)
{
	for (size_t i = 0; i < n->n; i++)
		if (holds(&n->list[i], address))
			return true;
	return false;
}

void net_text(const struct network *address, char out[NET_TEXT])
{
	if (!inet_ntop(address->family, address->bytes, out, NET_TEXT))
		out[0] = '\0';
}
