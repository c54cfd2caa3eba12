/*
 * From a line to its start: who may call it, are its parameters right, and then
 * to the engine's mailbox or to a reader. Nothing here waits. Whatever is refused
 * is answered at once; whatever was started is answered when it comes back.
 */
#include "engine/control/door.h"
#include "engine/control/inner.h"

#include "engine/clock.h"
#include "engine/event.h"
#include "engine/log.h"

#include <stdlib.h>
#include <string.h>

/* ---- requests ---- */

void request_forget(struct control *c, struct request *r)
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
		       const struct caller *who, struct rpc *rpc, struct request **ret)
{
	if (c->n_requests == MAX_REQUESTS)
		return E_FULL;
	struct request *r = calloc(1, sizeof *r);
	if (!r)
		return E_NOMEM;
	r->rpc = *rpc; /* owned from now on */
	rpc->root = NULL;
	r->command = (struct command){.method = m,
				      .who = *who,
				      .real_ms = clock_real_ms(),
				      .params = r->rpc.params,
				      .file = m->takes_file ? client_take_file(client) : -1};
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

void dispatch_reads(struct control *c)
{
	for (size_t i = 0; i < READERS && c->queue; i++) {
		if (c->readers[i].busy)
			continue;
		struct request *r = c->queue;
		c->queue = r->queue;
		if (!c->queue)
			c->queue_end = &c->queue;
		r->reader = i;
		r->reading = true;
		reader_give(&c->readers[i], r);
	}
}

static int start_read(struct control *c, struct request *r)
{
	r->read = c->config.reads[r->command.method - c->config.methods];
	*c->queue_end = r;
	c->queue_end = &r->queue;
	dispatch_reads(c);
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
	if (r->command.method->kind == METHOD_COMMAND)
		log_info("event=command method=%s user=%s uid=%u", r->command.method->name,
			 r->command.who.user, r->command.who.uid);
	return 0;
}

/* Who looks at people is on record before he sees them: the engine writes it, then the read runs.
 */
static int start_look(struct control *c, struct request *r)
{
	r->stage = STAGE_LOOK;
	return start_command(c, r);
}

bool dispatch_on(struct control *c, struct request *r)
{
	enum request_stage stage = r->stage;
	int err = c->stopping ? E_CLOSED : 0;
	r->stage = STAGE_DONE;
	if (stage == STAGE_DONE || r->err)
		return false;
	if (!err)
		err = stage == STAGE_LOOK ? start_read(c, r) : start_command(c, r);
	if (!err)
		return true;
	r->err = err;
	snprintf(r->why, sizeof r->why, "%s", err_str(err));
	return false;
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
		      const struct caller *who, struct rpc *rpc, char why[MAX_WORDS])
{
	struct request *r;
	int err = new_request(c, client, m, who, rpc, &r);
	if (err == 0) {
		err = m->secret                ? door_hash(c, r, m)
		      : m->kind != METHOD_READ ? start_command(c, r)
		      : m->look                ? start_look(c, r)
					       : start_read(c, r);
		if (err != 0) {
			client->in_flight--;
			request_forget(c, r);
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
	struct caller who = client->who;
	if (!m || (m->console && !client->console)) {
		snprintf(why, MAX_WORDS, "there is no method \"%s\"", rpc->method);
		return RPC_METHOD;
	}
	int code = client->console ? door_caller(c, rpc, m, &who, why) : 0;
	if (code != 0)
		return code;
	code = may_call(m, &who, why);
	if (code != 0) {
		log_warn("event=denied method=%s user=%s uid=%u", m->name, who.user, who.uid);
		return code;
	}
	code = param_check(m, rpc->params, why);
	if (code == 0 && client->console)
		code = door_may_guess(c, rpc, m, &who, why);
	if (code == 0 && m->takes_file && client->n_files == 0) {
		snprintf(why, MAX_WORDS, "%s needs a file: its descriptor comes with the line",
			 m->name);
		code = RPC_PARAMS;
	}
	if (code == 0 && m->kind == METHOD_SESSION) {
		size_t n = 0;
		char *line = door_show(c, rpc, &n);
		return client_put(client, line, n) == 0 ? 0 : RPC_INTERNAL;
	}
	return code != 0 ? code : start_call(c, client, m, &who, rpc, why);
}

static int one_line(struct control *c, struct client *client, char *line, size_t n)
{
	char why[MAX_WORDS], id[RPC_ID];
	struct rpc rpc;
	int code = rpc_parse(line, n, &rpc, why);
	explicit_bzero(line, n); /* passwords come in lines; what was parsed is wiped when freed */
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

int dispatch_client(struct control *c, struct client *client)
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
