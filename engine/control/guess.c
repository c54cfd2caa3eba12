/* See guess.h. */
#include "engine/control/guess.h"

#include <stdio.h>
#include <string.h>

static struct guess *find(struct guesses *g, const char *user, const char *from)
{
	for (size_t i = 0; i < GUESS_PLACES; i++)
		if (g->list[i].tries && strcmp(g->list[i].user, user) == 0 &&
		    strcmp(g->list[i].from, from) == 0)
			return &g->list[i];
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

/* Who floods the table with invented names pushes out what has the fewest tries: other inventions,
 * not the count of an account that he is after. */
static struct guess *place_for(struct guesses *g, int64_t now_ms)
{
	struct guess *least = &g->list[0];
	for (size_t i = 0; i < GUESS_PLACES; i++) {
		struct guess *x = &g->list[i];
		if (!x->tries || now_ms - x->last_ms >= GUESS_FORGET_MS)
			return x;
		if (x->tries < least->tries ||
		    (x->tries == least->tries && x->last_ms < least->last_ms))
			least = x;
	}
	return least;
}

static void count(struct guesses *g, struct guess *x, const char *user, const char *from,
		  int64_t now_ms)
{
	if (!x) {
		x = place_for(g, now_ms);
		*x = (struct guess){.tries = 0};
		snprintf(x->user, sizeof x->user, "%s", user);
		snprintf(x->from, sizeof x->from, "%s", from);
	}
	if (now_ms - x->last_ms >= GUESS_FORGET_MS)
		x->tries = 0;
	x->tries++;
	x->last_ms = now_ms;
}

int64_t guess_begin(struct guesses *g, const char *user, const char *from, int64_t now_ms)
{
	struct guess *both = find(g, user, from), *anywhere = find(g, user, "");
	int64_t wait = left(both, GUESS_FREE, now_ms);
	int64_t other = left(anywhere, GUESS_FREE_ANYWHERE, now_ms);
	if (wait || other)
		return wait > other ? wait : other;
	count(g, both, user, from, now_ms);
	count(g, find(g, user, ""), user, "", now_ms);
	return 0;
}

static void take_back(struct guess *x)
{
	if (x && x->tries)
		x->tries--;
}

void guess_untried(struct guesses *g, const char *user, const char *from)
{
	take_back(find(g, user, from));
	take_back(find(g, user, ""));
}

void guess_right(struct guesses *g, const char *user, const char *from)
{
	struct guess *x = find(g, user, from);
	if (x)
		x->tries = 0;
	x = find(g, user, "");
	if (x)
		x->tries = 0;
}
