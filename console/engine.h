/*
 * The engine, as the console knows it: a Unix socket to which one line goes and from
 * which one comes, a connection a call. And since when it is down.
 */
#ifndef CONSOLE_ENGINE_H
#define CONSOLE_ENGINE_H

#include "engine/json.h"
#include "engine/limits.h"

struct upstream {
	const char *path; /* of the socket */
};
/* Who calls: all of it as it came from outside, checked for its shape alone. */
struct upcall {
	const char *method, *from;
	const char *session, *csrf; /* 64 hex digits or "" */
	const char *certificate;    /* the client's fingerprint, if our proxy says it; or "" */
	const struct json *params;  /* an object, or NULL */
	bool watch;                 /* the page asks by itself: nobody used it */
	int file;                   /* a descriptor that goes along, or -1 */
};
/* The engine's whole answer, and as text (malloc'ed). E_CLOSED: it is down; E_TIMEOUT. */
int upstream_call(const struct upstream *u, const struct upcall *call, struct json **ret,
		  char **ret_text) MUST_CHECK;
/* Asks whether somebody is there; of a thread that does so from time to time. */
void upstream_probe(const struct upstream *u);
/* "2026-11-23 16:05" (Asia/Tokyo), or "" if it is up. */
void upstream_down_since(char out[32]);

#endif
