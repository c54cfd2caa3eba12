/*
 * See client.h. What bounds it: a line's bytes in, CLIENT_OUT_BYTES and the answers
 * of CLIENT_IN_FLIGHT calls out. A client that does not read its answers is not
 * read either, and closed when it stands still; it delays nobody else.
 */
#include "engine/control/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define IDLE_MS (10 * 60 * 1000) /* nothing asked for this long */

int client_new(int fd, uint64_t serial, const struct caller *who, int64_t now_ms,
	       struct client **ret)
{
	struct client *c = calloc(1, sizeof *c);
	if (!c) {
		close(fd);
		return E_NOMEM;
	}
	c->fd = fd;
	c->serial = serial;
	c->who = *who;
	c->moved_ms = now_ms;
	*ret = c;
	return 0;
}

void client_free(struct client *c)
{
	if (!c)
		return;
	close(c->fd);
	for (size_t i = 0; i < c->n_files; i++)
		close(c->file[i]);
	free(c->out);
	free(c);
}

bool client_may_call(const struct client *c)
{
	return !c->closing && c->in_flight < CLIENT_IN_FLIGHT &&
	       c->out_n - c->out_at < CLIENT_OUT_BYTES;
}

bool client_wants_in(const struct client *c)
{
	return !c->ended && client_may_call(c);
}

bool client_wants_out(const struct client *c)
{
	return c->out_n > c->out_at;
}

bool client_is_done(const struct client *c)
{
	if (client_wants_out(c))
		return false;
	return c->closing || (c->ended && c->in_flight == 0);
}

bool client_is_stalled(const struct client *c, int64_t now_ms, int64_t stall_ms)
{
	int64_t still = now_ms - c->moved_ms;
	if (client_wants_out(c) || (c->in_n > c->in_at && c->in_flight == 0))
		return still >= stall_ms;
	return c->in_flight == 0 && still >= IDLE_MS;
}

/* Takes the descriptors of one message; false: more than a client may leave lying. All are
 * ours to close as soon as recvmsg gave them. */
static bool take_files(struct client *c, struct msghdr *msg)
{
	bool fits = !(msg->msg_flags & MSG_CTRUNC);
	for (struct cmsghdr *m = CMSG_FIRSTHDR(msg); m; m = CMSG_NXTHDR(msg, m)) {
		if (m->cmsg_level != SOL_SOCKET || m->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (m->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(m) + i * sizeof fd, sizeof fd);
			if (c->n_files < CLIENT_FILES) {
				c->file[c->n_files++] = fd;
			} else {
				close(fd);
				fits = false;
			}
		}
	}
	return fits;
}

static ssize_t receive(struct client *c)
{
	union {
		char space[CMSG_SPACE(CLIENT_FILES * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec at = {.iov_base = c->in + c->in_n, .iov_len = sizeof c->in - c->in_n};
	struct msghdr msg = {.msg_iov = &at,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof control};
	ssize_t n = recvmsg(c->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n >= 0 && !take_files(c, &msg)) {
		errno = EPROTO; /* a peer that throws descriptors at us */
		return -1;
	}
	return n;
}

int client_take_file(struct client *c)
{
	if (c->n_files == 0)
		return -1;
	int fd = c->file[0];
	memmove(c->file, c->file + 1, --c->n_files * sizeof *c->file);
	return fd;
}

int client_fill(struct client *c, int64_t now_ms)
{
	if (c->in_at > 0) {
		memmove(c->in, c->in + c->in_at, c->in_n - c->in_at);
		c->in_n -= c->in_at;
		c->in_at = 0;
	}
	if (c->in_n == sizeof c->in)
		return 0;
	ssize_t n = receive(c);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : E_CLOSED;
	if (n == 0)
		c->ended = true;
	else
		c->moved_ms = now_ms;
	c->in_n += (size_t)n;
	return 0;
}

int client_line(struct client *c, char **ret_line, size_t *ret_n)
{
	char *line = c->in + c->in_at;
	char *end = memchr(line, '\n', c->in_n - c->in_at);
	if (!end)
		return c->in_at == 0 && c->in_n == sizeof c->in ? E_LIMIT : E_NOTFOUND;
	*ret_line = line;
	*ret_n = (size_t)(end - line);
	c->in_at += *ret_n + 1;
	return 0;
}

static int make_room(struct client *c, size_t n)
{
	if (c->out_at > 0) {
		memmove(c->out, c->out + c->out_at, c->out_n - c->out_at);
		c->out_n -= c->out_at;
		c->out_at = 0;
	}
	if (c->out_n + n <= c->out_size)
		return 0;
	char *out = realloc(c->out, c->out_n + n);
	if (!out)
		return E_NOMEM;
	c->out = out;
	c->out_size = c->out_n + n;
	return 0;
}

int client_put(struct client *c, char *line, size_t n)
{
	int err = line ? make_room(c, n) : E_NOMEM;
	if (err == 0) {
		memcpy(c->out + c->out_n, line, n);
		c->out_n += n;
	}
	free(line);
	return err;
}

int client_flush(struct client *c, int64_t now_ms)
{
	while (client_wants_out(c)) {
		ssize_t n = send(c->fd, c->out + c->out_at, c->out_n - c->out_at,
				 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : E_CLOSED;
		c->out_at += (size_t)n;
		c->moved_ms = now_ms;
	}
	free(c->out); /* an answer's room is not kept for an idle client */
	c->out = NULL;
	c->out_at = c->out_n = c->out_size = 0;
	return 0;
}
