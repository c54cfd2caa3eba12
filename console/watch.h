/*
 * Connections and their time: who sends a request drop by drop, or takes an answer
 * so, holds a thread; a limit on silence does not help, since he is never silent. So
 * each connection has a time by which the whole request is there, and is cut then.
 */
#ifndef CONSOLE_WATCH_H
#define CONSOLE_WATCH_H

#include "console/engine.h"

#include <stdbool.h>

struct watch;
struct watched;

/* Starts the thread; it also looks every few seconds whether the engine is there. */
int watch_start(size_t most, int64_t slow_ms, const struct upstream *u,
		struct watch **ret) MUST_CHECK;
void watch_stop(struct watch *w); /* NULL is fine */

/* A connection began: NULL if there is no place (it is not watched, so it must be refused). */
struct watched *watch_add(struct watch *w, int fd);
void watch_remove(struct watch *w, struct watched *c); /* before its descriptor is closed */
/* From now on it may take `times` of the limit; 0: as long as it likes (we work). */
void watch_again(struct watch *w, struct watched *c, int times);

#endif
