/* See route.h. */
#include "adapters/voice/route.h"

#define US_PER_S 1000000
/* A late tick may start the calls of this time at once, so that the rate is held. */
#define LATE_US 50000
/* Before Sofia sends a datagram again (T1, 500 ms): only one copy was on its way. */
#define FIRST_COPY_MS 400
/* Longer than this a trunk does not rest for a 503: it may be the word of a machine far behind it,
 * and must not stop a city's calls for a day. */
#define REST_MOST_MS 300000

static bool has_line(const struct route *r)
{
	return r->lines == 0 || r->used < r->lines;
}

static bool better(const struct route *a, const struct route *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority;
	/* calls for each line; without a limit of its own a trunk counts as the largest */
	int64_t la = a->lines ? a->lines : MAX_LINES, lb = b->lines ? b->lines : MAX_LINES;
	return a->used * lb < b->used * la;
}

enum route_answer route_pick(const struct route *routes, size_t n, unsigned tried, int64_t now_us,
			     size_t *ret_place)
{
	const struct route *best = NULL;
	bool later = false;
	for (size_t i = 0; i < n; i++) {
		const struct route *r = &routes[i];
		if (!r->up || (tried & 1u << i))
			continue;
		if (!has_line(r) || (r->per_second && r->next_us > now_us))
			later = true;
		else if (!best || better(r, best))
			best = r;
	}
	if (!best)
		return later ? ROUTE_LATER : ROUTE_NONE;
	*ret_place = (size_t)(best - routes);
	return ROUTE_NOW;
}

int64_t route_paced(const struct route *r, int64_t now_us)
{
	if (!r->per_second)
		return 0;
	int64_t from = r->next_us > now_us - LATE_US ? r->next_us : now_us - LATE_US;
	return from + US_PER_S / r->per_second;
}

/* The network's own trouble, and not a word about the person called. */
static bool is_network_cause(int q850)
{
	return q850 == 0 || q850 == 34 || q850 == 38 || q850 == 41 || q850 == 42 || q850 == 44 ||
	       q850 == 47;
}

bool route_reached_nobody(const struct route_try *t)
{
	if (!t->sent)
		return true;
	if (t->ours || t->provisional)
		return false;
	/* Our stack's 408 says that no answer came, not that nothing arrived. Its 503 says that
	 * sending failed; on TCP and TLS that may be a connection that broke after the INVITE had
	 * gone over it. On UDP, before the first copy was repeated, it is the operating system's or
	 * an ICMP's word that nobody took the only copy there was. */
	if (t->local)
		return t->datagram && t->status == 503 && t->ms < FIRST_COPY_MS;
	/* 401, 407 after our answer: the trunk does not let us in. */
	return t->status == 401 || t->status == 407 ||
	       (t->status == 503 && is_network_cause(t->q850));
}

int64_t route_rest_ms(uint64_t retry_after_s)
{
	return retry_after_s < REST_MOST_MS / 1000 ? (int64_t)retry_after_s * 1000 : REST_MOST_MS;
}
