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

int client_fill(struct client *c, int64_t now_ms)
{
	if (c->in_at > 0) {
		memmove(c->in, c->in + c->in_at, c->in_n - c->in_at);
		c->in_n -= c->in_at;
		c->in_at = 0;
	}
	if (c->in_n == sizeof c->in)
		return 0;
	ssize_t n = recv(c->fd, c->in + c->in_n, sizeof c->in - c->in_n, MSG_DONTWAIT);
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
