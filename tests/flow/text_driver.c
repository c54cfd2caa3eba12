/*
 * The text port over the real adapters behind lines, for tests/flow/test_text*.py.
 *
 *	text_driver [port=N] [in_flight=N] (gateway=ID url=URL user=U password=P …)…
 *	> send ATTEMPT TO TEXT… | recall ATTEMPT | watch ATTEMPT REF-or-dash | quit
 *	< port N | result ATTEMPT RESULT STATUS GATEWAY REF | receipt ATTEMPT RECEIPT CODE REF |
 *	  dropped ATTEMPT | toolate ATTEMPT | gateway ID UP
 */
#include "adapters/sign/digest.h"
#include "adapters/text/gateway.h"
#include "engine/event.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool option(const char *arg, const char *key, char *out, size_t size)
{
	size_t n = strlen(key);
	if (strncmp(arg, key, n) != 0 || arg[n] != '=')
		return false;
	snprintf(out, size, "%s", arg + n + 1);
	return true;
}

static struct text_order order; /* all gateways, as given */

static void tell(struct event *e)
{
	unsigned long long attempt = e->attempt;

	if (e->kind == EV_SMS_RESULT)
		printf("result %llu %d %d %d %s\n", attempt, (int)e->sms.result, e->sms.code,
		       e->sms.gateway, *e->sms.ref ? e->sms.ref : "-");
	else if (e->kind == EV_SMS_RECEIPT)
		printf("receipt %llu %d %d %s\n", attempt, (int)e->receipt.receipt, e->receipt.code,
		       *e->receipt.ref ? e->receipt.ref : "-");
	else if (e->kind == EV_GATEWAY)
		printf("gateway %s %d\n", e->why, e->trunk.up);
	else
		printf("%s %llu\n", e->kind == EV_DROPPED ? "dropped" : "toolate", attempt);
	fflush(stdout);
	event_free(e);
}

static void obey(struct text *t, char *line)
{
	struct text_cmd cmd = {.kind = TC_RECALL};
	char to[32];
	int at = 0;
	unsigned long long attempt;

	if (sscanf(line, "recall %llu", &attempt) == 1) {
		cmd.attempt = attempt;
	} else if (sscanf(line, "watch %llu %31s", &attempt, to) == 2) {
		cmd = (struct text_cmd){.kind = TC_WATCH, .attempt = attempt, .order = order};
		snprintf(cmd.ref, sizeof cmd.ref, "%s", to[0] == '-' ? "" : strrchr(line, ' ') + 1);
	} else if (sscanf(line, "send %llu %31s %n", &attempt, to, &at) == 2 && at > 0) {
		cmd = (struct text_cmd){.kind = TC_SUBMIT,
					.attempt = attempt,
					.message = calloc(1, sizeof *cmd.message)};
		if (!cmd.message)
			exit(1);
		cmd.message->attempt = attempt;
		cmd.message->order = order;
		snprintf(cmd.message->to, sizeof cmd.message->to, "%.15s", to);
		snprintf(cmd.message->from, sizeof cmd.message->from, "0265784111");
		cmd.message->text = strdup(line + at);
	} else {
		fprintf(stderr, "what is %s?\n", line);
		exit(2);
	}
	while (text_gateways.post(t, &cmd) != 0)
		usleep(1000);
}

/* Lines as they come; false at the end. */
static bool read_lines(struct text *t)
{
	static char buf[65536];
	static size_t n;
	ssize_t r = read(STDIN_FILENO, buf + n, sizeof buf - 1 - n);

	if (r <= 0)
		return false;
	n += (size_t)r;
	buf[n] = '\0';
	char *line = buf, *end;
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		if (strcmp(line, "quit") == 0)
			return false;
		obey(t, line);
		line = end + 1;
	}
	n -= (size_t)(line - buf);
	memmove(buf, line, n);
	return true;
}

/* kind=, url=, user=, password=, tenant=, rate= and poll_ms= are the last gateway's; gateway=ID
 * begins one. */
static bool gateway_option(struct text_config *c, const char *arg)
{
	struct text_gateway *g = &c->gateway[c->n_gateways ? c->n_gateways - 1 : 0];
	char number[16];

	if (strncmp(arg, "gateway=", 8) == 0) {
		if (c->n_gateways == MAX_GATEWAYS)
			exit(2);
		g = &c->gateway[c->n_gateways++];
		*g = (struct text_gateway){.kind = "kannel",
					   .version = "2023-01-01",
					   .service = 1,
					   .timeout_ms = 5000,
					   .validity_min = 60,
					   .poll_ms = 100,
					   .poll_rate = 1000};
		snprintf(g->id, sizeof g->id, "%s", arg + 8);
		return true;
	}
	if (option(arg, "kind", g->kind, sizeof g->kind) ||
	    option(arg, "url", g->url, sizeof g->url) ||
	    option(arg, "user", g->user, sizeof g->user) ||
	    option(arg, "tenant", g->tenant, sizeof g->tenant) ||
	    option(arg, "password", g->password, sizeof g->password))
		return true;
	if (option(arg, "timeout_ms", number, sizeof number))
		g->timeout_ms = atoi(number);
	else if (option(arg, "rate", number, sizeof number))
		g->rate = atoi(number);
	else if (option(arg, "poll_ms", number, sizeof number))
		g->poll_ms = atoi(number);
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	struct text_config c = {.in_flight = 20, .receipt_bind = "127.0.0.1"};
	struct mailbox *engine;
	struct text *t;
	char number[16];
	bool more = true;

	for (int i = 1; i < argc; i++) {
		if (gateway_option(&c, argv[i]))
			continue;
		if (option(argv[i], "port", number, sizeof number))
			c.receipt_port = atoi(number);
		else if (option(argv[i], "in_flight", number, sizeof number))
			c.in_flight = atoi(number);
		else
			return 2;
	}
	for (size_t i = 0; i < c.n_gateways; i++)
		order.at[order.n++] = (uint8_t)i;
	memset(c.receipt_key, 9, sizeof c.receipt_key);
	if (digest_sodium.init() || mailbox_new(256, &engine) ||
	    text_gateways.start(&c, engine, &t))
		return 1;
	printf("port %d\n", text_gateways.bound_port(t));
	fflush(stdout);
	while (more) {
		struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
				       {.fd = mailbox_fd(engine), .events = POLLIN}};
		struct event *e;
		poll(fds, 2, -1);
		while ((e = mailbox_take(engine)) != NULL)
			tell(e);
		if (fds[0].revents)
			more = read_lines(t);
	}
	text_gateways.stop(t);
	mailbox_free(engine, event_free);
	return 0;
}
