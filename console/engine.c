/* See engine.h. A call that timed out may have been carried out: that is what the page says. */
#include "console/engine.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CALL_MOST_MS 60000
#define TOKYO_S (9 * 3600)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static time_t down_since;

static void seen(bool up)
{
	pthread_mutex_lock(&lock);
	if (up)
		down_since = 0;
	else if (!down_since)
		down_since = time(NULL);
	pthread_mutex_unlock(&lock);
}

void upstream_down_since(char out[32])
{
	struct tm tm;
	pthread_mutex_lock(&lock);
	time_t since = down_since;
	pthread_mutex_unlock(&lock);
	out[0] = '\0';
	since +=
	    since ? TOKYO_S : 0; /* as the engine shows times, whatever the machine's zone is */
	if (since && gmtime_r(&since, &tm))
		strftime(out, 32, "%Y-%m-%d %H:%M", &tm);
}

static int dial(const struct upstream *u, int *ret_fd)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	snprintf(addr.sun_path, sizeof addr.sun_path, "%s", u->path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return E_IO;
	if (connect(fd, (const struct sockaddr *)&addr, sizeof addr) != 0) {
		close(fd);
		seen(false);
		return E_CLOSED;
	}
	*ret_fd = fd;
	return 0;
}

void upstream_probe(const struct upstream *u)
{
	int fd;
	if (dial(u, &fd) != 0)
		return;
	close(fd);
	seen(true);
}

/* One line. Built as JSON, so that nothing from outside can end it and begin another. */
static int line_of(const struct upcall *c, char **ret, size_t *ret_n)
{
	char *params = NULL, *head = NULL, *line;
	size_t params_n = 2, head_n = 0;
	struct json *j = json_new_object();
	json_put_str(j, "jsonrpc", "2.0");
	json_put_int(j, "id", 1);
	json_put_str(j, "method", c->method);
	json_put_str(j, "from", c->from);
	if (*c->session)
		json_put_str(j, "session", c->session);
	if (*c->csrf)
		json_put_str(j, "csrf", c->csrf);
	if (*c->certificate)
		json_put_str(j, "certificate", c->certificate);
	if (c->watch)
		json_put_bool(j, "watch", true);
	int err = c->params ? json_text(c->params, &params, &params_n) : 0;
	if (!err)
		err = json_text(j, &head, &head_n);
	size_t size = params_n + head_n + 32;
	line = err ? NULL : malloc(size);
	if (!err && !line)
		err = E_NOMEM;
	if (!err) {
		size_t n = (size_t)snprintf(line, size, "%.*s,\"params\":%s}\n", (int)head_n - 1,
					    head, params ? params : "{}");
		if (n > MAX_CONTROL_LINE)
			err = E_LIMIT; /* 1e15 came, 1000000000000000.0 would go */
		*ret_n = n;
	}
	if (err)
		free(line);
	else
		*ret = line;
	if (params)
		explicit_bzero(params, params_n); /* passwords pass here */
	free(params);
	free(head);
	json_free(j);
	return err;
}

static int send_first(int fd, char first, int file)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.space = {0}};
	struct iovec at = {.iov_base = &first, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &at, .msg_iovlen = 1};
	if (file >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof control;
		struct cmsghdr *m = CMSG_FIRSTHDR(&msg);
		m->cmsg_level = SOL_SOCKET;
		m->cmsg_type = SCM_RIGHTS;
		m->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(m), &file, sizeof file);
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL) == 1 ? 0 : E_CLOSED;
}

static int send_rest(int fd, const char *s, size_t n)
{
	while (n > 0) {
		ssize_t w = send(fd, s, n, MSG_NOSIGNAL);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return errno == EPIPE ? 0 : E_CLOSED; /* it may have said why: read on */
		s += w;
		n -= (size_t)w;
	}
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int receive(int fd, char *in, size_t *ret_n)
{
	size_t n = 0;
	int64_t until = now_ms() + CALL_MOST_MS;
	while (n < MAX_CONTROL_LINE) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		int64_t left = until - now_ms();
		if (left <= 0)
			return E_TIMEOUT;
		if (poll(&wait, 1, (int)left) <= 0)
			continue;
		ssize_t got = recv(fd, in + n, MAX_CONTROL_LINE - n, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return E_CLOSED;
		n += (size_t)got;
		if (in[n - 1] == '\n') {
			in[n - 1] = '\0';
			*ret_n = n - 1;
			return 0;
		}
	}
	return E_PROTO;
}

int upstream_call(const struct upstream *u, const struct upcall *call, struct json **ret,
		  char **ret_text)
{
	char *line = NULL, *in = malloc(MAX_CONTROL_LINE + 1);
	size_t n = 0;
	int fd = -1, err = in ? line_of(call, &line, &n) : E_NOMEM;
	if (!err)
		err = dial(u, &fd);
	if (!err)
		err = send_first(fd, line[0], call->file);
	if (!err)
		err = send_rest(fd, line + 1, n - 1);
	if (!err)
		err = receive(fd, in, &n);
	if (!err && json_parse(in, n, JSON_DEPTH + 4, ret) != 0)
		err = E_PROTO;
	if (!err) {
		seen(true);
		*ret_text = in;
		in = NULL;
	}
	if (err == E_CLOSED)
		seen(false);
	if (fd >= 0)
		close(fd);
	if (line)
		explicit_bzero(line, strlen(line));
	free(line);
	free(in);
	return err;
}
