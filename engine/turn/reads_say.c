/*
 * `scenario.say`: how one sentence of a campaign's calls sounds, and how it is read, to an
 * invented resident.
 *
 * The synthesiser runs in the reader's own thread, which takes as long as a sentence does
 * (some hundred ms): one at a time, so that three readers are left for the others; E_AGAIN
 * while somebody else listens. The engine waits for it before it stops the synthesiser.
 */
#include "engine/turn/engine.h"
#include "engine/turn/reads.h"
#include "engine/turn/sample.h"

#include "engine/full_io.h"
#include "engine/wav.h"

#include <sys/stat.h>

enum { READING = 4096 };

static int write_sound(int fd, const struct prompt *p)
{
	unsigned char head[WAV_HEAD];
	wav_head(head, prompt_samples(p));
	int err = write_full(fd, head, sizeof head);
	for (size_t i = 0; i < p->n && !err; i++)
		err = write_full(fd, p->pieces[i]->ulaw, p->pieces[i]->n);
	return err;
}

static int speak(struct engine *e, const struct prompt_texts *texts, struct prompt *ret,
		 char reading[READING])
{
	if (pthread_mutex_trylock(&e->speech_lock) != 0)
		return E_AGAIN;
	int err = e->speech ? sample_say(e, texts, ret, reading, READING, NULL) : E_INVALID;
	pthread_mutex_unlock(&e->speech_lock);
	return err;
}

int read_scenario_say(const struct query *q, struct answer *a)
{
	struct engine *e = q->ctx;
	const struct campaign *c;
	struct scenario *s;
	struct sample sample;
	struct prompt_texts texts = {0};
	struct prompt prompt = {0};
	char reading[READING] = "";
	int64_t number = 0;
	struct stat st;
	int err = sample_find(q, a, &c, &s);

	if (err)
		return err;
	/* A pipe that nobody reads would keep this thread, and its snapshot, for ever. */
	if (fstat(q->file, &st) != 0 || !S_ISREG(st.st_mode))
		return answer_refuse(a, E_INVALID, "the sound goes into a regular file");
	json_get_int(q->params, "prompt", &number);
	if (number < 0 || (uint64_t)number >= scenario_prompts(s))
		return answer_refuse(a, E_NOTFOUND, "the scenario has no prompt %lld",
				     (long long)number);
	sample_of(e, c, &sample);
	err = scenario_prompt_texts(s, (size_t)number, &sample.vars, &texts);
	if (!err && texts.n == 0)
		err = answer_refuse(a, E_NOTFOUND, "prompt %lld has no meaning for the sample",
				    (long long)number);
	if (!err)
		err = speak(e, &texts, &prompt, reading);
	if (err == E_INVALID)
		err =
		    answer_refuse(a, E_INVALID, "it cannot be read: a character is in no lexicon");
	else if (err == E_AGAIN)
		err = answer_refuse(a, E_AGAIN, "somebody else listens now: try again");
	if (!err)
		err = write_sound(q->file, &prompt);
	if (!err) {
		struct json *j = json_new_object();
		json_put_str(j, "reading", reading);
		json_put_int(j, "ms", (int64_t)prompt_samples(&prompt) / 8);
		answer_set(a, j);
	}
	prompt_clear(&prompt);
	prompt_texts_free(&texts);
	return err;
}
