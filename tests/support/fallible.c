/* See fallible.h. In programs that are linked with the library as it is, nobody calls these. */
#include "tests/support/fallible.h"

#include <dirent.h>
#include <errno.h>
#include <libssh2.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_long
    left; /* allocations that still succeed, the failing one included; 0: none fails */
static atomic_bool struck, for_others, go_on;
static atomic_int most_wait_ms, few;
static _Thread_local bool armed_here;
static _Thread_local int paused;

void fallible_arm(long n, enum fallible_how how)
{
	atomic_store(&struck, false);
	atomic_store(&for_others, how == FALLIBLE_THREADS);
	atomic_store(&go_on, how == FALLIBLE_ON);
	atomic_store(&few, how == FALLIBLE_FEW ? 3 : 0);
	armed_here = true;
	atomic_store(&left, n);
}

bool fallible_disarm(void)
{
	atomic_store(&left, 0);
	armed_here = false;
	return atomic_load(&struck);
}

void fallible_pause(void)
{
	paused++;
}

void fallible_resume(void)
{
	paused--;
}

void fallible_short_waits(int ms)
{
	atomic_store(&most_wait_ms, ms);
}

static bool fails(void)
{
	if (paused || atomic_load(&left) == 0 || armed_here == atomic_load(&for_others))
		return false;
	if (!atomic_load(&struck)) {
		if (atomic_fetch_sub(&left, 1) != 1)
			return false;
		atomic_store(&left, -1); /* armed, and past it */
		atomic_store(&struck, true);
	} else if (!atomic_load(&go_on) && atomic_fetch_sub(&few, 1) <= 0) {
		atomic_store(&left, 0);
		return false;
	}
	errno = ENOMEM;
	return true;
}

/* What the engine's code calls by the names of fallible.syms. */
void *fallible_reallocarray(void *p, size_t n, size_t size);
char *fallible_strndup(const char *s, size_t n);
int fallible_vasprintf(char **ret, const char *fmt, va_list ap);
int fallible_asprintf(char **ret, const char *fmt, ...);
int fallible_vasprintf_chk(char **ret, int flag, const char *fmt, va_list ap);
int fallible_asprintf_chk(char **ret, int flag, const char *fmt, ...);
FILE *fallible_open_memstream(char **p, size_t *n);
FILE *fallible_fopen(const char *path, const char *mode);
FILE *fallible_fdopen(int fd, const char *mode);
DIR *fallible_opendir(const char *path);
int fallible_scandir(const char *dir, struct dirent ***ret, int (*filter)(const struct dirent *),
		     int (*compare)(const struct dirent **, const struct dirent **));
int fallible_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*fn)(void *), void *arg);
int fallible_poll(struct pollfd *fds, nfds_t n, int ms);
LIBSSH2_SESSION *fallible_libssh2_session_init_ex(LIBSSH2_ALLOC_FUNC((*a)), LIBSSH2_FREE_FUNC((*f)),
						  LIBSSH2_REALLOC_FUNC((*r)), void *abstract);

void *fallible_malloc(size_t n)
{
	return fails() ? NULL : malloc(n);
}

void *fallible_calloc(size_t n, size_t size)
{
	return fails() ? NULL : calloc(n, size);
}

void *fallible_realloc(void *p, size_t n)
{
	return fails() ? NULL : realloc(p, n);
}

void *fallible_reallocarray(void *p, size_t n, size_t size)
{
	return fails() ? NULL : reallocarray(p, n, size);
}

char *fallible_strdup(const char *s)
{
	return fails() ? NULL : strdup(s);
}

char *fallible_strndup(const char *s, size_t n)
{
	return fails() ? NULL : strndup(s, n);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
int fallible_vasprintf(char **ret, const char *fmt, va_list ap)
{
	return fails() ? -1 : vasprintf(ret, fmt, ap);
}
#pragma GCC diagnostic pop

int fallible_asprintf(char **ret, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = fallible_vasprintf(ret, fmt, ap);
	va_end(ap);
	return n;
}

int fallible_vasprintf_chk(char **ret, int flag, const char *fmt, va_list ap)
{
	(void)flag;
	return fallible_vasprintf(ret, fmt, ap);
}

int fallible_asprintf_chk(char **ret, int flag, const char *fmt, ...)
{
	va_list ap;
	(void)flag;
	va_start(ap, fmt);
	int n = fallible_vasprintf(ret, fmt, ap);
	va_end(ap);
	return n;
}

FILE *fallible_open_memstream(char **p, size_t *n)
{
	return fails() ? NULL : open_memstream(p, n);
}

FILE *fallible_fopen(const char *path, const char *mode)
{
	return fails() ? NULL : fopen(path, mode);
}

FILE *fallible_fdopen(int fd, const char *mode)
{
	return fails() ? NULL : fdopen(fd, mode);
}

DIR *fallible_opendir(const char *path)
{
	return fails() ? NULL : opendir(path);
}

int fallible_scandir(const char *dir, struct dirent ***ret, int (*filter)(const struct dirent *),
		     int (*compare)(const struct dirent **, const struct dirent **))
{
	return fails() ? -1 : scandir(dir, ret, filter, compare);
}

int fallible_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*fn)(void *), void *arg)
{
	return fails() ? EAGAIN : pthread_create(t, a, fn, arg);
}

int fallible_poll(struct pollfd *fds, nfds_t n, int ms)
{
	int most = atomic_load(&most_wait_ms);
	return poll(fds, n, most > 0 && (ms < 0 || ms > most) ? most : ms);
}

/* ---- inside libssh2 ---- */

static LIBSSH2_ALLOC_FUNC(ssh_alloc)
{
	(void)abstract;
	return fallible_malloc(count);
}

static LIBSSH2_REALLOC_FUNC(ssh_realloc)
{
	(void)abstract;
	return fallible_realloc(ptr, count);
}

static LIBSSH2_FREE_FUNC(ssh_free)
{
	(void)abstract;
	free(ptr);
}

LIBSSH2_SESSION *fallible_libssh2_session_init_ex(LIBSSH2_ALLOC_FUNC((*a)), LIBSSH2_FREE_FUNC((*f)),
						  LIBSSH2_REALLOC_FUNC((*r)), void *abstract)
{
	(void)a;
	(void)f;
	(void)r;
	return libssh2_session_init_ex(ssh_alloc, ssh_free, ssh_realloc, abstract);
}
