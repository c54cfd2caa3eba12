/*
 * The control thread: one poll loop over the socket, its clients, and the mailbox
 * through which commands and reads come back. It decides who may call what; it
 * never waits for the engine or for a reader.
 *
 * A client that goes away leaves its calls running: a command that was sent is
 * carried out, its answer has no reader. Nothing is carried out twice, since
 * nothing here repeats a call.
 */
#include "engine/control.h"
#include "engine/control/answer.h"
#include "engine/control/client.h"
#include "engine/control/reader.h"
#include "engine/control/socket.h"

#include "engine/event.h"
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
#define CLIENTS_A_USER 16 /* so that one person cannot take all places */
#define LISTEN_BACKLOG 16
#define ACCEPT_PAUSE_MS 1000 /* no descriptor left: poll would answer at once for ever */
#define GOODBYE_MS 200       /* for the last answers, at the stop */

struct control {
	struct control_config config;
	int listen_fd, stop_fd;
	pthread_t thread;
	struct mailbox *done;
	struct reader readers[READERS];
	struct client *clients[MAX_CONTROL_CLIENTS];
	uint64_t serial;
	struct request *requests; /* all in hand */
	size_t n_requests;
	struct request *queue, **queue_end; /* reads that wait */
	int64_t accept_after_ms;
};

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

void control_reply(struct command *c)
{
	struct request *r = request_of(c);
	int err = mailbox_post(r->done, r);
	BUG_IF(err != 0); /* it holds all requests that can be in hand */
}

/* ---- requests ---- */

static struct client *client_of(struct control *c, uint64_t serial)
{
	for (size_t i = 0; i < MAX_CONTROL_CLIENTS; i++)
		if (c->clients[i] && c->clients[i]->serial == serial)
			return c->clients[i];
	return NULL;
}

static void forget(struct control *c, struct request *r)
{
	if (r->prev)
		r->prev->next = r->next;
	else
		c->requests = r->next;
	if (r->next)
		r->next->prev = r->prev;
	c->n_requests--;
	request_free(r);
}

static int new_request(struct control *c, struct client *client, const struct method *m,
		       struct rpc *rpc, struct request **ret)
{
	if (c->n_requests == MAX_REQUESTS)
		return E_FULL;
	struct request *r = calloc(1, sizeof *r);
	if (!r)
		return E_NOMEM;
	r->rpc = *rpc; /* owned from now on */
	rpc->root = NULL;
	r->command = (struct command){.method = m, .who = client->who, .params = r->rpc.params};
	r->done = c->done;
	r->client = client->serial;
	r->next = c->requests;
	if (r->next)
		r->next->prev = r;
	c->requests = r;
	c->n_requests++;
	client->in_flight++;
	*ret = r;
	return 0;
}

/* Gives waiting reads to idle readers, in order. */
static void feed_readers(struct control *c)
{
	for (size_t i = 0; i < READERS && c->queue; i++) {
		if (c->readers[i].busy)
			continue;
		struct request *r = c->queue;
		c->queue = r->queue;
		if (!c->queue)
			c->queue_end = &c->queue;
		r->reader = i;
		reader_give(&c->readers[i], r);
	}
}

static int start_read(struct control *c, struct request *r)
{
	r->read = c->config.reads[r->command.method - c->config.methods];
	*c->queue_end = r;
	c->queue_end = &r->queue;
	feed_readers(c);
	return 0;
}

static int start_command(struct control *c, struct request *r)
{
	struct event *ev = event_new(EV_COMMAND);
	if (!ev)
		return E_NOMEM;
	ev->command = &r->command;
	int err = mailbox_post(c->config.to_engine, ev);
	if (err != 0) {
		event_free(ev);
		return err;
	}
	log_info("event=command method=%s user=%s uid=%u", r->command.method->name,
		 r->command.who.user, r->command.who.uid);
	return 0;
}

/* ---- calls ---- */

/* 0, or an rpc_code with its sentence. */
static int may_call(const struct method *m, const struct caller *who, char why[MAX_WORDS])
{
	char need[96], have[96];
	if (!(m->roles & who->roles)) {
		snprintf(why, MAX_WORDS, "%s is for the roles: %s; %s has: %s", m->name,
			 config_role_words(m->roles, need), who->user,
			 config_role_words(who->roles, have));
		return RPC_DENIED;
	}
	if (m->not_root && who->uid == 0) {
		snprintf(why, MAX_WORDS, "%s needs a person's own Unix user, not root", m->name);
		return RPC_DENIED;
	}
	return 0;
}

static int start_call(struct control *c, struct client *client, const struct method *m,
		      struct rpc *rpc, char why[MAX_WORDS])
{
	struct request *r;
	int err = new_request(c, client, m, rpc, &r);
	if (err == 0) {
		err = m->kind == METHOD_READ ? start_read(c, r) : start_command(c, r);
		if (err != 0) {
			client->in_flight--;
			forget(c, r);
		}
	}
	if (err == 0)
		return 0;
	snprintf(why, MAX_WORDS, "%s",
		 err == E_FULL ? "the engine has too much to do: try again" : err_str(err));
	return err == E_FULL ? RPC_BUSY : RPC_INTERNAL;
}

/* Everything about one line up to its start: 0 (an answer will come), or the refusal's code. */
static int call(struct control *c, struct client *client, struct rpc *rpc, char why[MAX_WORDS])
{
	const struct method *m = method_find(c->config.methods, c->config.n_methods, rpc->method);
	if (!m) {
		snprintf(why, MAX_WORDS, "there is no method \"%s\"", rpc->method);
		return RPC_METHOD;
	}
	int code = may_call(m, &client->who, why);
	if (code != 0) {
		log_warn("event=denied method=%s user=%s uid=%u", m->name, client->who.user,
			 client->who.uid);
		return code;
	}
	code = param_check(m, rpc->params, why);
	return code != 0 ? code : start_call(c, client, m, rpc, why);
}

static int one_line(struct control *c, struct client *client, const char *line, size_t n)
{
	char why[MAX_WORDS], id[RPC_ID];
	struct rpc rpc;
	int code = rpc_parse(line, n, &rpc, why);
	memcpy(id, rpc.id, sizeof id);
	if (code == 0)
		code = call(c, client, &rpc, why);
	rpc_free(&rpc);
	if (code == 0)
		return 0;
	size_t out_n = 0;
	char *out = rpc_error(id, code, why, 0, &out_n);
	return client_put(client, out, out_n);
}

/* Takes as many whole lines as the client's bounds allow. */
static int client_calls(struct control *c, struct client *client)
{
	int err = 0;
	char *line;
	size_t n = 0;
	while (err == 0 && client_may_call(client)) {
		err = client_line(client, &line, &n);
		if (err == 0)
			err = one_line(c, client, line, n);
	}
	if (err == E_LIMIT) {
		char *out = rpc_error("null", RPC_TOO_LONG,
				      "the line is longer than 64 kB: the connection ends", 0, &n);
		client->closing = true;
		return client_put(client, out, n);
	}
	return err == E_NOTFOUND ? 0 : err;
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
static size_t place_for(const struct control *c, unsigned uid)
{
	size_t place = MAX_CONTROL_CLIENTS, same = 0;
	for (size_t i = 0; i < MAX_CONTROL_CLIENTS; i++) {
		if (!c->clients[i])
			place = i;
		else if (c->clients[i]->who.uid == uid)
			same++;
	}
	return same < CLIENTS_A_USER ? place : MAX_CONTROL_CLIENTS;
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
	size_t place = place_for(c, uid);
	if (place == MAX_CONTROL_CLIENTS) {
		refuse_client(fd, RPC_TOO_MANY, "too many connections: close some");
		return;
	}
	strcpy(who.user, user->id);
	strcpy(who.name, user->name);
	strcpy(who.department, user->department);
	who.roles = (unsigned)user->roles;
	who.uid = uid;
	int err = client_new(fd, ++c->serial, &who, now_ms(), &c->clients[place]);
	if (err != 0)
		log_error("event=client err=\"%s\" next=closed", err_str(err));
}

static void accept_all(struct control *c)
{
	for (;;) {
		int fd = accept4(c->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
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
		err = client_calls(c, client);
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
		struct client *client = client_of(c, r->client);
		if (r->command.method->kind == METHOD_READ)
			c->readers[r->reader].busy = false;
		if (client)
			answer_client(client, r);
		forget(c, r);
	}
	feed_readers(c);
}

/* ---- the loop ---- */

enum { FD_STOP, FD_DONE, FD_LISTEN, FD_CLIENTS };

static size_t gather(struct control *c, struct pollfd *fds, size_t *slots)
{
	size_t n = FD_CLIENTS;
	fds[FD_STOP] = (struct pollfd){.fd = c->stop_fd, .events = POLLIN};
	fds[FD_DONE] = (struct pollfd){.fd = mailbox_fd(c->done), .events = POLLIN};
	fds[FD_LISTEN] = (struct pollfd){.fd = c->listen_fd, .events = POLLIN};
	if (now_ms() < c->accept_after_ms)
		fds[FD_LISTEN].fd = -1;
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
			accept_all(c);
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
		forget(c, c->requests);
}

static void *control_main(void *arg)
{
	struct control *c = arg;
	log_thread_name("control");
	loop(c);
	unlink(c->config.path); /* before close: nobody can have taken the name yet */
	close(c->listen_fd);
	c->listen_fd = -1;
	for (size_t i = 0; i < READERS; i++)
		reader_stop(&c->readers[i]);
	c->queue = NULL; /* reads that never began: answered below */
	take_done(c);
	goodbye(c);
	return NULL;
}

/* ---- start and stop ---- */

static int check_config(const struct control_config *config)
{
	for (size_t i = 0; i < config->n_methods; i++) {
		if (config->methods[i].kind != METHOD_READ || config->reads[i])
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
	mailbox_free(c->done, NULL);
	if (c->listen_fd >= 0)
		close(c->listen_fd);
	if (c->stop_fd >= 0)
		close(c->stop_fd);
	free(c);
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
	c->listen_fd = -1;
	c->queue_end = &c->queue;
	c->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = c->stop_fd < 0 ? E_IO : mailbox_new(MAX_REQUESTS, &c->done);
	for (size_t i = 0; i < READERS && err == 0; i++)
		err = reader_start(&c->readers[i], &c->config);
	if (err == 0)
		err = socket_bind(config->path, config->group, &c->listen_fd);
	if (err == 0 && listen(c->listen_fd, LISTEN_BACKLOG) != 0)
		err = E_IO;
	if (err == 0 && pthread_create(&c->thread, NULL, control_main, c) != 0)
		err = E_NOMEM;
	if (err != 0) {
		if (c->listen_fd >= 0)
			unlink(config->path);
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
