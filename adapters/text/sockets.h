/*
 * The sockets of a curl_multi in one epoll descriptor, with the text thread's own.
 *
 * libcurl's own loop (curl_multi_poll, curl_multi_perform) looks at every request each
 * time that anything happens on one of them. With hundreds of submissions under way that
 * was most of the thread's time; here only what happened is looked at.
 */
#ifndef ADAPTERS_TEXT_SOCKETS_H
#define ADAPTERS_TEXT_SOCKETS_H

#include "engine/err.h"
#include <curl/curl.h>
#include <stdbool.h>

struct sockets;

/* Takes over the sockets and the timer of `multi`. Freed before it, after its handles were removed.
 */
int sockets_new(CURLM *multi, struct sockets **ret_sockets) MUST_CHECK;
void sockets_free(struct sockets *s); /* NULL is fine */
/* Readable: sockets_wait returns. Whoever owns it sees to it afterwards. */
int sockets_watch(struct sockets *s, int fd) MUST_CHECK;
/* Waits until something happens, at most so long, and lets libcurl do what is due. What became of
 * requests is then to be read by curl_multi_info_read. `busy`: much is under way; then little that
 * happens waits a moment for more, since each time that the thread wakes costs about as much as
 * what it does for one message. */
void sockets_run(struct sockets *s, int most_ms, bool busy);

#endif
