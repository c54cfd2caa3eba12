/*
 * Kannel (smsbox, GET /cgi-bin/sendsms): parameters and answers.
 *
 * Kannel gives no message id: ours stands in dlr-url, which it fetches once an
 * event with %d replaced by the status. It is escaped as a whole, so that %d
 * arrives as %25d and Kannel's own decoding leaves %d. A POST form is refused by
 * it (400), hence GET with the password in the URL, which is why no URL is ever
 * logged here, and why the gateway belongs on the same machine. It cannot be asked
 * about a message.
 */
#include "adapters/text/gateway.h"

#include <stdio.h>
#include <string.h>

/* 670 units of 3 bytes, each 3 characters when escaped, and the rest. */
enum { MOST_URL = MAX_SMS_UNITS * 9 + 4096 };

/* The path of a configured URL: "/cgi-bin/sendsms". */
static const char *path_of(const char *url)
{
	const char *host = strstr(url, "://"), *path = host ? strchr(host + 3, '/') : NULL;
	return path ? path : "/";
}

static int kannel_prepare(struct http *h, const struct text_gateway *config,
			  const struct text_message *m, const char *receipt_url, const char *tag)
{
	char target[MOST_URL], start[512], number[16];
	struct http_text u;
	(void)tag;

	snprintf(start, sizeof start, "%s?coding=2&charset=UTF-8&dlr-mask=31",
		 path_of(config->url));
	http_text_init(&u, target, sizeof target, start);
	http_text_add(&u, h->easy, "username", config->user);
	http_text_add(&u, h->easy, "password", config->password);
	http_text_add(&u, h->easy, "to", m->to);
	http_text_add(&u, h->easy, "from", m->from);
	http_text_add(&u, h->easy, "text", m->text);
	http_text_add(&u, h->easy, "dlr-url", receipt_url);
	if (*config->smsc)
		http_text_add(&u, h->easy, "smsc", config->smsc);
	if (config->validity_min > 0) {
		snprintf(number, sizeof number, "%d", config->validity_min);
		http_text_add(&u, h->easy, "validity", number);
	}
	/* The query beside the URL: libcurl takes a URL apart and puts it together again, and a
	 * text has two thousand characters in it. Both are copied. */
	if (!u.err && (curl_easy_setopt(h->easy, CURLOPT_URL, config->url) != CURLE_OK ||
		       curl_easy_setopt(h->easy, CURLOPT_REQUEST_TARGET, target) != CURLE_OK))
		u.err = E_NOMEM;
	explicit_bzero(target, sizeof target);
	return u.err;
}

/* Our account, its password, the addresses that it may be used from: the same 403 as "not
 * routable", told apart by Kannel's words. */
static bool is_about_us(const struct http *h)
{
	return h->body && strstr(h->body, "Authorization failed") != NULL;
}

/* 202 is "accepted" and "queued". 503 says that no SMS centre could take it: nothing was kept. So
 * do 401, 404 and some 403, which are about us: by a mistyped password nobody's message is used up.
 * Any other 4xx is about this message and will not change. The rest (200 of something that is no
 * Kannel, 3xx, 500, a proxy's 502 and 504) does not say whether the message was taken. */
static enum judged kannel_judge(const struct http *h, char ref[TEXT_REF_BYTES])
{
	long status = http_status(h);

	ref[0] = '\0';
	if (status == 202)
		return JUDGED_ACCEPTED;
	if (status == 503 || status == 401 || status == 404 || (status == 403 && is_about_us(h)))
		return JUDGED_NOT_SENT;
	if (status >= 400 && status < 500)
		return JUDGED_REFUSED;
	return JUDGED_UNKNOWN;
}

const struct gateway gateway_kannel = {
    .kind = "kannel",
    .prepare = kannel_prepare,
    .judge = kannel_judge,
};
