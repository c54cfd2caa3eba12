/* See uri.h. */
#include "engine/config/uri.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static int say(const char **ret_why, const char *why)
{
	*ret_why = why;
	return E_INVALID;
}

static int scheme_of(const char *s, enum uri_kind kind, struct uri *u, const char **ret_rest)
{
	static const char *const names[][2] = {
	    [URI_SIP] = {"sip:", "sips:"}, [URI_HTTP] = {"http://", "https://"}};
	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(names[kind][i]);
		if (strncmp(s, names[kind][i], n) != 0)
			continue;
		size_t len = strcspn(s, ":");
		memcpy(u->scheme, s, len);
		u->scheme[len] = '\0';
		*ret_rest = s + n;
		return 0;
	}
	return E_INVALID;
}

static int host_of(const char *s, struct uri *u, const char **ret_rest)
{
	unsigned char addr[16];
	bool six = *s == '[';
	size_t n = six ? strcspn(s + 1, "]") : strcspn(s, ":/?#;");
	if (n == 0 || n >= sizeof u->host || (six && s[1 + n] != ']'))
		return E_INVALID;
	memcpy(u->host, s + six, n);
	u->host[n] = '\0';
	*ret_rest = s + n + (six ? 2 : 0);
	if (six)
		return inet_pton(AF_INET6, u->host, addr) == 1 ? 0 : E_INVALID;
	return u->host[strspn(u->host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789-.")]
		   ? E_INVALID
		   : 0;
}

static int port_of(const char *s, struct uri *u, const char **ret_rest)
{
	u->port = 0;
	*ret_rest = s;
	if (*s != ':')
		return 0;
	size_t n = strspn(s + 1, "0123456789");
	if (n < 1 || n > 5)
		return E_INVALID;
	u->port = atoi(s + 1);
	*ret_rest = s + 1 + n;
	return u->port >= 1 && u->port <= 65535 ? 0 : E_INVALID;
}

static bool sip_tail_ok(const char *s)
{
	return !*s || strcmp(s, ";transport=udp") == 0 || strcmp(s, ";transport=tcp") == 0 ||
	       strcmp(s, ";transport=tls") == 0;
}

/* A path; the query is the adapter's to write. */
static bool http_tail_ok(const char *s)
{
	if (*s && *s != '/')
		return false;
	for (; *s; s++)
		if ((unsigned char)*s <= ' ' || (unsigned char)*s >= 0x7f || strchr("?#\"<>\\", *s))
			return false;
	return true;
}

int uri_parse(const char *s, enum uri_kind kind, struct uri *ret, const char **ret_why)
{
	struct uri u;
	if (scheme_of(s, kind, &u, &s) != 0)
		return say(ret_why, kind == URI_SIP ? "must begin with sip: or sips:"
						    : "must begin with http:// or https://");
	if (strchr(s, '@'))
		return say(ret_why, "may not hold a user or password: there are keys for them");
	if (host_of(s, &u, &s) != 0)
		return say(ret_why, "has no right host");
	if (port_of(s, &u, &s) != 0)
		return say(ret_why, "has a wrong port");
	if (kind == URI_SIP && !sip_tail_ok(s))
		return say(ret_why, "may have no parameter but ;transport=udp, tcp or tls");
	if (kind == URI_HTTP && !http_tail_ok(s))
		return say(ret_why, "may have a path, but no query and no special characters");
	*ret = u;
	return 0;
}

bool uri_host_is_loopback(const char *host)
{
	struct in_addr four;
	struct in6_addr six;
	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}
