/* A small HTTP server that misbehaves on order, and a client that asks one thing. */
#ifndef TESTS_SUPPORT_STUB_HTTP_H
#define TESTS_SUPPORT_STUB_HTTP_H

#include <stdbool.h>
#include <stddef.h>

struct stub_http;

enum { STUB_HOLD = -1, STUB_CLOSE = -2 }; /* instead of an HTTP status */

struct stub_http *stub_http_start(void); /* 127.0.0.1, any port; answers 202; NULL: it could not */
void stub_http_stop(struct stub_http *s);
int stub_http_port(const struct stub_http *s);
/* For requests from now on; a status also answers those held. `header` (may be "") is added. */
void stub_http_answer(struct stub_http *s, int status, const char *header);
size_t stub_http_count(struct stub_http *s, const char *containing);
/* The first line of request n, or "". */
void stub_http_request(struct stub_http *s, size_t n, char *out, size_t size);

/* GET (or another method) `path` at a port of 127.0.0.1: the status, or -1. */
int stub_http_get(int port, const char *method, const char *path);

#endif
