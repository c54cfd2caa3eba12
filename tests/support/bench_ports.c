/* See bench_ports.h. */
#include "tests/support/bench_ports.h"
#include "tests/support/bench_rig.h"

#include "engine/event.h"

#include <stdlib.h>
#include <string.h>

static size_t taken;

size_t bench_taken(void)
{
	return taken;
}

/* ---- channels that take, and never answer ---- */

static int voice_start(const struct voice_config *config, struct mailbox *to, struct voice **ret)
{
	struct event *ev = event_new(EV_TRUNK);
	(void)config;
	if (!ev)
		return E_NOMEM;
	ev->trunk.up = true;
	*ret = (struct voice *)ev; /* any pointer but NULL: nobody looks inside */
	return mailbox_post(to, ev);
}

static int voice_post(struct voice *v, const struct voice_cmd *cmd)
{
	(void)v;
	voice_intent_free(cmd->intent);
	taken++;
	return 0;
}

static void voice_stop(struct voice *v)
{
	(void)v;
}

static int voice_port(struct voice *v)
{
	(void)v;
	return 5060;
}

static int text_start(const struct text_config *config, struct mailbox *to, struct text **ret)
{
	(void)config;
	*ret = (struct text *)to;
	return 0;
}

static int text_post(struct text *t, const struct text_cmd *cmd)
{
	(void)t;
	text_message_free(cmd->message);
	taken++;
	return 0;
}

static void text_stop(struct text *t)
{
	(void)t;
}

static int text_port(struct text *t)
{
	(void)t;
	return 0;
}

/* ---- speech that finds everything in its cache ---- */

static struct audio *sentence; /* all of them */
static struct mailbox *speech_to;
enum { UNSENT = 1024 };
static struct event *unsent[UNSENT];
static size_t n_unsent;

static int speech_start(const struct speech_config *config, struct mailbox *to,
			struct problems *problems, struct speech **ret)
{
	(void)config;
	(void)problems;
	speech_to = to;
	*ret = (struct speech *)to;
	return audio_new(800, &sentence);
}

static void speech_flush(void)
{
	size_t sent = 0;
	while (sent < n_unsent && mailbox_post(speech_to, unsent[sent]) == 0)
		sent++;
	n_unsent -= sent;
	memmove(unsent, unsent + sent, n_unsent * sizeof *unsent);
}

static int speech_post(struct speech *s, struct speech_job *job)
{
	struct prompt_set *set;
	(void)s;
	speech_flush();
	if (n_unsent == UNSENT)
		return E_FULL;
	struct event *ev = event_new(EV_RENDERED);
	if (!ev || prompt_set_new(job->n, &set))
		bench_die("speech", E_NOMEM);
	for (size_t i = 0; i < job->n; i++) {
		struct prompt *p = &set->prompts[i];
		p->pieces = malloc(sizeof(struct audio *));
		if (!p->pieces)
			bench_die("speech", E_NOMEM);
		p->pieces[0] = audio_ref(sentence);
		p->n = 1;
	}
	set->debts_version = ev->rendered.debts_version = job->debts_version;
	ev->rendered.id = job->id;
	ev->rendered.set = set;
	unsent[n_unsent++] = ev;
	speech_job_free(job);
	speech_flush();
	return 0;
}

static void speech_stop(struct speech *s)
{
	(void)s;
}

static int speech_say(struct speech *s, const struct speech_words *words, struct prompt *ret_prompt,
		      char *reading, size_t reading_size, char ret_bad[8])
{
	(void)s, (void)words, (void)ret_prompt, (void)reading, (void)reading_size, (void)ret_bad;
	return E_STATE; /* nobody asks it here */
}

static const struct speech_ops speech_taker = {.name = "taker",
					       .start = speech_start,
					       .post = speech_post,
					       .stop = speech_stop,
					       .say = speech_say};
static const struct voice_ops voice_taker = {.name = "taker",
					     .start = voice_start,
					     .post = voice_post,
					     .stop = voice_stop,
					     .bound_port = voice_port};
static const struct text_ops text_taker = {.name = "taker",
					   .start = text_start,
					   .post = text_post,
					   .stop = text_stop,
					   .bound_port = text_port};

struct ports bench_ports(void)
{
	struct ports ports = *registry();
	ports.voice = &voice_taker;
	ports.text = &text_taker;
	ports.speech = &speech_taker;
	return ports;
}
