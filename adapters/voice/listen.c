/*
 * The media thread says when somebody began to speak, and when he ended; the finished
 * utterance goes to the pool, and its answer becomes an event of the interpreter. Each
 * wish to listen has a serial of its own: what belongs to an older one is thrown away,
 * however late it comes.
 *
 * A pool that is busy, or none: the interpreter is told at once (c->unheard, looked at
 * by talk.c), and the field goes on with its keys.
 */
#include "adapters/voice/listen.h"

#include "adapters/voice/keep.h"
#include "engine/log.h"

#include <inttypes.h>
#include <poll.h>
#include <string.h>

void listen_start(struct call *c, const struct recognise_words *words)
{
	struct voice *v = c->voice;

	c->words = words;
	c->listen_serial = ++v->listen_serial;
	c->unheard = 0;
	if (!v->config.recogniser || !words)
		c->unheard = E_STATE;
	else
		c->unheard = media_listen(c->leg, c->listen_serial);
}

void listen_stop(struct call *c)
{
	c->words = NULL;
	c->listen_serial = 0;
	media_deaf(c->leg);
}

static int post(struct call *c)
{
	struct voice *v = c->voice;
	struct recognise_job *job = NULL;
	const int16_t *samples;
	size_t n = media_utterance(c->leg, &samples);
	int err = v->listening < v->most_listening ? recognise_job_new(n, &job) : E_FULL;

	if (err)
		return err;
	memcpy(job->samples, samples, n * sizeof *samples);
	job->id = c->line;
	job->serial = c->listen_serial;
	job->to = v->heard;
	job->words = *c->words;
	err = v->config.listen->post(v->config.recogniser, job);
	if (err)
		recognise_job_free(job);
	else
		v->listening++;
	return err;
}

/* Unless the interpreter wished otherwise meanwhile. */
static void again(struct call *c, unsigned serial)
{
	if (c->words && c->listen_serial == serial && media_listen(c->leg, serial) != 0)
		listen_stop(c);
}

static void tell(struct call *c, const struct interp_event *ev)
{
	unsigned serial = c->listen_serial;

	talk_event(c, ev);
	if (ev->kind != IE_SPEECH)
		again(c, serial);
}

void listen_report(struct call *c, const struct media_report *report)
{
	struct interp_event ev = {.kind = IE_SPEECH};

	if (!c->words || report->serial != c->listen_serial)
		return;
	if (report->said == UTTER_ENDED) {
		const int16_t *samples;
		size_t n = media_utterance(c->leg, &samples);
		keep_utterance(c, samples, n);
		int err = post(c);
		if (!err)
			return;
		log_warn("call cannot listen attempt=%" PRIu64 ": %s: the field goes on by keys",
			 c->intent->attempt, err_str(err));
		ev = (struct interp_event){.kind = IE_UNHEARD, .err = E_FULL};
	} else if (report->said == UTTER_LONG) {
		ev.kind = IE_NO_WORD;
	} else if (report->said == UTTER_TONE) {
		ev.kind = IE_NOISE;
	}
	tell(c, &ev);
}

static void take_answer(struct voice *v, const struct recognise_job *job)
{
	struct call *c = job->id < (uint64_t)v->config.lines ? v->calls[job->id] : NULL;
	struct interp_event ev = {.kind = IE_NO_WORD};

	if (!c || c->state != CALL_TALKING || !c->words || job->serial != c->listen_serial)
		return;
	log_info("call spoken attempt=%" PRIu64 " word=%d score=%d err=%d", c->intent->attempt,
		 job->word, job->score, job->err);
	if (job->err)
		ev = (struct interp_event){.kind = IE_UNHEARD, .err = E_FULL};
	else if (job->word >= 0)
		ev = (struct interp_event){.kind = IE_WORD, .word = job->word, .score = job->score};
	tell(c, &ev);
}

void listen_answers(struct voice *v)
{
	struct recognise_job *job;

	while ((job = mailbox_take(v->heard)) != NULL) {
		v->listening--;
		take_answer(v, job);
		recognise_job_free(job);
	}
}

void listen_close(struct voice *v)
{
	while (v->heard && v->listening > 0) {
		struct pollfd p = {.fd = mailbox_fd(v->heard), .events = POLLIN};
		struct recognise_job *job;
		if (poll(&p, 1, 1000) < 0)
			continue;
		while ((job = mailbox_take(v->heard)) != NULL) {
			v->listening--;
			recognise_job_free(job);
		}
	}
}
