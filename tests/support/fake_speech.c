/* See fake_speech.h. */
#include "tests/support/fake_speech.h"

#include "engine/event.h"
#include "engine/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RULES = 16, UNSENT = 1024 };

struct speech {
	struct mailbox *to_engine;
	struct {
		char part[64];
		int err;
	} rules[RULES];
	size_t n_rules, posts;
	bool full;
	struct event *unsent[UNSENT];
	size_t n_unsent;
};

static int start(const struct speech_config *config, struct mailbox *to_engine,
		 struct problems *problems, struct speech **ret_speech)
{
	struct speech *s = calloc(1, sizeof *s);
	(void)config;
	(void)problems;
	if (!s)
		return E_NOMEM;
	s->to_engine = to_engine;
	*ret_speech = s;
	return 0;
}

void fake_speech_script(struct speech *s, const char *part, int err)
{
	for (size_t i = 0; i < s->n_rules; i++)
		if (strcmp(s->rules[i].part, part) == 0) {
			s->rules[i].err = err;
			return;
		}
	if (s->n_rules == RULES || strlen(part) >= sizeof s->rules[0].part)
		abort(); /* the test is wrong */
	memcpy(s->rules[s->n_rules].part, part, strlen(part) + 1);
	s->rules[s->n_rules++].err = err;
}

void fake_speech_full(struct speech *s, bool full)
{
	s->full = full;
}

size_t fake_speech_posts(const struct speech *s)
{
	return s->posts;
}

static int check(const struct speech *s, const char *text, char bad[8])
{
	size_t n = strlen(text), len;
	uint32_t cp;
	bool speaks = false;

	bad[0] = '\0';
	for (size_t i = 0; i < s->n_rules; i++)
		if (s->rules[i].err && strstr(text, s->rules[i].part))
			return s->rules[i].err;
	for (size_t i = 0; (len = utf8_next(text + i, n - i, &cp)) > 0; i += len) {
		if (cp >= 0x1f300 && cp < 0x1fb00) {
			bad[utf8_put(bad, cp)] = '\0';
			return E_INVALID;
		}
		speaks = speaks || (cp > ' ' && cp != 0x3002 && cp != 0x3001);
	}
	return speaks ? 0 : E_INVALID;
}

static int add_piece(struct prompt *p, struct audio *a)
{
	struct audio **grown = realloc(p->pieces, (p->n + 1) * sizeof(struct audio *));

	if (!grown) {
		audio_unref(a);
		return E_NOMEM;
	}
	p->pieces = grown;
	p->pieces[p->n++] = a;
	return 0;
}

static int render_words(const struct speech *s, const char *text, int rate, struct prompt *p,
			char bad[8])
{
	int err = check(s, text, bad);
	const char *end;

	while (!err && *text) {
		struct audio *a;
		end = strstr(text, "。");
		end = end ? end + strlen("。") : text + strlen(text);
		size_t chars = utf8_chars(text, (size_t)(end - text));
		err = audio_new(800 + 80 * chars * 100 / (size_t)(rate ? rate : 100), &a);
		if (err)
			break;
		memset(a->ulaw, 0xff, a->n);
		err = add_piece(p, a);
		text = end;
	}
	return err;
}

static int render(const struct speech *s, const struct speech_words *words, struct prompt *p,
		  char bad[8])
{
	char *part = malloc(strlen(words->text) + 1);
	const char *cursor = words->text;
	struct audio *recording;
	size_t sound = 0;
	int err = part ? 0 : E_NOMEM;

	bad[0] = '\0';
	while (!err && speech_next_part(words, &cursor, &sound, part, &recording, &err))
		err = recording ? add_piece(p, audio_ref(recording))
				: render_words(s, part, words->rate, p, bad);
	if (!err && p->n == 0)
		err = E_INVALID;
	if (err)
		prompt_clear(p);
	free(part);
	return err;
}

static int answer(const struct speech *s, const struct speech_job *job, struct event *e)
{
	struct prompt_set *set;
	char bad[8] = "";
	int err = prompt_set_new(job->n, &set);

	for (size_t i = 0; !err && i < job->n; i++) {
		e->rendered.bad_prompt = i;
		for (size_t k = 0; k < job->texts[i].n; k++) {
			const struct prompt_texts *t = &job->texts[i];
			const struct speech_words words = {.text = t->text[k],
							   .rate = t->rate,
							   .n_sounds = t->n_sounds,
							   .sounds = t->sounds};
			err = render(s, &words, &set->prompts[i], bad);
			if (err != E_INVALID)
				break;
		}
	}
	if (err) {
		prompt_set_unref(set);
		snprintf(e->rendered.why, sizeof e->rendered.why, "cannot be read aloud: %s", bad);
		return err;
	}
	e->rendered.bad_prompt = 0;
	set->debts_version = job->debts_version;
	e->rendered.set = set;
	return 0;
}

size_t fake_speech_flush(struct speech *s)
{
	size_t sent = 0;
	while (sent < s->n_unsent && mailbox_post(s->to_engine, s->unsent[sent]) == 0)
		sent++;
	s->n_unsent -= sent;
	memmove(s->unsent, s->unsent + sent, s->n_unsent * sizeof(struct event *));
	return s->n_unsent;
}

static int post(struct speech *s, struct speech_job *job)
{
	struct event *e;

	if (s->full || (fake_speech_flush(s) == UNSENT))
		return E_FULL;
	e = calloc(1, sizeof *e);
	if (!e)
		return E_FULL;
	e->kind = EV_RENDERED;
	e->rendered.id = job->id;
	e->rendered.debts_version = job->debts_version;
	e->rendered.err = answer(s, job, e);
	s->unsent[s->n_unsent++] = e;
	s->posts++;
	speech_job_free(job);
	fake_speech_flush(s);
	return 0;
}

static void stop(struct speech *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_unsent; i++) {
		prompt_set_unref(s->unsent[i]->rendered.set);
		free(s->unsent[i]);
	}
	free(s);
}

static int say(struct speech *s, const struct speech_words *words, struct prompt *ret_prompt,
	       char *reading, size_t reading_size, char ret_bad[8])
{
	struct prompt p = {0};
	char bad[8];
	int err = render(s, words, &p, bad);

	if (err) {
		if (ret_bad)
			memcpy(ret_bad, bad, sizeof bad);
		return err;
	}
	if (reading)
		snprintf(reading, reading_size, "%s", words->text);
	*ret_prompt = p;
	return 0;
}

const struct speech_ops speech_fake = {
    .name = "fake",
    .start = start,
    .post = post,
    .stop = stop,
    .say = say,
};
