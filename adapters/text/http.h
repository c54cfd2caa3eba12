/*
 * One HTTP request of the text thread: a libcurl handle, its headers, and an answer's
 * body up to a limit. Not thread-safe: the text thread's.
 */
#ifndef ADAPTERS_TEXT_HTTP_H
#define ADAPTERS_TEXT_HTTP_H

#include "engine/err.h"
#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

struct text;

struct http {
	CURL *easy;
	struct curl_slist *headers;
	char *body; /* with a NUL; NULL: nothing came */
	size_t n, most;
	bool cut; /* the body was longer than `most` */
	void (*done)(struct text *t, struct http *h, CURLcode code);
	void *owner;
};

/* A handle with what every request has: no redirects, no proxy of the environment, time-outs, and
 * for what must be sent at most once a connection of its own. E_NOMEM: also if any option was
 * refused, since with one missing the request must not leave. */
int http_new(long timeout_ms, bool once, size_t most_body, struct http **ret_http) MUST_CHECK;
void http_free(struct http *h); /* NULL is fine */
int http_header(struct http *h, const char *line) MUST_CHECK;
/* Bytes of an answer that are no secret for sure: its status. 0: none came. */
long http_status(const struct http *h);
/* True if certainly nothing was sent: there never was a connection, or no TLS on it. As soon as
 * there is one the request may have left, and a time-out is `unknown`. */
bool http_not_sent(const struct http *h, CURLcode code);
/* What Retry-After asked for, at most an hour; `otherwise` if it did not. */
int64_t http_retry_ms(const struct http *h, int64_t otherwise);

/* Grows a URL or a form: "&name=value", the value escaped. */
struct http_text {
	char *s;
	size_t n, size;
	int err;
};
void http_text_init(struct http_text *u, char *buf, size_t size, const char *start);
void http_text_add(struct http_text *u, CURL *easy, const char *name, const char *value);

#endif
