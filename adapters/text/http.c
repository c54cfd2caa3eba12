/* See http.h. */
#include "adapters/text/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RETRY_S = 3600 };

static size_t take_body(char *p, size_t size, size_t n, void *arg)
{
	struct http *h = arg;
	size_t got = size * n, room = h->most - h->n;

	if (got > room)
		h->cut = true;
	size_t use = got > room ? room : got;
	if (use == 0)
		return got; /* swallowed: an answer may be as long as it likes */
	char *body = realloc(h->body, h->n + use + 1);
	if (!body) {
		h->cut = true;
		return got;
	}
	memcpy(body + h->n, p, use);
	h->body = body;
	h->n += use;
	body[h->n] = '\0';
	return got;
}

static int set_options(struct http *h, long timeout_ms, bool once)
{
	CURL *e = h->easy;
	bool ok =
	    curl_easy_setopt(e, CURLOPT_PRIVATE, h) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, once ? 1L : 0L) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_FORBID_REUSE, once ? 1L : 0L) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	    /* http_proxy of the environment would hand texts and password to someone else. */
	    curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_NOPROXY, "*") == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_HTTPGET, 1L) == CURLE_OK &&
	    /* An answer is short; the usual 16 kB for each are given and taken by the kernel. */
	    curl_easy_setopt(e, CURLOPT_BUFFERSIZE, once ? 1024L : 16384L) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, timeout_ms) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
	    curl_easy_setopt(e, CURLOPT_WRITEDATA, h) == CURLE_OK;
	return ok ? 0 : E_NOMEM;
}

int http_new(long timeout_ms, bool once, size_t most_body, struct http **ret_http)
{
	struct http *h = calloc(1, sizeof *h);
	int err = E_NOMEM;

	if (!h)
		return err;
	h->most = most_body;
	h->easy = curl_easy_init();
	if (h->easy)
		err = set_options(h, timeout_ms, once);
	if (err) {
		http_free(h);
		return err;
	}
	*ret_http = h;
	return 0;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	if (h->easy)
		curl_easy_cleanup(h->easy);
	for (struct curl_slist *l = h->headers; l; l = l->next)
		explicit_bzero(l->data, strlen(l->data)); /* a token may be among them */
	curl_slist_free_all(h->headers);
	free(h->body);
	free(h);
}

int http_header(struct http *h, const char *line)
{
	struct curl_slist *list = curl_slist_append(h->headers, line);
	if (!list)
		return E_NOMEM;
	h->headers = list;
	return curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, list) == CURLE_OK ? 0 : E_NOMEM;
}

long http_status(const struct http *h)
{
	long status = 0;
	curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

bool http_not_sent(const struct http *h, CURLcode code)
{
	curl_off_t connected = 0;

	if (code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION)
		return true;
	return curl_easy_getinfo(h->easy, CURLINFO_CONNECT_TIME_T, &connected) == CURLE_OK &&
	       connected == 0;
}

int64_t http_retry_ms(const struct http *h, int64_t otherwise)
{
	curl_off_t s = 0;

	if (curl_easy_getinfo(h->easy, CURLINFO_RETRY_AFTER, &s) != CURLE_OK || s <= 0)
		return otherwise;
	return (s > MOST_RETRY_S ? MOST_RETRY_S : s) * 1000;
}

void http_text_init(struct http_text *u, char *buf, size_t size, const char *start)
{
	int n = snprintf(buf, size, "%s", start);
	*u = (struct http_text){.s = buf, .size = size};
	if (n < 0 || (size_t)n >= size)
		u->err = E_LIMIT;
	else
		u->n = (size_t)n;
}

void http_text_add(struct http_text *u, CURL *easy, const char *name, const char *value)
{
	if (u->err)
		return;
	/* curl_easy_escape leaves only letters, digits and -._~: so + becomes %2B, which Kannel
	 * needs, and nothing of a value can become another parameter. */
	char *escaped = curl_easy_escape(easy, value, 0);
	if (!escaped) {
		u->err = E_NOMEM;
		return;
	}
	int n = snprintf(u->s + u->n, u->size - u->n, "%s%s=%s",
			 u->n > 0 && u->s[u->n - 1] != '?' ? "&" : "", name, escaped);
	if (n < 0 || (size_t)n >= u->size - u->n)
		u->err = E_LIMIT;
	else
		u->n += (size_t)n;
	curl_free(escaped);
}
