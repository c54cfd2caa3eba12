/*
 * The engine's clock. The real one is the machine's; the rehearsal clock is the
 * machine's plus an offset that only grows, by jumps that the engine makes when
 * nothing is in progress; each jump is a line in clock.log. One object, read by
 * any thread, moved by the engine's alone.
 */
#ifndef ENGINE_CLOCK_H
#define ENGINE_CLOCK_H

#include "engine/err.h"
#include <stdbool.h>
#include <stdint.h>

int64_t clock_real_ms(void); /* UTC, the machine's */
int64_t clock_boot_ms(void); /* CLOCK_BOOTTIME: never jumps */

/* Rehearsal from `start_ms` on, with jumps written to `log_path`. */
int clock_rehearse(int64_t start_ms, const char *log_path) MUST_CHECK;
bool clock_is_rehearsal(void);
int64_t clock_now_ms(void);
/* Rehearsal only: forward to `to_ms` (ignored if not later). E_IO: the log could not be written,
 * and the clock stands. */
int clock_jump(int64_t to_ms) MUST_CHECK;

#endif
