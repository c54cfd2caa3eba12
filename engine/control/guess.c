/* See guess.h. */
#include "engine/control/guess.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

void guess_net(const char *from, char out[MAX_FROM])
{
	struct in6_addr a;
	char text[INET6_ADDRSTRLEN] = "";
	const char *tail = "";
	if (inet_pton(AF_INET6, from, &a) != 1)
		snprintf(text, sizeof text, "%s", from);
	else if (IN6_IS_ADDR_V4MAPPED(&a))
		inet_ntop(AF_INET, &a.s6_addr[12], text, sizeof text);
	else {
		memset(&a.s6_addr[8], 0, 8);
		inet_ntop(AF_INET6, &a, text, sizeof text);
		tail = "/64";
	}
	snprintf(out, MAX_FROM, "%s%s", text, tail);
}

static struct guess *find(struct guess *list, const char *user, const char *from)
{
	for (size_t i = 0; i < GUESS_PLACES; i++)
		if (list[i].tries && strcmp(list[i].user, user) == 0 &&
		    strcmp(list[i].from, from) == 0)
			return &list[i];
	return NULL;
}

/* How long from the last try on the next one waits. */
static int64_t wait_of(unsigned tries, unsigned most_free)
{
	int64_t wait = GUESS_FIRST_MS;
	if (tries < most_free)
		return 0;
	for (unsigned i = most_free; i < tries && wait < GUESS_MOST_MS; i++)
		wait *= 2;
	return wait < GUESS_MOST_MS ? wait : GUESS_MOST_MS;
}

static int64_t left(const struct guess *x, unsigned most_free, int64_t now_ms)
{
	if (!x || now_ms - x->last_ms >= GUESS_FORGET_MS)
		return 0;
	int64_t at = x->last_ms + wait_of(x->tries, most_free);
	return at > now_ms ? at - now_ms : 0;
}

static const struct guess *older(const struct guess *a, const struct guess *b)
{
	return !a || b->last_ms < a->last_ms ? b : a;
}

/* A full table loses the oldest: of those that are not slowed yet, so that no flood of invented
 * names washes away the wait of the account that he is after; but of the slowed ones once they are
 * more than half. So there is always room for new names to be counted beside each other: were the
 * least tries lost first, or were the slowed ones never lost, somebody could fill the table so that
 * two names push each other out and neither is ever counted to its limit. */
static struct guess *place_for(struct guess *list, unsigned most_free, int64_t now_ms)
{
	const struct guess *oldest = NULL, *oldest_slowed = NULL;
	size_t slowed = 0;
	for (size_t i = 0; i < GUESS_PLACES; i++) {
		const struct guess *x = &list[i];
		if (!x->tries || now_ms - x->last_ms >= GUESS_FORGET_MS)
			return &list[i];
		if (x->tries >= most_free) {
			oldest_slowed = older(oldest_slowed, x);
			slowed++;
		} else
			oldest = older(oldest, x);
	}
	const struct guess *lost = slowed > GUESS_PLACES / 2 ? oldest_slowed : oldest;
	return &list[lost - list];
}

static void count(struct guess *list, unsigned most_free, const char *user, const char *from,
		  int64_t now_ms)
{
	struct guess *x = find(list, user, from);
	if (!x) {
		x = place_for(list, most_free, now_ms);
		*x = (struct guess){.tries = 0};
		snprintf(x->user, sizeof x->user, "%s", user);
		snprintf(x->from, sizeof x->from, "%s", from);
	}
	if (now_ms - x->last_ms >= GUESS_FORGET_MS)
		x->tries = 0;
	x->tries++;
	x->last_ms = now_ms;
}

static void take_back(struct guess *x)
{
	if (x && x->tries)
		x->tries--;
}

static void forgive(struct guess *x)
{
	if (x)
		x->tries = 0;
}

/* ---- signing in ---- */

int64_t guess_begin(struct guesses *g, const char *user, const char *address, int64_t now_ms)
{
	char from[MAX_FROM];
	guess_net(address, from);
	int64_t wait = left(find(g->here, user, from), GUESS_FREE, now_ms);
	int64_t other = left(find(g->anywhere, user, ""), GUESS_FREE_ANYWHERE, now_ms);
	if (wait || other)
		return wait > other ? wait : other;
	count(g->here, GUESS_FREE, user, from, now_ms);
	count(g->anywhere, GUESS_FREE_ANYWHERE, user, "", now_ms);
	return 0;
}

void guess_untried(struct guesses *g, const char *user, const char *address)
{
	char from[MAX_FROM];
	guess_net(address, from);
	take_back(find(g->here, user, from));
	take_back(find(g->anywhere, user, ""));
}

void guess_right(struct guesses *g, const char *user, const char *address)
{
	char from[MAX_FROM];
	guess_net(address, from);
	forgive(find(g->here, user, from));
	forgive(find(g->anywhere, user, ""));
}

/* ---- links ---- */

int64_t guess_link_begin(struct guesses *g, const char *user, const char *address, int64_t now_ms)
{
	char from[MAX_FROM];
	guess_net(address, from);
	int64_t wait = left(find(g->link, "", from), GUESS_FREE, now_ms);
	int64_t other = *user ? left(find(g->code, user, ""), GUESS_FREE, now_ms) : 0;
	if (wait || other)
		return wait > other ? wait : other;
	count(g->link, GUESS_FREE, "", from, now_ms);
	return 0;
}

void guess_link_untried(struct guesses *g, const char *address)
{
	char from[MAX_FROM];
	guess_net(address, from);
	take_back(find(g->link, "", from));
}

void guess_link_right(struct guesses *g, const char *user, const char *address)
{
	char from[MAX_FROM];
	guess_net(address, from);
	forgive(find(g->link, "", from));
	if (*user)
		forgive(find(g->code, user, ""));
}

void guess_link_code(struct guesses *g, const char *user, int64_t now_ms)
{
	count(g->code, GUESS_FREE, user, "", now_ms);
}
