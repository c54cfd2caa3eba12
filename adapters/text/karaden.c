/*
 * Karaden's SMS API: a form is POSTed, JSON comes back, and results are asked for.
 * docs/sms.md says where each field was read.
 *
 * Its id of a message (a UUID) comes with the answer; ours travels as a tag, so that
 * a message whose answer was lost can be asked for. Everything that comes back is
 * from outside: an id that is no UUID, an odd word, a body that is too long or no
 * JSON are "not understood", never a result.
 */
#include "adapters/text/gateway.h"

#include "engine/clock.h"
#include "engine/json.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { MOST_FORM = MAX_SMS_UNITS * 9 + 1024, UUID_CHARS = 36, ANSWER_DEPTH = 6 };

/* ---- requests ---- */

static int authorise(struct http *h, const struct text_gateway *config)
{
	char line[320];

	snprintf(line, sizeof line, "Authorization: Bearer %s", config->password);
	int err = http_header(h, line);
	explicit_bzero(line, sizeof line);
	if (!err) {
		snprintf(line, sizeof line, "Karaden-Version: %s", config->version);
		err = http_header(h, line);
	}
	/* No "Expect: 100-continue": it would cost a second with servers that ignore it. */
	return err ? err : http_header(h, "Expect:");
}

/* After this Karaden itself does not send it any more. ISO 8601, Japan's time. */
static void limit_of(const struct text_gateway *config, char out[32])
{
	time_t at = (time_t)(clock_real_ms() / 1000) + 9 * 3600 + config->validity_min * 60;
	struct tm tm;
	gmtime_r(&at, &tm);
	strftime(out, 32, "%Y-%m-%dT%H:%M:%S+09:00", &tm);
}

static int karaden_prepare(struct http *h, const struct text_gateway *config,
			   const struct text_message *m, const char *receipt_url, const char *tag)
{
	char url[512], form[MOST_FORM], number[16], limit[32];
	struct http_text f;
	(void)receipt_url; /* results are asked for: nobody outside can reach us */

	int n = snprintf(url, sizeof url, "%s/%s/messages", config->url, config->tenant);
	if (n < 0 || (size_t)n >= sizeof url)
		return E_LIMIT;
	snprintf(number, sizeof number, "%d", config->service);
	limit_of(config, limit);
	http_text_init(&f, form, sizeof form, "");
	http_text_add(&f, h->easy, "service_id", number);
	http_text_add(&f, h->easy, "to", m->to);
	http_text_add(&f, h->easy, "body", m->text);
	http_text_add(&f, h->easy, "tags%5B0%5D", tag);
	http_text_add(&f, h->easy, "is_shorten", "false");
	http_text_add(&f, h->easy, "limited_at", limit);
	if (!f.err)
		f.err = authorise(h, config);
	if (!f.err && (curl_easy_setopt(h->easy, CURLOPT_URL, url) != CURLE_OK ||
		       curl_easy_setopt(h->easy, CURLOPT_COPYPOSTFIELDS, form) != CURLE_OK))
		f.err = E_NOMEM;
	explicit_bzero(form, sizeof form);
	return f.err;
}

static int karaden_prepare_ask(struct http *h, const struct text_gateway *config, const char *ref,
			       const char *tag)
{
	char url[1024], start[512], number[16];
	struct http_text u;

	if (*ref) {
		snprintf(start, sizeof start, "%s/%s/messages/%s", config->url, config->tenant,
			 ref);
		http_text_init(&u, url, sizeof url, start);
	} else {
		snprintf(start, sizeof start, "%s/%s/messages?", config->url, config->tenant);
		snprintf(number, sizeof number, "%d", config->service);
		http_text_init(&u, url, sizeof url, start);
		http_text_add(&u, h->easy, "service_id", number);
		http_text_add(&u, h->easy, "tag", tag);
	}
	if (!u.err)
		u.err = authorise(h, config);
	if (!u.err && curl_easy_setopt(h->easy, CURLOPT_URL, url) != CURLE_OK)
		u.err = E_NOMEM;
	return u.err;
}

/* ---- answers ---- */

/* It will stand in a URL of ours. */
static bool is_uuid(const char *s)
{
	if (strlen(s) != UUID_CHARS)
		return false;
	for (size_t i = 0; i < UUID_CHARS; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? s[i] != '-' : !isxdigit((unsigned char)s[i]))
			return false;
	}
	return true;
}

static bool is_object(const struct json *j, const char *kind)
{
	const char *word;
	return json_get_str(j, "object", &word) && strcmp(word, kind) == 0;
}

static bool message_id(const struct json *j, char ref[TEXT_REF_BYTES])
{
	const char *id;
	if (!is_object(j, "message") || !json_get_str(j, "id", &id) || !is_uuid(id))
		return false;
	snprintf(ref, TEXT_REF_BYTES, "%s", id);
	return true;
}

static struct json *parse(const struct http *h)
{
	struct json *j = NULL;
	if (!h->body || h->cut || json_parse(h->body, h->n, ANSWER_DEPTH, &j))
		return NULL;
	return j;
}

/* 400 and 422 are about this message. 401, 403 and 404 are about us (token, address, tenant): it
 * was not kept, and will not be before somebody mends that. 429: too many. All others, 5xx too, do
 * not say that nothing was kept; it is then asked for. */
static enum judged karaden_judge(const struct http *h, char ref[TEXT_REF_BYTES])
{
	struct json *j;
	bool known;

	ref[0] = '\0';
	switch (http_status(h)) {
	case 200:
		j = parse(h);
		known = message_id(j, ref);
		json_free(j);
		return known ? JUDGED_ACCEPTED : JUDGED_UNKNOWN;
	case 400:
	case 422:
		return JUDGED_REFUSED;
	case 401:
	case 403:
	case 404:
		return JUDGED_NOT_SENT;
	case 429:
		return JUDGED_SLOW_DOWN;
	default:
		return JUDGED_UNKNOWN;
	}
}

/* The words of status and sent_result as numbers, for `osame attempts`. */
enum {
	CODE_WAITING = 1,
	CODE_SENT,
	CODE_RECEIVED,
	CODE_UNCONNECTED,
	CODE_ERROR,
	CODE_UNKNOWN,
	CODE_SEND_ERROR,
	CODE_CANCELED
};

static bool result_of(const struct json *j, struct finding *ret)
{
	static const struct {
		const char *status, *sent;
		enum text_receipt receipt;
		int code;
	} list[] = {
	    {"waiting", NULL, RECEIPT_BUFFERED, CODE_WAITING},
	    {"error", NULL, RECEIPT_FAILED, CODE_SEND_ERROR},
	    {"canceled", NULL, RECEIPT_FAILED, CODE_CANCELED},
	    {"done", "none", RECEIPT_BUFFERED, CODE_SENT},
	    {"done", "received", RECEIPT_DELIVERED, CODE_RECEIVED},
	    {"done", "unconnected", RECEIPT_OUT_OF_AREA, CODE_UNCONNECTED},
	    {"done", "error", RECEIPT_FAILED, CODE_ERROR},
	    {"done", "unknown", RECEIPT_BUFFERED, CODE_UNKNOWN},
	};
	const char *status = "", *sent = "", *result = "";

	json_get_str(j, "status", &status);
	json_get_str(j, "sent_result", &sent);
	json_get_str(j, "result", &result);
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		if (strcmp(list[i].status, status) != 0 ||
		    (list[i].sent && strcmp(list[i].sent, sent) != 0))
			continue;
		/* While it is "processing" a result may still change (out of area, tried again). */
		ret->over = strcmp(result, "done") == 0;
		ret->receipt = ret->over ? list[i].receipt : RECEIPT_BUFFERED;
		ret->code = list[i].code;
		return true;
	}
	return false;
}

static bool message_of(const struct json *j, struct finding *ret)
{
	int64_t n = 0;
	if (!message_id(j, ret->ref) || !result_of(j, ret))
		return false;
	json_get_int(j, "charged_count_per_sent", &n);
	ret->segments = n > 0 && n <= 100 ? (int)n : 0;
	ret->what = FOUND;
	return true;
}

static bool has_tag(const struct json *j, const char *tag)
{
	const struct json *tags = json_get(j, "tags");
	for (size_t i = 0; i < json_count(tags); i++)
		if (strcmp(json_str(json_at(tags, i)), tag) == 0)
			return true;
	return false;
}

/* The list is of messages with our tag; should Karaden ignore that filter, another's message is
 * still not taken for ours, and a list that goes on is no proof that ours is not in it. */
static void find_tag(const struct json *j, const char *tag, struct finding *ret)
{
	const struct json *data = json_get(j, "data");
	bool more = true;

	if (!is_object(j, "list") || !data || !json_get_bool(j, "has_more", &more))
		return;
	for (size_t i = 0; i < json_count(data); i++)
		if (has_tag(json_at(data, i), tag) && message_of(json_at(data, i), ret))
			return;
	if (!more)
		ret->what = FOUND_NOT;
}

static void karaden_understand(const struct http *h, const char *ref, const char *tag,
			       struct finding *ret)
{
	long status = http_status(h);

	*ret = (struct finding){.what = status == 429 ? FOUND_SLOW : FOUND_LATER};
	if (status == 404 && *ref)
		ret->what = FOUND_NOT;
	if (status != 200)
		return;
	struct json *j = parse(h);
	if (!*ref)
		find_tag(j, tag, ret);
	else if (message_of(j, ret) && strcasecmp(ret->ref, ref) != 0)
		*ret = (struct finding){.what = FOUND_LATER}; /* of another message */
	json_free(j);
}

const struct gateway gateway_karaden = {
    .kind = "karaden",
    .prepare = karaden_prepare,
    .judge = karaden_judge,
    .prepare_ask = karaden_prepare_ask,
    .understand = karaden_understand,
};
