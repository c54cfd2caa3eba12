/*
 * The port: starting, stopping, and posting orders. Everything that an order's
 * answers will need is allocated here, in the caller's thread, where a failure
 * can still be told: from then on an outcome cannot be lost for want of memory.
 */
#include "adapters/voice/voice.h"
#include "adapters/voice/listen.h"
#include "adapters/voice/trunk.h"
#include "engine/log.h"

#include <arpa/inet.h>
#include <sofia-sip/su.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

void order_free(void *arg)
{
	struct order *order = arg;
	if (!order)
		return;
	event_free(order->first);
	event_free(order->answered);
	event_free(order->ended);
	if (order->cmd.kind == VC_INTENT || order->cmd.kind == VC_ANSWER)
		voice_intent_free(order->cmd.intent);
	free(order);
}

/* What goes into SIP headers must not be able to end one: no control bytes, quotes, brackets. */
static bool is_plain(const char *s, size_t size, bool may_be_empty)
{
	size_t n = strnlen(s, size);
	if (n == size || (n == 0 && !may_be_empty))
		return false;
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~' || strchr("\"<>\\,", s[i]))
			return false;
	return true;
}

/* IPv4 addresses with blanks between; may be empty. */
static bool is_plain_list(const char *s, size_t size)
{
	char text[256], *rest;
	struct in_addr a;
	if (strnlen(s, size) >= sizeof text)
		return false;
	memcpy(text, s, strlen(s) + 1);
	for (char *w = strtok_r(text, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
		if (inet_pton(AF_INET, w, &a) != 1)
			return false;
	return true;
}

static bool is_host(const char *s)
{
	struct in_addr a;
	return inet_pton(AF_INET, s, &a) == 1;
}

/* The registrar's and proxy's words of one trunk. */
static bool is_trunk(const struct voice_trunk *t)
{
	return is_plain(t->id, sizeof t->id, false) && is_plain(t->uri, sizeof t->uri, false) &&
	       (strncmp(t->uri, "sip:", 4) == 0 || strncmp(t->uri, "sips:", 5) == 0) &&
	       is_plain(t->domain, sizeof t->domain, false) && !strpbrk(t->domain, "@;?/") &&
	       is_plain(t->user, sizeof t->user, !t->do_register) && !strpbrk(t->user, ":@;?/") &&
	       strnlen(t->password, sizeof t->password) < sizeof t->password && t->lines >= 0 &&
	       t->per_second >= 0 && t->keepalive_s >= 0 && t->session_s >= 0 &&
	       t->identity >= IDENTITY_PREFERRED && t->identity <= IDENTITY_NONE &&
	       (t->srtp == SRTP_NO || strncmp(t->uri, "sips:", 5) == 0 ||
		strstr(t->uri, ";transport=tls")) &&
	       (!t->do_register || t->register_s > 0);
}

static int check(const struct voice_config *c)
{
	bool ports = c->media_from == 0 ||
		     (c->media_from > 0 && c->media_from % 2 == 0 && c->media_to <= 65535 &&
		      c->media_to - c->media_from >= 2 * (c->lines - 1));
	if (!is_host(c->bind) || !is_host(c->media_bind) || c->port < 0 || c->port > 65535 ||
	    !ports)
		return E_INVALID;
	if (c->n_trunks < 1 || c->n_trunks > MAX_TRUNKS)
		return E_INVALID;
	if (!is_plain_list(c->inbound_from, sizeof c->inbound_from))
		return E_INVALID;
	for (size_t i = 0; i < c->n_trunks; i++)
		if (!is_trunk(&c->trunks[i]))
			return E_INVALID;
	if (c->lines < 1 || c->lines > MAX_LINES || c->hangup_wait_ms < 1)
		return E_INVALID;
	return 0;
}

static void destroy(struct voice *v)
{
	media_stop(v->media);
	listen_close(v);
	mailbox_free(v->heard, recognise_job_free);
	mailbox_free(v->orders, order_free);
	for (; v->outbox.n > 0; v->outbox.n--) {
		event_free(v->outbox.ring[v->outbox.first]);
		v->outbox.first = (v->outbox.first + 1) % v->outbox.most;
	}
	free(v->outbox.ring);
	free(v->calls);
	free(v->trunks);
	if (v->wake >= 0)
		close(v->wake);
	sem_destroy(&v->started);
	explicit_bzero(&v->config, sizeof v->config);
	free(v);
}

static int build(const struct voice_config *config, struct mailbox *to_engine,
		 struct voice **ret_voice)
{
	size_t lines = (size_t)config->lines;
	struct voice *v = calloc(1, sizeof *v);
	if (!v)
		return E_NOMEM;
	sem_init(&v->started, 0, 0);
	v->config = *config;
	v->waiting_end = &v->waiting;
	v->outbox.to = to_engine;
	v->outbox.most = 8 * lines + 64;
	v->outbox.ring = calloc(v->outbox.most, sizeof *v->outbox.ring);
	v->calls = calloc(lines, sizeof *v->calls);
	v->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int err = v->outbox.ring && v->calls ? 0 : E_NOMEM;
	if (!err && v->wake < 0)
		err = E_IO;
	if (!err)
		err = trunks_new(v);
	if (!err)
		err = mailbox_new(6 * lines + 16, &v->orders);
	v->most_listening = lines + 16;
	if (!err)
		err = mailbox_new(v->most_listening, &v->heard);
	/* Twice the lines: a leg that closes is busy for some 20 ms more. */
	if (!err)
		err = media_start(2 * lines + 4, &v->media);
	if (err) {
		destroy(v);
		return err;
	}
	*ret_voice = v;
	return 0;
}

static int start(const struct voice_config *config, struct mailbox *to_engine,
		 struct voice **ret_voice)
{
	struct voice *v = NULL;
	int err = check(config);
	if (err)
		return err;
	if (su_init())
		return E_IO;
	err = build(config, to_engine, &v);
	if (err)
		goto out;
	if (pthread_create(&v->thread, NULL, sip_run, v)) {
		err = E_IO;
		goto out;
	}
	while (sem_wait(&v->started))
		;
	err = v->start_err;
	if (err) {
		pthread_join(v->thread, NULL);
		goto out;
	}
	*ret_voice = v;
	return 0;
out:
	if (v)
		destroy(v);
	su_deinit();
	return err;
}

static bool allocate(struct order *order, const struct voice_cmd *cmd)
{
	if (cmd->kind == VC_TRANSFER) {
		order->ended = event_new(EV_TRANSFERRED);
		if (!order->ended)
			return false;
		order->ended->attempt = cmd->attempt;
		order->ended->inbound = cmd->inbound;
		order->ended->transferred.n = cmd->transfer.n;
		return true;
	}
	order->first = event_new(EV_DROPPED);
	if (!order->first)
		return false;
	order->first->attempt = cmd->attempt;
	order->first->inbound = cmd->inbound;
	if (cmd->kind != VC_INTENT && cmd->kind != VC_ANSWER)
		return true;
	order->answered = event_new(EV_ANSWERED);
	order->ended = event_new(EV_CALL_ENDED);
	if (!order->answered || !order->ended)
		return false;
	order->answered->attempt = order->ended->attempt = cmd->attempt;
	order->answered->inbound = order->ended->inbound = cmd->inbound;
	order->ended->call = calloc(1, sizeof *order->ended->call);
	return order->ended->call != NULL;
}

static int post(struct voice *v, const struct voice_cmd *cmd)
{
	struct order *order = calloc(1, sizeof *order);
	int err = E_NOMEM;
	if (order && allocate(order, cmd)) {
		order->cmd = *cmd;
		if (cmd->kind == VC_INTENT)
			order->cmd.attempt = cmd->intent->attempt;
		err = mailbox_post(v->orders, order);
	}
	if (err && order) {
		order->cmd.intent = NULL; /* still the caller's */
		order_free(order);
	}
	return err;
}

static void stop(struct voice *v)
{
	uint64_t one = 1;
	if (!v)
		return;
	atomic_store(&v->stopping, true);
	if (write(v->wake, &one, sizeof one) < 0)
		log_warn("voice: the sip thread will notice at its next tick");
	pthread_join(v->thread, NULL);
	destroy(v);
	su_deinit();
}

static int bound_port(struct voice *v)
{
	return atomic_load(&v->port);
}

const struct voice_ops voice_sofia = {
    .name = "sofia",
    .start = start,
    .post = post,
    .stop = stop,
    .bound_port = bound_port,
};
