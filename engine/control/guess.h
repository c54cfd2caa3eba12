/*
 * Guessing, slowed and stopped. A whole office shares one address, and a name is no
 * secret: so what counts is the account and the address together, and, with far more
 * patience, the account from wherever. Nobody is locked out by tries from elsewhere
 * before those are many. Addresses are compared as guess_net() has them.
 *
 * A link's token cannot be guessed (256 bits): what is slowed is the work that invented
 * ones make. They cost no hash, so they have a table of their own, by address alone: no
 * number of them pushes out what counts for signing in. Only who has a true link and
 * gives wrong codes is counted by the account too.
 *
 * A try is counted when it begins and forgiven when it succeeds: so tries that run
 * side by side are not free. In memory, bounded, pure: time is an argument.
 */
#ifndef ENGINE_CONTROL_GUESS_H
#define ENGINE_CONTROL_GUESS_H

#include "engine/limits.h"

#include <stddef.h>
#include <stdint.h>

#define GUESS_PLACES 2048
#define GUESS_FREE 5           /* tries of an account from an address without waiting */
#define GUESS_FREE_ANYWHERE 30 /* tries of an account, from all addresses */
#define GUESS_FIRST_MS 30000
#define GUESS_MOST_MS (15 * 60 * 1000)
#define GUESS_FORGET_MS (60 * 60 * 1000) /* so long after the last try, all is forgotten */
#define MAX_FROM 48                      /* an address in text, with the NUL */

struct guess {
	char user[MAX_ID], from[MAX_FROM]; /* from "": wherever; user "": whoever */
	unsigned tries;
	int64_t last_ms;
};
struct guesses {
	struct guess here[GUESS_PLACES];     /* an account from an address */
	struct guess anywhere[GUESS_PLACES]; /* an account */
	struct guess link[GUESS_PLACES];     /* links, from an address */
	struct guess code[GUESS_PLACES];     /* wrong codes with an account's true link */
};

/* What counts as one address: of IPv6 the /64, which whoever has one address in it has whole; an
 * IPv4 address written as IPv6 is itself. */
void guess_net(const char *from, char out[MAX_FROM]);
/* 0: a try may begin, and is counted. Else how many ms to wait; nothing is counted then. */
int64_t guess_begin(struct guesses *g, const char *user, const char *from, int64_t now_ms);
/* It was counted, but nobody could look at it. */
void guess_untried(struct guesses *g, const char *user, const char *from);
/* It was the right one. */
void guess_right(struct guesses *g, const char *user, const char *from);

/* The same for links. user: whose link it says to be, for who gives a code with it; else "". */
int64_t guess_link_begin(struct guesses *g, const char *user, const char *from, int64_t now_ms);
void guess_link_untried(struct guesses *g, const char *from);
void guess_link_right(struct guesses *g, const char *user, const char *from);
/* The link was true, the code was wrong. */
void guess_link_code(struct guesses *g, const char *user, int64_t now_ms);

#endif
