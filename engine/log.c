/* See log.h. The clock of a log line is the machine's own, never the rehearsal's. */
#include "engine/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Atomic int least = LOG_INFO;
static _Thread_local const char *thread_name = "main";

void log_level_set(enum log_level level)
{
	atomic_store(&least, (int)level);
}

void log_thread_name(const char *name)
{
	thread_name = name;
	if (gettid() != getpid()) /* the first thread's is the process's own: "osamed" */
		pthread_setname_np(pthread_self(), name);
}

void log_line(enum log_level level, const char *fmt, ...)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	char line[2048];
	struct timespec now;
	struct tm utc;
	va_list ap;

	if ((int)level < atomic_load(&least))
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	int n =
	    snprintf(line, sizeof line, "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ level=%s thread=%s ",
		     utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
		     utc.tm_sec, now.tv_nsec / 1000000, names[level], thread_name);
	va_start(ap, fmt);
	int m = vsnprintf(line + n, sizeof line - (size_t)n - 1, fmt, ap);
	va_end(ap);
	size_t len = (size_t)n + (m < 0 ? 0 : (size_t)m);
	if (len > sizeof line - 2)
		len = sizeof line - 2;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?'; /* a value with a newline would forge a line */
	line[len++] = '\n';
	ssize_t w = write(STDERR_FILENO, line, len);
	(void)w; /* nowhere left to complain */
}

const char *log_number(const char *number, char out[20])
{
	size_t n = strlen(number);
	if (n < 8)
		snprintf(out, 20, "***");
	else
		snprintf(out, 20, "%.4s***%.3s", number, number + n - 3);
	return out;
}

_Noreturn void log_bug(const char *file, int line, const char *what)
{
	log_error("event=bug at=%s:%d condition=\"%s\" next=abort", file, line, what);
	abort();
}
