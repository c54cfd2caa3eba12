/* The web server: libmicrohttpd over TLS. What a request goes through: docs/console.md. */
#ifndef CONSOLE_HTTP_H
#define CONSOLE_HTTP_H

#include "console/engine.h"
#include "console/files.h"
#include "console/net.h"
#include "console/settings.h"
#include "console/watch.h"

#include <microhttpd.h>

#define MAX_BODY 49152 /* of a call: with the rest of its line below the control socket's 64 kB */

struct console {
	const struct settings *settings;
	struct networks allow, proxy;
	const char *host; /* of settings.url, as the header Host has it */
	char *certificate, *key;
	struct upstream upstream;
	struct files files;
	struct watch *watch;
	struct MHD_Daemon *daemon;
	int listen_fd;
};

enum route { ROUTE_FILE, ROUTE_API, ROUTE_UPLOAD, ROUTE_DOWNLOAD };

struct request {
	struct watched *watched;
	enum route route;
	char from[NET_TEXT];
	char certificate[65]; /* fingerprint of the client's, as our proxy says; "" */
	int status;           /* already refused: the answer waits for the body's end */
	const char *why;
	char *body;
	size_t n;
	int file; /* an upload on its way */
	size_t file_n;
};

int http_start(struct console *c, int *ret_port) MUST_CHECK;
void http_stop(struct console *c);

/* Adds the headers that everything has, sends, forgets the response (NULL: no memory). */
enum MHD_Result http_send(struct console *c, struct MHD_Connection *con, int status,
			  struct MHD_Response *response, bool keep);
/* A refusal in words, as JSON. */
enum MHD_Result http_refuse(struct console *c, struct MHD_Connection *con, int status,
			    const char *why);
const char *http_header(struct MHD_Connection *con, const char *name); /* or "" */

/* api.c: the body is there */
enum MHD_Result api_call(struct console *c, struct MHD_Connection *con, const char *url,
			 struct request *r);
/* Before an upload's body is taken: is anybody signed in? The HTTP status, 200 if so. */
int api_may_upload(struct console *c, struct MHD_Connection *con, const struct request *r);

#endif
