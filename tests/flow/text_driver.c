/*
 * The text port over Kannel's adapter behind lines, for tests/flow/test_text.py.
 *
 *	text_driver url=URL user=U password=P [port=N] [timeout_ms=N]
 *	> send ATTEMPT TO TEXT… | recall ATTEMPT | quit
 *	< port N | result ATTEMPT RESULT STATUS | receipt ATTEMPT RECEIPT CODE |
 *	  dropped ATTEMPT | toolate ATTEMPT
 */
#include "adapters/sign/digest.h"
#include "adapters/text/kannel.h"
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

static void tell(struct event *e)
{
	unsigned long long attempt = e->attempt;

	if (e->kind == EV_SMS_RESULT)
		printf("result %llu %d %d\n", attempt, (int)e->sms.result, e->sms.code);
	else if (e->kind == EV_SMS_RECEIPT)
		printf("receipt %llu %d %d\n", attempt, (int)e->receipt.receipt, e->receipt.code);
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
	} else if (sscanf(line, "send %llu %31s %n", &attempt, to, &at) == 2 && at > 0) {
		cmd = (struct text_cmd){TC_SUBMIT, attempt, calloc(1, sizeof *cmd.message)};
		if (!cmd.message)
			exit(1);
		cmd.message->attempt = attempt;
		snprintf(cmd.message->to, sizeof cmd.message->to, "%.15s", to);
		snprintf(cmd.message->from, sizeof cmd.message->from, "0265784111");
		cmd.message->text = strdup(line + at);
	} else {
		fprintf(stderr, "what is %s?\n", line);
		exit(2);
	}
	while (text_kannel.post(t, &cmd) != 0)
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

int main(int argc, char **argv)
{
	struct text_config c = {.timeout_ms = 5000, .in_flight = 20, .receipt_bind = "127.0.0.1"};
	struct mailbox *engine;
	struct text *t;
	char number[16];
	bool more = true;

	for (int i = 1; i < argc; i++) {
		if (option(argv[i], "url", c.url, sizeof c.url) ||
		    option(argv[i], "user", c.user, sizeof c.user) ||
		    option(argv[i], "password", c.password, sizeof c.password))
			continue;
		if (option(argv[i], "port", number, sizeof number))
			c.receipt_port = atoi(number);
		else if (option(argv[i], "timeout_ms", number, sizeof number))
			c.timeout_ms = atoi(number);
		else
			return 2;
	}
	memset(c.receipt_key, 9, sizeof c.receipt_key);
	if (digest_sodium.init() || mailbox_new(256, &engine) || text_kannel.start(&c, engine, &t))
		return 1;
	printf("port %d\n", text_kannel.bound_port(t));
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
	text_kannel.stop(t);
	mailbox_free(engine, event_free);
	return 0;
}
