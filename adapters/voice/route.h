/*
 * Which trunk a call goes by, and whether it may go by another after one failed.
 * Pure: what is known comes in, a decision goes out (docs/voice.md, Trunks).
 */
#ifndef ADAPTERS_VOICE_ROUTE_H
#define ADAPTERS_VOICE_ROUTE_H

#include "engine/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one trunk can do now. */
struct route {
	bool up;
	int priority;
	int lines, used; /* lines 0: no limit of its own */
	int per_second;  /* 0: no limit of its own */
	int64_t next_us; /* the pacer: no call before this instant */
};

enum route_answer {
	ROUTE_NOW,   /* *ret_place */
	ROUTE_LATER, /* a trunk is up, but full or paced: ask again soon */
	ROUTE_NONE,  /* none is up, or all were tried */
};
/* `tried`: bit n is set if the n-th was. The lowest priority number that can take the call takes
 * it; among equal ones the one with the fewest calls for its lines. */
enum route_answer route_pick(const struct route *routes, size_t n, unsigned tried, int64_t now_us,
			     size_t *ret_place);
/* A call starts now: when the next one may. */
int64_t route_paced(const struct route *r, int64_t now_us);

/* How one try of a call ended, before anybody answered. */
struct route_try {
	bool sent;        /* nua_invite was called */
	bool ours;        /* we gave up: ring time, limit, an order, a recall */
	bool provisional; /* a 101–199 came */
	bool datagram;    /* the trunk is on UDP */
	bool local;       /* the final answer was made by our own stack */
	int status;       /* of the final answer */
	int q850;         /* cause of its Reason header, or 0 */
	int64_t ms;       /* from the INVITE to its end */
};
/* True only if the INVITE certainly reached nobody: another trunk may be tried within the same
 * attempt. In doubt false: nobody is rung twice for one attempt. */
bool route_reached_nobody(const struct route_try *t);

/* How long a 503 with this Retry-After (s) lets a trunk rest: its word, within reason. */
int64_t route_rest_ms(uint64_t retry_after_s);

#endif
