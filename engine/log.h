/*
 * One line a decision: key=value words on standard error (the supervisor keeps
 * them). Written whole with one write(2), so that threads never mix. Control
 * bytes are replaced, so that nobody can forge a line by a name in a file.
 *
 * Never log a secret, a message text, a name or a whole telephone number
 * (log_number masks), at any level.
 */
#ifndef ENGINE_LOG_H
#define ENGINE_LOG_H

#include "engine/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Lines below `level` are dropped. */
void log_level_set(enum log_level level);
/* A name for this thread, shown as thread=NAME; a string that stays. */
void log_thread_name(const char *name);
void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)

/* "0265784111" -> "0265***111" into `out`; returns `out`. */
const char *log_number(const char *number, char out[20]);

/* Our own bug: says where, then abort(); the supervisor restarts and recovery runs. */
_Noreturn void log_bug(const char *file, int line, const char *what);
#define BUG_IF(cond)                                                                               \
	do {                                                                                       \
		if (cond)                                                                          \
			log_bug(__FILE__, __LINE__, #cond);                                        \
	} while (0)

#endif
