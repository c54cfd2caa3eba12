/*
 * The control thread: one poll loop over the socket, its clients, and the mailbox
 * through which commands and reads come back. It never waits for the engine or for
 * a reader. What becomes of a line: engine/control/dispatch.c.
 *
 * A client that goes away leaves its calls running: a command that was sent is
 * carried out, its answer has no reader. Nothing is carried out twice, since
 * nothing here repeats a call.
 */
#include "engine/control.h"
#include "engine/control/answer.h"
#include "engine/control/door.h"
#include "engine/control/inner.h"
#include "engine/control/socket.h"

#include "engine/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define STALL_MS 30000
#define CLIENTS_CONSOLE 32 /* so that the operators' socket has places left */
#define CLIENTS_A_USER 16  /* so that one person cannot take all places */
#define LISTEN_BACKLOG 16
#define ACCEPT_PAUSE_MS 1000 /* no descriptor left: poll would answer at once for ever */
#define GOODBYE_MS 200       /* for the last answers, at the stop */

static int64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- commands, from the engine's thread ---- */

static struct request *request_of(struct command *c)
{
	return (struct request *)c;
}

void command_result(struct command *c, struct json *result)
{
	struct request *r = request_of(c);
	free(r->text);
	r->text = NULL;
	r->err = json_text(result, &r->text, &r->text_n);
	if (r->err == 0 && r->text_n > ANSWER_MOST_BYTES)
		r->err = E_LIMIT;
	if (r->err != 0)
		snprintf(r->why, sizeof r->why, "%s", err_str(r->err));
	json_free(result);
}

int command_refuse(struct command *c, int err, const char *fmt, ...)
{
	struct request *r = request_of(c);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(r->why, sizeof r->why, fmt, ap);
	va_end(ap);
	r->err = err;
	return err;
}

void command_fail(struct command *c, int err)
{
	if (!request_of(c)->err)
		command_refuse(c, err, "%s", err_str(err));
}

void control_reply(struct command *c)
{
	struct request *r = request_of(c);
	int err = mailbox_post(r->done, r);
	BUG_IF(err != 0); /* it holds all requests that can be in hand */
}

static struct client *client_of(struct control *c, uint64_t serial)
{
	for (size_t i = 0; i < MAX_CONTROL_CLIENTS; i++)
		if (c->clients[i] && c->clients[i]->serial == serial)
			return c->clients[i];
	return NULL;
}

/* ---- clients ---- */

static void drop(struct control *c, size_t i)
{
	client_free(c->clients[i]);
	c->clients[i] = NULL;
}

static void refuse_client(int fd, int code, const char *words)
{
	size_t n = 0;
	char *line = rpc_error("null", code, words, 0, &n);
	if (line) {
		ssize_t sent = send(fd, line, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		(void)sent; /* it is closed in any case */
	}
	free(line);
	close(fd);
}

static const struct config_user *user_by_uid(const struct control *c, unsigned uid)
{
	for (size_t i = 0; i < c->config.n_users; i++)
		if ((unsigned)c->config.users[i].uid == uid)
			return &c->config.users[i];
	return NULL;
}

/* A free place, or MAX_CONTROL_CLIENTS. */
static size_t place_for(const struct control *c, unsigned uid, bool console)
{
	size_t place = MAX_CONTROL_CLIENTS, same = 0;
	for (size_t i = 0; i < MAX_CONTROL_CLIENTS; i++) {
		if (!c->clients[i])
			place = i;
		else if (c->clients[i]->who.uid == uid && c->clients[i]->console == console)
			same++;
	}
	return same < (console ? CLIENTS_CONSOLE : CLIENTS_A_USER) ? place : MAX_CONTROL_CLIENTS;
}

static void welcome(struct control *c, int fd)
{
	unsigned uid;
	char words[128];
	struct caller who = {.uid = 0};
	if (socket_peer_uid(fd, &uid) != 0) {
		close(fd);
		return;
	}
	const struct config_user *user = user_by_uid(c, uid);
	if (!user) {
		log_warn("event=stranger uid=%u next=closed", uid);
		snprintf(words, sizeof words,
			 "uid %u is no user of Osame: the configuration has no [user] for it", uid);
		refuse_client(fd, RPC_STRANGER, words);
		return;
	}
	size_t place = place_for(c, uid, false);
	if (place == MAX_CONTROL_CLIENTS) {
		refuse_client(fd, RPC_TOO_MANY, "too many connections: close some");
		return;
	}
	snprintf(who.user, sizeof who.user, "%s", user->id);
	snprintf(who.name, sizeof who.name, "%s", user->name);
	snprintf(who.department, sizeof who.department, "%s", user->department);
	who.roles = (unsigned)user->roles;
	who.uid = uid;
	int err = client_new(fd, ++c->serial, &who, now_ms(), &c->clients[place]);
	if (err != 0)
		log_error("event=client err=\"%s\" next=closed", err_str(err));
}

/* Nobody but the console's own user; he is told nothing. */
static void welcome_console(struct control *c, int fd)
{
	struct caller who = {.uid = 0};
	if (socket_peer_uid(fd, &who.uid) != 0 || who.uid != c->config.console.uid) {
		log_warn("event=stranger socket=console uid=%u next=closed", who.uid);
		close(fd);
		return;
	}
	size_t place = place_for(c, who.uid, true);
	if (place == MAX_CONTROL_CLIENTS) {
		refuse_client(fd, RPC_TOO_MANY, "too many connections: try again");
		return;
	}
	int err = client_new(fd, ++c->serial, &who, now_ms(), &c->clients[place]);
	if (err != 0)
		log_error("event=client err=\"%s\" next=closed", err_str(err));
	else
		c->clients[place]->console = true;
}

static void accept_all(struct control *c, int listen_fd)
{
	for (;;) {
		int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			if (listen_fd == c->console_fd)
				welcome_console(c, fd);
			else
				welcome(c, fd);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno != EAGAIN) {
			log_error("event=accept errno=\"%s\" next=wait", strerror(errno));
			c->accept_after_ms = now_ms() + ACCEPT_PAUSE_MS;
		}
		return;
	}
}

/* One client's turn. Broken or done: its place is free afterwards. */
static void serve(struct control *c, size_t i, short revents)
{
	struct client *client = c->clients[i];
	int64_t now = now_ms();
	int err = 0;
	bool gone = revents & (POLLHUP | POLLERR);
	if (client_wants_in(client) && (gone || revents & POLLIN))
		err = client_fill(client, now);
	if (err == 0)
		err = dispatch_client(c, client);
	if (err == 0 && !gone)
		err = client_flush(client, now);
	int64_t stall = c->config.stall_ms ? c->config.stall_ms : STALL_MS;
	if (err != 0 || gone || client_is_done(client) || client_is_stalled(client, now, stall))
		drop(c, i);
}

/* ---- answers ---- */

static void answer_client(struct client *client, const struct request *r)
{
	size_t n = 0;
	char *line;
	client->in_flight--;
	if (r->err == 0)
		line =
		    rpc_result(r->rpc.id, r->text ? r->text : "true", r->text ? r->text_n : 4, &n);
	else
		line = rpc_error(r->rpc.id, rpc_code_of(r->err), r->why, r->err, &n);
	if (client_put(client, line, n) != 0)
		client->closing = true;
}

static void take_done(struct control *c)
{
	struct request *r;
	while ((r = mailbox_take(c->done)) != NULL) {
		if (r->reading)
			c->readers[r->reader].busy = false;
		if (dispatch_on(c, r))
			continue;
		struct client *client = client_of(c, r->client);
		door_done(c, r);
		if (client)
			answer_client(client, r);
		request_forget(c, r);
	}
	dispatch_reads(c);
}

/* ---- the loop ---- */

enum { FD_STOP, FD_DONE, FD_LISTEN, FD_CONSOLE, FD_CLIENTS };

static size_t gather(struct control *c, struct pollfd *fds, size_t *slots)
{
	size_t n = FD_CLIENTS;
	fds[FD_STOP] = (struct pollfd){.fd = c->stop_fd, .events = POLLIN};
	fds[FD_DONE] = (struct pollfd){.fd = mailbox_fd(c->done), .events = POLLIN};
	fds[FD_LISTEN] = (struct pollfd){.fd = c->listen_fd, .events = POLLIN};
	fds[FD_CONSOLE] = (struct pollfd){.fd = c->console_fd, .events = POLLIN};
	if (now_ms() < c->accept_after_ms)
		fds[FD_LISTEN].fd = fds[FD_CONSOLE].fd = -1;
	for (size_t i = 0; i < MAX_CONTROL_CLIENTS; i++) {
		const struct client *client = c->clients[i];
		if (!client)
			continue;
		fds[n] = (struct pollfd){.fd = client->fd};
		if (client_wants_in(client))
			fds[n].events |= POLLIN;
		if (client_wants_out(client))
			fds[n].events |= POLLOUT;
		slots[n++] = i;
	}
	return n;
}

static void loop(struct control *c)
{
	struct pollfd fds[FD_CLIENTS + MAX_CONTROL_CLIENTS];
	size_t slots[FD_CLIENTS + MAX_CONTROL_CLIENTS];
	for (;;) {
		size_t n = gather(c, fds, slots);
		bool waits = n > FD_CLIENTS || fds[FD_LISTEN].fd < 0;
		if (poll(fds, n, waits ? 1000 : -1) < 0 && errno != EINTR)
			log_bug(__FILE__, __LINE__, "poll");
		if (fds[FD_STOP].revents)
			return;
		take_done(c);
		for (size_t i = FD_CLIENTS; i < n; i++)
			serve(c, slots[i], fds[i].revents);
		if (fds[FD_LISTEN].fd >= 0 && fds[FD_LISTEN].revents)
			accept_all(c, c->listen_fd);
		if (fds[FD_CONSOLE].fd >= 0 && fds[FD_CONSOLE].revents)
			accept_all(c, c->console_fd);
	}
}

/* The last answers: what can be sent at once is sent. */
static void goodbye(struct control *c)
{
	for (struct request *r = c->requests; r; r = r->next) {
		struct client *client = client_of(c, r->client);
		r->err = E_CLOSED;
		snprintf(r->why, sizeof r->why, "the engine stops");
		if (client)
			answer_client(client, r);
	}
	int64_t until = now_ms() + GOODBYE_MS;
	for (size_t i = 0; i < MAX_CONTROL_CLIENTS; i++) {
		struct client *client = c->clients[i];
		while (client && client_flush(client, now_ms()) == 0 && client_wants_out(client) &&
		       now_ms() < until) {
			struct pollfd wait = {.fd = client->fd, .events = POLLOUT};
			poll(&wait, 1, 20);
		}
		drop(c, i);
	}
	while (c->requests)
		request_forget(c, c->requests);
}

static void *control_main(void *arg)
{
	struct control *c = arg;
	log_thread_name("control");
	loop(c);
	unlink(c->config.path); /* before close: nobody can have taken the name yet */
	close(c->listen_fd);
	c->listen_fd = -1;
	if (c->console_fd >= 0) {
		unlink(c->config.console.path);
		close(c->console_fd);
		c->console_fd = -1;
	}
	door_stop(c->door);
	for (size_t i = 0; i < READERS; i++)
		reader_stop(&c->readers[i]);
	c->stopping = true; /* nothing is handed on any more */
	c->queue = NULL;    /* reads that never began: answered below */
	take_done(c);
	goodbye(c);
	return NULL;
}

/* ---- start and stop ---- */

static int check_config(const struct control_config *config)
{
	for (size_t i = 0; i < config->n_methods; i++) {
		if (config->methods[i].kind != METHOD_READ || config->reads[i] != NULL)
			continue;
		log_error("event=control-start method=%s what=\"no handler\"",
			  config->methods[i].name);
		return E_INVALID;
	}
	return 0;
}

static void control_free(struct control *c)
{
	for (size_t i = 0; i < READERS; i++)
		reader_stop(&c->readers[i]);
	door_free(c->door);
	mailbox_free(c->done, NULL);
	if (c->listen_fd >= 0)
		close(c->listen_fd);
	if (c->console_fd >= 0)
		close(c->console_fd);
	if (c->stop_fd >= 0)
		close(c->stop_fd);
	free(c);
}

static bool has_console(const struct control_config *config)
{
	return config->console.path && *config->console.path;
}

static int open_console(struct control *c)
{
	int err = door_new(&c->config, &c->door);
	if (err == 0)
		err = socket_bind(c->config.console.path, c->config.console.group, &c->console_fd);
	if (err == 0 && listen(c->console_fd, LISTEN_BACKLOG) != 0)
		err = E_IO;
	return err;
}

int control_start(const struct control_config *config, struct control **ret)
{
	struct control *c = calloc(1, sizeof *c);
	int err = check_config(config);
	if (!c || err != 0) {
		free(c);
		return c ? err : E_NOMEM;
	}
	c->config = *config;
	c->listen_fd = c->console_fd = -1;
	c->queue_end = &c->queue;
	c->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = c->stop_fd < 0 ? E_IO : mailbox_new(MAX_REQUESTS, &c->done);
	for (size_t i = 0; i < READERS && err == 0; i++)
		err = reader_start(&c->readers[i], &c->config);
	if (err == 0 && has_console(config))
		err = open_console(c);
	if (err == 0)
		err = socket_bind(config->path, config->group, &c->listen_fd);
	if (err == 0 && listen(c->listen_fd, LISTEN_BACKLOG) != 0)
		err = E_IO;
	if (err == 0 && pthread_create(&c->thread, NULL, control_main, c) != 0)
		err = E_NOMEM;
	if (err != 0) {
		if (c->listen_fd >= 0)
			unlink(config->path);
		if (c->console_fd >= 0)
			unlink(config->console.path);
		control_free(c);
		return err;
	}
	*ret = c;
	return 0;
}

void control_stop(struct control *c)
{
	uint64_t one = 1;
	if (!c)
		return;
	ssize_t n = write(c->stop_fd, &one, sizeof one);
	(void)n; /* a fresh counter takes it */
	pthread_join(c->thread, NULL);
	control_free(c);
}
