/* See call.h. */
#include "engine/cli/call.h"

#include "engine/limits.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int line_open(const char *path, struct line *ret)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	size_t n = strlen(path);
	if (n >= sizeof addr.sun_path)
		return E_LIMIT;
	memcpy(addr.sun_path, path, n + 1);
	*ret = (struct line){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	ret->in = malloc(MAX_CONTROL_LINE);
	if (ret->fd >= 0 && ret->in &&
	    connect(ret->fd, (const struct sockaddr *)&addr, sizeof addr) == 0)
		return 0;
	int saved = errno;
	line_close(ret);
	errno = saved;
	return E_IO;
}

void line_close(struct line *l)
{
	if (l->fd >= 0)
		close(l->fd);
	free(l->in);
	*l = (struct line){.fd = -1};
}

static int send_all(int fd, const char *s, size_t n)
{
	while (n > 0) {
		ssize_t w = send(fd, s, n, MSG_NOSIGNAL);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0) /* the engine may have said why before it closed: read on */
			return errno == EPIPE ? 0 : E_CLOSED;
		s += w;
		n -= (size_t)w;
	}
	return 0;
}

/* The descriptor goes with the first byte; the rest follows as ever. */
static int send_file(int fd, int file, char first)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.space = {0}};
	struct iovec at = {.iov_base = &first, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &at,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof control};
	struct cmsghdr *m = CMSG_FIRSTHDR(&msg);
	m->cmsg_level = SOL_SOCKET;
	m->cmsg_type = SCM_RIGHTS;
	m->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(m), &file, sizeof file);
	ssize_t n;
	while ((n = sendmsg(fd, &msg, MSG_NOSIGNAL)) < 0 && errno == EINTR)
		;
	return n == 1 || errno == EPIPE ? 0 : E_CLOSED;
}

static int send_call(struct line *l, const char *method, const struct json *params, int file)
{
	char *given = NULL, *line = NULL;
	size_t n = 0;
	int err = params ? json_text(params, &given, &n) : 0;
	if (err == 0) {
		size_t size = n + strlen(method) + 128;
		line = malloc(size);
		err = line ? 0 : E_NOMEM;
		if (line) /* methods are names of our table: nothing to escape */
			n = (size_t)snprintf(line, size,
					     "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":\"%s\","
					     "\"params\":%s}\n",
					     (long long)++l->id, method, given ? given : "{}");
	}
	if (err == 0 && file >= 0)
		err = send_file(l->fd, file, line[0]);
	if (err == 0)
		err = send_all(l->fd, line + (file >= 0), n - (file >= 0));
	free(given);
	free(line);
	return err;
}

/* Bytes up to and without the newline are l->in[0..*ret_n). */
static int receive(struct line *l, size_t *ret_n)
{
	int64_t until = now_ms() + CALL_WAIT_MS;
	l->in_n = 0;
	for (;;) {
		struct pollfd wait = {.fd = l->fd, .events = POLLIN};
		int64_t left = until - now_ms();
		if (left <= 0 || l->in_n == MAX_CONTROL_LINE)
			return left <= 0 ? E_TIMEOUT : E_PROTO;
		if (poll(&wait, 1, (int)left) <= 0)
			continue;
		ssize_t n = recv(l->fd, l->in + l->in_n, MAX_CONTROL_LINE - l->in_n, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return E_CLOSED;
		l->in_n += (size_t)n;
		if (l->in[l->in_n - 1] == '\n') {
			*ret_n = l->in_n - 1;
			return 0;
		}
	}
}

int line_call_file(struct line *l, const char *method, const struct json *params, int file,
		   struct json **ret)
{
	size_t n = 0;
	struct json *answer = NULL;
	int err = send_call(l, method, params, file);
	if (err == 0)
		err = receive(l, &n);
	if (err != 0)
		return err;
	if (json_parse(l->in, n, JSON_DEPTH + 4, &answer) != 0)
		return E_PROTO;
	if (!json_get(answer, "result") && !json_get(answer, "error")) {
		json_free(answer);
		return E_PROTO;
	}
	*ret = answer;
	return 0;
}

int line_call(struct line *l, const char *method, const struct json *params, struct json **ret)
{
	return line_call_file(l, method, params, -1, ret);
}
