/*
 * Guessing, slowed and stopped. A whole office shares one address, and a name is no
 * secret: so what counts is the account and the address together, and, with far more
 * patience, the account from wherever. Nobody is locked out by tries from elsewhere
 * before those are many.
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
#define MAX_GUESSED (MAX_ID + 1) /* an account, or + and the account of a link; with the NUL */
#define MAX_FROM 48              /* an address in text, with the NUL */

struct guess {
	char user[MAX_GUESSED], from[MAX_FROM]; /* from "": wherever */
	unsigned tries;
	int64_t last_ms;
};
struct guesses {
	struct guess list[GUESS_PLACES];
};

/* 0: a try may begin, and is counted. Else how many ms to wait; nothing is counted then. */
int64_t guess_begin(struct guesses *g, const char *user, const char *from, int64_t now_ms);
/* It was counted, but nobody could look at it. */
void guess_untried(struct guesses *g, const char *user, const char *from);
/* It was the right one. */
void guess_right(struct guesses *g, const char *user, const char *from);

#endif
