/*
 * See http.h. A thread a connection: a call waits for the engine where it stands, and
 * nobody else waits with it. Refusals come in this order, the cheapest first: the
 * peer's address (before TLS), the address that a proxy forwards, Host, Origin,
 * method, length, type. A refused request's body is dropped, and a long one ends its
 * connection.
 */
#include "console/http.h"

#include "engine/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define SILENT_S 30 /* a connection on which nothing moves */
#define UPLOAD_TIMES 30
/* A refused body of this many bytes is taken and dropped: closed in its face, a client would see a
 * broken connection instead of the reason. A longer one is not waited for. */
#define MAX_SWALLOWED (1 << 20)

static const char tls[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

static const char *const headers[][2] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
     "font-src 'self'; connect-src 'self'; media-src 'self' blob:; form-action 'none'; "
     "frame-ancestors 'none'; base-uri 'none'"},
    {"Strict-Transport-Security", "max-age=31536000"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), microphone=(), geolocation=()"},
};

/* ---- answers ---- */

const char *http_header(struct MHD_Connection *con, const char *name)
{
	const char *value = MHD_lookup_connection_value(con, MHD_HEADER_KIND, name);
	return value ? value : "";
}

enum MHD_Result http_send(struct console *c, struct MHD_Connection *con, int status,
			  struct MHD_Response *response, bool keep)
{
	(void)c;
	if (!response)
		return MHD_NO;
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		MHD_add_response_header(response, headers[i][0], headers[i][1]);
	MHD_add_response_header(response, "Cache-Control", keep ? "no-cache" : "no-store");
	enum MHD_Result result = MHD_queue_response(con, (unsigned)status, response);
	MHD_destroy_response(response);
	return result;
}

enum MHD_Result http_refuse(struct console *c, struct MHD_Connection *con, int status,
			    const char *why)
{
	struct json *j = json_new_object(), *error = json_new_object();
	char *text = NULL;
	size_t n = 0;
	json_put_int(error, "code", -status);
	json_put_str(error, "message", why);
	json_put(j, "error", error);
	int err = json_text(j, &text, &n);
	json_free(j);
	if (err)
		return MHD_NO;
	struct MHD_Response *response =
	    MHD_create_response_from_buffer(n, text, MHD_RESPMEM_MUST_FREE);
	if (!response) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, "Content-Type", "application/json");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "GET, HEAD, POST");
	return http_send(c, con, status, response, false);
}

static enum MHD_Result send_page(struct console *c, struct MHD_Connection *con, const char *url)
{
	const struct page *p = files_find(&c->files, url);
	if (!p)
		return http_refuse(c, con, MHD_HTTP_NOT_FOUND, "there is no such page");
	bool same = strcmp(http_header(con, "If-None-Match"), p->tag) == 0;
	struct MHD_Response *response =
	    MHD_create_response_from_buffer(same ? 0 : p->n, p->bytes, MHD_RESPMEM_PERSISTENT);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", p->type);
	MHD_add_response_header(response, "ETag", p->tag);
	return http_send(c, con, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, response, true);
}

/* ---- who asks, and for what ---- */

static const struct sockaddr *peer(struct MHD_Connection *con)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(con, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	return info ? info->client_addr : NULL;
}

static enum MHD_Result last_forwarded(void *arg, enum MHD_ValueKind kind, const char *name,
				      const char *value)
{
	const char **last = arg;
	(void)kind;
	if (strcasecmp(name, "X-Forwarded-For") == 0)
		*last = value ? value : "";
	return MHD_YES;
}

/* The last entry is the one that our own proxy wrote; those before it, anybody may have. Some
 * proxies write a line of their own behind the client's: the last entry of the last line. */
static int forwarded(struct MHD_Connection *con, struct network *ret)
{
	char text[NET_TEXT] = "";
	const char *list = "";
	MHD_get_connection_values(con, MHD_HEADER_KIND, last_forwarded, &list);
	const char *comma = strrchr(list, ',');
	list = comma ? comma + 1 : list;
	list += strspn(list, " ");
	size_t n = strcspn(list, " ");
	if (n == 0 || n >= sizeof text || list[n])
		return E_INVALID;
	memcpy(text, list, n);
	return net_of_text(text, ret);
}

/* What our own proxy says of the client's certificate, once it has checked it. */
static void certificate(struct console *c, struct MHD_Connection *con, struct request *r)
{
	const char *print = http_header(con, "X-Client-Certificate");
	size_t n = strlen(print);
	if (c->settings->client_certificates &&
	    strcmp(http_header(con, "X-Client-Verify"), "SUCCESS") == 0 && (n == 40 || n == 64) &&
	    strspn(print, "0123456789abcdef") == n)
		memcpy(r->certificate, print, n + 1);
}

/* 0, or the status to refuse it with. */
static int who(struct console *c, struct MHD_Connection *con, struct request *r)
{
	struct network a;
	const struct sockaddr *addr = peer(con);
	if (!addr || net_of_sockaddr(addr, &a) != 0)
		return MHD_HTTP_FORBIDDEN;
	bool proxied = networks_have(&c->proxy, &a);
	if (proxied && (forwarded(con, &a) != 0 || !networks_have(&c->allow, &a))) {
		log_warn("event=refused what=forwarded-address");
		return MHD_HTTP_FORBIDDEN;
	}
	net_text(&a, r->from);
	if (proxied)
		certificate(c, con, r);
	return 0;
}

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static int refused(struct request *r, int status, const char *why)
{
	r->status = status;
	r->why = why;
	return status;
}

static unsigned long long length_of(struct MHD_Connection *con)
{
	return strtoull(http_header(con, "Content-Length"), NULL, 10);
}

/* What can be said before the body: 0, or the status. */
static int look(struct console *c, struct MHD_Connection *con, const char *url, const char *method,
		struct request *r)
{
	const char *origin = http_header(con, "Origin"), *site = http_header(con, "Sec-Fetch-Site");
	bool read = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
	if (who(c, con, r) != 0)
		return refused(r, MHD_HTTP_FORBIDDEN, "not from this address");
	if (strcmp(http_header(con, "Host"), c->host) != 0)
		return refused(r, MHD_HTTP_MISDIRECTED_REQUEST, "this is another host");
	if (*origin && strcmp(origin, c->settings->url) != 0)
		return refused(r, MHD_HTTP_FORBIDDEN, "not from another site's page");
	r->route = begins(url, "/api/")        ? ROUTE_API
		   : begins(url, "/upload/")   ? ROUTE_UPLOAD
		   : begins(url, "/download/") ? ROUTE_DOWNLOAD
					       : ROUTE_FILE;
	if (r->route == ROUTE_FILE)
		return read ? 0
			    : refused(r, MHD_HTTP_METHOD_NOT_ALLOWED, "pages are read: GET, HEAD");
	if (strcmp(method, "POST") != 0)
		return refused(r, MHD_HTTP_METHOD_NOT_ALLOWED, "calls are made with POST");
	if (*site && strcmp(site, "same-origin") != 0)
		return refused(r, MHD_HTTP_FORBIDDEN, "not from another site's page");
	if (r->route != ROUTE_UPLOAD &&
	    !begins(http_header(con, "Content-Type"), "application/json"))
		return refused(r, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "a call is application/json");
	if (length_of(con) > (r->route == ROUTE_UPLOAD ? c->settings->upload_most : MAX_BODY))
		return refused(r, MHD_HTTP_CONTENT_TOO_LARGE, "that is too much");
	return 0;
}

/* ---- bodies ---- */

static int begin_upload(struct console *c, struct MHD_Connection *con, struct request *r)
{
	int status = api_may_upload(c, con, r);
	if (status != MHD_HTTP_OK)
		return refused(r, status, "nobody is signed in");
	r->file = open(c->settings->temporary, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (r->file < 0) {
		log_error("event=upload folder=%s errno=\"%s\"", c->settings->temporary,
			  strerror(errno));
		return refused(r, MHD_HTTP_INTERNAL_SERVER_ERROR, "no room for the file");
	}
	watch_again(c->watch, r->watched, UPLOAD_TIMES);
	return 0;
}

static void take_bytes(struct console *c, struct request *r, const char *data, size_t n)
{
	if (r->status)
		return; /* refused: what still comes is dropped */
	if (r->route == ROUTE_UPLOAD) {
		if (r->file_n + n > c->settings->upload_most)
			refused(r, MHD_HTTP_CONTENT_TOO_LARGE, "the file is too large");
		else if (write(r->file, data, n) != (ssize_t)n)
			refused(r, MHD_HTTP_INSUFFICIENT_STORAGE, "no room for the file");
		r->file_n += n;
		return;
	}
	char *body = r->n + n > MAX_BODY ? NULL : realloc(r->body, r->n + n + 1);
	if (!body) {
		refused(r, MHD_HTTP_CONTENT_TOO_LARGE, "that is too much");
		return;
	}
	memcpy(body + r->n, data, n);
	r->n += n;
	r->body = body;
	r->body[r->n] = '\0';
}

static struct watched *watched_of(struct MHD_Connection *con)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(con, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info ? info->socket_context : NULL;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *con, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *data_n, void **at)
{
	struct console *c = arg;
	struct request *r = *at;
	(void)version;
	if (!r) {
		r = calloc(1, sizeof *r);
		if (!r)
			return MHD_NO;
		*at = r;
		r->file = -1;
		r->watched = watched_of(con);
		if (!r->watched)
			return MHD_NO;
		bool ok = look(c, con, url, method, r) == 0;
		if (ok && r->route == ROUTE_UPLOAD)
			ok = begin_upload(c, con, r) == 0;
		if (!ok && length_of(con) > MAX_SWALLOWED)
			return http_refuse(c, con, r->status, r->why);
		return MHD_YES;
	}
	if (*data_n) {
		take_bytes(c, r, data, *data_n);
		*data_n = 0;
		return MHD_YES;
	}
	watch_again(c->watch, r->watched, 0);
	enum MHD_Result result = r->status                ? http_refuse(c, con, r->status, r->why)
				 : r->route == ROUTE_FILE ? send_page(c, con, url)
							  : api_call(c, con, url, r);
	watch_again(c->watch, r->watched, UPLOAD_TIMES); /* for taking the answer */
	return result;
}

static void on_end(void *arg, struct MHD_Connection *con, void **at,
		   enum MHD_RequestTerminationCode why)
{
	struct console *c = arg;
	struct request *r = *at;
	(void)con;
	(void)why;
	if (!r)
		return;
	if (r->watched)
		watch_again(c->watch, r->watched, 1); /* for the next one on this connection */
	if (r->file >= 0)
		close(r->file);
	if (r->body)
		explicit_bzero(r->body, r->n); /* passwords pass here */
	free(r->body);
	free(r);
	*at = NULL;
}

/* ---- connections ---- */

static enum MHD_Result may_connect(void *arg, const struct sockaddr *addr, socklen_t n)
{
	struct console *c = arg;
	struct network a;
	char text[NET_TEXT] = "?";
	(void)n;
	if (net_of_sockaddr(addr, &a) == 0) {
		if (networks_have(&c->allow, &a) || networks_have(&c->proxy, &a))
			return MHD_YES;
		net_text(&a, text);
	}
	log_warn("event=refused what=address from=%s", text);
	return MHD_NO;
}

static void on_connection(void *arg, struct MHD_Connection *con, void **context,
			  enum MHD_ConnectionNotificationCode what)
{
	struct console *c = arg;
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info =
		    MHD_get_connection_info(con, MHD_CONNECTION_INFO_CONNECTION_FD);
		*context = info ? watch_add(c->watch, info->connect_fd) : NULL;
	} else if (*context) {
		watch_remove(c->watch, *context);
		*context = NULL;
	}
}

static int open_listener(const struct settings *s, int *ret_fd, int *ret_port)
{
	char port[16];
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} bound = {.in6 = {.sin6_family = AF_UNSPEC}};
	socklen_t n = sizeof bound;
	int yes = 1;
	snprintf(port, sizeof port, "%d", s->port);
	if (getaddrinfo(s->bind, port, &hints, &found) != 0)
		return E_INVALID;
	int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err = fd < 0 ? E_IO : 0;
	if (!err) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
		err = bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, 64) != 0 ||
			      getsockname(fd, &bound.any, &n) != 0
			  ? E_IO
			  : 0;
	}
	freeaddrinfo(found);
	if (err) {
		log_error("event=listen bind=%s port=%s errno=\"%s\"", s->bind, port,
			  strerror(errno));
		if (fd >= 0)
			close(fd);
		return err;
	}
	*ret_port =
	    ntohs(bound.any.sa_family == AF_INET6 ? bound.in6.sin6_port : bound.in.sin_port);
	*ret_fd = fd;
	return 0;
}

int http_start(struct console *c, int *ret_port)
{
	const struct settings *s = c->settings;
	int err = open_listener(s, &c->listen_fd, ret_port);
	if (err)
		return err;
	c->daemon = MHD_start_daemon(
	    MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
		MHD_USE_TLS | MHD_USE_ITC,
	    0, may_connect, c, on_request, c, MHD_OPTION_LISTEN_SOCKET, c->listen_fd,
	    MHD_OPTION_HTTPS_MEM_CERT, c->certificate, MHD_OPTION_HTTPS_MEM_KEY, c->key,
	    MHD_OPTION_HTTPS_PRIORITIES, tls, MHD_OPTION_CONNECTION_LIMIT, (unsigned)s->connections,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)32768, MHD_OPTION_NOTIFY_COMPLETED, on_end, c, MHD_OPTION_NOTIFY_CONNECTION,
	    on_connection, c, MHD_OPTION_END);
	if (c->daemon)
		return 0;
	log_error("event=start what=\"the web server does not start: certificate and key?\"");
	close(c->listen_fd);
	c->listen_fd = -1;
	return E_IO;
}

void http_stop(struct console *c)
{
	if (c->daemon)
		MHD_stop_daemon(c->daemon); /* closes the listener too */
	c->daemon = NULL;
}
