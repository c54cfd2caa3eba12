/*
 * See say.h. A prompt's texts are tried in the order in which a call tries them
 * (フリガナ, name, nameless), so what is shown is what would be heard.
 */
#include "engine/cli/say.h"

#include "engine/config/config.h"
#include "engine/scenario/texts.h"
#include "engine/wav.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define READING 4096

/* ---- sound ---- */

static bool write_wav(const char *path, const struct prompt *p)
{
	unsigned char head[WAV_HEAD];
	wav_head(head, prompt_samples(p));
	FILE *to = fopen(path, "wb");
	if (!to)
		return false;
	bool ok = fwrite(head, 1, sizeof head, to) == sizeof head;
	for (size_t i = 0; i < p->n && ok; i++)
		ok = fwrite(p->pieces[i]->ulaw, 1, p->pieces[i]->n, to) == p->pieces[i]->n;
	return fclose(to) == 0 && ok;
}

/* ---- one prompt ---- */

struct saying {
	const struct speech_ops *ops;
	struct speech *speech;
	const char *out;
	struct problems *problems;
};

/* E_INVALID: a character would be lost, *ret_bad; the next text may do. */
static int say_text(const struct saying *s, size_t number, const struct prompt_texts *texts,
		    const char *text, char ret_bad[8])
{
	const struct speech_words words = {.text = text,
					   .rate = texts->rate,
					   .n_sounds = texts->n_sounds,
					   .sounds = texts->sounds};
	char reading[READING] = "", path[MAX_PATH_BYTES];
	struct prompt p = {0};
	int err = s->ops->say(s->speech, &words, &p, reading, sizeof reading, ret_bad);

	if (err)
		return err;
	printf("%3zu  %s\n     %s  (%.1f s)\n", number, text, reading,
	       (double)prompt_samples(&p) / 8000.0);
	snprintf(path, sizeof path, "%s/prompt-%zu.wav", s->out ? s->out : "", number);
	if (s->out && !write_wav(path, &p))
		problems_error(s->problems, path, 0, "cannot be written: %s", strerror(errno));
	prompt_clear(&p);
	return 0;
}

static void say_texts(const struct saying *s, size_t number, const struct prompt_texts *texts)
{
	int err = E_INVALID;

	for (size_t i = 0; i < texts->n && err == E_INVALID; i++) {
		char bad[8] = "";
		err = say_text(s, number, texts, texts->text[i], bad);
		if (err == E_INVALID && i + 1 < texts->n)
			printf("%3zu  %s\n     cannot be read%s%s: the next way is taken\n", number,
			       texts->text[i], *bad ? " at " : "", bad);
		else if (err == E_INVALID)
			problems_error(
			    s->problems, "", 0,
			    "prompt %zu, \"%s\", cannot be read%s%s: add it to the lexicon", number,
			    texts->text[i], *bad ? " at " : "", bad);
	}
	if (err && err != E_INVALID)
		problems_error(s->problems, "", 0, "prompt %zu: %s", number, err_str(err));
}

static int say_prompt(const struct saying *s, struct scenario *scenario, size_t number,
		      const struct scenario_vars *vars)
{
	struct prompt_texts texts = {0};
	int err = scenario_prompt_texts(scenario, number, vars, &texts);

	if (err == E_INVALID) {
		problems_error(s->problems, "", 0,
			       "prompt %zu can be said to this resident in no way: no name, or an "
			       "amount that is none",
			       number);
		return 0;
	}
	if (err != 0)
		return err;
	if (texts.n == 0)
		printf("%3zu  (has no meaning for this resident)\n", number);
	else
		say_texts(s, number, &texts);
	prompt_texts_free(&texts);
	return 0;
}

/* A keyed date has a sentence for each day of its reach; today's shows how they all sound. */
static bool is_later_date(const struct scenario *s, size_t number)
{
	int ahead;
	return texts_prompt_at(s, number, &ahead) && ahead > 0;
}

int say_scenario(const struct speech_ops *speech, struct scenario *s, const char *specs,
		 const struct scenario_vars *vars, const char *out, struct problems *problems)
{
	struct saying saying = {.ops = speech, .out = out, .problems = problems};
	struct speech_config config;
	struct mailbox *box = NULL;
	int err = config_speech_default(specs, &config);
	if (err == 0)
		err = mailbox_new(4, &box);
	if (err == 0)
		err = speech->start(&config, box, problems, &saying.speech);
	for (size_t i = 0; i < scenario_prompts(s) && err == 0; i++)
		if (!is_later_date(s, i))
			err = say_prompt(&saying, s, i, vars);
	speech->stop(saying.speech);
	mailbox_free(box, NULL);
	return err;
}
