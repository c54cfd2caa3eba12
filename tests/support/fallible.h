/*
 * Allocations that fail on purpose, in the engine's code alone.
 *
 * A test program named tests/unit/test_alloc_X is linked against a copy of libosame.a
 * in which the names of fallible.syms (malloc, strdup, fopen…) lead here, so whatever
 * tests, fakes and third-party libraries allocate never fails, and AddressSanitizer
 * still sees every block. libssh2 is given these functions too.
 *
 *	for (long n = 1; ; n++) {
 *		fallible_arm(n, FALLIBLE_ONCE);
 *		int err = subject();
 *		if (!fallible_disarm())
 *			break;                  // it needs no n-th allocation
 *		...                             // the n-th failed: what came of it?
 *	}
 */
#ifndef TESTS_SUPPORT_FALLIBLE_H
#define TESTS_SUPPORT_FALLIBLE_H

#include <stdbool.h>
#include <stddef.h>

enum fallible_how {
	FALLIBLE_ONCE,   /* the n-th from now, in this thread */
	FALLIBLE_FEW,    /* the n-th and the three after it, in this thread */
	FALLIBLE_ON,     /* the n-th and all after it, in this thread */
	FALLIBLE_THREADS /* the n-th, counted in all other threads together */
};

void fallible_arm(long n, enum fallible_how how);
/* Nothing fails any more. Did something? */
bool fallible_disarm(void);
/* Around what a test does for others in the middle of the subject (a fake's post()). They nest. */
void fallible_pause(void);
void fallible_resume(void);
/* No poll() of the engine's code takes longer than `ms`; 0: as it asked. */
void fallible_short_waits(int ms);

void *fallible_malloc(size_t n);
void *fallible_calloc(size_t n, size_t size);
void *fallible_realloc(void *p, size_t n);
char *fallible_strdup(const char *s);

#endif
