/*
 * Kannel (smsbox, GET /cgi-bin/sendsms): parameters and answers. The machinery is
 * text.c's.
 *
 * Kannel gives no message id: ours stands in dlr-url, which it fetches once an
 * event with %d replaced by the status. It is escaped as a whole, so that %d
 * arrives as %25d and Kannel's own decoding leaves %d. A POST form is refused by
 * it (400), hence GET with the password in the URL, which is why no URL is ever
 * logged here, and why the gateway belongs on the same machine.
 */
#include "adapters/text/kannel.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "adapters/text/gateway.h"

/* 670 units of 3 bytes, each 3 characters when escaped, and the rest. */
enum { MOST_URL = MAX_SMS_UNITS * 9 + 4096 };

struct url {
	char s[MOST_URL];
	size_t n;
	int err;
};

static void add(struct url *u, CURL *easy, const char *name, const char *value)
{
	if (u->err)
		return;
	/* curl_easy_escape leaves only letters, digits and -._~: so + becomes %2B, which Kannel
	 * needs. */
	char *escaped = curl_easy_escape(easy, value, 0);
	if (!escaped) {
		u->err = E_NOMEM;
		return;
	}
	int n = snprintf(u->s + u->n, sizeof u->s - u->n, "&%s=%s", name, escaped);
	if (n < 0 || (size_t)n >= sizeof u->s - u->n)
		u->err = E_LIMIT;
	else
		u->n += (size_t)n;
	curl_free(escaped);
}

static int kannel_prepare(CURL *easy, const struct text_config *config,
			  const struct text_message *m, const char *receipt_url)
{
	struct url u = {.n = 0};
	char number[16];

	int n = snprintf(u.s, sizeof u.s, "%s?coding=2&charset=UTF-8&dlr-mask=31", config->url);
	if (n < 0 || (size_t)n >= sizeof u.s)
		return E_LIMIT;
	u.n = (size_t)n;
	add(&u, easy, "username", config->user);
	add(&u, easy, "password", config->password);
	add(&u, easy, "to", m->to);
	add(&u, easy, "from", m->from);
	add(&u, easy, "text", m->text);
	add(&u, easy, "dlr-url", receipt_url);
	if (*config->smsc)
		add(&u, easy, "smsc", config->smsc);
	if (config->validity_min > 0) {
		snprintf(number, sizeof number, "%d", config->validity_min);
		add(&u, easy, "validity", number);
	}
	if (!u.err && curl_easy_setopt(easy, CURLOPT_URL, u.s) != CURLE_OK) /* copies */
		u.err = E_NOMEM;
	explicit_bzero(u.s, u.n);
	return u.err;
}

/* 202 is "accepted" and "queued". 503 says that no SMS centre could take it: nothing was kept. Any
 * other 4xx is about this request and will not change. The rest (200 of something that is no
 * Kannel, 3xx, 500, a proxy's 502 and 504) does not say whether the message was taken. */
static enum text_result kannel_judge(long status)
{
	if (status == 202)
		return TEXT_ACCEPTED;
	if (status == 503)
		return TEXT_RETRY;
	if (status >= 400 && status < 500)
		return TEXT_REFUSED;
	return TEXT_UNKNOWN;
}

static const struct gateway gateway = {
    .name = "kannel",
    .prepare = kannel_prepare,
    .judge = kannel_judge,
};

static int kannel_start(const struct text_config *config, struct mailbox *to_engine,
			struct text **ret_text)
{
	return text_start(&gateway, config, to_engine, ret_text);
}

const struct text_ops text_kannel = {
    .name = "kannel",
    .start = kannel_start,
    .post = text_post,
    .stop = text_stop,
    .bound_port = text_bound_port,
};
