/*
 * URIs of peers, as narrow as we need them: scheme, host, port. No user part (our
 * accounts are keys of their own; and "http://127.0.0.1@elsewhere/" looks like
 * loopback to a hurried reader), and of parameters only transport= (";maddr="
 * would send a call elsewhere than the host says).
 */
#ifndef ENGINE_CONFIG_URI_H
#define ENGINE_CONFIG_URI_H

#include "engine/err.h"
#include <stdbool.h>

enum uri_kind { URI_SIP, URI_HTTP };
struct uri {
	char scheme[8];
	char host[128]; /* without the brackets of an IPv6 address */
	int port;       /* 0: the scheme's own */
};

/* E_INVALID: *ret_why is a sentence that stays. */
int uri_parse(const char *s, enum uri_kind kind, struct uri *ret, const char **ret_why) MUST_CHECK;
/* An address of 127.0.0.0/8 or ::1, written as such: a name would ask a resolver that may answer
 * anything. */
bool uri_host_is_loopback(const char *host);

#endif
