/*
 * Drives the voice port from a test: commands as lines on standard input, events
 * as lines on standard output. Arguments are key=value; see `keys` below.
 *
 *   call ATTEMPT NUMBER CALLER RING_MS LIMIT_MS KEYS   (KEYS: see voice_interp.c)
 *   stale ATTEMPT …       the same, with prompts of an older state of the debts
 *   answer INBOUND ATTEMPT LIMIT_MS KEYS [stale] | refuse INBOUND STATUS
 *   transfer ATTEMPT N NUMBER CALLER RING_MS MOST_MS   (NUMBER -: it is refused)
 *   stat                  answers with the memory in use, in kB
 *   fail N here | there   the N-th allocation of our code from now fails: in post(), or in the
 * port's threads struck                says whether it did, and lets none fail any more recall
 * ATTEMPT | hangup ATTEMPT | deaf MS (take no events for a while) | stop
 */
#include "adapters/voice/voice.h"
#include "engine/event.h"
#include "tests/flow/voice_interp.h"
#include "tests/support/fallible.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct driver {
	struct voice_config config;
	struct mailbox *box;
	struct voice *voice;
	const char *sound[2]; /* µ-law files of prompts 0 and 1 */
	int box_size;
	long fail; /* so many allocations of start() succeed, this one fails; 0: all */
};

static void set_text(char *out, size_t size, const char *value)
{
	snprintf(out, size, "%s", value);
}

#define TEXT(name)                                                                                 \
	if (strcmp(key, #name) == 0) {                                                             \
		set_text(c->name, sizeof c->name, value);                                          \
		return 0;                                                                          \
	}
#define NUMBER(name)                                                                               \
	if (strcmp(key, #name) == 0) {                                                             \
		c->name = atoi(value);                                                             \
		return 0;                                                                          \
	}
/* "2.uri=…": of the second trunk. */
static int set_trunk(struct voice_config *config, int place, const char *key, const char *value)
{
	if (place >= MAX_TRUNKS)
		return -1;
	struct voice_trunk *c = &config->trunks[place];
	for (; config->n_trunks <= (size_t)place; config->n_trunks++) {
		struct voice_trunk *t = &config->trunks[config->n_trunks];
		snprintf(t->id, sizeof t->id, "t%zu", config->n_trunks + 1);
		snprintf(t->domain, sizeof t->domain, "ina.example");
		t->register_s = 60;
	}
	TEXT(uri)
	TEXT(domain)
	TEXT(user)
	TEXT(password)
	NUMBER(do_register)
	NUMBER(register_s)
	NUMBER(lines)
	NUMBER(per_second)
	NUMBER(priority)
	NUMBER(keepalive_s)
	NUMBER(identity)
	NUMBER(srtp)
	NUMBER(session_s)
	return -1;
}

static int set(struct driver *d, const char *key, const char *value)
{
	struct voice_config *c = &d->config;
	TEXT(bind)
	TEXT(media_bind)
	NUMBER(port)
	NUMBER(tls_port)
	TEXT(tls_folder)
	NUMBER(media_from)
	NUMBER(media_to)
	NUMBER(lines)
	NUMBER(hangup_wait_ms)
	NUMBER(min_se_s)
	NUMBER(tones)
	NUMBER(detect)

	NUMBER(inbound)
	NUMBER(hear_all)
	NUMBER(caller_id)
	NUMBER(called_id)
	TEXT(inbound_from)
	if (key[0] >= '1' && key[0] <= '9' && key[1] == '.')
		return set_trunk(c, key[0] - '1', key + 2, value);
	if (strcmp(key, "prompt0") == 0)
		d->sound[0] = value;
	else if (strcmp(key, "prompt1") == 0)
		d->sound[1] = value;
	else if (strcmp(key, "fail") == 0)
		d->fail = atol(value);
	else if (strcmp(key, "box") == 0)
		d->box_size = atoi(value);
	else
		return -1;
	return 0;
}

/* The file's bytes as two pieces, so that a piece's end falls into a packet; 0.5 s of a square
 * wave if there is no file. */
static struct prompt sound(const char *path)
{
	static uint8_t bytes[8000 * 60];
	size_t n = 4000, cut;
	for (size_t i = 0; i < n; i++)
		bytes[i] = i / 10 % 2 ? 0x20 : 0xa0;
	if (path) {
		FILE *f = fopen(path, "rb");
		n = f ? fread(bytes, 1, sizeof bytes, f) : 0;
		if (f)
			fclose(f);
	}
	cut = n / 3 + 1;
	struct prompt p = {.n = 2, .pieces = calloc(2, sizeof *p.pieces)};
	for (size_t k = 0; p.pieces && k < 2; k++) {
		size_t from = k ? cut : 0, m = k ? n - cut : cut;
		struct audio *a = calloc(1, sizeof *a + m);
		if (!a)
			abort();
		a->refs = 1;
		a->n = m;
		memcpy(a->ulaw, bytes + from, m);
		p.pieces[k] = a;
	}
	return p;
}

static void post_intent(struct driver *d, struct voice_cmd cmd, int keys, bool stale)
{
	struct voice_intent *i = cmd.intent;
	fallible_pause(); /* what an engine made before it posts */
	if (prompt_set_new(2, &i->prompts))
		abort();
	cmd.attempt = i->attempt;
	i->scenario = voice_interp_scenario(keys);
	for (int k = 0; k < 2; k++)
		i->prompts->prompts[k] = sound(d->sound[k]);
	i->debts_version = 5;
	i->prompts->debts_version = stale ? 4 : 5;
	fallible_resume();
	int err = voice_sofia.post(d->voice, &cmd);
	if (err) {
		printf("refused %" PRIu64 " err=%d\n", i->attempt, err);
		fflush(stdout);
		voice_intent_free(i);
	}
}

static void call(struct driver *d, const char *line, bool stale)
{
	struct voice_intent *i = calloc(1, sizeof *i);
	int keys;
	if (!i || sscanf(line, "%*s %" SCNu64 " %15s %15s %" SCNu32 " %" SCNu32 " %d", &i->attempt,
			 i->number, i->caller, &i->ring_ms, &i->limit_ms, &keys) != 6)
		abort();
	post_intent(d, (struct voice_cmd){.kind = VC_INTENT, .intent = i}, keys, stale);
}

static void answer(struct driver *d, const char *line)
{
	struct voice_cmd cmd = {.kind = VC_ANSWER, .intent = calloc(1, sizeof *cmd.intent)};
	int keys;
	if (!cmd.intent || sscanf(line, "%*s %" SCNu64 " %" SCNu64 " %" SCNu32 " %d", &cmd.inbound,
				  &cmd.intent->attempt, &cmd.intent->limit_ms, &keys) != 4)
		abort();
	post_intent(d, cmd, keys, strstr(line, "stale") != NULL);
}

static bool transfer(struct driver *d, const char *line)
{
	struct voice_cmd cmd = {.kind = VC_TRANSFER,
				.transfer = {.refused = TRANSFER_NETWORK_BUSY}};
	struct voice_transfer *t = &cmd.transfer;
	if (sscanf(line, "transfer %" SCNu64 " %d %15s %15s %" SCNu32 " %" SCNu32, &cmd.attempt,
		   &t->n, t->number, t->caller, &t->ring_ms, &t->most_ms) != 6)
		abort();
	if (t->number[0] == '-')
		t->number[0] = 0;
	return voice_sofia.post(d->voice, &cmd) == 0;
}

/* The test's own allocations are not of the library, so they never fail. */
static bool fail(const char *line)
{
	char where[8];
	long n;
	if (sscanf(line, "fail %ld %7s", &n, where) == 2) {
		fallible_arm(n, strcmp(where, "here") == 0 ? FALLIBLE_ONCE : FALLIBLE_THREADS);
		return true;
	}
	if (strncmp(line, "struck", 6) != 0)
		return false;
	printf("struck 0 it=%d\n", fallible_disarm());
	fflush(stdout);
	return true;
}

static bool command(struct driver *d, const char *line)
{
	struct voice_cmd cmd = {.kind = VC_RECALL};
	unsigned ms;
	if (strncmp(line, "call ", 5) == 0 || strncmp(line, "stale ", 6) == 0) {
		call(d, line, line[0] == 's');
		return true;
	}
	if (strncmp(line, "transfer ", 9) == 0)
		return transfer(d, line);
	if (strncmp(line, "answer ", 7) == 0) {
		answer(d, line);
		return true;
	}
	if (sscanf(line, "refuse %" SCNu64 " %d", &cmd.inbound, &cmd.status) == 2) {
		cmd.kind = VC_REFUSE;
		return voice_sofia.post(d->voice, &cmd) == 0;
	}
	if (strncmp(line, "stat", 4) == 0) {
		struct mallinfo2 m = mallinfo2();
		printf("stat 0 kb=%zu mapped=%zu\n", (m.uordblks + m.hblkhd) / 1024,
		       m.arena / 1024);
		fflush(stdout);
		return true;
	}
	if (fail(line))
		return true;
	if (sscanf(line, "deaf %u", &ms) == 1) {
		usleep(ms * 1000);
		return true;
	}
	if (sscanf(line, "hangup %" SCNu64, &cmd.attempt) == 1)
		cmd.kind = VC_HANGUP;
	else if (sscanf(line, "hush %" SCNu64, &cmd.attempt) == 1)
		cmd.kind = VC_HUSH;
	else if (sscanf(line, "recall %" SCNu64, &cmd.attempt) != 1)
		return false; /* stop */
	if (voice_sofia.post(d->voice, &cmd))
		printf("refused %" PRIu64 "\n", cmd.attempt);
	return true;
}

static void show(const struct event *e)
{
	const struct call_end *c = e->call;
	switch (e->kind) {
	case EV_TRUNK:
		printf("trunk up=%d status=%d trunk=%u\n", e->trunk.up, e->trunk.status,
		       e->trunk.place + 1);
		break;
	case EV_DROPPED:
		printf("dropped %" PRIu64 " why=%s\n", e->attempt, e->why);
		break;
	case EV_TOO_LATE:
		printf("too_late %" PRIu64 "\n", e->attempt);
		break;
	case EV_INBOUND:
		printf("inbound %" PRIu64 " kind=%d number=%s called=%s\n", e->inbound,
		       (int)e->caller.kind, e->caller.number, e->caller.called);
		break;
	case EV_INBOUND_GONE:
		printf("gone %" PRIu64 " why=%s\n", e->inbound, e->why);
		break;
	case EV_PLACED:
		printf("placed %" PRIu64 "\n", e->attempt);
		break;
	case EV_ANSWERED:
		printf("answered %" PRIu64 "\n", e->attempt);
		break;
	case EV_CALL_ENDED:
		printf("ended %" PRIu64 " code=%d status=%d cause=%d local=%d by_us=%d ring_ms=%u "
		       "talk_ms=%u opened=%d heard=%d finished=%d stale=%d keys=%s\n",
		       e->attempt, (int)c->code, c->sip_status, c->q850, c->local, c->by_us,
		       c->ring_ms, c->talk_ms, c->result.opened, c->result.heard,
		       c->result.finished, c->result.stale, c->result.replies[0].value);
		break;
	case EV_TRANSFER:
		printf("transfer %" PRIu64 " n=%d to=%s connect_ms=%u most_ms=%u\n", e->attempt,
		       e->ask.n, e->ask.to, e->ask.connect_ms, e->ask.most_ms);
		break;
	case EV_TRANSFERRED:
		printf("transferred %" PRIu64 " n=%d result=%s placed=%d status=%d cause=%d "
		       "ring_ms=%u talk_ms=%u\n",
		       e->attempt, e->transferred.n, transfer_value(e->transferred.result),
		       e->transferred.placed, e->transferred.sip_status, e->transferred.q850,
		       e->transferred.ring_ms, e->transferred.talk_ms);
		break;
	default:
		printf("unexpected %d\n", (int)e->kind);
	}
}

static void show_all(struct driver *d)
{
	struct event *e;
	while ((e = mailbox_take(d->box)) != NULL) {
		show(e);
		event_free(e);
	}
	fflush(stdout);
}

static void loop(struct driver *d)
{
	char line[256];
	for (;;) {
		struct pollfd p[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
				      {.fd = mailbox_fd(d->box), .events = POLLIN}};
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return;
		if (p[0].revents) {
			if (!fgets(line, sizeof line, stdin) || !command(d, line))
				return;
		}
		if (p[1].revents)
			show_all(d);
	}
}

int main(int argc, char **argv)
{
	struct driver d = {
	    .config = {.bind = "127.0.0.1",
		       .media_bind = "127.0.0.1",
		       .lines = 8,
		       .hangup_wait_ms = 1500},
	    .box_size = 256,
	};
	setvbuf(stdin, NULL, _IONBF, 0); /* poll must not miss what stdio holds */
	for (int i = 1; i < argc; i++) {
		char *value = strchr(argv[i], '=');
		if (value)
			*value++ = 0;
		if (!value || set(&d, argv[i], value)) {
			fprintf(stderr, "unknown argument %s\n", argv[i]);
			return 2;
		}
	}
	if (mailbox_new((size_t)d.box_size, &d.box))
		return 1;
	fallible_arm(d.fail, FALLIBLE_ONCE);
	int err = voice_sofia.start(&d.config, d.box, &d.voice);
	bool struck = fallible_disarm();
	if (d.fail && !struck)
		printf("struck 0 it=0\n");
	if (err) {
		printf("start %d\n", err);
		mailbox_free(d.box, event_free);
		return 1;
	}
	printf("port %d\n", voice_sofia.bound_port(d.voice));
	fflush(stdout);
	loop(&d);
	voice_sofia.stop(d.voice);
	show_all(&d);
	printf("stopped\n");
	mailbox_free(d.box, event_free);
	return 0;
}
