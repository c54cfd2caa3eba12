/*
 * See receipts.h and docs/sms.md. libmicrohttpd with an epoll descriptor and no
 * thread of its own, so that receipts reach the engine in the order in which they
 * arrived, and nothing here needs a lock.
 *
 * Promise: 200 only after the engine's mailbox took the receipt; 503 when it is
 * full, upon which a gateway asks again. A request without the right HMAC gets 403
 * and nothing else, whatever else it holds: others on this machine must not be able
 * to report deliveries, nor learn which attempts exist.
 */
#include "adapters/text/receipts.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "adapters/sign/digest.h"
#include "engine/event.h"
#include "engine/log.h"

enum { HMAC_HEX = 64, MOST_CONNECTIONS = 256, IDLE_S = 10, MEMORY = 16384 };
#define PREFIX "/receipt/"

struct receipts {
	struct MHD_Daemon *daemon;
	struct MHD_Response *empty;
	struct mailbox *to_engine;
	uint8_t key[32];
	char host[128];
	int fd, port;
};

/* The words in front keep this use of the key apart from any other. */
static void attempt_hmac(const struct receipts *r, uint64_t attempt, char out[HMAC_HEX + 1])
{
	char words[64];
	uint8_t mac[32];
	int n =
	    snprintf(words, sizeof words, "osame sms receipt %llu", (unsigned long long)attempt);

	digest_sodium.hmac_sha256(r->key, words, (size_t)n, mac);
	digest_hex(mac, sizeof mac, out);
}

void receipts_url(const struct receipts *r, uint64_t attempt, char out[RECEIPT_URL_BYTES])
{
	char mac[HMAC_HEX + 1];
	bool v6 = strchr(r->host, ':') != NULL;

	attempt_hmac(r, attempt, mac);
	snprintf(out, RECEIPT_URL_BYTES, "http://%s%s%s:%d" PREFIX "%llu/%s?s=%%d", v6 ? "[" : "",
		 r->host, v6 ? "]" : "", r->port, (unsigned long long)attempt, mac);
}

void receipts_tag(const struct receipts *r, uint64_t attempt, char out[RECEIPT_TAG_BYTES])
{
	char words[64], mac_hex[HMAC_HEX + 1];
	uint8_t mac[32];
	int n = snprintf(words, sizeof words, "osame sms tag %llu", (unsigned long long)attempt);

	digest_sodium.hmac_sha256(r->key, words, (size_t)n, mac);
	digest_hex(mac, sizeof mac, mac_hex);
	snprintf(out, RECEIPT_TAG_BYTES, "osame-%llu-%.16s", (unsigned long long)attempt, mac_hex);
}

/* The attempt that the path names, if its HMAC is right. Decimal without leading zeros: one URL an
 * attempt. */
static bool path_attempt(const struct receipts *r, const char *path, uint64_t *ret_attempt)
{
	uint64_t attempt = 0;
	char mac[HMAC_HEX + 1];

	if (strncmp(path, PREFIX, sizeof PREFIX - 1) != 0)
		return false;
	const char *s = path + sizeof PREFIX - 1;
	if (*s < '1' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (attempt > (UINT64_MAX - 9) / 10)
			return false;
		attempt = attempt * 10 + (uint64_t)(*s - '0');
	}
	if (*s++ != '/' || strlen(s) != HMAC_HEX)
		return false;
	attempt_hmac(r, attempt, mac);
	if (!digest_sodium.equal(s, mac, HMAC_HEX))
		return false;
	*ret_attempt = attempt;
	return true;
}

/* Kannel's %d. Out of area is no status of its own there: it ends as 2. */
static bool status_receipt(const char *s, int *ret_code, enum text_receipt *ret_receipt)
{
	static const struct {
		const char *s;
		int code;
		enum text_receipt receipt;
	} list[] = {
	    {"1", 1, RECEIPT_DELIVERED}, {"2", 2, RECEIPT_FAILED},     {"4", 4, RECEIPT_BUFFERED},
	    {"8", 8, RECEIPT_BUFFERED},  {"16", 16, RECEIPT_REJECTED},
	};
	for (size_t i = 0; s && i < sizeof list / sizeof *list; i++)
		if (strcmp(list[i].s, s) == 0) {
			*ret_code = list[i].code;
			*ret_receipt = list[i].receipt;
			return true;
		}
	return false;
}

static unsigned take(struct receipts *r, uint64_t attempt, const char *status)
{
	int code;
	enum text_receipt receipt;

	if (!status_receipt(status, &code, &receipt)) {
		log_warn("event=receipt attempt=%llu answer=400 why=status",
			 (unsigned long long)attempt);
		return MHD_HTTP_BAD_REQUEST;
	}
	struct event *e = event_new(EV_SMS_RECEIPT);
	if (!e)
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	e->attempt = attempt;
	e->receipt.receipt = receipt;
	e->receipt.code = code;
	e->receipt.gateway = -1;
	if (mailbox_post(r->to_engine, e)) {
		event_free(e);
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	}
	return MHD_HTTP_OK;
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **state)
{
	struct receipts *r = arg;
	static char seen;
	uint64_t attempt;
	unsigned status = MHD_HTTP_FORBIDDEN;
	(void)version;
	(void)upload;

	/* The first call only brings the headers; a body, if there is one, is swallowed. */
	if (!*state) {
		*state = &seen;
		return MHD_YES;
	}
	if (*upload_size > 0) {
		*upload_size = 0;
		return MHD_YES;
	}
	if (path_attempt(r, url, &attempt)) {
		if (strcmp(method, "GET") == 0)
			status = take(
			    r, attempt,
			    MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "s"));
		else
			status = MHD_HTTP_METHOD_NOT_ALLOWED;
	}
	return MHD_queue_response(connection, status, r->empty);
}

static int bind_address(const struct text_config *c, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof *out);
	if (c->receipt_port < 0 || c->receipt_port > 65535)
		return E_INVALID;
	if (inet_pton(AF_INET, c->receipt_bind, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)c->receipt_port);
		return 0;
	}
	if (inet_pton(AF_INET6, c->receipt_bind, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)c->receipt_port);
		return 0;
	}
	return E_INVALID;
}

int receipts_start(const struct text_config *config, struct mailbox *to_engine,
		   struct receipts **ret_receipts)
{
	struct sockaddr_storage address;
	const union MHD_DaemonInfo *info;
	struct receipts *r = NULL;
	unsigned flags = MHD_USE_EPOLL;
	int err = bind_address(config, &address);

	if (err)
		return err;
	r = calloc(1, sizeof *r);
	if (!r)
		return E_NOMEM;
	r->to_engine = to_engine;
	memcpy(r->key, config->receipt_key, sizeof r->key);
	snprintf(r->host, sizeof r->host, "%s",
		 *config->receipt_host ? config->receipt_host : config->receipt_bind);
	err = E_IO;
	r->empty = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	if (!r->empty)
		goto out;
	if (address.ss_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	r->daemon = MHD_start_daemon(
	    flags, 0, NULL, NULL, answer, r, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY, MHD_OPTION_END);
	if (!r->daemon)
		goto out;
	info = MHD_get_daemon_info(r->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	r->fd = info ? info->epoll_fd : -1;
	info = MHD_get_daemon_info(r->daemon, MHD_DAEMON_INFO_BIND_PORT);
	r->port = info ? info->port : 0;
	if (r->fd < 0 || r->port == 0)
		goto out;
	err = 0;
	*ret_receipts = r;
	r = NULL;
out:
	receipts_stop(r);
	return err;
}

void receipts_stop(struct receipts *r)
{
	if (!r)
		return;
	if (r->daemon)
		MHD_stop_daemon(r->daemon);
	if (r->empty)
		MHD_destroy_response(r->empty);
	explicit_bzero(r->key, sizeof r->key);
	free(r);
}

int receipts_fd(const struct receipts *r)
{
	return r->fd;
}

int receipts_timeout_ms(const struct receipts *r, int most_ms)
{
	MHD_UNSIGNED_LONG_LONG ms;
	if (MHD_get_timeout(r->daemon, &ms) == MHD_YES && ms < (unsigned)most_ms)
		return (int)ms;
	return most_ms;
}

void receipts_run(struct receipts *r)
{
	MHD_run(r->daemon);
}

int receipts_port(const struct receipts *r)
{
	return r->port;
}
