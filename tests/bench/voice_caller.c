/*
 * The voice adapter under load, for tests/bench/bench_voice.py: the real SIP thread and media
 * thread, with the small interpreter of tests/flow/voice_interp.c, in a process of their own
 * so that its processor time and memory are theirs.
 *
 *	voice_caller trunk=URI lines=N media_from=P media_to=P sound_s=S keys=N
 *
 * A call plays S seconds of sound, the same for all, waits for `keys` keys, and hangs up.
 * Lines on standard input:
 *
 *	calls N RATE AT_ONCE   N more calls: AT_ONCE of them now, the others RATE a second
 *	mark                   prints what was counted so far, as one line of JSON
 *	hangup                 ends all calls that are up
 *	stop
 */
#include "adapters/voice/voice.h"
#include "engine/event.h"
#include "tests/flow/voice_interp.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 5, RING_MS = 30000, LIMIT_MS = 300000, BOX = 65536 };

static struct {
	struct voice_config config;
	struct mailbox *box;
	struct voice *voice;
	int sound_s, keys;
	struct audio *sound;
	uint64_t wanted, posted, paced_from, at_once; /* attempts are numbered from 1 */
	double rate, since_s;
	uint64_t placed, answered, ended, dropped, right;
	double first_s, last_answered_s, last_ended_s;
} d;

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static _Noreturn void die(const char *what, int err)
{
	fprintf(stderr, "voice_caller: %s: %s\n", what, err_str(err));
	exit(1);
}

static void set(const char *key, const char *value)
{
	struct voice_config *c = &d.config;
	if (strcmp(key, "trunk") == 0)
		snprintf(c->trunks[0].uri, sizeof c->trunks[0].uri, "%s", value);
	else if (strcmp(key, "lines") == 0)
		c->lines = atoi(value);
	else if (strcmp(key, "media_from") == 0)
		c->media_from = atoi(value);
	else if (strcmp(key, "media_to") == 0)
		c->media_to = atoi(value);
	else if (strcmp(key, "sound_s") == 0)
		d.sound_s = atoi(value);
	else if (strcmp(key, "keys") == 0)
		d.keys = atoi(value);
	else
		die(key, E_INVALID);
}

/* A square wave of 400 Hz: never a byte of silence, and no key of a telephone. */
static void make_sound(void)
{
	int err = audio_new((size_t)d.sound_s * 8000, &d.sound);
	if (err)
		die("sound", err);
	for (size_t i = 0; i < d.sound->n; i++)
		d.sound->ulaw[i] = i / 10 % 2 ? 0x20 : 0xa0;
}

static void post_call(uint64_t attempt)
{
	struct voice_intent *i = calloc(1, sizeof *i);
	struct voice_cmd cmd = {.kind = VC_INTENT, .attempt = attempt, .intent = i};
	if (!i || prompt_set_new(2, &i->prompts))
		die("intent", E_NOMEM);
	struct prompt *p = &i->prompts->prompts[0];
	p->pieces = calloc(1, sizeof(struct audio *));
	if (!p->pieces)
		die("intent", E_NOMEM);
	p->pieces[0] = audio_ref(d.sound);
	p->n = 1; /* the second prompt has no sound: after the key he hangs up */
	i->attempt = attempt;
	i->ring_ms = RING_MS;
	i->limit_ms = LIMIT_MS;
	snprintf(i->number, sizeof i->number, "0265%06u", 200000 + (unsigned)(attempt % 700000));
	snprintf(i->caller, sizeof i->caller, "0265784111");
	i->scenario = voice_interp_scenario(d.keys);
	int err = voice_sofia.post(d.voice, &cmd);
	if (err)
		die("post", err);
}

static void post_due(void)
{
	uint64_t due = d.paced_from + d.at_once + (uint64_t)((now_s() - d.since_s) * d.rate);
	/* The engine keeps to the lines, too: a call that lasts longer delays another. */
	while (d.posted < d.wanted && d.posted < due &&
	       d.posted - d.ended - d.dropped < (uint64_t)d.config.lines)
		post_call(++d.posted);
}

static void mark(void)
{
	printf("{\"posted\": %" PRIu64 ", \"placed\": %" PRIu64 ", \"answered\": %" PRIu64
	       ", \"ended\": %" PRIu64 ", \"dropped\": %" PRIu64 ", \"right\": %" PRIu64
	       ", \"answering_s\": %.3f, \"all_s\": %.3f}\n",
	       d.posted, d.placed, d.answered, d.ended, d.dropped, d.right,
	       d.last_answered_s - d.first_s, d.last_ended_s - d.first_s);
	fflush(stdout);
}

static void hang_up(void)
{
	for (uint64_t a = 1; a <= d.posted; a++) {
		struct voice_cmd cmd = {.kind = VC_HANGUP, .attempt = a};
		while (voice_sofia.post(d.voice, &cmd))
			usleep(1000); /* a mailbox of orders holds four a line */
	}
}

static bool command(const char *line)
{
	unsigned long n;
	if (sscanf(line, "calls %lu %lf %" SCNu64, &n, &d.rate, &d.at_once) == 3) {
		d.paced_from = d.posted;
		d.wanted = d.posted + n;
		d.since_s = d.first_s = now_s();
	} else if (strcmp(line, "mark\n") == 0) {
		mark();
	} else if (strcmp(line, "hangup\n") == 0) {
		hang_up();
	} else {
		return false;
	}
	return true;
}

static void take(const struct event *e)
{
	if (e->kind == EV_PLACED) {
		d.placed++;
	} else if (e->kind == EV_ANSWERED) {
		d.answered++;
		d.last_answered_s = now_s();
	} else if (e->kind == EV_DROPPED) {
		d.dropped++;
	} else if (e->kind == EV_CALL_ENDED) {
		const char *keys = e->call->result.replies[0].value;
		d.ended++;
		d.last_ended_s = now_s();
		d.right += e->call->result.finished &&
			   strcmp(keys, d.keys ? "5" : "") == 0; /* exactly one key */
	}
}

static void take_all(void)
{
	struct event *e;
	while ((e = mailbox_take(d.box)) != NULL) {
		take(e);
		event_free(e);
	}
}

static void loop(void)
{
	char line[64];
	for (;;) {
		struct pollfd p[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
				      {.fd = mailbox_fd(d.box), .events = POLLIN}};
		if (poll(p, 2, d.posted < d.wanted ? LOOK_MS : -1) < 0 && errno != EINTR)
			return;
		if (p[1].revents)
			take_all();
		if (p[0].revents && (!fgets(line, sizeof line, stdin) || !command(line)))
			return;
		post_due();
	}
}

int main(int argc, char **argv)
{
	struct voice_trunk *t = &d.config.trunks[0];
	d.config = (struct voice_config){.bind = "127.0.0.1",
					 .media_bind = "127.0.0.1",
					 .lines = 8,
					 .n_trunks = 1,
					 .tones = true,
					 .detect = true,
					 .hangup_wait_ms = 5000};
	snprintf(t->id, sizeof t->id, "t1");
	snprintf(t->domain, sizeof t->domain, "ina.example");
	d.sound_s = 5;
	setvbuf(stdin, NULL, _IONBF, 0); /* poll must not miss what stdio holds */
	for (int i = 1; i < argc; i++) {
		char *value = strchr(argv[i], '=');
		if (!value)
			die(argv[i], E_INVALID);
		*value++ = 0;
		set(argv[i], value);
	}
	make_sound();
	int err = mailbox_new(BOX, &d.box);
	if (!err)
		err = voice_sofia.start(&d.config, d.box, &d.voice);
	if (err)
		die("start", err);
	mark();
	loop();
	voice_sofia.stop(d.voice);
	take_all();
	mark();
	mailbox_free(d.box, event_free);
	audio_unref(d.sound);
	return 0;
}
