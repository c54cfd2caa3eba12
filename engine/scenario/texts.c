/*
 * What a prompt says to one target, in up to three ways: with the name's reading,
 * with the name as written, and without a name. The renderer takes the first that it
 * can speak without losing a character.
 */
#include "engine/scenario/texts.h"

#include "engine/speech.h"
#include "engine/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PROMPT_TEXT 8192 /* some 2,700 characters: beyond MAX_PROMPT_MS anyway */

struct buffer {
	size_t n;
	char bytes[MAX_PROMPT_TEXT];
};

static int append(struct buffer *b, const char *s)
{
	size_t n = strlen(s);

	if (n >= sizeof b->bytes - b->n)
		return E_LIMIT;
	memcpy(b->bytes + b->n, s, n + 1);
	b->n += n;
	return 0;
}

/* A keyed date is near: month and day say it, as one would. */
static int append_keyed_date(int32_t day, struct buffer *to)
{
	struct civil c = civil_from_day(day);
	char spoken[32];

	snprintf(spoken, sizeof spoken, "%d月%d日", c.month, c.day);
	return append(to, spoken);
}

static int append_value(const struct model_piece *piece, const struct expr_env *env,
			struct buffer *to)
{
	struct expr_scratch scratch;
	struct value v;
	char spoken[SAY_BYTES];
	int err;

	scratch.used = 0;
	if ((err = expr_eval(piece->expr, env, &scratch, &v)) != 0)
		return err;
	/* A date that this debt does not have is a value that is not there, not a wrong one. */
	if (piece->as != SAY_TEXT && v.type == VALUE_STRING && *v.string == '\0')
		return E_NOTFOUND;
	if ((err = say_value(piece->as, v, spoken)) != 0)
		return err;
	return append(to, spoken);
}

static bool speaks_name(const struct model_prompt *p)
{
	for (size_t i = 0; i < p->n_pieces; i++)
		if (p->pieces[i].as == SAY_NAME)
			return true;
	return false;
}

/* `name`: what the name's places get. `ahead`: of the days that a keyed date may be. */
static int compose(const struct model_prompt *p, const struct scenario_vars *vars, int ahead,
		   const char *name, struct buffer *to)
{
	struct expr_env env = {.vars = vars};
	int err = 0;

	to->n = 0;
	to->bytes[0] = '\0';
	for (size_t i = 0; i < p->n_pieces && err == 0; i++) {
		const struct model_piece *piece = &p->pieces[i];
		if (piece->sound)
			err = append(to, PROMPT_SOUND);
		else if (piece->as == SAY_NAME)
			err = append(to, name);
		else if (piece->expr && piece->expr->op == EXPR_DATE_OF)
			err = append_keyed_date(vars->call.day + ahead, to);
		else if (piece->expr)
			err = append_value(piece, &env, to);
		else
			err = append(to, piece->text);
	}
	return err;
}

static int add_text(struct prompt_texts *texts, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return E_NOMEM;
	texts->text[texts->n++] = copy;
	return 0;
}

/* A control character in a name would end the synthesiser's line early, the mark of a recording
 * would be played as one: such a name is passed over. */
static bool usable(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && utf8_valid(name, n, NULL) && !utf8_has_control(name, n) &&
	       !strstr(name, PROMPT_SOUND);
}

static int named_texts(const struct model_prompt *p, const struct scenario_vars *vars, int ahead,
		       struct buffer *work, struct prompt_texts *texts)
{
	char kana[MAX_NAME_BYTES * 2];
	int err;

	if (usable(vars->target.kana) && say_katakana(vars->target.kana, kana, sizeof kana) == 0) {
		if ((err = compose(p, vars, ahead, kana, work)) != 0 ||
		    (err = add_text(texts, work->bytes)) != 0)
			return err;
	}
	if (usable(vars->target.name)) {
		if ((err = compose(p, vars, ahead, vars->target.name, work)) != 0 ||
		    (err = add_text(texts, work->bytes)) != 0)
			return err;
	}
	return p->nameless ? add_text(texts, p->nameless) : 0;
}

bool texts_has_meaning(const struct model_prompt *p, const struct scenario_vars *vars)
{
	struct buffer work;

	return compose(p, vars, 0, "", &work) == 0;
}

const struct model_prompt *texts_prompt_at(const struct scenario *s, size_t number, int *ret_ahead)
{
	*ret_ahead = -1;
	if (number < s->n_prompts)
		return s->prompts[number];
	for (size_t i = 0; i < s->n_prompts; i++) {
		const struct model_prompt *p = s->prompts[i];
		if (p->keyed_days > 0 && number >= p->first_date &&
		    number <= p->first_date + (size_t)p->keyed_days) {
			*ret_ahead = (int)(number - p->first_date);
			return p;
		}
	}
	return NULL;
}

static int take_sounds(const struct model_prompt *p, struct prompt_texts *texts)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_pieces; i++)
		n += p->pieces[i].sound != NULL;
	if (n == 0)
		return 0;
	texts->sounds = calloc(n, sizeof(struct audio *));
	if (!texts->sounds)
		return E_NOMEM;
	for (size_t i = 0; i < p->n_pieces; i++)
		if (p->pieces[i].sound)
			texts->sounds[texts->n_sounds++] = audio_ref(p->pieces[i].sound->audio);
	return 0;
}

int scenario_prompt_texts(const struct scenario *s, size_t prompt, const struct scenario_vars *vars,
			  struct prompt_texts *ret_texts)
{
	struct prompt_texts texts = {0};
	struct buffer work; /* on the stack: a call has dozens of prompts */
	const struct model_prompt *p;
	int err, ahead;

	p = texts_prompt_at(s, prompt, &ahead);
	if (!p)
		return E_NOTFOUND;
	if (p->keyed_days > 0 && ahead < 0) { /* its sentences are numbered behind the prompts */
		*ret_texts = texts;
		return 0;
	}
	err = compose(p, vars, ahead, "", &work);
	if (err == 0)
		err = speaks_name(p) ? named_texts(p, vars, ahead, &work, &texts)
				     : add_text(&texts, work.bytes);
	if (err == 0)
		err = take_sounds(p, &texts);
	texts.rate = p->rate;
	if (err == 0 && texts.n == 0)
		err = E_INVALID; /* neither reading nor name, and no nameless sentence */
	if (err == E_NOTFOUND)   /* this target has no such debt, or no such date */
		err = 0;
	if (err != 0) {
		prompt_texts_free(&texts);
		return err;
	}
	*ret_texts = texts;
	return 0;
}

void prompt_texts_free(struct prompt_texts *texts)
{
	for (size_t i = 0; i < texts->n && !texts->borrowed; i++)
		free(texts->text[i]);
	for (size_t i = 0; i < texts->n_sounds && !texts->borrowed; i++)
		audio_unref(texts->sounds[i]);
	if (!texts->borrowed)
		free(texts->sounds);
	*texts = (struct prompt_texts){0};
}
