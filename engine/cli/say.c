/*
 * See say.h. The resident is invented and says so; readings of a real name are
 * heard by a test call.
 */
#include "engine/cli/say.h"

#include "engine/config/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define READING 4096

static struct scenario_vars sample(void)
{
	static struct scenario_debt debts[2];
	struct scenario_vars vars = {0};
	int32_t due = 0, base = 0;
	bool ok = civil_day_of(2026, 8, 31, &due) && civil_day_of(2026, 11, 20, &base);
	(void)ok; /* two days that exist */
	debts[0] = (struct scenario_debt){"固定資産税", "2026", "2", due, 12300};
	debts[1] = (struct scenario_debt){"市県民税", "2026", "3", due + 61, 4500};
	vars.target.name = "伊那太郎";
	vars.target.kana = "イナ タロウ";
	vars.target.birth_md = 401;
	vars.target.total = 16800;
	vars.target.n_debts = 2;
	vars.target.debts = debts;
	vars.campaign.title = "見本";
	vars.campaign.caller = "0265784111";
	vars.campaign.due_day = due;
	vars.campaign.base_day = base;
	vars.department.name = "税務課";
	vars.department.phone = "0265784111";
	return vars;
}

/* ---- sound ---- */

static void put_le(unsigned char *to, uint32_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (unsigned char)(value >> (8 * i));
}

/* RIFF, format 7 (µ-law), one channel, 8 kHz: what players know. */
static bool write_wav(const char *path, const struct prompt *p)
{
	unsigned char head[46] = "RIFF....WAVEfmt ";
	uint32_t n = (uint32_t)prompt_samples(p);
	put_le(head + 4, 38 + n, 4);
	put_le(head + 16, 18, 4);
	put_le(head + 20, 7, 2);
	put_le(head + 22, 1, 2);
	put_le(head + 24, 8000, 4);
	put_le(head + 28, 8000, 4);
	put_le(head + 32, 1, 2);
	put_le(head + 34, 8, 2);
	put_le(head + 36, 0, 2);
	memcpy(head + 38, "data", 4);
	put_le(head + 42, n, 4);
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

static void say_one(const struct saying *s, size_t number, const char *text)
{
	char reading[READING] = "", bad[8] = "", path[MAX_PATH_BYTES];
	struct prompt p = {0};
	int err = s->ops->say(s->speech, text, &p, reading, sizeof reading, bad);
	printf("%3zu  %s\n", number, text);
	if (err == E_INVALID) {
		problems_error(s->problems, "", 0,
			       "prompt %zu cannot be read%s%s: add it to the lexicon", number,
			       *bad ? " at " : "", bad);
		return;
	}
	if (err != 0) {
		problems_error(s->problems, "", 0, "prompt %zu: %s", number, err_str(err));
		return;
	}
	printf("     %s  (%.1f s)\n", reading, (double)prompt_samples(&p) / 8000.0);
	snprintf(path, sizeof path, "%s/prompt-%zu.wav", s->out ? s->out : "", number);
	if (s->out && !write_wav(path, &p))
		problems_error(s->problems, path, 0, "cannot be written: %s", strerror(errno));
	prompt_clear(&p);
}

static int say_prompt(const struct saying *s, struct scenario *scenario, size_t number,
		      const struct scenario_vars *vars)
{
	struct prompt_texts texts = {0};
	int err = scenario_prompt_texts(scenario, number, vars, &texts);
	if (err != 0)
		return err;
	if (texts.n == 0)
		printf("%3zu  (has no meaning for this resident)\n", number);
	else
		say_one(s, number, texts.text[0]);
	prompt_texts_free(&texts);
	return 0;
}

int say_scenario(const struct speech_ops *speech, struct scenario *s, const char *specs,
		 const char *out, struct problems *problems)
{
	struct scenario_vars vars = sample();
	struct saying saying = {.ops = speech, .out = out, .problems = problems};
	struct speech_config config;
	struct mailbox *box = NULL;
	int err = config_speech_default(specs, &config);
	if (err == 0)
		err = mailbox_new(4, &box);
	if (err == 0)
		err = speech->start(&config, box, problems, &saying.speech);
	for (size_t i = 0; i < scenario_prompts(s) && err == 0; i++)
		err = say_prompt(&saying, s, i, &vars);
	speech->stop(saying.speech);
	mailbox_free(box, NULL);
	return err;
}
