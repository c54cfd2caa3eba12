/*
 * A call: from a request to the engine's line, and back. What comes from the browser
 * is checked for its shape and passed on; who may do what, the engine says. The
 * session's token stays between its cookie and the engine: no page sees it.
 */
#include "console/http.h"

#include "engine/control/rpc.h"
#include "engine/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#define COOKIE "__Host-osame"
#define COOKIE_KEPT "; Path=/; Secure; HttpOnly; SameSite=Strict"
#define HEX 64
#define MAX_RESULT_HEADER 8192

static const char *hex_or_none(const char *s)
{
	return s && strlen(s) == HEX && strspn(s, "0123456789abcdef") == HEX ? s : "";
}

static bool is_method(const char *s)
{
	return *s && strlen(s) < MAX_ID && strspn(s, "abcdefghijklmnopqrstuvwxyz.") == strlen(s);
}

static int status_of(int64_t code)
{
	switch (code) {
	case RPC_SIGNIN:
	case RPC_WRONG:
		return MHD_HTTP_UNAUTHORIZED;
	case RPC_DENIED:
		return MHD_HTTP_FORBIDDEN;
	case RPC_METHOD:
	case RPC_NOTFOUND:
		return MHD_HTTP_NOT_FOUND;
	case RPC_STATE:
	case RPC_INVALID:
		return MHD_HTTP_CONFLICT;
	case RPC_REQUEST:
	case RPC_PARAMS:
	case RPC_PARSE:
	case RPC_TOO_LONG:
		return MHD_HTTP_BAD_REQUEST;
	case RPC_WAIT:
		return MHD_HTTP_TOO_MANY_REQUESTS;
	case RPC_BUSY:
	case RPC_STOPPING:
	case RPC_TOO_MANY:
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	default:
		return MHD_HTTP_INTERNAL_SERVER_ERROR;
	}
}

/* Since when, and whom to ring: from our own configuration, since there is nobody to ask. */
static enum MHD_Result send_down(struct console *c, struct MHD_Connection *con, int err)
{
	struct json *j = json_new_object(), *error = json_new_object();
	char since[32], *text = NULL;
	size_t n = 0;
	upstream_down_since(since);
	json_put_int(error, "code", -503);
	json_put_str(error, "message",
		     err == E_TIMEOUT
			 ? "the engine does not answer; what was asked for may have been "
			   "done: look before you repeat it"
			 : "the engine does not run");
	json_put_str(error, "since", since);
	json_put_str(error, "contact", c->settings->contact);
	json_put(j, "error", error);
	err = json_text(j, &text, &n);
	json_free(j);
	if (err)
		return MHD_NO;
	struct MHD_Response *response =
	    MHD_create_response_from_buffer(n, text, MHD_RESPMEM_MUST_FREE);
	if (response)
		MHD_add_response_header(response, "Content-Type", "application/json");
	return http_send(c, con, MHD_HTTP_SERVICE_UNAVAILABLE, response, false);
}

static struct upcall upcall_of(struct MHD_Connection *con, const struct request *r)
{
	return (struct upcall){
	    .from = r->from,
	    .certificate = r->certificate,
	    .session = hex_or_none(MHD_lookup_connection_value(con, MHD_COOKIE_KIND, COOKIE)),
	    .csrf = hex_or_none(http_header(con, "X-Osame-CSRF")),
	    .watch = *http_header(con, "X-Osame-Watch") != 0,
	    .file = -1};
}

int api_may_upload(struct console *c, struct MHD_Connection *con, const struct request *r)
{
	struct upcall call = upcall_of(con, r);
	struct json *answer = NULL;
	char *text = NULL;
	call.method = "session.show";
	int err = upstream_call(&c->upstream, &call, &answer, &text);
	const struct json *error = json_get(answer, "error");
	int status = err     ? MHD_HTTP_SERVICE_UNAVAILABLE
		     : error ? status_of(json_int(json_get(error, "code")))
			     : MHD_HTTP_OK;
	json_free(answer);
	free(text);
	return status;
}

/* ---- answers ---- */

/* Of session.open: the token becomes the cookie, the page gets the rest of what it needs. */
static int keep_token(const struct json *answer, char cookie[160], char **ret_text, size_t *ret_n)
{
	const char *token = "", *csrf = "";
	const struct json *result = json_get(answer, "result");
	json_get_str(result, "token", &token);
	json_get_str(result, "csrf", &csrf);
	if (!*hex_or_none(token))
		return E_PROTO;
	snprintf(cookie, 160, COOKIE "=%s" COOKIE_KEPT, token);
	struct json *j = json_new_object(), *inner = json_new_object();
	json_put_str(inner, "csrf", csrf);
	json_put(j, "result", inner);
	int err = json_text(j, ret_text, ret_n);
	json_free(j);
	return err;
}

/* What the engine says beside a file (a sentence's reading) has no room in the body: it goes into a
 * header, percent-encoded, so that nothing in it can end the header. Left out when it is longer
 * than a response's memory. */
static void put_result(struct MHD_Response *response, const struct json *answer)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
	char encoded[MAX_RESULT_HEADER];
	char *text = NULL;
	size_t n = 0, at = 0;
	if (!json_get(answer, "result") || json_text(json_get(answer, "result"), &text, &n) != 0)
		return;
	for (size_t i = 0; i < n && at + 4 < sizeof encoded; i++)
		at += (size_t)snprintf(encoded + at, sizeof encoded - at,
				       strchr(plain, text[i]) ? "%c" : "%%%02X",
				       (unsigned char)text[i]);
	if (at + 4 < sizeof encoded)
		MHD_add_response_header(response, "X-Osame-Result", encoded);
	free(text);
}

static enum MHD_Result send_file(struct console *c, struct MHD_Connection *con, int file,
				 const struct json *answer)
{
	struct stat st;
	int own = fcntl(file, F_DUPFD_CLOEXEC, 0); /* the response closes it */
	if (own < 0 || fstat(own, &st) != 0)
		return MHD_NO;
	struct MHD_Response *response = MHD_create_response_from_fd((uint64_t)st.st_size, own);
	if (!response) {
		close(own);
		return MHD_NO;
	}
	MHD_add_response_header(response, "Content-Type", "application/octet-stream");
	MHD_add_response_header(response, "Content-Disposition", "attachment");
	put_result(response, answer);
	return http_send(c, con, MHD_HTTP_OK, response, false);
}

static enum MHD_Result send_answer(struct console *c, struct MHD_Connection *con,
				   const char *method, const struct json *answer, char *text)
{
	const struct json *error = json_get(answer, "error");
	int status = error ? status_of(json_int(json_get(error, "code"))) : MHD_HTTP_OK;
	size_t n = strlen(text);
	char cookie[160] = "";
	if (!error && strcmp(method, "session.open") == 0) {
		char *kept = NULL;
		int err = keep_token(answer, cookie, &kept, &n);
		explicit_bzero(text, strlen(text));
		free(text);
		if (err)
			return http_refuse(c, con, MHD_HTTP_INTERNAL_SERVER_ERROR,
					   "no session came");
		text = kept;
	}
	if (strcmp(method, "session.close") == 0 || status == MHD_HTTP_UNAUTHORIZED)
		snprintf(cookie, sizeof cookie, COOKIE "=" COOKIE_KEPT "; Max-Age=0");
	struct MHD_Response *response =
	    MHD_create_response_from_buffer(n, text, MHD_RESPMEM_MUST_FREE);
	if (!response) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, "Content-Type", "application/json");
	if (*cookie)
		MHD_add_response_header(response, "Set-Cookie", cookie);
	explicit_bzero(cookie, sizeof cookie);
	return http_send(c, con, status, response, false);
}

/* ---- the call ---- */

/* An upload's parameters come in the query: all words. */
static enum MHD_Result one_param(void *arg, enum MHD_ValueKind kind, const char *name,
				 const char *value)
{
	(void)kind;
	json_put_str(arg, name, value ? value : "");
	return MHD_YES;
}

static int params_of(struct MHD_Connection *con, const struct request *r, struct json **ret)
{
	if (r->route == ROUTE_UPLOAD) {
		*ret = json_new_object();
		MHD_get_connection_values(con, MHD_GET_ARGUMENT_KIND, one_param, *ret);
		return 0;
	}
	if (r->n == 0)
		return 0;
	int err = json_parse(r->body, r->n, JSON_DEPTH, ret);
	return !err && json_kind(*ret) != JSON_KIND_OBJECT ? E_INVALID : err;
}

enum MHD_Result api_call(struct console *c, struct MHD_Connection *con, const char *url,
			 struct request *r)
{
	struct upcall call = upcall_of(con, r);
	struct json *params = NULL, *answer = NULL;
	char *text = NULL;
	call.method = strchr(url + 1, '/') + 1;
	if (!is_method(call.method))
		return http_refuse(c, con, MHD_HTTP_NOT_FOUND, "there is no such method");
	if (params_of(con, r, &params) != 0) {
		json_free(params);
		return http_refuse(c, con, MHD_HTTP_BAD_REQUEST, "the body is no JSON object");
	}
	if (r->route == ROUTE_DOWNLOAD)
		r->file = open(c->settings->temporary, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	call.params = params;
	call.file = r->file;
	int err = upstream_call(&c->upstream, &call, &answer, &text);
	enum MHD_Result result;
	if (err == E_CLOSED || err == E_TIMEOUT)
		result = send_down(c, con, err);
	else if (err)
		result = http_refuse(c, con,
				     err == E_LIMIT ? MHD_HTTP_CONTENT_TOO_LARGE
						    : MHD_HTTP_INTERNAL_SERVER_ERROR,
				     err_str(err));
	else if (r->route == ROUTE_DOWNLOAD && !json_get(answer, "error")) {
		free(text);
		result = send_file(c, con, r->file, answer);
	} else {
		result = send_answer(c, con, call.method, answer, text);
	}
	json_free(params);
	json_free(answer);
	return result;
}
